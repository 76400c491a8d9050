/** What is left to pack and what may still be bought, while a packing is being made. */

import type { Model } from "./model.js";
import type { Filled } from "./problem.js";

export class Stock {
  readonly #model: Model;
  /** Items of each kind that have no bin yet. */
  readonly items: Int32Array;
  /** Bins of each type that can still be had. */
  readonly bins: Float64Array;
  readonly filled: Filled[] = [];
  cost = 0;

  constructor(model: Model, items: Int32Array = model.demand) {
    this.#model = model;
    this.items = items.slice();
    this.bins = model.most.slice();
  }

  get isEmpty(): boolean {
    return this.items.every((count) => count === 0);
  }

  /** How many bins of a type could be filled like this with what is left. */
  timesOf(type: number, counts: Int32Array): number {
    let times = this.bins[type]!;
    let isEmpty = true;
    for (let kind = 0; kind < counts.length; kind++) {
      const count = counts[kind]!;
      if (count === 0) continue;
      isEmpty = false;
      times = Math.min(times, Math.floor(this.items[kind]! / count));
    }
    return isEmpty ? 0 : times;
  }

  take(type: number, counts: Int32Array, times: number): void {
    for (let kind = 0; kind < counts.length; kind++) this.items[kind]! -= counts[kind]! * times;
    this.bins[type]! -= times;
    this.cost += this.#model.cost[type]! * times;
    this.filled.push({ type, counts, times });
  }

  /** Takes bins that may hold more than is left of some kinds: what is too much is left out of the last ones. */
  takeAtMost(type: number, counts: Int32Array, times: number): void {
    let left = Math.min(times, this.bins[type]!);
    while (left > 0) {
      const some = Int32Array.from(counts, (count, kind) => Math.min(count, this.items[kind]!));
      const now = Math.min(left, this.timesOf(type, some));
      if (now === 0) return;
      this.take(type, some, now);
      left -= now;
    }
  }
}

/** Replaces each bin by the cheapest that can hold what it holds. */
export function downsized(model: Model, filled: readonly Filled[]): Filled[] {
  const left = model.most.slice();
  for (const { type, times } of filled) left[type]! -= times;
  return filled.map((bin) => {
    const better = model.cheapestFor(bin.counts, (type) => left[type]! >= bin.times);
    if (better === undefined || model.cost[better]! >= model.cost[bin.type]!) return bin;
    left[better]! -= bin.times;
    left[bin.type]! += bin.times;
    return { ...bin, type: better };
  });
}
