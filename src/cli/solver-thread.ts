/** HiGHS in a worker, so that progress is drawn and an interrupt heard while it solves. */

import { Worker } from "node:worker_threads";
import type { LinearSolver } from "../packing/solver.js";
import type { SolverAnswer, SolverCall } from "./solver-worker.js";

export interface SolverThread {
  readonly solver: LinearSolver;
  readonly stop: () => Promise<void>;
}

/** Starts the worker and has it load the solver. @returns why not where it cannot: the package may not be there. */
export async function startSolver(): Promise<SolverThread | string> {
  const worker = new Worker(new URL("./solver-worker.js", import.meta.url));
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let id = 0;
  const call = (method: SolverCall["method"], ...args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting.set(++id, { resolve, reject });
      worker.postMessage({ id, method, args } satisfies SolverCall);
    });
  worker.on("message", ({ id: answered, value, error }: SolverAnswer) => {
    const one = waiting.get(answered);
    waiting.delete(answered);
    if (error === undefined) one?.resolve(value);
    else one?.reject(new Error(error));
  });
  worker.on("error", (error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  });
  // One that fails answers like one that found nothing: the search goes on with what it has.
  const orNothing = async (answer: Promise<unknown>): Promise<undefined> =>
    (await answer.catch(() => undefined)) as undefined;
  const solver: LinearSolver = {
    open: (least) => call("open", least) as Promise<number>,
    solve: (program, added) => orNothing(call("solve", program, added)),
    close: (program) => orNothing(call("close", program)),
    solveInteger: (program) => orNothing(call("solveInteger", program)),
  };
  try {
    await solver.close(await solver.open(new Float64Array()));
  } catch (error) {
    await worker.terminate();
    return error instanceof Error ? error.message : String(error);
  }
  return { solver, stop: async () => void (await worker.terminate()) };
}
