/** Whole packings from a programme that uses parts of bins. */

import type { Pattern, Programme } from "./columns.js";
import type { Effort } from "./effort.js";
import { type Box, worthOf, writeByKind } from "./frame.js";
import { Knapsacks } from "./knapsack.js";
import { costOf, type Model } from "./model.js";
import type { Filled } from "./problem.js";
import { downsized, Stock } from "./stock.js";

/** Parts from which on a pattern's last bin is bought whole. */
const THRESHOLDS = [1.1, 0.9, 0.75, 0.6, 0.45, 0.3, 0.15];
/** So many types are looked at for each bin of the rest, those whose best content comes nearest to their cost. */
const CLOSE = 16;

/** The best packing found by buying whole bins of the patterns and filling the rest greedily. */
export function roundedPacking(model: Model, programme: Programme, effort: Effort): Filled[] | undefined {
  const greedy = new Greedy(model, programme.prices, effort);
  let best: Filled[] | undefined;
  for (const threshold of THRESHOLDS) {
    const stock = new Stock(model);
    for (const { pattern, times } of wholeUses(programme, threshold)) {
      stock.takeAtMost(pattern.type, pattern.counts, times);
    }
    if (!greedy.finish(stock)) continue;
    const packing = downsized(model, stock.filled);
    if (best === undefined || costOf(model, packing) < costOf(model, best)) best = packing;
    if (effort.isDone()) break;
  }
  return best;
}

/** The part of each use before the point, and one more where what is behind it reaches the threshold. */
export function wholeUses(
  { patterns, uses }: Programme,
  threshold: number,
): { readonly pattern: Pattern; readonly times: number }[] {
  return patterns
    .map((pattern, at) => {
      const whole = Math.floor(uses[at]! + 1e-6);
      return { pattern, part: uses[at]! - whole, times: whole + (uses[at]! - whole >= threshold ? 1 : 0) };
    })
    .filter(({ times }) => times > 0)
    .sort((a, b) => a.part - b.part);
}

/** What a unit of each dimension is worth, and what items gain beside. */
interface Ceiling {
  readonly rates: Float64Array;
  readonly beside: number;
}

/** Fills bins one after the other, each with what is worth most for its cost. */
export class Greedy {
  readonly #model: Model;
  readonly #knapsacks: Knapsacks;
  readonly #types: readonly number[];
  readonly #prices: Float64Array;
  readonly #counts: Int32Array;

  constructor(model: Model, prices: Float64Array, effort: Effort) {
    this.#model = model;
    this.#knapsacks = new Knapsacks(model, effort);
    this.#prices = positive(prices);
    this.#counts = new Int32Array(model.kindCount);
    const worth = Float64Array.from({ length: model.typeCount }, (_, type) => {
      const { bound } = this.#knapsacks.relax(type, this.#prices);
      return model.cost[type] === 0 ? Number.POSITIVE_INFINITY : bound / model.cost[type]!;
    });
    this.#types = Array.from(worth, (_, type) => type).sort((a, b) => worth[b]! - worth[a]! || a - b);
  }

  /** Packs all that is left. @returns false where something has no bin. */
  finish(stock: Stock, prices: Float64Array = this.#prices): boolean {
    while (!stock.isEmpty) {
      const last = this.#model.cheapestFor(stock.items, (type) => stock.bins[type]! > 0);
      const next = this.#best(stock, prices, this.#types.slice(0, CLOSE)) ?? this.#best(stock, prices, this.#types);
      if (next === undefined) return false;
      const { type, value } = next;
      const counts = this.#counts.slice();
      const rest = worthOf(stock.items, prices);
      // One bin for all that is left, where it beats the going rate for it.
      if (last !== undefined && this.#model.cost[last]! * value <= this.#model.cost[type]! * rest * (1 + 1e-9)) {
        stock.take(last, stock.items.slice(), 1);
        return true;
      }
      const times = Math.max(1, Math.floor(stock.timesOf(type, counts)));
      stock.take(type, counts, Number.isFinite(times) ? times : 1);
    }
    return true;
  }

  /** What the bin holds is written to `#counts`. */
  #best(stock: Stock, prices: Float64Array, types: readonly number[]) {
    let best: { type: number; value: number; ratio: number } | undefined;
    const ceilings: Ceiling[] = [];
    for (const type of types) {
      if (stock.bins[type] === 0) continue;
      const cost = Math.max(this.#model.cost[type]!, 1e-6);
      const enough = best === undefined ? Number.NEGATIVE_INFINITY : best.ratio * cost;
      if (ceilings.some((ceiling) => this.#ceilingOf(type, ceiling) <= enough)) continue;
      const box = this.#knapsacks.relax(type, prices, stock.items);
      ceilings.push(this.#ceilingFrom(box, stock.items));
      if (box.bound <= enough) continue;
      const { counts, value } = this.#knapsacks.round(box);
      if (value <= 0 || (best !== undefined && value / cost <= best.ratio)) continue;
      writeByKind(box.frame, counts, this.#counts);
      best = { type, value, ratio: value / cost };
    }
    return best;
  }

  /** With what one type's room is worth, what any other can hold is bounded at once. */
  #ceilingFrom({ frame, multipliers, gains }: Box, items: Int32Array): Ceiling {
    const { dimensions, capacity } = this.#model;
    const { type, count, kinds } = frame;
    let beside = 0;
    for (let place = 0; place < count; place++) {
      if (gains[place]! > 0) beside += gains[place]! * items[kinds[place]!]!;
    }
    return { rates: multipliers.map((worth, d) => worth / (capacity[type * dimensions + d]! || 1)), beside };
  }

  #ceilingOf(type: number, { rates, beside }: Ceiling): number {
    const { dimensions, capacity } = this.#model;
    let ceiling = beside;
    for (let d = 0; d < dimensions; d++) ceiling += rates[d]! * capacity[type * dimensions + d]!;
    return ceiling;
  }
}

/** Every item is worth something, so that none is left behind. */
function positive(prices: Float64Array): Float64Array {
  const least = Math.max(1e-9, prices.reduce((most, price) => Math.max(most, price), 0) * 1e-4);
  return prices.map((price) => Math.max(price, least));
}
