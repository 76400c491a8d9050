/**
 * The claims that a pod's volumes stand for, and what claims and volumes say of themselves.
 * Source: k8s 1.36 component-helpers storage/volume and storage/ephemeral.
 */

import type { ClusterObjects } from "../../cluster/objects.js";
import {
  controllerOf,
  type NamedObject,
  namespacedName,
  namespaceOf,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type Volume,
} from "../../kube/objects.js";
import { quoteText } from "../go-text.js";

/** A claim by name, as one of the pod's volumes asks for it. */
export interface ClaimReference {
  readonly name: string;
  /** The claim of a generic ephemeral volume: called `POD-VOLUME`, and it must belong to the pod. */
  readonly isEphemeral: boolean;
}

const BETA_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

export function nameOf(object: NamedObject): string {
  return object.metadata?.name ?? "";
}

/** The claim behind a volume of a pod; undefined when its source is another. */
export function claimOfVolume(pod: Pod, volume: Volume): ClaimReference | undefined {
  const { persistentVolumeClaim, ephemeral } = volume;
  if (persistentVolumeClaim) return { name: persistentVolumeClaim.claimName ?? "", isEphemeral: false };
  if (ephemeral) return { name: `${nameOf(pod)}-${volume.name ?? ""}`, isEphemeral: true };
  return undefined;
}

/** All claims behind a pod's volumes, one a volume: two volumes may stand for one claim. */
export function claimsOfPod(pod: Pod): ClaimReference[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) => claimOfVolume(pod, volume) ?? []);
}

/** The pod's claim of this name, as the API has it. */
export function findClaim(objects: ClusterObjects, pod: Pod, name: string): PersistentVolumeClaim | undefined {
  return objects.get("PersistentVolumeClaim", name, namespaceOf(pod));
}

/** Why an ephemeral volume's claim cannot be the pod's; undefined when the pod is its controller. */
export function ownershipProblem(pod: Pod, claim: PersistentVolumeClaim): string | undefined {
  const controller = controllerOf(claim);
  if (controller !== undefined && (controller.uid ?? "") === (pod.metadata?.uid ?? "")) return undefined;
  return `PVC ${namespacedName(claim)} was not created for pod ${namespacedName(pod)} (pod is not owner)`;
}

/** The name of a claim's StorageClass; empty for none. The old annotation goes before the field. */
export function classOfClaim({ metadata, spec }: PersistentVolumeClaim): string {
  return metadata?.annotations?.[BETA_CLASS_ANNOTATION] ?? spec?.storageClassName ?? "";
}

/** The name of a volume's StorageClass; empty for none. */
export function classOfVolume({ metadata, spec }: PersistentVolume): string {
  return metadata?.annotations?.[BETA_CLASS_ANNOTATION] ?? spec?.storageClassName ?? "";
}

export function claimNotFound(name: string): string {
  return `persistentvolumeclaim ${quoteText(name)} not found`;
}

export function volumeNotFound(name: string): string {
  return `persistentvolume ${quoteText(name)} not found`;
}

export function classNotFound(name: string): string {
  return `storageclass.storage.k8s.io ${quoteText(name)} not found`;
}
