// One pod, phase by phase: what a profile with plugins outside the core is made of, what explanations read, and the
// boring twin that the fused cycle (scan.ts) is compared with.
//
//   cycleBegin -> cycleReject* (one filter after the other) -> cycleRaw, cycleNormalize, cycleWeigh (one score plugin
//   after the other) -> cycleSelect

import { classField } from "./class-block";
import {
  CLASS_RAW_AFFINITY,
  CLASS_RAW_IMAGES,
  CLASS_RAW_TAINTS,
  CLASS_STATIC_VERDICT,
  COLUMN_TOTAL,
  COLUMN_UNRESOLVABLE,
  COLUMN_VERDICT,
  INFEASIBLE,
  STATE_FREE,
} from "./layout";
import { columnPtr, nodesCount, stateAt } from "./nodes";
import { defaultNormalize } from "./normalize";
import { rangeFrom, rangeTo, setRange } from "./range";
import { balancedScore } from "./plugins/node-resources-balanced-allocation";
import { fitScore } from "./plugins/node-resources-fit";
import { STATUS_NONE } from "./status";
import { tiePick } from "./ties";

/** What stands in the verdict column for a slot without a node. */
export const VERDICT_NO_NODE: i32 = 255;

/** Kernels of cycleRaw. */
export const SCORE_TAINTS: i32 = 0;
export const SCORE_AFFINITY: i32 = 1;
export const SCORE_FIT: i32 = 2;
export const SCORE_BALANCED: i32 = 3;
export const SCORE_IMAGES: i32 = 4;

/** Every node is feasible again, and all of them are judged. */
export function cycleBegin(): void {
  beginRange(0, nodesCount());
}

/** The same for one node alone: nothing is said of the others. */
export function cycleBeginOne(slot: i32): void {
  beginRange(slot, slot + 1);
}

function beginRange(from: i32, to: i32): void {
  setRange(from, to);
  const verdicts = columnPtr(COLUMN_VERDICT);
  memory.fill(columnPtr(COLUMN_UNRESOLVABLE) + <usize>from, 0, <usize>(to - from));
  for (let slot = from; slot < to; slot++) {
    store<u8>(verdicts + <usize>slot, stateAt(slot) == STATE_FREE ? <u8>VERDICT_NO_NODE : 0);
  }
}

/** Rejects, as unresolvable, with `code` what is still feasible and has one of the static `bits`. */
export function cycleRejectStatic(block: usize, bits: i32, code: i32): void {
  const column = <i32>classField(block, CLASS_STATIC_VERDICT);
  if (column < 0) return;
  const statics = columnPtr(column);
  const verdicts = columnPtr(COLUMN_VERDICT);
  const unresolvable = columnPtr(COLUMN_UNRESOLVABLE);
  for (let slot = rangeFrom(), to = rangeTo(); slot < to; slot++) {
    if (load<u8>(verdicts + <usize>slot) != 0) continue;
    if ((load<u8>(statics + <usize>slot) & <u8>bits) == 0) continue;
    store<u8>(verdicts + <usize>slot, <u8>code);
    store<u8>(unresolvable + <usize>slot, 1);
  }
}

/** How many nodes are still feasible. */
export function cycleFeasible(): i32 {
  const verdicts = columnPtr(COLUMN_VERDICT);
  let feasible = 0;
  for (let slot = 0, n = nodesCount(); slot < n; slot++) feasible += <i32>(load<u8>(verdicts + <usize>slot) == 0);
  return feasible;
}

function rawColumnOf(block: usize, kernel: i32): i32 {
  if (kernel == SCORE_TAINTS) return <i32>classField(block, CLASS_RAW_TAINTS);
  if (kernel == SCORE_AFFINITY) return <i32>classField(block, CLASS_RAW_AFFINITY);
  return <i32>classField(block, CLASS_RAW_IMAGES);
}

