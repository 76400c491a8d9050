// NodeResourcesFit, k8s 1.36 pkg/scheduler/framework/plugins/noderesources: fit.go (filter), least_allocated.go,
// most_allocated.go, requested_to_capacity_ratio.go (score). Scores in i64, Go's own arithmetic.

import { classField, extraList, fitList, shapeList } from "../class-block";
import {
  CLASS_EXTRA_COUNT,
  CLASS_FIT_COUNT,
  CLASS_FIT_CPU,
  CLASS_FIT_MEMORY,
  CLASS_SHAPE_COUNT,
  CLASS_STRATEGY,
  COLUMN_CPU_ALLOCATABLE,
  COLUMN_CPU_NONZERO,
  COLUMN_CPU_REQUESTED,
  COLUMN_LACKING_HIGH,
  COLUMN_LACKING_LOW,
  COLUMN_MEMORY_ALLOCATABLE,
  COLUMN_MEMORY_NONZERO,
  COLUMN_MEMORY_REQUESTED,
  COLUMN_UNRESOLVABLE,
  COLUMN_VERDICT,
  EXTRA_FIELDS,
  FIT_FIELDS,
  RESOURCE_CPU,
  RESOURCE_MEMORY,
  RESOURCE_PODS,
  SHAPE_FIELDS,
  STRATEGY_LEAST_ALLOCATED,
  STRATEGY_MOST_ALLOCATED,
} from "../layout";
import { allocatableColumn, columnPtr, f64At, requestedColumn } from "../nodes";
import { rangeFrom, rangeTo } from "../range";

const LACKS_PODS: u64 = (<u64>1) << RESOURCE_PODS;

@inline
function lacks(request: f64, allocatable: f64, requested: f64): bool {
  return request > 0 && request > allocatable - requested;
}

/** Which resources a node lacks for the pod, bit by resource id; 0 = it fits. */
export function fitLacking(block: usize, slot: i32): u64 {
  let lacking: u64 = 0;
  if (f64At(requestedColumn(RESOURCE_PODS), slot) + 1 > f64At(allocatableColumn(RESOURCE_PODS), slot)) {
    lacking |= LACKS_PODS;
  }
  const cpu = classField(block, CLASS_FIT_CPU);
  if (lacks(cpu, f64At(COLUMN_CPU_ALLOCATABLE, slot), f64At(COLUMN_CPU_REQUESTED, slot))) lacking |= 1 << RESOURCE_CPU;
  const memoryBytes = classField(block, CLASS_FIT_MEMORY);
  if (lacks(memoryBytes, f64At(COLUMN_MEMORY_ALLOCATABLE, slot), f64At(COLUMN_MEMORY_REQUESTED, slot))) {
    lacking |= 1 << RESOURCE_MEMORY;
  }
  const size = <i32>classField(block, CLASS_EXTRA_COUNT);
  for (let i = 0; i < size; i++) {
    const entry = extraList(block) + (<usize>(i * EXTRA_FIELDS) << 3);
    const resource = <i32>load<f64>(entry);
    const request = load<f64>(entry, 8);
    if (lacks(request, f64At(allocatableColumn(resource), slot), f64At(requestedColumn(resource), slot))) {
      lacking |= (<u64>1) << resource;
    }
  }
  return lacking;
}

/** Whether one of the lacking resources could not be had even on the empty node. */
export function isUnresolvable(block: usize, slot: i32, lacking: u64): bool {
  if ((lacking & (1 << RESOURCE_CPU)) != 0) {
    if (classField(block, CLASS_FIT_CPU) > f64At(COLUMN_CPU_ALLOCATABLE, slot)) return true;
  }
  if ((lacking & (1 << RESOURCE_MEMORY)) != 0) {
    if (classField(block, CLASS_FIT_MEMORY) > f64At(COLUMN_MEMORY_ALLOCATABLE, slot)) return true;
  }
  const size = <i32>classField(block, CLASS_EXTRA_COUNT);
  for (let i = 0; i < size; i++) {
    const entry = extraList(block) + (<usize>(i * EXTRA_FIELDS) << 3);
    const resource = <i32>load<f64>(entry);
    if ((lacking & ((<u64>1) << resource)) == 0) continue;
    if (load<f64>(entry, 8) > f64At(allocatableColumn(resource), slot)) return true;
  }
  return false;
}

