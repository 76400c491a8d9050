/** Random scheduler configurations that the real scheduler accepts. */

import type { RefConfig, ResourceWeight, ScoringStrategy, ShapePoint } from "../reference/config.js";
import { termOf } from "./world-affinity.js";
import type { WorldContext } from "./world-types.js";
import { COUNTED } from "./world-vocabulary.js";

const SCORE_PLUGINS = [
  "TaintToleration",
  "NodeAffinity",
  "NodeResourcesFit",
  "NodeResourcesBalancedAllocation",
  "ImageLocality",
];
const PLUGINS = [...SCORE_PLUGINS, "NodeUnschedulable", "NodeName", "NodePorts", "SchedulingGates"];

export function configOf(context: WorldContext): RefConfig {
  const { random } = context;
  const config: { -readonly [K in keyof RefConfig]: RefConfig[K] } = {};
  if (random.chance(75)) config.scoringStrategy = strategyOf(context);
  if (random.chance(40)) config.balancedResources = ["cpu", "memory", ...random.some(COUNTED, 30)];
  if (random.chance(40)) config.weights = weightsOf(context);
  if (random.chance(25)) config.disabled = random.some(PLUGINS, 15);
  if (random.chance(20)) config.disabledScores = random.some(SCORE_PLUGINS, 25);
  if (random.chance(30)) config.addedAffinity = addedAffinityOf(context);
  if (random.chance(30)) config.ignoredResources = random.some(COUNTED, 30);
  if (random.chance(20)) config.ignoredResourceGroups = random.some(["example.com", "other.org", "kubernetes.io"], 50);
  return config;
}

function strategyOf({ random }: WorldContext): ScoringStrategy {
  const type = random.pick(["LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"] as const);
  const others = random.some(COUNTED, 35);
  const names = random.chance(85) ? ["cpu", "memory", ...others] : others;
  const resources: ResourceWeight[] = names.map((name) => ({ name, weight: random.pick([1, 1, 2, 3, 7, 100]) }));
  return {
    type,
    ...(random.chance(70) ? { resources } : {}),
    ...(type === "RequestedToCapacityRatio"
      ? {
          shape: shapeOf(
            random.list(0, 4, () => random.int(1, 100)),
            random.int,
          ),
        }
      : {}),
  };
}

/** Utilizations must rise strictly; scores may go up and down. */
function shapeOf(utilizations: readonly number[], int: (min: number, max: number) => number): ShapePoint[] {
  const rising = [...new Set([int(0, 1) * 100, ...utilizations])].sort((left, right) => left - right);
  return rising.map((utilization) => ({ utilization, score: int(0, 10) }));
}

function weightsOf({ random }: WorldContext): Record<string, number> {
  return Object.fromEntries(random.some(SCORE_PLUGINS, 50).map((name) => [name, random.pick([1, 2, 5, 10, 1000])]));
}

/** The real scheduler refuses an added affinity that it cannot parse, so nothing odd is in it. */
function addedAffinityOf(context: WorldContext): NonNullable<RefConfig["addedAffinity"]> {
  const { random } = context;
  const required = { nodeSelectorTerms: random.list(1, 2, () => termOf(context, 0)) };
  const preferred = random.list(1, 2, () => ({ weight: random.int(1, 100), preference: termOf(context, 0) }));
  return {
    ...(random.chance(60) ? { requiredDuringSchedulingIgnoredDuringExecution: required } : {}),
    ...(random.chance(60) ? { preferredDuringSchedulingIgnoredDuringExecution: preferred } : {}),
  };
}
