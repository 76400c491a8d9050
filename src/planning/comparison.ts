/** The answer of {@link compare} as data: the document that schema/compare.v1.json describes. */

import type { Utilization } from "./utilization.js";

export const COMPARE_SCHEMA_VERSION = "stowage/compare.v1";

export interface Comparison {
  readonly schemaVersion: typeof COMPARE_SCHEMA_VERSION;
  /** In the order given; the others are compared with the first. */
  readonly variants: readonly VariantResult[];
  /** Variant by variant, in the order of the decisions: the pods that are elsewhere than in the first. */
  readonly moves: readonly VariantMove[];
}

export interface VariantResult extends Utilization {
  readonly name: string;
  /** Pods that are ours to place, and those that have a node. */
  readonly pods: number;
  /** Pods that end without a node. */
  readonly pending: number;
  /** Pods of both that are on another node than in the first variant, or have one in only one of them. */
  readonly moved: number;
  /** Pods that the first variant does not have. */
  readonly added: number;
  /** Pods that only the first variant has. */
  readonly removed: number;
}

export interface VariantMove {
  readonly variant: string;
  /** `namespace/name`. */
  readonly pod: string;
  /** The node in the first variant; missing where it has none there. */
  readonly from?: string;
  /** The node here; missing where it has none. */
  readonly to?: string;
  /** Why here and not there, when its turn came; of so many pods as were to be asked about. */
  readonly because?: MoveReason;
}

export type MoveReason =
  /** `plugin` spoke most for the node here: its weighted score is higher by `by`, the total by `total`. */
  | { readonly kind: "score"; readonly plugin: string; readonly by: number; readonly total: number }
  /** Both were equally good. */
  | { readonly kind: "tie" }
  /** The other node could not take it. */
  | { readonly kind: "filter"; readonly plugin: string; readonly reasons: readonly string[] }
  /** No node could. kube-scheduler's sentence. */
  | { readonly kind: "unschedulable"; readonly message: string };
