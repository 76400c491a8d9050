// Domain counters: a tally added up by the domains of one topology key, moved with every pod that comes or goes, so that a
// decision reads one number a domain instead of one a node. Shared by all that ask the same question.
//
// They hold for the specs of nodes of the moment in which they were made. When one changes they are shared no more, and
// whoever holds one lets go of it sooner or later.

import { arenaAlloc, arenaFree } from "./arena";
import { domainAt, isIncluded } from "./domains";
import { filledSixteen } from "./lanes";
import { columnPtr, nodesCount } from "./nodes";
import { specsEpoch } from "./specs";

/** Fields of a counter, bytes; all are i32 or pointers. */
const NEXT: usize = 0;
const TALLY: usize = 4;
const VALUES: usize = 8;
const INCLUDED: usize = 12;
/** The domain in which nodes without the label lie; -1 = in none. */
const UNLABELED: usize = 16;
const SIZE: usize = 20;
const SUMS: usize = 24;
const HOLDERS: usize = 28;
const TOTAL: usize = 32;
/** How many domains have each count, 0 = nobody asks for the minimum, or there are few domains. */
const HISTOGRAM: usize = 36;
const MINIMUM: usize = 40;
const DOMAINS: usize = 44;
const IS_LOST: usize = 48;
/** Of which specs of nodes it was made. */
const EPOCH: usize = 52;
/** u8 by domain: whether an included node lies in it; 0 = nobody asks for the minimum. */
const SEEN: usize = 56;
const BYTES: usize = 64;

/** With up to so many values the minimum is looked for when it is asked for. */
const FEW: i32 = 32;

/** Counts from here on are not told apart: the minimum is lost then. */
const MAX_COUNT: i32 = 4096;

/** The first counter of each tally, by column id. */
let heads: usize = 0;
let headsCapacity: i32 = 0;

/** The last counter that was asked which domains have nodes, 0 = it is gone. */
let latest: usize = 0;

@inline
function at(counter: usize, field: usize): i32 {
  return load<i32>(counter + field);
}

@inline
function put(counter: usize, field: usize, value: i32): void {
  store<i32>(counter + field, value);
}

@inline
export function counterSum(counter: usize, domain: i32): i32 {
  return load<i32>(<usize>at(counter, SUMS) + ((<usize>domain) << 2));
}

/** Counts in all labeled domains together. */
@inline
export function counterTotal(counter: usize): i32 {
  return at(counter, TOTAL);
}

/** The least of the domains that an included node lies in, or 0 without any. */
@inline
export function counterMinimum(counter: usize): i32 {
  if (at(counter, DOMAINS) == 0) return 0;
  return at(counter, HISTOGRAM) != 0 ? at(counter, MINIMUM) : leastOf(counter);
}

function leastOf(counter: usize): i32 {
  const seen = <usize>at(counter, SEEN);
  let least = i32.MAX_VALUE;
  for (let domain = 0, n = at(counter, SIZE); domain < n; domain++) {
    if (load<u8>(seen + <usize>domain) != 0) least = min(least, counterSum(counter, domain));
  }
  return least;
}

/** How many domains an included node lies in. */
@inline
export function counterDomains(counter: usize): i32 {
  return at(counter, DOMAINS);
}

/** Whether counts grew so large that the minimum is not known. */
@inline
export function isCounterLost(counter: usize): bool {
  return at(counter, IS_LOST) != 0;
}

/**
 * The counter of a tally (-1: of nothing) by a label column of `size` values, over the nodes that a u8 column includes (-1:
 * all). 0 when memory is used up.
 */
