// The journal: which nodes pods came to and left, in order. Whoever keeps something of every node (a class index) reads on
// from where it last read, and looks only at those nodes again.
//
//   ring      [ 7 | 3 | 7 | 12 | ... ]      u32, slots; entry i lies at i modulo the size
//   newest    [ slot -> its last entry ]    u32: an entry that is not its slot's newest need not be looked at
//   pending   [ slots ]                     u32, what the last journalRead found, or all of them (journalEvery)

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
  pending = arenaAlloc(bytes + 8);
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
  let found: i32 = 0;
  for (let entry = <u32>from, end = <u32>head; entry != end; entry++) {
    const slot = load<u32>(ring + ((<usize>(entry & (size - 1))) << 2));
    store<u32>(pending + ((<usize>found) << 2), slot);
    found += <i32>(load<u32>(newest + ((<usize>slot) << 2)) == entry);
  }
  // Readers take two at a time.
  store<u32>(pending + ((<usize>found) << 2), 0);
  return found;
}

/** As journalCollect from what `reader` (8 bytes, zeros at first) points to, and moves that to the end. */
export function journalRead(reader: usize): i32 {
  const found = journalCollect(load<u64>(reader));
  store<u64>(reader, head);
  return found;
}

/** As if each of `count` slots had changed whose u8 from `states` is not 0. Returns how many. */
export function journalEvery(states: usize, count: i32): i32 {
  let found: i32 = 0;
  for (let slot = 0; slot < count; slot++) {
    store<u32>(pending + ((<usize>found) << 2), slot);
    found += <i32>(load<u8>(states + <usize>slot) != 0);
  }
  store<u32>(pending + ((<usize>found) << 2), 0);
  return found;
}

/** Where the slots lie that were found last. */
export function journalFound(): usize {
  return pending;
}
