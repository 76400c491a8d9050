/** What the most valuable content of one bin is: bounds above it, good contents, and a search that closes in from both sides. */

import { BoxHeap } from "./box-heap.js";
import { type Countable, countableOf, mostGained } from "./countable.js";
import { CALL, type Effort, STEP } from "./effort.js";
import { Filling, WHOLE } from "./filling.js";
import { Box, byKind, Frame, Frames, isOverfull, roomBeside } from "./frame.js";
import type { Model } from "./model.js";
import { DualSimplex } from "./simplex.js";

export interface Found {
  /** Items of each kind. */
  readonly counts: Int32Array;
  readonly value: number;
  /** No content is worth more; equal to `value` when the search came to its end. */
  readonly bound: number;
  /** Contents worth more than the threshold, met on the way; the last is the best. */
  readonly better: readonly Int32Array[];
}

/** A search goes on for so many boxes even where it has met enough: its bound falls fastest at first. */
const FEW_NODES = 50;
/** A bound is raised by this part of itself, which is more than rounding can take from it. */
const SLACK = 1e-12;
/** Only what falls short by this part of itself is left out for it, which is more than rounding can take from it. */
const SURE = 1e-9;
const NO_UNITS = new Int32Array();
const NO_COUNTS = new Int32Array();

/** The knapsacks of one model, at any prices, one after the other: what is said of a box holds until the next one is relaxed or searched. */
export class Knapsacks {
  readonly #model: Model;
  readonly #effort: Effort;
  readonly #simplex: DualSimplex;
  readonly #frames: Frames;
  readonly #filling: Filling;
  /** By type: the last basis by kinds, from which the next is not far. */
  readonly #bases: (Int32Array | undefined)[];
  /** The dimension of few whole units, where there is one. */
  readonly countable: Countable | undefined;
  /** What is written over and over: arrays of this length cost more to make than to fill. */
  readonly #values: Float64Array;
  readonly #upper: Float64Array;
  readonly #others: Float64Array;
  readonly #right: Float64Array;
  readonly #room: Float64Array;
  readonly #start: Int32Array;
  /** Of the box that holds all contents. */
  readonly #frame: Frame;
  /** Boxes to be written anew. */
  readonly #spare: Box[] = [];
  #first: Box;

  constructor(model: Model, effort: Effort) {
    const { kindCount, dimensions, typeCount } = model;
    this.#model = model;
    this.#effort = effort;
    this.countable = countableOf(model);
    this.#simplex = new DualSimplex(kindCount, dimensions);
    this.#frames = new Frames(model, this.countable?.units);
    this.#filling = new Filling(model, effort);
    this.#bases = new Array(typeCount);
    this.#values = new Float64Array(kindCount);
    this.#upper = new Float64Array(kindCount);
    this.#others = new Float64Array(kindCount);
    this.#right = new Float64Array(dimensions);
    this.#room = new Float64Array(dimensions);
    this.#start = new Int32Array(dimensions);
    this.#frame = new Frame(kindCount, dimensions);
    this.#first = this.#newBox();
  }

  /** A bound from multipliers, whatever they are. */
  boundFrom(type: number, prices: Float64Array, multipliers: Float64Array): number {
    const { kindCount, dimensions, capacity, limits } = this.#model;
    this.#effort.spend(kindCount * (dimensions + 1) * STEP);
    const rows = this.#frames.rowsOf(type);
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
    const { units } = this.countable ?? { units: NO_UNITS };
    const upper = limits.subarray(start, start + kindCount);
    counted += this.#counted({ type, rows, units, count: kindCount }, gains, upper, multipliers, room);
    return Math.min(free, counted) * (1 + SLACK);
  }

