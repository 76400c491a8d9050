/**
 * HiGHS as a linear solver, for `size` with a strong bound. Published as `stowage/highs`; needs the package `highs`.
 * It blocks its thread while it solves: run it in a worker where that matters.
 */

import type { Highs, Model } from "highs";
import type { Columns, IntegerProgram, IntegerSolution, LinearSolution, LinearSolver } from "./packing/solver.js";

export type { LinearSolver } from "./packing/solver.js";

const PRIMAL_SIMPLEX = 4;
const OPTIMAL = 7;
const INTEGER = 1;
/** A tree that has closed the gap to this part of the cost is done. */
const GAP = 1e-9;

/** Loads the solver: some 3.5 MB, 50 ms. @throws where the package is not installed */
export async function highsSolver(): Promise<LinearSolver> {
  // Its types are those of a CommonJS module, but `import` finds an ES module, whose default is the loader itself.
  const { default: load } = (await import("highs")) as unknown as { readonly default: () => Promise<Highs> };
  return new HighsSolver(await load());
}

class HighsSolver implements LinearSolver {
  readonly #highs: Highs;
  readonly #models = new Map<number, { readonly model: Model; readonly rows: number }>();
  #opened = 0;

  constructor(highs: Highs) {
    this.#highs = highs;
  }

  async open(least: Float64Array): Promise<number> {
    const model = this.#highs.createModel({
      ...this.#rowsOnly(least),
      numCols: 0,
      colCost: [],
      colLower: [],
      colUpper: [],
      matrix: { format: "csc", numRows: least.length, numCols: 0, starts: [0], indices: [], values: [] },
    });
    model.options.set({ output_flag: false, presolve: "off", simplex_strategy: PRIMAL_SIMPLEX });
    this.#models.set(++this.#opened, { model, rows: least.length });
    return this.#opened;
  }

  async solve(program: number, added: Columns): Promise<LinearSolution | undefined> {
    const opened = this.#models.get(program);
    if (opened === undefined) return undefined;
    const { model, rows } = opened;
    const count = added.costs.length;
    if (count > 0) {
      model.addCols({
        cost: added.costs,
        lower: new Float64Array(count),
        upper: new Float64Array(count).fill(this.#highs.infinity),
        matrix: matrixOf(added, rows),
      });
    }
    model.run();
    if (model.getModelStatus() !== OPTIMAL) return undefined;
    const { colValue, rowDual } = model.getSolution();
    return { x: colValue, duals: rowDual, iterations: Number(model.info.get("simplex_iteration_count")) };
  }

  async close(program: number): Promise<void> {
    this.#models.get(program)?.model.dispose();
    this.#models.delete(program);
  }

  async solveInteger(program: IntegerProgram): Promise<IntegerSolution | undefined> {
    const count = program.costs.length;
    const model = this.#highs.createModel({
      ...this.#rowsOnly(program.least),
      numCols: count,
      colCost: program.costs,
      colLower: new Float64Array(count),
      colUpper: program.upper,
      matrix: matrixOf(program, program.least.length),
      integrality: new Int32Array(count).fill(INTEGER),
    });
    try {
      model.options.set({ output_flag: false, mip_max_nodes: program.nodeLimit, mip_rel_gap: GAP, mip_abs_gap: GAP });
      if (program.start !== undefined) model.setSolution({ colValue: program.start });
      model.run({
        [this.#highs.constants.callbackType.mipInterrupt]: (event) => {
          if ((event.data.mip_total_lp_iterations ?? 0n) > program.iterationLimit) event.interrupt();
          return undefined;
        },
      });
      const x = model.getSolution().colValue;
      return {
        ...(Number(model.info.get("primal_solution_status")) === 2 && { x }),
        bound: Number(model.info.get("mip_dual_bound")),
        nodes: Number(model.info.get("mip_node_count")),
        iterations: Number(model.info.get("simplex_iteration_count")),
      };
    } finally {
      model.dispose();
    }
  }

  #rowsOnly(least: Float64Array) {
    const upper = new Float64Array(least.length).fill(this.#highs.infinity);
    return { numRows: least.length, rowLower: least, rowUpper: upper };
  }
}

function matrixOf({ starts, rows, values }: Columns, numRows: number) {
  return { format: "csc", numRows, numCols: starts.length - 1, starts, indices: rows, values } as const;
}
