/** DefaultPreemption: k8s 1.36 pkg/scheduler/framework/preemption and plugins/defaultpreemption. */

import type { KubeObject, LabelSelector, Pod } from "../../src/kube/objects.js";
import { type BoundPod, type NodeInfo, priorityOf } from "./cluster.js";
import type { Compat } from "./compat.js";
import type { RefCandidate, RefRejection } from "./decision.js";
import type { FilterRun } from "./framework.js";
import { InvalidSelector, isEverything, parseSelector, type Selector, selects } from "./label-selector.js";
import { SchedulerError, unresolvable } from "./plugin.js";

export interface DryRun {
  readonly pod: Pod;
  readonly compat: Compat;
  readonly run: FilterRun;
  readonly budgets: readonly KubeObject[];
  /** When a pod starts that has no start time; milliseconds since 1970. */
  readonly nowMs: number;
  /** Whether the pod fits on the node as it is in the dry run, promised pods included. */
  readonly rejectionOf: (run: FilterRun, info: NodeInfo) => RefRejection | undefined;
}

export type Rejection = Pick<RefRejection, "code" | "reasons">;

export interface Candidate {
  readonly node: string;
  readonly victims: readonly BoundPod[];
  readonly pdbViolations: number;
}

export function isVictim(other: BoundPod, preemptor: Pod): boolean {
  return priorityOf(other.pod) < priorityOf(preemptor);
}

/** It is going away already, because a scheduler wanted its room. */
export function isBeingPreempted({ pod }: BoundPod): boolean {
  if (pod.metadata?.deletionTimestamp == null) return false;
  const condition = (pod.status?.conditions ?? []).find(({ type }) => type === "DisruptionTarget");
  return condition?.status === "True" && condition.reason === "PreemptionByScheduler";
}

/**
 * The fewest pods that would have to go for the pod to fit, or why it would not fit.
 * @throws SchedulerError
 */
export function selectVictims(dryRun: DryRun, node: NodeInfo): Candidate | Rejection {
  const info = node.copy();
  const run = dryRun.run.copy();
  const potential = info.pods.filter((other) => isVictim(other, dryRun.pod));
  if (potential.length === 0) return unresolvable("No preemption victims found for incoming pod");
  for (const victim of potential) run.remove(victim, info);
  const rejection = dryRun.rejectionOf(run, info);
  if (rejection !== undefined) return { code: rejection.code, reasons: rejection.reasons };
  const victims: BoundPod[] = [];
  let pdbViolations = 0;
  const { violating, others } = splitByBudgets(sortByImportance(potential, dryRun.nowMs), dryRun);
  for (const victim of [...violating, ...others]) {
    run.add(victim, info);
    if (dryRun.rejectionOf(run, info) === undefined) continue;
    run.remove(victim, info);
    victims.push(victim);
    if (violating.includes(victim)) pdbViolations++;
  }
  if (victims.length === 0) throw new SchedulerError(`expected at least one victim pod on node "${info.name}"`);
  const isMixed = violating.length > 0 && others.length > 0;
  return { node: info.name, victims: isMixed ? sortByImportance(victims, dryRun.nowMs) : victims, pdbViolations };
}

/**
 * Higher priority first, then the earlier start. An insertion sort, as Go sorts up to twelve elements, so that equals
 * come out alike. Two pods that have not started are each asked for the time in turn, so that the first seems earlier.
 */
function sortByImportance(pods: readonly BoundPod[], nowMs: number): BoundPod[] {
  const sorted = [...pods];
  for (let end = 1; end < sorted.length; end++) {
    for (let at = end; at > 0 && isMoreImportant(sorted[at]!, sorted[at - 1]!, nowMs); at--) {
      [sorted[at], sorted[at - 1]] = [sorted[at - 1]!, sorted[at]!];
    }
  }
  return sorted;
}

