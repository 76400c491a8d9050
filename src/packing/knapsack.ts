/** What the most valuable content of one bin is: bounds above it, good contents, and a search that closes in from both sides. */

import type { Effort } from "./effort.js";
import type { Model } from "./model.js";
import { maximize } from "./simplex.js";

/** A content that may hold parts of items, and what it is worth. No content of whole items is worth more than `bound`. */
export interface Relaxed {
  readonly bound: number;
  /** Items of each kind. */
  readonly amounts: Float64Array;
  /** Worth of one unit of each dimension, as a fraction of the bin. */
  readonly multipliers: Float64Array;
}

export interface Found {
  readonly counts: Int32Array;
  readonly value: number;
  /** No content is worth more; equal to `value` when the search came to its end. */
  readonly bound: number;
}

/** Limits within which a search looks: at least and at most so many items of each kind. */
export interface Box {
  readonly least: Int32Array;
  readonly most: Int32Array;
  readonly relaxed: Relaxed;
}

/** Steps of effort for one operation on a number in an inner loop. */
const STEP = 1 / 150;
/** Steps of effort for one call, beside its loops. */
const CALL = 4;
const WHOLE = 1e-6;
/** A bound is raised by this part of itself, which is more than rounding can take from it. */
const SLACK = 1e-12;

/** The knapsacks of one model, at any prices. */
export class Knapsacks {
  readonly #model: Model;
  readonly #effort: Effort;

  constructor(model: Model, effort: Effort) {
    this.#model = model;
    this.#effort = effort;
  }

  /** A bound from multipliers, whatever they are. */
  boundFrom(type: number, prices: Float64Array, multipliers: Float64Array): number {
    const { kindCount, dimensions, sizes, capacity, limits } = this.#model;
    this.#effort.spend(kindCount * dimensions * STEP);
    let bound = 0;
    for (let d = 0; d < dimensions; d++) if (capacity[type * dimensions + d]! > 0) bound += multipliers[d]!;
    for (let kind = 0; kind < kindCount; kind++) {
      const limit = limits[type * kindCount + kind]!;
      if (limit === 0 || prices[kind]! <= 0) continue;
      let profit = prices[kind]!;
      for (let d = 0; d < dimensions; d++) {
        const room = capacity[type * dimensions + d]!;
        if (room > 0) profit -= (multipliers[d]! * sizes[kind * dimensions + d]!) / room;
      }
      if (profit > 0) bound += limit * profit;
    }
    return bound * (1 + SLACK);
  }

  /** The most valuable content that may hold parts of items. @param most of each kind; the model's limits if not given */
  relax(type: number, prices: Float64Array, most?: Int32Array): Relaxed {
    const limits = most ?? this.#limits(type);
    return this.#relaxWithin(type, prices, new Int32Array(this.#model.kindCount), limits);
  }

  /**
   * A good content: the relaxed one rounded down and filled up, also with one item less of each kind that the relaxed one
   * breaks or fills up with.
   */
  round(
    type: number,
    prices: Float64Array,
    relaxed: Relaxed,
    most?: Int32Array,
  ): { counts: Int32Array; value: number } {
    const limits = most ?? this.#limits(type);
    const order = this.#byWorth(type, prices, relaxed.multipliers);
    const floor = Int32Array.from(relaxed.amounts, (amount, kind) =>
      Math.min(Math.floor(amount + WHOLE), limits[kind]!),
    );
    const starts = [floor];
    for (const [kind, amount] of relaxed.amounts.entries()) {
      if (amount <= WHOLE || amount >= limits[kind]! - WHOLE || starts.length > 8) continue;
      const one = floor.slice();
      if (one[kind]! > 0) one[kind]!--;
      else continue;
      starts.push(one);
    }
    let best = { counts: floor, value: -1 };
    for (const start of starts) {
      this.fill(type, start, limits, order);
      let value = 0;
      for (let kind = 0; kind < start.length; kind++) value += start[kind]! * Math.max(0, prices[kind]!);
      if (value > best.value) best = { counts: start, value };
    }
    return best;
  }

