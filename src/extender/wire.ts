/**
 * What kube-scheduler's extender client sends and what it takes for an answer. Names are Go's field names; they are read in
 * any letter case, the last of a name counts, and null stands for left out, as in Go's decoder.
 * Source: k8s 1.36 staging/src/k8s.io/kube-scheduler/extender/v1/types.go, pkg/scheduler/extender.go.
 */

import { formatIssue, type Issue } from "../errors.js";
import type { Node, Pod } from "../kube/objects.js";
import { validateObject } from "../kube/validate.js";
import { eachElement, eachMember, isNull, isText, JsonError, type Span, valueAt, valueStart } from "./json-spans.js";

/** What a caller got wrong, as a sentence for it. Answered with code 400. */
export class BadRequest extends Error {
  override readonly name: string = "BadRequest";
}

/** The nodes that a pod is offered, in the scheduler's order, where they stand in the body. */
export interface Offer {
  readonly bytes: Uint8Array;
  /** Whether the caller sent whole nodes, as it does without `nodeCacheCapable`: it expects such an answer. */
  readonly isWhole: boolean;
  /** The list of names, or the NodeList. */
  readonly list: Span;
  /** Its elements: names with their quotes, or nodes. */
  readonly items: readonly Span[];
  /** The name of each, with its quotes. */
  readonly names: readonly Span[];
}

/** Of filter and prioritize. */
export interface ExtenderArgs {
  readonly pod: Pod;
  readonly offer: Offer;
}

export interface BindingArgs {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly node: string;
}

export interface PreemptionArgs {
  readonly pod: Pod;
  readonly candidates: readonly CandidateVictims[];
}

/** Whom the scheduler would evict from one node. */
export interface CandidateVictims {
  readonly node: string;
  /** In the scheduler's order. Whole pods where it sent them. */
  readonly victims: readonly { readonly uid: string; readonly pod?: Pod }[];
  /** A count of victims. */
  readonly pdbViolations: number;
}

const decoder = new TextDecoder();
const QUOTE = 0x22;

/** @throws BadRequest */
export function readExtenderArgs(bytes: Uint8Array): ExtenderArgs {
  let names: Offer | undefined;
  let whole: Offer | undefined;
  const fields = readFields(bytes, ["pod", "nodes", "nodenames"], (name, start) => {
    if (name === "nodenames") names = readNames(bytes, start);
    if (name === "nodes") whole = readWholeNodes(bytes, start);
    return name === "pod" ? undefined : (name === "nodes" ? whole : names)?.list.end;
  });
  const pod = readPod(bytes, fields.get("pod"));
  const offer = names ?? whole;
  if (offer === undefined) throw new BadRequest("neither NodeNames nor Nodes: there is nothing to choose from");
  return { pod, offer };
}

/** @throws BadRequest */
export function readBindingArgs(bytes: Uint8Array): BindingArgs {
  const fields = readFields(bytes, ["podname", "podnamespace", "poduid", "node"]);
  const text = (field: string, name: string): string => {
    const span = fields.get(field);
    const value = span === undefined ? undefined : parse(bytes, span);
    if (typeof value === "string" && value !== "") return value;
    throw new BadRequest(`${name}: ${span === undefined ? "missing" : "is not a text, or empty"}`);
  };
  return {
    name: text("podname", "PodName"),
    namespace: text("podnamespace", "PodNamespace"),
    uid: text("poduid", "PodUID"),
    node: text("node", "Node"),
  };
}

/** @throws BadRequest */
export function readPreemptionArgs(bytes: Uint8Array): PreemptionArgs {
  const fields = readFields(bytes, ["pod", "nodenametovictims", "nodenametometavictims"]);
  const pod = readPod(bytes, fields.get("pod"));
  const whole = fields.get("nodenametovictims");
  const span = fields.get("nodenametometavictims") ?? whole;
  if (span === undefined) throw new BadRequest("neither NodeNameToVictims nor NodeNameToMetaVictims: no candidates");
  const isWhole = span === whole;
  const field = isWhole ? "NodeNameToVictims" : "NodeNameToMetaVictims";
  const entries = Object.entries(asObject(parse(bytes, span), field));
  return { pod, candidates: entries.map(([node, value]) => readVictims(node, value, `${field}.${node}`, isWhole)) };
}

/**
 * An object that came over the wire.
 *
 * @throws BadRequest with everything that is wrong with it
 */
export function checked<T extends Pod | Node>(value: unknown, kind: "Pod" | "Node"): T {
  const object = asObject(value, kind);
  const issues: Issue[] = [];
  validateObject({ ...object, apiVersion: "v1", kind }, issues);
  const errors = issues.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new BadRequest(errors.map(formatIssue).join("; "));
  const { metadata } = object as Pod;
  if (typeof metadata?.name !== "string" || metadata.name === "")
    throw new BadRequest(`${kind}: metadata.name: missing`);
  return object as T;
}

