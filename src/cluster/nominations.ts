/** Pods that wait for a node which preemption, or somebody else, has named for them (`status.nominatedNodeName`). */

import type { Pod } from "../kube/objects.js";
import type { UndoLog } from "./undo.js";

type Nominated = readonly (readonly [key: string, pod: Pod])[];

export class Nominations {
  readonly #undo: UndoLog;
  readonly #pods = new Map<string, Pod>();
  /** By node name; the lists are replaced, never changed. */
  readonly #byNode = new Map<string, Nominated>();

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  get isEmpty(): boolean {
    return this.#pods.size === 0;
  }

  /** Takes note of a pod that waits, by `namespace/name`; undefined when it waits no longer. Returns whether that changed anything. */
  note(key: string, pod: Pod | undefined): boolean {
    const nominated = pod?.status?.nominatedNodeName ? pod : undefined;
    const before = this.#pods.get(key);
    if (before === nominated) return false;
    if (before !== undefined) this.#drop(key, nodeNameOf(before));
    if (nominated !== undefined) this.#add(key, nominated);
    if (this.#undo.isOpen) this.#undo.record(() => this.note(key, before));
    return true;
  }

  /** The names that pods are nominated to; they need not be nodes'. A copy: a what-if may change what it was taken from. */
  nodeNames(): readonly string[] {
    return [...this.#byNode.keys()];
  }

  /** The pods nominated to a node, with their `namespace/name`. */
  on(nodeName: string): Nominated {
    return this.#byNode.get(nodeName) ?? [];
  }

  #add(key: string, pod: Pod): void {
    const nodeName = nodeNameOf(pod);
    this.#pods.set(key, pod);
    this.#byNode.set(nodeName, [...this.on(nodeName), [key, pod]]);
  }

  #drop(key: string, nodeName: string): void {
    const others = this.on(nodeName).filter(([other]) => other !== key);
    this.#pods.delete(key);
    if (others.length === 0) this.#byNode.delete(nodeName);
    else this.#byNode.set(nodeName, others);
  }
}

function nodeNameOf({ status }: Pod): string {
  return status?.nominatedNodeName ?? "";
}
