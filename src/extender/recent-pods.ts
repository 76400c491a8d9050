/** Pods that filter and prioritize were asked about: bind names its pod only, and the watch may not have it yet. */

import type { Pod } from "../kube/objects.js";

export class RecentPods {
  readonly #limit: number;
  /** By uid, the oldest first. */
  readonly #pods = new Map<string, Pod>();

  /** @param limit a count of pods */
  constructor(limit: number) {
    this.#limit = limit;
  }

  note(pod: Pod): void {
    const uid = pod.metadata?.uid;
    if (!uid) return;
    this.#pods.delete(uid);
    this.#pods.set(uid, pod);
    if (this.#pods.size <= this.#limit) return;
    const [oldest = ""] = this.#pods.keys();
    this.#pods.delete(oldest);
  }

  find(uid: string): Pod | undefined {
    return this.#pods.get(uid);
  }
}
