/** The answer of {@link survive} as data: the document that schema/survive.v1.json describes. */

import type { Decision } from "../scheduler/decision.js";
import type { Blocked } from "./drain.js";
import type { Failure, Level } from "./failures.js";
import type { Fills } from "./fullness.js";
import type { Eviction } from "./preempting.js";
import type { Unplaceable } from "./size-document.js";

export const SURVIVE_SCHEMA_VERSION = "stowage/survive.v1";

export interface Survival {
  readonly schemaVersion: typeof SURVIVE_SCHEMA_VERSION;
  readonly summary: SurvivalSummary;
  /** Pods that have no node although nothing has failed. */
  readonly leftOver: readonly PendingPod[];
  /** In the order asked for. */
  readonly levels: readonly SurvivedLevel[];
  /** Level by level; the worst first: most pods without a node, then the fullest rest, then in the order of the nodes. */
  readonly cases: readonly FailureCase[];
  /** What to add; empty where {@link additionsFor} was not asked, and where nothing is needed. */
  readonly additions: readonly Addition[];
}

/** Nodes with which no pod pends after a failure, or after any failure of a level. */
export interface Addition extends Level {
  /** The failure that is meant; absent where all of the level are. */
  readonly name?: string;
  /** Whether no pod pends with these nodes: tried with them. Otherwise `unplaceable` says who does whatever is added. */
  readonly isEnough: boolean;
  /** How many of which offer, or nodes like one that is there. */
  readonly mix: readonly AddedNodes[];
  /** The same one by one, in the order in which they were added, and where those have to be that come in zones. */
  readonly nodes: readonly AddedNode[];
  /** In the currency of the offers; absent for nodes like those that are there. */
  readonly perHour?: number;
  readonly unplaceable: readonly Unplaceable[];
}

export interface AddedNodes {
  /** The name of an offer; where none were given, of a node's instance type, or of the node that these are like. */
  readonly offer: string;
  readonly count: number;
  /** Of one; absent for nodes like those that are there. */
  readonly pricePerHour?: number;
}

export interface AddedNode {
  readonly name: string;
  readonly offer: string;
  readonly zone?: string;
}

export interface SurvivalSummary {
  readonly nodes: number;
  /** Pods that have a node before anything fails. */
  readonly pods: number;
  /** Pods among them that waited and were placed first. */
  readonly placed: number;
  /** Pods that have none although nothing has failed. */
  readonly leftOver: number;
}

export interface SurvivedLevel extends Level {
  /** A count of failures tried. */
  readonly cases: number;
  /** A count of those that cost no pod its node. */
  readonly survived: number;
}

/** What one failure does. */
export interface FailureCase extends Failure {
  /** Whether every pod that counts has a node afterwards; a drain must also come to its end. */
  readonly isSurvived: boolean;
  /** Pods of the nodes that failed, and pods they preempted, that found another. */
  readonly moves: readonly Move[];
  /** Those that found none. */
  readonly pending: readonly PendingPod[];
  /** `namespace/name` of pods that are gone for good: no controller makes them again. */
  readonly lost: readonly string[];
  /** Of a drain: pods that budgets keep on the node. */
  readonly blocked: readonly Blocked[];
  /** A count of pods of DaemonSets and of mirror pods: they go with their node, or stay on it in a drain. */
  readonly ofNode: number;
  /** Whom the pods that found another node preempted, in the order in which it comes about. */
  readonly evictions: readonly Eviction[];
  /** How full the other nodes are afterwards, all together. */
  readonly rest: Fills;
}

export interface Move {
  /** `namespace/name`. */
  readonly pod: string;
  readonly from: string;
  readonly to: string;
}

export interface PendingPod {
  /** `namespace/name`. */
  readonly pod: string;
  readonly priority: number;
  readonly status: Exclude<Decision["status"], "placed"> | "evicted";
  /** kube-scheduler's sentence. */
  readonly message: string;
  /** What preemption adds to it: why it does not help. */
  readonly postFilterMessage?: string;
  /** `namespace/name` of the pod that took its node. */
  readonly preemptedBy?: string;
}
