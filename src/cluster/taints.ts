/** Taint sets of one cluster: nodes with equal taints and the same `spec.unschedulable` share an id. */

import type { Engine } from "../core/engine.js";
import type { Node, Taint } from "../kube/objects.js";

/** log2 of the size of a u32. */
const WORD_SHIFT = 2;

export interface TaintSet {
  readonly taints: readonly Taint[];
  readonly unschedulable: boolean;
}

const NO_TAINTS: TaintSet = { taints: [], unschedulable: false };

export class TaintSets {
  readonly #engine: Engine;
  /** Taint set id of every node. */
  readonly column: number;
  readonly #ids = new Map<string, number>();
  /** By id; 0 is a node with nothing. */
  readonly #sets: TaintSet[] = [NO_TAINTS];

  constructor(engine: Engine) {
    this.#engine = engine;
    this.column = engine.check(engine.core.columnAdd(WORD_SHIFT));
  }

  get sets(): readonly TaintSet[] {
    return this.#sets;
  }

  setNode(slot: number, node: Node): void {
    const id = this.#id(node);
    const ids = this.#engine.wordsOf(this.column);
    // A page of zeros that is only read takes no memory.
    if (ids[slot] !== id) ids[slot] = id;
  }

  #id(node: Node): number {
    if (!isMarked(node)) return 0;
    const taints = node.spec?.taints ?? [];
    const unschedulable = node.spec?.unschedulable === true;
    const key = JSON.stringify([unschedulable, taints.map(({ key, value, effect }) => [key, value, effect])]);
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#sets.length;
      this.#sets.push({ taints, unschedulable });
      this.#ids.set(key, id);
    }
    return id;
  }
}

/** Whether a node has taints or is unschedulable, which is much like a taint. */
export function isMarked({ spec }: Node): boolean {
  return spec?.unschedulable === true || (spec?.taints ?? []).length > 0;
}
