/** The sentence that ends up in a pod's event when no node can take it. */

import type { RefFit } from "./decision.js";

/** k8s 1.36 pkg/scheduler/framework FitError, without what PostFilter adds. */
export function fitErrorMessage(fit: RefFit): string {
  const head = `0/${fit.rejected.size} nodes are available:`;
  if (fit.preFilter !== undefined) return `${head} ${fit.preFilter.reasons.join(", ")}.`;
  const counts = new Map<string, number>();
  for (const { reasons } of fit.rejected.values()) {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const lines = [...counts].map(([reason, count]) => `${count} ${reason}`).sort(compareBytes);
  return lines.length === 0 ? head : `${head} ${lines.join(", ")}.`;
}

function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
