// Layers: one maximum tree for all nodes with equal counts of the pods that the class looks for on single nodes. A placement
// moves one byte from one layer to another.

import { arenaAlloc, arenaFree, arenaFreeZeros } from "../arena";
import { journalFound } from "../journal";
import { blockTop, countEqual, MARK, rowTop, takeMarks } from "../max-tree";
import { topsOf } from "./groups";
import {
  get,
  GROUP_BLOCK,
  GROUP_BLOCKS,
  GROUP_TOP,
  groupAt,
  groupOf,
  INDEX_BLOCK_TOP,
  INDEX_BYTES_AT,
  INDEX_COMPONENTS,
  INDEX_GROUP_TOPS_AT,
  INDEX_GROUPS,
  INDEX_IS_LOST,
  INDEX_LAYER_AT,
  INDEX_LAYER_BYTES,
  INDEX_LAYER_END,
  INDEX_LAYER_HINTS,
  INDEX_LAYERS,
  INDEX_MARKS_AT,
  INDEX_PLACE_OF,
  INDEX_PLACES,
  INDEX_TOPS_AT,
  INDEX_TRAITS,
  LAYER_COUNTS,
  LAYER_NODES,
  layerAt,
  MAX_CELLS,
  MAX_LAYERS,
  NO_LAYER,
  placeOf,
  pointer,
  set,
  topOffset,
} from "./fields";
import { byteAt } from "./local";
import { keysOf, movedIn, movedSlots, TRAIT_COUNTED } from "./traits";

const HINTS: u32 = 256;
/** So many nodes are put at a time: as many keys as there is room for. */
export const CHUNK: i32 = 256;
/** The keys of their layers, a row for each component. */
export const KEY_STRIDE: usize = 4 * 256;
export const KEYS: usize = memory.data(4 * 256 * 4, 16);

/** Lays out layers. False when memory is used up. */
export function layersBuild(index: usize): bool {
  const groups = get(index, INDEX_GROUPS);
  const tops = (<i32>LAYER_COUNTS + (groups << 2) + 15) & ~15;
  const marks = tops + topsOf(index);
  const groupTops = marks + topsOf(index);
  const bytes = (groupTops + groups + 15) & ~15;
  set(index, INDEX_TOPS_AT, tops);
  set(index, INDEX_MARKS_AT, marks);
  set(index, INDEX_GROUP_TOPS_AT, groupTops);
  set(index, INDEX_BYTES_AT, bytes);
  set(index, INDEX_LAYER_BYTES, bytes + get(index, INDEX_PLACES));
  const isLayered = get(index, INDEX_COMPONENTS) > 0;
  const layers = arenaAlloc(isLayered ? (<usize>(MAX_LAYERS + 1)) << 2 : 4);
  set(index, INDEX_LAYERS, <i32>layers);
  if (layers == 0) return false;
  if (!isLayered) return newLayer(index, 0) != 0;
  const at = arenaAlloc(<usize>get(index, INDEX_PLACES));
  const hints = arenaAlloc(<usize>HINTS);
  set(index, INDEX_LAYER_AT, <i32>at);
  set(index, INDEX_LAYER_HINTS, <i32>hints);
  return at != 0 && hints != 0;
}

function newLayer(index: usize, layer: i32): usize {
  const area = arenaAlloc(<usize>get(index, INDEX_LAYER_BYTES));
  store<u32>(pointer(index, INDEX_LAYERS) + ((<usize>layer) << 2), <u32>area);
  if (area != 0) set(index, INDEX_LAYER_END, max(get(index, INDEX_LAYER_END), layer + 1));
  return area;
}

function dropLayer(index: usize, layer: i32): void {
  arenaFree(layerAt(index, layer));
  store<u32>(pointer(index, INDEX_LAYERS) + ((<usize>layer) << 2), 0);
}

/** Empties all layers. */
export function layersClear(index: usize): void {
  if (get(index, INDEX_COMPONENTS) == 0) {
    memory.fill(layerAt(index, 0), 0, <usize>get(index, INDEX_LAYER_BYTES));
    return;
  }
  layersFree(index);
  set(index, INDEX_LAYER_END, 0);
  memory.fill(pointer(index, INDEX_LAYER_AT), <u8>NO_LAYER, <usize>get(index, INDEX_PLACES));
}

export function layersFree(index: usize): void {
  const layers = pointer(index, INDEX_LAYERS);
  if (layers == 0) return;
  for (let layer = 0, end = get(index, INDEX_LAYER_END); layer < end; layer++) dropLayer(index, layer);
}

