// The journal: which nodes pods came to and left, in order. Whoever keeps something of every node (a class index) reads on
// from where it last read, and looks only at those nodes again.
//
//   ring      [ 7 | 3 | 7 | 12 | ... ]      u32, slots; entry i lies at i modulo the size
//   newest    [ slot -> its last entry ]    u32: an entry that is not its slot's newest need not be looked at
//   pending   [ slots ]                     u32, what was found when the journal was last read, or all of them (journalEvery)
//   rows      [ four | four | ... ]         as in rows.ts, of the node of each entry: side by side in the order of the changes,
//                                           where those of the nodes themselves lie anywhere. Written when first asked for

import { arenaAlloc, arenaFree } from "./arena";
import { ROW_SHIFT, rowCopy } from "./rows";

let ring: usize = 0;
let newest: usize = 0;
let pending: usize = 0;
let rows: usize = 0;
/** Entries from this one on have no row yet. */
let rowless: u64 = 0;
/** The first entry that was found when the journal was last read, or -1: each slot was found once, in no order of entries. */
let firstRow: i32 = -1;
let size: u32 = 0;
let head: u64 = 0;
/** Entries before this one are lost. */
let begin: u64 = 0;

/** From so many changes on it is rows that a reader looks at. */
const FEWEST_ROWS: u32 = 3;

/** Makes room for `capacity` nodes, a power of two; what was noted before is lost. False when memory is used up. */
export function journalGrow(capacity: i32): bool {
  arenaFree(ring);
  arenaFree(newest);
  arenaFree(pending);
  arenaFree(rows);
  rows = 0;
  const bytes = (<usize>capacity) << 2;
  ring = arenaAlloc(bytes);
  newest = arenaAlloc(bytes);
  pending = arenaAlloc(bytes + 16);
  size = <u32>capacity;
  journalForget();
  return ring != 0 && newest != 0 && pending != 0;
}

/** Slots have moved: nothing that was noted means anything now. */
export function journalForget(): void {
  begin = head;
  rowless = head;
}

/** Notes that a node's pods changed. */
@inline
export function journalNote(slot: i32): void {
  store<u32>(ring + ((<usize>(<u32>head & (size - 1))) << 2), slot);
  store<u32>(newest + ((<usize>slot) << 2), <u32>head);
  head++;
}

/**
 * Notes that a node goes, up to the end of four entries: an index that is made from now on has no place for the node, and must not
 * find it among the up to three entries that come once more with their rows (journalReadRows).
 */
export function journalNoteGone(slot: i32): void {
  journalNote(slot);
  while ((<u32>head & 3) != 0) journalNote(slot);
}

/** Where the next entry will stand: what a reader who knows everything keeps. */
@inline
export function journalHead(): u64 {
  return head;
}

@inline
export function pendingAt(index: i32): i32 {
  return load<i32>(pending + ((<usize>index) << 2));
}

/** Finds the slots that changed since `from`, each once. Returns how many, or -1: look at every node instead. */
function journalCollect(from: u64): i32 {
  if (from < begin || head - from > <u64>size) return -1;
  const entry = <u32>from;
  const count = <u32>head - entry;
  const first = entry & (size - 1);
  const straight = min(count, size - first);
  const to = collect(ring + ((<usize>first) << 2), straight, entry, pending);
  return <i32>((collect(ring, count - straight, entry + straight, to) - pending) >> 2);
}

/** Of `count` entries that lie side by side from `at`, the first one being number `entry`. Returns where what it writes ends. */
function collect(at: usize, count: u32, entry: u32, to: usize): usize {
  const end = entry + count;
  // Four in a round: what a round costs beside is as much as an entry.
  for (; end - entry >= 4; entry += 4, at += 16) {
    to = noted(load<u32>(at), entry, to);
    to = noted(load<u32>(at, 4), entry + 1, to);
    to = noted(load<u32>(at, 8), entry + 2, to);
    to = noted(load<u32>(at, 12), entry + 3, to);
  }
  for (; entry != end; entry++, at += 4) to = noted(load<u32>(at), entry, to);
  return to;
}

/** Writes a slot, which the next one overwrites unless this entry is its newest. */
@inline
function noted(slot: u32, entry: u32, to: usize): usize {
  store<u32>(to, slot);
  return to + ((<usize>(load<u32>(newest + ((<usize>slot) << 2)) == entry)) << 2);
}

/** As journalCollect from what `reader` (8 bytes, zeros at first) points to, and moves that to the end. */
export function journalRead(reader: usize): i32 {
  const found = journalCollect(load<u64>(reader));
  store<u64>(reader, head);
  firstRow = -1;
  return found;
}

/**
 * As journalRead, for a reader who looks at rows, four at a time and in order (journalFour): slots may come several times, with
 * what was true earlier and then with what is, and up to three come that the reader knows.
 */
export function journalReadRows(reader: usize): i32 {
  const seen = load<u64>(reader);
  const from = seen & ~3;
  if (head - seen < FEWEST_ROWS || from < begin || head - from > <u64>size || isRepeated(<u32>seen)) return journalRead(reader);
  if (!hasRows()) return journalRead(reader);
  store<u64>(reader, head);
  writeRows();
  const first = <u32>from & (size - 1);
  const count = <u32>(head - from);
  const straight = min(count, size - first);
  memory.copy(pending, ring + ((<usize>first) << 2), (<usize>straight) << 2);
  memory.copy(pending + ((<usize>straight) << 2), ring, (<usize>(count - straight)) << 2);
  firstRow = <i32>first;
  return <i32>count;
}

/** Whether the slots of the first entries from `entry` on all changed again: then few nodes change often, each worth one look. */
function isRepeated(entry: u32): bool {
  for (let i: u32 = 0; i < FEWEST_ROWS; i++) {
    const slot = load<u32>(ring + ((<usize>((entry + i) & (size - 1))) << 2));
    if (load<u32>(newest + ((<usize>slot) << 2)) == entry + i) return false;
  }
  return true;
}

/** Makes room for them when they are first asked for. False when memory is used up. */
function hasRows(): bool {
  if (rows != 0) return true;
  rows = arenaAlloc((<usize>size) << ROW_SHIFT);
  rowless = begin;
  return rows != 0;
}

/** Writes the rows that are lacking. */
function writeRows(): void {
  if (head - rowless > <u64>size) rowless = head - <u64>size;
  for (; rowless != head; rowless++) {
    const number = <u32>rowless & (size - 1);
    rowCopy(load<i32>(ring + ((<usize>number) << 2)), rows, number);
  }
}

/** Whether the slots found last came with rows. */
@inline
export function journalHasRows(): bool {
  return firstRow >= 0;
}

/** Where the rows of four slots lie that were found last, from the i-th on, a multiple of four. */
@inline
export function journalFour(i: i32): usize {
  return rows + ((<usize>(<u32>(firstRow + i) & (size - 1))) << ROW_SHIFT);
}

/** As if each of the first `count` slots had changed, with a node or without. */
export function journalEvery(count: i32): void {
  firstRow = -1;
  if (ASC_FEATURE_SIMD) {
    let slots = i32x4(0, 1, 2, 3);
    for (let slot = 0; slot < count; slot += 4) {
      v128.store(pending + ((<usize>slot) << 2), slots);
      slots = i32x4.add(slots, i32x4.splat(4));
    }
    return;
  }
  for (let slot = 0; slot < count; slot++) store<u32>(pending + ((<usize>slot) << 2), slot);
}

/** Where the slots lie that were found last. */
export function journalFound(): usize {
  return pending;
}
