/** A cluster once everything that waits has been placed, to ask what would happen then. */

import type { Cluster } from "../cluster/cluster.js";
import { namespacedName, type Pod } from "../kube/objects.js";
import { type PodInput, toPod } from "../kube/plain.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import { settleBudgets } from "./budget-status.js";
import type { Placer } from "./failure-trial.js";
import { placeWithPreemption } from "./preempting.js";

/** What came of the pods that waited. */
export interface Settled extends Awaited<ReturnType<Placer>> {
  /** Those that have no node still. */
  readonly waiting: readonly Pod[];
}

/**
 * Places the pods, asks, and takes everything back.
 *
 * @throws StowageError ERR_ALREADY_PLACED for a pod that is in the cluster
 */
export async function onceSettled<T>(
  cluster: Cluster,
  place: Placer,
  pending: readonly PodInput[],
  ask: (settled: Settled) => Promise<T>,
): Promise<T> {
  const pods = pending.map(toPod);
  cluster.begin();
  try {
    const { outcomes, evictions } = await place(pods, []);
    const waiting = pods.filter((pod) => cluster.pod(namespacedName(pod)) === undefined);
    settleBudgets(cluster, waiting);
    return await ask({ outcomes, evictions, waiting });
  } finally {
    cluster.rollback();
  }
}

/** Places as the profile does, with preemption where it may. */
export function placerOf(cluster: Cluster, scheduler: Scheduler, preempts: boolean): Placer {
  return async (pods, gone) => {
    if (preempts) return placeWithPreemption(cluster, scheduler, pods, { gone });
    const decisions = await scheduler.placeAll(pods);
    return { outcomes: new Map(decisions.map((decision) => [decision.key, decision])), evictions: [] };
  };
}
