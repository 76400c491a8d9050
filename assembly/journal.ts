// The journal: which nodes pods came to and left, in order. Whoever keeps something of every node (a class index) reads on
// from where it last read, and looks only at those nodes again.
//
//   ring      [ 7 | 3 | 7 | 12 | ... ]      u32, slots; entry i lies at i modulo the size
//   newest    [ slot -> its last entry ]    u32: an entry that is not its slot's newest need not be looked at
//   pending   [ slots ]                     u32, what the last journalRead found, or all of them (journalEvery); behind them stand
//                                           others that were found before, for readers that take four at a time

import { arenaAlloc, arenaFree } from "./arena";

let ring: usize = 0;
let newest: usize = 0;
let pending: usize = 0;
let size: u32 = 0;
let head: u64 = 0;
/** Entries before this one are lost. */
let begin: u64 = 0;

/** Makes room for `capacity` nodes, a power of two; what was noted before is lost. False when memory is used up. */
export function journalGrow(capacity: i32): bool {
  arenaFree(ring);
  arenaFree(newest);
  arenaFree(pending);
  const bytes = (<usize>capacity) << 2;
  ring = arenaAlloc(bytes);
  newest = arenaAlloc(bytes);
  pending = arenaAlloc(bytes + 16);
  size = <u32>capacity;
  begin = head;
  return ring != 0 && newest != 0 && pending != 0;
}

/** Slots have moved: nothing that was noted means anything now. */
export function journalForget(): void {
  begin = head;
}

/** Notes that a node's pods changed. */
@inline
export function journalNote(slot: i32): void {
  store<u32>(ring + ((<usize>(<u32>head & (size - 1))) << 2), slot);
  store<u32>(newest + ((<usize>slot) << 2), <u32>head);
  head++;
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
  return found;
}

/** As if each of the first `count` slots had changed, with a node or without. */
export function journalEvery(count: i32): void {
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
