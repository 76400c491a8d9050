/** An integer programme: the best packing out of known patterns. */

import type { Pattern } from "./columns.js";
import type { Effort } from "./effort.js";
import type { Model } from "./model.js";
import type { Filled } from "./problem.js";
import { columnsOf, type LinearSolver } from "./solver.js";
import { downsized, Stock } from "./stock.js";

/** More patterns than this make the answer worse: the tree grows, the gain does not. */
const MOST_PATTERNS = 600;
const NODE_STEPS = 2000;

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
