// Layers: one maximum tree for all nodes with equal counts of the pods that the class looks for on single nodes. A placement
// moves one byte from one layer to another.

import { arenaAlloc, arenaFree } from "../arena";
import { blockTop, rowTop } from "../max-tree";
import { topsOf } from "./groups";
import {
  get,
  GROUP_BLOCKS,
  GROUP_TOP,
  groupAt,
  groupOf,
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
  INDEX_PLACES,
  INDEX_TOPS_AT,
  INDEX_TRAITS,
  LAYER_COUNTS,
  LAYER_NODES,
  layerAt,
  MAX_CELLS,
  MAX_LAYERS,
  NO_LAYER,
  pointer,
  set,
  topOffset,
} from "./fields";
import { componentAt } from "./traits";

const HINTS: u32 = 256;

/** Lays out layers. False when memory is used up. */
export function layersBuild(index: usize): bool {
  const groups = get(index, INDEX_GROUPS);
  const tops = (<i32>LAYER_COUNTS + (groups << 2) + 15) & ~15;
  const groupTops = tops + topsOf(index);
  const bytes = (groupTops + groups + 15) & ~15;
  set(index, INDEX_TOPS_AT, tops);
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

/** The layer of a node by its counts, made when it is the first. NO_LAYER when there are too many: the index is lost. */
function layerOf(index: usize, slot: i32): i32 {
  const traits = pointer(index, INDEX_TRAITS);
  const components = get(index, INDEX_COMPONENTS);
  const first = componentAt(traits, 0, slot);
  const second = components > 1 ? componentAt(traits, 1, slot) : 0;
  const third = components > 2 ? componentAt(traits, 2, slot) : 0;
  const fourth = components > 3 ? componentAt(traits, 3, slot) : 0;
  const hash = (<u32>first + <u32>second * 61 + <u32>third * 17 + <u32>fourth * 5) & (HINTS - 1);
  const hint = pointer(index, INDEX_LAYER_HINTS) + <usize>hash;
  const hinted = load<u8>(hint);
  if (hasKey(layerAt(index, hinted), first, second, third, fourth)) return hinted;
  let free = MAX_LAYERS;
  const end = get(index, INDEX_LAYER_END);
  for (let layer = 0; layer < end; layer++) {
    const area = layerAt(index, layer);
    if (area == 0) free = min(free, layer);
    else if (hasKey(area, first, second, third, fourth)) {
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
  store<i32>(area, first);
  store<i32>(area, second, 4);
  store<i32>(area, third, 8);
  store<i32>(area, fourth, 12);
  store<u8>(hint, <u8>free);
  return free;
}

@inline
function hasKey(area: usize, first: i32, second: i32, third: i32, fourth: i32): bool {
  return (
    area != 0 && load<i32>(area) == first && load<i32>(area, 4) == second && load<i32>(area, 8) == third &&
    load<i32>(area, 12) == fourth
  );
}

/** One component of a layer's key. */
@inline
export function keyAt(area: usize, component: i32): i32 {
  return load<i32>(area + ((<usize>component) << 2));
}

/** Puts a node's byte where it belongs, tops included. Of an index with layers. */
export function putByte(index: usize, slot: i32, place: i32, byte: u8): void {
  const at = pointer(index, INDEX_LAYER_AT) + <usize>place;
  const before = <i32>load<u8>(at);
  const after = byte == 0 ? NO_LAYER : layerOf(index, slot);
  if (after == before) {
    if (after != NO_LAYER) storeByte(index, layerAt(index, after), place, byte);
    return;
  }
  store<u8>(at, <u8>after);
  if (before != NO_LAYER) leave(index, before, place);
  if (after == NO_LAYER) return;
  const area = layerAt(index, after);
  set(area, LAYER_NODES, get(area, LAYER_NODES) + 1);
  countIn(index, area, place, 1);
  storeByte(index, area, place, byte);
}

function leave(index: usize, layer: i32, place: i32): void {
  const area = layerAt(index, layer);
  const nodes = get(area, LAYER_NODES) - 1;
  if (nodes == 0) {
    dropLayer(index, layer);
    return;
  }
  set(area, LAYER_NODES, nodes);
  countIn(index, area, place, -1);
  storeByte(index, area, place, 0);
}

@inline
function countIn(index: usize, area: usize, place: i32, change: i32): void {
  const count = area + LAYER_COUNTS + ((<usize>groupOf(index, place)) << 2);
  store<i32>(count, load<i32>(count) + change);
}

function storeByte(index: usize, area: usize, place: i32, byte: u8): void {
  const bytes = area + <usize>get(index, INDEX_BYTES_AT);
  store<u8>(bytes + <usize>place, byte);
  const at = area + <usize>get(index, INDEX_TOPS_AT) + topOffset(index, place);
  const before = load<u8>(at);
  const after = blockTop(bytes + <usize>(place & ~63));
  store<u8>(at, after);
  const group = groupOf(index, place);
  const top = <u8>cellTop(index, area, group);
  if (after >= top || before == top) groupTop(index, area, group);
}

/** Brings the top of one group in a layer up to its blocks' tops. */
export function groupTop(index: usize, area: usize, group: i32): void {
  const entry = groupAt(index, group);
  const tops = area + <usize>(get(index, INDEX_TOPS_AT) + get(entry, GROUP_TOP));
  const top = rowTop(tops, <usize>((get(entry, GROUP_BLOCKS) + 15) & ~15));
  store<u8>(area + <usize>(get(index, INDEX_GROUP_TOPS_AT) + group), top);
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
