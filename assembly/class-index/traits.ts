// What a class has to do with other pods, sorted by how far it reaches: single nodes close or are told apart by layers,
// domains of several nodes are told apart by groups and counted by domain counters.
//
//   traits   [ count, offset of the first item ] for each list, then [ item | item | ... ], an item being six i32
//
// They are read into a draft with room for as many items as there may be, and kept without gaps.
//
// The tallies that are counted on single nodes are followed by their moves (tally-moves.ts): what is known of a node stays
// known until one of them moves there.

import { arenaAlloc, arenaFree } from "../arena";
import { field } from "../blocks";
import { counterHold, counterRelease } from "../domain-counters";
import {
  ADDEND_COUNTS,
  ADDEND_FIELDS,
  ADDEND_KEY,
  ADDEND_WEIGHT,
  AFFINITY_ANTI,
  AFFINITY_EXISTING,
  AFFINITY_OWN,
  KEY_FIELDS,
  KEY_SIZE,
  KEY_VALUES,
  SPREAD_COUNTS,
  SPREAD_EMPTY_VALUE,
  SPREAD_FIELDS,
  SPREAD_INCLUDED,
  SPREAD_IS_HOSTNAME,
  SPREAD_LIST,
  SPREAD_SIZE,
  SPREAD_VALUES,
  STATE_FREE,
  TERMS_LIST,
} from "../layout";
import { columnPtr, nodesCount, stateAt } from "../nodes";
import { specsEpoch } from "../specs";
import { KEPT_MOVES, movesOf, movesSince, movesWatch } from "../tally-moves";
import { get, set } from "./fields";

/** The lists. What each item says: */
/** (values, tally, -, -, -, moves seen): a labeled node with pods of the tally is closed. */
export const TRAIT_CLOSING: i32 = 0;
/** (values): a node without the label is closed. */
export const TRAIT_LABELED: i32 = 1;
/** (entry, values, counter, component or -1): a hard spread constraint. */
export const TRAIT_HARD: i32 = 2;
/** (entry, values, counter or 0, component or -1): a soft spread constraint. */
export const TRAIT_SOFT: i32 = 3;
/** (values, counter, component or -1): a required affinity term of the pod itself. */
export const TRAIT_OWN: i32 = 4;
/** (values, counter): a domain with pods in it is closed. */
export const TRAIT_SHUNNED: i32 = 5;
/** (values, counter, weight): a domain scores by its pods. */
export const TRAIT_SCORED: i32 = 6;
/** (component, tally, values, weight, included, moves seen): a part of what a layer's key counts. */
export const TRAIT_COUNTED: i32 = 7;
/** (values, whether only the presence of the label matters): what tells groups apart. */
export const TRAIT_GROUPING: i32 = 8;
const LISTS: i32 = 9;

const MAX_ITEMS: i32 = 64;
const ITEM_BYTES: usize = 24;
/** Where an item of a followed list says which moves were seen. */
const SEEN: usize = 20;
/** So many bytes of an item tell it from others. */
const TELLING: usize = SEEN;
const HEADER_BYTES: usize = 9 * 8;

/** Room for the slots of moves. */
const MAX_MOVED: i32 = 64;
const moved: usize = memory.data(4 * 64, 16);

/** The draft. */
let traits: usize = 0;
let isTooMuch: bool = false;
let components: i32 = 0;
let scoring: i32 = -1;
let largest: i32 = 0;

/** How many items a list has; none without traits. */
@inline
export function traitCount(at: usize, list: i32): i32 {
  return at == 0 ? 0 : get(at, (<usize>list) << 3);
}

@inline
export function trait(at: usize, list: i32, index: i32): usize {
  return at + <usize>get(at, ((<usize>list) << 3) + 4) + (<usize>index) * ITEM_BYTES;
}

