/**
 * Indexes of pod classes (assembly/class-index): what is known of every node for pods of one class, kept from decision to
 * decision, so that only the nodes that changed are looked at again. Their answers are those of a scan, byte for byte.
 *
 * An index lives as long as the class and the relations that it was made from. Relations end when a node's spec changes, and
 * so do indexes that tell groups of nodes apart; the others follow. The oldest go when all together would take more than a
 * budget.
 */

import { AgingMap } from "../cluster/aging-map.js";
import type { ClusterState } from "../cluster/state.js";
import type { PodClass } from "./pod-class.js";
import type { Profile } from "./profile.js";
import { NO_RELATIONS, type PodRelations } from "./relations.js";

interface Entry {
  readonly podClass: PodClass;
  readonly relations: PodRelations;
  /** Where the index lies; 0 = there is none yet. */
  pointer: number;
  /** About how much the index takes. */
  bytes: number;
  /** The core said that it cannot tell these nodes apart. */
  isLost: boolean;
  /** It lists the few nodes that are open to the class, as they were when it was made. */
  isNarrow: boolean;
  /** Up to which change of nodes it is right, but for what the journal tells it; and for how many slots it has room. */
  specVersion: number;
  capacity: number;
}

/** What an index takes a node: of one group, of several, and with as many layers as it gets (8 to 14 bytes were measured). */
const PLAIN_BYTES = 2;
const GROUPED_BYTES = 12;
const LAYERED_BYTES = 16;
/** What one takes in all that lists its nodes. */
const NARROW_BYTES = 256;
const MAX_INDEXES = 65_536;

export class ClassIndexes {
  readonly #state: ClusterState;
  readonly #filters: ReadonlySet<string>;
  readonly #weights: ReadonlyMap<string, number>;
  readonly #byClass = new Map<PodClass, Map<PodRelations, Entry>>();
  /** Without those of pods that have no relations, which never end. */
  readonly #byRelations = new Map<PodRelations, Set<Entry>>();
  readonly #aging = new AgingMap<Entry, Entry>();

  readonly #cacheBytes: number;
  #bytes = 0;

  constructor(state: ClusterState, { filter, score }: Profile, cacheBytes: number) {
    this.#state = state;
    this.#cacheBytes = cacheBytes;
    this.#filters = new Set(filter);
    this.#weights = new Map(score.map(({ name, weight }) => [name, weight]));
  }

  /**
   * The index for pods of a class with these relations, or 0: ask a scan. Where a scan is one pass over the nodes, the
   * index is made when a class is asked about for the second time.
   */
  find(podClass: PodClass, relations: PodRelations): number {
    const known = this.#byClass.get(podClass)?.get(relations);
    if (known === undefined) {
      const entry = this.#note(podClass, relations);
      return relations === NO_RELATIONS ? 0 : this.#make(entry);
    }
    if (known.pointer !== 0 && known.specVersion !== this.#state.specVersion) this.#followNodes(known);
    return known.pointer !== 0 || known.isLost ? known.pointer : this.#make(known);
  }

  /** Nodes changed under an index: one that has them all in one group hears of it by the journal, others end. */
  #followNodes(entry: Entry): void {
    const { specVersion, engine } = this.#state;
    const { rawTaints, rawAffinity, rawImages } = entry.podClass.statics;
    const isOneGroup = entry.relations === NO_RELATIONS && Math.max(rawTaints, rawAffinity, rawImages) < 0;
    if (isOneGroup && !entry.isNarrow && entry.capacity === engine.core.nodesCapacity())
      entry.specVersion = specVersion;
    else this.#free(entry);
  }

  /** The core gave an index up. */
  lose(podClass: PodClass, relations: PodRelations): void {
    const entry = this.#byClass.get(podClass)?.get(relations);
    if (entry === undefined) return;
    this.#free(entry);
    entry.isLost = true;
  }

