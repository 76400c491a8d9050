// Catching up: an index looks again at the nodes that changed since it last looked, or at all of them.
//
// These are three loops, with one layer without a branch on data: evaluate, store the bytes, recompute the tops of the blocks
// touched. They are not one loop, because loading a block right behind the store of one of its bytes stalls.

import { journalEvery, journalRead, journalReadRows, pendingAt } from "../journal";
import { MARK } from "../max-tree";
import { nodesCount } from "../nodes";
import {
  get,
  INDEX_BLOCK_TOP,
  INDEX_BYTES_AT,
  INDEX_COMPONENTS,
  INDEX_MARKS_AT,
  INDEX_PLACE_OF,
  INDEX_PLACES,
  INDEX_SEEN,
  layerAt,
  pointer,
} from "./fields";
import { layersFill } from "./fill";
import { countIn, layerRaiseAll, layersClear, layersPut, layersRaise } from "./layers";
import { byteAt, bytesAt, bytesTo, evaluatePending, takesRows } from "./local";

/** Brings an index up to this moment. */
export function catchUp(index: usize): void {
  const count = takesRows(index) ? journalReadRows(index + INDEX_SEEN) : journalRead(index + INDEX_SEEN);
  if (count < 0) rebuild(index);
  else if (count > 0) lookAt(index, count);
}

/** Looks at every node, slot after slot; where there is none the byte is 0, as the layers are before. */
export function rebuild(index: usize): void {
  const count = nodesCount();
  journalEvery(count);
  layersClear(index);
  evaluatePending(index, count, true);
  if (get(index, INDEX_COMPONENTS) > 0) {
    layersFill(index, count);
    return;
  }
  if (pointer(index, INDEX_PLACE_OF) == 0) bytesTo(layerAt(index, 0) + <usize>get(index, INDEX_BYTES_AT), count);
  else fillGroups(index, count);
  layerRaiseAll(index, 0);
}

/** Looks at the first `count` pending nodes. */
function lookAt(index: usize, count: i32): void {
  evaluatePending(index, count, false);
  if (get(index, INDEX_COMPONENTS) > 0) layersPut(index, count);
  else if (pointer(index, INDEX_PLACE_OF) != 0) putInGroups(index, count);
  else if (count >= get(index, INDEX_PLACES) >> 5) {
    // Two nodes and more a block: hardly one is left out.
    putInPlace(index, count, false);
    layerRaiseAll(index, 0);
    return;
  } else putInPlace(index, count, true);
  layersRaise(index);
}

function fillGroups(index: usize, count: i32): void {
  const bytes = layerAt(index, 0) + <usize>get(index, INDEX_BYTES_AT);
  const places = pointer(index, INDEX_PLACE_OF);
  for (let slot = 0; slot < count; slot++) {
    const byte = byteAt(slot);
    // Where there is no node there is no place either.
    if (byte != 0) store<u8>(bytes + <usize>load<i32>(places + ((<usize>slot) << 2)), byte);
  }
}

/**
 * Places are slots, and nobody asks how many are feasible. Four in a round: what a round costs beside is as much as a node.
 * Compiled once for each constant `isMarking`: whether blocks are to be marked.
 */
@inline
function putInPlace(index: usize, count: i32, isMarking: bool): void {
  const bytes = layerAt(index, 0) + <usize>get(index, INDEX_BYTES_AT);
  const marks = layerAt(index, 0) + <usize>get(index, INDEX_MARKS_AT);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const four = bytesAt(i);
    putAt(bytes, marks, pendingAt(i), four, isMarking);
    putAt(bytes, marks, pendingAt(i + 1), four >> 8, isMarking);
    putAt(bytes, marks, pendingAt(i + 2), four >> 16, isMarking);
    putAt(bytes, marks, pendingAt(i + 3), four >> 24, isMarking);
  }
  for (; i < count; i++) putAt(bytes, marks, pendingAt(i), byteAt(i), isMarking);
}

@inline
function putAt(bytes: usize, marks: usize, slot: i32, byte: u32, isMarking: bool): void {
  store<u8>(bytes + <usize>slot, <u8>byte);
  if (isMarking) store<u8>(marks + <usize>(slot >> 6), MARK);
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
