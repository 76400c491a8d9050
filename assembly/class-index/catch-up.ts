// Catching up: an index looks again at the nodes that changed since it last looked, or at all of them.
//
// These are three loops, with one layer without a branch on data: evaluate, store the bytes, recompute the tops of the blocks
// touched. They are not one loop, because loading a block right behind the store of one of its bytes stalls.

import { journalEvery, journalRead, pendingAt } from "../journal";
import { COLUMN_STATE } from "../layout";
import { MARK } from "../max-tree";
import { columnPtr, nodesCount } from "../nodes";
import {
  get,
  INDEX_BLOCK_TOP,
  INDEX_BYTES_AT,
  INDEX_COMPONENTS,
  INDEX_MARKS_AT,
  INDEX_PLACE_OF,
  INDEX_SEEN,
  layerAt,
  pointer,
} from "./fields";
import { countIn, layersClear, layersPut, layersRaise } from "./layers";
import { byteAt, evaluatePending } from "./local";

/** Brings an index up to this moment. */
export function catchUp(index: usize): void {
  const count = journalRead(index + INDEX_SEEN);
  if (count < 0) rebuild(index);
  else if (count > 0) lookAt(index, count, false);
}

/** Looks at every node. */
export function rebuild(index: usize): void {
  layersClear(index);
  lookAt(index, journalEvery(columnPtr(COLUMN_STATE), nodesCount()), true);
}

/** Looks at the first `count` pending nodes; `isAll`: for the first time. */
function lookAt(index: usize, count: i32, isAll: bool): void {
  evaluatePending(index, count, isAll);
  if (get(index, INDEX_COMPONENTS) > 0) layersPut(index, count, isAll);
  else if (pointer(index, INDEX_PLACE_OF) == 0) putInPlace(index, count);
  else putInGroups(index, count);
  layersRaise(index);
}

/** Places are slots, and nobody asks how many are feasible. */
function putInPlace(index: usize, count: i32): void {
  const bytes = layerAt(index, 0) + <usize>get(index, INDEX_BYTES_AT);
  const marks = layerAt(index, 0) + <usize>get(index, INDEX_MARKS_AT);
  for (let i = 0; i < count; i++) {
    const slot = <usize>pendingAt(i);
    store<u8>(bytes + slot, byteAt(i));
    store<u8>(marks + (slot >> 6), MARK);
  }
}

function putInGroups(index: usize, count: i32): void {
  const area = layerAt(index, 0);
  const bytes = area + <usize>get(index, INDEX_BYTES_AT);
  const marks = area + <usize>get(index, INDEX_MARKS_AT);
  const places = pointer(index, INDEX_PLACE_OF);
  const topOfBlock = pointer(index, INDEX_BLOCK_TOP);
  for (let i = 0; i < count; i++) {
    const place = load<i32>(places + ((<usize>pendingAt(i)) << 2));
    const at = bytes + <usize>place;
    const byte = byteAt(i);
    const change = <i32>(byte != 0) - <i32>(load<u8>(at) != 0);
    if (change != 0) countIn(index, area, place, change);
    store<u8>(at, byte);
    store<u8>(marks + <usize>load<u32>(topOfBlock + ((<usize>(place >> 6)) << 2)), MARK);
  }
}
