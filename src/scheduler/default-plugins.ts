/**
 * The plugins that kube-scheduler 1.36 carries, the extension points each of them implements, and the default profile
 * (k8s 1.36 pkg/scheduler/framework/plugins/registry.go and apis/config/v1/default_plugins.go, feature gates as released).
 */

/** Extension points, by their names in `profiles[].plugins`, in the order in which a profile lists them. */
export const EXTENSION_POINTS = [
  "preEnqueue",
  "queueSort",
  "preFilter",
  "filter",
  "postFilter",
  "preScore",
  "score",
  "reserve",
  "permit",
  "preBind",
  "bind",
  "postBind",
  "placementGenerate",
  "placementScore",
] as const;

export type ExtensionPoint = (typeof EXTENSION_POINTS)[number];

/** Which extension points each plugin implements, by plugin name. */
export type PluginRegistry = ReadonlyMap<string, readonly ExtensionPoint[]>;

export const IN_TREE_PLUGINS: PluginRegistry = new Map<string, readonly ExtensionPoint[]>([
  ["SchedulingGates", ["preEnqueue"]],
  ["PrioritySort", ["queueSort"]],
  ["NodeUnschedulable", ["filter"]],
  ["NodeName", ["filter"]],
  ["TaintToleration", ["filter", "preScore", "score"]],
  ["NodeAffinity", ["preFilter", "filter", "preScore", "score"]],
  ["NodePorts", ["preFilter", "filter"]],
  ["NodeResourcesFit", ["preFilter", "filter", "preScore", "score", "placementScore"]],
  ["VolumeRestrictions", ["preFilter", "filter"]],
  ["NodeVolumeLimits", ["preFilter", "filter"]],
  ["VolumeBinding", ["preFilter", "filter", "preScore", "score", "reserve", "preBind"]],
  ["VolumeZone", ["preFilter", "filter"]],
  ["PodTopologySpread", ["preFilter", "filter", "preScore", "score"]],
  ["InterPodAffinity", ["preFilter", "filter", "preScore", "score"]],
  ["DynamicResources", ["preEnqueue", "preFilter", "filter", "postFilter", "score", "reserve", "preBind"]],
  ["DefaultPreemption", ["preEnqueue", "postFilter"]],
  ["NodeResourcesBalancedAllocation", ["preScore", "score"]],
  ["ImageLocality", ["score"]],
  ["DefaultBinder", ["bind"]],
  ["NodeDeclaredFeatures", ["preFilter", "filter"]],
  // Registered, but in no default profile while their gates are off.
  ["GangScheduling", ["preEnqueue", "permit"]],
  ["TopologyPlacementGenerator", ["placementGenerate"]],
  ["PodGroupPodsCount", ["placementScore"]],
]);

/** What `multiPoint` enables when the configuration says nothing. A weight of 0 stands for 1. */
export const DEFAULT_PLUGINS: readonly { readonly name: string; readonly weight: number }[] = [
  { name: "SchedulingGates", weight: 0 },
  { name: "PrioritySort", weight: 0 },
  { name: "NodeUnschedulable", weight: 0 },
  { name: "NodeName", weight: 0 },
  { name: "TaintToleration", weight: 3 },
  { name: "NodeAffinity", weight: 2 },
  { name: "NodePorts", weight: 0 },
  { name: "NodeResourcesFit", weight: 1 },
  { name: "VolumeRestrictions", weight: 0 },
  { name: "NodeVolumeLimits", weight: 0 },
  { name: "VolumeBinding", weight: 0 },
  { name: "VolumeZone", weight: 0 },
  { name: "PodTopologySpread", weight: 2 },
  { name: "InterPodAffinity", weight: 2 },
  { name: "DynamicResources", weight: 2 },
  { name: "DefaultPreemption", weight: 0 },
  { name: "NodeResourcesBalancedAllocation", weight: 1 },
  { name: "ImageLocality", weight: 1 },
  { name: "DefaultBinder", weight: 0 },
  { name: "NodeDeclaredFeatures", weight: 0 },
];

/** Plugins that earlier releases had and whose names are refused. */
export const REMOVED_PLUGINS: ReadonlySet<string> = new Set([
  "AzureDiskLimits",
  "CinderLimits",
  "EBSLimits",
  "GCEPDLimits",
]);
