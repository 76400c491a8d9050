/**
 * Binds pods: tells the API server which node a pod goes to. A pod is bound once in its life, so a binding can be repeated
 * safely, and one whose answer was lost is looked for before it is repeated. No lock is held, here or anywhere.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { StowageError } from "../errors.js";
import type { Pod } from "../kube/objects.js";
import { ApiError } from "./api-error.js";
import type { ApiClient } from "./client.js";
import { Deadline } from "./deadline.js";

export interface Binding {
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly node: string;
}

export interface Bound {
  /** Whether the pod was found to be there already, by an earlier binding or one whose answer was lost. */
  readonly wasBound: boolean;
  /** A count of the bindings sent. */
  readonly attempts: number;
}

/**
 * Why a pod was not bound. `elsewhere`: it has another node. `gone`: there is no such pod any more, or another of its name.
 * `terminating`: it is being deleted. `refused`: the API server does not want it. `unreachable`: no answer in time.
 */
export type BindFailure = "elsewhere" | "gone" | "terminating" | "refused" | "unreachable";

export class BindError extends StowageError {
  override readonly name: string = "BindError";
  readonly failure: BindFailure;
  /** Whether the binding may yet turn out to have been made: the room must stay promised until the pod is seen. */
  readonly isOutcomeUnknown: boolean;

  constructor({ pod, node }: Binding, failure: BindFailure, reason: string, cause?: unknown, isOutcomeUnknown = false) {
    super("ERR_BIND", { pod: `${pod.namespace}/${pod.name}`, node, reason }, { cause });
    this.failure = failure;
    this.isOutcomeUnknown = isOutcomeUnknown;
  }
}

export interface BinderOptions {
  /** How long one request may take. Default 3 s. */
  readonly requestTimeoutMs?: number;
  /** How long a binding may take with all its attempts. Default 10 s. */
  readonly timeoutMs?: number;
  /** The wait before the second attempt; it doubles with each, and is stretched by up to as much again. Default 100 ms. */
  readonly initialBackoffMs?: number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

export type BindPod = (binding: Binding, signal?: AbortSignal) => Promise<Bound>;

const FORBIDDEN = 403;
const NOT_FOUND = 404;
const CONFLICT = 409;
const TOO_MANY_REQUESTS = 429;

/** @returns what binds a pod. It rejects with a {@link BindError}, or with its signal's reason. */
export function podBinder(client: ApiClient, options: BinderOptions = {}): BindPod {
  const { timeoutMs = 10_000 } = options;
  return async (binding, signal) => {
    const deadline = new Deadline(timeoutMs, signal);
    const attempts = new Attempts(client, options, binding, deadline.signal);
    try {
      return await attempts.run();
    } catch (error) {
      signal?.throwIfAborted();
      throw deadline.isExpired ? attempts.late(timeoutMs) : error;
    } finally {
      deadline.clear();
    }
  };
}

/** The attempts at one binding. */
class Attempts {
  readonly #client: ApiClient;
  readonly #binding: Binding;
  readonly #signal: AbortSignal;
  readonly #requestTimeoutMs: number;
  readonly #random: () => number;
  #backoffMs: number;
  /** Whether an attempt may have bound the pod without our hearing of it. */
  #isOutcomeUnknown = false;
  /** Whether there was no answer, or one that says to come back. */
  #wasAway = false;
  #lastError: unknown;

  constructor(client: ApiClient, options: BinderOptions, binding: Binding, signal: AbortSignal) {
    const { requestTimeoutMs = 3_000, initialBackoffMs = 100, random = Math.random } = options;
    this.#client = client;
    this.#binding = binding;
    this.#signal = signal;
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#backoffMs = initialBackoffMs;
    this.#random = random;
  }

