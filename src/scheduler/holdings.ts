/** What one build holds of the core's memory and of the cluster's tallies, to be let go of together. */

import type { CountOf, Tally } from "../cluster/kinship.js";
import type { ClusterState } from "../cluster/state.js";

const DOUBLE_BYTES = 8;

/** A column that several builds hold. */
interface SharedColumn {
  readonly key: string;
  readonly column: number;
  holders: number;
}

export type SharedColumns = Map<string, SharedColumn>;

export class Holdings {
  readonly #state: ClusterState;
  readonly #shared: SharedColumns;
  readonly #columns: SharedColumn[] = [];
  readonly #areas: number[] = [];
  readonly #tallies: Tally[] = [];

  /** @param shared the columns of all builds that may have one in common */
  constructor(state: ClusterState, shared: SharedColumns) {
    this.#state = state;
    this.#shared = shared;
  }

  /** A column of bytes, filled once for all that hold it. `key` says all that `fill` depends on. */
  bytes(key: string, fill: (column: number) => void): number {
    const known = this.#shared.get(key);
    const held = known ?? { key, column: this.#state.engine.check(this.#state.engine.core.columnAdd(0)), holders: 0 };
    if (known === undefined) {
      fill(held.column);
      this.#shared.set(key, held);
    }
    held.holders++;
    this.#columns.push(held);
    return held.column;
  }

  /** An area of doubles, of zeros or of the values given. Returns where it lies. */
  doubles(values: number | readonly number[]): number {
    const length = typeof values === "number" ? values : values.length;
    const pointer = this.#state.engine.alloc(length * DOUBLE_BYTES);
    this.#areas.push(pointer);
    if (typeof values !== "number") this.#state.engine.doublesAt(pointer, length).set(values);
    return pointer;
  }

  /** The column of a tally. */
  tally(key: string, countOf: CountOf): number {
    return this.keep(this.#state.kinship.hold(key, countOf));
  }

  keep(tally: Tally): number {
    this.#tallies.push(tally);
    return tally.column;
  }

  release(): void {
    for (const held of this.#columns.splice(0)) this.#letGo(held);
    for (const area of this.#areas.splice(0)) this.#state.engine.core.arenaFree(area);
    for (const tally of this.#tallies.splice(0)) this.#state.kinship.release(tally);
  }

  #letGo(held: SharedColumn): void {
    held.holders--;
    if (held.holders > 0) return;
    this.#shared.delete(held.key);
    this.#state.engine.core.columnFree(held.column);
  }
}
