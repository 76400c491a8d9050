/** On which nodes the drivers have no room for so many more volumes: kept for all pods that attach the same. */

import { ChangeLog } from "../../cluster/change-log.js";
import { NO_SLOT } from "../../cluster/node-record.js";
import type { ClusterState } from "../../cluster/state.js";
import type { AttachedTallies } from "./attached-tallies.js";
import { limitsOf } from "./node-volume-limits.js";

export class FullNodes {
  readonly #state: ClusterState;
  readonly #tallies: AttachedTallies;
  /** How many volumes each driver attaches; all of them new to the node. */
  readonly #attaching: ReadonlyMap<string, number>;
  /** By slot: what the node's CSINode says. */
  #limits: (ReadonlyMap<string, number> | undefined)[] = [];
  /** By slot: 1 = full. */
  #full = new Uint8Array(0);
  /** Slots of nodes that became full or not. */
  readonly changes = new ChangeLog<number>();
  #specVersion = -1;
  #csiVersion = 0;
  #countsVersion = 0;

  constructor(state: ClusterState, tallies: AttachedTallies, attaching: ReadonlyMap<string, number>) {
    this.#state = state;
    this.#tallies = tallies;
    this.#attaching = attaching;
  }

  isFull(slot: number): boolean {
    return this.#full[slot] === 1;
  }

  /** Looks again at the nodes that changed since the last call. The tallies are in step. */
  follow(): void {
    // Who attaches nothing needs no room.
    if (this.#attaching.size === 0) return;
    const { specChanges, objects, nodes, bySlot } = this.#state;
    const tallies = this.#tallies;
    const slots = this.#specVersion < 0 ? undefined : specChanges.since(this.#specVersion);
    const csiNodes = objects.changedSince("CSINode", this.#csiVersion);
    const counted = tallies.changes.since(this.#countsVersion);
    if (slots === undefined || csiNodes === undefined || counted === undefined) {
      this.#limits = bySlot.map((node) => node && this.#limitsAt(node.name));
      this.#full = Uint8Array.from(bySlot, (node, slot) => (node ? this.#look(slot, tallies.countsOf(node.name)) : 0));
      this.changes.noteAll();
    } else {
      for (const slot of slots) this.#read(slot);
      for (const name of csiNodes) this.#read(nodes.get(name)?.slot ?? NO_SLOT);
      for (const { node, counts } of counted) this.#set(nodes.get(node)?.slot ?? NO_SLOT, counts);
    }
    this.#specVersion = specChanges.version;
    this.#csiVersion = objects.version("CSINode");
    this.#countsVersion = tallies.changes.version;
  }

  #limitsAt(name: string): ReadonlyMap<string, number> {
    return limitsOf(this.#state.objects.get("CSINode", name));
  }

  #look(slot: number, counts: ReadonlyMap<string, number> | undefined): 0 | 1 {
    const limits = this.#limits[slot];
    for (const [driver, more] of this.#attaching) {
      const limit = limits?.get(driver);
      if (limit !== undefined && (counts?.get(driver) ?? 0) + more > limit) return 1;
    }
    return 0;
  }

  /** Looks at a node again, and at its CSINode; of a slot without a node nothing is asked. */
  #read(slot: number): void {
    if (slot === NO_SLOT) return;
    const name = this.#state.bySlot[slot]?.name;
    this.#limits[slot] = name === undefined ? undefined : this.#limitsAt(name);
    this.#set(slot, name === undefined ? undefined : this.#tallies.countsOf(name));
  }

  #set(slot: number, counts: ReadonlyMap<string, number> | undefined): void {
    if (slot === NO_SLOT) return;
    const isFull = this.#look(slot, counts);
    if ((this.#full[slot] ?? 0) === isFull) return;
    if (slot >= this.#full.length) this.#full = grown(this.#full, slot);
    this.#full[slot] = isFull;
    this.changes.note(slot);
  }
}

/** A copy with room for a slot, and as many again. */
export function grown(bytes: Uint8Array, slot: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(2 * slot + 1);
  copy.set(bytes);
  return copy;
}
