/** A map that knows its oldest entry, for caches with a limit. */

export class AgingMap<K, V> {
  readonly #entries = new Map<K, V>();
  /** Kept over calls: a new iterator would walk over everything that was deleted at the front. */
  #oldest = this.#entries.entries();

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  /** `key` is not in the map. */
  add(key: K, value: V): void {
    this.#entries.set(key, value);
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  /** Removes the entry that was added first. */
  takeOldest(): V | undefined {
    let next = this.#oldest.next();
    if (next.done === true) {
      this.#oldest = this.#entries.entries();
      next = this.#oldest.next();
    }
    if (next.done === true) return undefined;
    const [key, value] = next.value;
    this.#entries.delete(key);
    return value;
  }

  /** Makes room for one more entry beside at most `most` - 1 others; each that goes is given to `release`, the oldest first. */
  makeRoom(most: number, release: (value: V) => void): void {
    this.makeRoomWhile(() => this.size >= most, release);
  }

  /** The same, as long as there are entries and `isFull` says so. */
  makeRoomWhile(isFull: () => boolean, release: (value: V) => void): void {
    while (isFull()) {
      const oldest = this.takeOldest();
      if (oldest === undefined) return;
      release(oldest);
    }
  }
}
