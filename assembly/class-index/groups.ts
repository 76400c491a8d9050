// Groups: which nodes differ only in what placements move node by node.

import { arenaAlloc, arenaFree } from "../arena";
import { classField } from "../class-block";
import { CLASS_RAW_IMAGES, CLASS_RAW_TAINTS, COLUMN_STATE } from "../layout";
import { columnPtr, nodesCapacity, nodesCount } from "../nodes";
import {
  get,
  GROUP_BLOCKS,
  GROUP_BYTES,
  GROUP_TOP,
  groupAt,
  INDEX_CLASS,
  INDEX_GROUP_TABLE,
  INDEX_GROUPS,
  INDEX_PLACES,
  INDEX_STANDING,
  INDEX_TRAITS,
  MAX_GROUPS,
  pointer,
  set,
} from "./fields";
import {
  isStandingOf,
  NO_GROUP,
  standingAfter,
  standingFirst,
  standingGroupOf,
  standingGroups,
  standingHold,
  standingNote,
  standingShare,
} from "./standing";
import { trait, TRAIT_GROUPING, traitCount } from "./traits";

/** u16 an entry, 1 + a group; a power of two, four times as many as there may be groups. */
const TABLE_SIZE: u32 = 4096;
/** What a group was found by: its values (u64), the group that it is a part of. */
const FOUND_BYTES: usize = 16;

/** So many slots are compared before a difference counts. */
const BATCH: i32 = 1024;

/** What columns hold that tell nodes apart. */
const RAW_SCORES: i32 = 0;
const VALUES: i32 = 1;
const PRESENCE: i32 = 2;

/** The columns that tell the nodes of a class apart, u32 each: id << 2 | what it holds; as many as traits and raw scores can name. */
const tellers: usize = memory.data(4 * 128, 16);
let tellersCount: i32 = 0;

let groupOf: usize = 0;
let groups: i32 = 0;
let table: usize = 0;
let found: usize = 0;

function isUniform(index: usize): bool {
  for (let which = CLASS_RAW_TAINTS; which <= CLASS_RAW_IMAGES; which++) if (rawColumn(index, which) >= 0) return false;
  return traitCount(pointer(index, INDEX_TRAITS), TRAIT_GROUPING) == 0;
}

@inline
function rawColumn(index: usize, which: i32): i32 {
  return <i32>classField(pointer(index, INDEX_CLASS), which);
}

/** Gives every node its group and place. False when there are too many groups, or memory is used up. */
export function groupsBuild(index: usize): bool {
  const n = nodesCount();
  // Without relations the index outlives nodes that come, so it has room for them.
  if (isUniform(index)) return oneGroup(index, pointer(index, INDEX_TRAITS) == 0 ? nodesCapacity() : n);
  listTellers(index);
  const noted = notedStanding();
  if (noted != 0) {
    standingShare(index, noted);
    return true;
  }
  groupOf = arenaAlloc((<usize>n + 1) << 1);
  table = arenaAlloc((<usize>TABLE_SIZE) << 1);
  found = arenaAlloc((<usize>MAX_GROUPS) * FOUND_BYTES);
  const isRoom = groupOf != 0 && table != 0 && found != 0;
  const known = isRoom ? knownStanding() : 0;
  const isTold = isRoom && known == 0 && tellNodesApart(n);
  arenaFree(table);
  arenaFree(found);
  if (isTold) {
    if (!standingHold(index, groups, groupOf)) return false;
  } else {
    arenaFree(groupOf);
    if (known == 0) return false;
    standingShare(index, known);
  }
  standingNote(pointer(index, INDEX_STANDING), tellers, tellersCount);
  return true;
}

/** The columns that tell a class's nodes apart: raw scores, then topology keys. */
function listTellers(index: usize): void {
  tellersCount = 0;
  for (let which = CLASS_RAW_TAINTS; which <= CLASS_RAW_IMAGES; which++) {
    const column = rawColumn(index, which);
    if (column >= 0) addTeller(column, RAW_SCORES);
  }
  const traits = pointer(index, INDEX_TRAITS);
  for (let i = 0, n = traitCount(traits, TRAIT_GROUPING); i < n; i++) {
    const item = trait(traits, TRAIT_GROUPING, i);
    addTeller(get(item, 0), get(item, 4) != 0 ? PRESENCE : VALUES);
  }
}

function addTeller(column: i32, kind: i32): void {
  store<u32>(tellers + ((<usize>tellersCount) << 2), (<u32>column << 2) | <u32>kind);
  tellersCount++;
}

@inline
function tellerColumn(i: i32): usize {
  return columnPtr(<i32>(load<u32>(tellers + ((<usize>i) << 2)) >> 2));
}

@inline
function tellerKind(i: i32): i32 {
  return <i32>(load<u32>(tellers + ((<usize>i) << 2)) & 3);
}

function oneGroup(index: usize, n: i32): bool {
  const blocks = max((n + 63) >> 6, 1);
  const only = arenaAlloc(GROUP_BYTES);
  if (only == 0) return false;
  set(index, INDEX_GROUPS, 1);
  set(index, INDEX_GROUP_TABLE, <i32>only);
  set(index, INDEX_PLACES, blocks << 6);
  set(only, GROUP_BLOCKS, blocks);
  return true;
}

/** A standing of the nodes as they are now that these very columns told apart, or 0. */
function notedStanding(): usize {
  let standing = standingAfter(0);
  while (standing != 0 && !isStandingOf(standing, tellers, tellersCount)) standing = standingAfter(standing);
  return standing;
}

