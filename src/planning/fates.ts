/** What becomes of pods. A million of them that fit nowhere often hear the same: it is said once, and they share it. */

import type { Pod } from "../kube/objects.js";
import type { Decision, ReasonCount } from "../scheduler/decision.js";
import { isTwin, likenessOf } from "./likeness.js";
import type { NearestMiss } from "./nearest.js";
import type { Outcome } from "./preempting.js";

export type PlanStatus = Decision["status"] | "existing" | "evicted";

/** What becomes of a pod. Its fields are those of the plan's document. */
export interface Fate {
  readonly status: PlanStatus;
  /** Where placed or existing; of an evicted pod the node that it lost. */
  readonly node?: string;
  /** Where placed: the weighted sum over the score plugins. */
  readonly score?: number;
  /** Where neither: kube-scheduler's sentence, of the moment at which the pod's turn came. */
  readonly message?: string;
  readonly reasons?: readonly ReasonCount[];
  /** Where unschedulable and preemption was allowed: what kube-scheduler adds to `message`, why it does not help. */
  readonly postFilterMessage?: string;
  /** Where evicted for good: the pod, as `namespace/name`, that it made room for. */
  readonly by?: string;
  /** Where unschedulable and some node lacks nothing but room: the nodes that lack least once the plan is complete. */
  readonly nearest?: readonly NearestMiss[];
}

export function existingFate({ spec }: Pod): Fate {
  return { status: "existing", node: spec?.nodeName ?? "" };
}

/** Fates as pods meet them; those of pods without a node are shared where they are equal. */
export class Fates {
  readonly #byMessage = new Map<string, Fate>();

  of(outcome: Outcome): Fate {
    const { status } = outcome;
    if (status === "placed") return { status, node: outcome.node, score: outcome.score };
    if (status === "evicted") return { status, node: outcome.node, by: outcome.by };
    const { message, reasons, postFilterMessage } = outcome;
    const known = this.#byMessage.get(message);
    const isKnown =
      known?.status === status && known.postFilterMessage === postFilterMessage && isSame(known.reasons, reasons);
    if (isKnown) return known;
    const fate: Fate = { status, message, reasons, ...(postFilterMessage !== undefined && { postFilterMessage }) };
    this.#byMessage.set(message, fate);
    return fate;
  }
}

/** A message may be made of the same words by other plugins. */
function isSame(some: readonly ReasonCount[] = [], others: readonly ReasonCount[] = []): boolean {
  if (some === others) return true;
  return (
    some.length === others.length &&
    some.every(({ plugin, reason, nodes }, index) => {
      const other = others[index]!;
      return plugin === other.plugin && reason === other.reason && nodes === other.nodes;
    })
  );
}

/**
 * Adds to the fates of pods that were left over how near they came, now that everything is placed. Pods that differ in nothing
 * that a filter can read share one answer: copies of one workload are asked about once.
 */
export class NearMisses {
  readonly #ask: (pod: Pod) => readonly NearestMiss[];
  /** By likeness. */
  readonly #answers = new Map<string, readonly NearestMiss[]>();
  readonly #added = new Map<Fate, Map<readonly NearestMiss[], Fate>>();
  #latest: { readonly pod: Pod; readonly answer: readonly NearestMiss[] } | undefined;

  /** @param ask which nodes lack least of what a pod asks for */
  constructor(ask: (pod: Pod) => readonly NearestMiss[]) {
    this.#ask = ask;
  }

  /** @param pod as it was asked about */
  addedTo(fate: Fate, pod: Pod): Fate {
    const lacksRoom = fate.reasons?.some(({ plugin }) => plugin === "NodeResourcesFit") === true;
    if (fate.status !== "unschedulable" || !lacksRoom) return fate;
    const nearest = this.#answerFor(pod);
    if (nearest.length === 0) return fate;
    const added = this.#added.get(fate) ?? new Map<readonly NearestMiss[], Fate>();
    this.#added.set(fate, added);
    const known = added.get(nearest) ?? { ...fate, nearest };
    added.set(nearest, known);
    return known;
  }

  #answerFor(pod: Pod): readonly NearestMiss[] {
    if (this.#latest !== undefined && isTwin(this.#latest.pod, pod)) return this.#latest.answer;
    const likeness = likenessOf(pod);
    const answer = this.#answers.get(likeness) ?? this.#ask(pod);
    this.#answers.set(likeness, answer);
    this.#latest = { pod, answer };
    return answer;
  }
}
