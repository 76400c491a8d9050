/** Pods that wait for a node which preemption, or somebody else, has named for them (`status.nominatedNodeName`). */

import type { Pod } from "../kube/objects.js";
import type { UndoLog } from "./undo.js";

export class Nominations {
  readonly #undo: UndoLog;
  readonly #pods = new Map<string, Pod>();

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
    if (nominated === undefined) this.#pods.delete(key);
    else this.#pods.set(key, nominated);
    if (this.#undo.isOpen) this.#undo.record(() => this.note(key, before));
    return true;
  }

  /** The pods nominated to each node, by its name. */
  byNode(): Map<string, [string, Pod][]> {
    const byNode = new Map<string, [string, Pod][]>();
    for (const [key, pod] of this.#pods) {
      const nodeName = pod.status?.nominatedNodeName ?? "";
      const others = byNode.get(nodeName);
      if (others === undefined) byNode.set(nodeName, [[key, pod]]);
      else others.push([key, pod]);
    }
    return byNode;
  }
}
