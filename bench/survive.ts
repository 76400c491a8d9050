/** The question of `stowage survive`: each node failed once, in the library, by the processor's time. */

import { deepStrictEqual } from "node:assert/strict";
import type { Pod } from "../src/kube/objects.js";
import type { FailureCase } from "../src/planning/survival.js";
import type { Built } from "./built.js";
import type { Figure } from "./report.js";
import { sampledOfRuns } from "./sampling.js";
import { PLAIN, worldNodes, worldPods } from "./worlds.js";

export interface SurviveSize {
  readonly nodes: number;
  readonly pods: number;
  readonly runs: number;
}

/** So many failures are compared with failing the node in a cluster of its own before anything is timed. */
const COMPARED = 3;
const OWNER = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "1", controller: true };

/** Every pod has a controller, so each goes elsewhere. @throws AssertionError */
export async function measureSurvive(built: Built, size: SurviveSize, seed: string): Promise<Figure> {
  const { library } = built;
  const nodes = worldNodes(size.nodes, "plain", seed);
  const pods = worldPods(PLAIN, 0, size.pods, seed).map(
    (pod): Pod => ({ ...pod, metadata: { ...pod.metadata, ownerReferences: [OWNER] } }),
  );
  using cluster = new library.Cluster();
  for (const node of nodes) cluster.upsertNode(node);
  const scheduler = new library.Scheduler(cluster);
  await scheduler.placeAll(pods);
  const cpuMs: number[] = [];
  for (let run = 0; run < size.runs; run++) {
    const before = process.cpuUsage();
    const { cases } = await library.survive(cluster, scheduler, [], { levels: [{ level: "node" }] });
    const { user, system } = process.cpuUsage(before);
    cpuMs.push((user + system) / 1000);
    if (run > 0) continue;
    const stride = Math.ceil(size.nodes / COMPARED);
    for (const one of cases.filter((_, index) => index % stride === 0)) await assertCase(built, nodes, pods, one);
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

/** The same failure from scratch: the same pods in a new cluster, and the node is taken away for good. */
async function assertCase(
  { library }: Built,
  nodes: ReturnType<typeof worldNodes>,
  pods: readonly Pod[],
  { name, moves, pending }: FailureCase,
): Promise<void> {
  using cluster = new library.Cluster();
  for (const node of nodes) cluster.upsertNode(node);
  const scheduler = new library.Scheduler(cluster);
  const placed = await scheduler.placeAll(pods);
  const displaced = placed.flatMap((one) => (one.status === "placed" && one.node === name ? [one.pod] : []));
  for (const pod of displaced) cluster.removePod(pod);
  cluster.removeNode(name);
  const decisions = await scheduler.placeAll(displaced);
  deepStrictEqual(
    decisions.flatMap((one) => (one.status === "placed" ? [{ pod: one.key, from: name, to: one.node }] : [])),
    moves,
  );
  deepStrictEqual(pending, []);
}
