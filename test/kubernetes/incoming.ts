/** The incoming pods of a world, as both sides must be given them. */

import type { Pod } from "../../src/kube/objects.js";
import type { World } from "../helpers/world-types.js";

/** The first pod starts then, the others a second apart, so that preemption can tell their ages. As the oracle has it. */
const START_MS = Date.UTC(2030, 0, 1);

export function startedPods({ incoming }: World): Pod[] {
  return incoming.map((pod, index) => {
    const startTime = new Date(START_MS + index * 1000).toISOString().replace(".000Z", "Z");
    return { ...pod, status: { startTime, ...pod.status } };
  });
}

/** Before its turn comes, a pod counts only where a node is promised to it. */
export function isWaitingOnNode({ spec, status }: Pod): boolean {
  return Boolean(status?.nominatedNodeName) && !spec?.nodeName;
}