/** An empty draft. False when memory is used up. */
function draftReady(): bool {
  const room = (<usize>MAX_ITEMS) * ITEM_BYTES;
  const bytes = HEADER_BYTES + (<usize>LISTS) * room;
  if (traits == 0) traits = arenaAlloc(bytes);
  if (traits == 0) return false;
  memory.fill(traits, 0, bytes);
  for (let list = 0; list < LISTS; list++) {
    set(traits, ((<usize>list) << 3) + 4, <i32>(HEADER_BYTES + (<usize>list) * room));
  }
  return true;
}

/** Lists that say what an index keeps of single nodes; the others say how it judges them. */
@inline
function isOnNodes(list: i32): bool {
  return list == TRAIT_CLOSING || list == TRAIT_LABELED || list >= TRAIT_COUNTED;
}

/** Lists without gaps, or 0 when memory is used up. `onNodes`: only of what is kept of single nodes. */
function packed(from: usize, onNodes: bool): usize {
  let items = 0;
  for (let list = 0; list < LISTS; list++) if (!onNodes || isOnNodes(list)) items += traitCount(from, list);
  const at = arenaAlloc(HEADER_BYTES + (<usize>items) * ITEM_BYTES);
  if (at == 0) return 0;
  let offset = HEADER_BYTES;
  for (let list = 0; list < LISTS; list++) {
    const count = !onNodes || isOnNodes(list) ? traitCount(from, list) : 0;
    const bytes = (<usize>count) * ITEM_BYTES;
    set(at, (<usize>list) << 3, count);
    set(at, ((<usize>list) << 3) + 4, <i32>offset);
    memory.copy(at + offset, trait(from, list, 0), bytes);
    offset += bytes;
  }
  return at;
}

function add(list: i32, a: i32, b: i32 = 0, c: i32 = 0, d: i32 = 0, e: i32 = 0): void {
  const count = traitCount(traits, list);
  if (count == MAX_ITEMS) {
    isTooMuch = true;
    return;
  }
  const item = trait(traits, list, count);
  set(item, 0, a);
  set(item, 4, b);
  set(item, 8, c);
  set(item, 12, d);
  set(item, 16, e);
  set(traits, (<usize>list) << 3, count + 1);
}

function group(values: i32, isPresence: bool): void {
  for (let i = 0, n = traitCount(traits, TRAIT_GROUPING); i < n; i++) {
    const item = trait(traits, TRAIT_GROUPING, i);
    if (get(item, 0) == values && get(item, 4) == <i32>isPresence) return;
  }
  add(TRAIT_GROUPING, values, <i32>isPresence);
}

/** What isPerNode found, by label column modulo KEPT_ANSWERS: column, count of values, epoch, answer. */
const KEPT_ANSWERS: i32 = 16;
const answers: usize = memory.data(16 * 16, 16);

/** Whether no two nodes share a value. Looked at once for all classes, until a node's spec changes. */
function isPerNode(values: i32, size: i32): bool {
  const kept = answers + ((<usize>(values % KEPT_ANSWERS)) << 4);
  const isKnown = get(kept, 0) == values && get(kept, 4) == size && get(kept, 8) == specsEpoch();
  if (!isKnown) {
    set(kept, 0, values);
    set(kept, 4, size);
    set(kept, 8, specsEpoch());
    set(kept, 12, <i32>areDistinct(values, size));
  }
  return get(kept, 12) != 0;
}

function areDistinct(values: i32, size: i32): bool {
  const seen = arenaAlloc(<usize>size + 1);
  if (seen == 0) return false;
  const from = columnPtr(values);
  let isPer = true;
  for (let slot = 0, n = nodesCount(); slot < n && isPer; slot++) {
    const value = load<u32>(from + ((<usize>slot) << 2));
    if (value == 0 || stateAt(slot) == STATE_FREE) continue;
    isPer = load<u8>(seen + value) == 0;
    store<u8>(seen + value, 1);
  }
  arenaFree(seen);
  return isPer;
}