export function counterHold(tally: i32, values: i32, size: i32, included: i32, unlabeled: i32, hasMinimum: bool): usize {
  if (tally >= headsCapacity && !growHeads(tally)) return 0;
  let known: usize = tally < 0 ? 0 : headOf(tally);
  while (known != 0) {
    const isSame =
      at(known, EPOCH) == specsEpoch() && at(known, VALUES) == values && at(known, INCLUDED) == included && at(known, UNLABELED) == unlabeled &&
      (at(known, SEEN) != 0) == hasMinimum;
    if (isSame) {
      put(known, HOLDERS, at(known, HOLDERS) + 1);
      return known;
    }
    known = <usize>at(known, NEXT);
  }
  const counter = arenaAlloc(BYTES);
  const sums = arenaAlloc((<usize>size) << 2);
  const seen = hasMinimum ? arenaAlloc(<usize>size) : 0;
  const hasHistogram = hasMinimum && size > FEW;
  const histogram = hasHistogram ? arenaAlloc((<usize>MAX_COUNT) << 2) : 0;
  if (counter == 0 || sums == 0 || (hasMinimum && seen == 0) || (hasHistogram && histogram == 0)) {
    arenaFree(counter);
    arenaFree(sums);
    arenaFree(seen);
    arenaFree(histogram);
    return 0;
  }
  put(counter, SEEN, <i32>seen);
  put(counter, TALLY, tally);
  put(counter, VALUES, values);
  put(counter, INCLUDED, included);
  put(counter, UNLABELED, unlabeled);
  put(counter, SIZE, size);
  put(counter, SUMS, <i32>sums);
  put(counter, HOLDERS, 1);
  put(counter, EPOCH, specsEpoch());
  put(counter, HISTOGRAM, <i32>histogram);
  if (tally >= 0) {
    put(counter, NEXT, <i32>headOf(tally));
    setHead(tally, counter);
  }
  addUp(counter);
  return counter;
}

export function counterRelease(counter: usize): void {
  const holders = at(counter, HOLDERS) - 1;
  put(counter, HOLDERS, holders);
  if (holders > 0) return;
  if (latest == counter) latest = 0;
  const tally = at(counter, TALLY);
  if (tally >= 0) unlink(tally, counter);
  arenaFree(<usize>at(counter, SUMS));
  arenaFree(<usize>at(counter, SEEN));
  arenaFree(<usize>at(counter, HISTOGRAM));
  arenaFree(counter);
}

/** A tally moved at a slot: so do its counters. */
@inline
export function countersMove(tally: i32, slot: i32, amount: i32): void {
  if (tally >= headsCapacity) return;
  for (let counter = headOf(tally); counter != 0; counter = <usize>at(counter, NEXT)) move(counter, slot, amount);
}

@inline
function headOf(tally: i32): usize {
  return load<u32>(heads + ((<usize>tally) << 2));
}

@inline
function setHead(tally: i32, counter: usize): void {
  store<u32>(heads + ((<usize>tally) << 2), <u32>counter);
}

function growHeads(tally: i32): bool {
  const grown = max(256, (tally + 1) << 1);
  const area = arenaAlloc((<usize>grown) << 2);
  if (area == 0) return false;
  memory.copy(area, heads, (<usize>headsCapacity) << 2);
  arenaFree(heads);
  heads = area;
  headsCapacity = grown;
  return true;
}

function unlink(tally: i32, counter: usize): void {
  const next = <usize>at(counter, NEXT);
  let before = headOf(tally);
  if (before == counter) {
    setHead(tally, next);
    return;
  }
  while (<usize>at(before, NEXT) != counter) before = <usize>at(before, NEXT);
  put(before, NEXT, <i32>next);
}

/** The domain whose count a slot moves, or -1: none, or one that came after the counter was made. */
@inline
function domainOf(counter: usize, slot: i32): i32 {
  const domain = domainAt(at(counter, VALUES), slot);
  const counted = domain == 0 ? at(counter, UNLABELED) : domain;
  return counted < at(counter, SIZE) ? counted : -1;
}

function addUp(counter: usize): void {
  const seen = <usize>at(counter, SEEN);
  if (seen != 0) findSeen(counter, seen);
  if (at(counter, TALLY) >= 0) addTally(counter);
  if (seen != 0) countDomains(counter, seen);
}

