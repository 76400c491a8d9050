/**
 * Method: fast-check draws sequences of everything that can be done to a cluster and runs them against a model of plain
 * Maps, comparing all that can be read after each step; directed tests take it beyond the sizes that sequences reach.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Node, Pod } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { clusterCommands, realCluster, rollbackAll } from "../helpers/cluster-commands.js";
import { ClusterModel } from "../helpers/cluster-model.js";
import { freePortNodes, observe, observeWithoutHistory, portScheduler } from "../helpers/cluster-probes.js";
import { tries } from "../helpers/tries.js";

const SEED = 20_260;
const RUNS = tries(120, 300);
const MAX_COMMANDS = 60;

describe(`a cluster and its model, ${RUNS} sequences from seed ${SEED}`, () => {
  test("agree after every step, and a rollback restores every answer", () => {
    const sequences = fc.commands(clusterCommands, { maxCommands: MAX_COMMANDS, size: "max" });
    fc.assert(
      fc.property(sequences, (commands) => {
        const model = new ClusterModel();
        const real = realCluster();
        fc.modelRun(() => ({ model, real }), commands);
        rollbackAll(model, real);
        const rebuilt = new Scheduler(clusterOf(model));
        expect(observeWithoutHistory(real.scheduler)).toBe(observeWithoutHistory(rebuilt));
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
});

/** A cluster that has never been anything else. */
function clusterOf(model: ClusterModel): Cluster {
  const cluster = new Cluster();
  for (const node of model.nodes.values()) cluster.upsertNode(node);
  for (const { pod, node } of model.pods.values()) {
    cluster.upsertPod({ ...pod, spec: { ...pod.spec, nodeName: node } });
  }
  return cluster;
}

const ZONES = ["a", "b", "c"];

function nodeOf(index: number): Node {
  return {
    metadata: { name: `node-${index}`, labels: { zone: ZONES[index % 3]! } },
    status: { allocatable: { cpu: 2 + (index % 7), memory: `${4 + (index % 5)}Gi`, pods: 110, "example.com/gpu": 1 } },
  };
}

function residentOf(index: number): Pod {
  const requests = { cpu: `${100 + (index % 9) * 100}m`, memory: `${index % 4}Gi` };
  const ports = index % 2 === 0 ? [{ containerPort: 80, hostPort: 80 }] : [];
  return {
    metadata: { name: `pod-${index}`, namespace: "default" },
    spec: { nodeName: `node-${index}`, containers: [{ name: "main", resources: { requests }, ports }] },
  };
}

function filled(indexes: readonly number[]): Cluster {
  const cluster = new Cluster();
  for (const index of indexes) cluster.upsertNode(nodeOf(index));
  for (const index of indexes) cluster.upsertPod(residentOf(index));
  return cluster;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function namesOf(cluster: Cluster): string[] {
  return [...cluster.nodes()].map(({ name }) => name);
}

function rowsOf(cluster: Cluster): unknown[] {
  return [...cluster.nodes()].map(({ name, allocatable, requested, pods }) => ({ name, allocatable, requested, pods }));
}

describe("a cluster of many nodes", () => {
  test("begins anew when 1,000 nodes are removed and added again", () => {
    const cluster = filled(range(0, 1000));
    const scheduler = new Scheduler(cluster);
    const before = observe(scheduler);
    for (const index of range(0, 1000)) cluster.removeNode(`node-${index}`);
    expect([cluster.nodeCount, cluster.podCount, namesOf(cluster)]).toEqual([0, 1000, []]);
    for (const index of range(0, 1000)) cluster.upsertNode(nodeOf(index));
    expect(rowsOf(cluster)).toEqual(rowsOf(filled(range(0, 1000))));
    expect(observe(scheduler)).toBe(before);
  });

  test("keeps order, sums, labels and ports when holes are squeezed out", () => {
    const cluster = filled(range(0, 1500));
    const [scheduler, ports] = [new Scheduler(cluster), portScheduler(cluster)];
    observe(scheduler);
    const kept = range(0, 1500).filter((index) => index % 3 === 1);
    for (const index of range(0, 1500)) {
      if (index % 3 === 1) continue;
      cluster.removePod(`default/pod-${index}`);
      cluster.removeNode(`node-${index}`);
    }
    const all = [...kept, 2000, 2001];
    for (const index of [2000, 2001]) cluster.upsertNode(nodeOf(index));
    for (const index of [2000, 2001]) cluster.upsertPod(residentOf(index));
    const twin = filled(all);
    expect(rowsOf(cluster)).toEqual(rowsOf(twin));
    expect(freePortNodes(ports, "0.0.0.0")).toEqual(freePortNodes(portScheduler(twin), "0.0.0.0"));
    expect(observe(scheduler)).toBe(observe(new Scheduler(twin)));
  });

  test.each([127, 128, 129, 255, 256, 257, 600])(
    "is the same at %i nodes, whatever was decided while it grew",
    (size) => {
      const cluster = new Cluster();
      const scheduler = new Scheduler(cluster);
      for (const index of range(0, size)) {
        cluster.upsertNode(nodeOf(index));
        cluster.upsertPod(residentOf(index));
        if (index % 50 === 0) observe(scheduler);
      }
      const twin = filled(range(0, size));
      expect(rowsOf(cluster)).toEqual(rowsOf(twin));
      expect(observe(scheduler)).toBe(observe(new Scheduler(twin)));
    },
  );

  test("comes back whole from a what-if that outgrew it, emptied it and went on", () => {
    const cluster = filled(range(0, 100));
    const scheduler = new Scheduler(cluster);
    const [rows, before] = [rowsOf(cluster), observe(scheduler)];
    cluster.begin();
    for (const index of range(100, 400)) cluster.upsertNode(nodeOf(index));
    cluster.begin();
    for (const index of range(0, 400)) cluster.removeNode(`node-${index}`);
    for (const index of range(0, 50)) cluster.upsertNode(nodeOf(index));
    observe(scheduler);
    cluster.commit();
    for (const index of range(0, 100)) cluster.removePod(`default/pod-${index}`);
    observe(scheduler);
    cluster.rollback();
    expect(rowsOf(cluster)).toEqual(rows);
    expect(observe(scheduler)).toBe(before);
  });
});
