/** Orders in which a plan can place its pods. */

import type { Pod } from "../kube/objects.js";
import { isSchedulerResource } from "../kube/pod-request.js";
import type { Quantities } from "./quantities.js";

/**
 * `queue`: as kube-scheduler's queue hands them out, by priority and then as listed. `listed`: as listed. `decreasing`:
 * the pod with the largest dominant share first, as in first-fit-decreasing bin packing; priority plays no part.
 */
export type PlanOrder = "queue" | "listed" | "decreasing";

/**
 * Positions of the pods by decreasing dominant share: a pod's largest request of any resource as a fraction of what all
 * nodes together have of it. Equal shares: the larger sum of shares, then the earlier pod. A request of what no node
 * has makes an infinite share.
 *
 * @param requests each pod's request, milli for cpu and base units for the rest.
 * @param totals allocatable of all nodes together, in the same units.
 */
export function decreasingOrder(requests: readonly ReadonlyMap<string, number>[], totals: Quantities): number[] {
  const shares = requests.map((request) => {
    const parts = [...request]
      .filter(([name, amount]) => amount > 0 && name !== "pods" && isSchedulerResource(name))
      .map(([name, amount]) => amount / (totals[name] ?? 0));
    return { largest: Math.max(0, ...parts), sum: parts.reduce((sum, part) => sum + part, 0) };
  });
  return requests
    .map((_, position) => position)
    .sort((a, b) => {
      const [one, other] = [shares[a]!, shares[b]!];
      if (one.largest !== other.largest) return other.largest - one.largest;
      if (one.sum !== other.sum) return other.sum - one.sum;
      return a - b;
    });
}

/** The pods at the given positions. */
export function podsAt(pods: readonly Pod[], positions: readonly number[]): Pod[] {
  return positions.map((position) => pods[position]!);
}
