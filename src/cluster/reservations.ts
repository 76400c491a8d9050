/** Promises of room: a pod occupies its node from the moment it is chosen, until it is bound, let go, or too late. */

import { StowageError, shown } from "../errors.js";
import type { Pod } from "../kube/objects.js";
import type { KeyedPod, NodeRecord, PodRecord, Token } from "./node-record.js";
import type { PodShape } from "./shapes.js";
import type { ClusterState } from "./state.js";
import { TokenTable } from "./token-table.js";

export interface AssumeOptions {
  /** How long the promise holds. Default: until it is confirmed or forgotten, as in kube-scheduler. */
  readonly ttlMs?: number;
  /** The time now on the caller's clock; there is no other clock here. Needed with `ttlMs`. */
  readonly nowMs?: number;
}

export class Reservations {
  readonly #state: ClusterState;
  readonly #live = new TokenTable<PodRecord>();
  #last = 0;

  constructor(state: ClusterState) {
    this.#state = state;
  }

  /** Lets a pod occupy a node by promise. `at`, `isForced` and `shape` as for {@link ClusterState.occupy}. */
  make(
    key: string,
    pod: Pod,
    at: NodeRecord | string,
    isForced: boolean,
    options: AssumeOptions = {},
    shape?: PodShape,
  ): Token {
    const deadlineMs = deadlineOf(options);
    const token = ++this.#last as Token;
    const record = this.#state.occupy(key, pod, at, isForced, { token, deadlineMs }, shape);
    this.#live.set(token, record);
    if (this.#state.undo.isOpen) this.#state.undo.record(() => this.#live.delete(token));
    return token;
  }

  /**
   * The same for pods like one that is here, whom the core has let occupy the nodes at `slots`. Their tokens count on from the
   * one returned.
   */
  makeCounted(like: PodRecord, slots: Uint32Array, next: () => KeyedPod, options: AssumeOptions): Token {
    const first = (this.#last + 1) as Token;
    const deadlineMs = deadlineOf(options);
    const records = Array.from(slots, (slot) => {
      const token = ++this.#last as Token;
      const record = this.#state.noteCounted(like, next(), slot, { token, deadlineMs });
      this.#live.set(token, record);
      return record;
    });
    if (!this.#state.undo.isOpen) return first;
    this.#state.undo.record(() => {
      for (let at = records.length - 1; at >= 0; at--) this.#live.delete((first + at) as Token);
      this.#state.takeBack(records);
    });
    return first;
  }

  isLive(token: Token): boolean {
    return this.#live.get(token) !== undefined;
  }

  /** The pod a live token stands for. */
  find(token: Token): PodRecord {
    const record = this.#live.get(token);
    if (record === undefined) throw new StowageError("ERR_UNKNOWN_TOKEN", { token });
    return record;
  }

  /** The pod is bound: it stays, and the token ends. */
  confirm(token: Token): void {
    const record = this.find(token);
    this.#end(record, token);
  }

  /** Ties what else was reserved for the pod to its promise: `unreserve` is called when the promise is forgotten. */
  attach(token: Token, unreserve: () => void): void {
    const record = this.find(token);
    const { reservation } = record;
    if (reservation === undefined) return;
    record.reservation = { ...reservation, unreserve };
    if (this.#state.undo.isOpen)
      this.#state.undo.record(() => {
        record.reservation = reservation;
      });
  }

  /** The pod did not come: its room is free again, and the token ends. */
  forget(token: Token): void {
    const record = this.find(token);
    record.reservation?.unreserve?.();
    this.#end(record, token);
    this.#state.vacate(record);
  }

  /** Forgets every promise whose deadline is not after `nowMs`. Returns the keys of its pods, oldest promise first. */
  expire(nowMs: number): string[] {
    checkMs("nowMs", nowMs);
    const late = [...this.#live.entries()].filter(
      ([, record]) => (record.reservation?.deadlineMs ?? Number.POSITIVE_INFINITY) <= nowMs,
    );
    late.sort(([a], [b]) => a - b);
    for (const [token] of late) this.forget(token);
    return late.map(([, record]) => record.key);
  }

  #end(record: PodRecord, token: Token): void {
    const { reservation } = record;
    record.reservation = undefined;
    this.#live.delete(token);
    if (!this.#state.undo.isOpen) return;
    this.#state.undo.record(() => {
      record.reservation = reservation;
      this.#live.set(token, record);
    });
  }
}

/** @throws StowageError ERR_OBJECT for what would be no deadline, and the promise kept for ever */
function deadlineOf({ ttlMs, nowMs }: AssumeOptions): number | undefined {
  if (ttlMs === undefined) return undefined;
  checkMs("ttlMs", ttlMs);
  if (nowMs === undefined) {
    throw new StowageError("ERR_OBJECT", {
      path: "nowMs",
      reason: "is needed with ttlMs; there is no other clock here",
    });
  }
  checkMs("nowMs", nowMs);
  return nowMs + ttlMs;
}

function checkMs(path: string, value: unknown): void {
  if (typeof value === "number" && !Number.isNaN(value)) return;
  throw new StowageError("ERR_OBJECT", { path, reason: `${shown(value)} is not a number of milliseconds` });
}
