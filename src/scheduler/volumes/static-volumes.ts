/**
 * Which existing volume a claim would be bound to on a node. What does not depend on the node is decided once a claim.
 * Source: k8s 1.36 component-helpers storage/volume (FindMatchingVolume).
 */

import {
  namespacedName,
  namespaceOf,
  type ObjectReference,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type PersistentVolumeClaimSpec,
  type PersistentVolumeSpec,
} from "../../kube/objects.js";
import { type Amount, exactAmount } from "../../kube/quantity.js";
import { matchesAll, parseLabelSelector } from "../../kube/requirement.js";
import { NodeLocal } from "./node-local.js";
import { matchesNode, type NodeTerms, type VolumeNode } from "./node-terms.js";
import { classOfClaim, nameOf } from "./pod-claims.js";
import type { VolumeCycle } from "./volume-cycle.js";
import { compareSizes, sizeOfVolume, type VolumeIndex } from "./volume-index.js";

interface Candidate {
  readonly volume: PersistentVolume;
  readonly terms: NodeTerms;
}

/** A claim with the volumes that it could have on some node. */
export interface ClaimMatch {
  readonly claim: PersistentVolumeClaim;
  /** Set when the claim's selector does not parse; then there is nothing to look for. */
  readonly error?: string;
  /** Volumes that are promised to this claim: the first one is taken or none at all. */
  readonly promised: readonly Candidate[];
  /** Volumes that are free, the smallest first. */
  readonly free: NodeLocal<Candidate>;
}

/** @throws StowageError ERR_QUANTITY with the path of a size that cannot be read */
export function matchOfClaim({ assumed, index }: VolumeCycle, claim: PersistentVolumeClaim): ClaimMatch {
  const spec = claim.spec ?? {};
  const selector = spec.selector ? parseLabelSelector(spec.selector) : undefined;
  if (selector?.ok === false) {
    const error = `error creating internal label selector for claim: ${namespacedName(claim)}: ${selector.error}`;
    return { claim, error, promised: [], free: new NodeLocal([]) };
  }
  const size = sizeOfClaim(claim);
  const promised: Candidate[] = [];
  const free: Candidate[] = [];
  for (const stored of index.volumesOfClass(classOfClaim(claim))) {
    const volume = assumed.of(stored);
    const { claimRef } = volume.spec ?? {};
    const isPromised = Boolean(claimRef) && refersTo(claimRef, claim);
    if ((claimRef && !isPromised) || !couldHold(volume, spec, size)) continue;
    if (isPromised) promised.push(candidateOf(index, volume));
    else if (
      volume.status?.phase === "Available" &&
      (selector === undefined || matchesAll(selector.requirements, volume.metadata?.labels)) &&
      hasAccessModes(volume.spec, spec)
    ) {
      free.push(candidateOf(index, volume));
    }
  }
  return { claim, promised, free: new NodeLocal(free) };
}

/** The volume that the claim would get on a node, given the names of those that the pod's other claims would get. */
export function findVolume(
  { promised, free }: ClaimMatch,
  node: VolumeNode,
  taken: ReadonlySet<string>,
): PersistentVolume | undefined {
  const isTaken = ({ volume }: Candidate) => taken.has(nameOf(volume));
  const first = promised.find((candidate) => !isTaken(candidate));
  if (first !== undefined) return matchesNode(first.terms, node) ? first.volume : undefined;
  return free.find(node, (candidate) => !isTaken(candidate) && matchesNode(candidate.terms, node))?.volume;
}

/** The exact storage that a claim asks for; none counts as zero. @throws StowageError ERR_QUANTITY with the path */
export function sizeOfClaim(claim: PersistentVolumeClaim): Amount {
  const text = claim.spec?.resources?.requests?.storage ?? "0";
  return exactAmount("storage", text, sizePathOf(claim));
}

export function sizePathOf(claim: PersistentVolumeClaim): string {
  return `PersistentVolumeClaim ${namespacedName(claim)}: spec.resources.requests.storage`;
}

/** Whether a volume's claimRef means this claim. One without a uid was written by a user and means any of that name. */
export function refersTo(reference: ObjectReference | null | undefined, claim: PersistentVolumeClaim): boolean {
  if (!reference) return false;
  const { namespace = "", name = "", uid = "" } = reference;
  return (
    name === nameOf(claim) && namespace === namespaceOf(claim) && (uid === "" || uid === (claim.metadata?.uid ?? ""))
  );
}

function couldHold(volume: PersistentVolume, claim: PersistentVolumeClaimSpec, size: Amount): boolean {
  const { volumeMode, volumeAttributesClassName } = volume.spec ?? {};
  return (
    compareSizes(sizeOfVolume(volume), size) >= 0 &&
    (volumeMode ?? "Filesystem") === (claim.volumeMode ?? "Filesystem") &&
    (volumeAttributesClassName ?? "") === (claim.volumeAttributesClassName ?? "") &&
    !volume.metadata?.deletionTimestamp
  );
}

function hasAccessModes(volume: PersistentVolumeSpec | undefined, claim: PersistentVolumeClaimSpec): boolean {
  return (claim.accessModes ?? []).every((mode) => volume?.accessModes?.includes(mode));
}

function candidateOf(index: VolumeIndex, volume: PersistentVolume): Candidate {
  return { volume, terms: index.termsOf(volume) };
}
