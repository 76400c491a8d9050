/**
 * A dimension of few whole units, as of GPUs: with a price for the room of all others, what it holds at most is found by
 * going through its units, and not by cutting items to fit.
 */

import type { Model } from "./model.js";

/** More units than this take longer than they help. */
const MOST_UNITS = 16;
/** Written anew by each call. */
const TOPS = new Float64Array((MOST_UNITS + 1) * MOST_UNITS);
const BEST = new Float64Array(MOST_UNITS + 1);

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
 * @param count of so many kinds
 * @param gains of one item of each kind beyond what it takes of the others
 */
export function mostGained(
  units: Int32Array,
  count: number,
  gains: Float64Array,
  upper: ArrayLike<number>,
  room: number,
): number {
  // Of items of so many units each, the best that there is room for: [units * room + place], the best first.
  const [tops, best] = [TOPS, BEST];
  for (let at = 0; at < (room + 1) * room; at++) tops[at] = 0;
  for (let used = 0; used <= room; used++) best[used] = 0;
  let free = 0;
  for (let kind = 0; kind < count; kind++) {
    const gain = gains[kind]!;
    if (gain <= 0 || upper[kind]! <= 0) continue;
    const unit = units[kind]!;
    if (unit > room) continue;
    if (unit === 0) free += gain * upper[kind]!;
    else insert(tops, unit * room, Math.floor(room / unit), gain, upper[kind]!);
  }
  for (let unit = 1; unit <= room; unit++) {
    for (let at = unit * room; at < unit * room + Math.floor(room / unit) && tops[at]! > 0; at++) {
      const top = tops[at]!;
      for (let used = room; used >= unit; used--) {
        const sum = best[used - unit]! + top;
        if (sum > best[used]!) best[used] = sum;
      }
    }
  }
  return free + best[room]!;
}

/** Puts a gain so many times into its place among the largest from `start` on; the least of them fall out. */
function insert(tops: Float64Array, start: number, length: number, gain: number, times: number): void {
  const last = start + length;
  let at = last;
  while (at > start && tops[at - 1]! < gain) at--;
  const end = Math.min(at + times, last);
  const by = end - at;
  if (by === 0) return;
  for (let to = last - 1; to >= end; to--) tops[to] = tops[to - by]!;
  for (let to = at; to < end; to++) tops[to] = gain;
}

/** What items of a kind gain, and how many of them there can be. */
export interface Gain {
  /** By which its units are found. */
  readonly place: number;
  readonly gain: bigint;
  readonly free: number;
}

/** The same in whole numbers. */
export function mostGainedWhole(units: Int32Array, gains: readonly Gain[], room: number): bigint {
  let free = 0n;
  const byUnits: Gain[][] = Array.from({ length: room + 1 }, () => []);
  for (const one of gains) {
    const unit = units[one.place]!;
    if (one.gain <= 0n || unit > room) continue;
    if (unit === 0) free += one.gain * BigInt(one.free);
    else byUnits[unit]!.push(one);
  }
  const best = new Array<bigint>(room + 1).fill(0n);
  for (const [unit, items] of byUnits.entries()) {
    let left = Math.floor(room / Math.max(1, unit));
    for (const one of items.sort((a, b) => (a.gain < b.gain ? 1 : -1))) {
      for (let count = Math.min(one.free, left); count > 0; count--, left--) {
        for (let used = room; used >= unit; used--) {
          const sum = best[used - unit]! + one.gain;
          if (sum > best[used]!) best[used] = sum;
        }
      }
    }
  }
  return free + best[room]!;
}
