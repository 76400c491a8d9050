/**
 * The preemption indexes of a profile. An index lives as long as the class that it was made for; the oldest go when all
 * together would take more than a budget.
 */

import { AgingMap } from "../cluster/aging-map.js";
import type { ClusterState } from "../cluster/state.js";
import { priorityOf } from "../kube/objects.js";
import { cacheLimit } from "./cache-limit.js";
import { NodeDryRun } from "./node-dry-run.js";
import type { PodClass } from "./pod-class.js";
import type { FailedCycle, PreemptionContext } from "./preemption.js";
import { PreemptionIndex } from "./preemption-index.js";
import type { Profile } from "./profile.js";
import type { Subject } from "./subject.js";

/** A candidate with three victims, its rank, and its places in vector and tournament: 490 measured. */
const BYTES_A_NODE = 512;
const MAX_INDEXES = 4_096;
/** Filters that look at a node's spec alone. */
const STATIC_FILTERS = ["NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity"];

export class PreemptionIndexes {
  readonly #state: ClusterState;
  readonly #nodes: NodeDryRun;
  readonly #cacheBytes: number;
  readonly #isNumeric: boolean;
  readonly #byClass = new Map<PodClass, Map<number, PreemptionIndex>>();
  readonly #aging = new AgingMap<PreemptionIndex, PreemptionIndex>();

  constructor(state: ClusterState, { filter }: Profile, cacheBytes: number) {
    this.#state = state;
    this.#nodes = new NodeDryRun(state);
    this.#cacheBytes = cacheBytes;
    // Whoever rejects first is named: with a filter on specs behind it, this one would be tried on nodes that stay closed.
    const fit = filter.indexOf("NodeResourcesFit");
    this.#isNumeric = fit >= 0 && STATIC_FILTERS.every((name) => filter.indexOf(name) < fit);
  }

  /**
   * Whether a node takes or refuses the pod by its spec and its resources alone: then what happens elsewhere, and who the
   * victims are to other pods, makes no difference.
   */
  knows({ podClass, relations }: Subject): boolean {
    const { spreadFilter, affinityFilter } = relations;
    return this.#isNumeric && podClass.shape.ports.length === 0 && spreadFilter === 0 && affinityFilter === 0;
  }

  /** A cycle of a pod that is known here, which fits nowhere and is nominated to no node. */
  cycleOf(subject: Subject, context: PreemptionContext): FailedCycle {
    return { codeOf: () => undefined, dryRun: () => this.#indexOf(subject).run(context) };
  }

  /** The index for pods of the subject's class and priority, made when there is none. */
  #indexOf({ podClass, pod }: Subject): PreemptionIndex {
    const priority = priorityOf(pod);
    const known = this.#byClass.get(podClass)?.get(priority);
    if (known !== undefined) return known;
    const most = cacheLimit(this.#state.engine, BYTES_A_NODE, MAX_INDEXES, this.#cacheBytes);
    this.#aging.makeRoom(most, (oldest) => this.#forget(oldest));
    const made = new PreemptionIndex(this.#state, this.#nodes, podClass, priority);
    const ofClass = this.#byClass.get(podClass) ?? new Map<number, PreemptionIndex>();
    this.#byClass.set(podClass, ofClass.set(priority, made));
    this.#aging.add(made, made);
    return made;
  }

  /** The class ends: call it before its columns are freed. */
  dropClass(podClass: PodClass): void {
    for (const index of this.#byClass.get(podClass)?.values() ?? []) {
      this.#aging.delete(index);
      index.free();
    }
    this.#byClass.delete(podClass);
  }

  #forget(index: PreemptionIndex): void {
    const ofClass = this.#byClass.get(index.podClass);
    ofClass?.delete(index.priority);
    if (ofClass?.size === 0) this.#byClass.delete(index.podClass);
    index.free();
  }
}
