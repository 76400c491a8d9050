/** What is kept of a cluster's nodes for pods with volumes, by what their volumes ask. */

import { AgingMap } from "../../cluster/aging-map.js";
import type { ClusterState } from "../../cluster/state.js";
import type { Pod } from "../../kube/objects.js";
import { cacheLimit } from "../cache-limit.js";
import { AttachedTallies, type AttachedVolume } from "./attached-tallies.js";
import { ClosedNodes } from "./closed-nodes.js";
import { FullNodes } from "./full-nodes.js";
import { type BoundVolumes, BoundVolumesReader, needsKey, needsOf, type VolumeContext } from "./volume-needs.js";

const BYTES_A_NODE = 1;
const MAX_KINDS = 4_096;
const KINDS_BYTES = 16 * 1024 * 1024;

export class VolumeKinds {
  readonly #state: ClusterState;
  readonly #tallies: AttachedTallies;
  readonly #reader: BoundVolumesReader;
  readonly #closed = new AgingMap<unknown, ClosedNodes>();
  readonly #full = new AgingMap<unknown, FullNodes>();

  constructor(state: ClusterState) {
    this.#state = state;
    this.#tallies = new AttachedTallies(state);
    this.#reader = new BoundVolumesReader(state);
  }

  /**
   * The nodes that a pod's volumes close to it, as of now; "none" where it has none that close any, undefined where only the
   * plugins can tell.
   */
  of(pod: Pod, context: VolumeContext): ClosedNodes | "none" | undefined {
    this.#tallies.sync();
    const volumes = this.#reader.read(pod, context);
    if (volumes === undefined) return undefined;
    if (volumes.kinds.length === 0) return "none";
    const { attached } = volumes;
    if (this.#tallies.isBroken || this.#isAnyAttached(attached)) return undefined;
    this.#tallies.expect(pod, attached);
    const closed = this.#kept(this.#closed, needsKey(volumes), () => this.#make(volumes, context));
    closed.follow();
    return closed;
  }

  #isAnyAttached(volumes: readonly AttachedVolume[]): boolean {
    for (const volume of volumes) if (this.#tallies.isAttached(volume)) return true;
    return false;
  }

  #make(volumes: BoundVolumes, { index }: VolumeContext): ClosedNodes {
    const needs = needsOf(this.#state, index, volumes);
    const { attaching, attachingKey } = needs;
    const full = this.#kept(this.#full, attachingKey, () => new FullNodes(this.#state, this.#tallies, attaching));
    return new ClosedNodes(this.#state, needs, full);
  }

  /** The oldest goes where there are too many. */
  #kept<T>(map: AgingMap<unknown, T>, key: unknown, make: () => T): T {
    const known = map.get(key);
    if (known !== undefined) return known;
    map.makeRoom(cacheLimit(this.#state.engine, BYTES_A_NODE, MAX_KINDS, KINDS_BYTES), () => {});
    const made = make();
    map.add(key, made);
    return made;
  }
}

const kindsOf = new WeakMap<ClusterState, VolumeKinds>();

/** Those of a cluster. */
export function volumeKindsOf(state: ClusterState): VolumeKinds {
  let kinds = kindsOf.get(state);
  if (kinds === undefined) {
    kinds = new VolumeKinds(state);
    kindsOf.set(state, kinds);
  }
  return kinds;
}
