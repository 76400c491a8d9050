/** A plan: every pod of an input with its node or with what keeps it from one, as data. */

import type { Cluster } from "../cluster/cluster.js";
import type { NodeView } from "../cluster/node-view.js";
import { namespacedName, type Pod } from "../kube/objects.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import { existingFate, type Fate, Fates, NearMisses, type PlanStatus } from "./fates.js";
import { nearestMisses } from "./nearest.js";
import { decreasingOrder, type PlanOrder, podsAt } from "./order.js";
import { type Eviction, placeWithPreemption } from "./preempting.js";
import type { Quantities } from "./quantities.js";
import { readableRequest } from "./request.js";
import { inOrder } from "./resource-order.js";

export const PLAN_SCHEMA_VERSION = "stowage/plan.v1";

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

export interface PlanDecision extends Fate {
  /** `namespace/name`. */
  readonly pod: string;
}

/** A plan as it is made and held: of each decision the pod, and what becomes of it. */
export interface MadePlan extends Omit<Plan, "decisions"> {
  readonly decisions: readonly Decided[];
}

export interface Decided {
  readonly pod: Pod;
  readonly fate: Fate;
}

/** The document's decisions, made as they are read: those of a million pods at once take more than the pods. */
export function* rowsOf({ decisions }: MadePlan): Generator<PlanDecision> {
  for (const { pod, fate } of decisions) yield { pod: namespacedName(pod), ...fate };
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
): Promise<MadePlan> {
  const { placed, evicted, evictions } = await placeInOrder(cluster, scheduler, pending, options);
  const nodes = Array.from(cluster.nodes(), planNode);
  const misses = new NearMisses((pod) =>
    nearestMisses(scheduler.rejections(pod), readableRequest(pod), inOrderOf(nodes)),
  );
  const decidedBy = (pod: Pod, asked: Asked): Decided => ({ pod, fate: misses.addedTo(asked.fate, asked.pod) });
  const decisions = existing.map((pod): Decided => {
    const asked = evicted(pod);
    return asked === undefined ? { pod, fate: existingFate(pod) } : decidedBy(pod, asked);
  });
  pending.forEach((pod, index) => {
    decisions.push(decidedBy(pod, placed(pod, index)));
  });
  return {
    schemaVersion: PLAN_SCHEMA_VERSION,
    summary: summarize(nodes, decisions, evictions ?? []),
    ...(evictions && { evictions }),
    nodes,
    decisions,
  };
}

/** A pod as the scheduler was asked about it last, and what came of it. */
type Asked = Decided;

/** What became of the pods given, and of those that they evicted. */
interface Placing {
  /** Of a pending pod, by its place in the order given. */
  readonly placed: (pod: Pod, index: number) => Asked;
  /** Of an existing pod; undefined where it stays. */
  readonly evicted: (pod: Pod) => Asked | undefined;
  readonly evictions?: readonly Eviction[];
}

async function placeInOrder(
  cluster: Cluster,
  scheduler: Scheduler,
  pending: readonly Pod[],
  { order = "queue", preempts = false, signal, onProgress }: PlanOptions,
): Promise<Placing> {
  const positions = order === "decreasing" ? decreasing(pending, cluster) : undefined;
  const pods = positions === undefined ? pending : podsAt(pending, positions);
  const options = {
    order: order === "queue" ? order : "listed",
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  } as const;
  const fates = new Fates();
  if (preempts) {
    const { outcomes, evictions } = await placeWithPreemption(cluster, scheduler, pods, options);
    const askedOf = (pod: Pod): Asked | undefined => {
      const outcome = outcomes.get(namespacedName(pod));
      return outcome && { pod: outcome.pod, fate: fates.of(outcome) };
    };
    return { placed: (pod) => askedOf(pod)!, evicted: askedOf, evictions };
  }
  const ends = new Array<Fate>(pending.length);
  await scheduler.placeEach(pods, options, (decision, index) => {
    ends[positions?.[index] ?? index] = fates.of(decision);
  });
  return { placed: (pod, index) => ({ pod, fate: ends[index]! }), evicted: () => undefined };
}

function decreasing(pods: readonly Pod[], cluster: Cluster): number[] {
  return decreasingOrder(pods.map(readableRequest), totalAllocatable(cluster.nodes()));
}

function totalAllocatable(nodes: Iterable<NodeView>): Quantities {
  const totals: Record<string, number> = {};
  for (const node of nodes) {
    for (const [name, amount] of Object.entries(node.allocatable)) totals[name] = (totals[name] ?? 0) + amount;
  }
  return totals;
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
  decisions: readonly Decided[],
  evictions: readonly Eviction[],
): PlanSummary {
  const counts = new Map<PlanStatus, number>();
  for (const { fate } of decisions) counts.set(fate.status, (counts.get(fate.status) ?? 0) + 1);
  const count = (status: PlanStatus): number => counts.get(status) ?? 0;
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
