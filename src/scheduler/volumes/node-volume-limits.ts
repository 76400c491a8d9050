/**
 * NodeVolumeLimits: how many volumes of a CSI driver can be attached to a node.
 * Source: k8s 1.36 pkg/scheduler/framework/plugins/nodevolumelimits.
 */

import {
  type CSINode,
  namespacedName,
  namespaceOf,
  type PersistentVolumeClaim,
  type Pod,
  type Volume,
} from "../../kube/objects.js";
import { csiHandleOf, inTreePluginNamed, inTreePluginOf } from "./in-tree.js";
import type { VolumeNode } from "./node-terms.js";
import {
  type ClaimReference,
  claimNotFound,
  claimOfVolume,
  classOfClaim,
  findClaim,
  ownershipProblem,
} from "./pod-claims.js";
import {
  failure,
  unresolvable,
  unschedulable,
  type VolumeCycle,
  type VolumePlugin,
  type VolumeRejection,
} from "./volume-cycle.js";

const LIMIT_EXCEEDED = "node(s) exceed max volume count";

/** Drivers by `driver/handle`: each volume once, however many pods use it. */
type DriversByVolume = Map<string, string>;

interface CsiVolume {
  readonly driver: string;
  readonly handle: string;
}

/** What counts depends on a node only by whether there is a CSINode for it; both cases are worked out when first met. */
export interface LimitsState {
  withCsiNode?: DriversByVolume | VolumeRejection;
  withoutCsiNode?: DriversByVolume | VolumeRejection;
}

export const nodeVolumeLimits: VolumePlugin<LimitsState> = {
  name: "NodeVolumeLimits",

  preFilter({ pod }) {
    const counts = (pod.spec?.volumes ?? []).some(
      (volume) => claimOfVolume(pod, volume) !== undefined || inTreePluginOf(volume) !== undefined,
    );
    return counts ? { state: {} } : { skip: true };
  },

  filter(cycle, state, node) {
    const csiNode = cycle.objects.get("CSINode", node.name);
    const wanted = wantedVolumes(cycle, state, csiNode !== undefined);
    if ("code" in wanted) return wanted;
    if (wanted.size === 0) return undefined;
    if (cycle.features.volumeLimitScaling) {
      for (const driver of wanted.values()) {
        if (isMissing(cycle, driver, csiNode)) {
          return unschedulable(`${driver} CSI driver is not installed on the node`);
        }
      }
    }
    const limits = limitsOf(csiNode);
    return limits.size === 0 ? undefined : checkLimits(cycle, wanted, limits, node);
  },
};

function wantedVolumes(cycle: VolumeCycle, state: LimitsState, hasCsiNode: boolean): DriversByVolume | VolumeRejection {
  if (!hasCsiNode) {
    state.withoutCsiNode ??= volumesOfPod(cycle, cycle.pod, false, new Map());
    return state.withoutCsiNode;
  }
  state.withCsiNode ??= volumesOfPod(cycle, cycle.pod, true, new Map());
  return state.withCsiNode;
}

/** Whether a driver asks to be on a node before pods with its volumes, and is not. */
function isMissing({ objects }: VolumeCycle, driver: string, csiNode: CSINode | undefined): boolean {
  if (objects.get("CSIDriver", driver)?.spec?.preventPodSchedulingIfMissing !== true) return false;
  return csiNode?.spec?.drivers?.some(({ name = "" }) => name === driver) !== true;
}

/** Counts of volumes by driver; drivers that state no limit have none. */
function limitsOf(csiNode: CSINode | undefined): Map<string, number> {
  const limits = new Map<string, number>();
  for (const { name = "", allocatable } of csiNode?.spec?.drivers ?? []) {
    const count = allocatable?.count;
    if (count !== undefined && count !== null) limits.set(name, count);
  }
  return limits;
}

/** Volumes that pods use and volumes that are attached anyway count once; the pod's own count unless a pod uses them. */
function checkLimits(
  cycle: VolumeCycle,
  wanted: DriversByVolume,
  limits: ReadonlyMap<string, number>,
  node: VolumeNode,
): VolumeRejection | undefined {
  const attached: DriversByVolume = new Map();
  for (const { pod } of cycle.podsOnNode(node)) {
    const volumes = volumesOfPod(cycle, pod, true, attached);
    if ("code" in volumes) return volumes;
  }
  const added = [...wanted].filter(([volume]) => !attached.has(volume));
  for (const [volume, driver] of attachments(cycle, node)) {
    if (!attached.has(volume)) attached.set(volume, driver);
  }
  const total = countByDriver([...attached.values(), ...added.map(([, driver]) => driver)]);
  const isExceeded = added.some(([, driver]) => (total.get(driver) ?? 0) > (limits.get(driver) ?? Infinity));
  return isExceeded ? unschedulable(LIMIT_EXCEEDED) : undefined;
}

