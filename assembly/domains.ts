// Topology domains: nodes with equal values of a label. A label column holds the value id of each node (0 = it has no such
// label), so what is known of a domain is an array over value ids.

import { COLUMN_VERDICT, STATE_FREE } from "./layout";
import { columnPtr, nodesCount, stateAt } from "./nodes";

/** The sum of a domain that no included node lies in; no number of pods. */
export const NO_DOMAIN: f64 = -1e300;

@inline
export function domainAt(values: i32, slot: i32): i32 {
  return <i32>load<u32>(columnPtr(values) + ((<usize>slot) << 2));
}

@inline
export function sumAt(sums: usize, domain: i32): f64 {
  return load<f64>(sums + ((<usize>domain) << 3));
}

@inline
export function setSum(sums: usize, domain: i32, value: f64): void {
  store<f64>(sums + ((<usize>domain) << 3), value);
}

/** The pods in a domain by its sum. */
@inline
export function podsOf(sum: f64): f64 {
  return sum == NO_DOMAIN ? 0 : sum;
}

/** A tally at a slot; -1 stands for a tally of nothing. */
@inline
export function tallyAt(counts: i32, slot: i32): f64 {
  return counts < 0 ? 0 : <f64>load<i32>(columnPtr(counts) + ((<usize>slot) << 2));
}

@inline
export function isFeasible(slot: i32): bool {
  return load<u8>(columnPtr(COLUMN_VERDICT) + <usize>slot) == 0;
}

/** Whether a slot has a node that a u8 column includes; -1 includes every node. */
@inline
export function isIncluded(included: i32, slot: i32): bool {
  if (stateAt(slot) == STATE_FREE) return false;
  return included < 0 || load<u8>(columnPtr(included) + <usize>slot) != 0;
}

export function fillSums(sums: usize, size: i32, value: f64): void {
  for (let domain = 0; domain < size; domain++) setSum(sums, domain, value);
}

/** Adds up a tally by domain over the included nodes; a domain exists as soon as one of them lies in it. */
export function sumByDomain(counts: i32, values: i32, included: i32, sums: usize): void {
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    if (!isIncluded(included, slot)) continue;
    const domain = domainAt(values, slot);
    setSum(sums, domain, podsOf(sumAt(sums, domain)) + tallyAt(counts, slot));
  }
}
