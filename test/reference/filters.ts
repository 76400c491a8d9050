/** The filter plugins, in the order of the default profile. Each says why a node cannot take a pod, or nothing. */

import type { Pod } from "../../src/kube/objects.js";
import { type HostPort, hostPorts, type NodeInfo } from "./cluster.js";
import type { RefConfig } from "./config.js";
import { matchLabelMap, matchNodeSelector, pinnedNodeNames } from "./node-selector.js";
import { isExtended, podRequests, toUnits } from "./resources.js";
import { isTolerated } from "./tolerations.js";

export type RejectionCode = "Unschedulable" | "UnschedulableAndUnresolvable";

export interface FilterStatus {
  readonly code: RejectionCode;
  readonly reasons: readonly string[];
}

export interface FilterPlugin {
  readonly name: string;
  readonly filter: (pod: Pod, info: NodeInfo, config: RefConfig) => FilterStatus | undefined;
}

function unresolvable(reason: string): FilterStatus {
  return { code: "UnschedulableAndUnresolvable", reasons: [reason] };
}

function nodeUnschedulable(pod: Pod, info: NodeInfo): FilterStatus | undefined {
  if (info.node.spec?.unschedulable !== true) return undefined;
  const taint = { key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule" };
  return isTolerated(pod, taint) ? undefined : unresolvable("node(s) were unschedulable");
}

function nodeName(pod: Pod, info: NodeInfo): FilterStatus | undefined {
  const wanted = pod.spec?.nodeName ?? "";
  if (wanted === "" || wanted === info.name) return undefined;
  return unresolvable("node(s) didn't match the requested node name");
}

function taintToleration(pod: Pod, info: NodeInfo): FilterStatus | undefined {
  for (const taint of info.node.spec?.taints ?? []) {
    if (taint.effect !== "NoSchedule" && taint.effect !== "NoExecute") continue;
    if (!isTolerated(pod, taint)) return unresolvable("node(s) had untolerated taint(s)");
  }
  return undefined;
}

function nodeAffinity(pod: Pod, info: NodeInfo, config: RefConfig): FilterStatus | undefined {
  const added = config.addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (added != null && !matchNodeSelector(added, info.node)) {
    return unresolvable("node(s) didn't match scheduler-enforced node affinity");
  }
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const isMatch =
    matchLabelMap(pod.spec?.nodeSelector ?? {}, info.node.metadata?.labels ?? {}) &&
    (required == null || matchNodeSelector(required, info.node));
  return isMatch ? undefined : unresolvable("node(s) didn't match Pod's node affinity/selector");
}

function nodePorts(pod: Pod, info: NodeInfo): FilterStatus | undefined {
  const isTaken = hostPorts(pod).some((wanted) => info.usedPorts.some((used) => isConflict(wanted, used)));
  if (!isTaken) return undefined;
  return { code: "Unschedulable", reasons: ["node(s) didn't have free ports for the requested pod ports"] };
}

function isConflict(wanted: HostPort, used: HostPort): boolean {
  if (wanted.port !== used.port || wanted.protocol !== used.protocol) return false;
  return wanted.ip === used.ip || wanted.ip === "0.0.0.0" || used.ip === "0.0.0.0";
}

function nodeResourcesFit(pod: Pod, info: NodeInfo, config: RefConfig): FilterStatus | undefined {
  const request = toUnits(podRequests(pod, { useStatus: false, podLevel: true }));
  const scalars = [...request.keys()].filter((name) => !DEDICATED.includes(name)).sort();
  const reasons: string[] = [];
  let isResolvable = true;
  if (info.podCount + 1n > (info.allocatable.get("pods") ?? 0n)) reasons.push("Too many pods");
  for (const name of ["cpu", "memory", "ephemeral-storage", ...scalars]) {
    const wanted = request.get(name) ?? 0n;
    const allocatable = info.allocatable.get(name) ?? 0n;
    if (wanted === 0n || isIgnored(name, config)) continue;
    if (wanted <= allocatable - (info.requested.get(name) ?? 0n)) continue;
    reasons.push(`Insufficient ${name}`);
    if (wanted > allocatable) isResolvable = false;
  }
  if (reasons.length === 0) return undefined;
  return { code: isResolvable ? "Unschedulable" : "UnschedulableAndUnresolvable", reasons };
}

const DEDICATED = ["cpu", "memory", "ephemeral-storage", "pods"];

function isIgnored(name: string, config: RefConfig): boolean {
  if (!isExtended(name)) return false;
  if (config.ignoredResources?.includes(name)) return true;
  return config.ignoredResourceGroups?.includes(name.split("/")[0]!) ?? false;
}

export const FILTER_PLUGINS: readonly FilterPlugin[] = [
  { name: "NodeUnschedulable", filter: nodeUnschedulable },
  { name: "NodeName", filter: nodeName },
  { name: "TaintToleration", filter: taintToleration },
  { name: "NodeAffinity", filter: nodeAffinity },
  { name: "NodePorts", filter: nodePorts },
  { name: "NodeResourcesFit", filter: nodeResourcesFit },
];

/** NodeAffinity's PreFilter: the only nodes worth looking at, or a rejection when there can be none. */
export function affinityNodeSet(pod: Pod): { names?: Set<string>; rejection?: FilterStatus } {
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const names = required == null ? undefined : pinnedNodeNames(required);
  if (names === undefined) return {};
  return names.size === 0 ? { rejection: unresolvable("pod affinity terms conflict") } : { names };
}