/** The name of one of the offered nodes. */
export function nameAt({ bytes, names }: Offer, index: number): string {
  return String(parse(bytes, names[index]!));
}

/** One of the whole nodes. @throws BadRequest */
export function wholeNode({ bytes, items }: Offer, index: number): Node {
  return checked<Node>(parse(bytes, items[index]!), "Node");
}

/** What lies in a span. @throws BadRequest */
export function parse(bytes: Uint8Array, { start, end }: Span): unknown {
  const text = decoder.decode(bytes.subarray(start, end));
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote what it read, which may be somebody's secret.
    throw new BadRequest(`no JSON: bytes ${start} to ${end} do not parse`);
  }
}

/**
 * The members of the body that have these names in lower case, as far as they are not null.
 *
 * @param read reads such a member itself, and then gives its end
 */
function readFields(
  bytes: Uint8Array,
  names: readonly string[],
  read: (name: string, start: number) => number | undefined = () => undefined,
): Map<string, Span> {
  const fields = new Map<string, Span>();
  try {
    eachMember(bytes, valueStart(bytes), (key, start) => {
      const name = String(parse(bytes, key)).toLowerCase();
      if (!names.includes(name) || isNull(bytes, start)) return undefined;
      const end = read(name, start) ?? valueAt(bytes, start).end;
      fields.set(name, { start, end });
      return end;
    });
  } catch (error) {
    if (error instanceof JsonError) throw new BadRequest(error.message);
    throw error;
  }
  return fields;
}

function readPod(bytes: Uint8Array, span: Span | undefined): Pod {
  if (span === undefined) throw new BadRequest("Pod: missing");
  return checked<Pod>(parse(bytes, span), "Pod");
}

function readNames(bytes: Uint8Array, start: number): Offer {
  const names: Span[] = [];
  const end = eachElement(bytes, start, (at) => {
    const name = valueAt(bytes, at);
    if (bytes[at] !== QUOTE) throw new BadRequest(`NodeNames[${names.length}]: is not a text`);
    names.push(name);
    return name.end;
  });
  return { bytes, isWhole: false, list: { start, end }, items: names, names };
}

/** Of the nodes only the names are read. */
function readWholeNodes(bytes: Uint8Array, start: number): Offer {
  let names: Span[] = [];
  let items: Span[] = [];
  const end = eachMember(bytes, start, (key, list) => {
    if (!isText(bytes, key, '"items"') || isNull(bytes, list)) return undefined;
    [names, items] = [[], []];
    return eachElement(bytes, list, (item) => {
      const node = nodeAt(bytes, item, items.length);
      names.push(node.name);
      items.push({ start: item, end: node.end });
      return node.end;
    });
  });
  return { bytes, isWhole: true, list: { start, end }, items, names };
}

function nodeAt(bytes: Uint8Array, start: number, index: number): { readonly name: Span; readonly end: number } {
  let name: Span | undefined;
  const end = eachMember(bytes, start, (key, metadata) => {
    if (!isText(bytes, key, '"metadata"') || isNull(bytes, metadata)) return undefined;
    return eachMember(bytes, metadata, (inner, value) => {
      if (!isText(bytes, inner, '"name"')) return undefined;
      name = valueAt(bytes, value);
      return name.end;
    });
  });
  if (name !== undefined && bytes[name.start] === QUOTE && name.end - name.start > 2) return { name, end };
  throw new BadRequest(`Nodes.items[${index}].metadata.name: missing`);
}

function readVictims(node: string, value: unknown, path: string, isWhole: boolean): CandidateVictims {
  const { Pods, NumPDBViolations } = anyCase(asObject(value, path), ["Pods", "NumPDBViolations"]);
  if (Pods !== undefined && !Array.isArray(Pods)) throw new BadRequest(`${path}.Pods: is not a list`);
  const victims = (Pods ?? []).map((each: unknown, index: number) => {
    const at = `${path}.Pods[${index}]`;
    const pod = isWhole ? checked<Pod>(each, "Pod") : undefined;
    const uid = pod === undefined ? anyCase(asObject(each, at), ["UID"]).UID : pod.metadata?.uid;
    if (typeof uid !== "string") throw new BadRequest(`${at}: no UID`);
    return { uid, ...(pod && { pod }) };
  });
  const pdbViolations = NumPDBViolations ?? 0;
  if (!Number.isSafeInteger(pdbViolations)) throw new BadRequest(`${path}.NumPDBViolations: is not an integer`);
  return { node, victims, pdbViolations: pdbViolations as number };
}

/** The members of these names, in any letter case; the last of a name counts, and null is left out. */
function anyCase(object: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) {
    const name = names.find((each) => each.toLowerCase() === key.toLowerCase());
    if (name !== undefined && value !== null) found[name] = value;
  }
  return found;
}

function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new BadRequest(`${path}: is not an object`);
}
