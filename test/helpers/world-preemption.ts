/** What preemption looks at: full nodes, priorities, start times, nominations, and budgets that victims spend. */

import type { KubeObject, ResourceList } from "../../src/kube/objects.js";
import type { Random } from "./random.js";
import { podSelectorOf } from "./world-labels.js";
import type { NodeDraft, PodDraft, PodRole, WorldContext } from "./world-types.js";
import { NAMESPACES } from "./world-vocabulary.js";

const LOWEST = -2147483648;
const MIXED = [0, 0, 1, 1, 5, 5, 10, 100, -1, LOWEST];
/** What a world's running pods have; few values, so that victims tie and the later criteria decide: the lowest adds nothing to a sum. */
const PALETTES = [MIXED, MIXED, [0, 1, 2, 3], [5, 5, LOWEST], [LOWEST], [LOWEST], [LOWEST], [5]];
const CLASSES = { low: 1, high: 1000 };
const INCOMING = [0, 1, 5, 10, 50, 100, 1000, 1000, 2000000000];

export interface PreemptionPlan {
  /** What running pods have. */
  readonly priorities: readonly number[];
  /** Where a pod is on its way out, as pods are made. */
  readonly freedNodes: string[];
}

export function preemptionPlanOf({ stream }: WorldContext): PreemptionPlan {
  return { priorities: stream("preempt").pick(PALETTES), freedNodes: [] };
}

/** So small that a few pods fill it. */
export function addSmallRoom(node: NodeDraft, { stream }: WorldContext): void {
  const random = stream("preempt");
  if (random.chance(15)) return;
  const small: ResourceList = {
    cpu: random.pick(["1", "2", "2", "3", "4"]),
    memory: random.pick(["2Gi", "4Gi", "4Gi"]),
    pods: random.pick(["2", "3", "4", "6", "110"]),
  };
  node.status.allocatable = { ...node.status.allocatable, ...small };
}

export function addPriority(
  pod: PodDraft,
  role: PodRole,
  plan: PreemptionPlan,
  { stream, has, nodeNames }: WorldContext,
): void {
  const random = stream("preempt");
  if (random.chance(90)) pod.spec.priority = random.pick(role === "bound" ? plan.priorities : INCOMING);
  else delete pod.spec.priority;
  if (role === "incoming" && random.chance(10)) {
    const name = random.pick(["low", "high"] as const);
    Object.assign(pod.spec, { priorityClassName: name, priority: CLASSES[name] });
  }
  if (random.chance(role === "bound" ? 60 : 75)) addDemand(pod, random);
  if (role === "bound") {
    if (random.chance(14)) markPreempted(pod, plan, random.chance(80));
    return;
  }
  if (random.chance(6)) pod.spec.preemptionPolicy = "Never";
  else if (random.chance(20)) pod.spec.preemptionPolicy = "PreemptLowerPriority";
  if (has("nominated") || !random.chance(25)) return;
  const among = random.chance(60) && plan.freedNodes.length > 0 ? plan.freedNodes : ["elsewhere", ...nodeNames];
  pod.status.nominatedNodeName = random.pick(among);
}

/** Large beside what addSmallRoom leaves. */
function addDemand({ spec }: PodDraft, random: Random): void {
  const [first, ...others] = spec.containers ?? [];
  if (first === undefined || spec.resources != null) return;
  const cpu = random.pick(["500m", "1", "1", "1500m", "2"]);
  const memory = random.pick(["256Mi", "512Mi", "1Gi"]);
  spec.containers = [{ ...first, resources: { requests: { cpu, memory } } }, ...others];
}

/** A pod that is on its way out; `byScheduler`: because another one is to take its place. */
function markPreempted(pod: PodDraft, plan: PreemptionPlan, byScheduler: boolean): void {
  pod.metadata.deletionTimestamp = "2030-01-01T00:00:00Z";
  const reason = byScheduler ? "PreemptionByScheduler" : "EvictionByEvictionAPI";
  pod.status.conditions = [{ type: "DisruptionTarget", status: "True", reason }];
  if (pod.spec.nodeName !== undefined) plan.freedNodes.push(pod.spec.nodeName);
}

/** In an order of their own. */
const START_TIMES = Array.from({ length: 500 }, (_, index) => {
  const minute = (index * 7919) % 1000;
  return `${new Date(Date.UTC(2029, 0, 1) + minute * 60_000).toISOString().slice(0, 19)}Z`;
});

/** Distinct start times: upstream sorts victims with a sort that is not stable, and takes a missing time for now. */
export function startTimeOf(index: number): string {
  return START_TIMES[index]!;
}

/** Nominated by an earlier preemption and waiting for the room: other pods count it in. */
export function addNomination(pod: PodDraft, { stream, nodeNames }: WorldContext): void {
  const random = stream("nominated");
  if (!random.chance(12)) return;
  delete pod.spec.nodeName;
  pod.status = { phase: "Pending", nominatedNodeName: random.pick(["elsewhere", ...nodeNames]) };
  if (random.chance(80)) pod.spec.priority = random.pick([0, 1, 10, 1000]);
}

export function podDisruptionBudgetsOf({ stream }: WorldContext): KubeObject[] {
  const random = stream("budgets");
  return NAMESPACES.flatMap((namespace) =>
    random.list(0, 3, (index) => {
      const selector = podSelectorOf(random, 2);
      const disruptedPods = random.chance(15) ? { b0: "2029-01-01T00:00:00Z", b1: "2029-01-01T00:00:00Z" } : undefined;
      return {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: `budget-${index}`, namespace },
        spec: { minAvailable: 1, ...(selector && { selector }) },
        status: { disruptionsAllowed: random.pick([0, 0, 0, 1, 2]), ...(disruptedPods && { disruptedPods }) },
      };
    }),
  );
}

export function priorityClassesOf(): KubeObject[] {
  return Object.entries(CLASSES).map(([name, value]) => ({
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name },
    value,
  }));
}
