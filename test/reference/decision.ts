/** What the reference scheduler answers. */

import type { FilterStatus } from "./filters.js";

/** Why a node, or the pod as a whole, was rejected, and by which plugin. */
export interface RefRejection extends FilterStatus {
  readonly plugin: string;
}

export interface RefFit {
  readonly feasible: readonly string[];
  readonly rejected: ReadonlyMap<string, RefRejection>;
  /** The pod was rejected as a whole; `rejected` repeats it for every node. */
  readonly preFilter?: RefRejection;
}

export interface RefPluginScore {
  readonly raw: bigint;
  readonly normalized: bigint;
  readonly weighted: bigint;
}

export interface RefNodeScore {
  /** By plugin; plugins that skipped the pod are absent. */
  readonly parts: ReadonlyMap<string, RefPluginScore>;
  readonly total: bigint;
}

export type RefDecision =
  | {
      readonly status: "placed";
      readonly node: string;
      /** Absent when only one node was feasible: then nothing is scored. */
      readonly score?: bigint;
    }
  /** `message` is the FitError text without PostFilter's part. */
  | { readonly status: "unschedulable"; readonly message: string }
  | { readonly status: "error"; readonly message: string }
  | { readonly status: "gated"; readonly message: string };