/** Notes what a node lacks for whoever words the rejection. */
@inline
export function noteLacking(block: usize, slot: i32, lacking: u64): void {
  store<u32>(columnPtr(COLUMN_LACKING_LOW) + ((<usize>slot) << 2), <u32>lacking);
  store<u32>(columnPtr(COLUMN_LACKING_HIGH) + ((<usize>slot) << 2), <u32>(lacking >> 32));
  store<u8>(columnPtr(COLUMN_UNRESOLVABLE) + <usize>slot, <u8>isUnresolvable(block, slot, lacking));
}

/** Rejects with `code` what is still feasible and lacks a resource, and notes what it lacks. */
export function fitFilter(block: usize, code: i32): void {
  const verdicts = columnPtr(COLUMN_VERDICT);
  for (let slot = rangeFrom(), to = rangeTo(); slot < to; slot++) {
    if (load<u8>(verdicts + <usize>slot) != 0) continue;
    const lacking = fitLacking(block, slot);
    if (lacking == 0) continue;
    store<u8>(verdicts + <usize>slot, <u8>code);
    noteLacking(block, slot, lacking);
  }
}

/** What is taken of a resource when scoring: cpu and memory count pods without a request as if they had one. */
@inline
function scoredRequested(resource: i32, slot: i32): i64 {
  if (resource == RESOURCE_CPU) return <i64>f64At(COLUMN_CPU_NONZERO, slot);
  if (resource == RESOURCE_MEMORY) return <i64>f64At(COLUMN_MEMORY_NONZERO, slot);
  return <i64>f64At(requestedColumn(resource), slot);
}

/** The score of one node by any strategy over any list of resources. */
export function fitScore(block: usize, slot: i32): f64 {
  const strategy = <i32>classField(block, CLASS_STRATEGY);
  const size = <i32>classField(block, CLASS_FIT_COUNT);
  const list = fitList(block);
  let sum: i64 = 0;
  let weights: i64 = 0;
  for (let i = 0; i < size; i++) {
    const entry = list + (<usize>(i * FIT_FIELDS) << 3);
    const resource = <i32>load<f64>(entry);
    const request = <i64>load<f64>(entry, 8);
    if (load<f64>(entry, 24) != 0 && request == 0) continue;
    const allocatable = <i64>f64At(allocatableColumn(resource), slot);
    if (allocatable == 0) continue;
    const score = resourceScore(block, strategy, scoredRequested(resource, slot) + request, allocatable);
    if (score == 0 && strategy > STRATEGY_MOST_ALLOCATED) continue;
    const weight = <i64>load<f64>(entry, 16);
    sum += score * weight;
    weights += weight;
  }
  if (weights == 0) return 0;
  if (strategy > STRATEGY_MOST_ALLOCATED) return roundHalfUp(<f64>sum / <f64>weights);
  return <f64>(sum / weights);
}

function resourceScore(block: usize, strategy: i32, requested: i64, allocatable: i64): i64 {
  if (strategy == STRATEGY_LEAST_ALLOCATED) {
    return requested > allocatable ? 0 : ((allocatable - requested) * 100) / allocatable;
  }
  if (strategy == STRATEGY_MOST_ALLOCATED) return (min(requested, allocatable) * 100) / allocatable;
  return shapeAt(block, requested > allocatable ? 100 : (requested * 100) / allocatable);
}

/** Go's math.Round for what is never negative. */
@inline
function roundHalfUp(x: f64): f64 {
  const whole = floor(x);
  return x - whole >= 0.5 ? whole + 1 : whole;
}

/** The broken line through the shape's points (helper/shape_score.go). */
function shapeAt(block: usize, utilization: i64): i64 {
  const points = <i32>classField(block, CLASS_SHAPE_COUNT);
  const list = shapeList(block);
  const step = (<usize>SHAPE_FIELDS) << 3;
  for (let i = 0; i < points; i++) {
    const entry = list + <usize>i * step;
    const right = <i64>load<f64>(entry);
    if (utilization > right) continue;
    const rightScore = <i64>load<f64>(entry, 8);
    if (i == 0) return rightScore;
    const left = <i64>load<f64>(entry - step);
    const leftScore = <i64>load<f64>(entry - step, 8);
    return leftScore + ((rightScore - leftScore) * (utilization - left)) / (right - left);
  }
  return <i64>load<f64>(list + <usize>(points - 1) * step, 8);
}
