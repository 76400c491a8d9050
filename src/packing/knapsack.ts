/** What the most valuable content of one bin is: bounds above it, good contents, and a search that closes in from both sides. */

import { passingCopy } from "./arrays.js";
import { BoxHeap } from "./box-heap.js";
import { type Countable, countableOf, mostGained } from "./countable.js";
import type { Effort } from "./effort.js";
import type { Model } from "./model.js";
import { DualSimplex } from "./simplex.js";

/** A content that may hold parts of items, and what it is worth. No content of whole items is worth more than `bound`. */
export interface Relaxed {
  readonly bound: number;
  /** The same where items may be cut to fit: what multipliers and gains come to. */
  readonly linear: number;
  /** Items of each kind. */
  readonly amounts: Float64Array;
  /** Worth of one unit of each dimension, as a fraction of the bin. */
  readonly multipliers: Float64Array;
  /** Of each kind what one item is worth beyond the room that it takes. */
  readonly gains: Float64Array;
  /** To begin the next one with. */
  readonly basis: Int32Array;
}

/** The contents are arrays that do not last. */
export interface Found {
  readonly counts: Int32Array;
  readonly value: number;
  /** No content is worth more; equal to `value` when the search came to its end. */
  readonly bound: number;
  /** Contents worth more than the threshold, met on the way; the last is the best. */
  readonly better: readonly Int32Array[];
}

/** Limits within which a search looks: at least and at most so many items of each kind. */
export interface Box {
  readonly least: Int32Array;
  readonly most: Int32Array;
  readonly relaxed: Relaxed;
}

/** Steps of effort for one operation on a number in an inner loop. */
const STEP = 1 / 800;
/** Steps of effort for one call, beside its loops. */
const CALL = 2.5;
const WHOLE = 1e-6;
const NONE = -1;
/** A search goes on for so many boxes even where it has met enough: its bound falls fastest at first. */
const FEW_NODES = 50;
/** A bound is raised by this part of itself, which is more than rounding can take from it. */
const SLACK = 1e-12;
/** Only what falls short by this part of itself is left out for it, which is more than rounding can take from it. */
const SURE = 1e-9;

/** The knapsacks of one model, at any prices. */
export class Knapsacks {
  readonly #model: Model;
  readonly #effort: Effort;
  readonly #simplex: DualSimplex;
  /** By type: sizes as parts of the bin, [dimension * kindCount + kind]. */
  readonly #rows: (Float64Array | undefined)[];
  /** By type: the last basis, from which the next is not far. */
  readonly #bases: (Int32Array | undefined)[];
  /** The dimension of few whole units, where there is one. */
  readonly countable: Countable | undefined;
  /** No items. */
  readonly #none: Int32Array;
  /** What is written over and over: arrays of this length cost more to make than to fill. */
  readonly #fitting: Int32Array;
  readonly #floor: Int32Array;
  readonly #trial: Int32Array;
  readonly #worth: Float64Array;
  readonly #values: Float64Array;
  readonly #upper: Float64Array;
  readonly #others: Float64Array;
  readonly #right: Float64Array;

  constructor(model: Model, effort: Effort) {
    this.#model = model;
    this.#effort = effort;
    this.#simplex = new DualSimplex(model.kindCount, model.dimensions);
    this.#rows = new Array(model.typeCount);
    this.#bases = new Array(model.typeCount);
    this.countable = countableOf(model);
    const { kindCount } = model;
    this.#none = new Int32Array(kindCount);
    this.#fitting = new Int32Array(kindCount);
    this.#floor = new Int32Array(kindCount);
    this.#trial = new Int32Array(kindCount);
    this.#worth = new Float64Array(kindCount);
    this.#values = new Float64Array(kindCount);
    this.#upper = new Float64Array(kindCount);
    this.#others = new Float64Array(kindCount);
    this.#right = new Float64Array(model.dimensions);
  }

  /** A bound from multipliers, whatever they are. */
  boundFrom(type: number, prices: Float64Array, multipliers: Float64Array): number {
    const { kindCount, dimensions, capacity, limits } = this.#model;
    this.#effort.spend(kindCount * (dimensions + 1) * STEP);
    const rows = this.#rowsOf(type);
    const gains = this.#values;
    gains.set(prices);
    let bound = 0;
    for (let d = 0; d < dimensions; d++) {
      const multiplier = multipliers[d]!;
      if (multiplier === 0) continue;
      if (capacity[type * dimensions + d]! > 0) bound += multiplier;
      const start = d * kindCount;
      for (let kind = 0; kind < kindCount; kind++) gains[kind]! -= multiplier * rows[start + kind]!;
    }
    const start = type * kindCount;
    let [free, counted] = [bound, bound];
    for (let kind = 0; kind < kindCount; kind++) if (gains[kind]! > 0) free += limits[start + kind]! * gains[kind]!;
    const room = capacity[type * dimensions + (this.countable?.dimension ?? 0)]!;
    counted += this.#counted(type, gains, limits.subarray(start, start + kindCount), multipliers, room);
    return Math.min(free, counted) * (1 + SLACK);
  }

