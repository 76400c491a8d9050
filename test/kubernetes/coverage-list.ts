/**
 * The listed set: what kube-scheduler's default profile can do with pods that have no resource claims. Left out is what
 * an API server or an earlier plugin makes impossible:
 *
 * - a StorageClass without a binding mode (defaulted), and claims without a name (required) beyond the first plugin's word;
 * - NodeVolumeLimits' own words on missing and foreign claims: VolumeBinding's PreFilter rejects those pods before any
 *   node is looked at;
 * - InterPodAffinity's PreScore error: the same selectors have failed its PreFilter;
 * - an empty set of nodes between PreFilter plugins: NodeAffinity alone restricts nodes, and has words of its own;
 * - scores of VolumeBinding in 1.36, where a feature gate keeps them off, and other scores of DynamicResources than 0,
 *   which need claims;
 * - scores of NodeResourcesBalancedAllocation under 50, which only a profile without its PreScore gives;
 * - "no candidate node for preemption", which only an extender brings about, and candidates that no criterion tells
 *   apart: running pods start at times of their own.
 */

import type { Compat } from "../../src/scheduler/compat.js";
import { CRITERION_NAMES } from "./coverage-preemption.js";

/** Rows about pods as a whole, which are no plugin's. */
export const OUTCOME = "(decision)";
export const PREEMPTION = "DefaultPreemption";

const UNRESOLVABLE = "UnschedulableAndUnresolvable";

/** In the order in which they run; what each can say about a node. */
const FILTER_REASONS: Readonly<Record<string, readonly string[]>> = {
  NodeUnschedulable: [`${UNRESOLVABLE}: node(s) were unschedulable`],
  NodeName: [`${UNRESOLVABLE}: node(s) didn't match the requested node name`],
  TaintToleration: [`${UNRESOLVABLE}: node(s) had untolerated taint(s)`],
  NodeAffinity: [
    `${UNRESOLVABLE}: node(s) didn't match Pod's node affinity/selector`,
    `${UNRESOLVABLE}: node(s) didn't match scheduler-enforced node affinity`,
    "excluded by PreFilter",
  ],
  NodePorts: ["Unschedulable: node(s) didn't have free ports for the requested pod ports"],
  NodeResourcesFit: insufficientResources(),
  VolumeRestrictions: [
    "Unschedulable: node(s) had no available disk",
    "Unschedulable: node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod",
  ],
  NodeVolumeLimits: ["Unschedulable: node(s) exceed max volume count"],
  VolumeBinding: [
    `${UNRESOLVABLE}: node(s) didn't match PersistentVolume's node affinity`,
    `${UNRESOLVABLE}: node(s) didn't find available persistent volumes to bind`,
    `${UNRESOLVABLE}: node(s) did not have enough free storage`,
    // Of ephemeral volumes alone: VolumeZone rejects other pods whose claims name a missing volume.
    `${UNRESOLVABLE}: node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)`,
  ],
  VolumeZone: [`${UNRESOLVABLE}: node(s) had no available volume zone`],
  PodTopologySpread: [
    "Unschedulable: node(s) didn't match pod topology spread constraints",
    `${UNRESOLVABLE}: node(s) didn't match pod topology spread constraints (missing required label)`,
  ],
  InterPodAffinity: [
    `${UNRESOLVABLE}: node(s) didn't match pod affinity rules`,
    "Unschedulable: node(s) didn't match pod anti-affinity rules",
    "Unschedulable: node(s) didn't satisfy existing pods anti-affinity rules",
  ],
  DynamicResources: [],
  NodeDeclaredFeatures: [`${UNRESOLVABLE}: node(s) didn't match Pod's required features`],
};

export const FILTERS: readonly string[] = Object.keys(FILTER_REASONS);

/** Without PreFilter, or with one that every pod passes. */
const NEVER_SKIP = ["NodeUnschedulable", "NodeName", "TaintToleration", "NodeResourcesFit"];

/** What a plugin can say about a pod before any node is looked at. */
const PRE_FILTER: Readonly<Record<string, readonly string[]>> = {
  NodeAffinity: [`PreFilter ${UNRESOLVABLE}: pod affinity terms conflict`, "PreFilter narrows the nodes"],
  VolumeRestrictions: [`PreFilter ${UNRESOLVABLE}: persistentvolumeclaim "..." not found`],
  VolumeBinding: [
    `PreFilter ${UNRESOLVABLE}: persistentvolumeclaim "..." not found`,
    `PreFilter ${UNRESOLVABLE}: waiting for ephemeral volume controller to create the persistentvolumeclaim "..."`,
    `PreFilter ${UNRESOLVABLE}: persistentvolumeclaim "..." bound to non-existent persistentvolume "..."`,
    `PreFilter ${UNRESOLVABLE}: persistentvolumeclaim "..." is being deleted`,
    `PreFilter ${UNRESOLVABLE}: PVC ... was not created for pod ... (pod is not owner)`,
    `PreFilter ${UNRESOLVABLE}: pod has unbound immediate PersistentVolumeClaims`,
  ],
  VolumeZone: [
    `PreFilter ${UNRESOLVABLE}: persistentvolumeclaim "..." not found`,
    `PreFilter ${UNRESOLVABLE}: PersistentVolumeClaim had no pv name and storageClass name`,
    `PreFilter ${UNRESOLVABLE}: storageclass.storage.kNs.io "..." not found`,
    `PreFilter ${UNRESOLVABLE}: PersistentVolume had no name`,
    `PreFilter ${UNRESOLVABLE}: persistentvolume "..." not found`,
  ],
  PodTopologySpread: ["PreFilter Error: get constraints from pod: ..."],
  InterPodAffinity: [`PreFilter ${UNRESOLVABLE}: parsing pod: ...`],
};

