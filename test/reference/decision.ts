/** What the reference scheduler answers. */

import type { RejectionCode } from "./plugin.js";

/** Why a node, or the pod as a whole, was rejected, and by which plugin. */
export interface RefRejection {
  readonly plugin: string;
  /** "Error": the plugin failed. */
  readonly code: RejectionCode | "Error";
  readonly reasons: readonly string[];
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
  | { readonly status: "gated"; readonly message: string }
  /** No profile of this scheduler is meant by the pod. */
  | { readonly status: "ignored"; readonly message: string };

/** Which pods would have to go from a node; pods are named `namespace/name`, the most important first. */
export interface RefCandidate {
  readonly node: string;
  readonly victims: readonly string[];
  /** A count of victims. */
  readonly pdbViolations: number;
}

export interface RefPreemption {
  /** Nodes that preemption would help on, in the order of the nodes. */
  readonly candidates: readonly RefCandidate[];
  /** Nodes where it was tried without success. */
  readonly statuses: ReadonlyMap<string, Pick<RefRejection, "code" | "reasons">>;
  /** Candidates that no criterion tells apart; the first is nominated. */
  readonly best: readonly string[];
  readonly nominated?: RefCandidate;
  /** What PostFilter adds to the message of the pod. */
  readonly message: string;
}
