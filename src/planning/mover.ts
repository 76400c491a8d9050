/** Moving one running pod as it happens in a cluster: it goes, its controller makes it again, kube-scheduler places it. */

import type { Cluster } from "../cluster/cluster.js";
import type { Pod } from "../kube/objects.js";
import { changedCopy } from "../kube/plain.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import { recreated } from "./recreation.js";

/** What a replacement is called while its pod still runs. */
const SURGE_SUFFIX = "-surge";

export class Mover {
  /** A count of moves tried. */
  tried = 0;
  readonly #cluster: Cluster;
  readonly #scheduler: Scheduler;
  readonly #isSurge: boolean;
  readonly #recreated = new WeakMap<Pod, Pod>();

  constructor(cluster: Cluster, scheduler: Scheduler, isSurge: boolean) {
    this.#cluster = cluster;
    this.#scheduler = scheduler;
    this.#isSurge = isSurge;
  }

  /** @returns the node that the pod has then; undefined where no node takes it, and the caller rolls back. */
  move(pod: Pod): string | undefined {
    this.tried++;
    const again = this.#recreated.get(pod) ?? recreated(pod);
    this.#recreated.set(pod, again);
    if (!this.#isSurge) {
      this.#cluster.removePod(pod);
      const decision = this.#scheduler.place(again);
      return decision.status === "placed" ? decision.node : undefined;
    }
    const decision = this.#scheduler.place(beside(again));
    if (decision.status !== "placed") return undefined;
    // From now on it goes by the name of the one that is gone, so that the two are seen to be one.
    this.#cluster.removePod(pod);
    this.#cluster.removePod(decision.key);
    this.#cluster.assume(again, decision.node);
    return decision.node;
  }
}

/** The replacement beside the pod. */
export function beside(pod: Pod): Pod {
  const name = `${pod.metadata?.name ?? ""}${SURGE_SUFFIX}`;
  return changedCopy(pod, { ...pod, metadata: { ...pod.metadata, name } });
}

/** The pods of a node, by `namespace/name` in the cluster. */
export function podsOn(cluster: Cluster, node: string): Pod[] {
  return (cluster.node(node)?.pods ?? []).flatMap((key) => cluster.pod(key)?.pod ?? []);
}