  async run(): Promise<Bound> {
    for (let attempts = 1; ; attempts++) {
      try {
        await this.#post();
        return { wasBound: false, attempts };
      } catch (error) {
        if (await this.#isBoundAfter(error)) return { wasBound: true, attempts };
      }
    }
  }

  /** What to say when the time is up. */
  late(timeoutMs: number): BindError {
    const last = this.#lastError === undefined ? "" : `; last: ${messageOf(this.#lastError)}`;
    return this.#failed("unreachable", `not done within ${timeoutMs} ms${last}`, this.#lastError);
  }

  async #post(): Promise<void> {
    const { pod, node } = this.#binding;
    // Without the uid, a pod that was made anew under the same name would be bound.
    const body = {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: pod.name, namespace: pod.namespace, uid: pod.uid },
      target: { apiVersion: "v1", kind: "Node", name: node },
    };
    await this.#client.request({ ...this.#request(), method: "POST", path: `${this.#path}/binding`, body });
  }

  /** What a failed attempt means: the pod is bound all the same, or the next attempt may begin. All else is thrown. */
  async #isBoundAfter(error: unknown): Promise<boolean> {
    this.#lastError = error;
    this.#signal.throwIfAborted();
    const status = statusOf(error);
    if (status === NOT_FOUND) throw this.#failed("gone", "there is no such pod any more", error);
    if (status === CONFLICT) {
      if (await this.#look()) return true;
      throw this.#failed("refused", messageOf(error), error);
    }
    if (this.#isFinal(status)) throw this.#failed("refused", messageOf(error), error);
    await this.#wait(error);
    // The server did nothing with what it had no time for.
    if (status === TOO_MANY_REQUESTS) return false;
    this.#isOutcomeUnknown = true;
    return this.#look();
  }

  /** Whether the pod is on the node. False: it waits for one; when it can get none any more, that is thrown. */
  async #look(): Promise<boolean> {
    for (;;) {
      try {
        const { value } = await this.#client.request<Pod | null>({ ...this.#request(), path: this.#path });
        return this.#isHere(value ?? {});
      } catch (error) {
        if (error instanceof BindError) throw error;
        this.#lastError = error;
        this.#signal.throwIfAborted();
        const status = statusOf(error);
        if (status === NOT_FOUND) throw this.#failed("gone", "there is no such pod any more", error);
        if (this.#isFinal(status)) throw this.#failed("unreachable", messageOf(error), error);
        await this.#wait(error);
      }
    }
  }

  #isHere({ metadata, spec }: Pod): boolean {
    const { pod, node } = this.#binding;
    if (metadata?.uid !== pod.uid) {
      throw this.#failed("gone", `another pod has its name now: uid ${metadata?.uid}, not ${pod.uid}`);
    }
    if (spec?.nodeName === node) return true;
    if (spec?.nodeName) throw this.#failed("elsewhere", `it is bound to ${spec.nodeName} already`);
    if (metadata.deletionTimestamp) throw this.#failed("terminating", "it is being deleted");
    return false;
  }

  /** Whether asking again would bring the same answer. */
  #isFinal(status: number | undefined): boolean {
    // A server that was away, and has just come back, knows no roles yet and forbids everything.
    if (status === FORBIDDEN && this.#wasAway) return false;
    const isFinal = status !== undefined && status < 500 && status !== TOO_MANY_REQUESTS;
    this.#wasAway ||= !isFinal;
    return isFinal;
  }

  async #wait(error: unknown): Promise<void> {
    const atLeastMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const delayMs = Math.max(this.#backoffMs * (1 + this.#random()), atLeastMs);
    this.#backoffMs *= 2;
    await sleep(delayMs, undefined, { signal: this.#signal });
  }

  #request() {
    return { timeoutMs: this.#requestTimeoutMs, signal: this.#signal };
  }

  get #path(): string {
    const { namespace, name } = this.#binding.pod;
    return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
  }

  #failed(failure: BindFailure, reason: string, cause?: unknown): BindError {
    const isOutcomeUnknown = failure === "unreachable" && this.#isOutcomeUnknown;
    return new BindError(this.#binding, failure, reason, cause, isOutcomeUnknown);
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof ApiError ? error.status : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
