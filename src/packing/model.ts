/** A problem made ready for the search: only what matters is left of it, and it lies in flat arrays. */

import type { Filled, Packing, Problem } from "./problem.js";

/** Kinds, types and dimensions by index. Types are those that are worth buying; `origin` says which ones they were. */
export class Model {
  readonly kindCount: number;
  readonly dimensions: number;
  readonly typeCount: number;
  /** Items of each kind. */
  readonly demand: Int32Array;
  /** [kind * dimensions + dimension] */
  readonly sizes: Float64Array;
  /** [type * dimensions + dimension] */
  readonly capacity: Float64Array;
  readonly cost: Float64Array;
  /** How many bins of the type there can be; Infinity for any number. */
  readonly most: Float64Array;
  /** [type * kindCount + kind]: how many items of the kind alone one bin holds at most, no more than there are. */
  readonly limits: Int32Array;
  /** Index in the problem of each type. */
  readonly origin: readonly number[];

  constructor(problem: Problem, dimensions: readonly number[], chosen: readonly number[], limits: Int32Array) {
    const { kinds, types } = problem;
    this.kindCount = kinds.length;
    this.dimensions = dimensions.length;
    this.typeCount = chosen.length;
    this.origin = chosen;
    this.demand = Int32Array.from(kinds, ({ count }) => count);
    this.sizes = sizesOf(kinds, dimensions);
    this.capacity = capacitiesOf(types, chosen, dimensions);
    this.cost = Float64Array.from(chosen, (t) => types[t]!.cost);
    this.most = Float64Array.from(chosen, (t) => types[t]!.most ?? Number.POSITIVE_INFINITY);
    this.limits = new Int32Array(chosen.length * kinds.length);
    chosen.forEach((t, index) => {
      this.limits.set(limits.subarray(t * kinds.length, (t + 1) * kinds.length), index * kinds.length);
    });
  }

  /** Whether the items fit into one bin of the type. */
  holds(type: number, counts: Int32Array, used: Float64Array = this.#usedBy(counts)): boolean {
    const { kindCount, dimensions, capacity, limits } = this;
    for (let d = 0; d < dimensions; d++) if (used[d]! > capacity[type * dimensions + d]!) return false;
    for (let kind = 0; kind < kindCount; kind++) {
      if (counts[kind]! > limits[type * kindCount + kind]!) return false;
    }
    return true;
  }

  /** What the items take of each dimension. */
  #usedBy(counts: Int32Array): Float64Array {
    const { kindCount, dimensions, sizes } = this;
    const used = new Float64Array(dimensions);
    for (let kind = 0; kind < kindCount; kind++) {
      const count = counts[kind]!;
      if (count === 0) continue;
      for (let d = 0; d < dimensions; d++) used[d]! += count * sizes[kind * dimensions + d]!;
    }
    return used;
  }

  /** The cheapest type that can hold the items; undefined where none can. Of limited types, only those that `isLeft`. */
  cheapestFor(counts: Int32Array, isLeft: (type: number) => boolean): number | undefined {
    const used = this.#usedBy(counts);
    let best: number | undefined;
    for (let type = 0; type < this.typeCount; type++) {
      if (best !== undefined && this.cost[type]! >= this.cost[best]!) continue;
      if (isLeft(type) && this.holds(type, counts, used)) best = type;
    }
    return best;
  }

  /** The packing with the indexes of the problem. */
  restored(bins: readonly Filled[]): Packing {
    return { cost: costOf(this, bins), bins: bins.map((bin) => ({ ...bin, type: this.origin[bin.type]! })) };
  }
}

export function costOf({ cost }: Model, bins: readonly Filled[]): number {
  return bins.reduce((sum, { type, times }) => sum + cost[type]! * times, 0);
}

/**
 * Leaves out dimensions that nobody asks for, types that hold nothing, and types for which another one that costs no more
 * would always do: it has no less room and admits whatever they admit.
 */
export function modelOf(problem: Problem): Model {
  const { kinds, types } = problem;
  const width = Math.max(0, ...kinds.map(({ sizes }) => sizes.length));
  const dimensions = Array.from({ length: width }, (_, d) => d).filter((d) => kinds.some(({ sizes }) => sizes[d]! > 0));
  const all = Array.from(types.keys());
  const [sizes, capacities] = [sizesOf(kinds, dimensions), capacitiesOf(types, all, dimensions)];
  const limits = limitsOf(problem, sizes, capacities, dimensions.length);
  clipToDemand(kinds, sizes, capacities, dimensions.length);
  const useful = all.filter((t) => hasAny(limits, t, kinds.length));
  const chosen = withoutDominated(problem, useful, capacities, dimensions.length, limits);
  return new Model(problem, dimensions, chosen, limits);
}

/** [kind * dimensions + dimension] */
function sizesOf(kinds: Problem["kinds"], dimensions: readonly number[]): Float64Array {
  const all = new Float64Array(kinds.length * dimensions.length);
  let at = 0;
  for (const { sizes } of kinds) for (const d of dimensions) all[at++] = sizes[d] ?? 0;
  return all;
}

