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
 * @param requests each pod's request, milli for cpu and base units for the rest; pods that share one map are sized once.
 * @param totals allocatable of all nodes together, in the same units.
 */
export function decreasingOrder(requests: readonly ReadonlyMap<string, number>[], totals: Quantities): number[] {
  const byRequest = new Map<ReadonlyMap<string, number>, Sized>();
  for (let position = 0; position < requests.length; position++) {
    const request = requests[position]!;
    const known = byRequest.get(request);
    if (known === undefined) byRequest.set(request, { ...shareOf(request, totals), positions: [position] });
    else known.positions.push(position);
  }
  const sorted = [...byRequest.values()].sort(bySize);
  const order: number[] = [];
  for (let at = 0, end = 0; at < sorted.length; at = end) {
    while (end < sorted.length && bySize(sorted[at]!, sorted[end]!) === 0) end++;
    const equals = sorted.slice(at, end).flatMap(({ positions }) => positions);
    for (const position of end - at > 1 ? equals.sort((a, b) => a - b) : equals) order.push(position);
  }
  return order;
}

interface Sized {
  readonly largest: number;
  readonly sum: number;
  readonly positions: number[];
}

function shareOf(request: ReadonlyMap<string, number>, totals: Quantities): Pick<Sized, "largest" | "sum"> {
  const parts = [...request]
    .filter(([name, amount]) => amount > 0 && name !== "pods" && isSchedulerResource(name))
    .map(([name, amount]) => amount / (totals[name] ?? 0));
  return { largest: Math.max(0, ...parts), sum: parts.reduce((sum, part) => sum + part, 0) };
}

function bySize(one: Sized, other: Sized): number {
  if (one.largest !== other.largest) return other.largest - one.largest;
  return one.sum === other.sum ? 0 : other.sum - one.sum;
}

/** The pods at the given positions. */
export function podsAt(pods: readonly Pod[], positions: readonly number[]): Pod[] {
  return positions.map((position) => pods[position]!);
}
