/** Choosing in the core alone: by the index of the pod's class, or by a scan of all nodes. The same answers either way. */

import type { PodRecord } from "../cluster/node-record.js";
import type { ClusterState } from "../cluster/state.js";
import type { Pod } from "../kube/objects.js";
import type { Verdict } from "./diagnoses.js";
import { NO_NODE_FILTERS } from "./node-filters.js";
import { mayFailPreScore } from "./pre-phases.js";
import type { ReadyProfile } from "./profiles.js";
import { NO_RELATIONS } from "./relations.js";
import type { Subject } from "./subject.js";

export interface Found {
  readonly slot: number;
  readonly total: number;
}

export interface ChoiceOptions {
  readonly tieBreak: "first" | "random" | "heap";
  readonly seed: number;
  readonly isIndexed: boolean;
  /** Whether a profile samples, so that it matters how far every search came. */
  readonly isSampled: boolean;
}

/** Pods that the core places in one call: V8 does not replace a function that runs. */
const BATCH = 512;
const WORD_BYTES = 4;
const DOUBLE_BYTES = 8;

export class CoreChoice {
  readonly #state: ClusterState;
  readonly #options: ChoiceOptions;
  /** Where an order for many pods lies, and its slots and totals; 0 = none was given yet. */
  #order = 0;
  #slots = 0;
  #totals = 0;

  constructor(state: ClusterState, options: ChoiceOptions) {
    this.#state = state;
    this.#options = options;
  }

  /** Whether the core knows all there is to know of a pod, its profile and the nodes it may go to. */
  knows(subject: Subject, ready: ReadyProfile): boolean {
    const { profile } = ready;
    return (
      this.#knowsFilters(subject, ready) &&
      (profile.percentageOfNodesToScore === undefined || !this.#options.isSampled) &&
      this.#options.tieBreak !== "heap" &&
      !mayFailPreScore(subject)
    );
  }

  #knowsFilters({ nodeFilters, pod }: Subject, { phases }: ReadyProfile): boolean {
    return (
      phases.isCore && (nodeFilters === NO_NODE_FILTERS || nodeFilters.closed !== undefined) && this.#isUnnominated(pod)
    );
  }

  /** Whether what is kept of the nodes may decide about a pod, once its filters are known. */
  keeps(pod: Pod): boolean {
    return this.#options.isIndexed && this.#isUnnominated(pod);
  }

  #isUnnominated({ status }: Pod): boolean {
    return this.#state.nominations.isEmpty && !status?.nominatedNodeName;
  }

  /** Whether a node is feasible; undefined where only the phases can tell, or nothing is to be kept. */
  isFeasible(subject: Subject, ready: ReadyProfile): boolean | undefined {
    if (!this.#options.isIndexed || !this.#knowsFilters(subject, ready)) return undefined;
    if (subject.nodeFilters.closed !== undefined) return undefined;
    const found = this.choose(subject, ready, 0);
    return found === undefined ? undefined : found !== "none";
  }

  /** The choice; undefined where only the phases can tell: other pods matter, and there is no index for how they do. */
  choose({ podClass, relations }: Subject, { indexes }: ReadyProfile, decision: number): Found | "none" | undefined {
    const { core, ids } = this.#state.engine;
    const { seed, isIndexed } = this.#options;
    const isRandom = Number(this.#options.tieBreak === "random");
    const index = isIndexed ? indexes.find(podClass, relations) : 0;
    let slot = index === 0 ? ids.STATUS_LOST : core.indexRun(index, isRandom, seed, decision);
    if (slot === ids.STATUS_LOST) {
      if (index !== 0) indexes.lose(podClass, relations);
      if (relations !== NO_RELATIONS) return undefined;
      slot = core.cycleRun(podClass.block, isRandom, seed, decision);
    }
    return slot < 0 ? "none" : { slot, total: core.cycleRunTotal() };
  }

  /**
   * Why {@link choose} found none; undefined where only the phases can tell: pods reject each other, volumes do, or nothing
   * is kept.
   */
  diagnose(subject: Subject, { diagnoses }: ReadyProfile): Verdict | undefined {
    return this.#options.isIndexed && subject.nodeFilters.closed === undefined ? diagnoses.of(subject) : undefined;
  }

  /**
   * Places up to `count` pods of one kind in the core, where they occupy their nodes from then on; `note` is given what was
   * placed, call after call, and keeps the books. Returns how many: fewer where one fits nowhere or there is no index.
   *
   * `like` is a pod of this kind that has its node.
   */
  placeMany(
    { podClass, relations }: Subject,
    { indexes }: ReadyProfile,
    { like, count, decision }: { readonly like: PodRecord; readonly count: number; readonly decision: number },
    note: (slots: Uint32Array, totals: Float64Array) => void,
  ): number {
    const { engine } = this.#state;
    const { ids } = engine;
    const index = this.#options.isIndexed ? indexes.find(podClass, relations) : 0;
    if (index === 0) return 0;
    this.#makeRoom();
    const fields = new Array<number>(ids.ORDER_FIELDS).fill(0);
    fields[ids.ORDER_INDEX] = index >>> 0;
    fields[ids.ORDER_OCCUPANCY] = like.occupancy.block;
    fields[ids.ORDER_TALLIES] = like.kin?.list ?? 0;
    fields[ids.ORDER_IS_RANDOM] = Number(this.#options.tieBreak === "random");
    fields[ids.ORDER_SEED] = this.#options.seed >>> 0;
    fields[ids.ORDER_DECISION] = decision >>> 0;
    fields[ids.ORDER_SLOTS] = this.#slots;
    fields[ids.ORDER_TOTALS] = this.#totals;
    engine.wordsAt(this.#order, fields.length).set(fields);
    let placed = 0;
    while (placed < count) {
      const asked = Math.min(BATCH, count - placed);
      const found = engine.core.indexPlace(this.#order, asked);
      note(engine.wordsAt(this.#slots, found).slice(), engine.doublesAt(this.#totals, found).slice());
      placed += found;
      if (found < asked) break;
    }
    if ((engine.wordsAt(this.#order, fields.length)[ids.ORDER_STATUS]! | 0) === ids.STATUS_LOST) {
      indexes.lose(podClass, relations);
    }
    return placed;
  }

  #makeRoom(): void {
    if (this.#order !== 0) return;
    const { engine } = this.#state;
    this.#slots = engine.alloc(BATCH * WORD_BYTES);
    this.#totals = engine.alloc(BATCH * DOUBLE_BYTES);
    this.#order = engine.alloc(engine.ids.ORDER_FIELDS * WORD_BYTES);
  }
}
