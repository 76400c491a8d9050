// Catching up: an index looks again at the nodes that changed since it last looked, or at all of them.
//
// With one layer this is three loops without a branch on data: evaluate, store the bytes, recompute the tops of the blocks
// touched. They are not one loop, because loading a block right behind the store of one of its bytes stalls.

import { journalRead, pendingAt } from "../journal";
import { blockTop } from "../max-tree";
import { nodesCount, stateAt } from "../nodes";
import { STATE_FREE } from "../layout";
import {
  get,
  groupOf,
  INDEX_BLOCK_GROUP,
  INDEX_BLOCK_TOP,
  INDEX_BYTES_AT,
  INDEX_COMPONENTS,
  INDEX_GROUPS,
  INDEX_PLACE_OF,
  INDEX_PLACES,
  INDEX_SEEN,
  INDEX_TOPS_AT,
  LAYER_COUNTS,
  layerAt,
  placeOf,
  pointer,
  topOffset,
} from "./fields";
import { groupTop, layersClear, putByte } from "./layers";
import { byteAt, evaluateAll, evaluatePending } from "./local";

/** Brings an index up to this moment. */
export function catchUp(index: usize): void {
  const count = journalRead(index + INDEX_SEEN);
  if (count < 0) rebuild(index);
  else if (count > 0) {
    evaluatePending(index, count);
    if (get(index, INDEX_COMPONENTS) == 0) storePending(index, count);
    else for (let i = 0; i < count; i++) putPending(index, i);
  }
}

function putPending(index: usize, i: i32): void {
  const slot = pendingAt(i);
  if (stateAt(slot) != STATE_FREE) putByte(index, slot, placeOf(index, slot), byteAt(i));
}

function storePending(index: usize, count: i32): void {
  const area = layerAt(index, 0);
  const bytes = area + <usize>get(index, INDEX_BYTES_AT);
  const tops = area + <usize>get(index, INDEX_TOPS_AT);
  if (pointer(index, INDEX_PLACE_OF) == 0) storeInPlace(bytes, tops, count);
  else storeInGroups(index, area, bytes, tops, count);
  const groups = get(index, INDEX_GROUPS);
  if (groups <= count) for (let group = 0; group < groups; group++) groupTop(index, area, group);
  else for (let i = 0; i < count; i++) groupTop(index, area, groupOf(index, placeOf(index, pendingAt(i))));
}

/** Places are slots, and nobody asks how many are feasible. */
function storeInPlace(bytes: usize, tops: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<u8>(bytes + <usize>pendingAt(i), byteAt(i));
  for (let i = 0; i < count; i++) {
    const block = pendingAt(i) >> 6;
    store<u8>(tops + <usize>block, blockTop(bytes + ((<usize>block) << 6)));
  }
}

function storeInGroups(index: usize, area: usize, bytes: usize, tops: usize, count: i32): void {
  const places = pointer(index, INDEX_PLACE_OF);
  const groupOfBlock = pointer(index, INDEX_BLOCK_GROUP);
  const topOfBlock = pointer(index, INDEX_BLOCK_TOP);
  for (let i = 0; i < count; i++) {
    const place = load<i32>(places + ((<usize>pendingAt(i)) << 2));
    const at = bytes + <usize>place;
    const byte = byteAt(i);
    const counts = area + LAYER_COUNTS + ((<usize>load<u16>(groupOfBlock + ((<usize>(place >> 6)) << 1))) << 2);
    store<i32>(counts, load<i32>(counts) + <i32>(byte != 0) - <i32>(load<u8>(at) != 0));
    store<u8>(at, byte);
  }
  for (let i = 0; i < count; i++) {
    const block = load<i32>(places + ((<usize>pendingAt(i)) << 2)) >> 6;
    const top = load<u32>(topOfBlock + ((<usize>block) << 2));
    store<u8>(tops + <usize>top, blockTop(bytes + ((<usize>block) << 6)));
  }
}

/** Evaluates every node. */
export function rebuild(index: usize): void {
  layersClear(index);
  evaluateAll(index);
  const isLayered = get(index, INDEX_COMPONENTS) > 0;
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    const byte = byteAt(slot);
    if (byte == 0) continue;
    if (isLayered) putByte(index, slot, placeOf(index, slot), byte);
    else firstByte(index, placeOf(index, slot), byte);
  }
  if (!isLayered) topAll(index, layerAt(index, 0));
}

@inline
function firstByte(index: usize, place: i32, byte: u8): void {
  const area = layerAt(index, 0);
  store<u8>(area + <usize>(get(index, INDEX_BYTES_AT) + place), byte);
  const counts = area + LAYER_COUNTS + ((<usize>groupOf(index, place)) << 2);
  store<i32>(counts, load<i32>(counts) + 1);
}

function topAll(index: usize, area: usize): void {
  const bytes = area + <usize>get(index, INDEX_BYTES_AT);
  const tops = area + <usize>get(index, INDEX_TOPS_AT);
  for (let place = 0, end = get(index, INDEX_PLACES); place < end; place += 64) {
    store<u8>(tops + topOffset(index, place), blockTop(bytes + <usize>place));
  }
  for (let group = 0, groups = get(index, INDEX_GROUPS); group < groups; group++) groupTop(index, area, group);
}
