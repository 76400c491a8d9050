/** Which nodes came, went or got another spec, in order: what was computed from specs is stale for those nodes. */

/** So many changes are remembered one by one. */
const REMEMBERED = 256;

export class SpecChanges {
  /** By version modulo {@link REMEMBERED}: the slot that made the version after it. */
  readonly #slots: number[] = [];
  #version = 0;
  /** Changes before this version are not told apart. */
  #begin = 0;

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  note(slot: number): void {
    this.#slots[this.#version % REMEMBERED] = slot;
    this.#version++;
  }

  /** Slots have moved: all nodes changed at once. */
  noteAll(): void {
    this.#version++;
    this.#begin = this.#version;
  }

  /** The slots that changed since a version, the latest last and some more than once; undefined: look at every node. */
  since(version: number): readonly number[] | undefined {
    const count = this.#version - version;
    if (version < this.#begin || count > REMEMBERED) return undefined;
    return Array.from({ length: count }, (_, index) => this.#slots[(version + index) % REMEMBERED]!);
  }
}
