/** An integer programme: the best packing out of known patterns. */

import type { Pattern } from "./columns.js";
import type { Effort } from "./effort.js";
import { worthOf } from "./frame.js";
import { costOf, type Model } from "./model.js";
import type { Filled } from "./problem.js";
import { columnsOf, INTEGER_ITERATION_STEPS, type LinearSolver } from "./solver.js";
import { downsized, Stock } from "./stock.js";

/** More patterns than this make the answer worse: the tree grows, the gain does not. */
const MOST_PATTERNS = 600;
/** Of the solver, which ends with the best it has; with fewer iterations an entry it has not left its root. */
const NODE_LIMIT = 400;
const ENTRY_ITERATIONS = 5;

/**
 * The best packing that the solver finds with the patterns, of those that a better packing than the known one can have.
 * Undefined where it finds none.
 *
 * @param bound no packing costs less, and the prices show it
 * @param share of the effort's limit that may be used up when this ends
 */
export async function bestOfPatterns(
  model: Model,
  solver: LinearSolver,
  patterns: readonly Pattern[],
  prices: Float64Array,
  known: readonly Filled[],
  bound: number,
  effort: Effort,
  share: number,
): Promise<Filled[] | undefined> {
  const used = known.map(({ type, counts }) => ({ type, counts }));
  const missing = ({ type, counts }: Pattern): number => model.cost[type]! - worthOf(counts, prices);
  // What a pattern costs beyond its worth adds to the bound, and a better packing has less than that to spare.
  const spare = costOf(model, known) - bound;
  const others = patterns
    .map((pattern) => ({ pattern, over: missing(pattern) }))
    .filter(({ over }) => over < spare)
    .sort((a, b) => a.over - b.over)
    .slice(0, MOST_PATTERNS);
  const all = [...used, ...others.map(({ pattern }) => pattern)];
  const limited = Array.from(model.most, (_, type) => type).filter((type) => Number.isFinite(model.most[type]!));
  const columns = columnsOf(
    all.map(({ type, counts }) => {
      const entries: [number, number][] = [];
      for (const [kind, count] of counts.entries()) if (count > 0) entries.push([kind, count]);
      if (limited.includes(type)) entries.push([model.kindCount + limited.indexOf(type), -1]);
      return { cost: model.cost[type]!, entries };
    }),
  );
  const iterationLimit = Math.floor((effort.limit * share - effort.spent) / INTEGER_ITERATION_STEPS);
  if (iterationLimit < ENTRY_ITERATIONS * columns.rows.length) return undefined;
  const start = new Float64Array(all.length);
  for (const [at, { times }] of known.entries()) start[at] = times;
  const answer = await solver.solveInteger({
    ...columns,
    upper: new Float64Array(all.length).fill(Number.POSITIVE_INFINITY),
    least: Float64Array.from([...model.demand, ...limited.map((type) => -model.most[type]!)]),
    start,
    nodeLimit: NODE_LIMIT,
    iterationLimit,
  });
  effort.spend(INTEGER_ITERATION_STEPS * (answer?.iterations ?? iterationLimit));
  if (answer?.x === undefined) return undefined;
  const stock = new Stock(model);
  for (const [at, { type, counts }] of all.entries()) stock.takeAtMost(type, counts, Math.round(answer.x[at]!));
  return stock.isEmpty ? downsized(model, stock.filled) : undefined;
}
