/** Some kinds of a model and a bin of one type, side by side: who looks at few kinds over and over passes over few. */

import type { Model } from "./model.js";

/** A frame is made narrower where no more than this part of its places is left. */
const NARROW = 0.8;
const NO_BASIS = new Int32Array();

/** Everything goes by places, of which there are `count`: the arrays may be longer. */
export class Frame {
  type = 0;
  count = 0;
  /** By place, ascending. */
  readonly kinds: Int32Array;
  /** None is below 0. */
  readonly prices: Float64Array;
  /** [place * dimensions + dimension] */
  readonly sizes: Float64Array;
  /** The same as parts of the bin: [dimension * count + place] */
  readonly rows: Float64Array;
  /** What items take of the dimension that has few whole units, where there is one. */
  readonly units: Int32Array;

  constructor(most: number, dimensions: number) {
    this.kinds = new Int32Array(most);
    this.prices = new Float64Array(most);
    this.sizes = new Float64Array(most * dimensions);
    this.rows = new Float64Array(most * dimensions);
    this.units = new Int32Array(most);
  }
}

/** Contents between two limits, and the most valuable of them if it may hold parts of items. Of each frame's place; the arrays may be longer. */
export class Box {
  frame: Frame;
  /** At least and at most so many items. */
  readonly least: Int32Array;
  readonly most: Int32Array;
  /** No content of whole items is worth more. */
  bound = 0;
  /** The same where items may be cut to fit: what multipliers and gains come to. */
  linear = 0;
  readonly amounts: Float64Array;
  /** Worth of one unit of each dimension, as a fraction of the bin. */
  readonly multipliers: Float64Array;
  /** What one item is worth beyond the room that it takes. */
  readonly gains: Float64Array;
  /** Places, and after them dimensions: to begin the next one with. */
  readonly basis: Int32Array;

  constructor(frame: Frame, most: number, dimensions: number) {
    this.frame = frame;
    this.least = new Int32Array(most);
    this.most = new Int32Array(most);
    this.amounts = new Float64Array(most);
    this.multipliers = new Float64Array(dimensions);
    this.gains = new Float64Array(most);
    this.basis = new Int32Array(dimensions);
  }
}

/** Makes frames of one model. */
export class Frames {
  readonly #model: Model;
  readonly #units: Int32Array | undefined;
  /** By type: sizes as parts of the bin, [dimension * kindCount + kind]. */
  readonly #rows: (Float64Array | undefined)[];
  readonly #isWanted: Uint8Array;
  readonly #chosen: Int32Array;
  /** By kind or place, of those that were chosen last. */
  readonly #places: Int32Array;

  constructor(model: Model, units: Int32Array | undefined) {
    const { kindCount, dimensions, typeCount } = model;
    this.#model = model;
    this.#units = units;
    this.#rows = new Array(typeCount);
    this.#isWanted = new Uint8Array(kindCount + dimensions);
    this.#chosen = new Int32Array(kindCount);
    this.#places = new Int32Array(kindCount);
  }

  rowsOf(type: number): Float64Array {
    const known = this.#rows[type];
    if (known !== undefined) return known;
    const { kindCount, dimensions, sizes, capacity } = this.#model;
    const rows = new Float64Array(dimensions * kindCount);
    for (let d = 0; d < dimensions; d++) {
      const whole = capacity[type * dimensions + d]! || 1;
      for (let kind = 0; kind < kindCount; kind++) rows[d * kindCount + kind] = sizes[kind * dimensions + d]! / whole;
    }
    this.#rows[type] = rows;
    return rows;
  }

