/** The other end of solver-thread.ts: HiGHS in a thread of its own, answering one call after the other. */

import { parentPort } from "node:worker_threads";
import { highsSolver, type LinearSolver } from "../highs.js";

/** A call by its number, and the answer to it. */
export interface SolverCall {
  readonly id: number;
  readonly method: keyof LinearSolver;
  readonly args: readonly unknown[];
}

export interface SolverAnswer {
  readonly id: number;
  readonly value: unknown;
  /** What was thrown. */
  readonly error?: string;
}

const solver = highsSolver();

parentPort?.on("message", async ({ id, method, args }: SolverCall) => {
  parentPort?.postMessage(await answer(id, method, args));
});

async function answer(id: number, method: keyof LinearSolver, args: readonly unknown[]): Promise<SolverAnswer> {
  try {
    const loaded = await solver;
    const call = loaded[method].bind(loaded) as (...given: readonly unknown[]) => Promise<unknown>;
    return { id, value: await call(...args) };
  } catch (error) {
    // A message of the solver's can be all of its source; nobody reads more than its beginning.
    return { id, value: undefined, error: String(error instanceof Error ? error.message : error).slice(0, 300) };
  }
}