/** As add, of a list whose items count a tally (or -1) on single nodes. */
function addFollowed(list: i32, a: i32, tally: i32, c: i32 = 0, d: i32 = 0, e: i32 = 0): void {
  if (tally >= 0 && !movesWatch(tally)) isTooMuch = true;
  add(list, a, tally, c, d, e);
}

/** A counter for an item of a list; 0 when there is no room for it, which makes the index impossible. */
function hold(list: i32, tally: i32, values: i32, size: i32, included: i32, unlabeled: i32): i32 {
  if (traitCount(traits, list) == MAX_ITEMS) {
    isTooMuch = true;
    return 0;
  }
  const hasMinimum = list == TRAIT_HARD;
  const counter = counterHold(tally, values, size, included, unlabeled, hasMinimum);
  if (counter == 0) isTooMuch = true;
  return <i32>counter;
}

function readHard(block: usize): void {
  for (let i = 0, n = <i32>load<f64>(block); i < n; i++) {
    const entry = block + ((<usize>(SPREAD_LIST + i * SPREAD_FIELDS)) << 3);
    const values = <i32>field(entry, SPREAD_VALUES);
    const size = <i32>field(entry, SPREAD_SIZE);
    const tally = <i32>field(entry, SPREAD_COUNTS);
    const included = <i32>field(entry, SPREAD_INCLUDED);
    const counter = hold(TRAIT_HARD, tally, values, size, included, -1);
    if (isPerNode(values, size)) {
      add(TRAIT_LABELED, values);
      addFollowed(TRAIT_COUNTED, components, tally, values, 1, included);
      add(TRAIT_HARD, <i32>entry, values, counter, components++);
    } else {
      group(values, false);
      add(TRAIT_HARD, <i32>entry, values, counter, -1);
    }
  }
}

function readSoft(block: usize): void {
  for (let i = 0, n = <i32>load<f64>(block); i < n; i++) {
    const entry = block + ((<usize>(SPREAD_LIST + i * SPREAD_FIELDS)) << 3);
    const values = <i32>field(entry, SPREAD_VALUES);
    const tally = <i32>field(entry, SPREAD_COUNTS);
    const isHostname = field(entry, SPREAD_IS_HOSTNAME) != 0;
    group(values, isHostname);
    if (isHostname) {
      addFollowed(TRAIT_COUNTED, components, tally, values, 1, -1);
      add(TRAIT_SOFT, <i32>entry, values, 0, components++);
    } else {
      const included = <i32>field(entry, SPREAD_INCLUDED);
      const empty = <i32>field(entry, SPREAD_EMPTY_VALUE);
      const size = <i32>field(entry, SPREAD_SIZE);
      largest = max(largest, size);
      add(TRAIT_SOFT, <i32>entry, values, hold(TRAIT_SOFT, tally, values, size, included, empty), -1);
    }
  }
}

/** Reads a term block: `own`, or terms that close domains, or terms that score. */
function readTerms(terms: usize, list: i32): void {
  if (terms == 0) return;
  const keys = <i32>load<f64>(terms);
  const keyList = terms + ((<usize>TERMS_LIST) << 3);
  const addends = keyList + ((<usize>(keys * KEY_FIELDS)) << 3);
  let near = -1;
  for (let i = 0, n = <i32>load<f64>(terms, 8); i < n; i++) {
    const addend = addends + ((<usize>(i * ADDEND_FIELDS)) << 3);
    const key = keyList + ((<usize>(<i32>field(addend, ADDEND_KEY) * KEY_FIELDS)) << 3);
    const values = <i32>field(key, KEY_VALUES);
    const size = <i32>field(key, KEY_SIZE);
    const tally = <i32>field(addend, ADDEND_COUNTS);
    const isPer = isPerNode(values, size);
    if (!isPer) group(values, false);
    if (list == TRAIT_OWN) {
      if (isPer && near < 0) near = components++;
      add(TRAIT_OWN, values, hold(list, tally, values, size, -1, -1), isPer ? near : -1);
      if (isPer) add(TRAIT_LABELED, values);
      // A count of 0 is far; the key only says whether all of them are near.
      if (isPer) addFollowed(TRAIT_COUNTED, near, tally, values, 0, -1);
    } else if (list == TRAIT_SHUNNED) {
      if (isPer) addFollowed(TRAIT_CLOSING, values, tally);
      else add(TRAIT_SHUNNED, values, hold(list, tally, values, size, -1, -1));
    } else if (isPer) {
      if (scoring < 0) scoring = components++;
      addFollowed(TRAIT_COUNTED, scoring, tally, values, <i32>field(addend, ADDEND_WEIGHT), -1);
    } else {
      add(TRAIT_SCORED, values, hold(list, tally, values, size, -1, -1), <i32>field(addend, ADDEND_WEIGHT));
    }
  }
}

