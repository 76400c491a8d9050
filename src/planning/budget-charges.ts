/** What evictions take from PodDisruptionBudgets, so that no budget is spent twice in one plan. */

import type { Cluster } from "../cluster/cluster.js";
import type { Pod } from "../kube/objects.js";
import { type Budget, budgetsOf, isCharged } from "../scheduler/disruption.js";

/** The budgets of a cluster; nobody else may change them meanwhile. */
export class BudgetCharges {
  readonly #cluster: Cluster;
  readonly #budgets: readonly Budget[];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#budgets = budgetsOf(cluster.state.objects.list("PodDisruptionBudget"));
  }

  /**
   * A pod is gone: each budget that covers it allows one disruption less, never less than none, as the disruption
   * controller finds out at once. That its replacement will be healthy one day gives nothing back. A pod of
   * `disruptedPods` is charged already. Source: k8s 1.36 pkg/controller/disruption.
   */
  charge(pod: Pod): void {
    for (const budget of this.#budgets) {
      if (budget.left === 0 || !isCharged(budget, pod)) continue;
      budget.left--;
      const { object, left } = budget;
      this.#cluster.upsertObject({ ...object, status: { ...object.status, disruptionsAllowed: left } });
    }
  }
}
