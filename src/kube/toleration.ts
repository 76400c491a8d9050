/** Which taints a toleration tolerates. */

import type { Taint, Toleration } from "./objects.js";

/**
 * Whether one toleration tolerates one taint. An empty effect or key stands for every effect or key, also with the
 * operator Equal. The operators Gt and Lt are behind a gate that is off by default, so they tolerate nothing.
 * Source: k8s 1.36 api core/v1 toleration.go.
 */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== (taint.key ?? "")) return false;
  switch (toleration.operator || "Equal") {
    case "Equal":
      return (toleration.value ?? "") === (taint.value ?? "");
    case "Exists":
      return true;
    default:
      return false;
  }
}

/**
 * The first taint, in the order of the list, that has one of the effects and that no toleration tolerates.
 * Source: k8s 1.36 component-helpers scheduling/corev1 helpers.go.
 */
export function findUntoleratedTaint(
  taints: readonly Taint[] | null | undefined,
  tolerations: readonly Toleration[] | null | undefined,
  effects: readonly string[],
): Taint | undefined {
  return taints?.find(
    (taint) => effects.includes(taint.effect ?? "") && !tolerations?.some((toleration) => tolerates(toleration, taint)),
  );
}

/** Whether none of the taints keeps the pod away: soft ones (PreferNoSchedule) never do. */
export function toleratesHardTaints(
  taints: readonly Taint[] | null | undefined,
  tolerations: readonly Toleration[] | null | undefined,
): boolean {
  return findUntoleratedTaint(taints, tolerations, ["NoSchedule", "NoExecute"]) === undefined;
}
