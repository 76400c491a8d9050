// Groups: which nodes differ only in what placements move node by node, and their places.

import { arenaAlloc, arenaFree } from "../arena";
import { classField } from "../class-block";
import { domainAt } from "../domains";
import { CLASS_RAW_AFFINITY, CLASS_RAW_IMAGES, CLASS_RAW_TAINTS, STATE_FREE } from "../layout";
import { columnPtr, nodesCapacity, nodesCount, stateAt } from "../nodes";
import {
  get,
  GROUP_BLOCK,
  GROUP_BLOCKS,
  GROUP_BYTES,
  GROUP_SLOT,
  GROUP_TOP,
  groupAt,
  INDEX_BLOCK_GROUP,
  INDEX_BLOCK_TOP,
  INDEX_CLASS,
  INDEX_GROUP_TABLE,
  INDEX_GROUPS,
  INDEX_PLACE_OF,
  INDEX_PLACES,
  INDEX_SLOT_AT,
  INDEX_TRAITS,
  MAX_GROUPS,
  pointer,
  set,
} from "./fields";
import { trait, TRAIT_GROUPING, traitCount } from "./traits";

const TABLE_SIZE: u32 = 4096;

@inline
function rawAt(column: i32, slot: i32): f64 {
  return column < 0 ? 0 : load<f64>(columnPtr(column) + ((<usize>slot) << 3));
}

@inline
function rawColumn(index: usize, which: i32): i32 {
  return <i32>classField(pointer(index, INDEX_CLASS), which);
}

@inline
function mix(hash: u32, value: u32): u32 {
  return (hash ^ value) * 0x9e3779b1 + (hash >> 15);
}

function hashOf(index: usize, slot: i32): u32 {
  const traits = pointer(index, INDEX_TRAITS);
  let hash: u32 = mix(0, <u32>rawAt(rawColumn(index, CLASS_RAW_TAINTS), slot));
  hash = mix(hash, <u32>rawAt(rawColumn(index, CLASS_RAW_AFFINITY), slot));
  hash = mix(hash, <u32>rawAt(rawColumn(index, CLASS_RAW_IMAGES), slot));
  for (let i = 0, n = traitCount(traits, TRAIT_GROUPING); i < n; i++) hash = mix(hash, tellingAt(traits, i, slot));
  return hash ^ (hash >> 13);
}

/** What the i-th grouping trait is on a node. */
@inline
function tellingAt(traits: usize, i: i32, slot: i32): u32 {
  const item = trait(traits, TRAIT_GROUPING, i);
  const value = domainAt(get(item, 0), slot);
  return get(item, 4) != 0 ? <u32>(value != 0) : <u32>value;
}

function isAlike(index: usize, one: i32, other: i32): bool {
  for (let which = CLASS_RAW_TAINTS; which <= CLASS_RAW_IMAGES; which++) {
    const column = rawColumn(index, which);
    if (rawAt(column, one) != rawAt(column, other)) return false;
  }
  const traits = pointer(index, INDEX_TRAITS);
  for (let i = 0, n = traitCount(traits, TRAIT_GROUPING); i < n; i++) {
    if (tellingAt(traits, i, one) != tellingAt(traits, i, other)) return false;
  }
  return true;
}

function isUniform(index: usize): bool {
  for (let which = CLASS_RAW_TAINTS; which <= CLASS_RAW_IMAGES; which++) if (rawColumn(index, which) >= 0) return false;
  return traitCount(pointer(index, INDEX_TRAITS), TRAIT_GROUPING) == 0;
}

/** Gives every node its group and place. False when there are too many groups, or memory is used up. */
export function groupsBuild(index: usize): bool {
  const n = nodesCount();
  // Without relations the index outlives nodes that come, so it has room for them.
  if (isUniform(index)) return oneGroup(index, pointer(index, INDEX_TRAITS) == 0 ? nodesCapacity() : n);
  const groupOfSlot = arenaAlloc((<usize>n + 1) << 1);
  const sizes = arenaAlloc((<usize>MAX_GROUPS) << 2);
  const firsts = arenaAlloc((<usize>MAX_GROUPS) << 2);
  const table = arenaAlloc((<usize>TABLE_SIZE) << 1);
  let groups = -1;
  if (groupOfSlot != 0 && sizes != 0 && firsts != 0 && table != 0) {
    groups = assign(index, n, groupOfSlot, sizes, firsts, table);
  }
  const isBuilt = groups > 0 && spread(index, n, groups, groupOfSlot, sizes, firsts);
  arenaFree(groupOfSlot);
  arenaFree(sizes);
  arenaFree(firsts);
  arenaFree(table);
  return isBuilt;
}

