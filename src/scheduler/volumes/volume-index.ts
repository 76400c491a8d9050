/** Objects about volumes in the order in which plugins look for them, worked out once for every change of a kind. */

import type { ClusterObjects } from "../../cluster/objects.js";
import type {
  CSIStorageCapacity,
  NodeSelector,
  ObjectKind,
  ObjectOf,
  PersistentVolume,
  QuantityText,
  VolumeAttachment,
} from "../../kube/objects.js";
import { type Amount, amountOf, exactAmount, isGreaterAmount } from "../../kube/quantity.js";
import { type ParsedTerm, parseNodeSelectorTerm } from "../../kube/requirement.js";
import { csiNodeAffinityOf, type InTreePlugin, type TranslationError } from "./in-tree.js";
import type { NodeTerms } from "./node-terms.js";
import { classOfVolume, nameOf } from "./pod-claims.js";

const STORAGE = "storage";

/** Belongs to a cluster's objects; asks for their version, so it is never stale. */
export class VolumeIndex {
  readonly #volumes: Groups<"PersistentVolume">;
  readonly #attachments: Groups<"VolumeAttachment">;
  readonly #capacities: Groups<"CSIStorageCapacity">;
  /** Both by what they were read from, which is never changed in place. */
  readonly #terms = new WeakMap<NodeSelector, readonly ParsedTerm[]>();
  readonly #translated = new WeakMap<PersistentVolume, NodeTerms | TranslationError>();

  constructor(objects: ClusterObjects) {
    this.#volumes = new Groups(objects, "PersistentVolume", classOfVolume, bySize);
    this.#attachments = new Groups(objects, "VolumeAttachment", ({ spec }) => spec?.nodeName ?? "");
    this.#capacities = new Groups(objects, "CSIStorageCapacity", ({ storageClassName = "" }) => storageClassName);
  }

  /** The volumes of a StorageClass, the smallest first and among equals the one that came first. */
  volumesOfClass(className: string): readonly PersistentVolume[] {
    return this.#volumes.of(className);
  }

  attachmentsOfNode(nodeName: string): readonly VolumeAttachment[] {
    return this.#attachments.of(nodeName);
  }

  /** What the driver says it has for a StorageClass, in order of arrival. */
  capacitiesOfClass(className: string): readonly CSIStorageCapacity[] {
    return this.#capacities.of(className);
  }

  /** Where a volume can be used from. */
  termsOf({ spec }: PersistentVolume): NodeTerms {
    const required = spec?.nodeAffinity?.required;
    return required ? this.#parse(required) : undefined;
  }

  /** Where the driver that took over an in-tree volume can use it from. */
  translatedTermsOf(plugin: InTreePlugin, volume: PersistentVolume): NodeTerms | TranslationError {
    if (!this.#translated.has(volume)) {
      const affinity = csiNodeAffinityOf(plugin, volume);
      const terms = "error" in affinity ? affinity : affinity.required && this.#parse(affinity.required);
      this.#translated.set(volume, terms);
    }
    return this.#translated.get(volume);
  }

  #parse(selector: NodeSelector): readonly ParsedTerm[] {
    let terms = this.#terms.get(selector);
    if (terms === undefined) {
      terms = (selector.nodeSelectorTerms ?? []).map((term) => parseNodeSelectorTerm(term));
      this.#terms.set(selector, terms);
    }
    return terms;
  }
}

/** Objects of a kind by a text that each of them has. */
class Groups<K extends ObjectKind> {
  readonly #objects: ClusterObjects;
  readonly #kind: K;
  readonly #keyOf: (object: ObjectOf<K>) => string;
  readonly #order: ((a: ObjectOf<K>, b: ObjectOf<K>) => number) | undefined;
  #version = -1;
  #groups = new Map<string, ObjectOf<K>[]>();

  constructor(
    objects: ClusterObjects,
    kind: K,
    keyOf: (object: ObjectOf<K>) => string,
    order?: (a: ObjectOf<K>, b: ObjectOf<K>) => number,
  ) {
    this.#objects = objects;
    this.#kind = kind;
    this.#keyOf = keyOf;
    this.#order = order;
  }

  of(key: string): readonly ObjectOf<K>[] {
    const version = this.#objects.version(this.#kind);
    if (version !== this.#version) {
      this.#rebuild();
      this.#version = version;
    }
    return this.#groups.get(key) ?? [];
  }

  #rebuild(): void {
    this.#groups = new Map();
    for (const object of this.#objects.list(this.#kind)) {
      const key = this.#keyOf(object);
      const group = this.#groups.get(key);
      if (group === undefined) this.#groups.set(key, [object]);
      else group.push(object);
    }
    if (this.#order === undefined) return;
    for (const group of this.#groups.values()) group.sort(this.#order);
  }
}

/** The exact size of a volume, for comparing; none counts as zero. @throws StowageError ERR_QUANTITY with the path */
export function sizeOfVolume(volume: PersistentVolume): Amount {
  return exactAmount(STORAGE, sizeTextOf(volume), sizePathOf(volume));
}

/** The size of a volume in bytes, rounded up. @throws StowageError ERR_QUANTITY as {@link sizeOfVolume} does */
export function bytesOfVolume(volume: PersistentVolume): number {
  return bytesOf(sizeTextOf(volume), sizePathOf(volume));
}

/** Bytes, rounded up. @throws StowageError ERR_QUANTITY with `path`, at 2^53 bytes too */
export function bytesOf(text: QuantityText, path: string): number {
  return amountOf(STORAGE, text, path);
}

/** Negative, zero or positive as the amount of storage `a` is less than, equal to or greater than `b`. */
export function compareSizes(a: Amount, b: Amount): number {
  if (isGreaterAmount(STORAGE, a, b)) return 1;
  return isGreaterAmount(STORAGE, b, a) ? -1 : 0;
}

function sizeTextOf({ spec }: PersistentVolume): QuantityText {
  return spec?.capacity?.[STORAGE] ?? "0";
}

function sizePathOf(volume: PersistentVolume): string {
  return `PersistentVolume ${nameOf(volume)}: spec.capacity.storage`;
}

function bySize(a: PersistentVolume, b: PersistentVolume): number {
  return compareSizes(sizeOfVolume(a), sizeOfVolume(b));
}
