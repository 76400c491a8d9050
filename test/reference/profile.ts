/** A KubeSchedulerConfiguration as the framework understands it: which plugins run where, in which order, and with what. */

import type { NodeAffinity, TopologySpreadConstraint } from "../../src/kube/objects.js";
import type { Compat } from "./compat.js";
import { DEFAULT_RESOURCES, type KubeSchedulerConfiguration, type ScoringStrategy } from "./config.js";

export interface PluginArgs {
  readonly scoringStrategy: ScoringStrategy;
  readonly ignoredResources: readonly string[];
  readonly ignoredResourceGroups: readonly string[];
  readonly balancedResources: readonly string[];
  readonly addedAffinity?: NodeAffinity;
  /** Constraints of pods that have none of their own. */
  readonly defaultConstraints: readonly TopologySpreadConstraint[];
  /** The default constraints are the built-in ones, which nodes without a zone do not fall out of. */
  readonly isSystemDefaulted: boolean;
  readonly hardPodAffinityWeight: number;
  readonly ignorePreferredTermsOfExistingPods: boolean;
}

export interface Profile {
  readonly schedulerName: string;
  /** 0: by the size of the cluster. */
  readonly percentageOfNodesToScore: number;
  /** Plugin names in the order in which they run. */
  readonly points: Readonly<Record<Point, readonly string[]>>;
  readonly weights: ReadonlyMap<string, bigint>;
  readonly args: PluginArgs;
}

const POINTS = ["preEnqueue", "preFilter", "filter", "postFilter", "preScore", "score", "reserve"] as const;
export type Point = (typeof POINTS)[number];

interface Enabled {
  readonly name: string;
  readonly weight?: number;
}

interface PluginSet {
  readonly enabled?: readonly Enabled[];
  readonly disabled?: readonly { readonly name: string }[];
}

interface ProfileDocument {
  readonly schedulerName?: string;
  readonly percentageOfNodesToScore?: number;
  readonly plugins?: Readonly<Record<string, PluginSet | undefined>>;
  readonly pluginConfig?: readonly { readonly name: string; readonly args?: unknown }[];
}

/** Every plugin of the default profile, with its weight where it has one, and the points that it takes part in. */
function defaultPlugins(compat: Compat): { name: string; weight?: number; points: readonly Point[] }[] {
  const preFilterSince137: Point[] = compat === "1.36" ? [] : ["preFilter"];
  const nodeUnschedulable = { name: "NodeUnschedulable", points: [...preFilterSince137, "filter"] as Point[] };
  const nodeName = { name: "NodeName", points: [...preFilterSince137, "filter"] as Point[] };
  return [
    { name: "SchedulingGates", points: ["preEnqueue"] },
    { name: "PrioritySort", points: [] },
    ...(compat === "1.36" ? [nodeUnschedulable, nodeName] : [nodeName, nodeUnschedulable]),
    { name: "TaintToleration", weight: 3, points: [...preFilterSince137, "filter", "preScore", "score"] },
    { name: "NodeAffinity", weight: 2, points: ["preFilter", "filter", "preScore", "score"] },
    { name: "NodePorts", points: ["preFilter", "filter"] },
    { name: "NodeResourcesFit", weight: 1, points: ["preFilter", "filter", "preScore", "score"] },
    { name: "VolumeRestrictions", points: ["preFilter", "filter"] },
    { name: "NodeVolumeLimits", points: ["preFilter", "filter"] },
    { name: "VolumeBinding", points: ["preFilter", "filter", "preScore", "score", "reserve"] },
    { name: "VolumeZone", points: ["preFilter", "filter"] },
    { name: "PodTopologySpread", weight: 2, points: ["preFilter", "filter", "preScore", "score"] },
    { name: "InterPodAffinity", weight: 2, points: ["preFilter", "filter", "preScore", "score"] },
    {
      name: "DynamicResources",
      weight: 2,
      points: ["preEnqueue", "preFilter", "filter", "postFilter", "score", "reserve"],
    },
    { name: "DefaultPreemption", points: ["preEnqueue", "postFilter"] },
    { name: "NodeResourcesBalancedAllocation", weight: 1, points: ["preScore", "score"] },
    { name: "ImageLocality", weight: 1, points: ["score"] },
    { name: "DefaultBinder", points: [] },
    { name: "NodeDeclaredFeatures", points: ["preFilter", "filter"] },
  ];
}

/** By scheduler name. The document is taken to be valid. A share of nodes that it does not name is 100, where upstream's is 0. */
export function profilesOf(document: KubeSchedulerConfiguration | undefined, compat: Compat): Map<string, Profile> {
  const list = (document?.profiles ?? []) as readonly ProfileDocument[];
  const global = (document?.percentageOfNodesToScore ?? 100) as number;
  const profiles = (list.length === 0 ? [{}] : list).map((profile) => profileOf(profile, global, compat));
  return new Map(profiles.map((profile) => [profile.schedulerName, profile]));
}

