// Standings: which node stands at which place, group after group. Indexes that tell the same nodes apart share one, so that
// where a node stands lies in the cache for whichever class is asked next.

import { arenaAlloc, arenaFree } from "../arena";
import { columnsFreed, nodesCount } from "../nodes";
import { specsEpoch } from "../specs";
import {
  get,
  GROUP_BLOCK,
  GROUP_BLOCKS,
  GROUP_BYTES,
  GROUP_SLOT,
  GROUP_TOP,
  INDEX_BLOCK_GROUP,
  INDEX_BLOCK_TOP,
  INDEX_GROUP_TABLE,
  INDEX_GROUPS,
  INDEX_PLACE_OF,
  INDEX_PLACES,
  INDEX_SLOT_AT,
  INDEX_STANDING,
  pointer,
  set,
} from "./fields";

/** Of a slot without a node. */
export const NO_GROUP: u16 = 0xffff;

/** Fields of a standing, bytes; i32 or pointers. */
const NEXT: usize = 0;
const HOLDERS: usize = 4;
/** How many slots it knows, and the group of each (u16): what tells it from others. */
const SLOTS: usize = 8;
const GROUP_OF: usize = 12;
const GROUPS: usize = 16;
const PLACES: usize = 20;
/** As the fields of an index of the same names. */
const TABLE: usize = 24;
const PLACE_OF: usize = 28;
const SLOT_AT: usize = 32;
const BLOCK_GROUP: usize = 36;
const BLOCK_TOP: usize = 40;
/** Of which specs of nodes it is known to be right. */
const EPOCH: usize = 44;
/** The columns that tell its groups apart, as standingNote was given them, and how many columns had been freed then. */
const FREED: usize = 48;
const TELLERS: usize = 52;
const TELLERS_LIST: usize = 56;
const BYTES: usize = 96;

/** So many columns are noted. */
const MAX_TELLERS: i32 = 8;

let standings: usize = 0;

/** Gives an index the standing of `groups` groups, a u16 by slot, which belong to it from now on. False without memory. */
export function standingHold(index: usize, groups: i32, groupOf: usize): bool {
  let standing = standings;
  while (standing != 0 && !isOf(standing, groups, groupOf)) standing = pointer(standing, NEXT);
  if (standing != 0) arenaFree(groupOf);
  else standing = made(groups, groupOf);
  if (standing == 0) return false;
  set(standing, EPOCH, specsEpoch());
  standingShare(index, standing);
  return true;
}

/** Gives an index a standing that is right for it. */
export function standingShare(index: usize, standing: usize): void {
  set(standing, HOLDERS, get(standing, HOLDERS) + 1);
  set(index, INDEX_STANDING, <i32>standing);
  set(index, INDEX_GROUPS, get(standing, GROUPS));
  set(index, INDEX_PLACES, get(standing, PLACES));
  set(index, INDEX_GROUP_TABLE, get(standing, TABLE));
  set(index, INDEX_PLACE_OF, get(standing, PLACE_OF));
  set(index, INDEX_SLOT_AT, get(standing, SLOT_AT));
  set(index, INDEX_BLOCK_GROUP, get(standing, BLOCK_GROUP));
  set(index, INDEX_BLOCK_TOP, get(standing, BLOCK_TOP));
}

/** The next standing of the nodes as they are now, or 0; the first one after 0. */
export function standingAfter(standing: usize): usize {
  let next = standing == 0 ? standings : pointer(standing, NEXT);
  while (next != 0 && (get(next, EPOCH) != specsEpoch() || get(next, SLOTS) != nodesCount())) next = pointer(next, NEXT);
  return next;
}

/**
 * Notes which columns tell the groups of a standing apart: `count` u32 from `tellers` on, each with the kind of what it holds. They
 * hold the same as long as no node's spec changes and none of them is freed.
 */
export function standingNote(standing: usize, tellers: usize, count: i32): void {
  set(standing, TELLERS, count <= MAX_TELLERS ? count : 0);
  set(standing, FREED, columnsFreed());
  if (count <= MAX_TELLERS) memory.copy(standing + TELLERS_LIST, tellers, (<usize>count) << 2);
}

/** Whether these columns, in this order, are known to tell a standing's groups apart. */
export function isStandingOf(standing: usize, tellers: usize, count: i32): bool {
  if (get(standing, TELLERS) != count || <u32>get(standing, FREED) != columnsFreed()) return false;
  return memory.compare(standing + TELLERS_LIST, tellers, (<usize>count) << 2) == 0;
}

@inline
export function standingGroups(standing: usize): i32 {
  return get(standing, GROUPS);
}

/** u16 by slot. */
@inline
export function standingGroupOf(standing: usize): usize {
  return pointer(standing, GROUP_OF);
}

/** The first slot of a group. */
@inline
export function standingFirst(standing: usize, group: i32): i32 {
  return get(groupAt(standing, group), GROUP_SLOT);
}

export function standingRelease(standing: usize): void {
  const holders = get(standing, HOLDERS) - 1;
  set(standing, HOLDERS, holders);
  if (holders > 0) return;
  const next = pointer(standing, NEXT);
  let before = standings;
  if (before == standing) standings = next;
  else {
    while (pointer(before, NEXT) != standing) before = pointer(before, NEXT);
    set(before, NEXT, <i32>next);
  }
  free(standing);
}

