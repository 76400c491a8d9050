/**
 * Equal values as one value. Pods of a controller have the same containers, nodes of a kind the same images: what is kept of
 * a cluster is mostly repetition. Values that were handed out must not be changed.
 */

/** Characters of keys held at most. Beyond it the pool begins anew; what it handed out stays shared where it is. */
const MAX_CHARS = 8_000_000;

export class Pool {
  readonly #maxChars: number;
  readonly #values = new Map<string, unknown>();
  #chars = 0;

  constructor(maxChars = MAX_CHARS) {
    this.#maxChars = maxChars;
  }

  /** The first value given that was equal, and whether there was one before this. Keys in another order count as another value. */
  share<T>(value: T): { readonly value: T; readonly isNew: boolean } {
    const key = typeof value === "string" ? `"${value}` : JSON.stringify(value);
    const known = this.#values.get(key);
    if (known !== undefined) return { value: known as T, isNew: false };
    if (this.#chars > this.#maxChars) {
      this.#values.clear();
      this.#chars = 0;
    }
    this.#values.set(key, value);
    this.#chars += key.length;
    return { value, isNew: true };
  }
}
