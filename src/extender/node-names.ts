/**
 * Slots of nodes by the bytes of their names, as they stand in a body. As strings, five thousand names would have to be
 * decoded, parsed and hashed first, which takes longer than all the rest of a call.
 */

import { NO_SLOT, type NodeRecord } from "../cluster/node-record.js";
import type { ClusterState } from "../cluster/state.js";
import { isSame, viewOf, WORD } from "./bytes.js";
import type { Span } from "./json-spans.js";
import { parse } from "./wire.js";

/** Slots of the table for each name: few enough names meet in one. */
const SPREAD = 4;

const NOBODY = { names: [], slots: new Int32Array(0) };

export class NodeNames {
  readonly #state: ClusterState;
  readonly #encoder = new TextEncoder();
  /** By hash: 1 and the index of a record, or 0. */
  #table = new Int32Array(1);
  #records: NodeRecord[] = [];
  /** The slots of the records, as they were at this version of the cluster's nodes. */
  #slots = new Int32Array(0);
  #version = -1;
  /** The names one after the other, in UTF-8, and where each begins; one offset more than there are names. */
  #text = new DataView(new ArrayBuffer(0));
  #offsets = new Int32Array(1);
  /** The answer before, at the same version. */
  #asked: { readonly names: readonly Span[]; readonly slots: Int32Array } = NOBODY;
  /** Whether a node was asked for that came after the table was made. */
  #isBehind = true;

  constructor(state: ClusterState) {
    this.#state = state;
  }

  /**
   * The slots of the nodes whose names stand in these spans, with their quotes; NO_SLOT for what is no node's. Spans that are asked
   * for again must be of the same bytes.
   */
  slotsOf(bytes: Uint8Array, names: readonly Span[]): Int32Array {
    if (this.#isBehind) this.#make();
    if (this.#version !== this.#state.specVersion) this.#readSlots();
    if (names === this.#asked.names) return this.#asked.slots;
    const view = viewOf(bytes);
    const slots = new Int32Array(names.length);
    for (let index = 0; index < slots.length; index++) {
      const { start, end } = names[index]!;
      const found = this.#find(view, start + 1, end - 1);
      const slot = found < 0 ? NO_SLOT : this.#slots[found]!;
      slots[index] = slot === NO_SLOT ? this.#ask(bytes, start, end) : slot;
    }
    this.#asked = { names, slots };
    return slots;
  }

  /** The long way: the name as a string, to which escapes and nodes that have just come are all the same. @throws BadRequest */
  #ask(bytes: Uint8Array, start: number, end: number): number {
    const slot = this.#state.nodes.get(String(parse(bytes, { start, end })))?.slot ?? NO_SLOT;
    this.#isBehind ||= slot !== NO_SLOT;
    return slot;
  }

  /** Nodes come, go and move without their names: only what is there is looked up again. */
  #readSlots(): void {
    const { bySlot, specVersion } = this.#state;
    this.#version = specVersion;
    this.#asked = NOBODY;
    this.#slots = Int32Array.from(this.#records, (record) => (bySlot[record.slot] === record ? record.slot : NO_SLOT));
  }

  /** The index of a record; negative where there is none of this name. */
  #find(view: DataView, start: number, end: number): number {
    const mask = this.#table.length - 1;
    for (let at = hashOf(view, start, end) & mask; ; at = (at + 1) & mask) {
      const entry = this.#table[at]!;
      if (entry === 0) return -1;
      const from = this.#offsets[entry - 1]!;
      if (this.#offsets[entry]! - from === end - start && isSame(view, start, end, this.#text, from)) {
        return entry - 1;
      }
    }
  }

  #make(): void {
    this.#isBehind = false;
    this.#version = -1;
    this.#records = [...this.#state.nodes.values()];
    const names = this.#records.map(({ name }) => this.#encoder.encode(name));
    this.#offsets = new Int32Array(names.length + 1);
    for (const [index, { length }] of names.entries()) this.#offsets[index + 1] = this.#offsets[index]! + length;
    const text = new Uint8Array(this.#offsets[names.length]!);
    for (const [index, name] of names.entries()) text.set(name, this.#offsets[index]);
    this.#text = new DataView(text.buffer);
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(SPREAD * (names.length + 1))));
    const mask = this.#table.length - 1;
    for (const index of names.keys()) {
      let at = hashOf(this.#text, this.#offsets[index]!, this.#offsets[index + 1]!) & mask;
      while (this.#table[at] !== 0) at = (at + 1) & mask;
      this.#table[at] = index + 1;
    }
  }
}

function hashOf(view: DataView, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + WORD <= end; at += WORD) hash = mixed(hash, view.getInt32(at));
  for (; at < end; at++) hash = mixed(hash, view.getUint8(at));
  return hash ^ (hash >>> 15);
}

/** Multiplication by a large odd number carries every bit upwards, and the shift brings them down again. */
function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x9e3779b1);
  return product ^ (product >>> 16);
}