  /**
   * Fills the frame with the kinds of which there may be some and that are worth something.
   *
   * @param basis of kinds, and after all of them dimensions: its kinds are in the frame in any case
   * @param start is written: the basis by places
   */
  fill(
    frame: Frame,
    type: number,
    prices: Float64Array,
    most: Int32Array,
    basis: Int32Array | undefined,
    start: Int32Array,
  ): void {
    const { kindCount, dimensions, sizes } = this.#model;
    const [isWanted, chosen, places, rows] = [this.#isWanted, this.#chosen, this.#places, this.rowsOf(type)];
    const units = this.#units;
    const wanted = basis ?? NO_BASIS;
    for (let row = 0; row < wanted.length; row++) isWanted[wanted[row]!] = 1;
    let count = 0;
    for (let kind = 0; kind < kindCount; kind++) {
      if ((most[kind]! > 0 && prices[kind]! > 0) || isWanted[kind] === 1) {
        places[kind] = count;
        chosen[count++] = kind;
      }
    }
    for (let row = 0; row < wanted.length; row++) isWanted[wanted[row]!] = 0;
    frame.type = type;
    frame.count = count;
    for (let place = 0; place < count; place++) {
      const kind = chosen[place]!;
      frame.kinds[place] = kind;
      frame.prices[place] = Math.max(0, prices[kind]!);
      if (units !== undefined) frame.units[place] = units[kind]!;
      for (let d = 0; d < dimensions; d++) {
        frame.sizes[place * dimensions + d] = sizes[kind * dimensions + d]!;
        frame.rows[d * count + place] = rows[d * kindCount + kind]!;
      }
    }
    for (let row = 0; row < wanted.length; row++) {
      start[row] = wanted[row]! < kindCount ? places[wanted[row]!]! : wanted[row]! - kindCount + count;
    }
  }

  /** Gives the box a frame without the places where there can be none, if these are many. What it gains is not kept. */
  narrow(box: Box): void {
    const { frame, least, most, amounts, basis } = box;
    const { dimensions } = this.#model;
    const before = frame.count;
    const [chosen, places, isWanted] = [this.#chosen, this.#places, this.#isWanted];
    for (let row = 0; row < dimensions; row++) isWanted[basis[row]!] = 1;
    let count = 0;
    for (let place = 0; place < before; place++) {
      if (most[place]! > 0 || isWanted[place] === 1) {
        places[place] = count;
        chosen[count++] = place;
      }
    }
    for (let row = 0; row < dimensions; row++) isWanted[basis[row]!] = 0;
    if (count > before * NARROW) return;
    const narrow = new Frame(count, dimensions);
    narrow.type = frame.type;
    narrow.count = count;
    for (let place = 0; place < count; place++) {
      const old = chosen[place]!;
      narrow.kinds[place] = frame.kinds[old]!;
      narrow.prices[place] = frame.prices[old]!;
      narrow.units[place] = frame.units[old]!;
      for (let d = 0; d < dimensions; d++) {
        narrow.sizes[place * dimensions + d] = frame.sizes[old * dimensions + d]!;
        narrow.rows[d * count + place] = frame.rows[d * before + old]!;
      }
      least[place] = least[old]!;
      most[place] = most[old]!;
      amounts[place] = amounts[old]!;
    }
    for (let row = 0; row < dimensions; row++) {
      basis[row] = basis[row]! < before ? places[basis[row]!]! : basis[row]! - before + count;
    }
    box.frame = narrow;
  }
}

/** By kind. */
export function byKind(frame: Frame, counts: Int32Array, kindCount: number): Int32Array {
  const all = new Int32Array(kindCount);
  writeByKind(frame, counts, all);
  return all;
}

export function writeByKind({ kinds, count }: Frame, counts: Int32Array, all: Int32Array): void {
  for (let kind = 0; kind < all.length; kind++) all[kind] = 0;
  for (let place = 0; place < count; place++) all[kinds[place]!] = counts[place]!;
}

/** Writes what is left of the bin, by dimension. */
export function roomBeside(
  { type, count, sizes }: Frame,
  counts: Int32Array,
  { dimensions, capacity }: Model,
  room: Float64Array,
): void {
  for (let d = 0; d < dimensions; d++) room[d] = capacity[type * dimensions + d]!;
  for (let place = 0; place < count; place++) {
    const items = counts[place]!;
    if (items === 0) continue;
    for (let d = 0; d < dimensions; d++) room[d]! -= items * sizes[place * dimensions + d]!;
  }
}

export function isOverfull(room: Float64Array): boolean {
  for (let d = 0; d < room.length; d++) if (room[d]! < 0) return true;
  return false;
}

/** Of items of each kind. */
export function worthOf(counts: Int32Array, prices: Float64Array): number {
  let worth = 0;
  for (let kind = 0; kind < counts.length; kind++) worth += counts[kind]! * prices[kind]!;
  return worth;
}
