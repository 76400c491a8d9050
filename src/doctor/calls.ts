/** The calls to one extender's verbs, and what their answers mean. */

import type { Node } from "../kube/objects.js";
import type { ExtenderConfig } from "../scheduler/extender-config.js";
import { type VerbField, verbUrl } from "./address.js";
import { firstReason, judgeBind, judgeFilter, judgePreempt, judgePrioritize, type Problem } from "./answers.js";
import { bindBody, type Form, filterBody, nameOf, preemptBody, samplePod } from "./bodies.js";
import type { Answered, Caller, Outcome } from "./caller.js";
import type { Code } from "./codes.js";
import { type Draft, fieldOf } from "./finding.js";
import { type Call, judgeFailure, judgeStatus } from "./statuses.js";
import { timeoutMs } from "./timing.js";

export interface Probe {
  readonly config: ExtenderConfig;
  readonly index: number;
  readonly caller: Caller;
  /** As many as kube-scheduler would send at the cluster's size. */
  readonly nodes: readonly Node[];
  /** Whether the input has them; the server cannot know names that were made up. */
  readonly areReal: boolean;
}

/** Nodes of a first, small call. */
const FEW = 3;
/** Beyond this part of httpTimeout an answer is slow. */
const SLOW_PART = 0.5;

export function formOf({ nodeCacheCapable = false }: ExtenderConfig): Form {
  return nodeCacheCapable ? "names" : "nodes";
}

/** Calls every verb that is set, filter first. */
export async function callVerbs(probe: Probe): Promise<Draft[]> {
  const drafts = [...(await callFilter(probe)), ...(await callPrioritize(probe))];
  return [...drafts, ...(await callBind(probe)), ...(await callPreempt(probe))];
}

function callOf({ config, index }: Probe, field: VerbField): Call {
  return { config, index, field, url: verbUrl(config, config[field] ?? "") };
}

/** A draft where the call failed or its answer does not count; else the answer. */
function usable(call: Call, outcome: Outcome): Draft | Answered {
  if (outcome.kind === "failed") return judgeFailure(call, outcome);
  return judgeStatus(call, outcome) ?? outcome;
}

function isDraft(value: Draft | Answered): value is Draft {
  return "severity" in value;
}

function draftsOf(index: number, field: VerbField, problems: readonly Problem[]): Draft[] {
  return problems.map((problem) => ({ ...problem, path: fieldOf(index, field) }));
}

async function callFilter(probe: Probe): Promise<Draft[]> {
  const { config, index, caller, nodes } = probe;
  if (!config.filterVerb) return [];
  const call = callOf(probe, "filterVerb");
  const few = nodes.slice(0, FEW);
  const form = formOf(config);
  const answer = usable(call, await caller.post(call.url, filterBody(samplePod(config), few, form)));
  if (isDraft(answer)) {
    const isDecided = answer.code !== "status";
    return isDecided ? [answer] : [answer, ...(await otherForm(probe, call, few))];
  }
  const { problems, names } = judgeFilter(answer.text, few.map(nameOf), form);
  const isBroken = problems.some(({ severity }) => severity === "broken");
  if (isBroken) return [...draftsOf(index, "filterVerb", problems), ...(await otherForm(probe, call, few))];
  const small = `${names.length} of ${few.length} nodes in ${form} form, ${answer.ms.toFixed(1)} ms`;
  return [
    ...draftsOf(index, "filterVerb", problems),
    names.length === 0
      ? tookNone(probe, answer)
      : okOf(index, "filterVerb", "filter-answers", "filter answers as kube-scheduler expects", small),
    ...wholeNodes(config, index, nodes),
    ...(await callAtSize(probe, call)),
  ];
}

function okOf(index: number, field: VerbField, code: Code, message: string, evidence: string): Draft {
  return { code, severity: "ok", path: fieldOf(index, field), message, evidence };
}

/** For nodes that the server cannot know, taking none is right. */
function tookNone({ areReal, index, nodes }: Probe, { text }: Answered): Draft {
  const reason = firstReason(text);
  const evidence = `${Math.min(FEW, nodes.length)} nodes, first reason: ${reason ?? "none"}`;
  const message = areReal
    ? "filter takes none of the sample's nodes"
    : "filter answers, and takes none of the made-up nodes; give real ones by -f or --kubeconfig";
  return {
    code: "filter-takes-none",
    severity: areReal ? "warning" : "ok",
    path: fieldOf(index, "filterVerb"),
    message,
    evidence,
  };
}

/** Whether the form that the configuration does not ask for is the one that works. */
async function otherForm({ config, index, caller }: Probe, { url }: Call, few: readonly Node[]): Promise<Draft[]> {
  const form: Form = formOf(config) === "names" ? "nodes" : "names";
  const outcome = await caller.post(url, filterBody(samplePod(config), few, form));
  if (outcome.kind === "failed" || outcome.status !== 200) return [];
  const { problems } = judgeFilter(outcome.text, few.map(nameOf), form);
  if (problems.some(({ severity }) => severity === "broken")) return [];
  const path = fieldOf(index, "nodeCacheCapable");
  const value = form === "names";
  return [
    {
      code: "form-mismatch",
      severity: "broken",
      path,
      message: `the server works with ${value ? "node names" : "whole nodes"}, and nodeCacheCapable ${!value} sends ${value ? "whole nodes" : "names"}`,
      evidence: `the same call in ${form} form is answered well`,
      fix: { text: `set nodeCacheCapable to ${value}`, changes: [{ kind: "set", path, value }] },
    },
  ];
}

