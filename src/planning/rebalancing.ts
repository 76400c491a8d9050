/** The answer of {@link rebalance} as data: the document that schema/rebalance.v1.json describes. */

import type { Utilization } from "./utilization.js";

export const REBALANCE_SCHEMA_VERSION = "stowage/rebalance.v1";

/** `nodes`: fewer nodes in use. `cost`: the same, weighed by their prices. `stranding`: less room of no use. */
export type Goal = "nodes" | "cost" | "stranding";

export interface Rebalance {
  readonly schemaVersion: typeof REBALANCE_SCHEMA_VERSION;
  readonly goal: Goal;
  /** Whether a replacement runs before its pod goes. */
  readonly isSurge: boolean;
  readonly before: Utilization;
  readonly after: Utilization;
  /**
   * In the order in which they are empty. They are cordoned before the first move. For the goal `stranding` none is to be
   * empty: there the node of each pod is cordoned while it moves.
   */
  readonly emptied: readonly string[];
  /** Nodes that are empty before and stay so: they are cordoned as well, and may take pods again once all moves are made. */
  readonly unused: readonly string[];
  /** In order: each is possible once those before it are made. */
  readonly moves: readonly RebalanceMove[];
  /** Nodes in use that cannot be emptied, and the first pod that keeps each; not for the goal `stranding`. */
  readonly kept: readonly KeptNode[];
  /** `done`: nothing more helps. `moves`: it would take more moves than allowed. `budget`: the search ended before. */
  readonly stoppedBy: "done" | "moves" | "budget";
}

export interface RebalanceMove {
  /** `namespace/name`. */
  readonly pod: string;
  readonly from: string;
  /** Where kube-scheduler puts the replacement. */
  readonly to: string;
  /** Of this move and all before it: nodes emptied, their prices, or the part of cpu and memory that is stranded no more. */
  readonly gain: number;
  /** With it the node is empty. */
  readonly empties: boolean;
}

export interface KeptNode {
  readonly node: string;
  /** `namespace/name`. */
  readonly pod: string;
  /** What keeps the pod, as a sentence without a subject. */
  readonly why: string;
}
