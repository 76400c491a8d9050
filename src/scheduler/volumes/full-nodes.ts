/** On which nodes the drivers have no room for so many more volumes: kept for all pods that attach the same. */

import { ChangeLog } from "../../cluster/change-log.js";
import { NO_SLOT } from "../../cluster/node-record.js";
import type { ClusterState } from "../../cluster/state.js";
import type { AttachedTallies } from "./attached-tallies.js";
import type { NodeTally } from "./node-tally.js";
import { limitsOf } from "./node-volume-limits.js";

export class FullNodes {
  readonly #state: ClusterState;
  readonly #tallies: AttachedTallies;
  /** Which drivers attach volumes, and how many each, all of them new to the node. */
  readonly #drivers: readonly string[];
  readonly #attaching: readonly number[];
  /** By driver, then by slot: the most volumes that the node takes beside them, as its CSINode says. */
  readonly #most: readonly number[][];
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
    this.#drivers = [...attaching.keys()];
    this.#attaching = [...attaching.values()];
    this.#most = this.#drivers.map(() => []);
  }

  isFull(slot: number): boolean {
    return this.#full[slot] === 1;
  }

  /** Looks again at the nodes that changed since the last call. The tallies are in step. */
  follow(): void {
    // Who attaches nothing needs no room.
    if (this.#drivers.length === 0) return;
    const { specChanges, objects, nodes, bySlot } = this.#state;
    const tallies = this.#tallies;
    const slots = this.#specVersion < 0 ? undefined : specChanges.since(this.#specVersion);
    const csiNodes = objects.changedSince("CSINode", this.#csiVersion);
    const counted = tallies.changes.since(this.#countsVersion);
    if (slots === undefined || csiNodes === undefined || counted === undefined) {
      this.#full = new Uint8Array(bySlot.length);
      for (let slot = 0; slot < bySlot.length; slot++) this.#read(slot);
      this.changes.noteAll();
    } else {
      for (const slot of slots) this.#read(slot);
      for (const name of csiNodes) this.#read(nodes.get(name)?.slot ?? NO_SLOT);
      for (const tally of counted) this.#look(tally.slotAmong(nodes), tally);
    }
    this.#specVersion = specChanges.version;
    this.#csiVersion = objects.version("CSINode");
    this.#countsVersion = tallies.changes.version;
  }

  /** Looks at a node again, and at its CSINode; of a slot without a node nothing is asked. */
  #read(slot: number): void {
    if (slot === NO_SLOT) return;
    const name = this.#state.bySlot[slot]?.name;
    const limits = name === undefined ? undefined : limitsOf(this.#state.objects.get("CSINode", name));
    for (let index = 0; index < this.#drivers.length; index++) {
      const most = this.#most[index]!;
      while (most.length <= slot) most.push(Number.POSITIVE_INFINITY);
      most[slot] = (limits?.get(this.#drivers[index]!) ?? Number.POSITIVE_INFINITY) - this.#attaching[index]!;
    }
    this.#look(slot, name === undefined ? undefined : this.#tallies.countsOf(name));
  }

  #look(slot: number, tally: NodeTally | undefined): void {
    if (slot === NO_SLOT) return;
    const isFull = this.#isTooMuch(slot, tally);
    if ((this.#full[slot] === 1) === isFull) return;
    if (slot >= this.#full.length) this.#full = grown(this.#full, slot);
    this.#full[slot] = Number(isFull);
    this.changes.note(slot);
  }

  #isTooMuch(slot: number, tally: NodeTally | undefined): boolean {
    for (let index = 0; index < this.#drivers.length; index++) {
      const count = tally === undefined ? 0 : tally.of(this.#drivers[index]!);
      if (count > this.#most[index]![slot]!) return true;
    }
    return false;
  }
}

/** A copy with room for a slot, and as many again. */
export function grown(bytes: Uint8Array, slot: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(2 * slot + 1);
  copy.set(bytes);
  return copy;
}
