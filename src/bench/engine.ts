/**
 * The engine boundary: deciding and occupying in the core alone, a call a pod, every node evaluated, from indexes that are
 * made when the clock runs.
 */

import type { Cluster } from "../cluster/cluster.js";
import type { Pod } from "../kube/objects.js";
import { VERSIONS } from "../scheduler/compat.js";
import { readyProfiles } from "../scheduler/profiles.js";
import { Scheduler } from "../scheduler/scheduler.js";
import { median, nowUs, quantile, undisturbed } from "./clock.js";
import { named } from "./worlds.js";

/** What was measured of pods whose classes take turns. */
export interface EngineFigures {
  /** Whether the core answered from indexes. Where it did not there are no times here. */
  readonly isIndexed: boolean;
  /** How many were placed: as many as asked for, or as many as there was room for. */
  readonly pods: number;
  /** Making the indexes included. NaN where nothing was placed. */
  readonly podsPerSecond: number;
  /** One decision, microseconds. */
  readonly p50Us: number;
  readonly p99Us: number;
  /** Of the core's memory, for one class. */
  readonly bytesAClass: number;
}

/** Orders name what a class was given: none of it may be evicted, however many classes and nodes there are. */
const KEEPING_ALL = { cacheBytes: Number.MAX_SAFE_INTEGER };

/** Decisions that are timed one by one. */
const SINGLE = 4_000;
/** Decisions that are timed together for the throughput. */
const CHUNK = 32;
const US_A_SECOND = 1e6;

/** Places up to `most` pods of these classes in turns; they stay in the core, and the books do not know of them. */
export function measureEngine(cluster: Cluster, pods: readonly Pod[], most: number): EngineFigures {
  const single = new IndexedCycles(cluster, pods, "single").time(SINGLE);
  const cycles = new IndexedCycles(cluster, pods, "first");
  const { placed, us } = cycles.run(most);
  return {
    isIndexed: cycles.isIndexed,
    pods: placed,
    podsPerSecond: (placed * US_A_SECOND) / us,
    p50Us: median(single),
    p99Us: quantile(single, 0.99),
    bytesAClass: cycles.bytesAClass,
  };
}

/** What the core is told of a class for each of its pods. */
interface Order {
  readonly pointer: number;
  /** Makes the index and writes the order. Returns whether there is one. */
  readonly make: () => boolean;
}

class IndexedCycles {
  readonly #cluster: Cluster;
  readonly #orders: readonly Order[];
  readonly #results: number;
  isIndexed = true;
  bytesAClass = 0;

  /** One pod of each class stays, called `prefix` and its name, so that kinds of pods and their tallies exist. */
  constructor(cluster: Cluster, pods: readonly Pod[], prefix: string) {
    this.#cluster = cluster;
    this.#results = cluster.state.engine.alloc(64);
    const scheduler = new Scheduler(cluster);
    const keys = pods.map((pod) => scheduler.place(named(pod, `${prefix}-${pod.metadata?.name}`)).key);
    const ready = readyProfiles(cluster, undefined, [], VERSIONS[cluster.compat], KEEPING_ALL).get(
      "default-scheduler",
    )!;
    const { engine, shapes, pods: records } = cluster.state;
    const { ids } = engine;
    this.#orders = pods.map((pod, at) => {
      const podClass = ready.classes.of(shapes.of(pod));
      ready.relations.of(pod);
      const pointer = engine.alloc(ids.ORDER_FIELDS * Uint32Array.BYTES_PER_ELEMENT);
      const make = (): boolean => {
        const relations = ready.relations.of(pod);
        // A plain class gets its index when it is asked about for the second time.
        ready.indexes.find(podClass, relations);
        const index = ready.indexes.find(podClass, relations) >>> 0;
        const fields = engine.wordsAt(pointer, ids.ORDER_FIELDS);
        fields[ids.ORDER_INDEX] = index;
        fields[ids.ORDER_OCCUPANCY] = podClass.shape.occupancy.block;
        fields[ids.ORDER_TALLIES] = records.get(keys[at]!)?.kin?.list ?? 0;
        fields[ids.ORDER_SLOTS] = this.#results;
        fields[ids.ORDER_TOTALS] = this.#results + 16;
        return index !== 0;
      };
      return { pointer, make };
    });
  }

  /** Makes the indexes and places up to `most` pods, class after class. A class that has no room left is passed over. */
  run(most: number): { readonly placed: number; readonly us: number } {
    const { core } = this.#cluster.state.engine;
    const orders = this.#orders;
    const before = core.arenaBytes();
    const start = nowUs();
    this.#makeIndexes();
    const makingUs = nowUs() - start;
    if (!this.isIndexed) return { placed: 0, us: Number.NaN };
    this.bytesAClass = (core.arenaBytes() - before) / orders.length;
    const chunks: number[] = [];
    let placed = 0;
    let full = 0;
    for (let turn = 0; placed < most && full < orders.length; ) {
      const begun = nowUs();
      for (const end = turn + Math.min(CHUNK, most - placed); turn < end; turn++) {
        const found = core.indexPlace(orders[turn % orders.length]!.pointer, 1);
        placed += found;
        full = found === 0 ? full + 1 : 0;
      }
      chunks.push(nowUs() - begun);
    }
    return { placed, us: makingUs + undisturbed(chunks) };
  }

  /**
   * Times decisions one by one, when they have been made and taken back once: while V8 finds out which functions of the core run
   * often it wakes its compiler, 20 us of some hundred decisions. Microseconds.
   */
  time(count: number): readonly number[] {
    this.#makeIndexes();
    if (!this.isIndexed) return [];
    this.#timeOnce(count);
    const { core, ids } = this.#cluster.state.engine;
    for (const { pointer } of this.#orders) core.indexRun(this.#fieldOf(pointer, ids.ORDER_INDEX), 0, 0, 0);
    return this.#timeOnce(count);
  }

  #timeOnce(count: number): readonly number[] {
    const { engine } = this.#cluster.state;
    const { core, ids } = engine;
    const taken: number[] = [];
    const undo: (() => void)[] = [];
    for (let turn = 0; turn < count; turn++) {
      const { pointer } = this.#orders[turn % this.#orders.length]!;
      const start = nowUs();
      const found = core.indexPlace(pointer, 1);
      taken.push(nowUs() - start);
      if (found === 0) continue;
      const slot = engine.wordAt(this.#results);
      const occupancy = this.#fieldOf(pointer, ids.ORDER_OCCUPANCY);
      const tallies = this.#fieldOf(pointer, ids.ORDER_TALLIES);
      undo.push(() => {
        core.nodesOccupy(slot, occupancy, -1);
        if (tallies !== 0) core.talliesMove(tallies, slot, -1);
      });
    }
    for (const takeBack of undo) takeBack();
    return taken;
  }

  #fieldOf(order: number, field: number): number {
    return this.#cluster.state.engine.wordAt(order + field * Uint32Array.BYTES_PER_ELEMENT);
  }

  /** Twice, because what a later class asks about pods lengthens the lists of tallies that orders of earlier ones name. */
  #makeIndexes(): void {
    for (let pass = 0; pass < 2; pass++) {
      for (const { make } of this.#orders) this.isIndexed = make() && this.isIndexed;
    }
  }
}
