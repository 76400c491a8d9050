/** How many nodes are looked at, and which of the best is taken: k8s 1.36 pkg/scheduler/schedule_one.go. */

const MIN_NODES_TO_FIND = 100;
const MIN_PERCENTAGE = 5;

/** A count of feasible nodes after which the search ends; `percentage` 0 means: by the number of nodes. */
export function nodesToFind(nodeCount: number, percentage: number): number {
  if (nodeCount < MIN_NODES_TO_FIND) return nodeCount;
  const share = percentage === 0 ? Math.max(MIN_PERCENTAGE, 50 - Math.trunc(nodeCount / 125)) : percentage;
  return Math.max(MIN_NODES_TO_FIND, Math.trunc((nodeCount * share) / 100));
}

/** The index of the first of the largest. */
export function firstBest(totals: readonly bigint[]): number {
  let best = 0;
  for (const [index, total] of totals.entries()) if (total > totals[best]!) best = index;
  return best;
}

/** The index that comes out on top when Go's container/heap orders the totals, larger ones first. */
export function heapBest(totals: readonly bigint[]): number {
  const heap = totals.map((_, index) => index);
  const isLess = (left: number, right: number) => totals[heap[left]!]! > totals[heap[right]!]!;
  for (let start = Math.floor(heap.length / 2) - 1; start >= 0; start--) {
    let parent = start;
    for (;;) {
      const left = 2 * parent + 1;
      if (left >= heap.length) break;
      const child = left + 1 < heap.length && isLess(left + 1, left) ? left + 1 : left;
      if (!isLess(child, parent)) break;
      [heap[parent], heap[child]] = [heap[child]!, heap[parent]!];
      parent = child;
    }
  }
  return heap[0]!;
}
