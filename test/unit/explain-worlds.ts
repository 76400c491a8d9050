/** Random worlds taken into a cluster, for asking about their incoming pods. */

import { Cluster } from "../../src/cluster/cluster.js";
import type { Pod } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { configurationOf } from "../helpers/world-types.js";
import type { World } from "../helpers/worlds.js";

export interface OpenWorld {
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  readonly incoming: readonly Pod[];
}

/** The caller disposes of the cluster. */
export function openWorld(world: World): OpenWorld {
  const cluster = new Cluster();
  const { priorityClasses: _, ...objects } = world.objects ?? {};
  for (const object of Object.values(objects).flat()) cluster.upsertObject(object);
  for (const node of world.nodes) cluster.upsertNode(node);
  for (const pod of world.pods) cluster.upsertPod(pod);
  for (const pod of world.incoming) {
    if (pod.status?.nominatedNodeName && !pod.spec?.nodeName) cluster.upsertPod(pod);
  }
  const config = configurationOf(world);
  const scheduler = new Scheduler(cluster, {
    ...(config === undefined ? {} : { config }),
    ...(world.sampling === true ? { tieBreak: "heap" } : {}),
  });
  return { cluster, scheduler, incoming: world.incoming };
}
