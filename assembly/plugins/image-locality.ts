// ImageLocality, k8s 1.36 pkg/scheduler/framework/plugins/imagelocality/image_locality.go. The scaled size of an image is the
// same on every node that has it, so TypeScript sends it once with the slots; the clamp and the scale are here.

import { columnPtr, nodesCount } from "../nodes";

const MIB: i64 = 1024 * 1024;
const MIN_THRESHOLD: i64 = 23 * MIB;
const MAX_CONTAINER_THRESHOLD: i64 = 1000 * MIB;

/** sums[slot] += scaledBytes for each slot of the list (u32). */
export function imageAdd(sums: i32, slots: usize, size: i32, scaledBytes: f64): void {
  const to = columnPtr(sums);
  for (let i = 0; i < size; i++) {
    const at = to + ((<usize>load<u32>(slots + ((<usize>i) << 2))) << 3);
    store<f64>(at, load<f64>(at) + scaledBytes);
  }
}

/** Turns sums of bytes into scores 0..100, in place. Returns the largest score. */
export function imageScores(sums: i32, containers: i32): f64 {
  const at = columnPtr(sums);
  const threshold = MAX_CONTAINER_THRESHOLD * <i64>containers;
  let largest: f64 = 0;
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    const sum = <i64>load<f64>(at + ((<usize>slot) << 3));
    const clamped = sum < MIN_THRESHOLD ? MIN_THRESHOLD : sum > threshold ? threshold : sum;
    const score = <f64>(((clamped - MIN_THRESHOLD) * 100) / (threshold - MIN_THRESHOLD));
    store<f64>(at + ((<usize>slot) << 3), score);
    largest = max(largest, score);
  }
  return largest;
}
