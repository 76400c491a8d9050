/**
 * Random clusters for comparing schedulers: a seed gives the same world on every machine. Objects are what a scheduler
 * sees, not what a user writes: nothing is defaulted, and odd values that an API server would refuse occur on purpose.
 */

import type { Node, Pod } from "../../src/kube/objects.js";
import { type Random, randomOf } from "./random.js";
import { preferOnly } from "./world-affinity.js";
import { configOf } from "./world-configs.js";
import { addDeclaredFeatures, addFeatureUse } from "./world-features.js";
import { addPodAffinity, namespacesOf } from "./world-inter-pod.js";
import { addLabels, addTopology, type Topology, topologyOf } from "./world-labels.js";
import { addAllImages, addSoftTaints, addSquareRoom, nodeOf } from "./world-nodes.js";
import { addLopsidedDemand, boundPodOf, incomingPodOf } from "./world-pods.js";
import {
  addNomination,
  addPriority,
  addSmallRoom,
  type PreemptionPlan,
  podDisruptionBudgetsOf,
  preemptionPlanOf,
  priorityClassesOf,
  startTimeOf,
} from "./world-preemption.js";
import { addSchedulerName, configurationFor } from "./world-profiles.js";
import { addOwner, addSpread, ownersOf } from "./world-spread.js";
import { storageOf } from "./world-storage.js";
import {
  ALL_THEMES,
  ENGINE_THEMES,
  type KubeSchedulerConfiguration,
  type NodeDraft,
  type PodDraft,
  type PodRole,
  type Theme,
  type World,
  type WorldContext,
  type WorldObjects,
  type WorldOptions,
} from "./world-types.js";
import { addDriverLabels, addVolumes, type ClaimPool, claimPoolOf } from "./world-volumes.js";

export type { Theme, World, WorldOptions };
export { ALL_THEMES, ENGINE_THEMES };

export function worldOf(seed: string, options: WorldOptions = {}): World {
  const random = randomOf(seed);
  const themes = new Set<Theme>(options.themes ?? drawThemes(random, options.among ?? ENGINE_THEMES));
  const nodeCount = options.nodes ?? drawNodeCount(random, themes);
  const nodeNames = Array.from({ length: nodeCount }, (_, index) => `n${index}`);
  const context = contextOf(seed, random, nodeNames, themes);
  const plan: Plan = {
    context,
    topology: topologyOf(context),
    hasMildAffinity: context.has("affinity") && context.stream("affinity").chance(40),
    hasAllImages: context.has("images") && context.stream("images").chance(45),
    isLopsided: context.has("tight") && context.stream("tight").chance(15),
    preemption: preemptionPlanOf(context),
    hasSoftTaints: context.has("taints") && context.stream("taints").chance(25),
    pool: context.has("volumes") ? claimPoolOf(context) : undefined,
    configuration: needsConfiguration(context) ? configurationFor(context) : undefined,
  };
  const nodes = nodeNames.map((name) => themedNode(nodeOf(name, context), plan));
  const pods = random.list(0, drawMostPods(nodeCount, context), (index) =>
    themedPod(boundPodOf(`b${index}`, context), "bound", plan, index),
  );
  const incoming = Array.from({ length: options.incoming ?? random.int(1, 10) }, (_, index) =>
    themedPod(incomingPodOf(`p${index}`, context), "incoming", plan, index),
  );
  const config = plan.configuration ?? (context.has("config") ? configOf(context) : undefined);
  const objects = objectsOf(plan);
  return {
    nodes,
    pods,
    incoming,
    ...(config && { config }),
    ...(objects && { objects }),
    ...(context.has("preempt") && !context.has("sampling") ? { mode: "preempt" } : {}),
    ...(context.has("sampling") ? { sampling: true } : {}),
  };
}

/** What the makers of a world share. */
interface Plan {
  readonly context: WorldContext;
  readonly topology: Topology;
  readonly hasSoftTaints: boolean;
  readonly hasMildAffinity: boolean;
  readonly hasAllImages: boolean;
  readonly isLopsided: boolean;
  readonly preemption: PreemptionPlan;
  readonly pool: ClaimPool | undefined;
  readonly configuration: KubeSchedulerConfiguration | undefined;
}

const TOPOLOGY_THEMES: readonly Theme[] = ["spread", "defaultSpread", "interPod", "volumes", "preempt", "sampling"];
const LABEL_THEMES: readonly Theme[] = ["spread", "defaultSpread", "interPod", "preempt"];

