/** What an extender decides by: the profiles of a configuration, or packing tightly where there is none. */

import type { Cluster } from "../cluster/cluster.js";
import { decodeConfig, type SchedulerConfig } from "../scheduler/config.js";
import { type Plugin, registryOf } from "../scheduler/plugin.js";
import { buildProfiles, defaultProfile, type Profile } from "../scheduler/profile.js";
import { Scheduler } from "../scheduler/scheduler.js";
import { STRATEGIES } from "../scheduler/strategies.js";
import { weightSumOf } from "./score-map.js";

export interface Deciding {
  /** The filters and scores of the extender. */
  readonly scheduler: Scheduler;
  /** A whole scheduler, for the questions of people and autoscalers: would it fit? */
  readonly whole: Scheduler;
  readonly schedulerNames: readonly string[];
  readonly weightSums: ReadonlyMap<string, number>;
  /** The weight for `extenders[].weight` at which the scores count as much as all of the scheduler's own together. */
  readonly suggestedWeight: number;
}

/**
 * @param config a KubeSchedulerConfiguration as an object
 * @param managed resources whose use packs, too, where there is no configuration
 * @throws IssuesError ERR_CONFIG; StowageError ERR_PLUGIN
 */
export function decideBy(
  cluster: Cluster,
  config: object | undefined,
  plugins: readonly Plugin[],
  managed: readonly string[],
): Deciding {
  // What extenders[] says is for kube-scheduler: here the managed resources count like any other.
  const { extenders: _, ...own } = (config ?? packingConfig(plugins, managed)) as { readonly extenders?: unknown };
  const { compat } = cluster;
  const scheduler = new Scheduler(cluster, { config: own, plugins });
  const whole = config === undefined ? new Scheduler(cluster, { config: wholeConfig(plugins), plugins }) : scheduler;
  const registry = registryOf(plugins);
  const decoded: SchedulerConfig = decodeConfig(own, { plugins: registry, compat }).config;
  const profiles = buildProfiles(decoded, { plugins: registry, compat });
  const inTree = config === undefined ? [defaultProfile(compat)] : profiles;
  return {
    scheduler,
    whole,
    schedulerNames: profiles.map(({ schedulerName }) => schedulerName),
    weightSums: new Map(profiles.map((profile) => [profile.schedulerName, weightSumOf(profile)])),
    suggestedWeight: Math.max(1, ...inTree.map((profile) => inTreeWeightSum(profile, registry))),
  };
}

function inTreeWeightSum({ score }: Profile, users: ReturnType<typeof registryOf>): number {
  return weightSumOf({ score: score.filter(({ name }) => !users.has(name)) });
}

/** No filter but the user's, for the scheduler has asked its own; the fullest node first. */
function packingConfig(plugins: readonly Plugin[], managed: readonly string[]): object {
  const disabled = [{ name: "*" }];
  const resources = ["cpu", "memory", ...managed].map((name) => ({ name, weight: 1 }));
  return profileConfig({
    plugins: {
      preFilter: { disabled },
      filter: { disabled, enabled: having("filter", plugins) },
      score: { disabled, enabled: [{ name: "NodeResourcesFit", weight: 1 }, ...having("score", plugins)] },
    },
    pluginConfig: [{ name: "NodeResourcesFit", args: { scoringStrategy: { type: "MostAllocated", resources } } }],
  });
}

/** All of kube-scheduler's own filters, and the user's. */
function wholeConfig(plugins: readonly Plugin[]): object {
  const [profile] = (STRATEGIES.most as { readonly profiles: readonly object[] }).profiles;
  return profileConfig({
    ...profile,
    plugins: { filter: { enabled: having("filter", plugins) }, score: { enabled: having("score", plugins) } },
  });
}

/** The plugins with this extension point, as a configuration enables them. */
function having(point: "filter" | "score", plugins: readonly Plugin[]): { name: string; weight?: number }[] {
  const those = plugins.filter((plugin) => plugin[point] !== undefined);
  return those.map(({ name, weight = 1 }) => (point === "score" ? { name, weight } : { name }));
}

function profileConfig(profile: object): object {
  return { profiles: [{ schedulerName: "default-scheduler", ...profile }] };
}
