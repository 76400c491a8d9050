/** First fit decreasing: quick packings with bins of one type, each then swapped for the cheapest that holds its content. */

import type { Effort } from "./effort.js";
import { Knapsacks } from "./knapsack.js";
import { costOf, type Model } from "./model.js";
import type { Filled } from "./problem.js";
import { downsized, Stock } from "./stock.js";

/** So many types are tried, those that look cheapest. */
const TRIED = 12;

/** The best of the tried packings, of which there is one whatever is left of the effort; undefined where none holds everything. */
export function firstFit(model: Model, prices: Float64Array, effort: Effort): Filled[] | undefined {
  const orders = [byLargestShare, bySumOfShares, (m: Model) => byPrice(m, prices)].map((order) => order(model));
  let best: Filled[] | undefined;
  const types = promising(model);
  // Where everything there is costs nothing, which one comes first is all the same.
  for (const type of types.length > 0 ? types : [0]) {
    if (best !== undefined && effort.isDone()) break;
    for (const order of orders) {
      const packing = packInto(model, type, order, effort);
      if (packing === undefined) continue;
      const smaller = downsized(model, packing);
      if (best === undefined || costOf(model, smaller) < costOf(model, best)) best = smaller;
    }
  }
  return best;
}

/**
 * Fills what is limited first where it costs nothing, then bins of the type, then, for what fits neither, the bin that
 * holds most for its price.
 */
export function packInto(
  model: Model,
  preferred: number,
  order: readonly number[],
  effort: Effort,
  stock: Stock = new Stock(model),
): Filled[] | undefined {
  const knapsacks = new Knapsacks(model, effort);
  const free = Array.from({ length: model.typeCount }, (_, type) => type).filter((type) => model.cost[type] === 0);
  for (const type of [...free, preferred]) fillAll(stock, knapsacks, type, order);
  while (!stock.isEmpty) {
    const next = largestLeft(model, stock, order);
    if (next === undefined) return undefined;
    fillAll(stock, knapsacks, next, order);
  }
  return stock.filled;
}

function fillAll(stock: Stock, knapsacks: Knapsacks, type: number, order: readonly number[]): void {
  while (stock.bins[type]! > 0) {
    const counts = new Int32Array(stock.items.length);
    knapsacks.fill(type, counts, stock.items, order);
    const times = stock.timesOf(type, counts);
    if (times === 0) return;
    stock.take(type, counts, times);
  }
}

/** The cheapest type that holds an item of the first kind that is left. */
function largestLeft({ typeCount, limits, kindCount, cost }: Model, stock: Stock, order: readonly number[]) {
  const kind = order.find((one) => stock.items[one]! > 0);
  if (kind === undefined) return undefined;
  let best: number | undefined;
  for (let type = 0; type < typeCount; type++) {
    if (limits[type * kindCount + kind] === 0 || stock.bins[type] === 0) continue;
    if (best === undefined || cost[type]! < cost[best]!) best = type;
  }
  return best;
}

/** Types by what all items would cost in bins of the type alone if they could be cut to fit. */
function promising(model: Model): number[] {
  const { typeCount, kindCount, dimensions, sizes, capacity, demand, cost, limits } = model;
  const estimates = Array.from({ length: typeCount }, (_, type) => {
    let bins = 0;
    for (let d = 0; d < dimensions; d++) {
      let total = 0;
      for (let kind = 0; kind < kindCount; kind++) {
        if (limits[type * kindCount + kind]! > 0) total += demand[kind]! * sizes[kind * dimensions + d]!;
      }
      if (total > 0) bins = Math.max(bins, total / capacity[type * dimensions + d]!);
    }
    let held = 0;
    for (let kind = 0; kind < kindCount; kind++) if (limits[type * kindCount + kind]! > 0) held++;
    return { type, held, estimate: Math.max(1, bins) * cost[type]! };
  });
  const most = Math.max(0, ...estimates.map(({ held }) => held));
  return estimates
    .filter(({ type, held }) => cost[type]! > 0 && held * 2 >= most)
    .sort((a, b) => a.estimate - b.estimate || a.type - b.type)
    .slice(0, TRIED)
    .map(({ type }) => type);
}

function byLargestShare(model: Model): number[] {
  return byShares(model, (shares) => Math.max(...shares));
}

function bySumOfShares(model: Model): number[] {
  return byShares(model, (shares) => shares.reduce((sum, share) => sum + share, 0));
}

function byPrice({ kindCount }: Model, prices: Float64Array): number[] {
  return Array.from({ length: kindCount }, (_, kind) => kind).sort((a, b) => prices[b]! - prices[a]! || a - b);
}

/** Shares of what all items together take, by dimension. */
function byShares({ kindCount, dimensions, sizes, demand }: Model, measure: (shares: number[]) => number): number[] {
  const totals = Array.from({ length: dimensions }, (_, d) =>
    demand.reduce((sum, count, kind) => sum + count * sizes[kind * dimensions + d]!, 0),
  );
  const measures = Array.from({ length: kindCount }, (_, kind) =>
    measure(totals.map((total, d) => (total > 0 ? sizes[kind * dimensions + d]! / total : 0))),
  );
  return measures.map((_, kind) => kind).sort((a, b) => measures[b]! - measures[a]! || a - b);
}
