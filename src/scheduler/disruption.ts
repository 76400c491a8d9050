/**
 * Which pods may go for another: their importance and the PodDisruptionBudgets that cover them. Source: k8s 1.36
 * pkg/scheduler/util (MoreImportantPod), plugins/defaultpreemption (filterPodsWithPDBViolation).
 */

import type { Pod, PodDisruptionBudget } from "../kube/objects.js";
import { namespaceOf, priorityOf } from "../kube/objects.js";
import { type Selector, selects } from "../kube/pod-affinity.js";
import { parseLabelSelector } from "../kube/requirement.js";

/** Milliseconds since 1970; a pod that has not started counts as starting now. */
export function startTimeMs({ status }: Pod, nowMs: number): number {
  const startTime = status?.startTime;
  if (!startTime) return nowMs;
  return typeof startTime === "string" ? Date.parse(startTime) : startTime.getTime();
}

/**
 * Sorts by importance: higher priority first, then the earlier start. Equals come out as from Go's sort of up to twelve
 * elements, an insertion sort; of two pods that have not started the first one asked seems earlier.
 */
export function byImportance<T>(items: readonly T[], podOf: (item: T) => Pod, nowMs: number): T[] {
  const sorted = items.map((item) => importanceOf(item, podOf(item), nowMs));
  for (let end = 1; end < sorted.length; end++) {
    for (let at = end; at > 0 && isMoreImportant(sorted[at]!, sorted[at - 1]!); at--) {
      [sorted[at], sorted[at - 1]] = [sorted[at - 1]!, sorted[at]!];
    }
  }
  return sorted.map(({ item }) => item);
}

interface Importance<T> {
  readonly item: T;
  readonly priority: number;
  readonly hasStarted: boolean;
  /** Milliseconds since 1970. */
  readonly startMs: number;
}

function importanceOf<T>(item: T, pod: Pod, nowMs: number): Importance<T> {
  const hasStarted = Boolean(pod.status?.startTime);
  return { item, priority: priorityOf(pod), hasStarted, startMs: startTimeMs(pod, nowMs) };
}

function isMoreImportant<T>(left: Importance<T>, right: Importance<T>): boolean {
  if (left.priority !== right.priority) return left.priority > right.priority;
  if (!left.hasStarted && !right.hasStarted) return true;
  return left.startMs < right.startMs;
}

export interface Budget {
  readonly object: PodDisruptionBudget;
  readonly namespace: string;
  readonly selector: Selector;
  readonly disruptedPods: ReadonlySet<string>;
  /** A count of pods; below 0 when more go than may. */
  left: number;
}

/** The budgets of a cluster, as far as preemption heeds them: to it selectors that are empty or do not parse cover no pod. */
export function budgetsOf(objects: Iterable<PodDisruptionBudget>): Budget[] {
  return evictionBudgetsOf(objects).filter(({ selector }) => selector.requirements.length > 0);
}

/**
 * The same as the API server reads them when a pod is to be evicted, and the disruption controller when it counts: an empty
 * selector covers every pod of its namespace. Source: k8s 1.36 pkg/registry/core/pod/storage/eviction.go.
 */
export function evictionBudgetsOf(objects: Iterable<PodDisruptionBudget>): Budget[] {
  const budgets: Budget[] = [];
  for (const object of objects) {
    const { status } = object;
    const selector = parseLabelSelector(object.spec?.selector);
    if (!selector.ok || selector.nothing) continue;
    budgets.push({
      object,
      namespace: namespaceOf(object),
      selector,
      disruptedPods: new Set(Object.keys(status?.disruptedPods ?? {})),
      left: status?.disruptionsAllowed ?? 0,
    });
  }
  return budgets;
}

/** Whether a pod's going is charged to a budget: it covers the pod, which is not among those that were charged before. */
export function isCharged({ namespace, selector, disruptedPods }: Budget, pod: Pod): boolean {
  const isCovered = namespace === namespaceOf(pod) && selects(selector, pod.metadata?.labels);
  return isCovered && !disruptedPods.has(pod.metadata?.name ?? "");
}

/**
 * Whether each pod's going would break a budget, after those before it have gone. `chargesAll`: every budget that covers a
 * pod is charged (k8s 1.36), else none behind the first that is broken (1.37).
 */
export function breakBudgets(pods: readonly Pod[], budgets: readonly Budget[], chargesAll: boolean): boolean[] {
  const left = budgets.map((budget) => ({ ...budget }));
  return pods.map((pod) => breaks(pod, left, chargesAll));
}

function breaks(pod: Pod, budgets: Budget[], chargesAll: boolean): boolean {
  if (Object.keys(pod.metadata?.labels ?? {}).length === 0) return false;
  let isBroken = false;
  for (const budget of budgets) {
    if (!isCharged(budget, pod)) continue;
    budget.left--;
    isBroken ||= budget.left < 0;
    if (isBroken && !chargesAll) return true;
  }
  return isBroken;
}