function attachments({ index, objects }: VolumeCycle, { name }: VolumeNode): DriversByVolume {
  const volumes: DriversByVolume = new Map();
  for (const { spec } of index.attachmentsOfNode(name)) {
    const { attacher = "", source } = spec ?? {};
    const volumeName = source?.persistentVolumeName;
    if (attacher === "" || volumeName === undefined || volumeName === null) continue;
    const csi = objects.get("PersistentVolume", volumeName)?.spec?.csi;
    if (csi) volumes.set(`${attacher}/${csi.volumeHandle ?? ""}`, attacher);
  }
  return volumes;
}

function countByDriver(drivers: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const driver of drivers) counts.set(driver, (counts.get(driver) ?? 0) + 1);
  return counts;
}

/** Adds to `found` what a pod attaches. Missing claims end the cycle of the pod that wants them, and of no other. */
function volumesOfPod(
  cycle: VolumeCycle,
  pod: Pod,
  hasCsiNode: boolean,
  found: DriversByVolume,
): DriversByVolume | VolumeRejection {
  for (const volume of pod.spec?.volumes ?? []) {
    const reference = claimOfVolume(pod, volume);
    const csi =
      reference === undefined ? inlineVolume(volume, hasCsiNode) : claimedVolume(cycle, pod, reference, hasCsiNode);
    if (csi === undefined) continue;
    if ("code" in csi) return csi;
    found.set(`${csi.driver}/${csi.handle}`, csi.driver);
  }
  return found;
}

/** An in-tree volume that a pod names itself. */
function inlineVolume(volume: Volume, hasCsiNode: boolean): CsiVolume | VolumeRejection | undefined {
  const plugin = inTreePluginOf(volume);
  if (plugin === undefined || !plugin.isMigrated || !hasCsiNode) return undefined;
  const handle = csiHandleOf(plugin, volume);
  if (typeof handle === "string") return { driver: plugin.driver, handle };
  return failure(`converting volume(${volume.name ?? ""}) from inline to csi: ${handle.error}`);
}

function claimedVolume(
  cycle: VolumeCycle,
  pod: Pod,
  { name, isEphemeral }: ClaimReference,
  hasCsiNode: boolean,
): CsiVolume | VolumeRejection | undefined {
  if (name === "") return failure("PersistentVolumeClaim had no name");
  const claim = findClaim(cycle.objects, pod, name);
  if (claim === undefined) {
    if (pod !== cycle.pod) return undefined;
    return unresolvable(`looking up PVC ${namespaceOf(pod)}/${name}: ${claimNotFound(name)}`);
  }
  const problem = isEphemeral ? ownershipProblem(pod, claim) : undefined;
  if (problem !== undefined) return failure(problem);
  const { driver, handle } = csiVolumeOf(cycle, claim, hasCsiNode) ?? { driver: "", handle: "" };
  return driver === "" || handle === "" ? undefined : { driver, handle };
}

/** The volume a claim has, or a stand-in for the one that its class will make; undefined when no driver attaches it. */
function csiVolumeOf(cycle: VolumeCycle, claim: PersistentVolumeClaim, hasCsiNode: boolean): CsiVolume | undefined {
  const volume = cycle.objects.get("PersistentVolume", claim.spec?.volumeName ?? "");
  if (volume === undefined) return futureVolume(cycle, claim, hasCsiNode);
  const { csi } = volume.spec ?? {};
  if (csi) return { driver: csi.driver ?? "", handle: csi.volumeHandle ?? "" };
  const plugin = inTreePluginOf(volume.spec);
  if (plugin === undefined || !plugin.isMigrated || !hasCsiNode) return undefined;
  const handle = csiHandleOf(plugin, volume.spec ?? {}, volume.metadata?.labels);
  return typeof handle === "string" ? { driver: plugin.driver, handle } : undefined;
}

function futureVolume(
  { objects }: VolumeCycle,
  claim: PersistentVolumeClaim,
  hasCsiNode: boolean,
): CsiVolume | undefined {
  const className = classOfClaim(claim);
  const storageClass = className === "" ? undefined : objects.get("StorageClass", className);
  if (storageClass === undefined) return undefined;
  const { provisioner = "" } = storageClass;
  // No handle begins like this, so it is nobody else's; upstream draws a random prefix.
  const handle = `\0${namespacedName(claim)}`;
  const plugin = inTreePluginNamed(provisioner);
  if (plugin === undefined) return { driver: provisioner, handle };
  return plugin.isMigrated && hasCsiNode ? { driver: plugin.driver, handle } : undefined;
}
