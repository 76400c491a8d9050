// PodTopologySpread, k8s 1.36 pkg/scheduler/framework/plugins/podtopologyspread: filtering.go, scoring.go. Counts by domain
// are added up anew for each pod.

import { field, setField } from "../blocks";
import { domainAt, fillSums, isFeasible, isIncluded, NO_DOMAIN, podsOf, setSum, sumAt, sumByDomain, tallyAt } from "../domains";
import { goLog } from "../go-log";
import {
  COLUMN_DETAIL,
  COLUMN_UNRESOLVABLE,
  COLUMN_VERDICT,
  SPREAD_COUNTS,
  SPREAD_DELTA,
  SPREAD_DELTA_SLOT,
  SPREAD_EMPTY_VALUE,
  SPREAD_FIELDS,
  SPREAD_INCLUDED,
  SPREAD_IS_HOSTNAME,
  SPREAD_LIST,
  SPREAD_MAX_SKEW,
  SPREAD_MIN,
  SPREAD_MIN_DOMAINS,
  SPREAD_REQUIRES_ALL,
  SPREAD_SELF,
  SPREAD_SIZE,
  SPREAD_SUMS,
  SPREAD_VALUES,
  SPREAD_WEIGHT,
} from "../layout";
import { columnPtr, nodesCount } from "../nodes";
import { rangeFrom, rangeTo } from "../range";

/** What a score that upstream calls invalid is: the node then gets 0. */
export const INVALID_SCORE: f64 = -1;

@inline
function constraintCount(block: usize): i32 {
  return <i32>load<f64>(block);
}

@inline
function constraint(block: usize, index: i32): usize {
  return block + ((<usize>(SPREAD_LIST + index * SPREAD_FIELDS)) << 3);
}

@inline
function values(entry: usize): i32 {
  return <i32>field(entry, SPREAD_VALUES);
}

@inline
function sums(entry: usize): usize {
  return <usize>field(entry, SPREAD_SUMS);
}

/** Rejects with `code` what is still feasible and would be skewed (detail 0) or has no domain (detail 1, unresolvable). */
export function spreadFilter(block: usize, code: i32): void {
  const count = constraintCount(block);
  for (let i = 0; i < count; i++) findMinimum(constraint(block, i));
  for (let slot = rangeFrom(), to = rangeTo(); slot < to; slot++) {
    if (!isFeasible(slot)) continue;
    for (let i = 0; i < count; i++) {
      const entry = constraint(block, i);
      const domain = domainAt(values(entry), slot);
      if (domain != 0) {
        const skew = podsOf(sumAt(sums(entry), domain)) + field(entry, SPREAD_SELF) - field(entry, SPREAD_MIN);
        if (skew <= field(entry, SPREAD_MAX_SKEW)) continue;
      }
      store<u8>(columnPtr(COLUMN_VERDICT) + <usize>slot, <u8>code);
      store<u8>(columnPtr(COLUMN_DETAIL) + <usize>slot, <u8>(domain == 0));
      store<u8>(columnPtr(COLUMN_UNRESOLVABLE) + <usize>slot, <u8>(domain == 0));
      break;
    }
  }
}

/** Counts of all domains of a hard constraint, and their minimum: 0 while there are fewer than minDomains. */
function findMinimum(entry: usize): void {
  const size = <i32>field(entry, SPREAD_SIZE);
  fillSums(sums(entry), size, NO_DOMAIN);
  sumByDomain(<i32>field(entry, SPREAD_COUNTS), values(entry), <i32>field(entry, SPREAD_INCLUDED), sums(entry));
  addDelta(entry);
  let minimum: f64 = Infinity;
  let domains = 0;
  for (let domain = 0; domain < size; domain++) {
    const sum = sumAt(sums(entry), domain);
    if (sum == NO_DOMAIN) continue;
    minimum = min(minimum, sum);
    domains++;
  }
  const isEnough = domains > 0 && <f64>domains >= field(entry, SPREAD_MIN_DOMAINS);
  setField(entry, SPREAD_MIN, isEnough ? minimum : 0);
}

function addDelta(entry: usize): void {
  const delta = field(entry, SPREAD_DELTA);
  const slot = <i32>field(entry, SPREAD_DELTA_SLOT);
  if (delta == 0 || !isIncluded(<i32>field(entry, SPREAD_INCLUDED), slot)) return;
  const domain = domainAt(values(entry), slot);
  setSum(sums(entry), domain, sumAt(sums(entry), domain) + delta);
}

