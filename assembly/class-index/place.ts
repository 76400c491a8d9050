// Many pods of one class: decided, and occupying their nodes, without leaving the core between two of them.

import { field, setField } from "../blocks";
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

/**
 * Places up to `count` pods as an order block says; it ends at the first that cannot be. Returns how many; their slots and
 * totals are written, the decision number goes on, and the status is what ended it.
 */
export function indexPlace(order: usize, count: i32): i32 {
  const index = <usize>field(order, ORDER_INDEX);
  const occupancy = <usize>field(order, ORDER_OCCUPANCY);
  const tallies = <usize>field(order, ORDER_TALLIES);
  const isRandom = <i32>field(order, ORDER_IS_RANDOM);
  const seed = <u32>field(order, ORDER_SEED);
  const slots = <usize>field(order, ORDER_SLOTS);
  const totals = <usize>field(order, ORDER_TOTALS);
  let decision = <u32>field(order, ORDER_DECISION);
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
  setField(order, ORDER_DECISION, <f64>decision);
  setField(order, ORDER_STATUS, <f64>slot);
  return placed;
}
