/** Checks a proof by numbers of bins from what is written in it alone, sharing no code with what made it. */

import type { CountBranch, CountProof, Problem } from "../../src/packing/problem.js";

/** Weights are written as binary fractions: all of them are whole in such parts. */
const BITS = 100;

/**
 * What the proof proves.
 *
 * @throws where a limit is none: its items are worth something else, or some content of a bin is worth more than it says
 */
export function costProvenBy({ kinds, types }: Problem, { below, limits, tree }: CountProof): number {
  for (const { prices, ceilings, needed } of limits) {
    const worth = kinds.reduce((sum, { count }, kind) => sum + count * prices[kind]!, 0);
    if (worth !== needed) throw new Error(`all items are worth ${worth}, not ${needed}`);
    for (const [type, ceiling] of ceilings) {
      const most = mostWorth({ kinds, types }, type, prices);
      if (most > ceiling) throw new Error(`a bin of type ${type} holds ${most}, more than ${ceiling}`);
    }
  }
  const listed = [...(limits[0]?.ceilings.keys() ?? [])];
  const boxOf = (type: number): [bigint, bigint] => {
    const { cost, most = Number.POSITIVE_INFINITY } = types[type]!;
    return [0n, BigInt(Math.min(most, cost > 0 ? Math.ceil(below / cost) - 1 : 2 ** 30))];
  };
  const target = BigInt(below) << BigInt(BITS);
  const least = leastOf(tree, new Map(listed.map((type) => [type, boxOf(type)])));
  const rounded = (least + (1n << BigInt(BITS)) - 1n) >> BigInt(BITS);
  return Math.min(below, Number(rounded));

  function leastOf({ weights, rest, split }: CountBranch, box: Map<number, [bigint, bigint]>): bigint {
    if ([...box.values()].some(([low, high]) => low > high)) return target;
    const parts = weights.map(([limit, weight]) => [limit, BigInt(weight * 2 ** BITS)] as const);
    let bound = parts.reduce((sum, [limit, weight]) => sum + weight * BigInt(limits[limit]!.needed), 0n);
    const over = new Map<number, bigint>();
    for (const [type, [low, high]] of box) {
      let left = BigInt(types[type]!.cost) << BigInt(BITS);
      for (const [limit, weight] of parts) left -= weight * BigInt(limits[limit]!.ceilings.get(type)!);
      over.set(type, left);
      bound += left * (left > 0n ? low : high);
    }
    if (bound >= target || (rest === undefined && split === undefined)) return bound;
    const kept = new Map<number, [bigint, bigint]>();
    for (const [type, [low, high]] of box) {
      const left = over.get(type)!;
      // The farthest that still comes to less than what is not looked at.
      const away = left === 0n ? high - low : (target - bound - 1n) / (left > 0n ? left : -left);
      if (away >= high - low) kept.set(type, [low, high]);
      else kept.set(type, left > 0n ? [low, low + away] : [high - away, high]);
    }
    if (rest !== undefined) return leastOf(rest, kept);
    const { type, cut, lower, upper } = split!;
    const [low, high] = kept.get(type)!;
    const below = new Map(kept).set(type, [low, high < BigInt(cut) ? high : BigInt(cut)]);
    const above = new Map(kept).set(type, [low > BigInt(cut) ? low : BigInt(cut) + 1n, high]);
    const [one, other] = [leastOf(lower, below), leastOf(upper, above)];
    return [one, other].sort((a, b) => (a < b ? -1 : 1))[0]!;
  }
}

/** What the most valuable content of a bin is worth, by trying every one. */
export function mostWorth({ kinds, types }: Problem, type: number, prices: readonly number[]): number {
  const { capacity, admits } = types[type]!;
  const from = (kind: number, room: readonly number[]): number => {
    if (kind === kinds.length) return 0;
    const { sizes, count, mostPerBin = count } = kinds[kind]!;
    let most = 0;
    for (let taken = 0; taken <= Math.min(count, mostPerBin); taken++) {
      if (taken > 0 && admits?.(kind) === false) break;
      const left = room.map((amount, d) => amount - taken * sizes[d]!);
      if (left.some((amount) => amount < 0)) break;
      most = Math.max(most, taken * prices[kind]! + from(kind + 1, left));
    }
    return most;
  };
  return from(0, capacity);
}
