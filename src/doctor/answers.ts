/**
 * An extender's answers, read as Go's decoder and kube-scheduler read them (k8s 1.36 pkg/scheduler/extender.go): keys in any
 * letter case, the first JSON value of the body, integers written as integers.
 */

import { type Form, SAMPLE_VICTIM_UID } from "./bodies.js";
import type { Code } from "./codes.js";
import type { Severity } from "./finding.js";
import { MAX_POINTS } from "./scores.js";

/** What is wrong with an answer; nothing where it is right. */
export interface Problem {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly evidence?: string;
}

type Fields = Readonly<Record<string, unknown>>;

const SHOWN_CHARS = 120;

/** The first JSON value of a body; what follows it does not matter. */
export function firstJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const [, position] = /after JSON at position (\d+)/.exec(String(error)) ?? [];
    return position === undefined ? undefined : { value: JSON.parse(text.slice(0, Number(position))) as unknown };
  }
}

/** A field by its Go name: exactly so, else in any letter case. */
export function goField(fields: Fields, name: string): unknown {
  if (Object.hasOwn(fields, name)) return fields[name];
  const key = Object.keys(fields).find((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : fields[key];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTextMap(value: unknown): boolean {
  return value === undefined || value === null || (isFields(value) && Object.values(value).every(isText));
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function broken(code: Code, message: string, evidence?: string): Problem {
  return { code, severity: "broken", message, ...(evidence && { evidence: evidence.slice(0, SHOWN_CHARS) }) };
}

function readObject(text: string): Fields | Problem {
  const parsed = firstJson(text);
  if (parsed === undefined) return broken("not-json", "the answer is not JSON", text.trim() || "an empty body");
  if (parsed.value === null) return {};
  return isFields(parsed.value) ? parsed.value : broken("answer-type", "the answer is not an object", text);
}

function isProblem(value: Fields | Problem): value is Problem {
  return "code" in value && "severity" in value;
}

/** What a filter's answer leaves of the nodes. */
interface Passed {
  readonly names: readonly string[];
  readonly problems: readonly Problem[];
}

/** @param sent the names of the nodes in the request */
export function judgeFilter(text: string, sent: readonly string[], form: Form): Passed {
  const fields = readObject(text);
  if (isProblem(fields)) return { names: [], problems: [fields] };
  const [names, nodes, error] = [goField(fields, "NodeNames"), goField(fields, "Nodes"), goField(fields, "Error")];
  const wrong = wrongFilterType(fields);
  if (wrong !== undefined) return { names: [], problems: [wrong] };
  if (error)
    return { names: [], problems: [broken("answer-error", "the filter answers with an error", String(error))] };
  if (form === "names" && isArray(names)) return judgeNames(names as string[], fields, sent);
  const items = isFields(nodes) ? goField(nodes, "items") : undefined;
  if (nodes === undefined || nodes === null) {
    const given = isArray(names) ? "only NodeNames" : "neither Nodes nor NodeNames";
    const message = `the filter answers ${given}: kube-scheduler takes that for no node at all, and says nothing of it to the user`;
    return { names: [], problems: [broken(isArray(names) ? "wrong-form" : "nil-list", message, text)] };
  }
  const passed = (isArray(items) ? items : []).map(nodeName);
  const judged = judgeNames(passed, fields, sent);
  if (form === "nodes") return judged;
  const message =
    "the filter answers whole nodes where names were sent: kube-scheduler then scores them as if they were empty";
  return { ...judged, problems: [...judged.problems, { code: "wrong-form", severity: "warning", message }] };
}

function nodeName(node: unknown): string {
  const metadata = isFields(node) ? goField(node, "metadata") : undefined;
  const name = isFields(metadata) ? goField(metadata, "name") : undefined;
  return isText(name) ? name : "";
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function wrongFilterType(fields: Fields): Problem | undefined {
  const names = goField(fields, "NodeNames");
  const nodes = goField(fields, "Nodes");
  const isRight =
    (names === undefined || names === null || (isArray(names) && names.every(isText))) &&
    (nodes === undefined || nodes === null || isFields(nodes)) &&
    isTextMap(goField(fields, "FailedNodes")) &&
    isTextMap(goField(fields, "FailedAndUnresolvableNodes"));
  const message = "a field of the filter's answer is of another type than Go expects, so the whole answer is an error";
  return isRight ? undefined : broken("answer-type", message, JSON.stringify(fields));
}

function judgeNames(names: readonly string[], fields: Fields, sent: readonly string[]): Passed {
  const offered = new Set(sent);
  const unknown = names.filter((name) => !offered.has(name));
  if (unknown.length > 0) {
    const message = "the filter answers with a node that it was not offered: kube-scheduler takes that for an error";
    return { names: [], problems: [broken("unknown-node", message, unknown[0])] };
  }
  const reasons = {
    ...(goField(fields, "FailedNodes") as Fields | null | undefined),
    ...(goField(fields, "FailedAndUnresolvableNodes") as Fields | null | undefined),
  };
  const kept = new Set(names);
  const silent = sent.filter((name) => !kept.has(name) && !Object.hasOwn(reasons, name));
  if (silent.length === 0) return { names, problems: [] };
  const message = "nodes are left out without a reason: users never learn why, and preemption does not look at them";
  return {
    names,
    problems: [
      {
        code: "silent-rejection",
        severity: "warning",
        message,
        evidence: `${silent.length} nodes, ${silent[0]} first`,
      },
    ],
  };
}

/** The first reason that the filter gave, for where it took no node. */
export function firstReason(text: string): string | undefined {
  const fields = firstJson(text)?.value;
  if (!isFields(fields)) return undefined;
  for (const name of ["FailedAndUnresolvableNodes", "FailedNodes"]) {
    const reasons = goField(fields, name);
    const [first] = isFields(reasons) ? Object.values(reasons) : [];
    if (isText(first)) return first.slice(0, SHOWN_CHARS);
  }
  return undefined;
}

/** @param sent the names of the nodes in the request */
export function judgePrioritize(text: string, sent: readonly string[]): Problem[] {
  const parsed = firstJson(text);
  const without = "kube-scheduler drops the whole list without a word, so its scores never count";
  if (parsed === undefined)
    return [broken("not-json", `the answer is not JSON: ${without}`, text.trim() || "an empty body")];
  if (parsed.value === null) return [broken("no-scores", `the answer is null: no node gets a point`, text)];
  if (!isArray(parsed.value)) return [broken("answer-type", `the answer is not a list: ${without}`, text)];
  const entries = parsed.value.filter(isFields);
  const scores = entries.map((entry) => goField(entry, "Score") ?? 0);
  const literal = scoreLiterals(text).find((written) => !/^-?\d+$/.test(written));
  if (literal !== undefined) {
    return [broken("score-not-integer", `a score is not written as an integer: ${without}`, `Score: ${literal}`)];
  }
  const wrongHost = entries.find((entry) => goField(entry, "Host") !== undefined && !isText(goField(entry, "Host")));
  if (entries.length < parsed.value.length || wrongHost !== undefined) {
    return [
      broken("answer-type", `an entry is not {Host, Score}: ${without}`, JSON.stringify(wrongHost ?? parsed.value)),
    ];
  }
  return judgeScores(entries, scores as number[], sent);
}

function judgeScores(entries: readonly Fields[], scores: readonly number[], sent: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  const offered = new Set(sent);
  const hosts = entries.map((entry) => String(goField(entry, "Host") ?? ""));
  const stranger = hosts.find((host) => !offered.has(host));
  if (stranger !== undefined) {
    const message = "prioritize scores a node that it was not offered; kube-scheduler passes over that score";
    problems.push({ code: "score-unknown-node", severity: "warning", message, evidence: stranger });
  }
  if (!hosts.some((host) => offered.has(host))) {
    problems.push(broken("no-scores", "none of the nodes offered gets a score", `${hosts.length} entries`));
  }
  const outside = scores.find((score) => score < 0 || score > MAX_POINTS);
  if (outside !== undefined) {
    const message = `a score is outside 0 to ${MAX_POINTS}: kube-scheduler does not limit it, so the weight means something else`;
    problems.push({ code: "score-range", severity: "warning", message, evidence: `Score: ${outside}` });
  }
  return problems;
}

/** Numbers as written, which JSON.parse does not keep. */
function scoreLiterals(text: string): string[] {
  return [...text.matchAll(/"score"\s*:\s*("[^"]*"|[^,}\]\s]+)/gi)]
    .map(([, written = ""]) => written)
    .filter((w) => w !== "null");
}

/** The answer to the binding of a pod that does not exist. */
export function judgeBind(text: string): Problem[] {
  const fields = readObject(text);
  if (isProblem(fields)) return [fields];
  if (goField(fields, "Error")) return [];
  const message =
    "bind says yes to a pod that does not exist: where it says so without binding, the pod stays Pending and its room is taken for ever";
  return [broken("bind-says-yes", message, text)];
}

/** @param node the one candidate that was sent */
export function judgePreempt(text: string, node: string): Problem[] {
  const fields = readObject(text);
  if (isProblem(fields)) return [fields];
  const victims = goField(fields, "NodeNameToMetaVictims");
  if (victims === undefined || victims === null) return [];
  if (!isFields(victims)) return [broken("answer-type", "NodeNameToMetaVictims is not a map", text)];
  return Object.entries(victims).flatMap(([name, each]): Problem[] => {
    if (each === null)
      return [broken("null-victims", "a node has null for its victims, which crashes kube-scheduler", name)];
    if (name !== node) return [broken("unknown-node", "preempt answers with a node that it was not offered", name)];
    const pods = isFields(each) ? goField(each, "Pods") : undefined;
    if (!isArray(pods) || pods.length === 0) {
      return [broken("empty-victims", "a node has no victims: preemption fails with an error", name)];
    }
    const stranger = pods.find((pod) => !isFields(pod) || goField(pod, "UID") !== SAMPLE_VICTIM_UID);
    if (stranger === undefined) return [];
    return [
      broken(
        "unknown-victim",
        "preempt names a pod that is not on the node: preemption fails",
        JSON.stringify(stranger),
      ),
    ];
  });
}
