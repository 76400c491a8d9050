/** What evictions take from PodDisruptionBudgets, so that no budget is spent twice in one plan. */

import type { Cluster } from "../cluster/cluster.js";
import type { Pod } from "../kube/objects.js";
import { type Budget, evictionBudgetsOf, isCharged } from "../scheduler/disruption.js";

/** The budgets of a cluster; nobody else may change them meanwhile. */
export class BudgetCharges {
  readonly #cluster: Cluster;
  readonly #budgets: readonly Budget[];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#budgets = evictionBudgetsOf(cluster.state.objects.list("PodDisruptionBudget"));
  }

  /**
   * A pod is gone: each budget that covers it allows one disruption less, never less than none, as the disruption
   * controller finds out at once. That its replacement will be healthy one day gives nothing back. A pod of
   * `disruptedPods` is charged already. Source: k8s 1.36 pkg/controller/disruption.
   */
  charge(pod: Pod): void {
    for (const budget of this.#covering(pod)) if (budget.left > 0) this.#set(budget, budget.left - 1);
  }

  /** The replacement of a pod that was charged for is healthy: its budgets allow one disruption more. */
  giveBack(pod: Pod): void {
    for (const budget of this.#covering(pod)) this.#set(budget, budget.left + 1);
  }

  /**
   * The budgets, by name, that keep a pod from being evicted: the one that allows no disruption, or all of several, with
   * which the API server refuses whatever they allow. Source: k8s 1.36 pkg/registry/core/pod/storage/eviction.go.
   */
  refusing(pod: Pod): string[] {
    const covering = this.#covering(pod);
    const isRefused = covering.length > 1 || covering.some(({ left }) => left <= 0);
    return isRefused ? covering.map(({ object }) => object.metadata?.name ?? "") : [];
  }

  #covering(pod: Pod): Budget[] {
    return this.#budgets.filter((budget) => isCharged(budget, pod));
  }

  #set(budget: Budget, left: number): void {
    const { object } = budget;
    budget.left = left;
    this.#cluster.upsertObject({ ...object, status: { ...object.status, disruptionsAllowed: left } });
  }
}
