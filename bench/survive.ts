/** What if a node dies: each node failed once as `stowage survive` does, and one what-if at a time, both compared first. */

import { deepStrictEqual } from "node:assert/strict";
import type { Cluster, Decision, Scheduler } from "../src/index.js";
import type { Node, Pod } from "../src/kube/objects.js";
import type { Move } from "../src/planning/survival.js";
import type { Built } from "./built.js";
import type { Figure } from "./report.js";
import { type Budget, sample, sampledOfRuns } from "./sampling.js";
import { PLAIN, worldNodes, worldPods } from "./worlds.js";

export interface SurviveSize {
  readonly nodes: number;
  readonly pods: number;
  readonly runs: number;
}

/** So many failures are compared with failing the node in a cluster of its own before anything is timed. */
const COMPARED = 3;
const OWNER = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "1", controller: true };

interface World {
  readonly built: Built;
  readonly nodes: readonly Node[];
  /** Every pod has a controller, so each goes elsewhere when its node dies. */
  readonly pods: readonly Pod[];
}

interface PlacedWorld extends World {
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
}

/** Each node failed once, by the processor's time. @throws AssertionError */
export async function measureSurvive(built: Built, size: SurviveSize, seed: string): Promise<Figure> {
  const { library } = built;
  const world = await placedWorld(built, size, seed);
  const { scheduler } = world;
  using cluster = world.cluster;
  const cpuMs: number[] = [];
  for (let run = 0; run < size.runs; run++) {
    const before = process.cpuUsage();
    const { cases } = await library.survive(cluster, scheduler, [], { levels: [{ level: "node" }] });
    const { user, system } = process.cpuUsage(before);
    cpuMs.push((user + system) / 1000);
    if (run > 0) continue;
    const stride = Math.ceil(size.nodes / COMPARED);
    for (const { name, moves, pending } of cases.filter((_, index) => index % stride === 0)) {
      deepStrictEqual(pending, []);
      await assertMoves(world, name, moves);
    }
  }
  const { p50Ns, p99Ns, samples } = sampledOfRuns(cpuMs);
  return {
    name: `survive: each node, ${size.pods} pods, cpu time`,
    boundary: "api",
    nodes: size.nodes,
    p50Ns,
    p99Ns,
    samples,
  };
}

/** begin, take a node away, place its pods elsewhere, rollback: one node after the other. @throws AssertionError */
export async function measureWhatIf(built: Built, size: SurviveSize, budget: Budget, seed: string): Promise<Figure> {
  const world = await placedWorld(built, size, seed);
  using cluster = world.cluster;
  const names = world.nodes.map(({ metadata }) => metadata?.name ?? "");
  for (let index = 0; index < names.length; index += Math.ceil(names.length / COMPARED)) {
    const name = names[index] ?? "";
    await assertMoves(world, name, whatIf(world, name));
  }
  let next = 0;
  const run = (): void => void whatIf(world, names[next++ % names.length] ?? "");
  const { meanNs, p50Ns, p99Ns, samples } = sample("what-if", { run }, budget);
  const base = { name: `what-if: a node dies, ${size.pods} pods`, boundary: "api", nodes: cluster.nodeCount } as const;
  return { ...base, perSecond: 1e9 / meanNs, p50Ns, p99Ns, samples };
}

/** Where the pods of a node would go. Changes nothing. */
function whatIf({ cluster, scheduler }: PlacedWorld, name: string): Move[] {
  cluster.begin();
  try {
    const displaced = (cluster.node(name)?.pods ?? []).map((key) => cluster.pod(key)!.pod);
    for (const pod of displaced) cluster.removePod(pod);
    cluster.removeNode(name);
    return displaced.map((pod) => {
      const decision = scheduler.place(pod);
      return { pod: decision.key, from: name, to: decision.status === "placed" ? decision.node : "" };
    });
  } finally {
    cluster.rollback();
  }
}

async function placedWorld(built: Built, { nodes: nodeCount, pods: podCount }: SurviveSize, seed: string) {
  const nodes = worldNodes(nodeCount, "plain", seed);
  const pods = worldPods(PLAIN, 0, podCount, seed).map(
    (pod): Pod => ({ ...pod, metadata: { ...pod.metadata, ownerReferences: [OWNER] } }),
  );
  return (await settled({ built, nodes, pods })).world;
}

async function settled(world: World): Promise<{ world: PlacedWorld; placed: readonly Decision[] }> {
  const { library } = world.built;
  const cluster = new library.Cluster();
  for (const node of world.nodes) cluster.upsertNode(node);
  const scheduler = new library.Scheduler(cluster);
  const placed = await scheduler.placeAll(world.pods);
  return { world: { ...world, cluster, scheduler }, placed };
}

/** The same failure from scratch: the same pods in a new cluster, and the node is taken away for good. */
async function assertMoves(given: World, name: string, moves: readonly Move[]): Promise<void> {
  const { world, placed } = await settled(given);
  const { scheduler } = world;
  using cluster = world.cluster;
  const displaced = placed.flatMap((one) => (one.status === "placed" && one.node === name ? [one.pod] : []));
  for (const pod of displaced) cluster.removePod(pod);
  cluster.removeNode(name);
  const decisions = await scheduler.placeAll(displaced);
  deepStrictEqual(
    decisions.map((one) => ({ pod: one.key, from: name, to: one.status === "placed" ? one.node : "" })),
    moves,
  );
}