/** Which domains have an included node: as another counter knows, whatever it counts, or as the nodes say. */
function findSeen(counter: usize, seen: usize): void {
  const from = latest;
  latest = counter;
  if (from != 0 && hasSameNodes(counter, from)) {
    memory.copy(seen, <usize>at(from, SEEN), <usize>at(counter, SIZE));
    return;
  }
  const included = at(counter, INCLUDED);
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    if (!isIncluded(included, slot)) continue;
    const domain = domainOf(counter, slot);
    if (domain >= 0) store<u8>(seen + <usize>domain, 1);
  }
}

/** Whether included nodes, and where they lie, are the same. */
function hasSameNodes(one: usize, other: usize): bool {
  return (
    at(one, EPOCH) == at(other, EPOCH) && at(one, VALUES) == at(other, VALUES) && at(one, SIZE) == at(other, SIZE) &&
    at(one, INCLUDED) == at(other, INCLUDED) && at(one, UNLABELED) == at(other, UNLABELED)
  );
}

/** Most tallies are of few nodes, so sixteen nodes at a time are looked at for those that have any. */
function addTally(counter: usize): void {
  const tally = columnPtr(at(counter, TALLY));
  for (let slot = 0, n = nodesCount(); slot < n; slot += 16) {
    const from = tally + ((<usize>slot) << 2);
    for (let bits = filledSixteen(from); bits != 0; bits &= bits - 1) {
      addSlot(counter, slot + ctz(bits), load<i32>(from + ((<usize>ctz(bits)) << 2)));
    }
  }
}

function addSlot(counter: usize, slot: i32, count: i32): void {
  if (!isIncluded(at(counter, INCLUDED), slot)) return;
  const domain = domainOf(counter, slot);
  if (domain < 0) return;
  const sum = <usize>at(counter, SUMS) + ((<usize>domain) << 2);
  store<i32>(sum, load<i32>(sum) + count);
  if (domainAt(at(counter, VALUES), slot) != 0) put(counter, TOTAL, at(counter, TOTAL) + count);
}

function countDomains(counter: usize, seen: usize): void {
  const hasHistogram = at(counter, HISTOGRAM) != 0;
  let domains = 0;
  let minimum = MAX_COUNT;
  for (let domain = 0, n = at(counter, SIZE); domain < n; domain++) {
    if (load<u8>(seen + <usize>domain) == 0) continue;
    const sum = counterSum(counter, domain);
    if (hasHistogram) tell(counter, sum, 1);
    minimum = min(minimum, sum);
    domains++;
  }
  put(counter, DOMAINS, domains);
  put(counter, MINIMUM, minimum);
}

@inline
function tell(counter: usize, count: i32, change: i32): void {
  if (<u32>count >= <u32>MAX_COUNT) {
    put(counter, IS_LOST, 1);
    return;
  }
  const entry = <usize>at(counter, HISTOGRAM) + ((<usize>count) << 2);
  store<i32>(entry, load<i32>(entry) + change);
}

function move(counter: usize, slot: i32, amount: i32): void {
  const included = at(counter, INCLUDED);
  if (included >= 0 && !isIncluded(included, slot)) return;
  const domain = domainOf(counter, slot);
  if (domain < 0) return;
  const entry = <usize>at(counter, SUMS) + ((<usize>domain) << 2);
  const before = load<i32>(entry);
  const after = before + amount;
  store<i32>(entry, after);
  if (domainAt(at(counter, VALUES), slot) != 0) put(counter, TOTAL, at(counter, TOTAL) + amount);
  if (at(counter, HISTOGRAM) != 0) moveMinimum(counter, before, after);
}

function moveMinimum(counter: usize, before: i32, after: i32): void {
  tell(counter, before, -1);
  tell(counter, after, 1);
  if (at(counter, IS_LOST) != 0) return;
  let minimum = at(counter, MINIMUM);
  if (after < minimum) minimum = after;
  else {
    const histogram = <usize>at(counter, HISTOGRAM);
    while (minimum < MAX_COUNT && load<i32>(histogram + ((<usize>minimum) << 2)) == 0) minimum++;
    // Only of a counter that nobody may ask any more, for the specs of nodes have changed.
    if (minimum == MAX_COUNT) put(counter, IS_LOST, 1);
  }
  put(counter, MINIMUM, minimum);
}
