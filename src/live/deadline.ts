/** A signal that fires when its time is up or when another signal does, and lets go of both when it is done. */

export class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #parent: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#controller.abort(this.#parent?.reason);
  #isExpired = false;

  constructor(timeoutMs: number, parent?: AbortSignal) {
    this.#timer = setTimeout(() => {
      this.#isExpired = true;
      this.#controller.abort(new Error(`nothing for ${timeoutMs} ms`));
    }, timeoutMs);
    this.#parent = parent;
    if (parent?.aborted === true) this.#onAbort();
    else parent?.addEventListener("abort", this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether it was the time that was up. */
  get isExpired(): boolean {
    return this.#isExpired;
  }

  /** Starts the time anew. */
  extend(): void {
    if (!this.signal.aborted) this.#timer.refresh();
  }

  /** Idempotent. The signal does not fire any more. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#parent?.removeEventListener("abort", this.#onAbort);
  }
}
