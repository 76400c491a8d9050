/** Bins counted by volume alone: which type, and how many of it, without a look at what goes into which. */

import type { Model } from "./model.js";
import { volumePrices } from "./proof.js";

/** Of types that cost up to so many times the least for the same worth, the one with the fewest bins is taken. */
const NEARLY = 1.005;

/** Bins of one type for all items of some kinds. */
export interface Bulk {
  readonly type: number;
  readonly times: number;
  readonly kinds: readonly number[];
}

/**
 * For the kinds that are left, again and again, the type whose bins cost least for what its kinds are worth by volume.
 * Whether the items fit is another question: whoever wants to know tries.
 *
 * @param waste how much of each bin is taken to stay empty, in items of middle size
 * @returns undefined where some kind fits only into bins that are limited
 */
export function binsByVolume(model: Model, waste: number): Bulk[] | undefined {
  const prices = volumePrices(model);
  let left = Array.from(model.demand.keys()).filter((kind) => model.demand[kind]! > 0);
  const bulks: Bulk[] = [];
  while (left.length > 0) {
    const best = bestBulk(model, left, prices, waste);
    if (best === undefined) return undefined;
    bulks.push(best);
    const held = new Set(best.kinds);
    left = left.filter((kind) => !held.has(kind));
  }
  return bulks;
}

function bestBulk(model: Model, left: readonly number[], prices: Float64Array, waste: number): Bulk | undefined {
  const { typeCount, kindCount, limits, cost, most } = model;
  const rated: (Bulk & { readonly rate: number })[] = [];
  let least = Number.POSITIVE_INFINITY;
  let load: Load | undefined;
  for (let type = 0; type < typeCount; type++) {
    if (Number.isFinite(most[type]!)) continue;
    const held = left.filter((kind) => limits[type * kindCount + kind]! > 0);
    if (held.length === 0) continue;
    // Nearly all types hold the same kinds as the one before.
    if (load === undefined || !areEqual(load.kinds, held)) load = loadOf(model, held, prices);
    const { kinds, worth } = load;
    const times = timesFor(model, type, load, waste);
    const rate = (times * cost[type]!) / Math.max(worth, Number.MIN_VALUE);
    rated.push({ type, times, kinds, rate });
    least = Math.min(least, rate);
  }
  const good = rated.filter(({ rate }) => rate <= least * NEARLY);
  return good.reduce<Bulk | undefined>((few, one) => (few && few.times <= one.times ? few : one), undefined);
}

/** What all items of some kinds ask for. */
interface Load {
  readonly kinds: readonly number[];
  readonly worth: number;
  /** By dimension, of the items that have a size there: the sum, how many, the largest. */
  readonly sizes: readonly { readonly total: number; readonly count: number; readonly largest: number }[];
}

function loadOf({ dimensions, demand, sizes }: Model, kinds: readonly number[], prices: Float64Array): Load {
  return {
    kinds,
    worth: kinds.reduce((sum, kind) => sum + demand[kind]! * prices[kind]!, 0),
    sizes: Array.from({ length: dimensions }, (_, d) => {
      let [total, count, largest] = [0, 0, 0];
      for (const kind of kinds) {
        const size = sizes[kind * dimensions + d]!;
        if (size === 0) continue;
        total += size * demand[kind]!;
        count += demand[kind]!;
        largest = Math.max(largest, size);
      }
      return { total, count, largest };
    }),
  };
}

function areEqual(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((number, at) => number === other[at]);
}

function timesFor(
  { kindCount, dimensions, limits, demand, capacity }: Model,
  type: number,
  { kinds, sizes }: Load,
  waste: number,
): number {
  // Items of which a bin holds few whatever else it holds.
  let times = 1;
  for (const kind of kinds) times = Math.max(times, Math.ceil(demand[kind]! / limits[type * kindCount + kind]!));
  for (let d = 0; d < dimensions; d++) {
    const { total, count, largest } = sizes[d]!;
    if (total === 0) continue;
    const room = Math.max(largest, capacity[type * dimensions + d]! - (waste * total) / count);
    times = Math.max(times, Math.ceil(total / room));
  }
  return times;
}
