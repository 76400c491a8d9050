/**
 * Which nodes are closed to pods because of their volumes: kept for all pods whose volumes ask the same, and brought up to
 * the nodes that changed or attached something.
 */

import { ChangeLog } from "../../cluster/change-log.js";
import type { PodShape } from "../../cluster/shapes.js";
import type { ClusterState } from "../../cluster/state.js";
import { type FullNodes, grown } from "./full-nodes.js";
import type { VolumeNeeds } from "./volume-needs.js";

/** Bits of a node: the volumes cannot be used from there; it has no room for more. */
const UNREACHABLE = 1;
const FULL = 2;

export class ClosedNodes {
  readonly #state: ClusterState;
  readonly #needs: VolumeNeeds;
  readonly #full: FullNodes;
  readonly #keys = new WeakMap<PodShape, object>();
  /** By slot. */
  #bits = new Uint8Array(0);
  /** Slots that were closed or opened. */
  readonly changes = new ChangeLog<number>();
  #specVersion = -1;
  #csiVersion = 0;
  #fullVersion = 0;

  constructor(state: ClusterState, needs: VolumeNeeds, full: FullNodes) {
    this.#state = state;
    this.#needs = needs;
    this.#full = full;
  }

  /** What stands for pods of a shape with such volumes. */
  keyOf(shape: PodShape): object {
    let key = this.#keys.get(shape);
    if (key === undefined) {
      key = {};
      this.#keys.set(shape, key);
    }
    return key;
  }

  isClosed(slot: number): boolean {
    return (this.#bits[slot] ?? 0) !== 0;
  }

  /** Sets `bit` of each closed slot's byte in a column of verdicts. */
  closeAll(verdicts: Uint8Array, bit: number): void {
    const bits = this.#bits;
    for (let slot = 0; slot < bits.length; slot++) if (bits[slot] !== 0) verdicts[slot]! |= bit;
  }

  /** Looks again at the nodes that changed since the last call. The tallies are in step. */
  follow(): void {
    this.#full.follow();
    if (this.#isCurrent()) return;
    const { specChanges, objects, nodes, bySlot } = this.#state;
    const slots = this.#specVersion < 0 ? undefined : specChanges.since(this.#specVersion);
    const csiNodes = this.#needs.readsCsiNodes ? objects.changedSince("CSINode", this.#csiVersion) : [];
    const filled = this.#full.changes.since(this.#fullVersion);
    if (slots === undefined || csiNodes === undefined || filled === undefined) {
      const bits = new Uint8Array(bySlot.length);
      for (let slot = 0; slot < bits.length; slot++) bits[slot] = this.#reachBit(slot) | this.#fullBit(slot);
      this.#bits = bits;
      this.changes.noteAll();
    } else {
      for (const slot of slots) this.#look(slot);
      for (const name of csiNodes) this.#look(nodes.get(name)?.slot ?? -1);
      for (const slot of filled) this.#set(slot, ((this.#bits[slot] ?? 0) & UNREACHABLE) | this.#fullBit(slot));
    }
    this.#specVersion = specChanges.version;
    this.#csiVersion = objects.version("CSINode");
    this.#fullVersion = this.#full.changes.version;
  }

  #isCurrent(): boolean {
    const { specChanges, objects } = this.#state;
    return (
      this.#specVersion === specChanges.version &&
      this.#fullVersion === this.#full.changes.version &&
      (!this.#needs.readsCsiNodes || this.#csiVersion === objects.version("CSINode"))
    );
  }

  #look(slot: number): void {
    if (slot >= 0) this.#set(slot, this.#reachBit(slot) | this.#fullBit(slot));
  }

  #reachBit(slot: number): number {
    const node = this.#state.bySlot[slot];
    return node === undefined || this.#needs.reaches(node) ? 0 : UNREACHABLE;
  }

  #fullBit(slot: number): number {
    return this.#full.isFull(slot) ? FULL : 0;
  }

  #set(slot: number, bits: number): void {
    const before = this.#bits[slot] ?? 0;
    if (slot >= this.#bits.length) this.#bits = grown(this.#bits, slot);
    this.#bits[slot] = bits;
    if ((before === 0) === (bits === 0)) return;
    this.changes.note(slot);
    this.#state.engine.core.journalNote(slot);
  }
}
