/**
 * VolumeBinding's score: how full the storage would be that a pod's volumes come from.
 * Source: k8s 1.37 pkg/scheduler/framework/plugins/volumebinding (Score, scorer.go) and plugins/helper/shape_score.go.
 */

import type { PersistentVolumeClaim } from "../../kube/objects.js";
import { classOfClaim } from "./pod-claims.js";
import { bytesOfPool } from "./provisioning.js";
import { sizePathOf } from "./static-volumes.js";
import type { BindingState, PodVolumes } from "./volume-binding.js";
import { bytesOf, bytesOfVolume } from "./volume-index.js";

/** A point of the line from utilization to score, as VolumeBindingArgs have it: 0..100 and 0..10. */
export interface ShapePoint {
  readonly utilization: number;
  readonly score: number;
}

/** Of one StorageClass on one node, in bytes. */
interface Usage {
  requested: bigint;
  capacity: bigint;
}

/** Where VolumeBindingArgs say nothing: the emptier the better. */
export const DEFAULT_SHAPE: readonly ShapePoint[] = [
  { utilization: 0, score: 10 },
  { utilization: 100, score: 0 },
];

const FULL = 100n;
/** From the 0..10 of a shape to the 0..100 of a node's score. */
const POINTS_PER_SCORE = 10n;

/**
 * 0 to 100 for a node that passed the filter, 0 when the pod has nothing to bind. Not normalized afterwards.
 *
 * @param state undefined when PreFilter skipped the pod
 * @throws StowageError ERR_QUANTITY with the path of an amount that cannot be counted
 */
export function volumeBindingScore(
  state: BindingState | undefined,
  nodeName: string,
  shape: readonly ShapePoint[] = DEFAULT_SHAPE,
): number {
  const volumes = state?.volumesByNode.get(nodeName);
  if (volumes === undefined) return 0;
  const usages = [...(volumes.staticBindings.length > 0 ? staticUsage(volumes) : dynamicUsage(volumes)).values()];
  if (usages.length === 0) return 0;
  const sum = usages.reduce((total, usage) => total + classScore(usage, shape), 0n);
  return Math.round(Number(sum) / usages.length);
}

/** Bindings by the class of the volume's field, whatever its annotation says. */
function staticUsage({ staticBindings }: PodVolumes): Map<string, Usage> {
  const usages = new Map<string, Usage>();
  for (const { claim, volume } of staticBindings) {
    const usage = usageOf(usages, volume.spec?.storageClassName ?? "");
    usage.requested += requestedBytes(claim);
    usage.capacity += BigInt(bytesOfVolume(volume));
  }
  return usages;
}

/**
 * Claims of one class take from the same storage, so its capacity counts once. The class is that of the claim's field,
 * whatever its annotation says; upstream crashes where there is the annotation only, and this goes by it then.
 */
function dynamicUsage({ dynamicProvisions }: PodVolumes): Map<string, Usage> {
  const usages = new Map<string, Usage>();
  for (const { claim, capacity } of dynamicProvisions) {
    if (capacity === undefined) continue;
    const usage = usageOf(usages, claim.spec?.storageClassName ?? classOfClaim(claim));
    usage.requested += requestedBytes(claim);
    usage.capacity = BigInt(bytesOfPool(capacity, "capacity") ?? 0);
  }
  return usages;
}

function usageOf(usages: Map<string, Usage>, className: string): Usage {
  let usage = usages.get(className);
  if (usage === undefined) {
    usage = { requested: 0n, capacity: 0n };
    usages.set(className, usage);
  }
  return usage;
}

function requestedBytes(claim: PersistentVolumeClaim): bigint {
  return BigInt(bytesOf(claim.spec?.resources?.requests?.storage ?? "0", sizePathOf(claim)));
}

function classScore({ requested, capacity }: Usage, shape: readonly ShapePoint[]): bigint {
  const utilization = capacity === 0n || requested > capacity ? FULL : (requested * FULL) / capacity;
  return scoreAt(shape, utilization);
}

/** The broken line through the shape's points, flat beyond its ends; divisions truncate. */
function scoreAt(shape: readonly ShapePoint[], utilization: bigint): bigint {
  let left: { readonly at: bigint; readonly score: bigint } | undefined;
  for (const point of shape) {
    const right = { at: BigInt(point.utilization), score: BigInt(point.score) * POINTS_PER_SCORE };
    if (utilization <= right.at) {
      if (left === undefined) return right.score;
      return left.score + ((right.score - left.score) * (utilization - left.at)) / (right.at - left.at);
    }
    left = right;
  }
  return left?.score ?? 0n;
}
