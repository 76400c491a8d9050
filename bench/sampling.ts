/** Timing by tinybench: throughput from batches, latency from single decisions. */

import { Bench, type Statistics } from "tinybench";
import type { Figure } from "./report.js";

export interface Budget {
  /** A task is sampled at least this long. */
  readonly timeMs: number;
  readonly warmupMs: number;
}

/** What happens in one sample: `before` and `after` are not timed. */
export interface Work {
  readonly before?: () => void;
  readonly run: () => void;
  readonly after?: () => void;
}

export interface Sampled {
  /** Nanoseconds of one sample. */
  readonly meanNs: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly samples: number;
}

const NS_A_MS = 1e6;
const MIN_SAMPLES = 16;

/** Samples one piece of work. @throws what the work throws */
export function sample(name: string, work: Work, budget: Budget): Sampled {
  const bench = new Bench({
    time: budget.timeMs,
    iterations: MIN_SAMPLES,
    warmupTime: budget.warmupMs,
    warmupIterations: MIN_SAMPLES,
    throws: true,
  });
  const { before, run, after } = work;
  bench.add(name, run, {
    async: false,
    ...(before === undefined ? {} : { beforeEach: before }),
    ...(after === undefined ? {} : { afterEach: after }),
  });
  const [task] = bench.runSync();
  const result = task?.result;
  if (result?.state !== "completed") throw new Error(`${name} was not measured: ${result?.state ?? "no task"}`);
  return sampledOf(result.latency);
}

function sampledOf({ mean, p50, p99, samplesCount }: Statistics): Sampled {
  return { meanNs: mean * NS_A_MS, p50Ns: p50 * NS_A_MS, p99Ns: p99 * NS_A_MS, samples: samplesCount };
}

/** The same of whole runs, in milliseconds: quantiles are runs that took place (nearest rank). */
export function sampledOfRuns(millis: readonly number[]): Sampled {
  const sorted = millis.map((ms) => ms * NS_A_MS).sort((a, b) => a - b);
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  const meanNs = sorted.reduce((sum, ns) => sum + ns, 0) / sorted.length;
  return { meanNs, p50Ns: rank(0.5), p99Ns: rank(0.99), samples: sorted.length };
}

/** The figure of one decision: throughput from `meanNs` a decision, distribution from single ones. */
export function decisionFigure(
  name: string,
  boundary: Figure["boundary"],
  nodes: number,
  meanNs: number,
  { p50Ns, p99Ns, samples }: Sampled,
): Figure {
  return { name, boundary, nodes, perSecond: 1e9 / meanNs, nsANode: meanNs / nodes, p50Ns, p99Ns, samples };
}