function oneGroup(index: usize, n: i32): bool {
  const blocks = max((n + 63) >> 6, 1);
  if (!tableOf(index, 1)) return false;
  set(index, INDEX_PLACES, blocks << 6);
  set(groupAt(index, 0), GROUP_BLOCKS, blocks);
  return true;
}

function tableOf(index: usize, groups: i32): bool {
  const table = arenaAlloc((<usize>groups) * GROUP_BYTES);
  set(index, INDEX_GROUPS, groups);
  set(index, INDEX_GROUP_TABLE, <i32>table);
  return table != 0;
}

/** Numbers the groups in the order of their first slots. Returns how many, or -1. */
function assign(index: usize, n: i32, groupOfSlot: usize, sizes: usize, firsts: usize, table: usize): i32 {
  let groups = 0;
  for (let slot = 0; slot < n; slot++) {
    if (stateAt(slot) == STATE_FREE) continue;
    let entry = hashOf(index, slot) & (TABLE_SIZE - 1);
    let group = 0;
    while (true) {
      group = <i32>load<u16>(table + ((<usize>entry) << 1)) - 1;
      if (group < 0 || isAlike(index, load<i32>(firsts + ((<usize>group) << 2)), slot)) break;
      entry = (entry + 1) & (TABLE_SIZE - 1);
    }
    if (group < 0) {
      if (groups == MAX_GROUPS) return -1;
      group = groups++;
      store<u16>(table + ((<usize>entry) << 1), <u16>groups);
      store<i32>(firsts + ((<usize>group) << 2), slot);
    }
    store<u16>(groupOfSlot + ((<usize>slot) << 1), <u16>group);
    const size = sizes + ((<usize>group) << 2);
    store<i32>(size, load<i32>(size) + 1);
  }
  return groups;
}

/** Places, group after group. `sizes` is used up. */
function spread(index: usize, n: i32, groups: i32, groupOfSlot: usize, sizes: usize, firsts: usize): bool {
  if (!tableOf(index, groups)) return false;
  let block = 0;
  let top = 0;
  for (let group = 0; group < groups; group++) {
    const entry = groupAt(index, group);
    const size = sizes + ((<usize>group) << 2);
    const blocks = (load<i32>(size) + 63) >> 6;
    set(entry, GROUP_BLOCK, block);
    set(entry, GROUP_BLOCKS, blocks);
    set(entry, GROUP_TOP, top);
    set(entry, GROUP_SLOT, load<i32>(firsts + ((<usize>group) << 2)));
    store<i32>(size, block << 6);
    block += blocks;
    top += (blocks + 15) & ~15;
  }
  const placeOf = arenaAlloc((<usize>n) << 2);
  const slotAt = arenaAlloc((<usize>block) << 8);
  const blockGroup = arenaAlloc((<usize>block) << 1);
  const blockTop = arenaAlloc((<usize>block) << 2);
  set(index, INDEX_PLACES, block << 6);
  set(index, INDEX_PLACE_OF, <i32>placeOf);
  set(index, INDEX_SLOT_AT, <i32>slotAt);
  set(index, INDEX_BLOCK_GROUP, <i32>blockGroup);
  set(index, INDEX_BLOCK_TOP, <i32>blockTop);
  if (placeOf == 0 || slotAt == 0 || blockGroup == 0 || blockTop == 0) return false;
  for (let slot = 0; slot < n; slot++) {
    if (stateAt(slot) == STATE_FREE) continue;
    const group = load<u16>(groupOfSlot + ((<usize>slot) << 1));
    const size = sizes + ((<usize>group) << 2);
    const place = load<i32>(size);
    store<i32>(size, place + 1);
    store<i32>(placeOf + ((<usize>slot) << 2), place);
    store<i32>(slotAt + ((<usize>place) << 2), slot);
    store<u16>(blockGroup + ((<usize>(place >> 6)) << 1), group);
    const entry = groupAt(index, group);
    store<u32>(blockTop + ((<usize>(place >> 6)) << 2), get(entry, GROUP_TOP) + (place >> 6) - get(entry, GROUP_BLOCK));
  }
  return true;
}

/** How many tops a layer has, all groups together. */
export function topsOf(index: usize): i32 {
  const last = groupAt(index, get(index, INDEX_GROUPS) - 1);
  return get(last, GROUP_TOP) + ((get(last, GROUP_BLOCKS) + 15) & ~15);
}
