/** A family at one size, and the cluster that its pods come to. */

import { Cluster } from "../cluster/cluster.js";
import { Scheduler } from "../scheduler/scheduler.js";
import { type FamilyWorld, familyNodes, familyObjects, residentPods } from "./worlds.js";

export interface Setting {
  readonly world: FamilyWorld;
  readonly nodes: number;
  /** Classes of pods that take turns. */
  readonly classes: number;
  /** Of the order of the nodes; 32 bits. */
  readonly seed: number;
}

/** A cluster with nodes, objects and residents. */
export function settle({ world, nodes, classes, seed }: Setting): Cluster {
  const cluster = new Cluster();
  for (const object of familyObjects(world, nodes, classes)) cluster.upsertObject(object);
  for (const node of familyNodes(world, nodes, seed)) cluster.upsertNode(node);
  const scheduler = new Scheduler(cluster);
  for (const pod of residentPods(world, nodes, classes)) {
    if (pod.spec?.nodeName === undefined) scheduler.place(pod);
    else cluster.upsertPod(pod);
  }
  return cluster;
}
