/** Objects sorted by what is done with them: what expanding an input begins with and what it ends in. */

import { groupOf, isObjectKind, isPodMaker, type ObjectIssue, type ReadKind, readKindOf } from "./kinds.js";
import type {
  KubeObject,
  LimitRange,
  Namespace,
  Node,
  ObjectKind,
  Pod,
  PriorityClass,
  RuntimeClass,
  StorageClass,
} from "./objects.js";
import { baseName, isWorkloadKind, type Workload } from "./workload.js";

/** Objects that make no pods here, and why; one entry a kind, group and reason. */
export interface NotExpanded {
  readonly kind: string;
  /** API group; "" for the core. */
  readonly group: string;
  /** How many objects. */
  readonly count: number;
  readonly reason: string;
  /** Whether pods are missing from the plan because of it. */
  readonly makesPods: boolean;
}

/** Objects that the input lacks and that are taken to be there: a controller would have made them, or nothing is said of them. */
export interface AssumedObjects {
  readonly kind: ObjectKind;
  /** How many objects. */
  readonly count: number;
  /** What they were made for. */
  readonly reason: string;
}

export interface Expansion {
  readonly nodes: readonly Node[];
  /** Those of the input, then those that were made, in the order of their workloads. */
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
  readonly priorityClasses: readonly PriorityClass[];
  readonly runtimeClasses: readonly RuntimeClass[];
  readonly limitRanges: readonly LimitRange[];
  readonly storageClasses: readonly StorageClass[];
  /**
   * What plugins look at beside nodes, pods and namespaces: of the input, StorageClasses included, then what controllers
   * would have made.
   */
  readonly objects: readonly KubeObject[];
  readonly assumed: readonly AssumedObjects[];
  /** Everything else, as it was. */
  readonly others: readonly KubeObject[];
  readonly notExpanded: readonly NotExpanded[];
  readonly issues: readonly ObjectIssue[];
}

/** Kinds that somebody asks for by name; a list of any other would be one more of up to a million entries. */
const LISTED_KINDS = [
  "Node",
  "Pod",
  "Namespace",
  "PriorityClass",
  "RuntimeClass",
  "LimitRange",
  "StorageClass",
  "PersistentVolumeClaim",
  "HorizontalPodAutoscaler",
] as const satisfies readonly ReadKind[];

type ListedKind = (typeof LISTED_KINDS)[number];

export class SortedObjects {
  readonly workloads: Workload[] = [];
  /** See {@link Expansion.objects}; these are those of the input. */
  readonly objects: KubeObject[] = [];
  readonly #byKind = new Map<ReadKind, KubeObject[]>(LISTED_KINDS.map((kind) => [kind, []]));
  readonly #others: KubeObject[] = [];
  readonly #notExpanded = new Map<string, { -readonly [K in keyof NotExpanded]: NotExpanded[K] }>();

  constructor(objects: Iterable<KubeObject>) {
    for (const object of objects) this.#sort(object);
  }

  ofKind<T>(kind: ListedKind): readonly T[] {
    return this.#byKind.get(kind) as readonly unknown[] as readonly T[];
  }

  /** Notes that an object makes no pods, and why. */
  leaveOut(object: KubeObject, reason: string, makesPods: boolean): void {
    const { kind = "" } = object;
    const group = groupOf(object) ?? "";
    const key = JSON.stringify([group, kind, reason]);
    const known = this.#notExpanded.get(key);
    if (known !== undefined) known.count += 1;
    else this.#notExpanded.set(key, { kind, group, count: 1, reason, makesPods });
  }

  /** The expansion in which nothing is made. */
  expansion(): Expansion {
    return {
      nodes: this.ofKind("Node"),
      pods: this.ofKind("Pod"),
      namespaces: this.ofKind("Namespace"),
      priorityClasses: this.ofKind("PriorityClass"),
      runtimeClasses: this.ofKind("RuntimeClass"),
      limitRanges: this.ofKind("LimitRange"),
      storageClasses: this.ofKind("StorageClass"),
      objects: this.objects,
      assumed: [],
      others: this.#others,
      notExpanded: [...this.#notExpanded.values()],
      issues: [],
    };
  }

  #sort(object: KubeObject): void {
    const kind = readKindOf(object);
    if (kind === undefined) {
      this.#others.push(object);
      const makesPods = isPodMaker(object);
      this.leaveOut(object, makesPods ? "not expanded: only its own controller knows its pods" : "not read", makesPods);
      return;
    }
    if (kind === "PodTemplate") this.leaveOut(object, "makes no pod by itself", false);
    else if (isWorkloadKind(kind)) this.workloads.push(object as Workload);
    else this.#byKind.get(kind)?.push(object);
    if (isObjectKind(kind) && kind !== "Namespace") this.objects.push(named(object));
  }
}

/** An object with only `generateName` is called after it: its real name is random. */
function named(object: KubeObject): KubeObject {
  if (object.metadata?.name) return object;
  return { ...object, metadata: { ...object.metadata, name: baseName(object) } };
}
