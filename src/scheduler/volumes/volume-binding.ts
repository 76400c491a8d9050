/**
 * VolumeBinding: every claim of the pod must have, or be able to get, a volume that the node can use.
 * Source: k8s 1.36 pkg/scheduler/framework/plugins/volumebinding.
 */

import type { ClusterObjects } from "../../cluster/objects.js";
import type { PersistentVolume, PersistentVolumeClaim } from "../../kube/objects.js";
import type { Amount } from "../../kube/quantity.js";
import { quoteText } from "../go-text.js";
import { type InTreePlugin, inTreePluginOf } from "./in-tree.js";
import { matchesNode, type VolumeNode } from "./node-terms.js";
import {
  type ClaimReference,
  claimNotFound,
  claimsOfPod,
  classOfClaim,
  findClaim,
  nameOf,
  ownershipProblem,
} from "./pod-claims.js";
import { type DynamicProvision, type Provision, provisionOf, provisionOn } from "./provisioning.js";
import { type ClaimMatch, findVolume, matchOfClaim, sizeOfClaim } from "./static-volumes.js";
import {
  failure,
  type PreFilterOutcome,
  unresolvable,
  type VolumeCycle,
  type VolumePlugin,
  type VolumeRejection,
} from "./volume-cycle.js";
import { compareSizes } from "./volume-index.js";

const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity";
const BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind";
const NOT_ENOUGH_SPACE = "node(s) did not have enough free storage";
const VOLUME_MISSING = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

const BIND_COMPLETED_ANNOTATION = "pv.kubernetes.io/bind-completed";
const SELECTED_NODE_ANNOTATION = "volume.kubernetes.io/selected-node";
const MIGRATED_PLUGINS_ANNOTATION = "storage.alpha.kubernetes.io/migrated-plugins";

/** A claim that would be bound to an existing volume. */
export interface StaticBinding {
  readonly claim: PersistentVolumeClaim;
  readonly volume: PersistentVolume;
}

/** What would happen to a pod's claims on one node. */
export interface PodVolumes {
  readonly staticBindings: readonly StaticBinding[];
  readonly dynamicProvisions: readonly DynamicProvision[];
}

/** A claim that has its volume: `volume` is undefined when that does not exist. */
export interface BoundClaim {
  readonly volume: PersistentVolume | undefined;
  readonly plugin: InTreePlugin | undefined;
}

/** A claim whose volume is being made for a node that was chosen before. */
interface SelectedClaim {
  readonly provision: Provision;
  readonly nodeName: string;
}

/** A claim whose volume is chosen together with the pod's node: one that exists, else one that can be made. */
interface OpenClaim {
  readonly match: ClaimMatch;
  readonly provision: Provision;
}

export interface BindingState {
  readonly bound: readonly BoundClaim[];
  readonly selected: readonly SelectedClaim[];
  /** The smallest request first, so that it does not take a volume that a larger one needs. */
  readonly open: readonly OpenClaim[];
  /** By node name, for the nodes that passed the filter. */
  readonly volumesByNode: Map<string, PodVolumes>;
}

export const volumeBinding: VolumePlugin<BindingState> = {
  name: "VolumeBinding",

  preFilter(cycle) {
    const claims: PersistentVolumeClaim[] = [];
    for (const reference of claimsOfPod(cycle.pod)) {
      const claim = usableClaim(cycle, reference);
      if (typeof claim === "string") return unresolvable(claim);
      claims.push(claim);
    }
    return claims.length === 0 ? { skip: true } : classify(cycle, claims);
  },

  filter(cycle, state, node) {
    const conflict = checkBound(cycle, state.bound, node);
    if (typeof conflict === "object") return conflict;
    const volumes = volumesFor(state, node);
    if (typeof volumes === "string") {
      if (conflict === undefined) return unresolvable(volumes);
      return conflict === VOLUME_MISSING ? unresolvable(volumes, conflict) : unresolvable(conflict, volumes);
    }
    if ("code" in volumes) return volumes;
    if (conflict !== undefined) return unresolvable(conflict);
    state.volumesByNode.set(node.name, volumes);
    return undefined;
  },
};

