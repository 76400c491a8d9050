/**
 * Storage for an input that says nothing of storage: without it no pod that claims a volume would find a node, although
 * all that is asked is which node has room.
 */

import type { Expansion } from "./expansion.js";
import { type ReadKind, readKindOf } from "./kinds.js";
import type { KubeObject, PersistentVolumeClaim, StorageClass } from "./objects.js";

/** The class of claims that name none. */
const DEFAULT_NAME = "assumed";
/** No driver is called so: nothing limits or counts its volumes. */
const PROVISIONER = "stowage.invalid/assumed";
const REASON = "to give claims a volume on any node, for the input says nothing of storage";
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const DEFAULT_CLASS_ANNOTATION = "storageclass.kubernetes.io/is-default-class";

/** Whoever gives one of these knows what storage there is. Claims are written by those who ask for it. */
const STORAGE_KINDS: ReadonlySet<ReadKind | undefined> = new Set<ReadKind>([
  "StorageClass",
  "PersistentVolume",
  "CSINode",
  "CSIDriver",
  "CSIStorageCapacity",
  "VolumeAttachment",
]);

/**
 * The expansion with the StorageClasses that its claims name, and a default one where a claim names none. They make a
 * volume for whatever node is chosen. Claims that have a volume, or want one that exists already (class ""), are left to
 * their fate: where such a volume can be used is not to be guessed.
 *
 * @param input all objects that were read, usable or not: with storage among them nothing is assumed.
 */
export function withAssumedStorage(expansion: Expansion, input: readonly KubeObject[]): Expansion {
  if (input.some((object) => STORAGE_KINDS.has(readKindOf(object)))) return expansion;
  const claims = expansion.objects.filter((object) => readKindOf(object) === "PersistentVolumeClaim");
  const names = new Set(claims.flatMap((claim) => classNameOf(claim) ?? []));
  if (names.size === 0) return expansion;
  const classes = [...names].map(newClass);
  return {
    ...expansion,
    storageClasses: classes,
    objects: [...expansion.objects, ...classes],
    assumed: [...expansion.assumed, { kind: "StorageClass", count: classes.length, reason: REASON }],
  };
}

/** Undefined where a class would not help. */
function classNameOf({ metadata, spec }: PersistentVolumeClaim): string | undefined {
  if (spec?.volumeName) return undefined;
  const name = metadata?.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? DEFAULT_NAME;
  return name === "" ? undefined : name;
}

function newClass(name: string): StorageClass & KubeObject {
  const annotations = name === DEFAULT_NAME ? { [DEFAULT_CLASS_ANNOTATION]: "true" } : {};
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name, annotations },
    provisioner: PROVISIONER,
    volumeBindingMode: "WaitForFirstConsumer",
  };
}
