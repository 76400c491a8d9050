// Filling the layers of an index that is made: all nodes at once, slot after slot, where layers.ts moves single nodes.
//
// Sixteen nodes a vector, without a branch on what one of them holds: of a chunk of nodes those with the key of the first one go
// to its layer, then those with the key of the first that is left, until none is. Most chunks hold one key, or two.

import { journalFound } from "../journal";
import { equalSixteen } from "../lanes";
import { columnPtr } from "../nodes";
import {
  get,
  INDEX_BYTES_AT,
  INDEX_COMPONENTS,
  INDEX_LAYER_AT,
  INDEX_LAYER_END,
  INDEX_LAYERS,
  INDEX_PLACE_OF,
  INDEX_TRAITS,
  layerAt,
  NO_LAYER,
  placeOf,
  pointer,
} from "./fields";
import { CHUNK, KEY_STRIDE, KEYS, layerOf, layerRaiseAll } from "./layers";
import { byteAt, bytesEnd, bytesFrom } from "./local";
import { keysOf, movedIn, trait, TRAIT_COUNTED, traitCount } from "./traits";

/** The bytes of those of a chunk that are in no layer yet, and the layers of all. */
const rest: usize = memory.data(256, 16);
const chosen: usize = memory.data(256, 16);

/** Puts the first `count` slots, which were evaluated, into layers that are empty, and makes the tops. */
export function layersFill(index: usize, count: i32): void {
  // From here on moves tell.
  movedIn(pointer(index, INDEX_TRAITS), TRAIT_COUNTED);
  if (ASC_FEATURE_SIMD) bytesEnd(count);
  for (let from = 0; from < count; from += CHUNK) fillChunk(index, from, min(count - from, CHUNK));
  for (let layer = 0, end = get(index, INDEX_LAYER_END); layer < end; layer++) layerRaiseAll(index, layer);
}

function fillChunk(index: usize, from: i32, count: i32): void {
  memory.fill(chosen, <u8>NO_LAYER, <usize>CHUNK);
  if (!ASC_FEATURE_SIMD) {
    chooseEach(index, from, count);
    scatter(index, from, count);
    return;
  }
  keysFrom(index, from, count);
  const end = (count + 15) & ~15;
  memory.copy(rest, bytesFrom(from), <usize>end);
  for (let first = nextLeft(0, end); first < end; first = nextLeft(first, end)) {
    const layer = layerOf(index, KEYS + ((<usize>first) << 2));
    if (layer == NO_LAYER) return;
    take(index, from, first, end, layer);
  }
  if (pointer(index, INDEX_PLACE_OF) != 0) scatter(index, from, count);
  else memory.copy(pointer(index, INDEX_LAYER_AT) + <usize>from, chosen, <usize>end);
}

/** The first node of the chunk from `from` on that is feasible and in no layer, or `end`. */
function nextLeft(from: i32, end: i32): i32 {
  for (let i = from & ~15; i < end; i += 16) {
    const left = i8x16.bitmask(i8x16.ne(v128.load(rest + <usize>i), i8x16.splat(0)));
    if (left != 0) return i + ctz(left);
  }
  return end;
}

/** Takes the nodes with the key of the `first` one to its layer: there at once where places are slots. */
function take(index: usize, from: i32, first: i32, end: i32, layer: i32): void {
  const components = get(index, INDEX_COMPONENTS);
  const isByPlace = pointer(index, INDEX_PLACE_OF) == 0;
  const bytes = layerAt(index, layer) + <usize>(get(index, INDEX_BYTES_AT) + from);
  for (let i: usize = first & ~15; i < <usize>end; i += 16) {
    let isHere = equalSixteen(KEYS + (i << 2), v128.load32_splat(KEYS + ((<usize>first) << 2)));
    for (let c: usize = 1; c < <usize>components; c++) {
      const row = KEYS + c * KEY_STRIDE;
      isHere = v128.and(isHere, equalSixteen(row + (i << 2), v128.load32_splat(row + ((<usize>first) << 2))));
    }
    const left = v128.load(rest + i);
    const taken = v128.and(left, isHere);
    v128.store(rest + i, v128.xor(left, taken));
    const isTaken = i8x16.ne(taken, i8x16.splat(0));
    v128.store(chosen + i, v128.bitselect(i8x16.splat(<i8>layer), v128.load(chosen + i), isTaken));
    if (isByPlace) v128.store(bytes + i, taken);
  }
}

/** The boring form: the layer of each node by its key. Where there is no node there is no place either. */
function chooseEach(index: usize, from: i32, count: i32): void {
  const slots = journalFound() + ((<usize>from) << 2);
  keysOf(pointer(index, INDEX_TRAITS), get(index, INDEX_COMPONENTS), slots, count, KEYS, KEY_STRIDE);
  for (let i = 0; i < count; i++) {
    if (byteAt(from + i) != 0) store<u8>(chosen + <usize>i, <u8>layerOf(index, KEYS + ((<usize>i) << 2)));
  }
}

/** Puts each byte by itself into the layer that was chosen for it. */
function scatter(index: usize, from: i32, count: i32): void {
  const layerOfPlace = pointer(index, INDEX_LAYER_AT);
  const areas = pointer(index, INDEX_LAYERS);
  const bytesAt = <usize>get(index, INDEX_BYTES_AT);
  for (let i = 0; i < count; i++) {
    const layer = load<u8>(chosen + <usize>i);
    if (layer == <u8>NO_LAYER) continue;
    const place = <usize>placeOf(index, from + i);
    store<u8>(layerOfPlace + place, layer);
    store<u8>(load<usize>(areas + ((<usize>layer) << 2)) + bytesAt + place, byteAt(from + i));
  }
}

/** As keysOf, of `count` slots that follow each other. Columns go on to whole vectors. */
function keysFrom(index: usize, from: i32, count: i32): void {
  const traits = pointer(index, INDEX_TRAITS);
  for (let i = 0, n = get(index, INDEX_COMPONENTS); i < n; i++) memory.fill(KEYS + (<usize>i) * KEY_STRIDE, 0, KEY_STRIDE);
  for (let i = 0, n = traitCount(traits, TRAIT_COUNTED); i < n; i++) {
    const item = trait(traits, TRAIT_COUNTED, i);
    const tally = get(item, 4);
    if (tally < 0) continue;
    const row = KEYS + (<usize>get(item, 0)) * KEY_STRIDE;
    const offset = (<usize>from) << 2;
    const included = get(item, 16);
    const marks: usize = included < 0 ? 0 : columnPtr(included) + <usize>from;
    addKeys(row, columnPtr(tally) + offset, columnPtr(get(item, 8)) + offset, get(item, 12), marks, <usize>count);
  }
}

/** Of four slots at a time; `weight` 0 says of which there are none, `included` 0 that all count. */
function addKeys(row: usize, tally: usize, values: usize, weight: i32, included: usize, count: usize): void {
  const zero = i32x4.splat(0);
  for (let i: usize = 0; i < count; i += 4) {
    const at = i << 2;
    const labeled = v128.and(v128.load(tally + at), i32x4.ne(v128.load(values + at), zero));
    const key = v128.load(row + at);
    if (weight == 0) {
      v128.store(row + at, v128.or(key, i32x4.le_s(labeled, zero)));
      continue;
    }
    let more = i32x4.mul(labeled, i32x4.splat(weight));
    if (included != 0) {
      const marks = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(included + i)));
      more = v128.and(more, i32x4.ne(marks, zero));
    }
    v128.store(row + at, i32x4.add(key, more));
  }
}
