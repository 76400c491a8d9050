/** The search for feasible nodes: k8s 1.36 pkg/scheduler/schedule_one.go. */

import { nodesToFind } from "./choice.js";
import type { BoundPod, NodeInfo } from "./cluster.js";
import type { RefRejection } from "./decision.js";
import { type PreFilterResult, rejectionOf, runPreFilter } from "./framework.js";
import { fitErrorMessage } from "./messages.js";
import { type Cycle, SchedulerError, unresolvable } from "./plugin.js";
import type { Rejection } from "./preemption.js";

/** What a search found. */
export interface Search {
  readonly preFilter: PreFilterResult;
  readonly feasible: NodeInfo[];
  /** By node: those that were looked at and rejected. */
  readonly statuses: Map<string, RefRejection>;
}

/** How a search goes. */
export interface SearchOptions {
  readonly nominated: readonly BoundPod[];
  /** The index of the node to start with. */
  readonly start: number;
  /** A count of feasible nodes among so many after which the search ends. */
  readonly limit: (nodeCount: number) => number;
}

/** What holds for nodes that were not looked at: the pod's rejection as a whole, or that PreFilter leaves them out. */
export function absentStatus({ preFilter }: Search): Rejection {
  const { rejection, nodeNames, restrictedBy } = preFilter;
  if (rejection !== undefined) return rejection;
  if (nodeNames === undefined) return unresolvable();
  return unresolvable(`node(s) didn't satisfy plugin(s) [${[...restrictedBy].sort().join(" ")}]`);
}

/** The status of one node, looked at or not. */
export function statusOf(search: Search, name: string): Rejection {
  return search.statuses.get(name) ?? absentStatus(search);
}

/** Every node that PreFilter leaves, whatever a scheduler would look at. A plugin that fails is its node's status.
 * @throws SchedulerError when PreFilter fails
 */
export function searchEverywhere(cycle: Cycle, nominated: readonly BoundPod[]): Search {
  const search = begin(cycle);
  if (search.preFilter.rejection !== undefined) return search;
  for (const info of allowedNodes(cycle, search)) {
    const status = rejectionOrError(cycle, search, info, nominated);
    if (status === undefined) search.feasible.push(info);
    else search.statuses.set(info.name, status);
  }
  return search;
}

function rejectionOrError(cycle: Cycle, { preFilter }: Search, info: NodeInfo, nominated: readonly BoundPod[]) {
  try {
    return rejectionOf(cycle, preFilter.run, info, nominated);
  } catch (error) {
    if (!(error instanceof SchedulerError)) throw error;
    const plugin = /^running "([^"]*)"/.exec(error.message)?.[1] ?? "";
    return { plugin, code: "Error", reasons: [error.message] } as const;
  }
}

/**
 * As a scheduler searches: the node that the pod is nominated to by itself, then the others as far as need be.
 * `moved` is how far the next search is to start behind this one.
 */
export function searchForPod(cycle: Cycle, options: SearchOptions): { search: Search; moved: number; error?: string } {
  const search = begin(cycle);
  if (search.preFilter.rejection !== undefined) return { search, moved: 0 };
  const nominated = cycle.nodes.find(({ name }) => name === cycle.pod.status?.nominatedNodeName);
  if (nominated !== undefined && passesAlone(cycle, search, nominated, options)) return { search, moved: 0 };
  const error = searchNodes(cycle, search, options);
  return { search, moved: search.feasible.length + search.statuses.size, ...(error !== undefined && { error }) };
}

function begin(cycle: Cycle): Search {
  return { preFilter: runPreFilter(cycle), feasible: [], statuses: new Map() };
}

function allowedNodes(cycle: Cycle, { preFilter }: Search): readonly NodeInfo[] {
  const { nodeNames } = preFilter;
  return nodeNames === undefined ? cycle.nodes : cycle.nodes.filter(({ name }) => nodeNames.has(name));
}

/** Who rejects it is later named beside those whose PreFilter leaves nodes out. An error is no rejection. */
function passesAlone(cycle: Cycle, search: Search, info: NodeInfo, { nominated }: SearchOptions): boolean {
  const status = rejectionOrError(cycle, search, info, nominated);
  if (status === undefined) search.feasible.push(info);
  else if (status.code !== "Error") {
    search.statuses.set(info.name, status);
    search.preFilter.restrictedBy.add(status.plugin);
  }
  return status === undefined;
}

/** The message of a plugin that failed, which ends the search. */
function searchNodes(cycle: Cycle, search: Search, { nominated, start, limit }: SearchOptions): string | undefined {
  const nodes = allowedNodes(cycle, search);
  for (let index = 0; index < nodes.length; index++) {
    const info = nodes[(start + index) % nodes.length]!;
    const status = rejectionOrError(cycle, search, info, nominated);
    if (status?.code === "Error") return status.reasons[0];
    if (status !== undefined) search.statuses.set(info.name, status);
    else if (search.feasible.length === limit(nodes.length)) return undefined;
    else search.feasible.push(info);
  }
  return undefined;
}

/** Upstream's count of feasible nodes to find; without score plugins the first will do. */
export function upstreamLimit({ profile }: Cycle, isSampling: boolean): (nodeCount: number) => number {
  if (profile.points.score.length === 0) return () => 1;
  return (nodeCount) => (isSampling ? nodesToFind(nodeCount, profile.percentageOfNodesToScore) : nodeCount);
}

/** Why no node can take the pod, without what PostFilter adds. */
export function searchMessage(cycle: Cycle, search: Search): string {
  const { rejection } = search.preFilter;
  return fitErrorMessage({
    nodeCount: cycle.nodes.length,
    ...(rejection && { preFilterReasons: rejection.reasons }),
    statuses: search.statuses,
    absentReasons: absentStatus(search).reasons,
  });
}