/** Raw scores of the soft constraints into an f64 column; detail 1 = ignored, the node lacks a topology key. */
export function spreadScore(block: usize, out: i32): void {
  const count = constraintCount(block);
  const candidates = markIgnored(block, count);
  for (let i = 0; i < count; i++) weighConstraint(constraint(block, i), candidates);
  const details = columnPtr(COLUMN_DETAIL);
  const to = columnPtr(out);
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    let score: f64 = 0;
    if (isFeasible(slot) && load<u8>(details + <usize>slot) == 0) {
      for (let i = 0; i < count; i++) score += scoreOf(constraint(block, i), slot);
    }
    store<f64>(to + ((<usize>slot) << 3), goRound(score));
  }
}

/** Returns how many feasible nodes are not ignored. */
function markIgnored(block: usize, count: i32): i32 {
  const requiresAll = load<f64>(block + (SPREAD_REQUIRES_ALL << 3)) != 0;
  const details = columnPtr(COLUMN_DETAIL);
  let candidates = 0;
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    if (!isFeasible(slot)) continue;
    let isIgnored = false;
    if (requiresAll) {
      for (let i = 0; i < count; i++) isIgnored = isIgnored || domainAt(values(constraint(block, i)), slot) == 0;
    }
    store<u8>(details + <usize>slot, <u8>isIgnored);
    candidates += <i32>!isIgnored;
  }
  return candidates;
}

/** A node without the label lies in the domain of the empty value, as Go reads a map. */
@inline
function softDomain(entry: usize, slot: i32): i32 {
  const domain = domainAt(values(entry), slot);
  return domain == 0 ? <i32>field(entry, SPREAD_EMPTY_VALUE) : domain;
}

/** Counts by domain among the candidates' domains, and the weight that their number gives. */
function weighConstraint(entry: usize, candidates: i32): void {
  if (field(entry, SPREAD_IS_HOSTNAME) != 0) {
    setField(entry, SPREAD_WEIGHT, goLog(<f64>(candidates + 2)));
    return;
  }
  const details = columnPtr(COLUMN_DETAIL);
  const included = <i32>field(entry, SPREAD_INCLUDED);
  const counts = <i32>field(entry, SPREAD_COUNTS);
  fillSums(sums(entry), <i32>field(entry, SPREAD_SIZE), NO_DOMAIN);
  let domains = 0;
  const n = nodesCount();
  for (let slot = 0; slot < n; slot++) {
    if (!isFeasible(slot) || load<u8>(details + <usize>slot) != 0) continue;
    const domain = softDomain(entry, slot);
    if (sumAt(sums(entry), domain) != NO_DOMAIN) continue;
    setSum(sums(entry), domain, 0);
    domains++;
  }
  setField(entry, SPREAD_WEIGHT, goLog(<f64>(domains + 2)));
  for (let slot = 0; slot < n; slot++) {
    if (!isIncluded(included, slot)) continue;
    const domain = softDomain(entry, slot);
    const sum = sumAt(sums(entry), domain);
    if (sum != NO_DOMAIN) setSum(sums(entry), domain, sum + tallyAt(counts, slot));
  }
}

@inline
function scoreOf(entry: usize, slot: i32): f64 {
  const domain = domainAt(values(entry), slot);
  if (domain == 0) return 0;
  const isHostname = field(entry, SPREAD_IS_HOSTNAME) != 0;
  const pods = isHostname ? tallyAt(<i32>field(entry, SPREAD_COUNTS), slot) : sumAt(sums(entry), domain);
  return pods * field(entry, SPREAD_WEIGHT) + (field(entry, SPREAD_MAX_SKEW) - 1);
}

/** Go's math.Round: halves away from zero. */
@inline
export function goRound(x: f64): f64 {
  const size = abs(x);
  const whole = floor(size);
  const rounded = size - whole >= 0.5 ? whole + 1 : whole;
  return x < 0 ? -rounded : rounded;
}

/** NormalizeScore, in place: few pods in a domain are good. */
export function spreadNormalize(column: i32): void {
  const scores = columnPtr(column);
  const details = columnPtr(COLUMN_DETAIL);
  const n = nodesCount();
  let smallest: f64 = Infinity;
  let largest: f64 = 0;
  for (let slot = 0; slot < n; slot++) {
    if (!isFeasible(slot) || load<u8>(details + <usize>slot) != 0) continue;
    const score = load<f64>(scores + ((<usize>slot) << 3));
    smallest = min(smallest, score);
    largest = max(largest, score);
  }
  for (let slot = 0; slot < n; slot++) {
    if (!isFeasible(slot)) continue;
    const at = scores + ((<usize>slot) << 3);
    const score = load<f64>(at);
    const isInvalid = load<u8>(details + <usize>slot) != 0 || score == INVALID_SCORE;
    store<f64>(at, isInvalid ? 0 : normalized(score, smallest, largest));
  }
}

/** One raw score on the scale 0..100. */
@inline
export function normalized(score: f64, smallest: f64, largest: f64): f64 {
  if (largest == 0) return 100;
  return <f64>((<i64>100 * (<i64>largest + <i64>smallest - <i64>score)) / <i64>largest);
}
