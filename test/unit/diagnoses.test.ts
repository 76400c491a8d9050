/** Method: pods that fit nowhere, asked of a scheduler that keeps diagnoses and of one that runs every filter on every node. */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Pod } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const KINDS = 9;

/** Nodes that differ in which of nine resources they have. */
function clusterOf(nodes: number, kindOf: (index: number) => number): Cluster {
  const cluster = new Cluster();
  for (let index = 0; index < nodes; index++) {
    const extended = Array.from({ length: KINDS }, (_, bit) => [`example.com/r${bit}`, (kindOf(index) >> bit) & 1]);
    cluster.upsertNode({
      metadata: { name: `n${index}`, labels: { even: String(index % 2 === 0) } },
      spec: { taints: index % 5 === 4 ? [{ key: "spot", effect: "NoSchedule" }] : [] },
      status: { allocatable: { cpu: 4, memory: "8Gi", pods: 10, ...Object.fromEntries(extended) } },
    });
  }
  return cluster;
}

let named = 0;

function podOf(requests: Record<string, string | number>, spec: Pod["spec"] = {}): Pod {
  return {
    metadata: { name: `p${named++}`, namespace: "default" },
    spec: { containers: [{ name: "main", resources: { requests } }], ...spec },
  };
}

const everything = Object.fromEntries(Array.from({ length: KINDS }, (_, bit) => [`example.com/r${bit}`, 1]));

/** What both say of a pod that fits nowhere. */
function bothSay(cluster: Cluster, kept: Scheduler, pod: Pod): string {
  const decision = kept.schedule(pod);
  expect(decision).toEqual(new Scheduler(cluster, { isIndexed: false }).schedule(pod));
  if (decision.status !== "unschedulable") throw new Error(`it is ${decision.status}`);
  return decision.message;
}

describe("diagnoses of pods that fit nowhere", () => {
  test("follow pods that come and go, in the words of the phases", () => {
    using cluster = clusterOf(20, () => 0);
    const scheduler = new Scheduler(cluster);
    const huge = { cpu: 5, memory: "7Gi" };
    const selecting = { nodeSelector: { even: "true" } };
    const first = bothSay(cluster, scheduler, podOf(huge, selecting));
    expect(first).toBe(
      "0/20 nodes are available: 4 node(s) had untolerated taint(s), 8 Insufficient cpu, 8 node(s) didn't match Pod's node affinity/selector.",
    );
    const token = cluster.assume(podOf({ memory: "2Gi" }), "n0");
    expect(bothSay(cluster, scheduler, podOf(huge, selecting))).toContain("1 Insufficient memory");
    cluster.forget(token);
    expect(bothSay(cluster, scheduler, podOf(huge, selecting))).toBe(first);
    cluster.removeNode("n2");
    expect(bothSay(cluster, scheduler, podOf(huge, selecting))).toMatch(/^0\/19 .* 7 Insufficient cpu/);
  });

  test("are told once, where a node comes and goes again and again", () => {
    using cluster = clusterOf(20, () => 0);
    const scheduler = new Scheduler(cluster);
    const huge = { cpu: 5 };
    const reasons = () => {
      const decision = scheduler.schedule(podOf(huge));
      if (decision.status !== "unschedulable") throw new Error(`it is ${decision.status}`);
      return decision.reasons;
    };
    const put = () => cluster.upsertNode({ metadata: { name: "small" }, status: { allocatable: { cpu: 1, pods: 0 } } });
    const without = reasons();
    put();
    const beside = reasons();
    expect(beside).not.toEqual(without);
    for (let turn = 0; turn < 3; turn++) {
      cluster.removeNode("small");
      expect(bothSay(cluster, scheduler, podOf(huge))).toContain("0/20 ");
      expect(reasons()).toBe(without);
      put();
      expect(bothSay(cluster, scheduler, podOf(huge))).toContain("0/21 ");
      expect(reasons()).toBe(beside);
    }
  });

  test("run no filter over all nodes", () => {
    using cluster = clusterOf(50, () => 0);
    const scheduler = new Scheduler(cluster);
    let cycles = 0;
    const { core } = cluster.state.engine;
    const { cycleBegin } = core;
    core.cycleBegin = () => {
      cycles++;
      cycleBegin();
    };
    for (let turn = 0; turn < 20; turn++) {
      expect(scheduler.place(podOf({ cpu: turn % 2 === 0 ? 5 : 1 })).status).toBe(
        turn % 2 === 0 ? "unschedulable" : "placed",
      );
    }
    expect(cycles).toBe(0);
  });

  test("give up where too many things are lacking to tell them apart by a byte", () => {
    using cluster = clusterOf(400, (index) => index);
    const scheduler = new Scheduler(cluster);
    for (let turn = 0; turn < 3; turn++) bothSay(cluster, scheduler, podOf({ ...everything, cpu: 5 }));
  });

  test("leave nothing behind when their classes end", () => {
    using cluster = clusterOf(200, (index) => index % 7);
    const scheduler = new Scheduler(cluster, { cacheBytes: 2_000 });
    const round = (): number => {
      for (let kind = 0; kind < 12; kind++) scheduler.schedule(podOf({ cpu: 5 + kind }));
      return cluster.state.engine.usedBytes;
    };
    for (let turn = 0; turn < 5; turn++) round();
    const before = round();
    for (let turn = 0; turn < 50; turn++) round();
    expect(round()).toBe(before);
  });
});
