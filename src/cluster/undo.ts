/** The undo log of what-ifs: while a transaction is open every change leaves its inverse here. */

import { StowageError } from "../errors.js";

interface Entry {
  readonly inverse: () => void;
  /** Runs when the change is kept for good. */
  readonly settle: (() => void) | undefined;
}

export class UndoLog {
  readonly #entries: Entry[] = [];
  /** The open transactions, and where each begins. */
  readonly #open: { readonly mark: number }[] = [];

  #isUndoing = false;

  /** Whether changes must be recorded. */
  get isOpen(): boolean {
    return this.#open.length > 0 && !this.#isUndoing;
  }

  /** Stands for the innermost transaction, for who need record only the first of its changes; undefined where none must be. */
  get innermost(): object | undefined {
    return this.isOpen ? this.#open.at(-1) : undefined;
  }

  begin(): void {
    this.#open.push({ mark: this.#entries.length });
  }

  /** Notes how to take a change back, and what to let go of when it stays. Call it only while a transaction is open. */
  record(inverse: () => void, settle?: () => void): void {
    this.#entries.push({ inverse, settle });
  }

  /** Takes back everything since the innermost begin, newest first. */
  rollback(): void {
    const mark = this.#close("rollback");
    const undone = this.#entries.splice(mark);
    // Inverses go through the same operations as changes; they must not be recorded as changes of an outer transaction.
    this.#isUndoing = true;
    try {
      for (const { inverse } of undone.reverse()) inverse();
    } finally {
      this.#isUndoing = false;
    }
  }

  /** Keeps everything since the innermost begin; an outer transaction can still take it back. */
  commit(): void {
    this.#close("commit");
    if (this.isOpen) return;
    for (const { settle } of this.#entries.splice(0)) settle?.();
  }

  #close(verb: string): number {
    const ended = this.#open.pop();
    if (ended === undefined) throw new StowageError("ERR_TRANSACTION", { reason: `${verb} without begin` });
    return ended.mark;
  }
}
