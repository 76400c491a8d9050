/** What the volume plugins are given for one pod, and what they answer. */

import type { AssumedVolumes } from "../../cluster/assumed-volumes.js";
import type { PodRecord } from "../../cluster/node-record.js";
import type { ClusterObjects } from "../../cluster/objects.js";
import type { Pod } from "../../kube/objects.js";
import type { VolumeNode } from "./node-terms.js";
import type { VolumeIndex } from "./volume-index.js";

/** kube-scheduler's feature gates that change what the volume plugins do: off in 1.36, on in 1.37. */
export interface VolumeFeatures {
  /** NodeVolumeLimits rejects nodes that lack a driver which asks for that. */
  readonly volumeLimitScaling: boolean;
}

/** One pod's decision, as far as volumes need it. */
export interface VolumeCycle {
  readonly pod: Pod;
  readonly objects: ClusterObjects;
  readonly assumed: AssumedVolumes;
  readonly index: VolumeIndex;
  /** What a pod on a node has attached there: drivers by `driver/handle`. */
  readonly attached: { of(pod: Pod): ReadonlyMap<string, string> | VolumeRejection };
  readonly features: VolumeFeatures;
  /** The pods that count as being on a node: without those that a dry run has taken away. */
  podsOnNode(node: VolumeNode): Iterable<Pick<PodRecord, "pod">>;
  /** Whether a pod on some node of the cluster names this claim, given as `namespace/name`. */
  isClaimUsed(claim: string): boolean;
}

/** A status that is not success. `Error` ends the pod's cycle, on whatever node it came up. */
export interface VolumeRejection {
  readonly code: "Unschedulable" | "UnschedulableAndUnresolvable" | "Error";
  /** In upstream's order. */
  readonly reasons: readonly string[];
}

/** PreFilter's answer: `skip` leaves out the plugin's filter, `state` is what that filter works with. */
export type PreFilterOutcome<State> = VolumeRejection | { readonly skip: true } | { readonly state: State };

/** A volume plugin. `State` belongs to one pod's cycle; nothing else is kept between calls. */
export interface VolumePlugin<State> {
  /** Upstream's name. */
  readonly name: string;
  preFilter(cycle: VolumeCycle): PreFilterOutcome<State>;
  /** Looks at one node; undefined lets it pass. */
  filter(cycle: VolumeCycle, state: State, node: VolumeNode): VolumeRejection | undefined;
}

export function unresolvable(...reasons: readonly string[]): VolumeRejection {
  return { code: "UnschedulableAndUnresolvable", reasons };
}

export function unschedulable(reason: string): VolumeRejection {
  return { code: "Unschedulable", reasons: [reason] };
}

/** An error that ends the cycle. */
export function failure(reason: string): VolumeRejection {
  return { code: "Error", reasons: [reason] };
}
