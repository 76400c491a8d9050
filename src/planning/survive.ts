/**
 * What if a node dies: every failure of a level tried by itself, on the cluster as it stands once all pods that wait have
 * been placed. Each is a what-if that leaves nothing behind, so no failure hears of another.
 */

import type { Cluster } from "../cluster/cluster.js";
import { StowageError } from "../errors.js";
import type { PodInput } from "../kube/plain.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import { pause } from "../scheduler/slices.js";
import { FailureTrial, pendingPod } from "./failure-trial.js";
import { domainsOf, type Failure, failuresOf, type Level, ZONE_LABEL } from "./failures.js";
import { largestShare } from "./fullness.js";
import { onceSettled, placerOf } from "./settled.js";
import { type FailureCase, SURVIVE_SCHEMA_VERSION, type Survival, type SurvivedLevel } from "./survival.js";

export interface SurviveOptions {
  /** What fails, level by level. Default: each node, each zone where nodes are labelled with one, each drain. */
  readonly levels?: readonly Level[];
  /** Which failures of these levels are tried. Default: all. */
  readonly isTried?: (failure: Failure) => boolean;
  /** Whether pods that fit nowhere may preempt others, as the profile says. Default true. */
  readonly preempts?: boolean;
  /** Whether a failure is survived although pods that no controller makes again are lost. Default false. */
  readonly allowsLost?: boolean;
  readonly signal?: AbortSignal;
  /** Counts of failures. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Failures between two yields to the event loop. */
const SLICE = 16;

/**
 * Places the pending pods, then tries every failure. The cluster is afterwards as it was; nobody else may change it
 * meanwhile.
 *
 * @param pending pods without a node
 * @throws StowageError ERR_ABORTED by the signal; ERR_ALREADY_PLACED for a pending pod that is in the cluster
 */
export async function survive(
  cluster: Cluster,
  scheduler: Scheduler,
  pending: readonly PodInput[],
  options: SurviveOptions = {},
): Promise<Survival> {
  const { preempts = true, allowsLost = false, isTried = () => true } = options;
  const place = placerOf(cluster, scheduler, preempts);
  return onceSettled(cluster, place, pending, async ({ outcomes, evictions, waiting }) => {
    const takenBy = new Map(evictions.map(({ pod, by }) => [pod, by]));
    const leftOver = [...outcomes].flatMap(([key, outcome]) =>
      outcome.status === "placed" ? [] : [pendingPod(outcome, takenBy.get(key))],
    );
    const nodes = [...cluster.nodes()];
    const levels = options.levels ?? defaultLevels(cluster);
    const trial = new FailureTrial(cluster, place, allowsLost);
    const byLevel = await tryAll(
      levels.map((level) => failuresOf(level, nodes).filter(isTried)),
      (failure) => trial.run(failure),
      options,
    );
    const cases = byLevel.map((found) => found.sort(worstFirst));
    return {
      schemaVersion: SURVIVE_SCHEMA_VERSION,
      summary: {
        nodes: nodes.length,
        pods: cluster.podCount,
        placed: pending.length - waiting.length,
        leftOver: leftOver.length,
      },
      leftOver,
      levels: levels.map((level, at) => levelEntry(level, cases[at]!)),
      cases: cases.flat(),
      additions: [],
    };
  });
}

/** Each node, each zone where there are any, each drain. */
export function defaultLevels(cluster: Cluster): Level[] {
  const hasZones = domainsOf(ZONE_LABEL, [...cluster.nodes()]).size > 0;
  return [{ level: "node" }, ...(hasZones ? [{ level: "domain", key: ZONE_LABEL } as const] : []), { level: "drain" }];
}

async function tryAll<Failure, Found>(
  failures: readonly (readonly Failure[])[],
  run: (failure: Failure) => Promise<Found>,
  { signal, onProgress }: SurviveOptions,
): Promise<Found[][]> {
  const total = failures.reduce((sum, { length }) => sum + length, 0);
  const found: Found[][] = [];
  let done = 0;
  for (const level of failures) {
    const ofLevel: Found[] = [];
    for (const failure of level) {
      if (done % SLICE === 0) {
        onProgress?.(done, total);
        await pause();
        if (signal?.aborted === true) throw new StowageError("ERR_ABORTED", { done, total });
      }
      ofLevel.push(await run(failure));
      done++;
    }
    found.push(ofLevel);
  }
  onProgress?.(total, total);
  return found;
}

function levelEntry(level: Level, cases: readonly FailureCase[]): SurvivedLevel {
  return { ...level, cases: cases.length, survived: cases.filter(({ isSurvived }) => isSurvived).length };
}

function worstFirst(a: FailureCase, b: FailureCase): number {
  return withoutNode(b) - withoutNode(a) || largestShare(b.rest) - largestShare(a.rest);
}

/** Pods that have no node, or that a drain cannot move. */
function withoutNode({ pending, lost, blocked }: FailureCase): number {
  return pending.length + lost.length + blocked.length;
}
