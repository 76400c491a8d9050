/**
 * Pods as a watch tells of them, in a cluster where room is promised too. A watch is late, but in order: it may still tell
 * how a pod ended whose name the next one has, and that one may have its promise before the watch has shown it. So what is
 * told of one uid changes nothing of another that holds the name by a promise.
 */

import { namespacedName, type Pod } from "../kube/objects.js";
import type { Cluster } from "./cluster.js";

/** Whoever ends a promise puts the pod that was seen meanwhile: see `ClusterSource.pod`. @throws as `Cluster.upsertPod` */
export function putWatchedPod(cluster: Cluster, pod: Pod): void {
  const here = cluster.pod(namespacedName(pod));
  if (here?.token === undefined || isOfUid(here.pod, pod)) cluster.upsertPod(pod);
}

export function dropWatchedPod(cluster: Cluster, pod: Pod): void {
  const here = cluster.pod(namespacedName(pod));
  if (here === undefined || isOfUid(here.pod, pod)) cluster.removePod(pod);
}

function isOfUid(one: Pod, other: Pod): boolean {
  return one.metadata?.uid === other.metadata?.uid;
}
