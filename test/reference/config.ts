/** What can be configured in the reference scheduler, and the same thing as the real scheduler's configuration. */

import type { NodeAffinity } from "../../src/kube/objects.js";

/** A `kubescheduler.config.k8s.io/v1` document, as a user writes it. */
export interface KubeSchedulerConfiguration {
  readonly kind: "KubeSchedulerConfiguration";
  readonly [field: string]: unknown;
}

export interface ResourceWeight {
  readonly name: string;
  /** 1 to 100. */
  readonly weight: number;
}

/** One corner of the RequestedToCapacityRatio line: utilization 0 to 100 (percent), score 0 to 10. */
export interface ShapePoint {
  readonly utilization: number;
  readonly score: number;
}

export interface ScoringStrategy {
  readonly type: "LeastAllocated" | "MostAllocated" | "RequestedToCapacityRatio";
  /** Missing or empty: cpu 1, memory 1. */
  readonly resources?: readonly ResourceWeight[];
  /** With RequestedToCapacityRatio only; utilization rises strictly. */
  readonly shape?: readonly ShapePoint[];
}

export interface RefConfig {
  readonly scoringStrategy?: ScoringStrategy;
  readonly ignoredResources?: readonly string[];
  readonly ignoredResourceGroups?: readonly string[];
  /** Missing: cpu and memory. */
  readonly balancedResources?: readonly string[];
  /** Weights of score plugins that differ from the defaults. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Plugins that are off at every extension point. */
  readonly disabled?: readonly string[];
  /** Plugins that are off at Score alone; their PreScore still runs. */
  readonly disabledScores?: readonly string[];
  readonly addedAffinity?: NodeAffinity;
}

export const DEFAULT_RESOURCES: readonly ResourceWeight[] = [
  { name: "cpu", weight: 1 },
  { name: "memory", weight: 1 },
];

/** The same as a document; every node is looked at. */
export function toKubeSchedulerConfiguration(config: RefConfig): KubeSchedulerConfiguration {
  return {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    percentageOfNodesToScore: 100,
    profiles: [
      {
        schedulerName: "default-scheduler",
        plugins: {
          // A default plugin named here keeps its place in the order and takes the weight.
          multiPoint: {
            enabled: Object.entries(config.weights ?? {})
              .filter(([name]) => !config.disabled?.includes(name))
              .map(([name, weight]) => ({ name, weight })),
            disabled: (config.disabled ?? []).map((name) => ({ name })),
          },
          score: { disabled: (config.disabledScores ?? []).map((name) => ({ name })) },
        },
        pluginConfig: pluginConfig(config),
      },
    ],
  };
}

/** What either way of writing says, as a document; undefined where nothing is said. */
export function documentOf(
  config: RefConfig | KubeSchedulerConfiguration | undefined,
): KubeSchedulerConfiguration | undefined {
  if (config === undefined) return undefined;
  return isDocument(config) ? config : toKubeSchedulerConfiguration(config);
}

function isDocument(config: RefConfig | KubeSchedulerConfiguration): config is KubeSchedulerConfiguration {
  return "kind" in config && config.kind === "KubeSchedulerConfiguration";
}

function pluginConfig(config: RefConfig): { name: string; args: Record<string, unknown> }[] {
  const list: { name: string; args: Record<string, unknown> }[] = [];
  const fit: Record<string, unknown> = {};
  if (config.ignoredResources !== undefined) fit.ignoredResources = config.ignoredResources;
  if (config.ignoredResourceGroups !== undefined) fit.ignoredResourceGroups = config.ignoredResourceGroups;
  if (config.scoringStrategy !== undefined) fit.scoringStrategy = strategyArgs(config.scoringStrategy);
  if (Object.keys(fit).length > 0) list.push({ name: "NodeResourcesFit", args: fit });
  if (config.balancedResources !== undefined) {
    const resources = config.balancedResources.map((name) => ({ name, weight: 1 }));
    list.push({ name: "NodeResourcesBalancedAllocation", args: { resources } });
  }
  if (config.addedAffinity !== undefined) {
    list.push({ name: "NodeAffinity", args: { addedAffinity: config.addedAffinity } });
  }
  return list;
}

function strategyArgs(strategy: ScoringStrategy): Record<string, unknown> {
  const args: Record<string, unknown> = { type: strategy.type };
  if (strategy.resources !== undefined) args.resources = strategy.resources;
  if (strategy.shape !== undefined) args.requestedToCapacityRatio = { shape: strategy.shape };
  return args;
}