  /**
   * What items can gain where one dimension is counted in units, less what its room was taken to be worth; Infinity
   * without such a dimension.
   */
  #counted(
    type: number,
    gains: Float64Array,
    upper: ArrayLike<number>,
    multipliers: Float64Array,
    room: number,
  ): number {
    if (this.countable === undefined) return Number.POSITIVE_INFINITY;
    const { kindCount, dimensions, capacity } = this.#model;
    const { dimension, units, size } = this.countable;
    const whole = capacity[type * dimensions + dimension]!;
    const multiplier = multipliers[dimension]!;
    if (whole < size || multiplier === 0) return Number.POSITIVE_INFINITY;
    const [rows, start] = [this.#rowsOf(type), dimension * kindCount];
    const others = this.#others;
    for (let kind = 0; kind < kindCount; kind++) others[kind] = gains[kind]! + multiplier * rows[start + kind]!;
    this.#effort.spend(kindCount * STEP * 4);
    return mostGained(units, others, upper, Math.floor(room / size)) - (multiplier * room) / whole;
  }

  /** The most valuable content that may hold parts of items. @param most of each kind; the model's limits if not given */
  relax(type: number, prices: Float64Array, most?: Int32Array): Relaxed {
    const limits = most ?? this.#limits(type);
    const relaxed = this.#relaxWithin(type, prices, this.#none, limits, this.#bases[type], Number.NEGATIVE_INFINITY)!;
    this.#bases[type] = relaxed.basis;
    return relaxed;
  }

  /**
   * A good content, in an array that does not last: the relaxed one rounded down and filled up, also with one item less of each kind that the relaxed one
   * breaks or fills up with.
   */
  round(
    type: number,
    prices: Float64Array,
    relaxed: Relaxed,
    most?: Int32Array,
  ): { counts: Int32Array; value: number } {
    const { kindCount } = this.#model;
    const limits = most ?? this.#limits(type);
    const floor = this.#floor;
    for (let kind = 0; kind < kindCount; kind++) {
      floor[kind] = Math.min(Math.floor(relaxed.amounts[kind]! + WHOLE), limits[kind]!);
    }
    const best = { counts: passingCopy(this.#none), value: 0 };
    this.#tryWithout(NONE, type, prices, relaxed, limits, best);
    for (const kind of relaxed.basis) {
      if (kind < kindCount && floor[kind]! > 0) this.#tryWithout(kind, type, prices, relaxed, limits, best);
    }
    return best;
  }

  /** The rounded content without one item of a kind, filled up; it goes into `best` where it is worth more. */
  #tryWithout(
    kind: number,
    type: number,
    prices: Float64Array,
    { gains }: Relaxed,
    limits: Int32Array,
    best: { readonly counts: Int32Array; value: number },
  ): void {
    const trial = this.#trial;
    trial.set(this.#floor);
    if (kind !== NONE) trial[kind]!--;
    if (!this.#fillByWorth(type, trial, limits, prices, gains)) return;
    const value = worthOf(trial, prices);
    if (value <= best.value) return;
    best.counts.set(trial);
    best.value = value;
  }

  /** Takes items out and fills up without their kind, as long as that makes the content worth more. */
  exchange(type: number, prices: Float64Array, { gains }: Relaxed, content: Int32Array, most?: Int32Array): Int32Array {
    const limits = (most ?? this.#limits(type)).slice();
    const trial = this.#trial;
    const best = content.slice();
    let value = worthOf(best, prices);
    for (let isBetter = true; isBetter; ) {
      isBetter = false;
      for (let kind = 0; kind < best.length; kind++) {
        for (let out = 1; out <= Math.min(2, best[kind]!); out++) {
          trial.set(best);
          trial[kind]! -= out;
          const limit = limits[kind]!;
          limits[kind] = trial[kind]!;
          this.#fillByWorth(type, trial, limits, prices, gains);
          limits[kind] = limit;
          const worth = worthOf(trial, prices);
          if (worth <= value * (1 + 1e-9)) continue;
          best.set(trial);
          [value, isBetter] = [worth, true];
        }
      }
    }
    return best;
  }

  /** Adds as many items as there is room for, in the order of kinds given. */
  fill(type: number, counts: Int32Array, most: Int32Array, order: readonly number[]): void {
    const { kindCount, dimensions } = this.#model;
    const limits = this.#limits(type);
    const room = this.#roomBeside(type, counts);
    this.#effort.spend(CALL + (kindCount + order.length) * dimensions * STEP);
    for (const kind of order) {
      this.#add(kind, Math.min(most[kind]!, limits[kind]!) - counts[kind]!, counts, room);
    }
  }

  /**
   * Looks for a content worth more than `threshold`, best bound first.
   *
   * @param nodeLimit how many boxes it may open; cut short, the bound is still one.
   * @param enoughMet after some boxes it ends with so many contents worth more than the threshold
   */
  search(
    type: number,
    prices: Float64Array,
    threshold: number,
    nodeLimit: number,
    enoughMet = Number.POSITIVE_INFINITY,
  ): Found {
    const first = this.whole(type, prices);
    let best = this.round(type, prices, first.relaxed);
    const open = new BoxHeap<Box>();
    open.push(first);
    const better = best.value > threshold ? [best.counts] : [];
    let nodes = 0;
    let bound = first.relaxed.bound;
    for (;;) {
      const box = open.pop();
      bound = box?.relaxed.bound ?? 0;
      const enough = Math.max(best.value, threshold);
      if (box === undefined || bound <= enough) break;
      if (nodes++ >= nodeLimit || this.#effort.isDone()) break;
      if (better.length >= enoughMet && nodes > FEW_NODES) break;
      for (const half of this.halves(type, prices, tightened(box, enough), enough)) {
        if (half.relaxed.bound <= Math.max(best.value, threshold)) continue;
        const rounded = this.round(type, prices, half.relaxed, half.most);
        if (rounded.value > threshold) better.push(rounded.counts);
        if (rounded.value > best.value) best = rounded;
        open.push(half);
      }
    }
    return { ...best, bound: Math.max(best.value, bound), better };
  }

  /** The box that holds every content. */
  whole(type: number, prices: Float64Array): Box {
    return {
      least: new Int32Array(this.#model.kindCount),
      most: this.#limits(type).slice(),
      relaxed: this.relax(type, prices),
    };
  }

  /**
   * Two boxes that hold every whole content of the box; none where the relaxed content is whole already.
   *
   * @param enough boxes that hold nothing worth more can be left out
   */
  halves(type: number, prices: Float64Array, { least, most, relaxed }: Box, enough = Number.NEGATIVE_INFINITY): Box[] {
    const kind = mostBroken(relaxed);
    if (kind < 0) return [];
    const cut = Math.floor(relaxed.amounts[kind]! + WHOLE);
    const [lower, upper] = [passingCopy(most), passingCopy(least)];
    lower[kind] = cut;
    upper[kind] = cut + 1;
    const halves: Box[] = [];
    const below = this.#relaxWithin(type, prices, least, lower, relaxed.basis, enough);
    if (below !== undefined) halves.push({ least, most: lower, relaxed: below });
    if (isOverfull(this.#roomBeside(type, upper))) return halves;
    const above = this.#relaxWithin(type, prices, upper, most, relaxed.basis, enough);
    if (above !== undefined) halves.push({ least: upper, most, relaxed: above });
    return halves;
  }

  #relaxWithin(
    type: number,
    prices: Float64Array,
    least: Int32Array,
    most: Int32Array,
    start: Int32Array | undefined,
    enough: number,
  ): Relaxed | undefined {
    const { kindCount, dimensions, sizes, capacity } = this.#model;
    const room = this.#roomBeside(type, least);
    const [upper, values] = [this.#upper, this.#values];
    let bound = 0;
    let open = 0;
    for (let kind = 0; kind < kindCount; kind++) {
      const price = Math.max(0, prices[kind]!);
      values[kind] = price;
      bound += least[kind]! * price;
      let free = price > 0 ? most[kind]! - least[kind]! : 0;
      for (let d = 0; d < dimensions && free > 0; d++) {
        const size = sizes[kind * dimensions + d]!;
        if (free * size > room[d]!) free = Math.floor(room[d]! / size);
      }
      upper[kind] = Math.max(0, free);
      if (free > 0) open++;
    }
    const rows = this.#rowsOf(type);
    const right = this.#right;
    for (let d = 0; d < dimensions; d++) right[d] = room[d]! / (capacity[type * dimensions + d]! || 1);
    const solution = this.#simplex.maximizeAbove({ values, upper, rows, right }, start, (enough - bound) * (1 - SURE));
    this.#effort.spend(CALL + ((2 * (solution?.pivots ?? 1) + 4) * open + 3 * kindCount) * dimensions * STEP);
    if (solution === undefined) return undefined;
    const { x, multipliers, gains, basis } = solution;
    for (let d = 0; d < dimensions; d++) bound += multipliers[d]! * right[d]!;
    const counted = bound + this.#counted(type, gains, upper, multipliers, room[this.countable?.dimension ?? 0]!);
    for (let kind = 0; kind < kindCount; kind++) {
      x[kind]! += least[kind]!;
      if (gains[kind]! > 0) bound += gains[kind]! * upper[kind]!;
    }
    const linear = bound * (1 + SLACK);
    return { bound: Math.min(linear, counted * (1 + SLACK)), linear, amounts: x, multipliers, gains, basis };
  }

  #rowsOf(type: number): Float64Array {
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

  /** Adds items of a kind as long as there is room. */
  #add(kind: number, most: number, counts: Int32Array, room: Float64Array): void {
    const { dimensions, sizes } = this.#model;
    let more = most;
    for (let d = 0; d < dimensions && more > 0; d++) {
      const size = sizes[kind * dimensions + d]!;
      if (more * size > room[d]!) more = Math.floor(room[d]! / size);
    }
    if (more <= 0) return;
    counts[kind]! += more;
    for (let d = 0; d < dimensions; d++) room[d]! -= more * sizes[kind * dimensions + d]!;
  }

  /** Fills up with what is worth most for its room. @returns false where there are too many items already. */
  #fillByWorth(type: number, counts: Int32Array, most: Int32Array, prices: Float64Array, gains: Float64Array): boolean {
    const { kindCount, dimensions } = this.#model;
    const room = this.#roomBeside(type, counts);
    if (isOverfull(room)) return false;
    this.#effort.spend(CALL + 2 * kindCount * dimensions * STEP);
    const [fitting, worth] = [this.#fitting, this.#worth];
    let found = 0;
    for (let kind = 0; kind < kindCount; kind++) {
      if (prices[kind]! <= 0 || counts[kind]! >= most[kind]! || !this.#fits(kind, room)) continue;
      // What the room is worth is the price less the gain; a tenth of a thousandth keeps it from being nothing.
      worth[kind] = gains[kind]! / (prices[kind]! * 1.0001 - gains[kind]!);
      fitting[found++] = kind;
    }
    // Little room is left, and one kind that is added takes the room of most others.
    while (found > 0) {
      let best = fitting[0]!;
      for (let at = 1; at < found; at++) {
        const kind = fitting[at]!;
        if ((worth[kind]! - worth[best]! || prices[kind]! - prices[best]!) > 0) best = kind;
      }
      this.#add(best, most[best]! - counts[best]!, counts, room);
      let left = 0;
      for (let at = 0; at < found; at++) {
        const kind = fitting[at]!;
        if (kind !== best && this.#fits(kind, room)) fitting[left++] = kind;
      }
      found = left;
    }
    return true;
  }

  #fits(kind: number, room: Float64Array): boolean {
    const { dimensions, sizes } = this.#model;
    for (let d = 0; d < dimensions; d++) if (sizes[kind * dimensions + d]! > room[d]!) return false;
    return true;
  }
}

function isOverfull(room: Float64Array): boolean {
  for (let d = 0; d < room.length; d++) if (room[d]! < 0) return true;
  return false;
}

/** Of items of each kind. */
export function worthOf(counts: Int32Array, prices: Float64Array): number {
  let worth = 0;
  for (let kind = 0; kind < counts.length; kind++) worth += counts[kind]! * prices[kind]!;
  return worth;
}

/** Of the kinds of which there are parts the one that is farthest from whole; -1 where there is none. */
function mostBroken({ amounts, basis }: Relaxed): number {
  let best = -1;
  let most = WHOLE;
  for (const kind of basis) {
    if (kind >= amounts.length) continue;
    const part = Math.abs(amounts[kind]! - Math.round(amounts[kind]!));
    if (part > most || (part === most && kind < best)) [best, most] = [kind, part];
  }
  return best;
}

/** The box without contents that are not worth more than `enough`, as the gains show: few kinds are left open then. */
function tightened(box: Box, enough: number): Box {
  const { relaxed } = box;
  const [least, most] = [passingCopy(box.least), passingCopy(box.most)];
  const excess = relaxed.linear - enough;
  for (let kind = 0; kind < least.length; kind++) {
    const gain = relaxed.gains[kind]!;
    if (gain === 0 || least[kind] === most[kind]) continue;
    const away = Math.ceil(excess / Math.abs(gain) + WHOLE);
    if (gain < 0) most[kind] = Math.min(most[kind]!, least[kind]! + away);
    else least[kind] = Math.max(least[kind]!, Math.floor(relaxed.amounts[kind]! + WHOLE) - away);
  }
  return { least, most, relaxed };
}
