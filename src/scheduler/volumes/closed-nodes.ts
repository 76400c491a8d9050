/**
 * Which nodes are closed to pods because of their volumes: kept for all pods whose volumes ask the same, and brought up to
 * the nodes that changed or attached something.
 */

import { AgingMap } from "../../cluster/aging-map.js";
import { ChangeLog } from "../../cluster/change-log.js";
import type { NodeRecord } from "../../cluster/node-record.js";
import type { PodShape } from "../../cluster/shapes.js";
import type { ClusterState } from "../../cluster/state.js";
import { cacheLimit } from "../cache-limit.js";
import { AttachedTallies, type NodeTally } from "./attached-tallies.js";
import { limitsOf } from "./node-volume-limits.js";
import type { VolumeCycle } from "./volume-cycle.js";
import { needsOf, type PreparedVolumes, type VolumeNeeds } from "./volume-needs.js";

/** Bits of a node: its volumes cannot be used from there; there are too many. */
const UNREACHABLE = 1;
const FULL = 2;

const BYTES_A_NODE = 1;
const MAX_KINDS = 4_096;
const KINDS_BYTES = 16 * 1024 * 1024;

export class ClosedNodes {
  readonly #state: ClusterState;
  readonly #tallies: AttachedTallies;
  readonly #needs: VolumeNeeds;
  readonly #keys = new WeakMap<PodShape, object>();
  /** By slot. */
  #bits = new Uint8Array(0);
  /** Slots that were closed or opened. */
  readonly changes = new ChangeLog<number>();
  #specVersion = -1;
  #csiVersion = 0;
  #countsVersion = 0;

  constructor(state: ClusterState, tallies: AttachedTallies, needs: VolumeNeeds) {
    this.#state = state;
    this.#tallies = tallies;
    this.#needs = needs;
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

  /** Looks again at the nodes that changed since the last call. The tallies are in step. */
  follow(): void {
    const { specChanges, objects, nodes } = this.#state;
    const slots = this.#specVersion < 0 ? undefined : specChanges.since(this.#specVersion);
    const csiNodes = objects.changedSince("CSINode", this.#csiVersion);
    const counted = this.#tallies.changes.since(this.#countsVersion);
    if (slots === undefined || csiNodes === undefined || counted === undefined) this.#lookAtAll();
    else {
      for (const slot of slots) this.#look(slot);
      for (const name of csiNodes) this.#look(nodes.get(name)?.slot ?? -1);
      for (const tally of counted) this.#recount(tally);
    }
    this.#specVersion = specChanges.version;
    this.#csiVersion = objects.version("CSINode");
    this.#countsVersion = this.#tallies.changes.version;
  }

  #lookAtAll(): void {
    const { bySlot } = this.#state;
    this.#bits = Uint8Array.from(bySlot, (node) => this.#bitsOf(node));
    this.changes.noteAll();
  }

  #look(slot: number): void {
    if (slot >= 0) this.#set(slot, this.#bitsOf(this.#state.bySlot[slot]));
  }

  /** The node has other volumes attached than before. */
  #recount(tally: NodeTally): void {
    if (this.#needs.attaching.size === 0) return;
    const slot = this.#state.nodes.get(tally.node)?.slot ?? -1;
    if (slot >= 0) this.#set(slot, ((this.#bits[slot] ?? 0) & UNREACHABLE) | this.#fullBit(tally.node, tally));
  }

  #bitsOf(node: NodeRecord | undefined): number {
    if (node === undefined) return 0;
    return (this.#needs.reaches(node) ? 0 : UNREACHABLE) | this.#fullBit(node.name, this.#tallies.ofNode(node.name));
  }

  #fullBit(node: string, tally: NodeTally | undefined): number {
    const { attaching } = this.#needs;
    if (attaching.size === 0) return 0;
    const limits = limitsOf(this.#state.objects.get("CSINode", node));
    for (const [driver, count] of attaching) {
      const limit = limits.get(driver);
      if (limit !== undefined && (tally?.counts.get(driver) ?? 0) + count > limit) return FULL;
    }
    return 0;
  }

  #set(slot: number, bits: number): void {
    const before = this.#bits[slot] ?? 0;
    if (slot >= this.#bits.length) {
      const grown = new Uint8Array(2 * slot + 1);
      grown.set(this.#bits);
      this.#bits = grown;
    }
    this.#bits[slot] = bits;
    if ((before === 0) === (bits === 0)) return;
    this.changes.note(slot);
    this.#state.engine.core.journalNote(slot);
  }
}

/** What is kept of one cluster's nodes for pods with volumes. */
class VolumeKinds {
  readonly #state: ClusterState;
  readonly #tallies: AttachedTallies;
  readonly #kinds = new AgingMap<string, ClosedNodes>();

  constructor(state: ClusterState) {
    this.#state = state;
    this.#tallies = new AttachedTallies(state);
  }

  of(cycle: VolumeCycle, prepared: PreparedVolumes): ClosedNodes | undefined {
    this.#tallies.sync();
    const needs = needsOf(cycle, prepared, this.#tallies);
    if (needs === undefined) return undefined;
    let closed = this.#kinds.get(needs.key);
    if (closed === undefined) {
      this.#kinds.makeRoom(cacheLimit(this.#state.engine, BYTES_A_NODE, MAX_KINDS, KINDS_BYTES), () => {});
      closed = new ClosedNodes(this.#state, this.#tallies, needs);
      this.#kinds.add(needs.key, closed);
    }
    closed.follow();
    return closed;
  }
}

const kindsOf = new WeakMap<ClusterState, VolumeKinds>();

/** The nodes that a pod's volumes close to it, as of now; undefined where only the plugins can tell. */
export function closedNodesFor(
  state: ClusterState,
  cycle: VolumeCycle,
  prepared: PreparedVolumes,
): ClosedNodes | undefined {
  let kinds = kindsOf.get(state);
  if (kinds === undefined) {
    kinds = new VolumeKinds(state);
    kindsOf.set(state, kinds);
  }
  return kinds.of(cycle, prepared);
}
