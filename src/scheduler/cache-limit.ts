/** How much a scheduler keeps of what it has worked out for the nodes. */

import type { Engine } from "../core/engine.js";

/** One cache takes about this much of the core's memory, unless a scheduler is told otherwise. */
export const CACHE_BYTES = 256 * 1024 * 1024;

/** How a cache of what is worked out for the nodes is kept. */
export interface Keeping<T> {
  readonly cacheBytes: number;
  /** Whether an entry is brought up to nodes that changed one by one, instead of being worked out anew. */
  readonly follows?: boolean;
  /** Called before the memory of an entry is given back. */
  readonly onEnd: (ended: T) => void;
}

/** For a cache by itself. */
export const KEPT_ALONE: Keeping<unknown> = { cacheBytes: CACHE_BYTES, onEnd: () => {} };

/** How many entries of `bytesANode` a node a cache of `cacheBytes` may hold: `most` in small clusters, never none. */
export function cacheLimit({ core }: Engine, bytesANode: number, most: number, cacheBytes: number): number {
  const bytes = Math.max(1, core.nodesCapacity()) * bytesANode;
  return Math.max(1, Math.min(most, Math.floor(cacheBytes / bytes)));
}
