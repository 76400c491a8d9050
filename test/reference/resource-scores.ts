/** Scores from requests and capacity: k8s 1.36 pkg/scheduler/framework/plugins/noderesources. */

import type { Pod } from "../../src/kube/objects.js";
import type { NodeInfo } from "./cluster.js";
import type { Compat } from "./compat.js";
import type { ScoringStrategy, ShapePoint } from "./config.js";
import { isScalar, NON_ZERO, podRequests, toUnits, type Units } from "./resources.js";

/** Go's int64: sums and products wrap. */
function int64(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** What NodeResourcesFit scores with: containers only, and missing requests count as 100m and 200Mi. */
export function fitScoreRequest(pod: Pod): Units {
  return toUnits(podRequests(pod, { podLevel: false, missing: NON_ZERO }));
}

/** NodeResourcesFit: the weighted mean over the configured resources, 0 to 100. */
export function fitScore(request: Units, info: NodeInfo, strategy: ScoringStrategy): bigint {
  let sum = 0n;
  let weights = 0n;
  for (const { name, weight } of strategy.resources ?? []) {
    const wanted = request.get(name) ?? 0n;
    const allocatable = info.allocatable.get(name) ?? 0n;
    if (allocatable === 0n || (isScalar(name) && wanted === 0n)) continue;
    const used = name === "cpu" || name === "memory" ? info.nonZeroRequested : info.requested;
    const score = resourceScore(strategy, int64((used.get(name) ?? 0n) + wanted), allocatable);
    if (strategy.type === "RequestedToCapacityRatio" && score <= 0n) continue;
    sum = int64(sum + score * BigInt(weight || 1));
    weights += BigInt(weight || 1);
  }
  if (weights === 0n) return 0n;
  if (strategy.type !== "RequestedToCapacityRatio") return sum / weights;
  return BigInt(Math.round(Number(sum) / Number(weights)));
}

function resourceScore(strategy: ScoringStrategy, requested: bigint, allocatable: bigint): bigint {
  switch (strategy.type) {
    case "LeastAllocated":
      return requested > allocatable ? 0n : int64((allocatable - requested) * 100n) / allocatable;
    case "MostAllocated":
      return int64((requested > allocatable ? allocatable : requested) * 100n) / allocatable;
    case "RequestedToCapacityRatio": {
      const utilization = requested > allocatable ? 100n : int64(requested * 100n) / allocatable;
      return shapeScore(strategy.shape ?? [], utilization);
    }
  }
}

/** The broken line through the shape's points, whose scores of 0 to 10 stand for 0 to 100. */
function shapeScore(shape: readonly ShapePoint[], utilization: bigint): bigint {
  for (const [index, point] of shape.entries()) {
    const x1 = BigInt(point.utilization);
    const y1 = BigInt(point.score) * 10n;
    if (utilization > x1) continue;
    const previous = shape[index - 1];
    if (previous === undefined) return y1;
    const x0 = BigInt(previous.utilization);
    const y0 = BigInt(previous.score) * 10n;
    return y0 + ((y1 - y0) * (utilization - x0)) / (x1 - x0);
  }
  return BigInt(shape.at(-1)?.score ?? 0) * 10n;
}

/** What NodeResourcesBalancedAllocation scores with: the real request, resize statuses included. */
export function balancedRequest(pod: Pod, compat: Compat): Units {
  return toUnits(podRequests(pod, { useStatus: compat, podLevel: true }));
}

/** NodeResourcesBalancedAllocation of 1.36: how the pod changes the balance, 50 to 100, 75 being no change. */
export function balancedScore(request: Units, info: NodeInfo, names: readonly string[]): bigint {
  const withPod: number[] = [];
  const withoutPod: number[] = [];
  for (const name of names) {
    const wanted = request.get(name) ?? 0n;
    const allocatable = info.allocatable.get(name) ?? 0n;
    if (allocatable === 0n || (isScalar(name) && wanted === 0n)) continue;
    const used = info.requested.get(name) ?? 0n;
    withPod.push(Math.min(1, Number(used + wanted) / Number(allocatable)));
    withoutPod.push(Math.min(1, Number(used) / Number(allocatable)));
  }
  return 50n + (50n + balance(withPod) - balance(withoutPod)) / 2n;
}

function balance(fractions: readonly number[]): bigint {
  return BigInt(Math.trunc((1 - deviation(fractions)) * 100));
}

function deviation(fractions: readonly number[]): number {
  const count = fractions.length;
  if (count < 2) return 0;
  if (count === 2) return Math.abs((fractions[0]! - fractions[1]!) / 2);
  let sum = 0;
  for (const fraction of fractions) sum += fraction;
  const mean = sum / count;
  let squares = 0;
  for (const fraction of fractions) squares += (fraction - mean) * (fraction - mean);
  return Math.sqrt(squares / count);
}
