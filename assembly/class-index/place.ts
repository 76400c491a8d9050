// Many pods of one class: decided, and occupying their nodes, without leaving the core between two of them.

import {
  ORDER_DECISION,
  ORDER_INDEX,
  ORDER_IS_RANDOM,
  ORDER_OCCUPANCY,
  ORDER_SEED,
  ORDER_SLOTS,
  ORDER_STATUS,
  ORDER_TALLIES,
  ORDER_TOTALS,
} from "../layout";
import { nodesOccupy } from "../nodes";
import { cycleRunTotal } from "../scan";
import { talliesMove } from "../tallies";
import { indexRun } from "./choice";

@inline
function word(order: usize, field: usize): u32 {
  return load<u32>(order + (field << 2));
}

@inline
function setWord(order: usize, field: usize, value: u32): void {
  store<u32>(order + (field << 2), value);
}

/**
 * Places up to `count` pods as an order block says; it ends at the first that cannot be. Returns how many; their slots and
 * totals are written, the decision number goes on, and the status is what ended it.
 */
export function indexPlace(order: usize, count: i32): i32 {
  const index = <usize>word(order, ORDER_INDEX);
  const occupancy = <usize>word(order, ORDER_OCCUPANCY);
  const tallies = <usize>word(order, ORDER_TALLIES);
  const isRandom = <i32>word(order, ORDER_IS_RANDOM);
  const seed = word(order, ORDER_SEED);
  const slots = <usize>word(order, ORDER_SLOTS);
  const totals = <usize>word(order, ORDER_TOTALS);
  let decision = word(order, ORDER_DECISION);
  let placed = 0;
  let slot = 0;
  while (placed < count) {
    slot = indexRun(index, isRandom, seed, decision);
    if (slot < 0) break;
    nodesOccupy(slot, occupancy, 1);
    if (tallies != 0) talliesMove(tallies, slot, 1);
    store<i32>(slots + ((<usize>placed) << 2), slot);
    store<f64>(totals + ((<usize>placed) << 3), cycleRunTotal());
    decision++;
    placed++;
  }
  setWord(order, ORDER_DECISION, decision);
  setWord(order, ORDER_STATUS, slot);
  return placed;
}
