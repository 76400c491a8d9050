/**
 * Method: what is kept of a preemption is counted by the nodes that are tried in numbers: only those that changed, all of them
 * when everything may have changed, none where the index does not know the pod; lists are of the moment of the answer.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Pod, PodDisruptionBudget, PodSpec } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const NODES = 200;
const PODS_A_NODE = 4;
const SMALL: PodSpec = { containers: [{ name: "main", resources: { requests: { cpu: "900m" } } }] };
const LARGE: PodSpec = { priority: 10, containers: [{ name: "main", resources: { requests: { cpu: 3 } } }] };

interface Scene {
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  /** How many nodes were tried in numbers since it was asked last. */
  readonly tried: () => number;
}

function sceneOf(options: ConstructorParameters<typeof Scheduler>[1] = {}): Scene {
  const cluster = new Cluster();
  for (let index = 0; index < NODES; index++) {
    const name = `n${index}`;
    cluster.upsertNode({ metadata: { name }, status: { allocatable: { cpu: 4, memory: "32Gi", pods: 20 } } });
    for (let at = 0; at < PODS_A_NODE; at++) cluster.upsertPod(small(`small-${index}-${at}`, name));
  }
  const { core } = cluster.state.engine;
  const run = core.dryRun;
  let count = 0;
  core.dryRun = (...asked) => {
    count++;
    return run(...asked);
  };
  const tried = () => {
    const seen = count;
    count = 0;
    return seen;
  };
  return { cluster, scheduler: new Scheduler(cluster, options), tried };
}

function small(name: string, nodeName: string): Pod {
  const metadata = { name, namespace: "default", labels: { app: "small" } };
  return { metadata, spec: { ...SMALL, nodeName }, status: { startTime: "2030-01-01T00:00:00Z" } };
}

function large(name: string, more: PodSpec = {}): Pod {
  return { metadata: { name, namespace: "default" }, spec: { ...LARGE, ...more } };
}

function budget(name: string, disruptionsAllowed: number, app = "small"): PodDisruptionBudget {
  const spec = { selector: { matchLabels: { app } } };
  return { kind: "PodDisruptionBudget", metadata: { name }, spec, status: { disruptionsAllowed } };
}