/**
 * A standing that another class has of the same nodes as they are now, if it tells them apart as this class does: each column
 * holds one value in each group, and no two groups hold the same in all. Cheaper than telling all nodes apart.
 */
function knownStanding(): usize {
  for (let standing = standingAfter(0); standing != 0; standing = standingAfter(standing)) {
    if (areAlikeInside(standing) && areGroupsApart(standing)) return standing;
  }
  return 0;
}

function areAlikeInside(standing: usize): bool {
  for (let i = 0; i < tellersCount; i++) {
    const column = tellerColumn(i);
    const kind = tellerKind(i);
    // A loop of its own for each kind.
    if (kind == RAW_SCORES && !holdsOneEach(standing, column, RAW_SCORES)) return false;
    if (kind == VALUES && !holdsOneEach(standing, column, VALUES)) return false;
    if (kind == PRESENCE && !holdsOneEach(standing, column, PRESENCE)) return false;
  }
  return true;
}

/** Whether all nodes of a group hold what its first one holds. */
@inline
function holdsOneEach(standing: usize, column: usize, kind: i32): bool {
  const groupsOf = standingGroupOf(standing);
  for (let group = 0, n = standingGroups(standing); group < n; group++) {
    store<u64>(found + ((<usize>group) << 3), tellingAt(column, kind, standingFirst(standing, group)));
  }
  for (let from = 0, n = nodesCount(); from < n; from += BATCH) {
    let others: u64 = 0;
    for (let slot = from, end = min(from + BATCH, n); slot < end; slot++) {
      const group = load<u16>(groupsOf + ((<usize>slot) << 1));
      const isNode = group != NO_GROUP;
      const first = load<u64>(found + ((<usize>(isNode ? group : 0)) << 3));
      others |= (tellingAt(column, kind, slot) ^ first) & -<u64>isNode;
    }
    if (others != 0) return false;
  }
  return true;
}

function areGroupsApart(standing: usize): bool {
  const count = standingGroups(standing);
  memory.fill(groupOf, 0, (<usize>count) << 1);
  groups = 1;
  tellApart(count, standing);
  return groups == count;
}

/** False without nodes, or with too many groups. */
function tellNodesApart(n: i32): bool {
  const states = columnPtr(COLUMN_STATE);
  groups = 0;
  for (let slot = 0; slot < n; slot++) {
    const isNode = load<u8>(states + <usize>slot) != 0;
    store<u16>(groupOf + ((<usize>slot) << 1), isNode ? 0 : NO_GROUP);
    if (isNode) groups = 1;
  }
  tellApart(n, 0);
  return groups > 0 && groups <= MAX_GROUPS;
}

/**
 * Column by column; groups are numbered in the order of their first slots. Of `n` slots, or of the first slots of the `n` groups
 * of a standing.
 */
function tellApart(n: i32, standing: usize): void {
  for (let i = 0; i < tellersCount; i++) {
    const column = tellerColumn(i);
    const kind = tellerKind(i);
    if (kind == RAW_SCORES) refine(column, RAW_SCORES, n, standing);
    else if (kind == VALUES) refine(column, VALUES, n, standing);
    else refine(column, PRESENCE, n, standing);
  }
}

@inline
function tellingAt(column: usize, kind: i32, slot: i32): u64 {
  if (kind == RAW_SCORES) return load<u64>(column + ((<usize>slot) << 3));
  const value = load<u32>(column + ((<usize>slot) << 2));
  return kind == PRESENCE ? <u64>(value != 0) : <u64>value;
}

/** Parts each group by what one column holds. Leaves off when there are more than MAX_GROUPS. */
@inline
function refine(column: usize, kind: i32, n: i32, standing: usize): void {
  if (groups > MAX_GROUPS) return;
  memory.fill(table, 0, (<usize>TABLE_SIZE) << 1);
  groups = 0;
  for (let i = 0; i < n && groups <= MAX_GROUPS; i++) {
    const at = groupOf + ((<usize>i) << 1);
    const part = load<u16>(at);
    if (part == NO_GROUP) continue;
    const slot = standing == 0 ? i : standingFirst(standing, i);
    store<u16>(at, <u16>partOf(part, tellingAt(column, kind, slot)));
  }
}

/** The group of nodes that were in group `part` and have this value. MAX_GROUPS when it would be one too many. */
function partOf(part: u16, value: u64): i32 {
  const hash = (<u32>value ^ <u32>(value >> 32) ^ (<u32>part << 16)) * 0x9e3779b1;
  let entry = hash >> 20;
  while (true) {
    const at = table + ((<usize>entry) << 1);
    const group = <i32>load<u16>(at) - 1;
    if (group < 0) {
      if (groups < MAX_GROUPS) note(at, part, value);
      return groups++;
    }
    const known = found + (<usize>group) * FOUND_BYTES;
    if (load<u64>(known) == value && load<u16>(known, 8) == part) return group;
    entry = (entry + 1) & (TABLE_SIZE - 1);
  }
}

function note(at: usize, part: u16, value: u64): void {
  store<u16>(at, <u16>(groups + 1));
  const known = found + (<usize>groups) * FOUND_BYTES;
  store<u64>(known, value);
  store<u16>(known, part, 8);
}

/** How many tops a layer has, all groups together. */
export function topsOf(index: usize): i32 {
  const last = groupAt(index, get(index, INDEX_GROUPS) - 1);
  return get(last, GROUP_TOP) + ((get(last, GROUP_BLOCKS) + 15) & ~15);
}
