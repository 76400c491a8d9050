/**
 * A value a slot, of which snapshots can be taken at once: what changes after a snapshot is copied first, one chunk and the
 * list of chunks.
 */

/** log2 of the slots in a chunk. */
const SHIFT = 7;
const SIZE = 2 ** SHIFT;

export class SlotVector<T> {
  #chunks: (T | undefined)[][];
  /** Snapshots taken so far, and how many had been when a chunk, and the list, was last copied. */
  #snapshots = 0;
  #listCopied = 0;
  readonly #copied: number[];

  constructor(slots: number) {
    const chunks = Math.ceil(slots / SIZE);
    this.#chunks = Array.from({ length: chunks }, () => new Array<T | undefined>(SIZE).fill(undefined));
    this.#copied = new Array<number>(chunks).fill(0);
  }

  get(slot: number): T | undefined {
    return this.#chunks[slot >>> SHIFT]![slot & (SIZE - 1)];
  }

  set(slot: number, value: T | undefined): void {
    const at = slot >>> SHIFT;
    if (this.#listCopied < this.#snapshots) {
      this.#chunks = [...this.#chunks];
      this.#listCopied = this.#snapshots;
    }
    if (this.#copied[at]! < this.#snapshots) {
      this.#chunks[at] = [...this.#chunks[at]!];
      this.#copied[at] = this.#snapshots;
    }
    this.#chunks[at]![slot & (SIZE - 1)] = value;
  }

  /** The values of this moment, by slot. */
  snapshot(): Iterable<T> {
    this.#snapshots++;
    const chunks = this.#chunks;
    return {
      *[Symbol.iterator]() {
        for (const chunk of chunks) for (const value of chunk) if (value !== undefined) yield value;
      },
    };
  }
}
