/** What a plugin of the reference scheduler is. */

import type { KubeObject, Pod } from "../../src/kube/objects.js";
import type { BoundPod, NodeInfo } from "./cluster.js";
import type { Behaviour } from "./compat.js";
import type { ImageTable } from "./images.js";
import type { PluginArgs, Profile } from "./profile.js";

export type RejectionCode = "Unschedulable" | "UnschedulableAndUnresolvable";

export interface FilterStatus {
  readonly code: RejectionCode;
  readonly reasons: readonly string[];
}

/** A status that is no rejection: upstream's SchedulerError. */
export class SchedulerError extends Error {}

/** One pod's turn: everything that plugins may look at. */
export interface Cycle {
  readonly pod: Pod;
  readonly profile: Profile;
  readonly args: PluginArgs;
  /** All nodes, in the scheduler's order. */
  readonly nodes: readonly NodeInfo[];
  readonly images: ImageTable;
  readonly behaviour: Behaviour;
  /** Objects of one kind in one namespace, or of all namespaces. */
  list(kind: string, namespace?: string): readonly KubeObject[];
}

/** What PreFilter has prepared, asked node by node. */
export interface NodeFilter {
  filter(info: NodeInfo): FilterStatus | undefined;
  /** PreFilter's AddPod and RemovePod: another pod comes to a node or goes, for a "what if" alone. */
  update?(other: BoundPod, info: NodeInfo, change: 1 | -1): void;
  /** Needed where there is `update`. */
  copy?(): NodeFilter;
}

export interface Prepared {
  /** The plugin has nothing to say about this pod. */
  readonly skip?: boolean;
  /** The pod is rejected as a whole. */
  readonly rejection?: FilterStatus;
  /** The only nodes worth looking at. */
  readonly nodeNames?: ReadonlySet<string>;
  readonly nodeFilter: NodeFilter;
}

export interface FilterPlugin {
  readonly name: string;
  /** What Filter fails with when PreFilter is switched off; missing: it copes. */
  readonly withoutPreFilter?: string;
  /** @throws SchedulerError with a message without the plugin's name */
  prepare(cycle: Cycle): Prepared;
}

export interface NodeScorer {
  score(info: NodeInfo): bigint;
  /** Scores of all feasible nodes, in their order. */
  normalize?(scores: readonly bigint[]): readonly bigint[];
}

export interface ScorePlugin {
  readonly name: string;
  /** What Score fails with when a point that it builds on is switched off; missing: it copes. */
  readonly without?: { readonly point: "preScore" | "preFilter"; readonly error: string };
  /**
   * Undefined: the plugin has nothing to say about this pod.
   * @throws SchedulerError with a message without the plugin's name
   */
  prepare(cycle: Cycle, feasible: readonly NodeInfo[]): NodeScorer | undefined;
}

export const PASS: NodeFilter = { filter: () => undefined };

export function unschedulable(...reasons: string[]): FilterStatus {
  return { code: "Unschedulable", reasons };
}

export function unresolvable(...reasons: string[]): FilterStatus {
  return { code: "UnschedulableAndUnresolvable", reasons };
}
