/** Would these pods fit, on the nodes there are and on some that could be? For autoscalers, which must agree with the scheduler. */

import { readObjects } from "../cluster/read.js";
import { formatIssue } from "../errors.js";
import { type KubeObject, namespacedName, type Pod } from "../kube/objects.js";
import type { ReasonCount } from "../scheduler/decision.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import { type ExtenderContext, profileOf, underProfile } from "./context.js";
import { asking } from "./judging.js";
import { BadRequest, checked, parse } from "./wire.js";

export const SIMULATE_SCHEMA_VERSION = "stowage/simulate.v1";

/** The body of `POST /simulate`. */
export interface SimulateRequest {
  /** Nodes that could be there; one of a known name takes its place. */
  readonly nodes?: readonly object[];
  /** Names of nodes to do without; their pods go with them. */
  readonly withoutNodes?: readonly string[];
  /** Placed in this order, each beside those before it; one that has a node is asked about as if it had none. */
  readonly pods: readonly object[];
}

/** The document that schema/simulate.v1.json describes. */
export interface Simulation {
  readonly schemaVersion: typeof SIMULATE_SCHEMA_VERSION;
  /** Whether every pod has a node. */
  readonly fits: boolean;
  /** In the order of the request. */
  readonly decisions: readonly SimulatedDecision[];
  /** Hypothetical nodes that got at least one of the pods, in the order of the request. */
  readonly usedNodes: readonly string[];
}

export interface SimulatedDecision {
  /** `namespace/name`. */
  readonly pod: string;
  readonly status: "placed" | "unschedulable" | "unsupported" | "gated" | "error" | "ignored";
  readonly node: string | null;
  /** kube-scheduler's sentence where there is no node. */
  readonly message: string;
  readonly reasons: readonly ReasonCount[];
}

/** Objects of either kind in one request: what one call may cost is bounded by this. */
const MOST_OBJECTS = 10_000;

/** @throws BadRequest with everything that is wrong with the request */
export function simulate(context: ExtenderContext, scheduler: Scheduler, body: Uint8Array): Simulation {
  const { nodes, withoutNodes, pods } = readRequest(body);
  const { cluster } = context.source;
  return asking(cluster, () => {
    for (const name of withoutNodes) {
      for (const key of cluster.node(name)?.pods ?? []) cluster.removePod(key);
      cluster.removeNode(name);
    }
    take(nodes, cluster);
    for (const pod of pods) cluster.removePod(pod);
    const decisions = pods.map((pod) => decide(scheduler, underProfile(withoutNode(pod), profileOf(context, pod))));
    const used = new Set(decisions.map(({ node }) => node));
    return {
      schemaVersion: SIMULATE_SCHEMA_VERSION,
      fits: decisions.every(({ status }) => status === "placed"),
      decisions,
      usedNodes: nodes.map(({ metadata }) => metadata?.name ?? "").filter((name) => used.has(name)),
    };
  });
}

function decide(scheduler: Scheduler, pod: Pod): SimulatedDecision {
  const decision = scheduler.place(pod);
  const { key, status } = decision;
  if (status === "placed") return { pod: key, status, node: decision.node, message: "", reasons: [] };
  return { pod: key, status, node: null, message: decision.message, reasons: decision.reasons };
}

function take(nodes: readonly KubeObject[], cluster: ExtenderContext["source"]["cluster"]): void {
  const { issues } = readObjects(nodes, cluster, { areChecked: true });
  const errors = issues.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new BadRequest(errors.map(formatIssue).join("; "));
}

function withoutNode(pod: Pod): Pod {
  const { nodeName: _, ...spec } = pod.spec ?? {};
  return { ...pod, spec };
}

function readRequest(body: Uint8Array): { nodes: KubeObject[]; withoutNodes: string[]; pods: Pod[] } {
  const request = parse(body, { start: 0, end: body.length });
  if (typeof request !== "object" || request === null || Array.isArray(request)) {
    throw new BadRequest("the body is not an object with pods, and perhaps nodes and withoutNodes");
  }
  const { nodes = [], withoutNodes = [], pods, ...others } = request as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new BadRequest(`${unknown}: is none of nodes, withoutNodes and pods`);
  const names = listOf(withoutNodes, "withoutNodes");
  if (!names.every((name) => typeof name === "string")) throw new BadRequest("withoutNodes: is not a list of texts");
  const given = listOf(pods, "pods").map((pod, index) => within(`pods[${index}]`, () => checked<Pod>(pod, "Pod")));
  requireDistinct(given);
  return {
    nodes: listOf(nodes, "nodes").map((node, index) => ({
      ...within(`nodes[${index}]`, () => checked(node, "Node")),
      kind: "Node",
    })),
    withoutNodes: names as string[],
    pods: given,
  };
}

function requireDistinct(pods: readonly Pod[]): void {
  const seen = new Map<string, number>();
  for (const [index, pod] of pods.entries()) {
    const key = namespacedName(pod);
    if (seen.has(key)) throw new BadRequest(`pods[${index}]: is called ${key}, as pods[${seen.get(key)}] is`);
    seen.set(key, index);
  }
}

function listOf(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw new BadRequest(`${path}: is not a list`);
  if (value.length > MOST_OBJECTS) throw new BadRequest(`${path}: more than ${MOST_OBJECTS}; ask in several requests`);
  return value;
}

function within<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadRequest) throw new BadRequest(`${path}: ${error.message}`);
    throw error;
  }
}
