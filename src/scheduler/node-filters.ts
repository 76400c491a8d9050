/**
 * Plugins that are asked node by node, in TypeScript, because few pods need them: volumes and declared features. What
 * their PreFilter works out is kept for the filter, also through what-ifs, as in kube-scheduler.
 */

import type { NodeRecord } from "../cluster/node-record.js";
import type { Pod } from "../kube/objects.js";
import type { Rejection } from "./decision.js";
import type { ClosedNodes } from "./volumes/closed-nodes.js";

/** A status that is not success. `Error` ends the pod's cycle. */
export type NodeStatus = Pick<Rejection, "code" | "reasons">;

/** Looks at one node; undefined lets it pass. */
export type NodeFilter = (node: NodeRecord) => NodeStatus | undefined;

export interface NodeFilters {
  /** By plugin; one whose PreFilter skipped or rejected has none, and without a PreFilter it is what needs none. */
  readonly filters: ReadonlyMap<string, NodeFilter>;
  /** By plugin: what PreFilter says of the pod as a whole. */
  readonly preFilters: ReadonlyMap<string, NodeStatus>;
  /**
   * Which nodes the filters reject, where that is kept: then the core decides, and the filters are asked only why no node
   * takes the pod.
   */
  readonly closed?: ClosedNodes;
  /** The filters as they are once pods came to nodes or left them in a what-if. */
  readonly moved?: (added: readonly Pod[], removed: readonly Pod[]) => NodeFilters;
  /** Notes the bindings that a node which passed the filter stands for; returns what takes that back. */
  readonly reserve?: (nodeName: string) => () => void;
  /** How VolumeBinding scores a node that passed, 0 to 100. */
  readonly storageScore?: ((nodeName: string) => number) | undefined;
}

export const NO_NODE_FILTERS: NodeFilters = { filters: new Map(), preFilters: new Map() };
