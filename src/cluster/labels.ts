/**
 * Label columns: for each label key that some selector mentions, the value of every node as a small integer. Made when
 * a key is first asked for, so labels nobody selects by cost nothing.
 */

import type { Engine } from "../core/engine.js";
import { type LabelRequirement, matchesRequirement } from "../kube/requirement.js";

/** log2 of the size of a u32. */
const WORD_SHIFT = 2;

/** What a node answers for a key; undefined = it has no such label. */
export type ReadLabel = (slot: number) => string | undefined;

export class LabelColumn {
  readonly column: number;
  readonly #ids = new Map<string, number>();
  /** By id; 0 is the missing label. */
  readonly #values: (string | undefined)[] = [undefined];

  constructor(engine: Engine) {
    this.column = engine.check(engine.core.columnAdd(WORD_SHIFT));
  }

  id(value: string | undefined): number {
    if (value === undefined) return 0;
    let id = this.#ids.get(value);
    if (id === undefined) {
      id = this.#values.length;
      this.#values.push(value);
      this.#ids.set(value, id);
    }
    return id;
  }

  /** The id of a value, 0 when no node has it. */
  find(value: string): number {
    return this.#ids.get(value) ?? 0;
  }

  /** How many value ids there are, 0 included: the size of a table over this column. */
  get size(): number {
    return this.#values.length;
  }

  /** Fills a table with 1 for each value id that satisfies the requirement. */
  fillTable(requirement: LabelRequirement, table: Uint8Array): void {
    if (requirement.greaterThan !== undefined || requirement.lessThan !== undefined) {
      for (const [id, value] of this.#values.entries()) table[id] = Number(matchesRequirement(requirement, value));
      return;
    }
    table.fill(Number(requirement.complement));
    table[0] = Number(requirement.absent);
    for (const value of requirement.values) {
      const id = this.#ids.get(value);
      if (id !== undefined) table[id] = Number(!requirement.complement);
    }
  }
}

export class Labels {
  readonly #engine: Engine;
  readonly #columns = new Map<string, LabelColumn>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The column of a key; `read` is asked for every slot when it is new. */
  column(key: string, read: ReadLabel): LabelColumn {
    const known = this.#columns.get(key);
    if (known !== undefined) return known;
    const label = new LabelColumn(this.#engine);
    this.#columns.set(key, label);
    const count = this.#engine.core.nodesCount();
    const ids = this.#engine.wordsOf(label.column);
    for (let slot = 0; slot < count; slot++) ids[slot] = label.id(read(slot));
    return label;
  }

  /** Writes one node into every column that exists. */
  setNode(slot: number, read: (key: string) => string | undefined): void {
    for (const [key, label] of this.#columns) {
      this.#engine.wordsOf(label.column)[slot] = label.id(read(key));
    }
  }
}
