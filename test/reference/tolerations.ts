/** Taints and tolerations: k8s 1.36 component-helpers scheduling/corev1, with TaintTolerationComparisonOperators off. */

import type { Node, Pod, Taint, Toleration } from "../../src/kube/objects.js";

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const effect = toleration.effect ?? "";
  const key = toleration.key ?? "";
  if (effect !== "" && effect !== (taint.effect ?? "")) return false;
  if (key !== "" && key !== (taint.key ?? "")) return false;
  switch (toleration.operator ?? "") {
    case "":
    case "Equal":
      return (toleration.value ?? "") === (taint.value ?? "");
    case "Exists":
      return true;
    default:
      return false;
  }
}

export function isTolerated(pod: Pod, taint: Taint): boolean {
  return (pod.spec?.tolerations ?? []).some((toleration) => tolerates(toleration, taint));
}

/** A taint that keeps pods away, and the pod does not tolerate it. */
export function hasUntoleratedTaint(pod: Pod, node: Node): boolean {
  const repelling = (node.spec?.taints ?? []).filter(({ effect }) => effect === "NoSchedule" || effect === "NoExecute");
  return repelling.some((taint) => !isTolerated(pod, taint));
}
