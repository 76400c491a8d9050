/**
 * Method: each failure of random worlds is tried by `survive` as a what-if in one cluster after all others, and again from
 * scratch in a new cluster from which the nodes and their pods are simply taken away: without preemption by the boring
 * reference scheduler, with it by a fresh engine. Both must say the same of every displaced pod. STOWAGE_WORLDS sets how
 * many worlds, STOWAGE_SEED which.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.js";
import { namespacedName, type Pod, priorityOf } from "../../src/kube/objects.js";
import { placeWithPreemption } from "../../src/planning/preempting.js";
import type { FailureCase } from "../../src/planning/survival.js";
import { type SurviveOptions, survive } from "../../src/planning/survive.js";
import { tries } from "../helpers/tries.js";
import { worldArbitrary } from "../helpers/world-arbitraries.js";
import { ALL_THEMES, type Theme, type World } from "../helpers/worlds.js";
import { ReferenceScheduler } from "../reference/scheduler.js";
import { openWorld } from "../unit/explain-worlds.js";

const WORLDS = Number(process.env.STOWAGE_WORLDS ?? tries(12, 30));
const SEED = Number(process.env.STOWAGE_SEED ?? 20_261_129);
const ZONE = "topology.kubernetes.io/zone";
/** Pairs of more nodes take too long. */
const MOST_NODES_IN_PAIRS = 6;

const worlds = (among: readonly Theme[] = ALL_THEMES) => worldArbitrary({ among }).map(withOwners);

test(`without preemption failures do what the reference says, on ${WORLDS} random worlds (STOWAGE_SEED=${SEED})`, {
  timeout: 3_600_000,
}, async () => {
  // The reference knows no volumes.
  const among = ALL_THEMES.filter((theme) => theme !== "volumes");
  const property = fc.asyncProperty(worlds(among), async (world) => {
    for (const one of await failuresIn(world, { preempts: false })) {
      expect(fatesOf(one)).toEqual(fatesByReference(world, one.nodes));
    }
  });
  await fc.assert(property, { numRuns: WORLDS, seed: SEED });
});

test(`with preemption failures do what a fresh engine says, on ${WORLDS} random worlds (STOWAGE_SEED=${SEED})`, {
  timeout: 3_600_000,
}, async () => {
  const property = fc.asyncProperty(worlds(), async (world) => {
    for (const one of await failuresIn(world, {})) {
      const { fates, evictions } = await fatesFromScratch(world, one.nodes);
      expect(fatesOf(one)).toEqual(fates);
      expect(one.evictions).toEqual(evictions);
    }
  });
  await fc.assert(property, { numRuns: WORLDS, seed: SEED });
});

test("drains leave no pod out: each moves, pends, is lost, is kept by a budget or is of its node", async () => {
  const property = fc.asyncProperty(worlds(), async (world) => {
    const { cluster, scheduler } = openWorld(world);
    const { cases } = await survive(cluster, scheduler, [], { levels: [{ level: "drain" }] });
    for (const { nodes, moves, pending, lost, blocked, ofNode, evictions } of cases) {
      const own = podsOn(world, nodes).filter(
        (pod) => !pod.metadata?.deletionTimestamp || ownerOf(pod) === "DaemonSet",
      );
      const told = new Set([...moves, ...pending, ...blocked].map(({ pod }) => pod).concat(lost));
      for (const { pod } of evictions) told.delete(pod);
      expect(told.size + ofNode).toBe(own.length);
    }
    cluster.dispose();
  });
  await fc.assert(property, { numRuns: WORLDS, seed: SEED });
});

async function failuresIn(world: World, options: SurviveOptions): Promise<readonly FailureCase[]> {
  const { cluster, scheduler } = openWorld(world);
  try {
    const before = contentsOf(cluster);
    const isSmall = world.nodes.length <= MOST_NODES_IN_PAIRS;
    const { cases } = await survive(cluster, scheduler, [], {
      levels: [{ level: "node" }, { level: "domain", key: ZONE }, ...(isSmall ? [{ level: "pair" } as const] : [])],
      ...options,
    });
    expect(contentsOf(cluster)).toEqual(before);
    return cases;
  } finally {
    cluster.dispose();
  }
}