/** The lists of a class. 0 when it cannot be indexed. `affinityFilter` is an affinity block, or 0. */
export function traitsRead(spreadFilter: usize, spreadScore: usize, affinityFilter: usize, affinityScore: usize): usize {
  if (!draftReady()) return 0;
  isTooMuch = false;
  components = 0;
  scoring = -1;
  largest = 0;
  if (spreadFilter != 0) readHard(spreadFilter);
  if (spreadScore != 0) readSoft(spreadScore);
  if (affinityFilter != 0) {
    readTerms(<usize>field(affinityFilter, AFFINITY_OWN), TRAIT_OWN);
    readTerms(<usize>field(affinityFilter, AFFINITY_ANTI), TRAIT_SHUNNED);
    readTerms(<usize>field(affinityFilter, AFFINITY_EXISTING), TRAIT_SHUNNED);
  }
  readTerms(affinityScore, TRAIT_SCORED);
  const at: usize = isTooMuch ? 0 : packed(traits, false);
  if (at == 0) releaseAll(traits);
  return at;
}

/** How many components the keys of layers have, of the traits that were read last. */
export function traitsComponents(): i32 {
  return components;
}

/** The component that adds to the raw score of InterPodAffinity, or -1, of the traits that were read last. */
export function traitsScoring(): i32 {
  return scoring;
}

/** The largest count of values of a topology key that soft spreading counts, of the traits that were read last. */
export function traitsLargest(): i32 {
  return largest;
}

/** A copy of what is kept of single nodes, or 0 when memory is used up. It holds no counters, so {@link arenaFree} frees it. */
export function traitsOnNodes(at: usize): usize {
  return packed(at, true);
}

export function hashOnNodes(at: usize, seed: i32): i32 {
  let hash = seed;
  for (let list = 0; list < LISTS; list++) {
    if (!isOnNodes(list)) continue;
    for (let i = 0, n = traitCount(at, list); i < n; i++) {
      const item = trait(at, list, i);
      for (let word: usize = 0; word < TELLING; word += 4) hash = (hash ^ get(item, word)) * 0x01000193;
      hash ^= hash >>> 15;
    }
  }
  return hash;
}

/** Whether of single nodes the same is kept, but for the moves that were seen. */
export function areSameOnNodes(one: usize, other: usize): bool {
  if (one == 0 || other == 0) return one == other;
  for (let list = 0; list < LISTS; list++) {
    if (!isOnNodes(list)) continue;
    const n = traitCount(one, list);
    if (n != traitCount(other, list)) return false;
    for (let i = 0; i < n; i++) {
      if (memory.compare(trait(one, list, i), trait(other, list, i), TELLING) != 0) return false;
    }
  }
  return true;
}

export function traitsFree(at: usize): void {
  if (at == 0) return;
  releaseAll(at);
  arenaFree(at);
}

function releaseAll(at: usize): void {
  release(at, TRAIT_HARD, 8);
  release(at, TRAIT_SOFT, 8);
  release(at, TRAIT_OWN, 4);
  release(at, TRAIT_SHUNNED, 4);
  release(at, TRAIT_SCORED, 4);
}

