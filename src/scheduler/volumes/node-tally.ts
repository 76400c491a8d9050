/** How many volumes of each driver a node has attached. */

import { NO_SLOT, type NodeRecord } from "../../cluster/node-record.js";

export class NodeTally {
  /** The node's name. */
  readonly node: string;
  /** Its record, when last asked for. */
  #record: NodeRecord | undefined;
  /** Of one driver by itself: most nodes have volumes of no other, and a map of one number is slow to read. */
  #driver = "";
  #count = 0;
  #others: Map<string, number> | undefined;

  constructor(node: string) {
    this.node = node;
  }

  get isEmpty(): boolean {
    return this.#count === 0 && (this.#others?.size ?? 0) === 0;
  }

  of(driver: string): number {
    return driver === this.#driver ? this.#count : (this.#others?.get(driver) ?? 0);
  }

  add(driver: string, change: 1 | -1): void {
    if (this.#count === 0 && this.#others?.has(driver) !== true) this.#driver = driver;
    if (driver === this.#driver) {
      this.#count += change;
      return;
    }
    this.#others ??= new Map();
    const sum = this.of(driver) + change;
    if (sum === 0) this.#others.delete(driver);
    else this.#others.set(driver, sum);
  }

  /** The slot of its node among all records by name, or NO_SLOT. A record that has a slot is the one that the map has. */
  slotAmong(nodes: ReadonlyMap<string, NodeRecord>): number {
    if (this.#record === undefined || this.#record.slot === NO_SLOT) this.#record = nodes.get(this.node);
    return this.#record?.slot ?? NO_SLOT;
  }
}
