/** Where an extender knows the cluster from. A watch of an API server is one such source, manifests are another. */

import type { Cluster } from "../cluster/cluster.js";
import { namespacedName, type Pod } from "../kube/objects.js";

export interface PodChange {
  readonly type: "upsert" | "delete";
  /** As it is now, or was last. */
  readonly pod: Pod;
  readonly previous?: Pod;
}

/** How one kind of object is followed. */
export interface ResourceStats {
  readonly resource: string;
  /** A count of objects that are kept. */
  readonly objects: number;
}

/** Keeps a cluster up to date in place. */
export interface ClusterSource {
  /** Nodes, the pods on them, and what plugins look at. Promises of room are made in it, and kept by the source. */
  readonly cluster: Cluster;
  /** Whether all that exists is in. */
  readonly isSynced: boolean;
  /** False while it is known to be behind, as when a watch is cut. Left out: current as soon as it is synced. */
  readonly isCurrent?: boolean;
  whenSynced(signal?: AbortSignal): Promise<void>;
  /** A pod as last seen, whether it waits or has a node. */
  pod(namespace: string, name: string): Pod | undefined;
  /**
   * Calls the listener after each change of a pod, when the cluster has it: see `putWatchedPod` for what is told of a name
   * that is promised to another uid. A pod that was made again under its name is a delete and an upsert, in this order.
   * @returns what ends that.
   */
  subscribe(listener: (change: PodChange) => void): () => void;
  stats(): readonly ResourceStats[];
  stop(): Promise<void>;
}

/** A cluster that nobody changes, as manifests describe it. */
export function stillSource(cluster: Cluster, pods: readonly Pod[]): ClusterSource {
  const byName = new Map(pods.map((pod) => [namespacedName(pod), pod]));
  return {
    cluster,
    isSynced: true,
    whenSynced: async () => undefined,
    pod: (namespace, name) => byName.get(`${namespace}/${name}`),
    subscribe: () => () => undefined,
    stats: () => [
      { resource: "nodes", objects: cluster.nodeCount },
      { resource: "pods", objects: byName.size },
    ],
    stop: async () => undefined,
  };
}
