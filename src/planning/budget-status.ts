/** What PodDisruptionBudgets allow that were never in a cluster: as the disruption controller would say. */

import type { Cluster } from "../cluster/cluster.js";
import type { Pod, PodDisruptionBudget } from "../kube/objects.js";
import { type Budget, evictionBudgetsOf, isCharged } from "../scheduler/disruption.js";

/**
 * Gives a status to the budgets that have none, as those in manifests: every pod that has a node is healthy, and there are
 * as many pods to be as are known, with a node or without; those that are being deleted do not count. Budgets of a live
 * cluster keep their own status. Source: k8s 1.36 pkg/controller/disruption.
 *
 * @param waiting pods without a node
 */
export function settleBudgets(cluster: Cluster, waiting: readonly Pod[]): void {
  const unsettled = evictionBudgetsOf(cluster.state.objects.list("PodDisruptionBudget")).filter(
    ({ object }) => object.status?.disruptionsAllowed === undefined,
  );
  if (unsettled.length === 0) return;
  const present = [...cluster.state.pods.values()].map(({ pod }) => pod);
  // In place of one that is being deleted its controller has made another already.
  const healthy = present.filter(({ metadata }) => !metadata?.deletionTimestamp);
  for (const budget of unsettled) {
    const { object } = budget;
    const disruptionsAllowed = allowedBy(object, count(budget, healthy), count(budget, waiting));
    cluster.upsertObject({ ...object, status: { ...object.status, disruptionsAllowed } });
  }
}

function count(budget: Budget, pods: readonly Pod[]): number {
  return pods.reduce((sum, pod) => sum + Number(isCharged(budget, pod)), 0);
}

/** A budget that sets no limit allows nothing, and nor does a value that is neither a count nor a share. */
function allowedBy({ spec }: PodDisruptionBudget, healthy: number, waiting: number): number {
  const expected = healthy + waiting;
  // Templates leave the one that is not set empty, which is null.
  const maxUnavailable = spec?.maxUnavailable ?? undefined;
  const minAvailable = spec?.minAvailable ?? Number.NaN;
  const least =
    maxUnavailable === undefined ? scaled(minAvailable, expected) : expected - scaled(maxUnavailable, expected);
  const allowed = healthy - Math.max(0, least);
  return Number.isNaN(allowed) ? 0 : Math.max(0, allowed);
}

/** Shares are rounded up, both of what must be there and of what may be away. NaN where it is neither. */
function scaled(value: number | string, of: number): number {
  if (typeof value === "number") return value;
  const share = /^(\d+)%$/.exec(value);
  return share === null ? Number.NaN : Math.ceil((Number(share[1]) * of) / 100);
}
