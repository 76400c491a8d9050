// Moves: on which slots a tally was changed at last, so that who keeps something of a tally by node looks at those again and
// not at every node whose pods changed.
//
//   entry of a tally (32 bytes, by column id)   [ moves so far u32 | slots 4 x u32, move m at m modulo 4 | pad ]

import { arenaAlloc, arenaFree } from "./arena";

/** So many moves are remembered; a power of two. */
export const KEPT_MOVES: i32 = 4;
const ENTRY_SHIFT: usize = 5;

let entries: usize = 0;
let capacity: i32 = 0;

/** From now on the moves of a tally are told. False when memory is used up. */
export function movesWatch(column: i32): bool {
  if (column < capacity) return true;
  const grown = max(256, (column + 1) << 1);
  const area = arenaAlloc((<usize>grown) << ENTRY_SHIFT);
  if (area == 0) return false;
  memory.copy(area, entries, (<usize>capacity) << ENTRY_SHIFT);
  arenaFree(entries);
  entries = area;
  capacity = grown;
  return true;
}

@inline
function entryOf(column: i32): usize {
  return entries + ((<usize>column) << ENTRY_SHIFT);
}

/** Notes that a tally moved. */
@inline
export function movesNote(column: i32, slot: i32): void {
  if (column >= capacity) return;
  const entry = entryOf(column);
  const moves = load<u32>(entry);
  store<u32>(entry + (<usize>(moves % <u32>KEPT_MOVES) << 2), slot, 4);
  store<u32>(entry, moves + 1);
}

/** How many moves there were. */
@inline
export function movesOf(column: i32): u32 {
  return load<u32>(entryOf(column));
}

/** Writes the slots of the moves from the number `since` on to `to`. Returns how many, or -1: more than are remembered. */
export function movesSince(column: i32, since: u32, to: usize): i32 {
  const moves = movesOf(column);
  if (moves - since > <u32>KEPT_MOVES) return -1;
  const entry = entryOf(column);
  for (let move = since, at = to; move != moves; move++, at += 4) {
    store<u32>(at, load<u32>(entry + (<usize>(move % <u32>KEPT_MOVES) << 2), 4));
  }
  return <i32>(moves - since);
}
