/** How long to wait before trying again. */

import { setTimeout as sleep } from "node:timers/promises";

/** The figures of client-go's reflectors: doubling from 800 ms to 30 s, forgotten after two quiet minutes. */
export interface BackoffOptions {
  readonly initialMs?: number;
  readonly maxMs?: number;
  readonly resetMs?: number;
  /** From 0 to 1; the wait is stretched by up to as much again. */
  readonly random?: () => number;
}

export class Backoff {
  readonly #options: Required<BackoffOptions>;
  #nextMs: number;
  #lastAtMs = Number.NEGATIVE_INFINITY;

  constructor({ initialMs = 800, maxMs = 30_000, resetMs = 120_000, random = Math.random }: BackoffOptions = {}) {
    this.#options = { initialMs, maxMs, resetMs, random };
    this.#nextMs = initialMs;
  }

  /**
   * Waits before the next attempt: for as long as the server asked for, or longer with each attempt. Source: k8s 1.36
   * client-go tools/cache/reflector.go and apimachinery wait (factor 2, jitter 1).
   */
  async wait(signal: AbortSignal, askedMs?: number): Promise<void> {
    const delayMs = (askedMs ?? this.#grow()) * (1 + this.#options.random());
    await sleep(delayMs, undefined, { signal });
  }

  #grow(): number {
    const { initialMs, maxMs, resetMs } = this.#options;
    const nowMs = performance.now();
    if (nowMs - this.#lastAtMs > resetMs) this.#nextMs = initialMs;
    this.#lastAtMs = nowMs;
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(delayMs * 2, maxMs);
    return delayMs;
  }
}
