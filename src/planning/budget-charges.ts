/** What evictions take from PodDisruptionBudgets, so that no budget is spent twice in one plan. */

import type { Cluster } from "../cluster/cluster.js";
import type { Pod, PodDisruptionBudget } from "../kube/objects.js";
import { namespaceOf, type Selector, selects } from "../kube/pod-affinity.js";
import { parseLabelSelector } from "../kube/requirement.js";

/** The budgets of a cluster; nobody else may change them meanwhile. */
export class BudgetCharges {
  readonly #cluster: Cluster;
  readonly #budgets: { object: PodDisruptionBudget; readonly selector: Selector }[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    for (const object of cluster.state.objects.list("PodDisruptionBudget")) {
      const selector = parseLabelSelector(object.spec?.selector);
      if (selector.ok && !selector.nothing && selector.requirements.length > 0)
        this.#budgets.push({ object, selector });
    }
  }

  /**
   * A pod is gone: each budget that covers it allows one disruption less, never less than none, as the disruption
   * controller finds out at once. That its replacement will be healthy one day gives nothing back. A pod of
   * `disruptedPods` is charged already. Source: k8s 1.36 pkg/controller/disruption.
   */
  charge(pod: Pod): void {
    for (const budget of this.#budgets) {
      const { metadata, status } = budget.object;
      const left = status?.disruptionsAllowed ?? 0;
      if (left === 0 || (metadata?.namespace || "default") !== namespaceOf(pod)) continue;
      if (!selects(budget.selector, pod.metadata?.labels ?? {})) continue;
      if (Object.hasOwn(status?.disruptedPods ?? {}, pod.metadata?.name ?? "")) continue;
      budget.object = { ...budget.object, status: { ...status, disruptionsAllowed: left - 1 } };
      this.#cluster.upsertObject(budget.object);
    }
  }
}
