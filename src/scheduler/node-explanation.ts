/** What an explanation says of one node. */

import type { PluginScore, Rejection } from "./decision.js";

/** One filter plugin that rejects a node. */
export type FilterFailure = Omit<Rejection, "node">;

/** What was found out about one node. */
export interface NodeExplanation {
  readonly node: string;
  /** `unvisited`: nobody looked at it; the pod was decided without, or the search ended when enough nodes were found. */
  readonly verdict: "feasible" | "rejected" | "unvisited";
  /**
   * Every filter that rejects the node when it is asked by itself, in the profile's order, without the pods that are
   * nominated to the node.
   */
  readonly failures: readonly FilterFailure[];
  /**
   * Where rejected: the one rejection that counts in kube-scheduler's message. It is not among the failures where pods
   * that are nominated to the node or PreFilter left it out.
   */
  readonly rejection?: FilterFailure;
  /** By plugin, in the profile's order; only of feasible nodes that were scored. */
  readonly scores?: Readonly<Record<string, PluginScore>>;
  /** The weighted sum. */
  readonly total?: number;
}
