/** The order in which pods leave the queue: PrioritySort, with the order given in place of the time of arrival. */

import type { Pod } from "../kube/objects.js";
import { priorityOf } from "../kube/objects.js";

/** Highest priority first; equals keep their order. k8s 1.36 plugins/queuesort/priority_sort.go. */
export function inQueueOrder(pods: readonly Pod[]): Pod[] {
  return queueOrder(pods).map((index) => pods[index]!);
}

/** The same as indices into the pods. */
export function queueOrder(pods: readonly Pod[]): number[] {
  const priorities = pods.map(priorityOf);
  return [...pods.keys()].sort((a, b) => priorities[b]! - priorities[a]!);
}
