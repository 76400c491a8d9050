/** A world set up for measuring: a cluster with its load, and the check that what will be timed answers rightly. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Cluster, Decision, Plugin, Scheduler } from "../src/index.js";
import type { Node } from "../src/kube/objects.js";
import type { Built } from "./built.js";
import { configOf, type Family, type WorldKind, worldLoad, worldNodes, worldPods } from "./worlds.js";

/** So many placements of a family are compared before it is timed. */
const COMPARED = 100;
/** Pods that stay while a family is timed, with numbers of their own. */
const RESIDENTS = 16;
const RESIDENTS_FROM = 1_000_000;

/** The seed of every scheduler here: of draws between equals, not of the world. */
export const SCHEDULER_SEED = 1;

export interface Stage {
  readonly built: Built;
  readonly seed: string;
  readonly nodes: readonly Node[];
  /** What is measured. */
  readonly cluster: Cluster;
  /** The same world on the scalar binary, decided phase by phase. */
  readonly twin: Cluster;
}

export function setStage(built: Built, nodeCount: number, kind: WorldKind, seed: string): Stage {
  const nodes = worldNodes(nodeCount, kind, seed);
  const load = worldLoad(nodes, seed);
  const make = (module: WebAssembly.Module): Cluster => {
    const cluster = new built.library.Cluster({ module });
    for (const node of nodes) cluster.upsertNode(node);
    for (const { pod, node } of load) cluster.assume(pod, node);
    return cluster;
  };
  const twin = make(built.core.coreModule({ scalar: true }));
  return { built, seed, nodes, cluster: make(built.core.coreModule()), twin };
}

export function schedulerOf(stage: Stage, family: Family): Scheduler {
  const { tieBreak = "first" } = family;
  return new stage.built.library.Scheduler(stage.cluster, { config: configOf(family), seed: SCHEDULER_SEED, tieBreak });
}

/** A plugin outside the core that lets everything pass: a profile with it is decided phase by phase. */
const OUTSIDE: Plugin = { name: "Outside", filter: () => undefined };

function twinScheduler({ built, twin }: Stage, family: Family): Scheduler {
  const { tieBreak = "first" } = family;
  const config = configOf(family, OUTSIDE.name);
  return new built.library.Scheduler(twin, { config, plugins: [OUTSIDE], seed: SCHEDULER_SEED, tieBreak });
}

/** Places pods that stay, so that ports are taken and columns exist. Returns their keys. */
export function settle(stage: Stage, family: Family): string[] {
  const residents = worldPods(family, RESIDENTS_FROM, RESIDENTS, `${stage.seed} residents`);
  const scheduler = schedulerOf(stage, family);
  return residents.map((pod) => {
    const { status, key } = scheduler.place(pod);
    strictEqual(status, family.outcome);
    return key;
  });
}

/** Compares placements with the twin's, and takes them back on both sides. Returns how many. @throws AssertionError */
export function assertAnswers(stage: Stage, family: Family): number {
  const pods = worldPods(family, 0, Math.min(COMPARED, 2 * stage.nodes.length), stage.seed);
  const [fast, boring] = [schedulerOf(stage, family), twinScheduler(stage, family)];
  const decisions = pods.map((pod) => {
    const decision = fast.place(pod);
    deepStrictEqual(answerOf(decision), answerOf(boring.place(pod)), `${family.name} at ${stage.nodes.length} nodes`);
    strictEqual(decision.status, family.outcome);
    return decision;
  });
  for (const cluster of [stage.cluster, stage.twin]) for (const pod of pods) cluster.removePod(pod);
  return decisions.length;
}

function answerOf(decision: Decision): unknown {
  if (decision.status !== "placed") return [decision.key, decision.status, decision.message];
  return [decision.key, decision.node, decision.score];
}
