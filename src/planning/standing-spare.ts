/** Whether the nodes that are there survive the loss of any one of them by themselves, so that nothing need be bought for it. */

import type { Packed } from "../packing/pack.js";
import type { BinType, Filled, Packing, Problem } from "../packing/problem.js";

/**
 * `enough`: what any of them holds finds room on the others. `short`: without one of them no packing is free of charge, which
 * is proven. `unknown`: neither was found.
 */
export type Standing = "enough" | "short" | "unknown";

/** With more nodes told apart, squared, times kinds of pods, nothing is looked for. */
const MOST_LOOKED_AT = 20_000_000;

type Packer = (problem: Problem) => Promise<Packed>;

/** @param main a packing that costs nothing */
export async function standingSpare(problem: Problem, main: Packing, packed: Packer): Promise<Standing> {
  const { kinds, types } = problem;
  if ((main.bins.length + types.length) ** 2 * kinds.length > MOST_LOOKED_AT) return "unknown";
  if (await survivesEach(problem, main, packed)) return "enough";
  for (const [at, { cost, most = 0 }] of types.entries()) {
    if (cost > 0 || most === 0) continue;
    const fewer = types.map((type, index) => (index === at ? { ...type, most: most - 1 } : type));
    const { bound } = await packed({ kinds, types: fewer });
    if (bound.cost > 0) return "short";
  }
  return "unknown";
}

async function survivesEach(problem: Problem, main: Packing, packed: Packer): Promise<boolean> {
  for (const lost of main.bins) {
    const { packing } = await packed(without(lost, problem, main));
    if (packing === undefined) return false;
  }
  return true;
}

/** What one bin holds, and the room that all the others have left, those that are empty included. */
function without(lost: Filled, { kinds, types }: Problem, { bins }: Packing): Problem {
  const used = types.map(() => 0);
  for (const { type, times } of bins) used[type]! += times;
  const filled = bins.map((bin) => roomLeft(types[bin.type]!, kinds, bin, bin.times - Number(bin === lost)));
  const empty = types.map((type, at) => ({ ...type, most: Math.max(0, (type.most ?? 0) - used[at]!) }));
  return {
    kinds: kinds.map((kind, at) => ({ ...kind, count: lost.counts[at]! })),
    types: [...filled, ...empty.map((type) => (type.cost > 0 ? { ...type, most: 0 } : type))],
  };
}

function roomLeft({ capacity, admits, cost }: BinType, kinds: Problem["kinds"], bin: Filled, most: number): BinType {
  const taken = capacity.map((_, d) => kinds.reduce((sum, { sizes }, kind) => sum + sizes[d]! * bin.counts[kind]!, 0));
  return {
    capacity: capacity.map((amount, d) => amount - taken[d]!),
    cost,
    most,
    // Of a kind of which a bin may hold only so many it is taken to hold no more, once it holds one.
    admits: (kind) => admits?.(kind) !== false && (kinds[kind]!.mostPerBin === undefined || bin.counts[kind] === 0),
  };
}
