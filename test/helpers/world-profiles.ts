/** Random KubeSchedulerConfigurations that the real scheduler accepts: profiles, extension points, plugin arguments. */

import { toKubeSchedulerConfiguration } from "../reference/config.js";
import type { Random } from "./random.js";
import { configOf } from "./world-configs.js";
import { defaultConstraintsOf } from "./world-spread.js";
import type { KubeSchedulerConfiguration, PodDraft, WorldContext } from "./world-types.js";

interface PluginSet {
  readonly enabled?: { name: string; weight?: number }[];
  readonly disabled?: { name: string }[];
}
type Plugins = Record<string, PluginSet>;
interface PluginConfig {
  readonly name: string;
  readonly args: Record<string, unknown>;
}

const PROFILES = ["default-scheduler", "batch", "spread-out"];

/** Scores that a profile may go without, or weigh anew. */
const SCORES = [
  "TaintToleration",
  "NodeAffinity",
  "NodeResourcesFit",
  "PodTopologySpread",
  "InterPodAffinity",
  "DynamicResources",
  "NodeResourcesBalancedAllocation",
  "ImageLocality",
];

const FILTERS = [
  "NodeUnschedulable",
  "NodeName",
  "TaintToleration",
  "NodeAffinity",
  "NodePorts",
  "NodeResourcesFit",
  "VolumeRestrictions",
  "NodeVolumeLimits",
  "VolumeBinding",
  "VolumeZone",
  "PodTopologySpread",
  "InterPodAffinity",
  "NodeDeclaredFeatures",
];

/** Plugins without which a profile still answers: nothing else reads what they prepare. */
const OPTIONAL = [
  ...SCORES,
  "NodeUnschedulable",
  "NodeName",
  "NodePorts",
  "VolumeRestrictions",
  "NodeVolumeLimits",
  "VolumeBinding",
  "VolumeZone",
  "DefaultPreemption",
  "NodeDeclaredFeatures",
  "SchedulingGates",
];

export function configurationFor(context: WorldContext): KubeSchedulerConfiguration {
  const { stream, has } = context;
  const random = stream("profiles");
  const names = has("profiles")
    ? random.pick([PROFILES.slice(0, 1), PROFILES.slice(0, 2), PROFILES])
    : PROFILES.slice(0, 1);
  const percentage = has("sampling") ? random.pick([undefined, 0, 1, 10, 50, 70, 100]) : 100;
  return {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    ...(percentage === undefined ? {} : { percentageOfNodesToScore: percentage }),
    ...(has("profiles") && random.chance(20) ? { parallelism: random.pick([1, 8, 16]) } : {}),
    profiles: names.map((schedulerName) => profileOf(schedulerName, context)),
  };
}

/** Pods ask for one of the world's profiles; most for the default one, by name or by saying nothing. */
export function addSchedulerName(pod: PodDraft, config: KubeSchedulerConfiguration, { stream }: WorldContext): void {
  const random = stream("schedulerNames");
  const names = (config.profiles as readonly { schedulerName: string }[]).map(({ schedulerName }) => schedulerName);
  if (random.chance(70)) pod.spec.schedulerName = random.pick(names);
}

function profileOf(schedulerName: string, context: WorldContext): Record<string, unknown> {
  const { stream, has } = context;
  const random = stream("profiles");
  const base = has("config") ? baseOf(context) : { plugins: {}, pluginConfig: [] };
  const merged = has("profiles") ? pluginsOf(base.plugins, random) : base.plugins;
  const plugins = has("points") ? pointsOf(merged, random) : merged;
  const pluginConfig = [...base.pluginConfig, ...argumentsOf(context)];
  return {
    schedulerName,
    ...(Object.keys(plugins).length > 0 ? { plugins } : {}),
    ...(pluginConfig.length > 0 ? { pluginConfig } : {}),
    ...(has("sampling") && random.chance(30) ? { percentageOfNodesToScore: random.pick([0, 5, 30, 100]) } : {}),
  };
}

/** What the plugins that look at nodes and pods alone are configured with. */
function baseOf(context: WorldContext): { plugins: Plugins; pluginConfig: PluginConfig[] } {
  const config = toKubeSchedulerConfiguration(configOf({ ...context, random: context.stream("config") }));
  const [profile] = config.profiles as [{ plugins: Plugins; pluginConfig: PluginConfig[] }];
  return profile;
}

