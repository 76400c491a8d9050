/** Bins that are given: whether all items go into them, and if not, prices of items that show it. */

import { generate, type Pattern } from "./columns.js";
import type { Effort } from "./effort.js";
import { type Model, modelOfBins } from "./model.js";
import type { Filled } from "./problem.js";
import { columnsOf, INTEGER_ITERATION_STEPS, type LinearSolver } from "./solver.js";
import { downsized, Stock } from "./stock.js";

/** Steps of effort for each column of the programme. */
const COLUMN_STEPS = 100;
/** Part of the effort for showing that the bins do not do. */
const SHARE = 0.1;
/** Less than this is no more than rounding makes of nothing. */
const ROUNDING = 1e-6;
const NODE_LIMIT = 200;
const ITERATION_LIMIT = 3_000;
const MOST_COLUMNS = 2_000;

/** All items in the bins, or in cheaper ones; undefined where that was not found. @param counts of bins of each type */
export async function packedInto(
  model: Model,
  solver: LinearSolver,
  counts: Int32Array,
  effort: Effort,
): Promise<Filled[] | undefined> {
  const { kindCount, dimensions, sizes, capacity, limits } = model;
  const bins = Array.from(counts).flatMap((count, type) => Array.from({ length: count }, () => type));
  const columns = bins.flatMap((type, bin) =>
    Array.from({ length: kindCount }, (_, kind) => ({ type, bin, kind })).filter(
      ({ kind }) => limits[type * kindCount + kind]! > 0,
    ),
  );
  if (columns.length > MOST_COLUMNS || columns.length * COLUMN_STEPS > effort.left) return undefined;
  const entriesOf = ({ type, bin, kind }: (typeof columns)[number]): [number, number][] => {
    const entries: [number, number][] = [[kind, 1]];
    for (let d = 0; d < dimensions; d++) {
      const size = sizes[kind * dimensions + d]!;
      if (size > 0) entries.push([kindCount + bin * dimensions + d, -size / capacity[type * dimensions + d]!]);
    }
    return entries;
  };
  const answer = await solver.solveInteger({
    ...columnsOf(columns.map((column) => ({ cost: 0, entries: entriesOf(column) }))),
    upper: Float64Array.from(columns, ({ type, kind }) => limits[type * kindCount + kind]!),
    least: Float64Array.from([...model.demand, ...bins.flatMap(() => new Array<number>(dimensions).fill(-1))]),
    nodeLimit: NODE_LIMIT,
    iterationLimit: Math.min(ITERATION_LIMIT, effort.left / INTEGER_ITERATION_STEPS),
  });
  effort.spend(columns.length * COLUMN_STEPS + INTEGER_ITERATION_STEPS * (answer?.iterations ?? 0));
  if (answer?.x === undefined) return undefined;
  const held = bins.map(() => new Int32Array(kindCount));
  for (const [at, { bin, kind }] of columns.entries()) held[bin]![kind] = Math.round(answer.x[at]!);
  return taken(model, bins, held);
}

/** Undefined where the solver's rounding made it wrong. */
function taken(model: Model, bins: readonly number[], held: readonly Int32Array[]): Filled[] | undefined {
  const stock = new Stock(model);
  for (const [bin, type] of bins.entries()) {
    if (!model.holds(type, held[bin]!)) return undefined;
    stock.takeAtMost(type, held[bin]!, 1);
  }
  return stock.isEmpty ? downsized(model, stock.filled) : undefined;
}

/** Prices at which all items are worth more than the bins can hold; undefined where there are none, or none were found. */
export async function pricesAgainst(
  model: Model,
  solver: LinearSolver,
  counts: Int32Array,
  patterns: readonly Pattern[],
  effort: Effort,
): Promise<Float64Array | undefined> {
  const given = modelOfBins(model, counts);
  const first = patterns.flatMap((pattern) => {
    const type = given.origin.indexOf(pattern.type);
    return type < 0 ? [] : [{ ...pattern, type }];
  });
  const none = new Float64Array(model.kindCount);
  const share = Math.min(1, effort.spent / effort.limit + SHARE);
  const programme = await generate(given, solver, first, none, effort, { target: 0, share });
  return programme !== undefined && programme.bound > ROUNDING ? programme.prices : undefined;
}
