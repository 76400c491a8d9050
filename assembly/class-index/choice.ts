// The answer of an index: the best node of a class, first among equals by slot or drawn as a scan draws.

import { classField } from "../class-block";
import { CLASS_WEIGHT_TAINTS, STATE_FREE } from "../layout";
import { countEqual, firstEqual } from "../max-tree";
import { nodesCount, stateAt } from "../nodes";
import { setRunTotal } from "../scan";
import { STATUS_LOST, STATUS_NONE } from "../status";
import { tiePick } from "../ties";
import { catchUp } from "./catch-up";
import { cellsLayer, cellsLayers, cellsTop, cellsTotal, judgeCells } from "./cells";
import {
  get,
  GROUP_BLOCK,
  GROUP_BLOCKS,
  GROUP_TOP,
  groupAt,
  groupOf,
  INDEX_BODY,
  INDEX_BYTES_AT,
  INDEX_CLASS,
  INDEX_GROUPS,
  INDEX_IS_LOST,
  INDEX_IS_PLAIN,
  INDEX_NARROW,
  INDEX_TOPS_AT,
  layerAt,
  placeOf,
  pointer,
  slotAt,
} from "./fields";
import { cellTop } from "./layers";
import { narrowRun } from "./narrow";

/** The slot a pod of the class goes to, STATUS_NONE, or STATUS_LOST: ask a scan, now and from now on. */
export function indexRun(index: usize, isRandom: i32, seed: u32, number: u32): i32 {
  const narrow = pointer(index, INDEX_NARROW);
  if (narrow != 0) return narrowRun(pointer(index, INDEX_CLASS), narrow, isRandom, seed, number);
  const body = pointer(index, INDEX_BODY);
  if ((get(index, INDEX_IS_LOST) | get(body, INDEX_IS_LOST)) != 0) return STATUS_LOST;
  catchUp(body);
  if (get(body, INDEX_IS_LOST) != 0) return STATUS_LOST;
  if (get(index, INDEX_IS_PLAIN) != 0) return runPlain(index, isRandom, seed, number);
  judgeCells(index);
  if (get(index, INDEX_IS_LOST) != 0) return STATUS_LOST;
  return choose(index, isRandom, seed, number);
}

/** One group in one layer: the largest byte is the best node. */
function runPlain(index: usize, isRandom: i32, seed: u32, number: u32): i32 {
  const area = layerAt(index, 0);
  const top = cellTop(index, area, 0);
  if (top == 0) return STATUS_NONE;
  setRunTotal(100 * classField(pointer(index, INDEX_CLASS), CLASS_WEIGHT_TAINTS) + <f64>(top - 1));
  if (isRandom == 0) return slotAt(index, firstPlace(index, area, 0, top));
  return slotAt(index, nthPlace(index, area, 0, top, tiePick(seed, number, countPlaces(index, area, 0, top))));
}

/** The best of the cells that judgeCells has weighed. */
function choose(index: usize, isRandom: i32, seed: u32, number: u32): i32 {
  const groups = get(index, INDEX_GROUPS);
  const cells = cellsLayers() * groups;
  let best: f64 = -Infinity;
  for (let cell = 0; cell < cells; cell++) if (cellsTop(cell) != 0) best = max(best, cellsTotal(cell));
  if (best == -Infinity) return STATUS_NONE;
  setRunTotal(best);
  let first = i32.MAX_VALUE;
  let ties = 0;
  for (let cell = 0; cell < cells; cell++) {
    const top = cellsTop(cell);
    if (top == 0 || cellsTotal(cell) != best) continue;
    const area = cellsLayer(cell / groups);
    first = min(first, slotAt(index, firstPlace(index, area, cell % groups, top)));
    if (isRandom != 0) ties += countPlaces(index, area, cell % groups, top);
  }
  return isRandom == 0 || ties < 2 ? first : nthEqual(index, best, first, tiePick(seed, number, ties));
}

/** The first place of a cell with its top. */
function firstPlace(index: usize, area: usize, group: i32, top: i32): i32 {
  const entry = groupAt(index, group);
  const tops = area + <usize>(get(index, INDEX_TOPS_AT) + get(entry, GROUP_TOP));
  const block = get(entry, GROUP_BLOCK) + firstEqual(tops, padded(entry), <u8>top);
  const bytes = area + <usize>(get(index, INDEX_BYTES_AT) + (block << 6));
  return (block << 6) + firstEqual(bytes, 64, <u8>top);
}

/** How many places of a cell have its top. */
function countPlaces(index: usize, area: usize, group: i32, top: i32): i32 {
  const entry = groupAt(index, group);
  const bytes = area + <usize>(get(index, INDEX_BYTES_AT) + (get(entry, GROUP_BLOCK) << 6));
  return countEqual(bytes, (<usize>get(entry, GROUP_BLOCKS)) << 6, <u8>top);
}

/** The place of a cell that has its top and `skip` others before it. */
function nthPlace(index: usize, area: usize, group: i32, top: i32, skip: i32): i32 {
  const entry = groupAt(index, group);
  const bytes = area + <usize>get(index, INDEX_BYTES_AT);
  let place = get(entry, GROUP_BLOCK) << 6;
  let found = countEqual(bytes + <usize>place, 64, <u8>top);
  while (found <= skip) {
    skip -= found;
    place += 64;
    found = countEqual(bytes + <usize>place, 64, <u8>top);
  }
  while (load<u8>(bytes + <usize>place) != <u8>top || skip-- > 0) place++;
  return place;
}

/** The slot with the best total that has `skip` others before it, over all cells. */
function nthEqual(index: usize, best: f64, from: i32, skip: i32): i32 {
  const groups = get(index, INDEX_GROUPS);
  for (let slot = from, n = nodesCount(); slot < n; slot++) {
    if (stateAt(slot) == STATE_FREE) continue;
    const place = placeOf(index, slot);
    const group = groupOf(index, place);
    for (let i = 0, layers = cellsLayers(); i < layers; i++) {
      const cell = i * groups + group;
      const top = cellsTop(cell);
      if (top == 0 || cellsTotal(cell) != best) continue;
      if (<i32>load<u8>(cellsLayer(i) + <usize>(get(index, INDEX_BYTES_AT) + place)) != top) continue;
      if (skip-- == 0) return slot;
    }
  }
  return STATUS_NONE;
}

@inline
function padded(entry: usize): usize {
  return <usize>((get(entry, GROUP_BLOCKS) + 15) & ~15);
}
