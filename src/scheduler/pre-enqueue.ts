/** Pods that are decided before a node is looked at: those being deleted, gated, or in need of a plugin that is not here. */

import { StowageError } from "../errors.js";
import { blamed, checkOwnTypes } from "../kube/misread.js";
import { namespacedName, type Pod } from "../kube/objects.js";
import { type Undecided, undecided } from "./decision.js";
import type { Profile } from "./profile.js";
import { unsupportedField } from "./unsupported.js";

export function schedulerNameOf(pod: Pod): string {
  return pod.spec?.schedulerName || "default-scheduler";
}

/** The decision on a pod that needs no node; undefined where it needs one. */
export function decidedEarly(pod: Pod, profile: Profile): Undecided | undefined {
  try {
    return decided(pod, profile);
  } catch (error) {
    const reason = blamed(error, pod);
    if (reason instanceof StowageError) return undecided(pod, "error", reason.message);
    throw reason;
  }
}

function decided(pod: Pod, profile: Profile): Undecided | undefined {
  checkOwnTypes(pod);
  if (pod.metadata?.deletionTimestamp) {
    return undecided(pod, "ignored", `skip schedule deleting pod: ${namespacedName(pod)}`);
  }
  if (isGated(pod, profile)) {
    return undecided(pod, "gated", `waiting for scheduling gates: [${gatesOf(pod).join(" ")}]`);
  }
  const unsupported = unsupportedField(pod, profile);
  if (unsupported === undefined) return undefined;
  const { field, plugin } = unsupported;
  return undecided(pod, "unsupported", `${field} needs the plugin ${plugin}, which stowage does not have yet`);
}

/** An error for a pod without a name: nobody could say later who takes its room. */
export function nameless(pod: Pod): Undecided | undefined {
  const name: unknown = pod.metadata?.name;
  if (typeof name === "string" && name !== "") return undefined;
  return undecided(pod, "error", "metadata.name: a pod needs a name");
}

/** Whether gates keep the pod out of the queue. */
export function isGated(pod: Pod, { preEnqueue }: Profile): boolean {
  return preEnqueue.includes("SchedulingGates") && gatesOf(pod).length > 0;
}

function gatesOf({ spec }: Pod): string[] {
  return (spec?.schedulingGates ?? []).map(({ name = "" }) => name);
}
