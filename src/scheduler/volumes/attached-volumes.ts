/** Which volumes a pod attaches to its node, by CSI driver; kept for the pods that are on nodes. */

import type { ClusterObjects } from "../../cluster/objects.js";
import {
  namespacedName,
  namespaceOf,
  type ObjectKind,
  type PersistentVolumeClaim,
  type Pod,
  type Volume,
  type VolumeAttachment,
} from "../../kube/objects.js";
import { csiHandleOf, inTreePluginNamed, inTreePluginOf } from "./in-tree.js";
import {
  type ClaimReference,
  claimNotFound,
  claimOfVolume,
  classOfClaim,
  findClaim,
  ownershipProblem,
} from "./pod-claims.js";
import { failure, unresolvable, type VolumeRejection } from "./volume-cycle.js";

/** Drivers by `driver/handle`: each volume once, however many pods use it. */
export type DriversByVolume = ReadonlyMap<string, string>;

interface CsiVolume {
  readonly driver: string;
  readonly handle: string;
}

/** What {@link volumesOfPod} looks at beside the pod. */
const KINDS: readonly ObjectKind[] = ["PersistentVolumeClaim", "PersistentVolume", "StorageClass"];

/** Belongs to a cluster's objects; begins anew when one of these kinds has changed. */
export class AttachedVolumes {
  readonly #objects: ClusterObjects;
  #version = -1;
  #byPod = new WeakMap<Pod, DriversByVolume | VolumeRejection>();

  constructor(objects: ClusterObjects) {
    this.#objects = objects;
  }

  /** What a pod on a node with a CSINode has attached, when another pod asks. */
  of(pod: Pod): DriversByVolume | VolumeRejection {
    const version = KINDS.reduce((sum, kind) => sum + this.#objects.version(kind), 0);
    if (version !== this.#version) this.#byPod = new WeakMap();
    this.#version = version;
    let volumes = this.#byPod.get(pod);
    if (volumes === undefined) {
      volumes = volumesOfPod(this.#objects, pod, { hasCsiNode: true, isAsker: false });
      this.#byPod.set(pod, volumes);
    }
    return volumes;
  }
}

/** What a pod attaches to its node. Missing claims end the cycle of the pod that wants them (`isAsker`), and of no other. */
export function volumesOfPod(
  objects: ClusterObjects,
  pod: Pod,
  { hasCsiNode, isAsker }: { readonly hasCsiNode: boolean; readonly isAsker: boolean },
): DriversByVolume | VolumeRejection {
  const found = new Map<string, string>();
  for (const volume of pod.spec?.volumes ?? []) {
    const reference = claimOfVolume(pod, volume);
    const csi =
      reference === undefined
        ? inlineVolume(volume, hasCsiNode)
        : claimedVolume(objects, pod, reference, { hasCsiNode, isAsker });
    if (csi === undefined) continue;
    if ("code" in csi) return csi;
    found.set(`${csi.driver}/${csi.handle}`, csi.driver);
  }
  return found;
}

/** The volume that an attachment stands for: one or none. */
export function volumeOfAttachment(
  objects: ClusterObjects,
  { spec }: Pick<VolumeAttachment, "spec">,
): [volume: string, driver: string][] {
  const { attacher = "", source } = spec ?? {};
  const volumeName = source?.persistentVolumeName;
  if (attacher === "" || volumeName === undefined || volumeName === null) return [];
  const csi = objects.get("PersistentVolume", volumeName)?.spec?.csi;
  return csi ? [[`${attacher}/${csi.volumeHandle ?? ""}`, attacher]] : [];
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
  objects: ClusterObjects,
  pod: Pod,
  { name, isEphemeral }: ClaimReference,
  { hasCsiNode, isAsker }: { readonly hasCsiNode: boolean; readonly isAsker: boolean },
): CsiVolume | VolumeRejection | undefined {
  if (name === "") return failure("PersistentVolumeClaim had no name");
  const claim = findClaim(objects, pod, name);
  if (claim === undefined) {
    if (!isAsker) return undefined;
    return unresolvable(`looking up PVC ${namespaceOf(pod)}/${name}: ${claimNotFound(name)}`);
  }
  const problem = isEphemeral ? ownershipProblem(pod, claim) : undefined;
  if (problem !== undefined) return failure(problem);
  const { driver, handle } = csiVolumeOf(objects, claim, hasCsiNode) ?? { driver: "", handle: "" };
  return driver === "" || handle === "" ? undefined : { driver, handle };
}

/** The volume a claim has, or a stand-in for the one that its class will make; undefined when no driver attaches it. */
function csiVolumeOf(
  objects: ClusterObjects,
  claim: PersistentVolumeClaim,
  hasCsiNode: boolean,
): CsiVolume | undefined {
  const volume = objects.get("PersistentVolume", claim.spec?.volumeName ?? "");
  if (volume === undefined) return futureVolume(objects, claim, hasCsiNode);
  const { csi } = volume.spec ?? {};
  if (csi) return { driver: csi.driver ?? "", handle: csi.volumeHandle ?? "" };
  const plugin = inTreePluginOf(volume.spec);
  if (plugin === undefined || !plugin.isMigrated || !hasCsiNode) return undefined;
  const handle = csiHandleOf(plugin, volume.spec ?? {}, volume.metadata?.labels);
  return typeof handle === "string" ? { driver: plugin.driver, handle } : undefined;
}

function futureVolume(
  objects: ClusterObjects,
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
