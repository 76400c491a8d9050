/**
 * Keeps the process close to what it holds. By itself V8 lets its heap grow to several times what is alive before it looks for
 * what is not, and the part for new objects up to 32 MiB, twice (64 in Node 24).
 */

import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes below which what could be collected is not worth the time. */
const SMALL_HEAP = 64 * 2 ** 20;

/**
 * To be called before there is much. A larger part for new objects than there is by now makes reading no faster; the heap grows to
 * twice what is alive at most, where V8 would let a young one grow to four times as much.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=100");
}

/** To be called where much has just been let go of. */
export function collectGarbage(): void {
  if (getHeapStatistics().used_heap_size < SMALL_HEAP) return;
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
}
