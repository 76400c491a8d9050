/** Which running pods a rebalance may move, and what keeps the others where they are. */

import type { Cluster } from "../cluster/cluster.js";
import { controllerOf, type Pod } from "../kube/objects.js";
import { BudgetCharges } from "./budget-charges.js";
import { hasLivingController } from "./recreation.js";

/** Annotations by which people and autoscalers say that a pod must stay: any value, or the one that is named. */
const STAY: readonly (readonly [annotation: string, value: string | undefined])[] = [
  ["karpenter.sh/do-not-disrupt", "true"],
  ["karpenter.sh/do-not-evict", "true"],
  ["cluster-autoscaler.kubernetes.io/safe-to-evict", "false"],
  ["descheduler.alpha.kubernetes.io/prefer-no-eviction", undefined],
];
/** Controllers that make a pod more before they take one away. */
const SURGING: readonly string[] = ["ReplicaSet", "ReplicationController"];

/** Answers for a cluster whose budgets nobody else changes meanwhile. */
export class Movability {
  readonly #budgets: BudgetCharges;
  readonly #isSurge: boolean;

  /** @param isSurge whether a replacement has to run before its pod goes */
  constructor(cluster: Cluster, isSurge: boolean) {
    this.#budgets = new BudgetCharges(cluster);
    this.#isSurge = isSurge;
  }

  /** What keeps a pod on its node, as a sentence without a subject; undefined where nothing does. */
  obstacleOf(pod: Pod): string | undefined {
    if (!hasLivingController(pod)) return "has no controller that would make it again";
    const annotations = pod.metadata?.annotations ?? {};
    const stay = STAY.find(
      ([name, value]) => annotations[name] !== undefined && (value === undefined || annotations[name] === value),
    );
    if (stay !== undefined) return `is annotated ${stay[0]}`;
    const local = pod.spec?.volumes?.find((volume) => "emptyDir" in volume || "hostPath" in volume);
    if (local !== undefined) return `keeps data on its node, in the volume ${local.name}`;
    const kind = controllerOf(pod)?.kind ?? "";
    if (this.#isSurge && !SURGING.includes(kind))
      return `is of a ${kind}, which makes no new pod before the old one is gone`;
    const refusing = this.#budgets.refusing(pod);
    if (refusing.length > 0) return `is kept by the PodDisruptionBudget ${refusing.join(" and ")}`;
    return undefined;
  }
}
