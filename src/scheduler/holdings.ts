/** What one build holds of the core's memory and of the cluster's tallies, to be let go of together. */

import type { CountOf, Tally } from "../cluster/kinship.js";
import type { ClusterState } from "../cluster/state.js";

const DOUBLE_BYTES = 8;

export class Holdings {
  readonly #state: ClusterState;
  readonly #columns: number[] = [];
  readonly #areas: number[] = [];
  readonly #tallies: Tally[] = [];

  constructor(state: ClusterState) {
    this.#state = state;
  }

  /** A column of bytes. */
  bytes(): number {
    const column = this.#state.engine.check(this.#state.engine.core.columnAdd(0));
    this.#columns.push(column);
    return column;
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
    for (const column of this.#columns.splice(0)) this.#state.engine.core.columnFree(column);
    for (const area of this.#areas.splice(0)) this.#state.engine.core.arenaFree(area);
    for (const tally of this.#tallies.splice(0)) this.#state.kinship.release(tally);
  }
}