function isOf(standing: usize, groups: i32, groupOf: usize): bool {
  const slots = get(standing, SLOTS);
  if (slots != nodesCount() || get(standing, GROUPS) != groups) return false;
  return memory.compare(pointer(standing, GROUP_OF), groupOf, (<usize>slots) << 1) == 0;
}

function free(standing: usize): void {
  arenaFree(pointer(standing, GROUP_OF));
  arenaFree(pointer(standing, TABLE));
  arenaFree(pointer(standing, PLACE_OF));
  arenaFree(pointer(standing, SLOT_AT));
  arenaFree(pointer(standing, BLOCK_GROUP));
  arenaFree(pointer(standing, BLOCK_TOP));
  arenaFree(standing);
}

/** A new standing, or 0 when memory is used up. `groupOf` is the standing's, or freed. */
function made(groups: i32, groupOf: usize): usize {
  const standing = arenaAlloc(BYTES);
  const table = arenaAlloc((<usize>groups) * GROUP_BYTES);
  if (standing == 0 || table == 0) {
    arenaFree(groupOf);
    arenaFree(table);
    arenaFree(standing);
    return 0;
  }
  set(standing, SLOTS, nodesCount());
  set(standing, GROUP_OF, <i32>groupOf);
  set(standing, GROUPS, groups);
  set(standing, TABLE, <i32>table);
  const blocks = layOut(standing);
  set(standing, PLACES, blocks << 6);
  set(standing, PLACE_OF, <i32>arenaAlloc((<usize>nodesCount()) << 2));
  set(standing, SLOT_AT, <i32>arenaAlloc((<usize>blocks) << 8));
  set(standing, BLOCK_GROUP, <i32>arenaAlloc((<usize>blocks) << 1));
  set(standing, BLOCK_TOP, <i32>arenaAlloc((<usize>blocks) << 2));
  const cursors = arenaAlloc((<usize>groups) << 2);
  const isRoom = get(standing, PLACE_OF) != 0 && get(standing, SLOT_AT) != 0 && get(standing, BLOCK_GROUP) != 0 &&
    get(standing, BLOCK_TOP) != 0 && cursors != 0;
  if (isRoom) place(standing, cursors);
  arenaFree(cursors);
  if (isRoom) {
    set(standing, NEXT, <i32>standings);
    standings = standing;
    return standing;
  }
  free(standing);
  return 0;
}

@inline
function groupAt(standing: usize, group: i32): usize {
  return pointer(standing, TABLE) + (<usize>group) * GROUP_BYTES;
}

@inline
function groupOfSlot(standing: usize, slot: i32): i32 {
  return <i32>load<u16>(pointer(standing, GROUP_OF) + ((<usize>slot) << 1));
}

/** The table: first slots, blocks, tops. Returns how many blocks there are. */
function layOut(standing: usize): i32 {
  const groups = get(standing, GROUPS);
  // Backwards, so that the first slot of each group is what stays; GROUP_BLOCKS counts nodes for now.
  for (let slot = get(standing, SLOTS) - 1; slot >= 0; slot--) {
    const group = groupOfSlot(standing, slot);
    if (group == NO_GROUP) continue;
    const entry = groupAt(standing, group);
    set(entry, GROUP_SLOT, slot);
    set(entry, GROUP_BLOCKS, get(entry, GROUP_BLOCKS) + 1);
  }
  let block = 0;
  let top = 0;
  for (let group = 0; group < groups; group++) {
    const entry = groupAt(standing, group);
    const blocks = (get(entry, GROUP_BLOCKS) + 63) >> 6;
    set(entry, GROUP_BLOCK, block);
    set(entry, GROUP_BLOCKS, blocks);
    set(entry, GROUP_TOP, top);
    block += blocks;
    top += (blocks + 15) & ~15;
  }
  return block;
}

/** Gives every node its place, in a group by slot. `cursors`: zeros, one a group. */
function place(standing: usize, cursors: usize): void {
  const placeOf = pointer(standing, PLACE_OF);
  const slotAt = pointer(standing, SLOT_AT);
  for (let slot = 0, n = get(standing, SLOTS); slot < n; slot++) {
    const group = groupOfSlot(standing, slot);
    if (group == NO_GROUP) continue;
    const cursor = cursors + ((<usize>group) << 2);
    const rank = load<i32>(cursor);
    store<i32>(cursor, rank + 1);
    const at = (get(groupAt(standing, group), GROUP_BLOCK) << 6) + rank;
    store<i32>(placeOf + ((<usize>slot) << 2), at);
    store<i32>(slotAt + ((<usize>at) << 2), slot);
  }
  for (let group = 0, groups = get(standing, GROUPS); group < groups; group++) {
    const entry = groupAt(standing, group);
    const first = get(entry, GROUP_BLOCK);
    for (let i = 0, blocks = get(entry, GROUP_BLOCKS); i < blocks; i++) {
      store<u16>(pointer(standing, BLOCK_GROUP) + ((<usize>(first + i)) << 1), <u16>group);
      store<u32>(pointer(standing, BLOCK_TOP) + ((<usize>(first + i)) << 2), get(entry, GROUP_TOP) + i);
    }
  }
}
