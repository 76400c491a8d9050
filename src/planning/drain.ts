/** A node that is emptied as `kubectl drain` does it: cordoned, then its pods evicted as budgets let them go. */

import type { Cluster } from "../cluster/cluster.js";
import type { Pod, Taint } from "../kube/objects.js";
import { changedCopy } from "../kube/plain.js";
import { BudgetCharges } from "./budget-charges.js";

/** A pod that cannot be evicted. */
export interface Blocked {
  /** `namespace/name`. */
  readonly pod: string;
  /** Names of the PodDisruptionBudgets, in the pod's namespace, that do not let it go. */
  readonly budgets: readonly string[];
}

const CORDONED: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

/** Keeps new pods from a node, by the field and by the taint that the node controller adds to it. */
export function cordon(cluster: Cluster, name: string): void {
  const node = cluster.node(name)?.object;
  if (node === undefined) return;
  const taints = (node.spec?.taints ?? []).filter(
    ({ key, effect }) => key !== CORDONED.key || effect !== CORDONED.effect,
  );
  const spec = { ...node.spec, unschedulable: true, taints: [...taints, CORDONED] };
  cluster.upsertNode(changedCopy(node, { ...node, spec }));
}

/**
 * Pods that may be evicted now, in the order given; each is charged to its budgets, and then the next is asked about. Of one
 * that is being deleted no budget is asked.
 */
export function takeEvictable(cluster: Cluster, pods: readonly Pod[]): Pod[] {
  const budgets = new BudgetCharges(cluster);
  return pods.filter((pod) => {
    if (pod.metadata?.deletionTimestamp) return true;
    if (budgets.refusing(pod).length > 0) return false;
    budgets.charge(pod);
    return true;
  });
}
