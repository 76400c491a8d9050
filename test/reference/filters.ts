/** Filter plugins that look at one node at a time. Each says why a node cannot take a pod, or nothing. */

import { type HostPort, hostPorts, type NodeInfo } from "./cluster.js";
import { matchNodeSelector, matchRequiredAffinity, pinnedNodeNames } from "./node-selector.js";
import {
  type Cycle,
  type FilterPlugin,
  type FilterStatus,
  PASS,
  type Prepared,
  unresolvable,
  unschedulable,
} from "./plugin.js";
import type { PluginArgs } from "./profile.js";
import { isExtended, podRequests, toUnits } from "./resources.js";
import { hasUntoleratedTaint, isTolerated } from "./tolerations.js";

function prepared(filter: (info: NodeInfo) => FilterStatus | undefined): Prepared {
  return { nodeFilter: { filter } };
}

function nodeUnschedulable({ pod }: Cycle): Prepared {
  const taint = { key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule" };
  return prepared(({ node }) => {
    if (node.spec?.unschedulable !== true || isTolerated(pod, taint)) return undefined;
    return unresolvable("node(s) were unschedulable");
  });
}

/** The node set is of 1.37, which has a PreFilter here. */
function nodeName({ pod }: Cycle): Prepared {
  const wanted = pod.spec?.nodeName ?? "";
  if (wanted === "") return { nodeFilter: PASS };
  const { nodeFilter } = prepared(({ name }) =>
    name === wanted ? undefined : unresolvable("node(s) didn't match the requested node name"),
  );
  return { nodeFilter, nodeNames: new Set([wanted]) };
}

function taintToleration({ pod }: Cycle): Prepared {
  return prepared(({ node }) =>
    hasUntoleratedTaint(pod, node) ? unresolvable("node(s) had untolerated taint(s)") : undefined,
  );
}

function nodeAffinity({ pod, args }: Cycle): Prepared {
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const added = args.addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required == null && added == null && pod.spec?.nodeSelector == null) return { skip: true, nodeFilter: PASS };
  const { nodeFilter } = prepared(({ node }) => {
    if (added != null && !matchNodeSelector(added, node)) {
      return unresolvable("node(s) didn't match scheduler-enforced node affinity");
    }
    if (matchRequiredAffinity(pod, node)) return undefined;
    return unresolvable("node(s) didn't match Pod's node affinity/selector");
  });
  const nodeNames = required == null ? undefined : pinnedNodeNames(required);
  if (nodeNames === undefined) return { nodeFilter };
  if (nodeNames.size === 0) return { nodeFilter, rejection: unresolvable("pod affinity terms conflict") };
  return { nodeFilter, nodeNames };
}

function nodePorts({ pod }: Cycle): Prepared {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return { skip: true, nodeFilter: PASS };
  return prepared(({ usedPorts }) => {
    const isTaken = wanted.some((port) => usedPorts.some((used) => isConflict(port, used)));
    return isTaken ? unschedulable("node(s) didn't have free ports for the requested pod ports") : undefined;
  });
}

function isConflict(wanted: HostPort, used: HostPort): boolean {
  if (wanted.port !== used.port || wanted.protocol !== used.protocol) return false;
  return wanted.ip === used.ip || wanted.ip === "0.0.0.0" || used.ip === "0.0.0.0";
}

const DEDICATED = ["cpu", "memory", "ephemeral-storage", "pods"];

function nodeResourcesFit({ pod, args }: Cycle): Prepared {
  const request = toUnits(podRequests(pod, { podLevel: true }));
  const scalars = [...request.keys()].filter((name) => !DEDICATED.includes(name)).sort();
  const names = ["cpu", "memory", "ephemeral-storage", ...scalars];
  const asked = names.filter((name) => (request.get(name) ?? 0n) !== 0n && !isIgnored(name, args));
  return prepared((info) => {
    const reasons: string[] = [];
    let isResolvable = true;
    if (BigInt(info.pods.length + 1) > (info.allocatable.get("pods") ?? 0n)) reasons.push("Too many pods");
    for (const name of asked) {
      const wanted = request.get(name)!;
      const allocatable = info.allocatable.get(name) ?? 0n;
      if (wanted <= allocatable - (info.requested.get(name) ?? 0n)) continue;
      reasons.push(`Insufficient ${name}`);
      if (wanted > allocatable) isResolvable = false;
    }
    if (reasons.length === 0) return undefined;
    return isResolvable ? unschedulable(...reasons) : unresolvable(...reasons);
  });
}

function isIgnored(name: string, args: PluginArgs): boolean {
  if (!isExtended(name)) return false;
  return args.ignoredResources.includes(name) || args.ignoredResourceGroups.includes(name.split("/")[0]!);
}

export const NODE_FILTERS: readonly FilterPlugin[] = [
  { name: "NodeUnschedulable", prepare: nodeUnschedulable },
  { name: "NodeName", prepare: nodeName },
  { name: "TaintToleration", prepare: taintToleration },
  { name: "NodeAffinity", prepare: nodeAffinity },
  {
    name: "NodePorts",
    withoutPreFilter: 'reading "PreFilterNodePorts" from cycleState: not found',
    prepare: nodePorts,
  },
  {
    name: "NodeResourcesFit",
    withoutPreFilter: 'error reading "PreFilterNodeResourcesFit" from cycleState: not found',
    prepare: nodeResourcesFit,
  },
];
