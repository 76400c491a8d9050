/**
 * A dimension of few whole units, as of GPUs: with a price for the room of all others, what it holds at most is found by
 * going through its units, and not by cutting items to fit.
 */

import type { Model } from "./model.js";

/** More units than this take longer than they help. */
const MOST_UNITS = 16;

export interface Countable {
  readonly dimension: number;
  /** Of each kind how many units one item takes. */
  readonly units: Int32Array;
  /** Of one unit, in the dimension's own. */
  readonly size: number;
}

/** The first dimension in which bins have 2 to 16 units, and every item takes some number of them. */
export function countableOf({ dimensions, kindCount, typeCount, sizes, capacity }: Model): Countable | undefined {
  for (let dimension = 0; dimension < dimensions; dimension++) {
    let size = 0;
    for (let kind = 0; kind < kindCount; kind++) size = divisorOf(size, sizes[kind * dimensions + dimension]!);
    let most = 0;
    for (let type = 0; type < typeCount; type++) most = Math.max(most, capacity[type * dimensions + dimension]! / size);
    if (size === 0 || most < 2 || most >= MOST_UNITS + 1) continue;
    const units = Int32Array.from({ length: kindCount }, (_, kind) => sizes[kind * dimensions + dimension]! / size);
    return { dimension, units, size };
  }
  return undefined;
}

function divisorOf(a: number, b: number): number {
  return b === 0 ? a : divisorOf(b, a % b);
}

/**
 * The most that items gain in the room, each kind up to `upper`, whatever they take of other dimensions.
 *
 * @param gains of one item of each kind beyond what it takes of the others
 */
export function mostGained(units: Int32Array, gains: Float64Array, upper: ArrayLike<number>, room: number): number {
  const best = new Float64Array(room + 1);
  let free = 0;
  for (let kind = 0; kind < units.length; kind++) {
    const [gain, unit] = [gains[kind]!, units[kind]!];
    if (gain <= 0 || upper[kind]! <= 0) continue;
    if (unit === 0) {
      free += gain * upper[kind]!;
      continue;
    }
    for (let count = Math.min(upper[kind]!, Math.floor(room / unit)); count > 0; count--) {
      for (let used = room; used >= unit; used--) best[used] = Math.max(best[used]!, best[used - unit]! + gain);
    }
  }
  return free + best[room]!;
}