/**
 * Notes that the pod's claims will be bound as its node demands: from now on other pods see it. The node has passed the
 * filter with this state. Returns what takes that back; like upstream it takes back what was assumed of these claims and
 * volumes by whomever.
 */
export function reserveVolumes({ objects, assumed }: VolumeCycle, state: BindingState, nodeName: string): () => void {
  const { staticBindings, dynamicProvisions } = state.volumesByNode.get(nodeName) ?? {
    staticBindings: [],
    dynamicProvisions: [],
  };
  const touched: (PersistentVolume | PersistentVolumeClaim)[] = [];
  for (const { claim, volume } of staticBindings) {
    const stored = objects.get("PersistentVolume", nameOf(volume));
    if (stored === undefined) continue;
    touched.push(stored);
    assumed.assume(stored, boundTo(volume, claim));
  }
  for (const { claim } of dynamicProvisions) {
    const stored = objects.get("PersistentVolumeClaim", nameOf(claim), claim.metadata?.namespace);
    if (stored === undefined) continue;
    touched.push(stored);
    assumed.assume(stored, provisionedFor(claim, nodeName));
  }
  return () => {
    for (const stored of touched) assumed.restore(stored);
  };
}

/** The claim as the API has it, or why the pod cannot be scheduled as long as it is like that. */
function usableClaim(
  { objects, pod }: VolumeCycle,
  { name, isEphemeral }: ClaimReference,
): PersistentVolumeClaim | string {
  const claim = findClaim(objects, pod, name);
  if (claim === undefined) {
    if (!isEphemeral) return claimNotFound(name);
    return `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoteText(name)}`;
  }
  return claimProblem(claim, name) ?? (isEphemeral ? ownershipProblem(pod, claim) : undefined) ?? claim;
}

/** Why no pod can be scheduled that names a claim, as long as it is like that. */
export function claimProblem({ metadata, spec, status }: PersistentVolumeClaim, name: string): string | undefined {
  if (status?.phase === "Lost") {
    const volume = quoteText(spec?.volumeName ?? "");
    return `persistentvolumeclaim ${quoteText(name)} bound to non-existent persistentvolume ${volume}`;
  }
  return metadata?.deletionTimestamp ? `persistentvolumeclaim ${quoteText(name)} is being deleted` : undefined;
}

/** A claim that names a volume but is not bound to it yet waits for that binding. */
function classify(cycle: VolumeCycle, claims: readonly PersistentVolumeClaim[]): PreFilterOutcome<BindingState> {
  const bound: BoundClaim[] = [];
  const delayed: PersistentVolumeClaim[] = [];
  let hasImmediate = false;
  for (const stored of claims) {
    const claim = cycle.assumed.of(stored);
    const volumeName = boundVolumeName(claim);
    if (volumeName !== undefined) {
      bound.push(boundClaimOf(cycle, volumeName));
      continue;
    }
    const mode = bindingModeOf(cycle, claim);
    if (typeof mode === "object") return mode;
    if (mode === "WaitForFirstConsumer" && !claim.spec?.volumeName) delayed.push(claim);
    else hasImmediate = true;
  }
  if (hasImmediate) return unresolvable("pod has unbound immediate PersistentVolumeClaims");
  return { state: { bound, ...splitBySelection(cycle, delayed), volumesByNode: new Map() } };
}

/** The name of the volume that a claim is bound to; undefined where it is not, or where the binding is still to be written. */
export function boundVolumeName({ metadata, spec }: PersistentVolumeClaim): string | undefined {
  const isComplete = Object.hasOwn(metadata?.annotations ?? {}, BIND_COMPLETED_ANNOTATION);
  return isComplete ? spec?.volumeName || undefined : undefined;
}

function boundClaimOf({ objects, assumed }: VolumeCycle, volumeName: string): BoundClaim {
  const stored = objects.get("PersistentVolume", volumeName);
  if (stored === undefined) return { volume: undefined, plugin: undefined };
  const volume = assumed.of(stored);
  const plugin = inTreePluginOf(volume.spec);
  return { volume, plugin: plugin?.isMigrated ? plugin : undefined };
}