function isMoreImportant(left: BoundPod, right: BoundPod, nowMs: number): boolean {
  const byPriority = priorityOf(left.pod) - priorityOf(right.pod);
  if (byPriority !== 0) return byPriority > 0;
  if (left.pod.status?.startTime == null && right.pod.status?.startTime == null) return true;
  return startTimeMs(left, nowMs) < startTimeMs(right, nowMs);
}

function startTimeMs({ pod }: BoundPod, nowMs: number): number {
  return new Date(pod.status?.startTime ?? nowMs).getTime();
}

interface Budget {
  readonly namespace: string;
  readonly selector: Selector;
  readonly disruptedPods: Readonly<Record<string, unknown>>;
  /** A count of pods; below 0 when more go than may. */
  left: number;
}

/** Pods whose going would break a disruption budget, after those before them have gone. */
function splitByBudgets(pods: readonly BoundPod[], { budgets: objects, compat }: DryRun) {
  const budgets = objects.flatMap(parseBudget);
  const violating: BoundPod[] = [];
  const others: BoundPod[] = [];
  for (const pod of pods) (breaksBudget(pod, budgets, compat) ? violating : others).push(pod);
  return { violating, others };
}

/** 1.36 charges every budget that covers the pod, 1.37 none behind the first that is broken. */
function breaksBudget(other: BoundPod, budgets: readonly Budget[], compat: Compat): boolean {
  if (Object.keys(other.labels).length === 0) return false;
  let isBroken = false;
  for (const budget of budgets) {
    if (budget.namespace !== other.namespace || !selects(budget.selector, other.labels)) continue;
    if (Object.hasOwn(budget.disruptedPods, other.pod.metadata?.name ?? "")) continue;
    budget.left--;
    if (budget.left < 0) isBroken = true;
    if (isBroken && compat === "1.37") return true;
  }
  return isBroken;
}

/** A selector that is empty or cannot be parsed covers nothing. */
function parseBudget(object: KubeObject): Budget[] {
  const spec = object.spec as { readonly selector?: LabelSelector | null } | undefined;
  const status = object.status as
    | { readonly disruptionsAllowed?: number; readonly disruptedPods?: Readonly<Record<string, unknown>> | null }
    | undefined;
  try {
    const selector = parseSelector(spec?.selector);
    if (isEverything(selector)) return [];
    const namespace = object.metadata?.namespace || "default";
    return [{ namespace, selector, disruptedPods: status?.disruptedPods ?? {}, left: status?.disruptionsAllowed ?? 0 }];
  } catch (error) {
    if (error instanceof InvalidSelector) return [];
    throw error;
  }
}

/** Larger is better; a criterion is asked only where those before it leave more than one candidate. */
const CRITERIA: readonly ((candidate: Candidate, nowMs: number) => number)[] = [
  ({ pdbViolations }) => -pdbViolations,
  ({ victims }) => -priorityOf(victims[0]!.pod),
  ({ victims }) => -victims.reduce((sum, { pod }) => sum + priorityOf(pod) + 2 ** 31, 0),
  ({ victims }) => -victims.length,
  ({ victims }, nowMs) => {
    const highest = Math.max(...victims.map(({ pod }) => priorityOf(pod)));
    return Math.min(...victims.filter(({ pod }) => priorityOf(pod) === highest).map((pod) => startTimeMs(pod, nowMs)));
  },
];

/** Those that no criterion tells apart. */
export function bestCandidates(candidates: readonly Candidate[], nowMs: number): readonly Candidate[] {
  let left = candidates;
  for (const criterion of CRITERIA) {
    const best = Math.max(...left.map((candidate) => criterion(candidate, nowMs)));
    left = left.filter((candidate) => criterion(candidate, nowMs) === best);
  }
  return left;
}

export function named({ node, victims, pdbViolations }: Candidate): RefCandidate {
  return { node, victims: victims.map(({ key }) => key), pdbViolations };
}
