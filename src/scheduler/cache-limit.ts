/** How much a scheduler keeps of what it has worked out for the nodes. */

import type { Engine } from "../core/engine.js";

/** One cache takes about this much of the core's memory. */
const MAX_BYTES = 256 * 1024 * 1024;

/** How many entries of `bytesANode` a node a cache may hold: `most` in small clusters, never none. */
export function cacheLimit({ core }: Engine, bytesANode: number, most: number): number {
  const bytes = Math.max(1, core.nodesCapacity()) * bytesANode;
  return Math.max(1, Math.min(most, Math.floor(MAX_BYTES / bytes)));
}
