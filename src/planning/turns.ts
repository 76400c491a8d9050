/** Whose turn it is in a plan in which pods come back for another. */

import type { Pod } from "../kube/objects.js";
import { priorityOf } from "../kube/objects.js";

/**
 * By priority: a pod that comes back has its turn behind those of its priority, as one that is created anew in
 * kube-scheduler's queue. Otherwise behind all.
 */
export class Turns {
  readonly #pods: Pod[];
  readonly #isByPriority: boolean;
  /** Position of the next one; those before it had their turn. */
  #next = 0;

  /** @param pods in the order of their turns. */
  constructor(pods: readonly Pod[], isByPriority: boolean) {
    this.#pods = [...pods];
    this.#isByPriority = isByPriority;
  }

  /** A count of pods. */
  get left(): number {
    return this.#pods.length - this.#next;
  }

  next(): Pod | undefined {
    return this.left === 0 ? undefined : this.#pods[this.#next++];
  }

  add(pod: Pod): void {
    let place = this.#pods.length;
    if (this.#isByPriority) {
      while (place > this.#next && priorityOf(this.#pods[place - 1]!) < priorityOf(pod)) place--;
    }
    this.#pods.splice(place, 0, pod);
  }
}