/** Raw scores of one plugin into an f64 column, 0 where a node is not feasible. */
export function cycleRaw(block: usize, kernel: i32, out: i32): void {
  const to = columnPtr(out);
  const n = rangeTo();
  memory.fill(to + ((<usize>rangeFrom()) << 3), 0, (<usize>(n - rangeFrom())) << 3);
  const isStatic = kernel != SCORE_FIT && kernel != SCORE_BALANCED;
  const column = isStatic ? rawColumnOf(block, kernel) : -1;
  if (isStatic && column < 0) return;
  const from = isStatic ? columnPtr(column) : 0;
  const verdicts = columnPtr(COLUMN_VERDICT);
  for (let slot = rangeFrom(); slot < n; slot++) {
    if (load<u8>(verdicts + <usize>slot) != 0) continue;
    const at = (<usize>slot) << 3;
    if (isStatic) store<f64>(to + at, load<f64>(from + at));
    else store<f64>(to + at, kernel == SCORE_FIT ? fitScore(block, slot) : balancedScore(block, slot));
  }
}

/** DefaultNormalizeScore over the feasible nodes, in place. */
export function cycleNormalize(column: i32, reverse: i32): void {
  const scores = columnPtr(column);
  const verdicts = columnPtr(COLUMN_VERDICT);
  const n = rangeTo();
  let largest: f64 = 0;
  for (let slot = rangeFrom(); slot < n; slot++) {
    if (load<u8>(verdicts + <usize>slot) == 0) largest = max(largest, load<f64>(scores + ((<usize>slot) << 3)));
  }
  for (let slot = rangeFrom(); slot < n; slot++) {
    if (load<u8>(verdicts + <usize>slot) != 0) continue;
    const at = scores + ((<usize>slot) << 3);
    store<f64>(at, defaultNormalize(load<f64>(at), largest, reverse != 0));
  }
}

/** Totals: 0 where feasible, INFEASIBLE elsewhere. From now on scores are of all nodes, or of one where `only` >= 0. */
export function cycleTotalsBegin(only: i32): void {
  if (only < 0) setRange(0, nodesCount());
  else setRange(only, only + 1);
  const totals = columnPtr(COLUMN_TOTAL);
  const verdicts = columnPtr(COLUMN_VERDICT);
  for (let slot = rangeFrom(), n = rangeTo(); slot < n; slot++) {
    store<f64>(totals + ((<usize>slot) << 3), load<u8>(verdicts + <usize>slot) == 0 ? 0 : INFEASIBLE);
  }
}

/** totals += weight * scores. */
export function cycleWeigh(column: i32, weight: f64): void {
  const totals = columnPtr(COLUMN_TOTAL);
  const scores = columnPtr(column);
  for (let slot = rangeFrom(), n = rangeTo(); slot < n; slot++) {
    const at = totals + ((<usize>slot) << 3);
    store<f64>(at, load<f64>(at) + weight * load<f64>(scores + ((<usize>slot) << 3)));
  }
}

/** The slot with the largest total, or STATUS_NONE. `isRandom`: the k-th of the equals, k by seed and decision number. */
export function cycleSelect(isRandom: i32, seed: u32, number: u32): i32 {
  const totals = columnPtr(COLUMN_TOTAL);
  const n = nodesCount();
  let best = INFEASIBLE;
  let ties = 0;
  let first = STATUS_NONE;
  for (let slot = 0; slot < n; slot++) {
    const total = load<f64>(totals + ((<usize>slot) << 3));
    if (total > best) {
      best = total;
      ties = 0;
      first = slot;
    }
    if (total == best) ties++;
  }
  if (isRandom == 0 || ties < 2 || first < 0) return first;
  let skip = tiePick(seed, number, ties);
  for (let slot = first; slot < n; slot++) {
    if (load<f64>(totals + ((<usize>slot) << 3)) != best) continue;
    if (skip == 0) return slot;
    skip--;
  }
  return STATUS_NONE;
}