/** A class that is missing binds at once, so its claims should have been bound before. */
function bindingModeOf({ objects }: VolumeCycle, claim: PersistentVolumeClaim): string | VolumeRejection {
  const className = classOfClaim(claim);
  const storageClass = className === "" ? undefined : objects.get("StorageClass", className);
  if (storageClass === undefined) return "Immediate";
  return (
    storageClass.volumeBindingMode ?? failure(`VolumeBindingMode not set for StorageClass ${quoteText(className)}`)
  );
}

function splitBySelection(
  cycle: VolumeCycle,
  claims: readonly PersistentVolumeClaim[],
): Pick<BindingState, "selected" | "open"> {
  const selected: SelectedClaim[] = [];
  const open: (OpenClaim & { readonly size: Amount })[] = [];
  for (const claim of claims) {
    const provision = provisionOf(cycle, claim);
    const nodeName = claim.metadata?.annotations?.[SELECTED_NODE_ANNOTATION];
    if (nodeName !== undefined) selected.push({ provision, nodeName });
    else open.push({ match: matchOfClaim(cycle, claim), provision, size: sizeOfClaim(claim) });
  }
  return { selected, open: open.sort((a, b) => compareSizes(a.size, b.size)) };
}

/** The first thing that is wrong with the volumes that the pod's claims have. */
export function checkBound(
  { objects, index }: Pick<VolumeCycle, "objects" | "index">,
  bound: readonly BoundClaim[],
  node: VolumeNode,
): typeof NODE_CONFLICT | typeof VOLUME_MISSING | VolumeRejection | undefined {
  for (const { volume, plugin } of bound) {
    if (volume === undefined) return VOLUME_MISSING;
    const isTranslated = plugin !== undefined && isMigratedOn(objects, plugin, node);
    const terms = isTranslated ? index.translatedTermsOf(plugin, volume) : index.termsOf(volume);
    if (terms !== undefined && "error" in terms) return failure(`could not translate pv: ${terms.error}`);
    if (!matchesNode(terms, node)) return NODE_CONFLICT;
  }
  return undefined;
}

/** Whether a node's volumes of a plugin are the driver's that took over. */
function isMigratedOn(objects: ClusterObjects, { name }: InTreePlugin, node: VolumeNode): boolean {
  const migrated = objects.get("CSINode", node.name)?.metadata?.annotations?.[MIGRATED_PLUGINS_ANNOTATION] ?? "";
  return migrated !== "" && migrated.split(",").includes(name);
}

/** What would happen to the pod's unbound claims on a node, or the reason why nothing can. */
function volumesFor({ selected, open }: BindingState, node: VolumeNode): PodVolumes | VolumeRejection | string {
  if (selected.some(({ nodeName }) => nodeName !== node.name)) return BIND_CONFLICT;
  const provisions = selected.map(({ provision }) => provision);
  const staticBindings: StaticBinding[] = [];
  const taken = new Set<string>();
  for (const { match, provision } of open) {
    if (match.error !== undefined) return failure(match.error);
    const volume = findVolume(match, node, taken);
    if (volume === undefined) {
      provisions.push(provision);
      continue;
    }
    taken.add(nameOf(volume));
    staticBindings.push({ claim: match.claim, volume });
  }
  const dynamicProvisions = provisionOn(provisions, node);
  if (dynamicProvisions === "unavailable") return BIND_CONFLICT;
  if (dynamicProvisions === "too-small") return NOT_ENOUGH_SPACE;
  return { staticBindings, dynamicProvisions };
}

/** The volume as it will be once it is bound to the claim. */
function boundTo(volume: PersistentVolume, { metadata }: PersistentVolumeClaim): PersistentVolume {
  const { namespace = "default", name = "", uid = "" } = metadata ?? {};
  const claimRef = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid };
  return { ...volume, spec: { ...volume.spec, claimRef } };
}

/** The claim as it will be once a volume is being made for it. */
function provisionedFor(claim: PersistentVolumeClaim, nodeName: string): PersistentVolumeClaim {
  const annotations = { ...claim.metadata?.annotations, [SELECTED_NODE_ANNOTATION]: nodeName };
  return { ...claim, metadata: { ...claim.metadata, annotations } };
}
