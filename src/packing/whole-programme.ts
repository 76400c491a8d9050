/** Integer programmes: the best packing out of known patterns, and a bound from counting the bins of each type. */

import type { Pattern } from "./columns.js";
import type { Effort } from "./effort.js";
import { Knapsacks } from "./knapsack.js";
import { costOf, type Model } from "./model.js";
import type { Filled } from "./problem.js";
import { roundUpToCosts } from "./proof.js";
import { columnsOf, type LinearSolver } from "./solver.js";
import { downsized, Stock } from "./stock.js";

/** More patterns than this make the answer worse: the tree grows, the gain does not. */
const MOST_PATTERNS = 600;
const NODE_STEPS = 2000;
const CUT_NODES = 200;
const MOST_COUNT_NODES = 5_000;
const COUNT_NODE_STEPS = 100;
/** What is trusted to a solver that computes in floating point. */
const TOLERANCE = 1e-7;

/**
 * The best packing that the solver finds with the patterns, each at prices that make it worth its cost or nearly so.
 * Undefined where it finds none.
 */
export async function bestOfPatterns(
  model: Model,
  solver: LinearSolver,
  patterns: readonly Pattern[],
  prices: Float64Array,
  known: readonly Filled[],
  effort: Effort,
  nodeLimit: number,
): Promise<Filled[] | undefined> {
  const affordable = Math.min(nodeLimit, Math.floor(effort.left / NODE_STEPS) - 1);
  if (affordable < 1) return undefined;
  const used = known.map(({ type, counts }) => ({ type, counts }));
  const missing = ({ type, counts }: Pattern): number =>
    model.cost[type]! - counts.reduce((sum, count, kind) => sum + count * prices[kind]!, 0);
  const others = [...patterns].sort((a, b) => missing(a) - missing(b)).slice(0, MOST_PATTERNS);
  const all = [...used, ...others];
  const limited = Array.from(model.most, (_, type) => type).filter((type) => Number.isFinite(model.most[type]!));
  const columns = columnsOf(
    all.map(({ type, counts }) => {
      const entries: [number, number][] = [];
      for (const [kind, count] of counts.entries()) if (count > 0) entries.push([kind, count]);
      if (limited.includes(type)) entries.push([model.kindCount + limited.indexOf(type), -1]);
      return { cost: model.cost[type]!, entries };
    }),
  );
  const start = new Float64Array(all.length);
  for (const [at, { times }] of known.entries()) start[at] = times;
  const answer = await solver.solveInteger({
    ...columns,
    upper: new Float64Array(all.length).fill(Number.POSITIVE_INFINITY),
    least: Float64Array.from([...model.demand, ...limited.map((type) => -model.most[type]!)]),
    start,
    nodeLimit: affordable,
  });
  effort.spend(NODE_STEPS * (1 + (answer?.nodes ?? 0)));
  if (answer?.x === undefined) return undefined;
  const stock = new Stock(model);
  for (const [at, { type, counts }] of all.entries()) stock.takeAtMost(type, counts, Math.round(answer.x[at]!));
  return stock.isEmpty ? downsized(model, stock.filled) : undefined;
}

/**
 * A bound for few bins: how many of each type must there be, as whole numbers, if all that is known is that any prices of
 * items bound what a bin of each type can hold. Several prices together say more than the best ones alone.
 *
 * @param pause awaited between prices, so that an interrupt is heard: what is left is then looked at less closely
 */
export async function boundByCounts(
  model: Model,
  solver: LinearSolver,
  prices: readonly Float64Array[],
  best: readonly Filled[],
  effort: Effort,
  pause: () => Promise<void>,
): Promise<number> {
  const knapsacks = new Knapsacks(model, effort);
  const cuts: { readonly needed: number; readonly ceilings: readonly number[] }[] = [];
  for (const one of prices) {
    cuts.push({
      needed: model.demand.reduce((sum, count, kind) => sum + count * Math.max(0, one[kind]!), 0),
      ceilings: Array.from(model.cost, (_, type) => knapsacks.search(type, one, 0, CUT_NODES).bound),
    });
    await pause();
  }
  const useful = cuts.filter(({ needed }) => needed > 0);
  const columns = columnsOf(
    Array.from(model.cost, (cost, type) => ({
      cost,
      entries: useful.flatMap(({ needed, ceilings }, row): [number, number][] =>
        ceilings[type]! > 0 ? [[row, Math.min(1, ceilings[type]! / needed)]] : [],
      ),
    })),
  );
  const start = new Float64Array(model.typeCount);
  for (const { type, times } of best) start[type]! += times;
  const answer = await solver.solveInteger({
    ...columns,
    upper: model.most,
    least: new Float64Array(useful.length).fill(1 - TOLERANCE),
    start,
    nodeLimit: Math.min(MOST_COUNT_NODES, Math.max(1, Math.floor(effort.left / COUNT_NODE_STEPS))),
  });
  effort.spend(COUNT_NODE_STEPS * (1 + (answer?.nodes ?? 0)));
  if (answer === undefined || !Number.isFinite(answer.bound)) return 0;
  const cost = costOf(model, best);
  return Math.min(cost, roundUpToCosts(model, answer.bound * (1 - TOLERANCE) - TOLERANCE));
}

/**
 * Prices that say different things: each dimension's own, of kinds at least as big as each, mixtures, and the given ones
 * with one kind raised.
 */
export function manyPrices(model: Model, given: readonly Float64Array[]): Float64Array[] {
  const { kindCount, dimensions, sizes, demand } = model;
  const kinds = Array.from({ length: kindCount }, (_, kind) => kind);
  const found: Float64Array[] = [...given];
  for (let d = 0; d < dimensions; d++) {
    const most = Math.max(1, ...kinds.map((kind) => sizes[kind * dimensions + d]!));
    found.push(Float64Array.from(kinds, (kind) => sizes[kind * dimensions + d]! / most));
  }
  const asBig = (kind: number, other: number): boolean => {
    for (let d = 0; d < dimensions; d++) {
      if (sizes[other * dimensions + d]! < sizes[kind * dimensions + d]!) return false;
    }
    return true;
  };
  const largest = [...kinds].sort((a, b) => given[0]![b]! - given[0]![a]!).slice(0, 12);
  for (const kind of largest) found.push(Float64Array.from(kinds, (other) => (asBig(kind, other) ? 1 : 0)));
  for (const kind of largest.filter((one) => demand[one]! > 0)) {
    found.push(given[0]!.map((price, other) => (other === kind ? price * 1.3 : price)));
  }
  if (given.length > 1) found.push(given[0]!.map((price, kind) => (price + given[1]![kind]!) / 2));
  return found;
}