/** The layer of a key, made when it is the first. NO_LAYER when there are too many: the index is lost. */
export function layerOf(index: usize, key: usize): i32 {
  const components = get(index, INDEX_COMPONENTS);
  const hint = pointer(index, INDEX_LAYER_HINTS) + <usize>hashOf(key, components);
  const hinted = load<u8>(hint);
  if (hasKey(layerAt(index, hinted), key, components)) return hinted;
  let free = MAX_LAYERS;
  const end = get(index, INDEX_LAYER_END);
  for (let layer = 0; layer < end; layer++) {
    const area = layerAt(index, layer);
    if (area == 0) free = min(free, layer);
    else if (hasKey(area, key, components)) {
      store<u8>(hint, <u8>layer);
      return layer;
    }
  }
  if (free == MAX_LAYERS) free = end;
  const area = free < MAX_LAYERS && (free + 1) * get(index, INDEX_GROUPS) <= MAX_CELLS ? newLayer(index, free) : 0;
  if (area == 0) {
    set(index, INDEX_IS_LOST, 1);
    return NO_LAYER;
  }
  for (let i = 0; i < components; i++) store<i32>(area + ((<usize>i) << 2), componentOf(key, i));
  store<u8>(hint, <u8>free);
  return free;
}

/** A component of a key in KEYS, given where its first one lies. */
@inline
function componentOf(key: usize, component: i32): i32 {
  return load<i32>(key + <usize>component * KEY_STRIDE);
}

function hashOf(key: usize, components: i32): u32 {
  let hash: u32 = 0;
  for (let i = 0; i < components; i++) hash = hash * 61 + <u32>componentOf(key, i);
  return hash & (HINTS - 1);
}

@inline
function hasKey(area: usize, key: usize, components: i32): bool {
  if (area == 0 || keyAt(area, 0) != componentOf(key, 0)) return false;
  for (let i = 1; i < components; i++) if (keyAt(area, i) != componentOf(key, i)) return false;
  return true;
}

/** One component of a layer's key. */
@inline
export function keyAt(area: usize, component: i32): i32 {
  return load<i32>(area + ((<usize>component) << 2));
}

/** Puts the bytes of the first `count` pending nodes where they belong. Of an index with layers. */
export function layersPut(index: usize, count: i32): void {
  const moved = movedIn(pointer(index, INDEX_TRAITS), TRAIT_COUNTED);
  if (moved < 0) {
    for (let from = 0; from < count; from += CHUNK) putWithKeys(index, from, min(count - from, CHUNK));
    return;
  }
  for (let i = 0; i < moved; i++) relayer(index, movedSlots() + ((<usize>i) << 2));
  put(index, 0, count, false);
}

/** Whatever layers the nodes were in. */
function putWithKeys(index: usize, from: i32, count: i32): void {
  const slots = journalFound() + ((<usize>from) << 2);
  keysOf(pointer(index, INDEX_TRAITS), get(index, INDEX_COMPONENTS), slots, count, KEYS, KEY_STRIDE);
  put(index, from, count, true);
}

/** Takes a node to the layer that its key of this moment says, and its byte with it; `slots` points to the slot. */
function relayer(index: usize, slots: usize): void {
  const place = placeOf(index, load<i32>(slots));
  const before = <i32>load<u8>(pointer(index, INDEX_LAYER_AT) + <usize>place);
  if (before == NO_LAYER) return;
  const after = layerAlone(index, slots);
  if (after == before) return;
  const byte = load<u8>(layerAt(index, before) + <usize>(get(index, INDEX_BYTES_AT) + place));
  move(index, place, before, after);
  if (after != NO_LAYER) putByte(index, layerAt(index, after), place, byte);
}

/** The layer of one node. */
function layerAlone(index: usize, slots: usize): i32 {
  keysOf(pointer(index, INDEX_TRAITS), get(index, INDEX_COMPONENTS), slots, 1, KEYS, KEY_STRIDE);
  return layerOf(index, KEYS);
}

/** `hasKeys`: of these nodes KEYS has the keys. Otherwise those that are in a layer are in the right one. */
@inline
function put(index: usize, from: i32, count: i32, hasKeys: bool): void {
  const slots = journalFound() + ((<usize>from) << 2);
  const layerOfPlace = pointer(index, INDEX_LAYER_AT);
  const areas = pointer(index, INDEX_LAYERS);
  const places = pointer(index, INDEX_PLACE_OF);
  const topOfBlock = pointer(index, INDEX_BLOCK_TOP);
  const bytesAt = <usize>get(index, INDEX_BYTES_AT);
  const marksAt = <usize>get(index, INDEX_MARKS_AT);
  for (let i = 0; i < count; i++) {
    const byte = byteAt(from + i);
    const slot = load<i32>(slots + ((<usize>i) << 2));
    const place = places == 0 ? slot : load<i32>(places + ((<usize>slot) << 2));
    const before = <i32>load<u8>(layerOfPlace + <usize>place);
    let layer = before;
    if (byte == 0) layer = NO_LAYER;
    else if (hasKeys) layer = layerOf(index, KEYS + ((<usize>i) << 2));
    else if (before == NO_LAYER) layer = layerAlone(index, slots + ((<usize>i) << 2));
    if (layer != before) move(index, place, before, layer);
    if (layer == NO_LAYER) continue;
    const area = load<usize>(areas + ((<usize>layer) << 2));
    const block = <usize>(place >> 6);
    store<u8>(area + bytesAt + <usize>place, byte);
    store<u8>(area + marksAt + (topOfBlock == 0 ? block : <usize>load<u32>(topOfBlock + (block << 2))), MARK);
  }
}

