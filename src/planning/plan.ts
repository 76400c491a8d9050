/** A plan: every pod of an input with its node or with what keeps it from one, as data. */

import type { Cluster } from "../cluster/cluster.js";
import type { NodeView } from "../cluster/node-view.js";
import { namespacedName, type Pod } from "../kube/objects.js";
import type { Decision, ReasonCount } from "../scheduler/decision.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import { likenessOf } from "./likeness.js";
import { type NearestMiss, nearestMisses } from "./nearest.js";
import { decreasingOrder, type PlanOrder, podsAt } from "./order.js";
import { type Eviction, type Outcome, placeWithPreemption } from "./preempting.js";
import type { Quantities } from "./quantities.js";
import { readableRequest } from "./request.js";
import { inOrder } from "./resource-order.js";

export const PLAN_SCHEMA_VERSION = "stowage/plan.v1";

export type PlanStatus = Decision["status"] | "existing" | "evicted";

/** The document that schema/plan.v1.json describes. */
export interface Plan {
  readonly schemaVersion: typeof PLAN_SCHEMA_VERSION;
  readonly summary: PlanSummary;
  /** Where preemption was allowed: who loses a node to whom, in the order in which it comes about. */
  readonly evictions?: readonly Eviction[];
  /** In the order in which the nodes were added. */
  readonly nodes: readonly PlanNode[];
  /** The existing pods, then the others, each in the order given. */
  readonly decisions: readonly PlanDecision[];
}

export interface PlanSummary {
  readonly nodes: number;
  /** Nodes with at least one pod. */
  readonly nodesUsed: number;
  /** Decisions, of whatever status. */
  readonly pods: number;
  readonly existing: number;
  readonly placed: number;
  readonly unschedulable: number;
  readonly unsupported: number;
  readonly gated: number;
  /** A count of evictions, of pods that are made again as well: not one of the statuses that add up to `pods`. */
  readonly evicted: number;
  readonly resources: Readonly<Record<string, ResourceSummary>>;
}

/** One resource over all nodes. */
export interface ResourceSummary {
  readonly allocatable: number;
  readonly requested: number;
  /** The most that is free on any one node; 0 when every node is full or beyond. */
  readonly largestFree: number;
}

export interface PlanNode {
  readonly name: string;
  /** Resources of which there are none are left out. */
  readonly allocatable: Quantities;
  /** Everything that is allocatable, and what is requested all the same. */
  readonly requested: Quantities;
  /** `namespace/name`, in order of arrival. */
  readonly pods: readonly string[];
}

export interface PlanDecision {
  /** `namespace/name`. */
  readonly pod: string;
  readonly status: PlanStatus;
  /** Where placed or existing; of an evicted pod the node that it lost. */
  readonly node?: string;
  /** Where placed: the weighted sum over the score plugins. */
  readonly score?: number;
  /** Where neither: kube-scheduler's sentence, of the moment at which the pod's turn came. */
  readonly message?: string;
  readonly reasons?: readonly ReasonCount[];
  /** Where unschedulable and preemption was allowed: what kube-scheduler adds to `message`, why it does not help. */
  readonly postFilterMessage?: string;
  /** Where evicted for good: the pod, as `namespace/name`, that it made room for. */
  readonly by?: string;
  /** Where unschedulable and some node lacks nothing but room: the nodes that lack least once the plan is complete. */
  readonly nearest?: readonly NearestMiss[];
}