  /**
   * What items can gain where one dimension is counted in units, less what its room was taken to be worth; Infinity
   * without such a dimension.
   */
  #counted(
    { type, count, rows, units }: Pick<Frame, "type" | "count" | "rows" | "units">,
    gains: Float64Array,
    upper: ArrayLike<number>,
    multipliers: Float64Array,
    room: number,
  ): number {
    if (this.countable === undefined) return Number.POSITIVE_INFINITY;
    const { kindCount, dimensions, capacity } = this.#model;
    const { dimension, size } = this.countable;
    const whole = capacity[type * dimensions + dimension]!;
    const multiplier = multipliers[dimension]!;
    if (whole < size || multiplier === 0) return Number.POSITIVE_INFINITY;
    const others = this.#others;
    const start = dimension * count;
    for (let place = 0; place < count; place++) others[place] = gains[place]! + multiplier * rows[start + place]!;
    this.#effort.spend(kindCount * STEP * 4);
    return mostGained(units, count, others, upper, Math.floor(room / size)) - (multiplier * room) / whole;
  }

  /**
   * All contents, and the most valuable one that may hold parts of items.
   *
   * @param most of each kind, where it is less than the model's limits; of those with 0 none is in the frame
   */
  relax(type: number, prices: Float64Array, most?: Int32Array): Box {
    const { kindCount, dimensions, capacity } = this.#model;
    const all = this.#limits(type);
    const [frame, box, last] = [this.#frame, this.#first, this.#bases[type]];
    this.#frames.fill(frame, type, prices, most ?? all, last, this.#start);
    const { count, kinds } = frame;
    box.frame = frame;
    for (let place = 0; place < count; place++) {
      const kind = kinds[place]!;
      box.least[place] = 0;
      box.most[place] = most === undefined ? all[kind]! : Math.min(most[kind]!, all[kind]!);
    }
    this.#simplex.begin(frame.prices, frame.rows, count, last && this.#start);
    for (let d = 0; d < dimensions; d++) this.#room[d] = capacity[type * dimensions + d]!;
    this.#relaxWithin(box, this.#room, Number.NEGATIVE_INFINITY);
    const basis = last ?? new Int32Array(dimensions);
    for (let row = 0; row < dimensions; row++) {
      const place = box.basis[row]!;
      basis[row] = place < count ? kinds[place]! : place - count + kindCount;
    }
    this.#bases[type] = basis;
    return box;
  }

  /** A good content of the box. The next one is written over it. */
  round(box: Box): Filling {
    this.#filling.round(box);
    return this.#filling;
  }

  /** The content that was the last one, of this box, and is worth no less afterwards. */
  exchange(box: Box): Filling {
    this.#filling.exchange(box);
    return this.#filling;
  }

  /** Adds as many items as there is room for, in the order of kinds given. */
  fill(type: number, counts: Int32Array, most: Int32Array, order: readonly number[]): void {
    const { kindCount, dimensions, sizes, capacity } = this.#model;
    const limits = this.#limits(type);
    const room = capacity.slice(type * dimensions, (type + 1) * dimensions);
    for (let kind = 0; kind < kindCount; kind++) {
      for (let d = 0; d < dimensions; d++) room[d]! -= counts[kind]! * sizes[kind * dimensions + d]!;
    }
    this.#effort.spend(CALL + (kindCount + order.length) * dimensions * STEP);
    for (const kind of order) {
      let more = Math.min(most[kind]!, limits[kind]!) - counts[kind]!;
      for (let d = 0; d < dimensions && more > 0; d++) {
        const size = sizes[kind * dimensions + d]!;
        if (more * size > room[d]!) more = Math.floor(room[d]! / size);
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
   * @param enoughMet after some boxes it ends with so many contents worth more than the threshold
   */
  search(
    type: number,
    prices: Float64Array,
    threshold: number,
    nodeLimit: number,
    enoughMet = Number.POSITIVE_INFINITY,
  ): Found {
    const first = this.first(type, prices);
    const better: Int32Array[] = [];
    let best: Int32Array = NO_COUNTS;
    let value = Number.NEGATIVE_INFINITY;
    const round = (box: Box): void => {
      const rounded = this.round(box);
      if (rounded.value <= value && rounded.value <= threshold) return;
      const counts = byKind(box.frame, rounded.counts, this.#model.kindCount);
      if (rounded.value > threshold) better.push(counts);
      if (rounded.value > value) [best, value] = [counts, rounded.value];
    };
    round(first);
    const open = new BoxHeap<Box>();
    open.push(first);
    let nodes = 0;
    const most = first.bound;
    let bound = most;
    for (;;) {
      const box = open.pop();
      bound = box?.bound ?? 0;
      const enough = Math.max(value, threshold);
      if (box === undefined || bound <= enough) break;
      if (nodes++ >= nodeLimit || this.#effort.isDone()) break;
      if (better.length >= enoughMet && nodes > FEW_NODES) break;
      tighten(box, enough);
      for (const half of this.halves(box, enough)) {
        if (half.bound > Math.max(value, threshold)) {
          round(half);
          open.push(half);
        } else this.release(half);
      }
      this.release(box);
    }
    for (const box of open.boxes) this.release(box);
    // What is worth no more than the threshold was not looked for.
    return { counts: best, value, bound: Math.max(value, bound, Math.min(threshold, most)), better };
  }

  /** The box that holds every content. It and what comes of it is the caller's, who gives it back. */
  first(type: number, prices: Float64Array): Box {
    const first = this.relax(type, prices);
    this.#first = this.#spare.pop() ?? this.#newBox();
    return first;
  }

  /** The box will be written anew. */
  release(box: Box): void {
    this.#spare.push(box);
  }

  #newBox(): Box {
    return new Box(this.#frame, this.#model.kindCount, this.#model.dimensions);
  }

  /**
   * Two boxes that hold every whole content of the box; none where the relaxed content is whole already.
   *
   * @param enough boxes that hold nothing worth more can be left out
   */
  halves(box: Box, enough = Number.NEGATIVE_INFINITY): Box[] {
    if (mostBroken(box) < 0) return [];
    this.#frames.narrow(box);
    const { frame, amounts, basis } = box;
    const place = mostBroken(box);
    const cut = Math.floor(amounts[place]! + WHOLE);
    this.#simplex.begin(frame.prices, frame.rows, frame.count, basis);
    const halves: Box[] = [];
    const below = this.#copyOf(box);
    below.most[place] = cut;
    roomBeside(frame, below.least, this.#model, this.#room);
    if (this.#relaxWithin(below, this.#room, enough)) halves.push(below);
    else this.release(below);
    const above = this.#copyOf(box);
    above.least[place] = cut + 1;
    roomBeside(frame, above.least, this.#model, this.#room);
    if (!isOverfull(this.#room) && this.#relaxWithin(above, this.#room, enough)) halves.push(above);
    else this.release(above);
    return halves;
  }

  #copyOf({ frame, least, most }: Box): Box {
    const copy = this.#spare.pop() ?? this.#newBox();
    copy.frame = frame;
    for (let place = 0; place < frame.count; place++) {
      copy.least[place] = least[place]!;
      copy.most[place] = most[place]!;
    }
    return copy;
  }

  /** From where the simplex has begun. @returns false where nothing is worth more than `enough`; then the rest is not written */
  #relaxWithin(box: Box, room: Float64Array, enough: number): boolean {
    const { kindCount, dimensions, capacity } = this.#model;
    const { frame, least, most, amounts, multipliers, gains } = box;
    const { type, count, prices, sizes } = frame;
    const upper = this.#upper;
    let bound = 0;
    let open = 0;
    for (let place = 0; place < count; place++) {
      const price = prices[place]!;
      bound += least[place]! * price;
      let free = price > 0 ? most[place]! - least[place]! : 0;
      for (let d = 0; d < dimensions && free > 0; d++) {
        const size = sizes[place * dimensions + d]!;
        if (free * size > room[d]!) free = Math.floor(room[d]! / size);
      }
      upper[place] = Math.max(0, free);
      if (free > 0) open++;
    }
    const right = this.#right;
    for (let d = 0; d < dimensions; d++) right[d] = room[d]! / (capacity[type * dimensions + d]! || 1);
    const pivots = this.#simplex.within(upper, right, (enough - bound) * (1 - SURE), box);
    this.#effort.spend(CALL + ((2 * Math.abs(pivots) + 4) * open + 3 * kindCount) * dimensions * STEP);
    if (pivots < 0) return false;
    for (let d = 0; d < dimensions; d++) bound += multipliers[d]! * right[d]!;
    const counted = bound + this.#counted(frame, gains, upper, multipliers, room[this.countable?.dimension ?? 0]!);
    for (let place = 0; place < count; place++) {
      amounts[place]! += least[place]!;
      if (gains[place]! > 0) bound += gains[place]! * upper[place]!;
    }
    box.linear = bound * (1 + SLACK);
    box.bound = Math.min(box.linear, counted * (1 + SLACK));
    return true;
  }

  #limits(type: number): Int32Array {
    const { limits, kindCount } = this.#model;
    return limits.subarray(type * kindCount, (type + 1) * kindCount);
  }
}

/** Of the places of which there are parts the one that is farthest from whole; -1 where there is none. */
function mostBroken({ frame, amounts, basis }: Box): number {
  let best = -1;
  let most = WHOLE;
  for (let row = 0; row < basis.length; row++) {
    const place = basis[row]!;
    if (place >= frame.count) continue;
    const part = Math.abs(amounts[place]! - Math.round(amounts[place]!));
    if (part > most || (part === most && place < best)) [best, most] = [place, part];
  }
  return best;
}

/** Leaves out contents that are not worth more than `enough`, as the gains show: few kinds are left open then. */
function tighten({ frame, linear, gains, amounts, least, most }: Box, enough: number): void {
  const excess = linear - enough;
  for (let place = 0; place < frame.count; place++) {
    const gain = gains[place]!;
    // By far most lose too little for that: to see so takes no division.
    if (Math.abs(gain) * (most[place]! - least[place]!) <= excess * (1 - SURE)) continue;
    const away = Math.ceil(excess / Math.abs(gain) + WHOLE);
    if (gain < 0) most[place] = Math.min(most[place]!, least[place]! + away);
    else least[place] = Math.max(least[place]!, Math.floor(amounts[place]! + WHOLE) - away);
  }
}
