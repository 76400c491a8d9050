// Tallies: for one question about pods ("in this namespace, matched by this selector") the count of pods on each node that
// answer it with yes, kept as pods come and go.
//
//   list of a kind of pods:  [ count | column, amount | column, amount | ... ]   u32

import { countersMove } from "./domain-counters";
import { columnPtr } from "./nodes";
import { movesNote } from "./tally-moves";

/** A pod comes to a node (sign 1) or leaves it (sign -1): every tally in its list moves. */
export function talliesMove(list: usize, slot: i32, sign: i32): void {
  const count = load<u32>(list);
  let entry = list + 4;
  for (let i: u32 = 0; i < count; i++) {
    tallyAdd(load<i32>(entry), slot, sign * load<i32>(entry, 4));
    entry += 8;
  }
}

/** Adds to one tally (a u32 column). */
export function tallyAdd(column: i32, slot: i32, amount: i32): void {
  const at = columnPtr(column) + ((<usize>slot) << 2);
  store<i32>(at, load<i32>(at) + amount);
  countersMove(column, slot, amount);
  movesNote(column, slot);
}
