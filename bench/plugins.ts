/**
 * Every plugin by itself: one filter or score of one pod over all nodes, with what is prepared once a pod, and preemption's
 * dry run. Several passes over all plugins, one after the other; a figure is the median of them.
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import type { Cluster, Scheduler } from "../src/index.js";
import { VERSIONS } from "../src/scheduler/compat.js";
import type { ReadyProfile } from "../src/scheduler/profiles.js";
import type { Subject } from "../src/scheduler/subject.js";
import type { Built } from "./built.js";
import { type PluginWorld, pluginWorld, type Scene, scenesOf } from "./plugin-scenes.js";
import type { Figure } from "./report.js";
import { type Budget, type Sampled, sample } from "./sampling.js";

/** A dry run takes victims away and back on every node: it is not measured on larger clusters. */
const MOST_DRY_NODES = 5_000;
const VERSION = VERSIONS["1.36"];

/** One plugin, ready to be run as often as wanted. */
interface Trial {
  readonly scene: Scene;
  /** Not timed: what comes before the plugin in a cycle. */
  readonly before: () => void;
  readonly run: () => void;
  /** What came of the last run, to be compared. */
  readonly answer: () => readonly unknown[];
}

/** @param passes over all plugins; a count. @throws AssertionError where both binaries do not agree */
export function measurePlugins(
  built: Built,
  nodeCount: number,
  { budget, passes, seed }: { readonly budget: Budget; readonly passes: number; readonly seed: string },
): Figure[] {
  const world = pluginWorld(nodeCount, seed);
  using cluster = clusterOf(built, world, false);
  using twin = clusterOf(built, world, true);
  const scenes = scenesOf(seed).filter(({ phase }) => phase !== "dry run" || nodeCount <= MOST_DRY_NODES);
  const trials = scenes.map((scene) => {
    const trial = trialOf(built, cluster, scene);
    assertAlike(trial, trialOf(built, twin, scene), nodeCount);
    return trial;
  });
  const sampled = trials.map((): Sampled[] => []);
  for (let pass = 0; pass < passes; pass++) {
    for (const [index, { scene, before, run }] of trials.entries()) {
      sampled[index]!.push(sample(nameOf(scene), { before, run }, budget));
    }
  }
  return trials.map(({ scene }, index) => figureOf(scene, nodeCount, sampled[index]!));
}

function clusterOf(built: Built, { nodes, bound, objects }: PluginWorld, scalar: boolean): Cluster {
  const cluster = new built.library.Cluster({ module: built.core.coreModule({ scalar }) });
  for (const object of objects) cluster.upsertObject(object);
  for (const node of nodes) cluster.upsertNode(node);
  for (const pod of bound) cluster.upsertPod(pod);
  return cluster;
}

function nameOf({ plugin, phase }: Scene): string {
  return `${plugin}, ${phase}`;
}

/** The median run of the median pass. */
function figureOf(scene: Scene, nodes: number, sampled: readonly Sampled[]): Figure {
  const sorted = sampled.toSorted((one, other) => one.p50Ns - other.p50Ns);
  const { p50Ns, p99Ns, samples } = sorted[Math.floor(sorted.length / 2)]!;
  return { name: nameOf(scene), boundary: "plugin", nodes, nsANode: p50Ns / nodes, p50Ns, p99Ns, samples };
}

function trialOf(built: Built, cluster: Cluster, scene: Scene): Trial {
  if (scene.phase === "dry run") return dryRunOf(new built.library.Scheduler(cluster), scene);
  const config = scene.phase === "score" ? scoringAlone(scene.plugin) : undefined;
  const ready = built.profiles.readyProfiles(cluster, config, [], VERSION).get("default-scheduler")!;
  return scene.phase === "filter" ? filterOf(built, cluster, ready, scene) : scoreOf(built, cluster, ready, scene);
}

function filterOf(built: Built, cluster: Cluster, ready: ReadyProfile, scene: Scene): Trial {
  const { engine } = cluster.state;
  return {
    scene,
    before: () => {},
    run: () => ready.phases.filterBy(prepare(built, cluster, ready, scene), scene.plugin),
    answer: () => [...engine.bytesOf(engine.ids.COLUMN_VERDICT)].map((verdict) => verdict === 0),
  };
}

/** With all nodes feasible, so that every one is scored. */
function scoreOf(built: Built, cluster: Cluster, ready: ReadyProfile, scene: Scene): Trial {
  const { engine, bySlot } = cluster.state;
  const names = new Set(bySlot.map((record) => record?.name ?? ""));
  const subject = prepare(built, cluster, ready, scene);
  return {
    scene,
    before: () => ready.phases.restrictTo(names),
    run: () => ready.phases.score(subject),
    answer: () => [...engine.doublesOf(engine.ids.COLUMN_TOTAL)],
  };
}

function dryRunOf(scheduler: Scheduler, scene: Scene): Trial {
  let found: ReturnType<Scheduler["preempt"]> | undefined;
  return {
    scene,
    before: () => {},
    run: () => {
      found = scheduler.preempt(scene.pod);
    },
    answer: () => [
      found?.node,
      ...(found?.candidates ?? []).map(({ victims }) => victims.map(({ key }) => key).join()),
    ],
  };
}

function prepare({ nodePlugins }: Built, { state }: Cluster, ready: ReadyProfile, { pod }: Scene): Subject {
  const { classes, relations, phases, profile } = ready;
  return {
    pod,
    podClass: classes.of(state.shapes.of(pod)),
    relations: relations.of(pod),
    nodeFilters: nodePlugins.prepareNodeFilters(state, pod, profile, VERSION, false),
    removed: [],
    states: phases.users.prepare(pod),
  };
}

/** The default profile, but for the score plugins. */
function scoringAlone(plugin: string): object {
  const score = { disabled: [{ name: "*" }], enabled: [{ name: plugin, weight: 1 }] };
  return { profiles: [{ plugins: { score } }] };
}

/** Both binaries say the same, and do not say the same of every node. */
function assertAlike(fast: Trial, boring: Trial, nodeCount: number): void {
  const [one, other] = [fast, boring].map(({ before, run, answer }) => {
    before();
    run();
    return answer();
  });
  deepStrictEqual(one, other, `${nameOf(fast.scene)} at ${nodeCount} nodes`);
  ok(new Set(one).size > 1, `${nameOf(fast.scene)} at ${nodeCount} nodes says the same of every node`);
}
