/** Objects beside nodes and pods that plugins look at, by kind and name, in order of arrival. */

import { StowageError } from "../errors.js";
import { isClusterScoped, isObjectKind, readKindOf } from "../kube/kinds.js";
import type { NamedObject, ObjectKind, ObjectOf } from "../kube/objects.js";
import { ChangeLog } from "./change-log.js";
import type { UndoLog } from "./undo.js";

interface Shelf {
  /** In order of arrival. Nothing is kept beside the objects, of which there may be a million. */
  objects: Map<string, NamedObject>;
  /** Keys of what came, went or changed. */
  readonly changes: ChangeLog<string>;
  /** Whether the kind has no namespaces, so that names are keys. */
  readonly isClusterScoped: boolean;
  /** What was asked for last, where a key has to be put together: several plugins ask for one object after the other. */
  asked: { readonly name: string; readonly namespace: string | undefined; readonly key: string } | undefined;
}

export class ClusterObjects {
  readonly #undo: UndoLog;
  readonly #shelves = new Map<ObjectKind, Shelf>();

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  /** The object of this name. `namespace` is "default" when missing, and means nothing to cluster-scoped kinds. */
  get<K extends ObjectKind>(kind: K, name: string, namespace?: string): ObjectOf<K> | undefined {
    const shelf = this.#shelves.get(kind);
    if (shelf === undefined) return undefined;
    const key = shelf.isClusterScoped ? name : keyAsked(shelf, kind, name, namespace);
    return shelf.objects.get(key) as ObjectOf<K> | undefined;
  }

  /** All objects of a kind in order of arrival; a changed object keeps its place. Change nothing while iterating. */
  *list<K extends ObjectKind>(kind: K): IterableIterator<ObjectOf<K>> {
    for (const object of this.#shelves.get(kind)?.objects.values() ?? []) yield object as ObjectOf<K>;
  }

  /** A count of objects. */
  count(kind: ObjectKind): number {
    return this.#shelves.get(kind)?.objects.size ?? 0;
  }

  /** Grows with every change of an object of this kind, those that a rollback makes included. */
  version(kind: ObjectKind): number {
    return this.#shelves.get(kind)?.changes.version ?? 0;
  }

  /**
   * The objects of this kind that changed since a version, by {@link keyOf}, some more than once; undefined: any may have
   * changed.
   */
  changedSince(kind: ObjectKind, version: number): readonly string[] | undefined {
    return this.#shelf(kind).changes.since(version);
  }

  /** The object that {@link changedSince} names. */
  byKey<K extends ObjectKind>(kind: K, key: string): ObjectOf<K> | undefined {
    return this.#shelves.get(kind)?.objects.get(key) as ObjectOf<K> | undefined;
  }

  /**
   * Adds an object behind all others of its kind, or changes one in its place.
   *
   * @throws StowageError ERR_OBJECT when its kind is not one of {@link ObjectKind}, or without a name
   */
  put(object: ObjectOf<ObjectKind>): void {
    const kind = readKindOf(object);
    if (!isObjectKind(kind)) throw unreadKind(object);
    const { name, namespace } = object.metadata ?? {};
    if (!name) throw new StowageError("ERR_OBJECT", { path: "metadata.name", reason: `a ${kind} needs a name` });
    const shelf = this.#shelf(kind);
    const key = keyOf(kind, name, namespace);
    const known = shelf.objects.get(key);
    if (known !== object) this.#put(shelf, key, object, known);
  }

  /**
   * Takes an object away, in a what-if in time proportional to the objects of its kind. Returns whether there was one.
   *
   * @throws StowageError ERR_OBJECT as {@link put} does
   */
  remove(kind: ObjectKind, name: string, namespace?: string): boolean {
    if (!isObjectKind(kind)) throw unreadKind({ kind });
    const shelf = this.#shelf(kind);
    const key = keyOf(kind, name, namespace);
    if (!shelf.objects.has(key)) return false;
    if (this.#undo.isOpen) this.#setAside(shelf, key);
    shelf.objects.delete(key);
    shelf.changes.note(key);
    return true;
  }

  #put(shelf: Shelf, key: string, object: NamedObject, known: NamedObject | undefined): void {
    shelf.objects.set(key, object);
    shelf.changes.note(key);
    if (!this.#undo.isOpen) return;
    this.#undo.record(() => {
      if (known === undefined) shelf.objects.delete(key);
      else shelf.objects.set(key, known);
      shelf.changes.note(key);
    });
  }

  /** Goes on with a copy: a map does not take back an entry between others, as the rollback of a removal has to. */
  #setAside(shelf: Shelf, removed: string): void {
    const { objects } = shelf;
    shelf.objects = new Map(objects);
    this.#undo.record(() => {
      shelf.objects = objects;
      shelf.changes.note(removed);
    });
  }

  #shelf(kind: ObjectKind): Shelf {
    let shelf = this.#shelves.get(kind);
    if (shelf === undefined) {
      shelf = {
        objects: new Map(),
        changes: new ChangeLog(),
        isClusterScoped: isClusterScoped(kind),
        asked: undefined,
      };
      this.#shelves.set(kind, shelf);
    }
    return shelf;
  }
}

function keyAsked(shelf: Shelf, kind: ObjectKind, name: string, namespace: string | undefined): string {
  const { asked } = shelf;
  if (asked?.name === name && asked.namespace === namespace) return asked.key;
  const key = keyOf(kind, name, namespace);
  shelf.asked = { name, namespace, key };
  return key;
}

/** What tells an object of a kind from others: its name, behind its namespace where the kind has namespaces. */
export function keyOf(kind: ObjectKind, name: string, namespace?: string): string {
  return isClusterScoped(kind) ? name : `${namespace || "default"}/${name}`;
}

function unreadKind({ kind = "an object without a kind", apiVersion }: NamedObject): StowageError {
  const what = apiVersion === undefined ? kind : `${kind} of ${apiVersion}`;
  return new StowageError("ERR_OBJECT", { path: "kind", reason: `scheduling does not look at ${what}` });
}