function move(index: usize, place: i32, before: i32, after: i32): void {
  store<u8>(pointer(index, INDEX_LAYER_AT) + <usize>place, <u8>after);
  if (before != NO_LAYER) leave(index, before, place);
  if (after == NO_LAYER) return;
  const area = layerAt(index, after);
  set(area, LAYER_NODES, get(area, LAYER_NODES) + 1);
  countIn(index, area, place, 1);
}

function leave(index: usize, layer: i32, place: i32): void {
  const area = layerAt(index, layer);
  const nodes = get(area, LAYER_NODES) - 1;
  set(area, LAYER_NODES, nodes);
  countIn(index, area, place, -1);
  putByte(index, area, place, 0);
  if (nodes == 0) giveLayer(index, layer, area);
}

/**
 * Gives back the area of a layer that its last node left. Its bytes and counts are zeros already: where pods seek their like, a
 * layer begins and ends with every placement.
 */
function giveLayer(index: usize, layer: i32, area: usize): void {
  raiseLayer(index, area);
  memory.fill(area, 0, LAYER_COUNTS);
  arenaFreeZeros(area);
  store<u32>(pointer(index, INDEX_LAYERS) + ((<usize>layer) << 2), 0);
}

@inline
export function countIn(index: usize, area: usize, place: i32, change: i32): void {
  const count = area + LAYER_COUNTS + ((<usize>groupOf(index, place)) << 2);
  store<i32>(count, load<i32>(count) + change);
}

@inline
function putByte(index: usize, area: usize, place: i32, byte: u8): void {
  store<u8>(area + <usize>(get(index, INDEX_BYTES_AT) + place), byte);
  store<u8>(area + <usize>get(index, INDEX_MARKS_AT) + topOffset(index, place), MARK);
}

/** Brings the tops of the marked blocks up to their bytes, and those of their groups. */
export function layersRaise(index: usize): void {
  for (let layer = 0, end = get(index, INDEX_LAYER_END); layer < end; layer++) {
    const area = layerAt(index, layer);
    if (area != 0) raiseLayer(index, area);
  }
}

/** Makes all tops of a layer, and where there are groups or layers its counts; nothing is marked. */
export function layerRaiseAll(index: usize, layer: i32): void {
  const area = layerAt(index, layer);
  const isCounting = (get(index, INDEX_PLACE_OF) | get(index, INDEX_COMPONENTS)) != 0;
  let all = 0;
  for (let group = 0, groups = get(index, INDEX_GROUPS); group < groups; group++) {
    const entry = groupAt(index, group);
    const tops = area + <usize>(get(index, INDEX_TOPS_AT) + get(entry, GROUP_TOP));
    const blocks = get(entry, GROUP_BLOCKS);
    const bytes = area + <usize>(get(index, INDEX_BYTES_AT) + (get(entry, GROUP_BLOCK) << 6));
    for (let block = 0; block < blocks; block++) {
      store<u8>(tops + <usize>block, blockTop(bytes + ((<usize>block) << 6)));
    }
    store<u8>(area + <usize>(get(index, INDEX_GROUP_TOPS_AT) + group), rowTop(tops, <usize>((blocks + 15) & ~15)));
    if (!isCounting) continue;
    const nodes = (blocks << 6) - countEqual(bytes, (<usize>blocks) << 6, 0);
    set(area, LAYER_COUNTS + ((<usize>group) << 2), nodes);
    all += nodes;
  }
  set(area, LAYER_NODES, all);
}

function raiseLayer(index: usize, area: usize): void {
  for (let group = 0, groups = get(index, INDEX_GROUPS); group < groups; group++) raiseGroup(index, area, group);
}

function raiseGroup(index: usize, area: usize, group: i32): void {
  const entry = groupAt(index, group);
  const tops = area + <usize>(get(index, INDEX_TOPS_AT) + get(entry, GROUP_TOP));
  const marks = area + <usize>(get(index, INDEX_MARKS_AT) + get(entry, GROUP_TOP));
  const bytes = area + <usize>(get(index, INDEX_BYTES_AT) + (get(entry, GROUP_BLOCK) << 6));
  const end = <usize>((get(entry, GROUP_BLOCKS) + 15) & ~15);
  let isMarked = false;
  for (let from: usize = 0; from < end; from += 16) {
    let bits = takeMarks(marks + from);
    if (bits == 0) continue;
    isMarked = true;
    do {
      const block = from + <usize>ctz(bits);
      store<u8>(tops + block, blockTop(bytes + (block << 6)));
      bits &= bits - 1;
    } while (bits != 0);
  }
  if (isMarked) store<u8>(area + <usize>(get(index, INDEX_GROUP_TOPS_AT) + group), rowTop(tops, end));
}

/** How many feasible nodes a cell has. */
@inline
export function cellCount(area: usize, group: i32): i32 {
  return load<i32>(area + LAYER_COUNTS + ((<usize>group) << 2));
}

/** The largest byte of a cell, 0 without feasible nodes. */
@inline
export function cellTop(index: usize, area: usize, group: i32): i32 {
  return load<u8>(area + <usize>(get(index, INDEX_GROUP_TOPS_AT) + group));
}