function profileOf(document: ProfileDocument, percentage: number, compat: Compat): Profile {
  const { multiPoint = {}, ...specific } = document.plugins ?? {};
  const everywhere = mergeWithDefaults(multiPoint, compat);
  const known = defaultPlugins(compat);
  const points = POINTS.map((point) => {
    const candidates = everywhere.filter(({ name }) => known.find((one) => one.name === name)?.points.includes(point));
    return [point, expand(candidates, specific[point] ?? {})] as const;
  });
  const weights = new Map<string, bigint>();
  for (const { name, weight } of [...(specific.score?.enabled ?? []), ...everywhere]) {
    if (!weights.has(name)) weights.set(name, BigInt(weight || 1));
  }
  return {
    schedulerName: document.schedulerName ?? "default-scheduler",
    percentageOfNodesToScore: document.percentageOfNodesToScore ?? percentage,
    points: Object.fromEntries(points) as unknown as Record<Point, readonly string[]>,
    weights,
    args: pluginArgs(document.pluginConfig ?? []),
  };
}

/** A default plugin that is named keeps its place and takes what is said about it; others come behind. */
function mergeWithDefaults({ enabled = [], disabled = [] }: PluginSet, compat: Compat): Enabled[] {
  const off = new Set(disabled.map(({ name }) => name));
  const defaults = off.has("*") ? [] : defaultPlugins(compat).filter(({ name }) => !off.has(name));
  const replaced = new Set(defaults.map(({ name }) => name));
  return [
    ...defaults.map((plugin) => enabled.find(({ name }) => name === plugin.name) ?? plugin),
    ...enabled.filter(({ name }) => !replaced.has(name)),
  ];
}

/**
 * The order at one point: plugins that are enabled both there and everywhere, as they stand there; then those that are
 * enabled everywhere; then those that are enabled there alone.
 */
function expand(everywhere: readonly Enabled[], { enabled = [], disabled = [] }: PluginSet): string[] {
  const off = new Set(disabled.map(({ name }) => name));
  const here = enabled.map(({ name }) => name);
  const others = off.has("*") ? [] : everywhere.map(({ name }) => name).filter((name) => !off.has(name));
  return [
    ...here.filter((name) => others.includes(name)),
    ...others.filter((name) => !here.includes(name)),
    ...here.filter((name) => !others.includes(name)),
  ];
}

const SYSTEM_CONSTRAINTS: readonly TopologySpreadConstraint[] = [
  { maxSkew: 3, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" },
  { maxSkew: 5, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway" },
];

interface ScoringStrategyDocument extends ScoringStrategy {
  readonly requestedToCapacityRatio?: Pick<ScoringStrategy, "shape">;
}

/** The fields of all args that matter here; their names do not collide. */
interface ArgsDocument {
  readonly scoringStrategy?: ScoringStrategyDocument;
  readonly ignoredResources?: readonly string[];
  readonly ignoredResourceGroups?: readonly string[];
  readonly addedAffinity?: NodeAffinity;
  readonly resources?: readonly { readonly name: string }[];
  readonly defaultingType?: string;
  readonly defaultConstraints?: readonly TopologySpreadConstraint[];
  readonly hardPodAffinityWeight?: number;
  readonly ignorePreferredTermsOfExistingPods?: boolean;
}

function pluginArgs(configs: readonly { readonly name: string; readonly args?: unknown }[]): PluginArgs {
  const argsOf = (plugin: string): ArgsDocument => configs.find(({ name }) => name === plugin)?.args ?? {};
  const fit = argsOf("NodeResourcesFit");
  const spread = argsOf("PodTopologySpread");
  const interPod = argsOf("InterPodAffinity");
  const balanced = argsOf("NodeResourcesBalancedAllocation").resources ?? [];
  const { addedAffinity } = argsOf("NodeAffinity");
  const isSystemDefaulted = spread.defaultingType !== "List";
  return {
    scoringStrategy: scoringStrategy(fit.scoringStrategy),
    ignoredResources: fit.ignoredResources ?? [],
    ignoredResourceGroups: fit.ignoredResourceGroups ?? [],
    balancedResources: (balanced.length === 0 ? DEFAULT_RESOURCES : balanced).map(({ name }) => name),
    ...(addedAffinity && { addedAffinity }),
    defaultConstraints: isSystemDefaulted ? SYSTEM_CONSTRAINTS : (spread.defaultConstraints ?? []),
    isSystemDefaulted,
    hardPodAffinityWeight: interPod.hardPodAffinityWeight ?? 1,
    ignorePreferredTermsOfExistingPods: interPod.ignorePreferredTermsOfExistingPods ?? false,
  };
}

function scoringStrategy(document: ScoringStrategyDocument = { type: "LeastAllocated" }): ScoringStrategy {
  const { type, resources = [], requestedToCapacityRatio } = document;
  return {
    type: type ?? "LeastAllocated",
    resources: resources.length === 0 ? DEFAULT_RESOURCES : resources,
    ...(requestedToCapacityRatio?.shape && { shape: requestedToCapacityRatio.shape }),
  };
}
