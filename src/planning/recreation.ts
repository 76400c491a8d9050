/** What a controller does about a pod that is gone. */

import { controllerOf, type Pod } from "../kube/objects.js";
import { changedCopy } from "../kube/plain.js";

const MIRROR = "kubernetes.io/config.mirror";

/**
 * Whether a pod that is gone comes back under another name or the same: not when it is on its way out already, for then
 * its controller has seen to that, and not when it is the mirror of a kubelet's own pod.
 */
export function hasLivingController({ metadata }: Pod): boolean {
  if (metadata?.deletionTimestamp) return false;
  return (metadata?.ownerReferences ?? []).some(({ controller, kind }) => controller === true && kind !== "Node");
}

/** Whether a pod goes where its node goes and nowhere else: one of a DaemonSet, or the mirror of a kubelet's own pod. */
export function isOfNode(pod: Pod): boolean {
  const kind = controllerOf(pod)?.kind;
  return kind === "DaemonSet" || kind === "Node" || pod.metadata?.annotations?.[MIRROR] !== undefined;
}

/** The pod as its controller makes it, by the name of the one that is gone, so that the two are seen to be one. */
export function recreated(pod: Pod): Pod {
  const { status: _status, spec, ...rest } = pod;
  const { nodeName: _nodeName, ...others } = spec ?? {};
  return changedCopy(pod, { ...rest, spec: others });
}