  /** Adds as many items as there is room for, in the order of kinds given. */
  fill(type: number, counts: Int32Array, most: Int32Array, order: readonly number[]): void {
    const { kindCount, dimensions, sizes } = this.#model;
    const limits = this.#limits(type);
    const room = this.#roomBeside(type, counts);
    this.#effort.spend(CALL + (kindCount + order.length) * dimensions * STEP);
    for (const kind of order) {
      let more = Math.min(most[kind]!, limits[kind]!) - counts[kind]!;
      for (let d = 0; d < dimensions && more > 0; d++) {
        const size = sizes[kind * dimensions + d]!;
        if (size > 0) more = Math.min(more, Math.floor(room[d]! / size));
      }
      if (more <= 0) continue;
      counts[kind]! += more;
      for (let d = 0; d < dimensions; d++) room[d]! -= more * sizes[kind * dimensions + d]!;
    }
  }

  /**
   * Looks for a content worth more than `threshold`, best bound first.
   *
   * @param nodeLimit how many boxes it may open; cut short, the bound is still one.
   */
  search(type: number, prices: Float64Array, threshold: number, nodeLimit: number): Found {
    const first = this.whole(type, prices);
    let best = this.round(type, prices, first.relaxed);
    const open = new BoxHeap();
    open.push(first);
    let nodes = 0;
    let bound = first.relaxed.bound;
    for (;;) {
      const box = open.pop();
      bound = box?.relaxed.bound ?? 0;
      if (box === undefined || bound <= Math.max(best.value, threshold)) break;
      if (nodes++ >= nodeLimit || this.#effort.isDone()) break;
      for (const half of this.halves(type, prices, box)) {
        if (half.relaxed.bound <= Math.max(best.value, threshold)) continue;
        const rounded = this.round(type, prices, half.relaxed, half.most);
        if (rounded.value > best.value) best = rounded;
        open.push(half);
      }
    }
    return { ...best, bound: Math.max(best.value, bound) };
  }

  /** The box that holds every content. */
  whole(type: number, prices: Float64Array): Box {
    return {
      least: new Int32Array(this.#model.kindCount),
      most: this.#limits(type).slice(),
      relaxed: this.relax(type, prices),
    };
  }

  /** Two boxes that hold every whole content of the box; none where the relaxed content is whole already. */
  halves(type: number, prices: Float64Array, { least, most, relaxed }: Box): Box[] {
    const kind = mostBroken(relaxed.amounts);
    if (kind < 0) return [];
    const cut = Math.floor(relaxed.amounts[kind]! + WHOLE);
    const [lower, upper] = [most.slice(), least.slice()];
    lower[kind] = cut;
    upper[kind] = cut + 1;
    const halves: Box[] = [{ least, most: lower, relaxed: this.#relaxWithin(type, prices, least, lower) }];
    if (this.#roomBeside(type, upper).every((room) => room >= 0)) {
      halves.push({ least: upper, most, relaxed: this.#relaxWithin(type, prices, upper, most) });
    }
    return halves;
  }

  #relaxWithin(type: number, prices: Float64Array, least: Int32Array, most: Int32Array): Relaxed {
    const { kindCount, dimensions, sizes, capacity } = this.#model;
    const room = this.#roomBeside(type, least);
    const active: number[] = [];
    const upper: number[] = [];
    const amounts = Float64Array.from(least);
    let base = 0;
    for (let kind = 0; kind < kindCount; kind++) {
      base += least[kind]! * Math.max(0, prices[kind]!);
      if (prices[kind]! <= 0) continue;
      let free = most[kind]! - least[kind]!;
      for (let d = 0; d < dimensions && free > 0; d++) {
        const size = sizes[kind * dimensions + d]!;
        if (size > 0) free = Math.min(free, Math.floor(room[d]! / size));
      }
      if (free <= 0) continue;
      active.push(kind);
      upper.push(free);
    }
    const rows = new Float64Array(dimensions * active.length);
    const right = new Float64Array(dimensions);
    for (let d = 0; d < dimensions; d++) {
      const whole = capacity[type * dimensions + d]! || 1;
      right[d] = room[d]! / whole;
      for (const [at, kind] of active.entries()) rows[d * active.length + at] = sizes[kind * dimensions + d]! / whole;
    }
    const values = Float64Array.from(active, (kind) => prices[kind]!);
    const solved = maximize({ values, upper: Float64Array.from(upper), rows, right });
    const cells = dimensions * (active.length + dimensions);
    this.#effort.spend(CALL + ((solved.pivots + 3) * cells + 4 * kindCount) * STEP);
    let bound = base;
    for (let d = 0; d < dimensions; d++) bound += solved.multipliers[d]! * right[d]!;
    for (const [at, kind] of active.entries()) {
      amounts[kind]! += solved.x[at]!;
      let profit = values[at]!;
      for (let d = 0; d < dimensions; d++) profit -= solved.multipliers[d]! * rows[d * active.length + at]!;
      if (profit > 0) bound += profit * upper[at]!;
    }
    return { bound: bound * (1 + SLACK), amounts, multipliers: solved.multipliers };
  }

  #limits(type: number): Int32Array {
    const { limits, kindCount } = this.#model;
    return limits.subarray(type * kindCount, (type + 1) * kindCount);
  }

  #roomBeside(type: number, counts: Int32Array): Float64Array {
    const { kindCount, dimensions, sizes, capacity } = this.#model;
    const room = capacity.slice(type * dimensions, (type + 1) * dimensions);
    for (let kind = 0; kind < kindCount; kind++) {
      const count = counts[kind]!;
      if (count === 0) continue;
      for (let d = 0; d < dimensions; d++) room[d]! -= count * sizes[kind * dimensions + d]!;
    }
    return room;
  }

  /** Kinds whose price is positive, the most worth for its room first. */
  #byWorth(type: number, prices: Float64Array, multipliers: Float64Array): number[] {
    const { kindCount, dimensions, sizes, capacity } = this.#model;
    const ratios = new Float64Array(kindCount);
    const kinds: number[] = [];
    for (let kind = 0; kind < kindCount; kind++) {
      if (prices[kind]! <= 0) continue;
      let room = 1e-9;
      for (let d = 0; d < dimensions; d++) {
        const whole = capacity[type * dimensions + d]!;
        if (whole > 0) room += ((multipliers[d]! + 1e-9) * sizes[kind * dimensions + d]!) / whole;
      }
      ratios[kind] = prices[kind]! / room;
      kinds.push(kind);
    }
    return kinds.sort((a, b) => ratios[b]! - ratios[a]! || prices[b]! - prices[a]! || a - b);
  }
}

function mostBroken(amounts: Float64Array): number {
  let best = -1;
  let most = WHOLE;
  for (const [kind, amount] of amounts.entries()) {
    const part = Math.abs(amount - Math.round(amount));
    if (part > most) [best, most] = [kind, part];
  }
  return best;
}

/** Boxes by their bound, the highest first; of equals the order is fixed, but no particular one. */
class BoxHeap {
  readonly #boxes: Box[] = [];

  push(box: Box): void {
    let at = this.#boxes.push(box) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#bound(above) >= this.#bound(at)) return;
      this.#swap(at, above);
      at = above;
    }
  }

  pop(): Box | undefined {
    if (this.#boxes.length <= 1) return this.#boxes.pop();
    const [top] = this.#boxes;
    this.#boxes[0] = this.#boxes.pop()!;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let highest = at;
      if (this.#bound(left) > this.#bound(highest)) highest = left;
      if (this.#bound(right) > this.#bound(highest)) highest = right;
      if (highest === at) return top;
      this.#swap(at, highest);
      at = highest;
    }
  }

  #bound(at: number): number {
    return this.#boxes[at]?.relaxed.bound ?? Number.NEGATIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    [this.#boxes[a], this.#boxes[b]] = [this.#boxes[b]!, this.#boxes[a]!];
  }
}