describe("what is kept of preemption", () => {
  test("is worked out once, and then for the nodes that changed", () => {
    const { cluster, scheduler, tried } = sceneOf();
    expect(scheduler.preempt(large("a")).node).toBe("n0");
    expect(tried()).toBe(NODES);
    expect(scheduler.preempt(large("b")).node).toBe("n0");
    expect(tried()).toBe(0);
    for (const name of ["c", "d", "e"]) {
      const { node, victims } = scheduler.preempt(large(name));
      for (const { key } of victims) cluster.removePod(key);
      expect(scheduler.place(large(name))).toMatchObject({ status: "placed", node });
    }
    expect(scheduler.preempt(large("f")).node).toBe("n3");
    expect(tried()).toBe(3);
  });

  test("follows nodes that come, go and change", () => {
    const { cluster, scheduler, tried } = sceneOf();
    const ask = (): [string | undefined, number] => [scheduler.preempt(large("a")).node, tried()];
    expect(ask()).toEqual(["n0", NODES]);
    cluster.removeNode("n0");
    expect(ask()).toEqual(["n1", 0]);
    cluster.upsertNode({ metadata: { name: "n1" }, status: { allocatable: { cpu: 2, memory: "32Gi", pods: 20 } } });
    expect(ask()).toEqual(["n2", 1]);
    // One victim is better than three; the core makes room for nodes once, and then all are tried.
    for (let index = NODES; index < 2 * NODES; index++) {
      const name = `n${index}`;
      cluster.upsertPod({ ...small(`only-${index}`, name), spec: { ...LARGE, priority: 0, nodeName: name } });
      cluster.upsertNode({ metadata: { name }, status: { allocatable: { cpu: 4, memory: "32Gi", pods: 20 } } });
      expect(scheduler.preempt(large("a")).node).toBe(`n${NODES}`);
    }
    expect(tried()).toBeLessThan(3 * NODES);
  });

  test("ends when it cannot follow", () => {
    const { cluster, scheduler, tried } = sceneOf();
    scheduler.preempt(large("a"));
    cluster.upsertNode({
      metadata: { name: "n0" },
      spec: { unschedulable: true },
      status: { allocatable: { cpu: 4 } },
    });
    tried();
    expect(scheduler.preempt(large("a")).node).toBe("n1");
    expect(tried()).toBe(NODES);
  });

  test("is for one priority, and for one now", () => {
    const { scheduler, tried } = sceneOf();
    scheduler.preempt(large("a"));
    expect(scheduler.preempt(large("a", { priority: 0 })).status).toBe("unhelpful");
    expect(tried()).toBe(2 * NODES);
    scheduler.preempt(large("a"), { nowMs: Date.UTC(2031, 0, 1) });
    expect(tried()).toBe(NODES);
  });

  test("hears of budgets where they matter", () => {
    const { cluster, scheduler, tried } = sceneOf();
    const ask = (): [number, number] => [scheduler.preempt(large("a")).pdbViolations, tried()];
    expect(ask()).toEqual([0, NODES]);
    cluster.upsertObject(budget("small", 9));
    expect(ask()).toEqual([0, NODES]);
    cluster.upsertObject(budget("small", 8));
    expect(ask()).toEqual([0, 0]);
    cluster.upsertObject(budget("small", PODS_A_NODE));
    expect(ask()).toEqual([0, 0]);
    cluster.upsertObject(budget("small", 1));
    expect(ask()).toEqual([2, NODES]);
    cluster.upsertObject(budget("small", 1, "nobody"));
    expect(ask()).toEqual([0, NODES]);
    cluster.upsertObject(budget("small", 0, "nobody"));
    expect(ask()).toEqual([0, 0]);
  });

  test("leaves the lists of an answer as they were at its moment", () => {
    const { cluster, scheduler } = sceneOf();
    const [first, second] = [scheduler.preempt(large("a")), scheduler.preempt(large("a"))];
    const before = JSON.stringify(first);
    for (const { key } of first.victims) cluster.removePod(key);
    scheduler.place(large("a"));
    cluster.removeNode("n7");
    expect(scheduler.preempt(large("b")).candidates).toHaveLength(NODES - 2);
    expect(JSON.stringify(second)).toBe(before);
    expect(second.candidates).toHaveLength(NODES);
    expect(second.best).toHaveLength(NODES);
  });

  test("is not asked where more than the node decides", () => {
    const { cluster, scheduler, tried } = sceneOf();
    scheduler.preempt(large("ports", { containers: [{ ...LARGE.containers![0]!, ports: [{ hostPort: 80 }] }] }));
    const topologySpreadConstraints = [
      { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" as const, labelSelector: {} },
    ];
    scheduler.preempt(large("spread", { topologySpreadConstraints }));
    cluster.upsertPod({ ...large("waits"), status: { nominatedNodeName: "n0" } });
    scheduler.preempt(large("a"));
    expect(tried()).toBe(0);
    cluster.removePod("default/waits");
    scheduler.preempt(large("a"));
    expect(tried()).toBe(NODES);
  });

  test("goes when there is no room for it, and leaves no memory behind", () => {
    const { cluster, scheduler, tried } = sceneOf({ cacheBytes: 1 });
    const ask = (priority: number) => scheduler.preempt(large("a", { priority })).node;
    const { engine } = cluster.state;
    for (let priority = 1; priority < 5; priority++) ask(priority);
    const used = engine.usedBytes;
    tried();
    for (let priority = 1; priority < 5; priority++) expect(ask(priority)).toBe("n0");
    expect(tried()).toBe(4 * NODES);
    expect(engine.usedBytes).toBe(used);
  });
});
