/**
 * Placing pods that may preempt others: whoever fits nowhere evicts pods of lower priority. Unlike in a cluster, victims are
 * gone at once, and nobody takes the room before the pod that it was made for.
 */

import type { Cluster } from "../cluster/cluster.js";
import { StowageError } from "../errors.js";
import { namespacedName, type Pod, priorityOf } from "../kube/objects.js";
import type { Decision, Preemption } from "../scheduler/decision.js";

import type { PlaceAllOptions } from "../scheduler/options.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import { pause } from "../scheduler/slices.js";
import { BudgetCharges } from "./budget-charges.js";
import { likenessOf } from "./likeness.js";
import { hasLivingController, recreated } from "./recreation.js";
import { Turns } from "./turns.js";

/** A pod that loses its node to another. */
export interface Eviction {
  /** `namespace/name`. */
  readonly pod: string;
  readonly priority: number;
  /** Where it was. */
  readonly node: string;
  /** `namespace/name` of the pod that it makes room for. */
  readonly by: string;
  readonly byPriority: number;
  /** Whether a PodDisruptionBudget is broken by it. */
  readonly violatesBudget: boolean;
  /** Whether its controller makes it again. */
  readonly isRecreated: boolean;
}

/** The last word on a pod that was evicted and that nobody makes again. */
export interface Evicted {
  readonly status: "evicted";
  readonly pod: Pod;
  /** `namespace/name`. */
  readonly key: string;
  /** Where it was. */
  readonly node: string;
  /** `namespace/name` of the pod that it made room for. */
  readonly by: string;
}

/** What becomes of a pod. */
export type Outcome = (Decision & { readonly postFilterMessage?: string }) | Evicted;

export interface PreemptiveOptions extends PlaceAllOptions {
  /** Pods that are gone already, for another reason: budgets that cover them allow as many evictions less. Default none. */
  readonly gone?: readonly Pod[];
}

export interface PreemptivePlacement {
  /** By `namespace/name`: of each pod given, and of each that was evicted. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** In the order in which they come about. */
  readonly evictions: readonly Eviction[];
}

/** Pods decided between two yields to the event loop: preemption tries every node. */
const SLICE = 32;

/**
 * Places the pods in their order, as `scheduler.placeAll` does, with preemption. A pod for which others were evicted has
 * its turn again at once, nominated to their node. A victim whose controller makes it again has a turn too: in the queue's
 * order behind those of its priority, else behind all. Pods that were left over before room was made by evictions are
 * tried again at the end. It ends, since every eviction trades pods for one of a higher priority. Progress counts turns up
 * to the number of pods given.
 *
 * @throws StowageError ERR_ABORTED by the signal; what was placed and evicted until then stays so
 */
export async function placeWithPreemption(
  cluster: Cluster,
  scheduler: Scheduler,
  pods: readonly Pod[],
  { signal, onProgress, order = "queue", gone = [] }: PreemptiveOptions = {},
): Promise<PreemptivePlacement> {
  const isByPriority = order === "queue";
  const turns = new Turns(isByPriority ? scheduler.sort(pods) : pods, isByPriority);
  const placement = new Placement(cluster, scheduler, turns, gone);
  for (let done = 0; ; done++) {
    if (done % SLICE === 0) {
      onProgress?.(Math.min(done, pods.length), pods.length);
      if (done > 0) await pause();
      if (signal?.aborted === true) throw new StowageError("ERR_ABORTED", { done, total: done + turns.left });
    }
    if (turns.left === 0) placement.queueAgain();
    const pod = turns.next();
    if (pod === undefined) {
      onProgress?.(pods.length, pods.length);
      return placement;
    }
    placement.decide(pod);
  }
}

class Placement implements PreemptivePlacement {
  readonly outcomes = new Map<string, Outcome>();
  readonly evictions: Eviction[] = [];
  readonly #cluster: Cluster;
  readonly #scheduler: Scheduler;
  readonly #turns: Turns;
  readonly #gone: readonly Pod[];
  /** Made when the first pod fits nowhere: most questions need none. */
  #budgets: BudgetCharges | undefined;
  /** Pods that fit nowhere, with the number of evictions up to their turn. */
  readonly #leftOver = new Map<string, { readonly pod: Pod; readonly evictions: number }>();
  /** Preemption that is not possible, by likeness of pods, as long as nothing changes. */
  readonly #hopeless = new Map<string, Preemption>();

  constructor(cluster: Cluster, scheduler: Scheduler, turns: Turns, gone: readonly Pod[]) {
    this.#cluster = cluster;
    this.#scheduler = scheduler;
    this.#turns = turns;
    this.#gone = gone;
  }

  decide(pod: Pod): void {
    const key = namespacedName(pod);
    this.#leftOver.delete(key);
    for (let candidate = pod; ; ) {
      const decision = this.#scheduler.place(candidate);
      if (decision.status === "placed") this.#hopeless.clear();
      const preemption = decision.status === "unschedulable" ? this.#preempt(candidate) : undefined;
      if (preemption?.status !== "possible") {
        const { message = "" } = preemption ?? {};
        this.outcomes.set(key, { ...decision, ...(message !== "" && { postFilterMessage: message }) });
        if (preemption !== undefined) this.#leftOver.set(key, { pod, evictions: this.evictions.length });
        return;
      }
      const nominatedNodeName = preemption.node ?? "";
      this.#evict(preemption, nominatedNodeName);
      candidate = { ...pod, status: { ...pod.status, nominatedNodeName } };
    }
  }

  /** Gives another turn to the pods that were left over before the last eviction. */
  queueAgain(): void {
    for (const { pod, evictions } of this.#leftOver.values()) {
      if (evictions < this.evictions.length) this.#turns.add(pod);
    }
  }

  #preempt(pod: Pod): Preemption {
    this.#chargedBudgets();
    const likeness = likenessOf(pod);
    const known = this.#hopeless.get(likeness);
    if (known !== undefined) return known;
    const preemption = this.#scheduler.preempt(pod);
    if (preemption.status !== "possible") this.#hopeless.set(likeness, preemption);
    return preemption;
  }

  #chargedBudgets(): BudgetCharges {
    if (this.#budgets === undefined) {
      this.#budgets = new BudgetCharges(this.#cluster);
      for (const pod of this.#gone) this.#budgets.charge(pod);
    }
    return this.#budgets;
  }

  #evict({ pod: preemptor, key: by, victims }: Preemption, node: string): void {
    this.#hopeless.clear();
    const budgets = this.#chargedBudgets();
    for (const { pod, key, violatesBudget } of victims) {
      const isRecreated = hasLivingController(pod);
      const [priority, byPriority] = [priorityOf(pod), priorityOf(preemptor)];
      this.evictions.push({ pod: key, priority, node, by, byPriority, violatesBudget, isRecreated });
      this.#cluster.removePod(key);
      budgets.charge(pod);
      this.outcomes.set(key, { status: "evicted", pod, key, node, by });
      if (isRecreated) this.#turns.add(recreated(pod));
    }
  }
}
