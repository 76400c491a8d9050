/** What is kept of a cluster's nodes for pods with volumes, by what their volumes ask. */

import { AgingMap } from "../../cluster/aging-map.js";
import type { ClusterState } from "../../cluster/state.js";
import { cacheLimit } from "../cache-limit.js";
import { AttachedTallies } from "./attached-tallies.js";
import { ClosedNodes } from "./closed-nodes.js";
import { FullNodes } from "./full-nodes.js";
import type { VolumeCycle } from "./volume-cycle.js";
import { needsOf, type PreparedVolumes, type VolumeNeeds } from "./volume-needs.js";

const BYTES_A_NODE = 1;
const MAX_KINDS = 4_096;
const KINDS_BYTES = 16 * 1024 * 1024;

class VolumeKinds {
  readonly #state: ClusterState;
  readonly #tallies: AttachedTallies;
  readonly #closed = new AgingMap<string, ClosedNodes>();
  readonly #full = new AgingMap<string, FullNodes>();

  constructor(state: ClusterState) {
    this.#state = state;
    this.#tallies = new AttachedTallies(state);
  }

  of(cycle: VolumeCycle, prepared: PreparedVolumes): ClosedNodes | undefined {
    this.#tallies.sync();
    const needs = needsOf(cycle, prepared, this.#tallies);
    if (needs === undefined) return undefined;
    const closed = this.#kept(this.#closed, needs.key, () => this.#make(needs));
    closed.follow();
    return closed;
  }

  #make(needs: VolumeNeeds): ClosedNodes {
    const { attaching, attachingKey } = needs;
    const full = this.#kept(this.#full, attachingKey, () => new FullNodes(this.#state, this.#tallies, attaching));
    return new ClosedNodes(this.#state, needs, full);
  }

  /** The oldest goes where there are too many. */
  #kept<T>(map: AgingMap<string, T>, key: string, make: () => T): T {
    const known = map.get(key);
    if (known !== undefined) return known;
    map.makeRoom(cacheLimit(this.#state.engine, BYTES_A_NODE, MAX_KINDS, KINDS_BYTES), () => {});
    const made = make();
    map.add(key, made);
    return made;
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