function wholeNodes(config: ExtenderConfig, index: number, nodes: readonly Node[]): Draft[] {
  if (formOf(config) === "names") return [];
  const path = fieldOf(index, "nodeCacheCapable");
  const bytes = filterBody(samplePod(config), nodes, "nodes").length;
  const names = filterBody(samplePod(config), nodes, "names").length;
  return [
    {
      code: "whole-nodes",
      severity: "warning",
      path,
      message:
        "without nodeCacheCapable the in-tree plugins score every node as if it were empty, and each call carries whole nodes",
      evidence: `${nodes.length} nodes: ${bytes} bytes twice a pod, as names ${names}`,
      fix: {
        text: "set nodeCacheCapable to true, if the server answers names",
        changes: [{ kind: "set", path, value: true }],
      },
    },
  ];
}

/** The body that kube-scheduler would send at the cluster's size: the limit of its size, and the time it takes. */
async function callAtSize({ config, index, caller, nodes }: Probe, call: Call): Promise<Draft[]> {
  if (nodes.length <= FEW) return [];
  const body = filterBody(samplePod(config), nodes, formOf(config));
  const answer = usable(call, await caller.post(call.url, body));
  if (isDraft(answer)) return [{ ...answer, message: `with ${nodes.length} nodes: ${answer.message}` }];
  const { problems } = judgeFilter(answer.text, nodes.map(nameOf), formOf(config));
  const evidence = `${nodes.length} nodes, ${answer.requestBytes} bytes, ${answer.ms.toFixed(1)} ms`;
  const worst = problems.filter(({ severity }) => severity === "broken");
  if (worst.length > 0) return draftsOf(index, "filterVerb", worst);
  if (answer.ms > timeoutMs(config) * SLOW_PART) {
    const message = "at the cluster's size one answer takes more than half of httpTimeout";
    return [{ code: "slow", severity: "warning", path: fieldOf(index, "httpTimeout"), message, evidence }];
  }
  return [okOf(index, "filterVerb", "filter-at-size", "filter answers at the cluster's size", evidence)];
}

async function callPrioritize(probe: Probe): Promise<Draft[]> {
  const { config, index, caller, nodes } = probe;
  if (!config.prioritizeVerb) return [];
  const call = callOf(probe, "prioritizeVerb");
  const few = nodes.slice(0, FEW);
  const answer = usable(call, await caller.post(call.url, filterBody(samplePod(config), few, formOf(config))));
  if (isDraft(answer)) return [answer];
  const problems = judgePrioritize(answer.text, few.map(nameOf));
  const evidence = `${few.length} nodes, ${answer.ms.toFixed(1)} ms`;
  const ok = okOf(
    index,
    "prioritizeVerb",
    "prioritize-answers",
    "prioritize answers as kube-scheduler expects",
    evidence,
  );
  return problems.length === 0 ? [ok] : draftsOf(index, "prioritizeVerb", problems);
}

async function callBind(probe: Probe): Promise<Draft[]> {
  const { config, index, caller, nodes } = probe;
  if (!config.bindVerb) return [];
  const call = callOf(probe, "bindVerb");
  const outcome = await caller.post(call.url, bindBody(nameOf(nodes[0] ?? {})));
  const answer = usable(call, outcome);
  // An error by status is one to kube-scheduler too, so for a pod that does not exist it is a good answer.
  const isRefusal = isDraft(answer) && answer.code === "status";
  const problems = isDraft(answer) ? [] : judgeBind(answer.text);
  if (isDraft(answer) && !isRefusal) return [answer];
  if (problems.length > 0) return draftsOf(index, "bindVerb", problems);
  const evidence = isRefusal ? (answer.evidence ?? "") : (outcome as Answered).text.trim().slice(0, 120);
  return [okOf(index, "bindVerb", "bind-refuses", "bind refuses a pod that does not exist", evidence)];
}

async function callPreempt(probe: Probe): Promise<Draft[]> {
  const { config, index, caller, nodes } = probe;
  if (!config.preemptVerb) return [];
  const call = callOf(probe, "preemptVerb");
  const node = nameOf(nodes[0] ?? {});
  const answer = usable(call, await caller.post(call.url, preemptBody(samplePod(config), node, formOf(config))));
  if (isDraft(answer)) return [answer];
  const problems = judgePreempt(answer.text, node);
  const evidence = `1 node, 1 victim, ${answer.ms.toFixed(1)} ms`;
  const ok = okOf(index, "preemptVerb", "preempt-answers", "preempt answers as kube-scheduler expects", evidence);
  return problems.length === 0 ? [ok] : draftsOf(index, "preemptVerb", problems);
}
