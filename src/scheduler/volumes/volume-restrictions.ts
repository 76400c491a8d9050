/**
 * VolumeRestrictions: two pods cannot share an inline disk that is written to, nor a ReadWriteOncePod claim.
 * Source: k8s 1.36 pkg/scheduler/framework/plugins/volumerestrictions.
 */

import type { PersistentVolumeClaim, Pod, Volume } from "../../kube/objects.js";
import { namespaceOf } from "../../kube/objects.js";
import type { RBDVolumeSource } from "../../kube/volume-sources.js";
import { claimNotFound, findClaim, nameOf } from "./pod-claims.js";
import { unresolvable, unschedulable, type VolumeCycle, type VolumePlugin } from "./volume-cycle.js";

const DISK_CONFLICT = "node(s) had no available disk";
const READ_WRITE_ONCE_POD_CONFLICT =
  "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod";

export interface RestrictionsState {
  /** The pod's inline volumes that can conflict. */
  readonly disks: readonly Volume[];
  /** Names of the pod's ReadWriteOncePod claims. */
  readonly exclusiveClaims: ReadonlySet<string>;
  /** How often pods on nodes use those claims; a dry run counts it down and up. */
  readonly uses: number;
}

export const volumeRestrictions: VolumePlugin<RestrictionsState> = {
  name: "VolumeRestrictions",

  preFilter(cycle) {
    const { pod } = cycle;
    const disks = (pod.spec?.volumes ?? []).filter(isDisk);
    const exclusiveClaims = new Set<string>();
    for (const { persistentVolumeClaim } of pod.spec?.volumes ?? []) {
      if (!persistentVolumeClaim) continue;
      const { claimName = "" } = persistentVolumeClaim;
      const claim = findClaim(cycle.objects, pod, claimName);
      if (claim === undefined) return unresolvable(claimNotFound(claimName));
      if (isExclusive(claim)) exclusiveClaims.add(nameOf(claim));
    }
    const uses = countUses(cycle, exclusiveClaims);
    if (disks.length === 0 && uses === 0) return { skip: true };
    return { state: { disks, exclusiveClaims, uses } };
  },

  filter(cycle, { disks, uses }, node) {
    if (disks.length > 0) {
      for (const { pod } of cycle.podsOnNode(node)) {
        if (disks.some((disk) => hasConflict(disk, pod))) return unschedulable(DISK_CONFLICT);
      }
    }
    return uses > 0 ? unschedulable(READ_WRITE_ONCE_POD_CONFLICT) : undefined;
  },
};

/** What is left of the filter where a configuration leaves its PreFilter out: the disks, which need nothing prepared. */
export const diskConflicts: VolumePlugin<RestrictionsState> = {
  ...volumeRestrictions,
  preFilter({ pod }) {
    const disks = (pod.spec?.volumes ?? []).filter(isDisk);
    return disks.length === 0 ? { skip: true } : { state: { disks, exclusiveClaims: new Set(), uses: 0 } };
  },
};

/**
 * The state as if `pod` came to a node or left it; a dry run of preemption asks for it. Upstream counts every volume of
 * such a pod by the bare name of its claim, whatever its namespace, and so does this.
 */
export function withPodMoved(state: RestrictionsState, pod: Pod, change: "added" | "removed"): RestrictionsState {
  const moved = (pod.spec?.volumes ?? []).filter(
    ({ persistentVolumeClaim }) =>
      persistentVolumeClaim && state.exclusiveClaims.has(persistentVolumeClaim.claimName ?? ""),
  ).length;
  if (moved === 0) return state;
  return { ...state, uses: state.uses + (change === "added" ? moved : -moved) };
}

/** A claim counts once, however many pods use it. */
function countUses({ pod, isClaimUsed }: VolumeCycle, claims: ReadonlySet<string>): number {
  const namespace = namespaceOf(pod);
  return [...claims].filter((name) => isClaimUsed(`${namespace}/${name}`)).length;
}

/** Whether only one pod may use a claim. */
export function isExclusive({ spec }: PersistentVolumeClaim): boolean {
  return spec?.accessModes?.includes("ReadWriteOncePod") === true;
}

/** Whether two pods may be kept from sharing a volume that they name themselves. */
export function isDisk({ gcePersistentDisk, awsElasticBlockStore, rbd, iscsi }: Volume): boolean {
  return Boolean(gcePersistentDisk || awsElasticBlockStore || rbd || iscsi);
}

function hasConflict(disk: Volume, pod: Pod): boolean {
  return (pod.spec?.volumes ?? []).some((other) => isSameDisk(disk, other));
}

/** Whether both are one disk that cannot be shared. Only EBS volumes cannot even be shared for reading. */
function isSameDisk(one: Volume, other: Volume): boolean {
  const [gce, otherGce] = [one.gcePersistentDisk, other.gcePersistentDisk];
  if (gce && otherGce && (gce.pdName ?? "") === (otherGce.pdName ?? "") && !areReadOnly(gce, otherGce)) return true;
  const [ebs, otherEbs] = [one.awsElasticBlockStore, other.awsElasticBlockStore];
  if (ebs && otherEbs && (ebs.volumeID ?? "") === (otherEbs.volumeID ?? "")) return true;
  const [iscsi, otherIscsi] = [one.iscsi, other.iscsi];
  if (iscsi && otherIscsi && (iscsi.iqn ?? "") === (otherIscsi.iqn ?? "") && !areReadOnly(iscsi, otherIscsi)) {
    return true;
  }
  const [rbd, otherRbd] = [one.rbd, other.rbd];
  return Boolean(rbd && otherRbd && isSameImage(rbd, otherRbd) && !areReadOnly(rbd, otherRbd));
}

function isSameImage(one: RBDVolumeSource, other: RBDVolumeSource): boolean {
  const monitors = new Set(one.monitors ?? []);
  return (
    (other.monitors ?? []).some((monitor) => monitors.has(monitor)) &&
    (one.pool ?? "") === (other.pool ?? "") &&
    (one.image ?? "") === (other.image ?? "")
  );
}

function areReadOnly(one: { readonly readOnly?: boolean }, other: { readonly readOnly?: boolean }): boolean {
  return one.readOnly === true && other.readOnly === true;
}
