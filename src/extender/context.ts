/** What the verbs of an extender work with. */

import { namespacedName, type Pod } from "../kube/objects.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import type { NodeNames } from "./node-names.js";
import type { Promises } from "./promises.js";
import type { RecentPods } from "./recent-pods.js";
import type { ScoreMap } from "./score-map.js";
import type { ClusterSource } from "./source.js";

export interface ExtenderContext {
  readonly source: ClusterSource;
  readonly nodeNames: NodeNames;
  /** The filters and scores of the extender. */
  readonly scheduler: Scheduler;
  /** The names of its profiles. */
  readonly schedulerNames: readonly string[];
  /** By name: the sum of the weights of its score plugins. */
  readonly weightSums: ReadonlyMap<string, number>;
  readonly managed: readonly string[];
  readonly scoreMap: ScoreMap;
  readonly promises: Promises;
  readonly recent: RecentPods;
  /** Whether there is an API server to bind with. */
  readonly binds: boolean;
}

/** Not a fault of the caller: the decision cannot be made. Told in the answer's `Error`, where it has one. */
export class Undecidable extends Error {
  override readonly name: string = "Undecidable";
}

/**
 * The profile for a pod: the one of its scheduler's name, or the only one there is.
 *
 * @throws Undecidable
 */
export function profileOf({ schedulerNames }: ExtenderContext, pod: Pod): string {
  const name = pod.spec?.schedulerName || "default-scheduler";
  if (schedulerNames.includes(name)) return name;
  const [only, ...others] = schedulerNames;
  if (only !== undefined && others.length === 0) return only;
  const names = schedulerNames.join(", ");
  throw new Undecidable(`pod ${namespacedName(pod)}: no profile is called ${name}; the configuration has ${names}`);
}

/** The pod as the scheduler of {@link ExtenderContext} takes it. */
export function underProfile(pod: Pod, schedulerName: string): Pod {
  if (pod.spec?.schedulerName === schedulerName) return pod;
  return { ...pod, spec: { ...pod.spec, schedulerName } as NonNullable<Pod["spec"]> };
}

/** @throws Undecidable while the cluster is not known */
export function requireSynced({ source }: ExtenderContext): void {
  if (!source.isSynced) throw new Undecidable("the cluster is not known yet: its lists are still being read");
}