/** By plugin, in the order in which they run: the least score in tens, and what else their scoring can come to. */
const SCORES: readonly (readonly [string, number, readonly string[]])[] = [
  ["TaintToleration", 0, []],
  ["NodeAffinity", 0, ["PreScore skip", "PreScore error"]],
  ["NodeResourcesFit", 0, []],
  ["PodTopologySpread", 0, ["PreScore skip", "PreScore error"]],
  ["InterPodAffinity", 0, ["PreScore skip"]],
  ["NodeResourcesBalancedAllocation", 5, ["PreScore skip"]],
  ["ImageLocality", 0, []],
];

const PREEMPTION_OUTCOMES = [
  ...CRITERION_NAMES.map((name) => `decided by ${name}`),
  "victims violate a budget",
  "several victims on a node",
  "no potential victims on a node",
  "rejected even without the potential victims on a node",
  "message: No preemption victims found for incoming pod",
  "message: Preemption is not helpful for scheduling",
  "message: other reasons",
  // DynamicResources' PostFilter, when an earlier PreFilter has rejected the pod.
  "message: not found",
  "message: not eligible due to preemptionPolicy=Never.",
  "message: not eligible due to a terminating pod on the nominated node.",
];

const OUTCOMES = [
  "placed on the best node",
  "placed on the first among equals",
  "placed on the only node that fits",
  "placed on the nominated node",
  "sampled from a part of the nodes",
  "sampled, and not the first among equals",
  "unschedulable",
  "no nodes at all",
  "gated",
  "error",
];

export interface Listed {
  readonly plugin: string;
  readonly what: string;
}

/** Everything that enough random worlds must show of a version. */
export function listedFor(compat: Compat): Listed[] {
  const isOld = compat === "1.36";
  return [
    ...rowsOf(OUTCOME, OUTCOMES),
    ...rowsOf("SchedulingGates", [`PreEnqueue ${UNRESOLVABLE}: waiting for scheduling gates: ...`]),
    ...FILTERS.flatMap((plugin) => rowsOf(plugin, filterRows(plugin))),
    ...SCORES.flatMap(([plugin, leastTen, others]) => rowsOf(plugin, [...others, ...bands(leastTen)])),
    // 1.37 scores volumes by default, and DynamicResources says nothing about pods without claims.
    ...rowsOf("VolumeBinding", isOld ? ["PreScore skip"] : bands(0)),
    ...rowsOf("DynamicResources", ["score 0-9"]),
    ...rowsOf(PREEMPTION, PREEMPTION_OUTCOMES),
    ...rowsOf(PREEMPTION, isOld ? ["message: no new claims to deallocate"] : []),
  ];
}

function rowsOf(plugin: string, whats: readonly string[]): Listed[] {
  return whats.map((what) => ({ plugin, what }));
}

function filterRows(plugin: string): string[] {
  const skips = NEVER_SKIP.includes(plugin) ? [] : ["PreFilter skip"];
  // DynamicResources skips every pod without claims, so it never comes to accept one.
  const accepts = plugin === "DynamicResources" ? [] : ["Filter accept"];
  const rejects = FILTER_REASONS[plugin]!.map((reason) => `Filter ${reason}`);
  return [...skips, ...(PRE_FILTER[plugin] ?? []), ...accepts, ...rejects];
}

function insufficientResources(): string[] {
  const names = ["cpu", "memory", "ephemeral-storage", "hugepages-NMi", "attachable-volumes-csi-disk.example.com"];
  const extended = ["example.com/gpu", "example.com/fpga", "other.org/nic", "kubernetes.io/batch-cpu"];
  const reasons = ["Too many pods", ...[...names, ...extended].map((name) => `Insufficient ${name}`)];
  return ["Unschedulable", UNRESOLVABLE].flatMap((code) => reasons.map((reason) => `${code}: ${reason}`));
}

/** Tenths of 0 to 99, then 100 by itself. */
function bands(leastTen: number): string[] {
  const tens = Array.from({ length: 10 - leastTen }, (_, index) => (leastTen + index) * 10);
  return [...tens.map((least) => `score ${least}-${least + 9}`), "score 100"];
}