function release(at: usize, list: i32, counterField: usize): void {
  for (let i = 0, n = traitCount(at, list); i < n; i++) {
    const counter = get(trait(at, list, i), counterField);
    if (counter != 0) counterRelease(<usize>counter);
  }
}

/**
 * Slots on which a followed tally of a list moved since this was asked last, some of them twice, where {@link movedSlots} says.
 * Returns how many, or -1: too many to tell.
 */
export function movedIn(at: usize, list: i32): i32 {
  let count = 0;
  for (let i = 0, n = traitCount(at, list); i < n; i++) {
    const item = trait(at, list, i);
    const tally = get(item, 4);
    if (tally < 0) continue;
    const more = movesSince(tally, <u32>get(item, SEEN), moved + ((<usize>max(count, 0)) << 2));
    set(item, SEEN, <i32>movesOf(tally));
    count = count < 0 || more < 0 || count + more > MAX_MOVED - KEPT_MOVES ? -1 : count + more;
  }
  return count;
}

/** Where the slots lie that movedIn found. */
@inline
export function movedSlots(): usize {
  return moved;
}

/**
 * Keys of layers of the `count` nodes whose slots lie from `slots`, component after component: i32, `stride` bytes from one
 * component to the next.
 */
export function keysOf(at: usize, components: i32, slots: usize, count: i32, keys: usize, stride: usize): void {
  // A loop, for most often there is one node, and a fill is a call.
  for (let i = 0; i < components; i++) {
    for (let k = 0; k < count; k++) store<i32>(keys + <usize>i * stride + ((<usize>k) << 2), 0);
  }
  for (let i = 0, n = traitCount(at, TRAIT_COUNTED); i < n; i++) {
    const item = trait(at, TRAIT_COUNTED, i);
    const row = keys + <usize>get(item, 0) * stride;
    const tally = get(item, 4);
    const values = columnPtr(get(item, 8));
    const weight = get(item, 12);
    const included = get(item, 16);
    if (weight == 0) markFar(slots, count, row, columnPtr(tally), values);
    else if (tally >= 0 && included < 0) addCounts(slots, count, row, columnPtr(tally), values, weight);
    else if (tally >= 0) addIncluded(slots, count, row, columnPtr(tally), values, weight, columnPtr(included));
  }
}

@inline
function slotOf(slots: usize, i: i32): usize {
  return <usize>load<u32>(slots + ((<usize>i) << 2));
}

@inline
function addAt(row: usize, i: i32, amount: i32): void {
  const key = row + ((<usize>i) << 2);
  store<i32>(key, load<i32>(key) + amount);
}

/** What a tally says of a node in terms of a topology key: 0 where it lacks the label. */
@inline
function labeledCount(tally: usize, values: usize, slot: usize): i32 {
  return load<i32>(tally + (slot << 2)) & -<i32>(load<u32>(values + (slot << 2)) != 0);
}

/** -1 where there are none. */
function markFar(slots: usize, count: i32, row: usize, tally: usize, values: usize): void {
  for (let i = 0; i < count; i++) {
    const key = row + ((<usize>i) << 2);
    store<i32>(key, load<i32>(key) | -<i32>(labeledCount(tally, values, slotOf(slots, i)) <= 0));
  }
}

function addCounts(slots: usize, count: i32, row: usize, tally: usize, values: usize, weight: i32): void {
  for (let i = 0; i < count; i++) addAt(row, i, weight * labeledCount(tally, values, slotOf(slots, i)));
}

function addIncluded(
  slots: usize, count: i32, row: usize, tally: usize, values: usize, weight: i32, included: usize,
): void {
  for (let i = 0; i < count; i++) {
    const slot = slotOf(slots, i);
    const isIn = -<i32>(load<u8>(included + slot) != 0);
    addAt(row, i, weight * labeledCount(tally, values, slot) & isIn);
  }
}