function contentsOf(cluster: Cluster): unknown {
  const nodes = [...cluster.nodes()].map(({ name, allocatable, requested, pods }) => [
    name,
    allocatable,
    requested,
    pods,
  ]);
  return [nodes, [...cluster.state.objects.list("PodDisruptionBudget")], cluster.podCount];
}

/** Where each pod ends, or kube-scheduler's sentence why nowhere. */
type Fates = Readonly<Record<string, string>>;

function fatesOf({ moves, pending }: FailureCase): Fates {
  return Object.fromEntries([
    ...moves.map(({ pod, to }) => [pod, `to ${to}`] as const),
    ...pending.map(({ pod, status, message }) => [pod, status === "unschedulable" ? message : status] as const),
  ]);
}

function fatesByReference(world: World, failed: readonly string[]): Fates {
  const { config, objects, sampling = false } = world;
  const scheduler = new ReferenceScheduler({
    nodes: world.nodes,
    pods: world.pods,
    ...(objects && { objects }),
    ...(config && { config }),
    tieBreak: sampling ? "heap" : "first",
    sampling,
  });
  for (const pod of podsOn(world, failed)) scheduler.removePod(namespacedName(pod));
  for (const name of failed) scheduler.removeNode(name);
  return Object.fromEntries(
    displacedFrom(world, failed).map((pod) => {
      const decision = scheduler.place(pod);
      const fate = decision.status === "placed" ? `to ${decision.node}` : decision.status;
      return [namespacedName(pod), decision.status === "unschedulable" ? decision.message : fate];
    }),
  );
}

async function fatesFromScratch(world: World, failed: readonly string[]) {
  const { cluster, scheduler } = openWorld(world);
  try {
    for (const pod of podsOn(world, failed)) cluster.removePod(pod);
    for (const name of failed) cluster.removeNode(name);
    const gone = podsOn(world, failed).filter((pod) => ownerOf(pod) !== "DaemonSet");
    const { outcomes, evictions } = await placeWithPreemption(cluster, scheduler, displacedFrom(world, failed), {
      gone,
    });
    const fates = [...outcomes].flatMap(([key, outcome]) => {
      if (outcome.status === "evicted") return [];
      if (outcome.status === "placed") return [[key, `to ${outcome.node}`] as const];
      return [[key, outcome.status === "unschedulable" ? outcome.message : outcome.status] as const];
    });
    return { fates: Object.fromEntries(fates), evictions };
  } finally {
    cluster.dispose();
  }
}

/** Most pods of a ReplicaSet, some of a DaemonSet and some of nobody; and no pods that wait. */
function withOwners(world: World): World {
  const owned = (pod: Pod, index: number): Pod => {
    const kind = index % 7 === 5 ? "DaemonSet" : "ReplicaSet";
    const ownerReferences = index % 7 === 6 ? [] : [{ kind, name: "owner", controller: true }];
    return { ...pod, metadata: { ...pod.metadata, ownerReferences } };
  };
  return { ...world, pods: world.pods.map(owned), incoming: [] };
}

/** What runs on the nodes, node by node. */
function podsOn(world: World, nodes: readonly string[]): Pod[] {
  const runs = ({ status }: Pod): boolean => status?.phase !== "Succeeded" && status?.phase !== "Failed";
  return nodes.flatMap((name) => world.pods.filter((pod) => pod.spec?.nodeName === name && runs(pod)));
}

/** The pods that their ReplicaSet makes again, in the order of their turns. */
function displacedFrom(world: World, failed: readonly string[]): Pod[] {
  return podsOn(world, failed)
    .filter((pod) => ownerOf(pod) === "ReplicaSet" && !pod.metadata?.deletionTimestamp)
    .map(({ status: _, spec, ...pod }) => {
      const { nodeName: __, ...others } = spec ?? {};
      return { ...pod, spec: others };
    })
    .sort((a, b) => priorityOf(b) - priorityOf(a));
}

function ownerOf({ metadata }: Pod): string | undefined {
  return metadata?.ownerReferences?.[0]?.kind;
}
