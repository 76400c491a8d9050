/** What the scheduler answers: decisions, fits and scores, as data. */

import type { Token } from "../cluster/node-record.js";
import type { Pod } from "../kube/objects.js";
import { namespacedName } from "../kube/objects.js";

/** kube-scheduler's status codes of a rejection, by their upstream names. */
export type RejectionCode = "Unschedulable" | "UnschedulableAndUnresolvable";

/** Why one node was not taken: the first failing filter plugin, in profile order, with all of its reasons. */
export interface Rejection {
  readonly node: string;
  readonly plugin: string;
  /** `Error`: the filter failed there, and the pod's cycle with it. */
  readonly code: RejectionCode | "Error";
  readonly reasons: readonly string[];
}

/** The rejection of a pod as a whole by one PreFilter plugin; `Error` ends the pod's cycle. */
export interface PreFilterStatus {
  readonly plugin: string;
  readonly code: RejectionCode | "Error";
  readonly reasons: readonly string[];
}

/** `scheduler.filter(pod)`: which nodes could take the pod, and why each of the others could not. */
export interface Fit {
  /** Names, in the order in which the nodes were added. */
  readonly feasible: readonly string[];
  /** One for every node that is not feasible, in the order in which the nodes were added. */
  readonly rejected: readonly Rejection[];
  /**
   * Set when a PreFilter plugin rejected the pod as a whole: then no node was looked at and `rejected` repeats this
   * status for every node.
   */
  readonly preFilter?: PreFilterStatus;
}

/** One plugin's part in a score. All three are integers; `weighted` is `normalized` times the plugin's weight. */
export interface PluginScore {
  readonly raw: number;
  readonly normalized: number;
  readonly weighted: number;
}

/** `scheduler.score(pod, fit)`: per feasible node and plugin the parts, and the totals the choice is made by. */
export interface Scores {
  /** Score plugins that ran (not those whose PreScore skipped), in profile order. */
  readonly plugins: readonly string[];
  readonly nodes: readonly {
    readonly node: string;
    readonly parts: Readonly<Record<string, PluginScore>>;
    readonly total: number;
  }[];
}

/** One line of the failure histogram: how many nodes gave this reason. */
export interface ReasonCount {
  readonly plugin: string;
  readonly reason: string;
  /** A count of nodes. */
  readonly nodes: number;
}

interface DecisionBase {
  readonly pod: Pod;
  /** `namespace/name`. */
  readonly key: string;
}

/** A node was chosen. `token` is there after `place`, not after `schedule`. */
export interface Placed extends DecisionBase {
  readonly status: "placed";
  readonly node: string;
  /** The weighted sum over the profile's score plugins. */
  readonly score: number;
  readonly token?: Token;
}

/** A pod that would have to go. */
export interface Victim {
  /** `namespace/name`. */
  readonly key: string;
  readonly pod: Pod;
  /** Whether a PodDisruptionBudget would be broken by it. */
  readonly violatesBudget: boolean;
}

/** A node on which the pod fits once the victims are gone. */
export interface Candidate {
  readonly node: string;
  /** The most important one first. */
  readonly victims: readonly Victim[];
  /** A count of victims. */
  readonly pdbViolations: number;
}

/**
 * `scheduler.preempt(pod)`: whom a pod that fits nowhere could preempt. Its lists, with an entry for each of thousands of nodes,
 * are made when they are read first; they are those of the moment of the answer nevertheless.
 */
export interface Preemption {
  readonly pod: Pod;
  /** `namespace/name`. */
  readonly key: string;
  /**
   * `possible`: on `node`, once `victims` are gone. `unhelpful`: on no node. `ineligible`: the pod may not preempt. `needless`:
   * it fits without. `undecided`: it has no place in the queue, or an error ended its cycle; `message` says which.
   */
  readonly status: "possible" | "unhelpful" | "ineligible" | "needless" | "undecided";
  /** The node that would be nominated. */
  readonly node?: string;
  readonly victims: readonly Victim[];
  readonly pdbViolations: number;
  /** Nodes that are equal by all of upstream's criteria, in the order in which they were added; `node` is the first. */
  readonly best: readonly string[];
  /** Those without violations of budgets first. */
  readonly candidates: readonly Candidate[];
  /** Nodes that were tried in vain. */
  readonly rejected: readonly {
    readonly node: string;
    readonly code: Rejection["code"];
    readonly reasons: readonly string[];
  }[];
  /** What kube-scheduler adds to the FitError text: PostFilter's part. Empty when preemption is possible or needless. */
  readonly message: string;
}

/** The fields of a preemption that is not possible. */
export const NO_PREEMPTION = {
  victims: [],
  pdbViolations: 0,
  best: [],
  candidates: [],
  rejected: [],
} as const satisfies Partial<Preemption>;

/** No node can take the pod. `message` is kube-scheduler's FitError text, without PostFilter's part. */
export interface Unschedulable extends DecisionBase {
  readonly status: "unschedulable";
  readonly message: string;
  readonly reasons: readonly ReasonCount[];
}

/** Not decided, and why: see each status. */
export interface Undecided extends DecisionBase {
  /**
   * `unsupported`: the pod needs a plugin that is not here yet, named in `message`. `gated`: it has scheduling gates.
   * `error`: upstream's SchedulerError. `ignored`: another scheduler's pod, or one that is being deleted.
   */
  readonly status: "unsupported" | "gated" | "error" | "ignored";
  readonly message: string;
  readonly reasons: readonly ReasonCount[];
}

export type Decision = Placed | Unschedulable | Undecided;

/** No node takes the pod. */
export function unschedulable(pod: Pod, message: string, reasons: Unschedulable["reasons"]): Unschedulable {
  return { status: "unschedulable", pod, key: namespacedName(pod), message, reasons };
}

/** The pod is not decided, and why. */
export function undecided(pod: Pod, status: Undecided["status"], message: string): Undecided {
  return { status, pod, key: namespacedName(pod), message, reasons: [] };
}