/** Whole plugins off, filters and scores off, weights, and scores that a list of their own moves to the front. */
function pluginsOf(base: Plugins, random: Random): Plugins {
  if (random.chance(20)) return base;
  if (random.chance(10)) return bareProfile(random);
  const plugins: Plugins = { ...base };
  const off = base.multiPoint === undefined && random.chance(35) ? random.some(OPTIONAL, 8) : [];
  if (off.length > 0) plugins.multiPoint = disabling(off);
  if (random.chance(40))
    plugins.score = scoresOf(
      SCORES.filter((name) => !off.includes(name)),
      random,
    );
  if (random.chance(25)) plugins.filter = disabling(random.some(FILTERS, 20));
  if (random.chance(15)) plugins.postFilter = disabling([random.pick(["DefaultPreemption", "DynamicResources", "*"])]);
  return plugins;
}

function scoresOf(names: readonly string[], random: Random): PluginSet {
  const moved = random.some(names, 30);
  const off = random.some(names, 15).filter((name) => !moved.includes(name));
  const enabled = moved.map((name) => ({ name, weight: random.pick([1, 2, 3, 10]) }));
  return { enabled, ...disabling([...off, ...moved]) };
}

/** Plugins that miss one of their points: what one point prepares, another does not find. */
function pointsOf(base: Plugins, random: Random): Plugins {
  // Preemption would meet the same errors, on the nodes in an order that upstream leaves open.
  const plugins: Plugins = { ...base, postFilter: disabling(["*"]) };
  for (const point of ["preFilter", "filter", "preScore", "score"]) {
    const names = point.endsWith("core") ? SCORES : FILTERS;
    if (random.chance(50)) plugins[point] = disabling([...random.some(names, 8), random.pick(names)]);
  }
  return plugins;
}

function disabling(names: readonly string[]): { disabled: { name: string }[] } {
  return { disabled: [...new Set(names)].map((name) => ({ name })) };
}

/** Nothing but what is named; a queue order and a binder there must be. */
function bareProfile(random: Random): Plugins {
  const some = random
    .some(OPTIONAL, 60)
    .map((name) => (random.chance(30) ? { name, weight: random.int(1, 9) } : { name }));
  const enabled = [{ name: "PrioritySort" }, { name: "DefaultBinder" }, ...some];
  return { multiPoint: { enabled, disabled: [{ name: "*" }] } };
}

/** Arguments of the plugins that the world is about. */
function argumentsOf({ stream, has }: WorldContext): PluginConfig[] {
  const random = stream("arguments");
  const isWhole = has("profiles");
  const list: PluginConfig[] = [];
  if ((isWhole || has("interPod")) && random.chance(60)) {
    const hardPodAffinityWeight = random.pick([0, 1, 5, 50, 100]);
    const ignorePreferredTermsOfExistingPods = random.chance(35);
    list.push({ name: "InterPodAffinity", args: { hardPodAffinityWeight, ignorePreferredTermsOfExistingPods } });
  }
  if ((isWhole || has("defaultSpread")) && random.chance(60)) {
    const isSystem = random.chance(25);
    const args = isSystem
      ? { defaultingType: "System" }
      : { defaultingType: "List", defaultConstraints: defaultConstraintsOf(random) };
    list.push({ name: "PodTopologySpread", args });
  }
  if ((isWhole || has("preempt")) && random.chance(40)) {
    // Each of these looks at every candidate of a hundred nodes; with fewer, upstream starts at a random one.
    const [minCandidateNodesPercentage, minCandidateNodesAbsolute] = random.pick([
      [100, 0],
      [0, 500],
      [50, 200],
      [10, 300],
    ])!;
    list.push({ name: "DefaultPreemption", args: { minCandidateNodesPercentage, minCandidateNodesAbsolute } });
  }
  if (isWhole && random.chance(15))
    list.push({ name: "VolumeBinding", args: { bindTimeoutSeconds: random.pick([0, 60, 600]) } });
  if (isWhole && random.chance(10)) list.push({ name: "DynamicResources", args: { filterTimeout: "5s" } });
  return list;
}