/** [place among the chosen * dimensions + dimension] */
function capacitiesOf(types: Problem["types"], chosen: readonly number[], dimensions: readonly number[]): Float64Array {
  const all = new Float64Array(chosen.length * dimensions.length);
  let at = 0;
  for (const t of chosen) for (const d of dimensions) all[at++] = types[t]!.capacity[d] ?? 0;
  return all;
}

/** The same items, and so many bins of each type for nothing. Types of which there are none are left out. */
export function modelOfBins(model: Model, counts: Int32Array): Model {
  const { dimensions, sizes, demand, capacity, typeCount, limits } = model;
  const kinds = Array.from(demand, (count, kind) => ({
    sizes: [...sizes.subarray(kind * dimensions, (kind + 1) * dimensions)],
    count,
  }));
  const types = Array.from({ length: typeCount }, (_, type) => ({
    capacity: [...capacity.subarray(type * dimensions, (type + 1) * dimensions)],
    cost: 0,
    most: counts[type]!,
  }));
  const all = Array.from({ length: dimensions }, (_, d) => d);
  const chosen = types.map((_, type) => type).filter((type) => counts[type]! > 0);
  return new Model({ kinds, types }, all, chosen, limits);
}

function limitsOf(
  { kinds, types }: Problem,
  sizes: Float64Array,
  capacities: Float64Array,
  dimensions: number,
): Int32Array {
  const limits = new Int32Array(types.length * kinds.length);
  const most = Float64Array.from(kinds, ({ count, mostPerBin = count }) => Math.min(count, mostPerBin));
  const first = firstsOfSize(sizes, kinds.length, dimensions);
  const fits = new Float64Array(kinds.length);
  for (const [t, { admits }] of types.entries()) {
    for (let k = 0; k < kinds.length; k++) {
      fits[k] = first[k] === k ? timesIn(capacities, t, sizes, k, dimensions) : fits[first[k]!]!;
      const limit = Math.min(most[k]!, fits[k]!);
      limits[t * kinds.length + k] = limit > 0 && (admits === undefined || admits(k)) ? limit : 0;
    }
  }
  return limits;
}

/** Kinds of equal sizes fit equally often: of each the first one by its sizes. */
function firstsOfSize(sizes: Float64Array, kindCount: number, dimensions: number): Int32Array {
  const firsts = new Map<string, number>();
  return Int32Array.from({ length: kindCount }, (_, k) => {
    const key = sizes.subarray(k * dimensions, (k + 1) * dimensions).join();
    const first = firsts.get(key) ?? k;
    if (first === k) firsts.set(key, k);
    return first;
  });
}

function timesIn(
  capacities: Float64Array,
  type: number,
  sizes: Float64Array,
  kind: number,
  dimensions: number,
): number {
  let times = Number.POSITIVE_INFINITY;
  for (let d = 0; d < dimensions; d++) {
    const size = sizes[kind * dimensions + d]!;
    if (size > 0) times = Math.min(times, Math.floor(Math.max(0, capacities[type * dimensions + d]!) / size));
  }
  return times;
}

function hasAny(limits: Int32Array, type: number, kindCount: number): boolean {
  for (let at = type * kindCount; at < (type + 1) * kindCount; at++) if (limits[at]! > 0) return true;
  return false;
}

/** Room beyond what all items together take is worth nothing. */
function clipToDemand(
  kinds: Problem["kinds"],
  sizes: Float64Array,
  capacities: Float64Array,
  dimensions: number,
): void {
  for (let d = 0; d < dimensions; d++) {
    let total = 0;
    for (const [k, { count }] of kinds.entries()) total += sizes[k * dimensions + d]! * count;
    if (!Number.isSafeInteger(total)) continue;
    for (let at = d; at < capacities.length; at += dimensions) capacities[at] = Math.min(capacities[at]!, total);
  }
}

function withoutDominated(
  { kinds, types }: Problem,
  useful: readonly number[],
  capacities: Float64Array,
  dimensions: number,
  limits: Int32Array,
): number[] {
  const count = kinds.length;
  const isAsLarge = (better: number, worse: number): boolean => {
    for (let d = 0; d < dimensions; d++) {
      if (capacities[better * dimensions + d]! < capacities[worse * dimensions + d]!) return false;
    }
    return true;
  };
  const admitsAll = (better: number, worse: number): boolean => {
    for (let k = 0; k < count; k++)
      if (limits[worse * count + k]! > 0 && limits[better * count + k] === 0) return false;
    return true;
  };
  // A type is only ever dominated by one that costs no more; of equals the larger, then the earlier stays.
  const room = types.map((_, t) => {
    let sum = 0;
    for (let d = 0; d < dimensions; d++) sum += capacities[t * dimensions + d]!;
    return sum;
  });
  const order = [...useful].sort((a, b) => types[a]!.cost - types[b]!.cost || room[b]! - room[a]! || a - b);
  const kept: number[] = [];
  for (const t of order) {
    const isWorse = kept.some((u) => types[u]!.most === undefined && isAsLarge(u, t) && admitsAll(u, t));
    if (!isWorse) kept.push(t);
  }
  return kept.sort((a, b) => a - b);
}
