/** The latest changes of one kind, in order: who has worked something out looks again at what changed, and at nothing else. */

/** So many changes are remembered one by one. */
const REMEMBERED = 256;

export class ChangeLog<T> {
  /** By version modulo {@link REMEMBERED}: what made the version after it. */
  readonly #changed: T[] = [];
  #version = 0;
  /** Changes before this version are not told apart. */
  #begin = 0;

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  note(changed: T): void {
    this.#changed[this.#version % REMEMBERED] = changed;
    this.#version++;
  }

  /** Everything changed at once. */
  noteAll(): void {
    this.#version++;
    this.#begin = this.#version;
  }

  /** What changed since a version, the latest last and some more than once; undefined: look at everything. */
  since(version: number): readonly T[] | undefined {
    const count = this.#version - version;
    if (count === 0) return NOTHING;
    if (version < this.#begin || count > REMEMBERED) return undefined;
    const changed: T[] = [];
    for (let at = version; at < this.#version; at++) changed.push(this.#changed[at % REMEMBERED]!);
    return changed;
  }
}

const NOTHING: readonly never[] = [];
