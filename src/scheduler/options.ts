/** What a Scheduler and its methods may be told. */

import { StowageError, shown } from "../errors.js";
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
const ORDERS: readonly string[] = ["queue", "listed"];
const QUIRKS = Object.keys({
  leakedNamespaceSelector: true,
  postFilterNotFound: true,
  containersOnlyFitScore: true,
  lateFitArgs: true,
} satisfies Record<keyof Quirks, true>);

/** @throws StowageError ERR_OBJECT for a version other than the cluster's, and for what an option cannot be */
export function checkOptions(options: SchedulerOptions, ofCluster: Compat): void {
  const { compat = ofCluster, tieBreak = "first", seed = 0, cacheBytes = 0, quirks = {} } = options;
  if (compat !== ofCluster) {
    throw refused(
      "compat",
      `the cluster is like Kubernetes ${ofCluster}; give a Cluster that was made with this compat`,
    );
  }
  if (!TIE_BREAKS.includes(tieBreak))
    throw refused("tieBreak", `${shown(tieBreak)} is not one of ${TIE_BREAKS.join(", ")}`);
  if (!Number.isSafeInteger(seed)) throw refused("seed", `${shown(seed)} is not a whole number`);
  if (!(typeof cacheBytes === "number" && cacheBytes >= 0)) {
    throw refused("cacheBytes", `${shown(cacheBytes)} is not a number of bytes`);
  }
  for (const [name, value] of Object.entries(quirks)) {
    if (!QUIRKS.includes(name))
      throw refused(`quirks.${name}`, `there is no such quirk; there are ${QUIRKS.join(", ")}`);
    if (typeof value !== "boolean") throw refused(`quirks.${name}`, `${shown(value)} is not true or false`);
  }
}

/** @throws StowageError ERR_OBJECT for what is no list of pods, and an order that there is not */
export function checkPlaceAll(pods: unknown, { order = "queue" }: PlaceAllOptions): void {
  if (!Array.isArray(pods)) throw refused("pods", "is not a list");
  if (!ORDERS.includes(order)) throw refused("order", `${shown(order)} is not one of ${ORDERS.join(", ")}`);
}

function refused(path: string, reason: string): StowageError {
  return new StowageError("ERR_OBJECT", { path, reason });
}
