/**
 * The plugins that kube-scheduler carries, the extension points each of them implements, and the default profile, by version
 * (pkg/scheduler/framework/plugins/registry.go and apis/config/v1/default_plugins.go, feature gates as released).
 */

/** Extension points of any version, by their names in `profiles[].plugins`, in the order in which a profile lists them. */
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
  "podGroupPostFilter",
] as const;

export type ExtensionPoint = (typeof EXTENSION_POINTS)[number];

/** Points of pod groups. Pods are decided one by one here, so these are read and checked, and nothing else. */
const GROUP_POINTS = ["placementGenerate", "placementScore", "podGroupPostFilter"] as const;

export type PodPoint = Exclude<ExtensionPoint, (typeof GROUP_POINTS)[number]>;

export const POD_POINTS = EXTENSION_POINTS.filter(
  (point): point is PodPoint => !GROUP_POINTS.some((it) => it === point),
);

/** Which extension points each plugin implements, by plugin name. */
export type PluginRegistry = ReadonlyMap<string, readonly ExtensionPoint[]>;

/** What one version of kube-scheduler knows of plugins. */
export interface PluginCatalog {
  /** The points that its configuration has, in the order of {@link EXTENSION_POINTS}. */
  readonly points: readonly ExtensionPoint[];
  readonly plugins: PluginRegistry;
  /** What `multiPoint` enables when the configuration says nothing. A weight of 0 stands for 1. */
  readonly defaults: readonly DefaultPlugin[];
}

export interface DefaultPlugin {
  readonly name: string;
  readonly weight: number;
}

/** Those of 1.36. */
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

/** Those of 1.36. */
export const DEFAULT_PLUGINS: readonly DefaultPlugin[] = [
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

export const CATALOG_1_36: PluginCatalog = {
  points: EXTENSION_POINTS.filter((point) => point !== "podGroupPostFilter"),
  plugins: IN_TREE_PLUGINS,
  defaults: DEFAULT_PLUGINS,
};

export const CATALOG_1_37: PluginCatalog = {
  points: EXTENSION_POINTS,
  plugins: withPoints(IN_TREE_PLUGINS, [
    ["NodeName", ["preFilter"]],
    ["NodeUnschedulable", ["preFilter"]],
    ["TaintToleration", ["preFilter"]],
    ["DynamicResources", ["podGroupPostFilter"]],
    ["DefaultPreemption", ["podGroupPostFilter"]],
    // Registered, but in no default profile while its gate is off.
    ["DeferredPodScheduling", ["preFilter", "filter", "permit"]],
  ]),
  defaults: withMoved(DEFAULT_PLUGINS, "NodeName", "NodeUnschedulable"),
};

/** A catalog and plugins of the user's own: every plugin that a profile may name. */
export function withPlugins(catalog: PluginCatalog, plugins: PluginRegistry = new Map()): PluginCatalog {
  return { ...catalog, plugins: new Map([...catalog.plugins, ...plugins]) };
}

function withPoints(
  plugins: PluginRegistry,
  added: readonly (readonly [string, readonly ExtensionPoint[]])[],
): PluginRegistry {
  const entries = added.map(([name, points]) => [name, [...(plugins.get(name) ?? []), ...points]] as const);
  return new Map([...plugins, ...entries]);
}

function withMoved(plugins: readonly DefaultPlugin[], moved: string, before: string): readonly DefaultPlugin[] {
  const others = plugins.filter(({ name }) => name !== moved);
  const at = others.findIndex(({ name }) => name === before);
  return others.toSpliced(at, 0, ...plugins.filter(({ name }) => name === moved));
}

/** Plugins that earlier releases had and whose names are refused. */
export const REMOVED_PLUGINS: ReadonlySet<string> = new Set([
  "AzureDiskLimits",
  "CinderLimits",
  "EBSLimits",
  "GCEPDLimits",
]);

/** Whether upstream's validation looks for those names at the point; elsewhere they are merely unknown. */
export function isCheckedForRemoved(point: ExtensionPoint): boolean {
  return point !== "placementGenerate" && point !== "placementScore";
}
