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
    this.sizes = Float64Array.from(kinds.flatMap(({ sizes }) => dimensions.map((d) => sizes[d] ?? 0)));
    this.capacity = Float64Array.from(chosen.flatMap((t) => dimensions.map((d) => types[t]!.capacity[d] ?? 0)));
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
  const limits = limitsOf(problem, dimensions);
  const clipped = types.map(({ capacity }) => dimensions.map((d) => capacity[d] ?? 0));
  clipToDemand(problem, dimensions, clipped);
  const useful = types.map((_, t) => t).filter((t) => hasAny(limits, t, kinds.length));
  return new Model(problem, dimensions, withoutDominated(problem, useful, clipped, limits), limits);
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

function limitsOf({ kinds, types }: Problem, dimensions: readonly number[]): Int32Array {
  const limits = new Int32Array(types.length * kinds.length);
  const most = Int32Array.from(kinds, ({ count, mostPerBin = count }) => Math.min(count, mostPerBin));
  const sizes = kinds.map((kind) => dimensions.map((d) => kind.sizes[d]!));
  // Kinds of equal sizes fit equally often: the first of each by its sizes.
  const firsts = new Map<string, number>();
  for (const [k, size] of sizes.entries()) if (!firsts.has(String(size))) firsts.set(String(size), k);
  const first = sizes.map((size) => firsts.get(String(size))!);
  const fits = new Float64Array(kinds.length);
  for (const [t, { capacity, admits }] of types.entries()) {
    const room = dimensions.map((d) => Math.max(0, capacity[d] ?? 0));
    for (let k = 0; k < kinds.length; k++) {
      fits[k] = first[k] === k ? timesIn(room, sizes[k]!) : fits[first[k]!]!;
      const limit = Math.min(most[k]!, fits[k]!);
      limits[t * kinds.length + k] = limit > 0 && (admits?.(k) ?? true) ? limit : 0;
    }
  }
  return limits;
}

function timesIn(room: readonly number[], size: readonly number[]): number {
  let times = Number.POSITIVE_INFINITY;
  for (let d = 0; d < room.length; d++) if (size[d]! > 0) times = Math.min(times, Math.floor(room[d]! / size[d]!));
  return times;
}

function hasAny(limits: Int32Array, type: number, kindCount: number): boolean {
  return limits.subarray(type * kindCount, (type + 1) * kindCount).some((limit) => limit > 0);
}

/** Room beyond what all items together take is worth nothing. */
function clipToDemand({ kinds }: Problem, dimensions: readonly number[], capacities: number[][]): void {
  dimensions.forEach((d, at) => {
    const total = kinds.reduce((sum, { sizes, count }) => sum + sizes[d]! * count, 0);
    if (Number.isSafeInteger(total)) {
      for (const capacity of capacities) capacity[at] = Math.min(capacity[at]!, total);
    }
  });
}

function withoutDominated(
  { kinds, types }: Problem,
  useful: readonly number[],
  capacities: readonly (readonly number[])[],
  limits: Int32Array,
): number[] {
  const kept: number[] = [];
  const admitsAll = (better: number, worse: number): boolean => {
    for (let k = 0; k < kinds.length; k++) {
      if (limits[worse * kinds.length + k]! > 0 && limits[better * kinds.length + k] === 0) return false;
    }
    return true;
  };
  const isBetter = (u: number, t: number): boolean =>
    types[u]!.most === undefined &&
    capacities[t]!.every((amount, d) => capacities[u]![d]! >= amount) &&
    admitsAll(u, t);
  // A type is only ever dominated by one that costs no more; of equals the larger, then the earlier stays.
  const room = (t: number): number => capacities[t]!.reduce((sum, amount) => sum + amount, 0);
  const order = [...useful].sort((a, b) => types[a]!.cost - types[b]!.cost || room(b) - room(a) || a - b);
  for (const t of order) if (!kept.some((u) => isBetter(u, t))) kept.push(t);
  return kept.sort((a, b) => a - b);
}
