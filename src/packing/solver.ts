/** Linear programmes that are too large to be solved by hand: what a solver must be able to do. HiGHS can. */

/** Columns of a programme, each a cost and its entries: those of column c are from starts[c] to starts[c + 1]. */
export interface Columns {
  readonly costs: Float64Array;
  readonly starts: Int32Array;
  readonly rows: Int32Array;
  readonly values: Float64Array;
}

export interface LinearSolution {
  /** Of each column. */
  readonly x: Float64Array;
  /** Of each row: what one more unit of its least activity costs. */
  readonly duals: Float64Array;
  readonly iterations: number;
}

export interface IntegerProgram extends Columns {
  /** Of each column; all are whole and at least 0. */
  readonly upper: Float64Array;
  /** Of each row: its least activity. */
  readonly least: Float64Array;
  /** A solution to begin with. */
  readonly start?: Float64Array;
  /** How many nodes of the tree it may open. */
  readonly nodeLimit: number;
  /** After so many iterations of the simplex it ends with what it has, as soon as it looks. */
  readonly iterationLimit: number;
}

export interface IntegerSolution {
  /** The best found, to be checked by whoever uses it; undefined when there is none. */
  readonly x?: Float64Array;
  /** No solution costs less. */
  readonly bound: number;
  readonly nodes: number;
  /** Of the simplex, for all nodes together. */
  readonly iterations: number;
}

/** Minimises costs. Equal calls in an equal order give equal answers. Programmes and answers can be sent to a worker. */
export interface LinearSolver {
  /** A programme with rows only, each with its least activity. @returns what to call it. */
  open(least: Float64Array): Promise<number>;
  /** Adds columns that are at least 0 and solves. Undefined when it could not. */
  solve(program: number, added: Columns): Promise<LinearSolution | undefined>;
  close(program: number): Promise<void>;
  /** Undefined when it could not. */
  solveInteger(program: IntegerProgram): Promise<IntegerSolution | undefined>;
}

/**
 * Steps of effort for an iteration of the simplex in an integer programme: cuts, heuristics and what is known of each node take
 * far more of the time than the iteration itself, and with it grows what they take.
 */
export const INTEGER_ITERATION_STEPS = 60;

/** Columns from their entries. */
export function columnsOf(
  columns: readonly { readonly cost: number; readonly entries: readonly (readonly [row: number, value: number])[] }[],
): Columns {
  const starts = new Int32Array(columns.length + 1);
  for (const [at, { entries }] of columns.entries()) starts[at + 1] = starts[at]! + entries.length;
  const all = columns.flatMap(({ entries }) => entries);
  return {
    costs: Float64Array.from(columns, ({ cost }) => cost),
    starts,
    rows: Int32Array.from(all, ([row]) => row),
    values: Float64Array.from(all, ([, value]) => value),
  };
}
