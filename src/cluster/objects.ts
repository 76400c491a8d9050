/** Objects beside nodes and pods that plugins look at, by kind and name, in order of arrival. */

import { StowageError } from "../errors.js";
import { isClusterScoped, isObjectKind, readKindOf } from "../kube/kinds.js";
import type { NamedObject, ObjectKind, ObjectOf } from "../kube/objects.js";
import { ChangeLog } from "./change-log.js";
import type { UndoLog } from "./undo.js";

interface Entry {
  object: NamedObject;
  /** Entries are listed by rank; one that a rollback brings back has its old rank again. */
  readonly rank: number;
}

interface Shelf {
  readonly entries: Map<string, Entry>;
  /** Keys of what came, went or changed. */
  readonly changes: ChangeLog<string>;
  /** Whether the map's order may differ from that of the ranks. */
  isUnsorted: boolean;
  /** What was asked for last: several plugins ask for the same object one after the other. */
  asked: { readonly name: string; readonly namespace: string | undefined; readonly key: string } | undefined;
}

export class ClusterObjects {
  readonly #undo: UndoLog;
  readonly #shelves = new Map<ObjectKind, Shelf>();
  #lastRank = 0;

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  /** The object of this name. `namespace` is "default" when missing, and means nothing to cluster-scoped kinds. */
  get<K extends ObjectKind>(kind: K, name: string, namespace?: string): ObjectOf<K> | undefined {
    const shelf = this.#shelves.get(kind);
    if (shelf === undefined) return undefined;
    const { asked } = shelf;
    const isAgain = asked?.name === name && asked.namespace === namespace;
    const key = isAgain ? asked.key : keyOf(kind, name, namespace);
    if (!isAgain) shelf.asked = { name, namespace, key };
    return shelf.entries.get(key)?.object as ObjectOf<K> | undefined;
  }

  /** All objects of a kind in order of arrival; a changed object keeps its place. Change nothing while iterating. */
  *list<K extends ObjectKind>(kind: K): IterableIterator<ObjectOf<K>> {
    const shelf = this.#shelves.get(kind);
    if (shelf === undefined) return;
    sort(shelf);
    for (const { object } of shelf.entries.values()) yield object as ObjectOf<K>;
  }

  /** A count of objects. */
  count(kind: ObjectKind): number {
    return this.#shelves.get(kind)?.entries.size ?? 0;
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
    return this.#shelves.get(kind)?.entries.get(key)?.object as ObjectOf<K> | undefined;
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
    const known = shelf.entries.get(key);
    if (known?.object === object) return;
    if (known === undefined) this.#add(shelf, key, { object, rank: ++this.#lastRank });
    else this.#change(shelf, key, known, object);
  }

  /** Takes an object away. Returns whether there was one. @throws StowageError ERR_OBJECT as {@link put} does */
  remove(kind: ObjectKind, name: string, namespace?: string): boolean {
    if (!isObjectKind(kind)) throw unreadKind({ kind });
    const shelf = this.#shelf(kind);
    const key = keyOf(kind, name, namespace);
    const entry = shelf.entries.get(key);
    if (entry === undefined) return false;
    shelf.entries.delete(key);
    shelf.changes.note(key);
    if (this.#undo.isOpen) {
      this.#undo.record(() => {
        this.#add(shelf, key, entry);
        shelf.isUnsorted = true;
      });
    }
    return true;
  }

  #add(shelf: Shelf, key: string, entry: Entry): void {
    shelf.entries.set(key, entry);
    shelf.changes.note(key);
    if (!this.#undo.isOpen) return;
    this.#undo.record(() => {
      shelf.entries.delete(key);
      shelf.changes.note(key);
    });
  }

  #change(shelf: Shelf, key: string, entry: Entry, object: NamedObject): void {
    const before = entry.object;
    entry.object = object;
    shelf.changes.note(key);
    if (this.#undo.isOpen) this.#undo.record(() => this.#change(shelf, key, entry, before));
  }

  #shelf(kind: ObjectKind): Shelf {
    let shelf = this.#shelves.get(kind);
    if (shelf === undefined) {
      shelf = { entries: new Map(), changes: new ChangeLog(), isUnsorted: false, asked: undefined };
      this.#shelves.set(kind, shelf);
    }
    return shelf;
  }
}

function sort(shelf: Shelf): void {
  if (!shelf.isUnsorted) return;
  const sorted = [...shelf.entries].sort(([, a], [, b]) => a.rank - b.rank);
  shelf.entries.clear();
  for (const [key, entry] of sorted) shelf.entries.set(key, entry);
  shelf.isUnsorted = false;
}

/** What tells an object of a kind from others: its name, behind its namespace where the kind has namespaces. */
export function keyOf(kind: ObjectKind, name: string, namespace?: string): string {
  return isClusterScoped(kind) ? name : `${namespace || "default"}/${name}`;
}

function unreadKind({ kind = "an object without a kind", apiVersion }: NamedObject): StowageError {
  const what = apiVersion === undefined ? kind : `${kind} of ${apiVersion}`;
  return new StowageError("ERR_OBJECT", { path: "kind", reason: `scheduling does not look at ${what}` });
}
