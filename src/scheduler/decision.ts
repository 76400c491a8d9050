/** What the scheduler answers: decisions, fits and scores, as data. */

import type { Token } from "../cluster/node-record.js";
import type { Pod } from "../kube/objects.js";

/** kube-scheduler's status codes of a rejection, by their upstream names. */
export type RejectionCode = "Unschedulable" | "UnschedulableAndUnresolvable";

/** Why one node was not taken: the first failing filter plugin, in profile order, with all of its reasons. */
export interface Rejection {
  readonly node: string;
  readonly plugin: string;
  readonly code: RejectionCode;
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
  readonly preFilter?: { readonly plugin: string; readonly code: RejectionCode; readonly reasons: readonly string[] };
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
