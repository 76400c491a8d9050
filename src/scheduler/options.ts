/** What a Scheduler and its methods may be told. */

import { StowageError } from "../errors.js";
import type { Compat, Quirks } from "./compat.js";
import type { Plugin } from "./plugin.js";

export interface SchedulerOptions {
  /** A KubeSchedulerConfiguration (v1) as an object. Default: kube-scheduler's default profile. */
  readonly config?: unknown;
  /** Plugins in TypeScript. Without `config` all of them run; with it, those that it enables. */
  readonly plugins?: readonly Plugin[];
  /** Decides between equals when `tieBreak` is "random". A 32-bit integer. Default 0. */
  readonly seed?: number;
  /**
   * Between nodes with equal totals: the one added first (default), one drawn by seed and decision number, or ("heap") the
   * one that kube-scheduler's heap has on top, which depends on the order in which it visits the nodes.
   */
  readonly tieBreak?: "first" | "random" | "heap";
  /** The version of kube-scheduler to decide as: the cluster's, which is the default. */
  readonly compat?: Compat;
  /**
   * Whether the scheduler keeps an index of the nodes for each class of pods, so that a decision looks only at what changed.
   * Default true. Without, every decision looks at every node: the same answers, slower, from less memory.
   */
  readonly isIndexed?: boolean;
  /** About how much memory each profile's classes, their relations and their indexes may take, each of the three. Default 256 MiB. */
  readonly cacheBytes?: number;
  /** Bugs of that version to emulate or not, one by one; those left out are as in that version. */
  readonly quirks?: Partial<Quirks>;
}

export interface PreemptOptions {
  /** "Now" for pods without `status.startTime`; milliseconds since 1970. Default: later than every start. */
  readonly nowMs?: number;
  /**
   * Stop at as many candidates as the profile's DefaultPreemptionArgs ask for, beginning with the node added first.
   * kube-scheduler does, beginning anywhere. Default false: every node is tried.
   */
  readonly isSampled?: boolean;
}

export interface PlaceAllOptions {
  readonly signal?: AbortSignal;
  /** Called before each slice and at the end. Counts of pods. */
  readonly onProgress?: (done: number, total: number) => void;
  /** "queue": by priority, then as given (default). "listed": as given. */
  readonly order?: "queue" | "listed";
}

const TIE_BREAKS: readonly string[] = ["first", "random", "heap"];

/** @throws StowageError ERR_OBJECT for a version other than the cluster's, and a `tieBreak` that there is not */
export function checkOptions(tieBreak: string, compat: Compat, ofCluster: Compat): void {
  if (compat !== ofCluster) {
    const reason = `the cluster is like Kubernetes ${ofCluster}; give a Cluster that was made with this compat`;
    throw new StowageError("ERR_OBJECT", { path: "compat", reason });
  }
  if (!TIE_BREAKS.includes(tieBreak)) {
    const reason = `${JSON.stringify(tieBreak)} is not one of ${TIE_BREAKS.join(", ")}`;
    throw new StowageError("ERR_OBJECT", { path: "tieBreak", reason });
  }
}
