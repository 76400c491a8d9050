/** What a side decided about a world's pods, in the shape in which it is held against the real scheduler's answer. */

import type { Compat } from "../../src/scheduler/compat.js";
import type { World } from "../helpers/world-types.js";

/** Integers may be numbers or bigints; they are compared by value. */
export type Integer = number | bigint;

export interface VerdictStatus {
  readonly code: string;
  readonly reasons?: readonly string[];
}

export interface VerdictRejection extends VerdictStatus {
  readonly plugin: string;
}

export interface VerdictScore {
  readonly raw: Integer;
  readonly normalized: Integer;
  readonly weighted: Integer;
}

export interface VerdictCandidate {
  readonly node: string;
  /** `namespace/name`, the most important first. */
  readonly victims: readonly string[];
  /** A count of victims. */
  readonly pdbViolations: number;
}

export interface VerdictPreemption {
  /** In the order of the nodes. */
  readonly candidates: readonly VerdictCandidate[];
  /** By node, why the pod does not fit even without its victims. */
  readonly statuses?: Readonly<Record<string, VerdictStatus>>;
  readonly nominated?: string;
}

/** Fields that a status has no use for, and those that a side cannot say, are left out and not compared. */
export interface Verdict {
  /** `namespace/name`. */
  readonly pod: string;
  /**
   * Of the first attempt: a pod that then preempts is `unschedulable`, and `selected` nevertheless. `unsupported`: the
   * side says that it lacks what the pod needs. `ignored`: no profile has the pod's scheduler.
   */
  readonly status: "placed" | "unschedulable" | "error" | "gated" | "ignored" | "unsupported";
  /** The chosen node, when placed. */
  readonly selected?: string;
  /** The FitError text without PostFilter's part, the error's text, or why the pod is gated. */
  readonly message?: string;
  /** The FitError text with PostFilter's part. */
  readonly fullMessage?: string;
  /** The rejection of the pod as a whole by PreFilter. */
  readonly preFilter?: VerdictRejection;
  /** By node: the first plugin that rejected it. Left out when the pod is gated or was rejected as a whole. */
  readonly rejections?: Readonly<Record<string, VerdictRejection>>;
  /** By node and plugin: every filter that fails by itself. */
  readonly filters?: Readonly<Record<string, Readonly<Record<string, VerdictStatus>>>>;
  /** Filter plugins whose PreFilter had nothing to say about the pod. */
  readonly skipFilter?: readonly string[];
  /** By node and plugin, for every feasible node; plugins that skipped the pod are absent. Left out after an error. */
  readonly scores?: Readonly<Record<string, Readonly<Record<string, VerdictScore>>>>;
  /** By node, for every feasible node. */
  readonly totals?: Readonly<Record<string, Integer>>;
  readonly preemption?: VerdictPreemption;
}

export interface DecideOptions {
  readonly compat: Compat;
  /** Every pod is judged against the world as it is, and none is placed. */
  readonly diagnose?: boolean;
}

/** What a side does not have yet; where it matters, the real scheduler's answer cannot be held against it. */
export interface Missing {
  readonly filters: ReadonlySet<string>;
  readonly scores: ReadonlySet<string>;
  readonly preemption: boolean;
}

/** Something that decides as the real scheduler should. */
export interface Side {
  readonly name: string;
  readonly missing: Missing;
  /** One verdict an incoming pod, in their order. */
  decide(world: World, options: DecideOptions): Verdict[];
}