function contextOf(
  seed: string,
  random: Random,
  nodeNames: readonly string[],
  themes: ReadonlySet<Theme>,
): WorldContext {
  const streams = new Map<string, Random>();
  const stream = (name: string): Random => {
    const known = streams.get(name);
    if (known !== undefined) return known;
    const fresh = randomOf(`${seed}/${name}`);
    streams.set(name, fresh);
    return fresh;
  };
  return { random, nodeNames, has: (theme) => themes.has(theme), stream };
}

/** One, a few, or a mixture: the more there are, the more of a world's pods are rejected before anything is scored. */
function drawThemes(random: Random, among: readonly Theme[]): Theme[] {
  if (random.chance(35)) return [random.pick(among)];
  if (random.chance(50)) return random.list(2, 3, () => random.pick(among));
  return random.some(among, random.pick([20, 40, 60]));
}

function drawNodeCount(random: Random, themes: ReadonlySet<Theme>): number {
  if (themes.has("sampling") && random.chance(12)) return random.int(100, 250);
  if (random.chance(94)) return random.pick([0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20]);
  return random.int(21, 200);
}

function drawMostPods(nodeCount: number, { stream, has }: WorldContext): number {
  if (LABEL_THEMES.some(has) && stream("size").chance(4)) return Math.min(20 * nodeCount, 500);
  const usual = Math.min(3 * nodeCount, 100);
  return has("preempt") ? Math.max(usual, Math.min(8 * nodeCount, 60)) : usual;
}

function needsConfiguration({ has, stream }: WorldContext): boolean {
  if (has("profiles") || has("points") || has("sampling")) return true;
  return (has("defaultSpread") || has("interPod") || has("preempt")) && stream("configuration").chance(50);
}

function themedNode(node: Node, { context, topology, hasSoftTaints, hasAllImages, isLopsided }: Plan): Node {
  const { has } = context;
  const draft = node as NodeDraft;
  if (TOPOLOGY_THEMES.some(has)) addTopology(draft, topology, context);
  if (has("volumes")) addDriverLabels(draft, context);
  if (has("preempt")) addSmallRoom(draft, context);
  if (isLopsided) addSquareRoom(draft, context);
  if (hasAllImages) addAllImages(draft, context);
  if (hasSoftTaints) addSoftTaints(draft, context);
  if (has("declaredFeatures")) addDeclaredFeatures(draft, context);
  return draft;
}

function themedPod(pod: Pod, role: PodRole, plan: Plan, index: number): Pod {
  const { context, pool, preemption, hasMildAffinity, isLopsided, configuration } = plan;
  const { has } = context;
  const draft = { ...pod, status: { ...pod.status } } as PodDraft;
  if (role === "bound") draft.status.startTime = startTimeOf(index);
  if (isLopsided) addLopsidedDemand(draft, role, context);
  if (hasMildAffinity) preferOnly(draft, context);
  if (LABEL_THEMES.some(has)) addLabels(draft, context);
  if (has("spread")) addSpread(draft, context);
  if (has("defaultSpread")) addOwner(draft, context);
  if (has("interPod")) addPodAffinity(draft, role, context);
  if (has("declaredFeatures")) addFeatureUse(draft, context);
  if (pool !== undefined) addVolumes(draft, role, pool, context);
  if (has("preempt")) addPriority(draft, role, preemption, context);
  if (has("nominated") && role === "bound") addNomination(draft, context);
  if (has("dra") && context.stream("dra").chance(50)) draft.spec.resourceClaims = [];
  if (configuration !== undefined) addSchedulerName(draft, configuration, context);
  return draft as Pod;
}

function objectsOf({ context, pool }: Plan): WorldObjects | undefined {
  const { has } = context;
  const objects: WorldObjects = {
    ...(has("interPod") && { namespaces: namespacesOf(context) }),
    ...(has("defaultSpread") && ownersOf(context)),
    ...(has("preempt") && {
      podDisruptionBudgets: podDisruptionBudgetsOf(context),
      priorityClasses: priorityClassesOf(),
    }),
    ...(pool && withClaims(storageOf(pool.isPlenty, context), pool)),
  };
  return Object.keys(objects).length > 0 ? objects : undefined;
}

function withClaims(storage: WorldObjects, { claims }: ClaimPool): WorldObjects {
  const bound = claims.flatMap(({ volume }) => (volume === undefined ? [] : [volume]));
  return {
    ...storage,
    persistentVolumes: [...(storage.persistentVolumes ?? []), ...bound],
    persistentVolumeClaims: claims.map(({ object }) => object),
  };
}
