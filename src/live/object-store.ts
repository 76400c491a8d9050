/**
 * The objects of one resource as last seen. What a server says of an object goes in; what changed of the part that is kept
 * comes out. An object that cannot be understood is counted, told and passed over: the version before it stays, since room
 * that a pod was seen to take is nearer to the truth than room that is free, and a node as it was is nearer than none.
 */

import { isDeepStrictEqual } from "node:util";
import { type Issue, StowageError } from "../errors.js";
import { isClusterScoped, objectLabel } from "../kube/kinds.js";
import type { KubeObject, NamedObject, Node } from "../kube/objects.js";
import { validateObject } from "../kube/validate.js";
import type { Resource } from "./resources.js";
import { type TrimOptions, trim } from "./trim.js";

/** Where changes go. What it throws makes an object one that cannot be understood; ERR_INTERNAL alone is passed on. */
export interface Sink {
  put(object: NamedObject, previous: NamedObject | undefined): void;
  remove(object: NamedObject): void;
}

export interface StoreOptions extends TrimOptions {
  readonly mapNode?: ((node: Node) => Node) | undefined;
  /** Told of each object that cannot be understood, once as long as it stays so. */
  readonly onUnreadable: (object: string, reason: string) => void;
}

interface Kept {
  readonly object: NamedObject;
  readonly bytes: number;
  readonly resourceVersion: string | undefined;
}

/** An object as it comes from a server. */
type Raw = NamedObject & { readonly metadata?: { readonly resourceVersion?: string } };

/** What a kept object costs in the map of objects: key, entry, version. */
const ENTRY_BYTES = 250;

export class ObjectStore {
  readonly #resource: Resource;
  readonly #sink: Sink;
  readonly #options: StoreOptions;
  readonly #objects = new Map<string, Kept>();
  /** Names of objects whose latest version cannot be understood. */
  readonly #unreadable = new Set<string>();
  #keptBytes = 0;
  /** A count of versions of objects that were passed over. */
  skipped = 0;

  constructor(resource: Resource, sink: Sink, options: StoreOptions) {
    this.#resource = resource;
    this.#sink = sink;
    this.#options = options;
  }

  /** A count of objects. */
  get size(): number {
    return this.#objects.size;
  }

  /** About how much memory the objects take. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** A count of objects whose latest version could not be understood. */
  get unreadable(): number {
    return this.#unreadable.size;
  }

  /** By `namespace/name`, or the name of what has no namespace. */
  get(key: string): NamedObject | undefined {
    return this.#objects.get(key)?.object;
  }

  /** Takes note of an object. Returns its key, or undefined when it has no name to go by. */
  put(raw: unknown): string | undefined {
    const key = this.#keyOf(raw);
    if (key === undefined) {
      this.#skip(`${this.#resource.kind} without a name`, "metadata.name is not a text");
      return undefined;
    }
    const { resourceVersion, uid } = (raw as Raw).metadata ?? {};
    const before = this.#objects.get(key);
    const isSame = before?.object.metadata?.uid === uid;
    if (before !== undefined && isSame && resourceVersion && before.resourceVersion === resourceVersion) return key;
    // The old one was deleted and nobody saw it: to all others these are two objects.
    if (before !== undefined && !isSame) this.#forget(key, before);
    try {
      this.#accept(key, raw as Raw, isSame ? before : undefined);
      this.#unreadable.delete(key);
    } catch (error) {
      if (error instanceof StowageError && error.code === "ERR_INTERNAL") throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.#skip(objectLabel({ kind: this.#resource.kind, ...(raw as Raw) }), reason, key);
    }
    return key;
  }

  /** Takes note that an object is gone. Returns its key, or undefined when it has no name to go by. */
  delete(raw: unknown): string | undefined {
    const key = this.#keyOf(raw);
    if (key === undefined) return undefined;
    this.#unreadable.delete(key);
    const known = this.#objects.get(key);
    if (known !== undefined) this.#forget(key, known);
    return key;
  }

  /** Takes note that no other objects than these are left, by key. Returns how many are gone. */
  keepOnly(keys: ReadonlySet<string>): number {
    const gone = [...this.#objects].filter(([key]) => !keys.has(key));
    for (const [key, known] of gone) this.#forget(key, known);
    for (const key of this.#unreadable) if (!keys.has(key)) this.#unreadable.delete(key);
    return gone.length;
  }

  #accept(key: string, raw: Raw, before: Kept | undefined): void {
    const { kind } = this.#resource;
    const { object, bytes } = trim(kind === "Node" ? this.#mapped(raw as Node) : raw, kind, this.#options);
    // Most updates are of fields that are not kept: heartbeats, conditions' times, progress of containers.
    const isChanged = before === undefined || !isDeepStrictEqual(before.object, object);
    if (isChanged) {
      const issues: Issue[] = [];
      validateObject(object as KubeObject, issues);
      const error = issues.find(({ severity }) => severity === "error");
      if (error !== undefined) throw new StowageError("ERR_OBJECT", { path: error.path, reason: error.message });
      this.#sink.put(object, before?.object);
    }
    const kept = isChanged ? { object, bytes: bytes + ENTRY_BYTES } : before;
    this.#keptBytes += kept.bytes - (before?.bytes ?? 0);
    this.#objects.set(key, { ...kept, resourceVersion: raw.metadata?.resourceVersion });
  }

  #mapped(node: Node): Node {
    const { mapNode } = this.#options;
    if (mapNode === undefined) return node;
    try {
      return mapNode(node);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new StowageError("ERR_OBJECT", { path: "mapNode", reason }, { cause });
    }
  }

  #forget(key: string, { object, bytes }: Kept): void {
    this.#objects.delete(key);
    this.#keptBytes -= bytes;
    this.#sink.remove(object);
  }

  #skip(object: string, reason: string, key?: string): void {
    this.skipped++;
    if (key !== undefined) {
      if (this.#unreadable.has(key)) return;
      this.#unreadable.add(key);
    }
    this.#options.onUnreadable(object, reason);
  }

  #keyOf(raw: unknown): string | undefined {
    const { metadata } = (raw ?? {}) as Raw;
    const { name, namespace } = metadata ?? {};
    if (typeof name !== "string" || name === "") return undefined;
    if (isClusterScoped(this.#resource.kind)) return name;
    return typeof namespace === "string" ? `${namespace}/${name}` : undefined;
  }
}