  /** The class ends: call it before its columns are freed. */
  dropClass(podClass: PodClass): void {
    for (const entry of [...(this.#byClass.get(podClass)?.values() ?? [])]) this.#drop(entry);
  }

  /** The relations end: call it before their blocks are freed. */
  dropRelations(relations: PodRelations): void {
    for (const entry of [...(this.#byRelations.get(relations) ?? [])]) this.#drop(entry);
  }

  #note(podClass: PodClass, relations: PodRelations): Entry {
    this.#aging.makeRoom(MAX_INDEXES, (oldest) => this.#forget(oldest));
    const entry: Entry = {
      podClass,
      relations,
      pointer: 0,
      bytes: 0,
      isLost: false,
      isNarrow: false,
      specVersion: 0,
      capacity: 0,
    };
    this.#ofClass(podClass).set(relations, entry);
    if (relations !== NO_RELATIONS) this.#ofRelations(relations).add(entry);
    this.#aging.add(entry, entry);
    return entry;
  }

  #make(entry: Entry): number {
    const { engine } = this.#state;
    const { ids } = engine;
    const { podClass, relations } = entry;
    const fields = new Array<number>(ids.REQUEST_FIELDS).fill(0);
    const spreads = this.#weights.get("PodTopologySpread") ?? 0;
    const affines = this.#weights.get("InterPodAffinity") ?? 0;
    fields[ids.REQUEST_CLASS] = podClass.block;
    fields[ids.REQUEST_SPREAD_FILTER] = this.#filters.has("PodTopologySpread") ? relations.spreadFilter : 0;
    fields[ids.REQUEST_SPREAD_SCORE] = spreads > 0 ? relations.spreadScore : 0;
    fields[ids.REQUEST_AFFINITY_FILTER] = this.#filters.has("InterPodAffinity") ? relations.affinityFilter : 0;
    fields[ids.REQUEST_AFFINITY_SCORE] = affines > 0 ? relations.affinityScore : 0;
    fields[ids.REQUEST_WEIGHT_SPREAD] = spreads;
    fields[ids.REQUEST_WEIGHT_AFFINITY] = affines;
    fields[ids.REQUEST_IS_STATIC] = Number(podClass.closed === undefined);
    const request = engine.alloc(fields.length * Float64Array.BYTES_PER_ELEMENT);
    engine.doublesAt(request, fields.length).set(fields);
    const result = engine.check(engine.core.indexAdd(request));
    engine.core.arenaFree(request);
    entry.isLost = result === ids.STATUS_LOST;
    entry.pointer = entry.isLost ? 0 : result;
    entry.specVersion = this.#state.specVersion;
    entry.capacity = engine.core.nodesCapacity();
    if (entry.pointer !== 0) this.#weigh(entry);
    return entry.pointer;
  }

  /** Takes note of what a new index takes; the oldest of the others go when that is too much. */
  #weigh(entry: Entry): void {
    const { core } = this.#state.engine;
    const groups = core.indexGroups(entry.pointer);
    entry.isNarrow = groups === 0;
    const plainBytes = groups > 1 ? GROUPED_BYTES : PLAIN_BYTES;
    const bytesANode = entry.relations === NO_RELATIONS ? plainBytes : LAYERED_BYTES;
    entry.bytes = entry.isNarrow ? NARROW_BYTES : core.nodesCapacity() * bytesANode;
    this.#bytes += entry.bytes;
    // It goes to the end of the line, so that it is the last to be taken.
    this.#aging.delete(entry);
    const isFull = (): boolean => this.#bytes > this.#cacheBytes;
    this.#aging.makeRoomWhile(isFull, (oldest) => this.#forget(oldest));
    this.#aging.add(entry, entry);
  }

  #free(entry: Entry): void {
    if (entry.pointer === 0) return;
    this.#state.engine.core.indexFree(entry.pointer);
    this.#bytes -= entry.bytes;
    entry.pointer = 0;
  }

  #drop(entry: Entry): void {
    this.#aging.delete(entry);
    this.#forget(entry);
  }

  #forget(entry: Entry): void {
    this.#free(entry);
    const ofClass = this.#ofClass(entry.podClass);
    ofClass.delete(entry.relations);
    if (ofClass.size === 0) this.#byClass.delete(entry.podClass);
    if (entry.relations === NO_RELATIONS) return;
    const ofRelations = this.#ofRelations(entry.relations);
    ofRelations.delete(entry);
    if (ofRelations.size === 0) this.#byRelations.delete(entry.relations);
  }

  #ofClass(podClass: PodClass): Map<PodRelations, Entry> {
    let entries = this.#byClass.get(podClass);
    if (entries === undefined) {
      entries = new Map();
      this.#byClass.set(podClass, entries);
    }
    return entries;
  }

  #ofRelations(relations: PodRelations): Set<Entry> {
    let entries = this.#byRelations.get(relations);
    if (entries === undefined) {
      entries = new Set();
      this.#byRelations.set(relations, entries);
    }
    return entries;
  }
}
