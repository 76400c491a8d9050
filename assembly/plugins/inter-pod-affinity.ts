// InterPodAffinity, k8s 1.36 pkg/scheduler/framework/plugins/interpodaffinity: filtering.go, scoring.go. Upstream counts by
// (topology key, value); so does a term block: tallies are added up by the domains of their topology keys.
//
//   term block   [ keys | addends | key: values size sums ... | addend: counts weight key ... ]   f64

import { field } from "../blocks";
import { domainAt, fillSums, isFeasible, setSum, sumAt, tallyAt } from "../domains";
import {
  ADDEND_COUNTS,
  ADDEND_FIELDS,
  ADDEND_KEY,
  ADDEND_WEIGHT,
  AFFINITY_ANTI,
  AFFINITY_EXISTING,
  AFFINITY_OWN,
  AFFINITY_SELF,
  COLUMN_DETAIL,
  COLUMN_UNRESOLVABLE,
  COLUMN_VERDICT,
  DETAIL_AFFINITY,
  DETAIL_ANTI_AFFINITY,
  DETAIL_EXISTING,
  KEY_FIELDS,
  KEY_SIZE,
  KEY_SUMS,
  KEY_VALUES,
  STATE_FREE,
  TERMS_LIST,
} from "../layout";
import { columnPtr, nodesCount, stateAt } from "../nodes";
import { rangeFrom, rangeTo } from "../range";

@inline
function keyCount(terms: usize): i32 {
  return terms == 0 ? 0 : <i32>load<f64>(terms);
}

@inline
function keyAt(terms: usize, index: i32): usize {
  return terms + ((<usize>(TERMS_LIST + index * KEY_FIELDS)) << 3);
}

@inline
function addendAt(terms: usize, index: i32): usize {
  return keyAt(terms, keyCount(terms)) + ((<usize>(index * ADDEND_FIELDS)) << 3);
}

@inline
function sumOf(key: usize, domain: i32): f64 {
  return sumAt(<usize>field(key, KEY_SUMS), domain);
}

/** Adds up a term block by domain. Returns how many pods it counted, once for each addend. */
function addUp(terms: usize): f64 {
  if (terms == 0) return 0;
  for (let i = 0, n = keyCount(terms); i < n; i++) {
    const key = keyAt(terms, i);
    fillSums(<usize>field(key, KEY_SUMS), <i32>field(key, KEY_SIZE), 0);
  }
  let pods: f64 = 0;
  for (let i = 0, n = <i32>load<f64>(terms, 8); i < n; i++) pods += addOne(terms, addendAt(terms, i));
  return pods;
}

function addOne(terms: usize, addend: usize): f64 {
  const key = keyAt(terms, <i32>field(addend, ADDEND_KEY));
  const values = <i32>field(key, KEY_VALUES);
  const sums = <usize>field(key, KEY_SUMS);
  const counts = <i32>field(addend, ADDEND_COUNTS);
  const weight = field(addend, ADDEND_WEIGHT);
  let pods: f64 = 0;
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    const count = tallyAt(counts, slot);
    if (count == 0 || stateAt(slot) == STATE_FREE) continue;
    const domain = domainAt(values, slot);
    if (domain == 0) continue;
    pods += count;
    setSum(sums, domain, sumAt(sums, domain) + weight * count);
  }
  return pods;
}

/** Rejects with `code` what is still feasible and violates a required term; the detail says whose. */
export function affinityFilter(block: usize, code: i32): void {
  const own = <usize>field(block, AFFINITY_OWN);
  const anti = <usize>field(block, AFFINITY_ANTI);
  const existing = <usize>field(block, AFFINITY_EXISTING);
  const isFirst = addUp(own) == 0 && field(block, AFFINITY_SELF) != 0;
  const hasAnti = addUp(anti) != 0;
  const hasExisting = addUp(existing) != 0;
  for (let slot = rangeFrom(), to = rangeTo(); slot < to; slot++) {
    if (!isFeasible(slot)) continue;
    if (!isNearAll(own, slot, isFirst)) reject(slot, code, DETAIL_AFFINITY);
    else if (hasAnti && isNearAny(anti, slot)) reject(slot, code, DETAIL_ANTI_AFFINITY);
    else if (hasExisting && isNearAny(existing, slot)) reject(slot, code, DETAIL_EXISTING);
  }
}

/** Whether PreFilter skips: the pod has no required terms, and none of a pod that is here reaches it anywhere. */
export function affinitySkips(block: usize): i32 {
  const hasOwn = field(block, AFFINITY_OWN) != 0 || field(block, AFFINITY_ANTI) != 0;
  return <i32>(!hasOwn && addUp(<usize>field(block, AFFINITY_EXISTING)) == 0);
}

/** Whether every key has a value here, with pods in its domain unless this pod is the first of its series. */
@inline
function isNearAll(terms: usize, slot: i32, isFirst: bool): bool {
  let isNear = true;
  for (let i = 0, n = keyCount(terms); i < n; i++) {
    const key = keyAt(terms, i);
    const domain = domainAt(<i32>field(key, KEY_VALUES), slot);
    if (domain == 0) return false;
    if (sumOf(key, domain) <= 0) isNear = false;
  }
  return isNear || isFirst;
}

@inline
function isNearAny(terms: usize, slot: i32): bool {
  for (let i = 0, n = keyCount(terms); i < n; i++) {
    const key = keyAt(terms, i);
    const domain = domainAt(<i32>field(key, KEY_VALUES), slot);
    if (domain != 0 && sumOf(key, domain) > 0) return true;
  }
  return false;
}

function reject(slot: i32, code: i32, detail: i32): void {
  store<u8>(columnPtr(COLUMN_VERDICT) + <usize>slot, <u8>code);
  store<u8>(columnPtr(COLUMN_DETAIL) + <usize>slot, <u8>detail);
  store<u8>(columnPtr(COLUMN_UNRESOLVABLE) + <usize>slot, <u8>(detail == DETAIL_AFFINITY));
}

/** Raw scores into an f64 column. Returns how many pods count; none at all means that PreScore skips. */
export function affinityScore(terms: usize, out: i32): f64 {
  const pods = addUp(terms);
  if (pods == 0) return 0;
  const to = columnPtr(out);
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    let score: f64 = 0;
    if (isFeasible(slot)) {
      for (let i = 0, keys = keyCount(terms); i < keys; i++) {
        const key = keyAt(terms, i);
        const domain = domainAt(<i32>field(key, KEY_VALUES), slot);
        if (domain != 0) score += sumOf(key, domain);
      }
    }
    store<f64>(to + ((<usize>slot) << 3), score);
  }
  return pods;
}

/** NormalizeScore, in place: from the smallest to the largest, in upstream's order of float operations. */
export function affinityNormalize(column: i32): void {
  const scores = columnPtr(column);
  const n = nodesCount();
  let smallest: f64 = Infinity;
  let largest: f64 = -Infinity;
  for (let slot = 0; slot < n; slot++) {
    if (!isFeasible(slot)) continue;
    const score = load<f64>(scores + ((<usize>slot) << 3));
    smallest = min(smallest, score);
    largest = max(largest, score);
  }
  for (let slot = 0; slot < n; slot++) {
    if (!isFeasible(slot)) continue;
    const at = scores + ((<usize>slot) << 3);
    store<f64>(at, affinityNormalized(load<f64>(at), smallest, largest));
  }
}

/** One raw score on the scale 0..100. */
@inline
export function affinityNormalized(score: f64, smallest: f64, largest: f64): f64 {
  const span = largest - smallest;
  return span > 0 ? trunc(100 * ((score - smallest) / span)) : 0;
}
