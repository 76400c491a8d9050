/** HiGHS in a worker, so that progress is drawn and an interrupt heard while it solves. */

import { Worker } from "node:worker_threads";
import type { LinearSolver } from "../packing/solver.js";
import type { SolverAnswer, SolverCall } from "./solver-worker.js";

/** What a programme is called that nobody can open any more. */
const NO_PROGRAM = -1;

export interface SolverThread {
  readonly solver: LinearSolver;
  /** Whatever it is asked from now on, and was asked already, has no answer: there is no time left to wait for one. */
  readonly abandon: () => void;
  readonly stop: () => Promise<void>;
}

/** Starts the worker and has it load the solver. @returns why not where it cannot: the package may not be there. */
export async function startSolver(): Promise<SolverThread | string> {
  const worker = new Worker(new URL("./solver-worker.js", import.meta.url));
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let id = 0;
  let isAbandoned = false;
  const call = (method: SolverCall["method"], ...args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (isAbandoned) return resolve(undefined);
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
    open: async (least) => ((await call("open", least)) ?? NO_PROGRAM) as number,
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
  const abandon = (): void => {
    isAbandoned = true;
    void worker.terminate();
    for (const { resolve } of waiting.values()) resolve(undefined);
    waiting.clear();
  };
  return { solver, abandon, stop: async () => void (await worker.terminate()) };
}
