/**
 * Room that was promised to pods on their way to a node. A promise is made before the API server is asked to bind. It ends
 * when the pod is seen on a node or gone, or when the API server says that it is not bound, and by nothing else: a pod that
 * is not seen within the TTL is asked about again, for a watch that is cut tells nothing, however long. What the watch tells
 * of another uid under the same name ends nothing: it may be late, and of a pod that is gone already. Nothing is locked
 * meanwhile: every other pod finds the room taken.
 */

import type { Cluster } from "../cluster/cluster.js";
import type { Token } from "../cluster/node-record.js";
import { isFinished, namespacedName, type Pod } from "../kube/objects.js";
import type { Binding, ExtenderBinder } from "./binder.js";
import type { ClusterSource, PodChange } from "./source.js";

export interface RoomPromise {
  /** `namespace/name`. */
  readonly key: string;
  readonly binding: Binding;
  readonly token: Token;
  /** Whether the API server has said yes. */
  isBound: boolean;
  /** Whether an answer was lost that may have been yes. */
  isUnclear: boolean;
  /** When to ask again; while the API server is being asked, never. */
  deadlineMs: number;
  /** Ends with the answer. */
  asking: Promise<void> | undefined;
}

export interface PromiseOptions {
  readonly binder: ExtenderBinder | undefined;
  /** How long the watch has to show a pod before the API server is asked about it. */
  readonly ttlMs: number;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /** Hears of promises whose pod was not seen in time. */
  readonly onOverdue?: (promise: RoomPromise) => void;
}

export class Promises {
  readonly #source: ClusterSource;
  readonly #cluster: Cluster;
  readonly #options: PromiseOptions;
  /** By `namespace/name`. */
  readonly #live = new Map<string, RoomPromise>();
  readonly #unsubscribe: () => void;

  constructor(source: ClusterSource, options: PromiseOptions) {
    this.#source = source;
    this.#cluster = source.cluster;
    this.#options = options;
    this.#unsubscribe = source.subscribe((change) => this.#note(change));
  }

  /** A count of live promises. */
  get size(): number {
    return this.#live.size;
  }

  /** The live promise for a pod, by `namespace/name`. */
  find(key: string): RoomPromise | undefined {
    const promise = this.#live.get(key);
    if (promise === undefined || this.#isHeld(promise)) return promise;
    this.#live.delete(key);
    return undefined;
  }

  /** Takes room for the pod. Nothing is checked. @throws StowageError ERR_UNKNOWN_NODE, ERR_ALREADY_PLACED, ERR_QUANTITY */
  make(pod: Pod, binding: Binding): RoomPromise {
    const key = namespacedName(pod);
    const token = this.#cluster.assume(pod, binding.node);
    const state = { isBound: false, isUnclear: false, deadlineMs: Number.POSITIVE_INFINITY, asking: undefined };
    const promise: RoomPromise = { key, binding, token, ...state };
    this.#live.set(key, promise);
    return promise;
  }

  /** Asks the API server to bind, or waits with those who have asked. Rejects with the binder's error. */
  ask(promise: RoomPromise): Promise<void> {
    promise.asking ??= this.#ask(promise).finally(() => {
      promise.asking = undefined;
    });
    return promise.asking;
  }

  /** Asks about the pods that were not seen in time; their room stays taken. */
  sweep(): void {
    const now = this.#options.nowMs();
    for (const promise of this.#live.values()) {
      if (promise.deadlineMs > now) continue;
      if (!this.#isHeld(promise)) this.#live.delete(promise.key);
      else {
        this.#options.onOverdue?.(promise);
        this.ask(promise).catch(() => undefined);
      }
    }
  }

  stop(): void {
    this.#unsubscribe();
  }

  async #ask(promise: RoomPromise): Promise<void> {
    const { binder, nowMs, ttlMs } = this.#options;
    promise.deadlineMs = Number.POSITIVE_INFINITY;
    try {
      await binder?.(promise.binding);
      promise.isBound = true;
    } catch (error) {
      promise.isUnclear ||= isOutcomeUnknown(error);
      if (isNotThere(error) || !(promise.isBound || promise.isUnclear)) this.#release(promise);
      throw error;
    } finally {
      promise.deadlineMs = nowMs() + ttlMs;
    }
  }

  /** The pod does not come: its room is free, unless the watch has ended the promise already. */
  #release(promise: RoomPromise): void {
    if (this.#live.get(promise.key) === promise) this.#live.delete(promise.key);
    if (!this.#isHeld(promise)) return;
    this.#cluster.forget(promise.token);
    // Another of its name may have been seen meanwhile, and had to wait for this.
    const seen = this.#source.pod(promise.binding.pod.namespace, promise.binding.pod.name);
    if (seen !== undefined) this.#cluster.upsertPod(seen);
  }

  /** Whether the cluster has the pod by this promise, and not bound, gone or promised again. */
  #isHeld({ key, token }: RoomPromise): boolean {
    return this.#cluster.pod(key)?.token === token;
  }

  /** The cluster itself confirms and removes; what is left is to forget what ended. */
  #note({ type, pod }: PodChange): void {
    const promise = this.#live.get(namespacedName(pod));
    if (promise === undefined || promise.binding.pod.uid !== pod.metadata?.uid) return;
    if (type === "delete" || pod.spec?.nodeName || isFinished(pod)) this.#release(promise);
  }
}

/** A binder marks errors after which the pod may be bound all the same. */
function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof Error && "isOutcomeUnknown" in error && error.isOutcomeUnknown === true;
}

/** And those that say where the pod is: not on this node, nor ever to be. */
function isNotThere(error: unknown): boolean {
  return error instanceof Error && "failure" in error && (error.failure === "gone" || error.failure === "elsewhere");
}
