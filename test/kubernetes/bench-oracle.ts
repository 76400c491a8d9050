/** Asks `oracle bench` where the real scheduler puts a world's pods, and how long that takes. */

import type { Compat } from "../../src/scheduler/compat.js";
import type { BenchWorld } from "./bench-world.js";
import { runOracle } from "./oracle.js";

/** Of one pod. Without a node it fits nowhere, or it is gated. */
export interface BenchPod {
  /** `namespace/name`. */
  readonly pod: string;
  readonly node?: string;
  /** That had to go from the node, `namespace/name`, the most important first. */
  readonly victims?: readonly string[];
  readonly gated?: boolean;
  /** Why it fits nowhere, without PostFilter's part; where there are victims, at the first attempt. */
  readonly message?: string;
  /** Nanoseconds of what the scheduler computes. */
  readonly ns: number;
}

export interface BenchAnswer {
  readonly error?: string;
  readonly warnings?: readonly string[];
  /** What it runs on, as in "go1.26.8". */
  readonly go: string;
  /** In the order of `incoming`; fewer where the limit was reached. */
  readonly pods: readonly BenchPod[];
}

/** @throws Error when the oracle is not built, or when it does not understand the world */
export async function askBench(world: BenchWorld, compat: Compat, limitSeconds: number): Promise<BenchAnswer> {
  const output = await runOracle(compat, ["bench", "-limit", `${limitSeconds}s`], JSON.stringify(world));
  const answer = JSON.parse(output) as BenchAnswer;
  const problems = [answer.error, ...(answer.warnings ?? [])].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new Error(`the oracle: ${problems.join("; ")}`);
  return answer;
}