export interface PlanOptions {
  /** Default `queue`. */
  readonly order?: PlanOrder;
  /** Whether pods that fit nowhere evict others. Default false. */
  readonly preempts?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Places the pending pods and says where every pod is. What is placed stays in the cluster as promises, what is evicted is
 * gone; surround the call by `cluster.begin()` and `cluster.rollback()` for a mere question.
 *
 * @param existing pods that are in the cluster already, for their decisions; their room is known to the cluster.
 * @throws StowageError ERR_ABORTED by the signal; ERR_ALREADY_PLACED for a pending pod that is in the cluster.
 */
export async function plan(
  cluster: Cluster,
  scheduler: Scheduler,
  pending: readonly Pod[],
  existing: readonly Pod[],
  options: PlanOptions = {},
): Promise<Plan> {
  const { outcomes, evictions } = await placeInOrder(cluster, scheduler, pending, options);
  const nodes = Array.from(cluster.nodes(), planNode);
  const nearestOf = nearestFinder(scheduler, nodes);
  const decisions = [...existing, ...pending].map((pod) => {
    const outcome = outcomes.get(namespacedName(pod));
    return outcome === undefined ? existingEntry(pod) : outcomeEntry(outcome, nearestOf(outcome));
  });
  return {
    schemaVersion: PLAN_SCHEMA_VERSION,
    summary: summarize(nodes, decisions, evictions ?? []),
    ...(evictions && { evictions }),
    nodes,
    decisions,
  };
}

/** What became of the pods, by `namespace/name`: of those given, and of those that they evicted. */
interface Placing {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly evictions?: readonly Eviction[];
}

async function placeInOrder(
  cluster: Cluster,
  scheduler: Scheduler,
  pending: readonly Pod[],
  { order = "queue", preempts = false, signal, onProgress }: PlanOptions,
): Promise<Placing> {
  const pods = order === "decreasing" ? decreasing(pending, cluster) : pending;
  const options = {
    order: order === "queue" ? order : "listed",
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  } as const;
  if (preempts) return placeWithPreemption(cluster, scheduler, pods, options);
  const decisions = await scheduler.placeAll(pods, options);
  return { outcomes: new Map(decisions.map((decision) => [decision.key, decision])) };
}

function decreasing(pods: readonly Pod[], cluster: Cluster): Pod[] {
  return podsAt(pods, decreasingOrder(pods.map(readableRequest), totalAllocatable(cluster.nodes())));
}

function totalAllocatable(nodes: Iterable<NodeView>): Quantities {
  const totals: Record<string, number> = {};
  for (const node of nodes) {
    for (const [name, amount] of Object.entries(node.allocatable)) totals[name] = (totals[name] ?? 0) + amount;
  }
  return totals;
}

function existingEntry(pod: Pod): PlanDecision {
  return { pod: namespacedName(pod), status: "existing", node: pod.spec?.nodeName ?? "" };
}

function outcomeEntry(outcome: Outcome, nearest: readonly NearestMiss[]): PlanDecision {
  const { key: pod, status } = outcome;
  if (status === "placed") return { pod, status, node: outcome.node, score: outcome.score };
  if (status === "evicted") return { pod, status, node: outcome.node, by: outcome.by };
  const { message, reasons, postFilterMessage } = outcome;
  return {
    pod,
    status,
    message,
    reasons,
    ...(postFilterMessage !== undefined && { postFilterMessage }),
    ...(nearest.length > 0 && { nearest }),
  };
}

/**
 * Asks the filters again, now that everything is placed, for the pods that were left over. Pods that differ in nothing
 * that a filter can read share one answer: copies of one workload are asked about once.
 */
function nearestFinder(scheduler: Scheduler, nodes: readonly PlanNode[]): (outcome: Outcome) => NearestMiss[] {
  const known = new Map<string, NearestMiss[]>();
  return (outcome) => {
    if (outcome.status !== "unschedulable") return [];
    if (!outcome.reasons.some((count) => count.plugin === "NodeResourcesFit")) return [];
    const { pod } = outcome;
    const likeness = likenessOf(pod);
    const misses =
      known.get(likeness) ?? nearestMisses(scheduler.rejections(pod), readableRequest(pod), inOrderOf(nodes));
    known.set(likeness, misses);
    return misses;
  };
}

/** Finds nodes by name where they are asked for in the order of the list: a map would be as large as the plan. */
function inOrderOf(nodes: readonly PlanNode[]): (name: string) => PlanNode | undefined {
  let at = 0;
  return (name) => {
    while (at < nodes.length && nodes[at]!.name !== name) at++;
    return nodes[at];
  };
}

const NOTHING: Quantities = {};
const NO_PODS: readonly string[] = [];

/** A plan may have a million nodes of which nothing is said. */
function sharedNothing(amounts: Quantities): Quantities {
  return Object.keys(amounts).length === 0 ? NOTHING : amounts;
}

function planNode(node: NodeView): PlanNode {
  const { name, allocatable, requested, pods } = node;
  const untouched = Object.fromEntries(Object.keys(allocatable).map((resource) => [resource, 0]));
  return {
    name,
    allocatable: sharedNothing(inOrder(allocatable)),
    requested: sharedNothing(inOrder({ ...untouched, ...requested })),
    pods: pods.length === 0 ? NO_PODS : pods,
  };
}

function summarize(
  nodes: readonly PlanNode[],
  decisions: readonly PlanDecision[],
  evictions: readonly Eviction[],
): PlanSummary {
  const count = (status: PlanStatus): number => decisions.filter((decision) => decision.status === status).length;
  return {
    nodes: nodes.length,
    nodesUsed: nodes.filter((node) => node.pods.length > 0).length,
    pods: decisions.length,
    existing: count("existing"),
    placed: count("placed"),
    unschedulable: count("unschedulable"),
    unsupported: count("unsupported"),
    gated: count("gated"),
    evicted: evictions.length,
    resources: summarizeResources(nodes),
  };
}

function summarizeResources(nodes: readonly PlanNode[]): Record<string, ResourceSummary> {
  const sums: Record<string, ResourceSummary> = {};
  for (const { allocatable, requested } of nodes) {
    for (const name of new Set([...Object.keys(allocatable), ...Object.keys(requested)])) {
      const [has, gave] = [allocatable[name] ?? 0, requested[name] ?? 0];
      const sum = sums[name] ?? { allocatable: 0, requested: 0, largestFree: 0 };
      sums[name] = {
        allocatable: sum.allocatable + has,
        requested: sum.requested + gave,
        largestFree: Math.max(sum.largestFree, has - gave),
      };
    }
  }
  return inOrder(sums);
}
