/** The sentence that ends up in a pod's event when no node can take it. */

/** What is known after looking for a node in vain. */
export interface Diagnosis {
  /** A count of all nodes, looked at or not. */
  readonly nodeCount: number;
  /** The pod was rejected as a whole, for these reasons. */
  readonly preFilterReasons?: readonly string[];
  /** By node. */
  readonly statuses: ReadonlyMap<string, { readonly reasons: readonly string[] }>;
  /** What holds for every node without a status. */
  readonly absentReasons: readonly string[];
}

/** k8s 1.36 pkg/scheduler/framework FitError, without what PostFilter adds. */
export function fitErrorMessage({ nodeCount, preFilterReasons, statuses, absentReasons }: Diagnosis): string {
  const head = `0/${nodeCount} nodes are available:`;
  if (preFilterReasons !== undefined) return `${head} ${preFilterReasons.join(", ")}.`;
  const counts = new Map<string, number>();
  const add = (reason: string, count: number) => counts.set(reason, (counts.get(reason) ?? 0) + count);
  for (const { reasons } of statuses.values()) for (const reason of reasons) add(reason, 1);
  const absent = nodeCount - statuses.size;
  if (absent > 0) for (const reason of absentReasons) add(reason, absent);
  const lines = [...counts].map(([reason, count]) => `${count} ${reason}`).sort(compareBytes);
  return lines.length === 0 ? head : `${head} ${lines.join(", ")}.`;
}

function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
