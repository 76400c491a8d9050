/** Bindings that were decided and that the API objects do not show yet; what VolumeBinding's assume caches are upstream. */

import type { PersistentVolume, PersistentVolumeClaim } from "../kube/objects.js";
import type { UndoLog } from "./undo.js";

type Bindable = PersistentVolume | PersistentVolumeClaim;

/**
 * A layer over the cluster's objects: what a volume or a claim will look like. It is kept by the identity of the object
 * that was there when the decision was made, so an object that is changed or removed takes its assumption with it, as a
 * new resource version does upstream, and a rollback that brings the object back brings the assumption back.
 */
export class AssumedVolumes {
  readonly #undo: UndoLog;
  readonly #assumed = new WeakMap<Bindable, Bindable>();
  /** Whether anything ever was; where all claims are bound nothing is. */
  #isUsed = false;

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  /** The object as it will be: `stored` itself, as the cluster has it, when nothing was assumed of it. */
  of<T extends Bindable>(stored: T): T {
    return this.#isUsed ? ((this.#assumed.get(stored) as T | undefined) ?? stored) : stored;
  }

  assume<T extends Bindable>(stored: T, replacement: T): void {
    this.#set(stored, replacement);
  }

  /** Forgets what was assumed of an object, by whomever. */
  restore(stored: Bindable): void {
    this.#set(stored, undefined);
  }

  #set(stored: Bindable, replacement: Bindable | undefined): void {
    const before = this.#assumed.get(stored);
    this.#isUsed = true;
    if (replacement === undefined) this.#assumed.delete(stored);
    else this.#assumed.set(stored, replacement);
    if (this.#undo.isOpen) this.#undo.record(() => this.#set(stored, before));
  }
}
