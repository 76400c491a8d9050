/**
 * Method: a node with room for one pod, promised to another that waits; who is kept out by that, who is not, and what ends a
 * nomination. Rollbacks and failures must leave it as it was.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Pod, PodSpec } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

function pod(name: string, spec: PodSpec = {}, status: Pod["status"] = {}): Pod {
  const containers = [{ name: "main", resources: { requests: { cpu: 2 } } }];
  return { metadata: { name, namespace: "default" }, spec: { containers, ...spec }, status };
}

const waiting = (priority: number, more: PodSpec = {}) =>
  pod("waiting", { priority, ...more }, { nominatedNodeName: "n1" });

/** Two nodes, each with room for one pod; n2 is tainted so that pods prefer n1. */
function twoNodes(compat: "1.36" | "1.37" = "1.36"): { cluster: Cluster; scheduler: Scheduler } {
  const cluster = new Cluster({ compat });
  const taints = [{ key: "dedicated", effect: "PreferNoSchedule" }];
  for (const name of ["n1", "n2"]) {
    const spec = name === "n2" ? { taints } : {};
    cluster.upsertNode({ metadata: { name }, spec, status: { allocatable: { cpu: 3, memory: "8Gi", pods: 10 } } });
  }
  return { cluster, scheduler: new Scheduler(cluster, { compat }) };
}

function nodeFor(scheduler: Scheduler, asked: Pod): string {
  const decision = scheduler.schedule(asked);
  return decision.status === "placed" ? decision.node : decision.status;
}

describe("a nominated pod", () => {
  test.each([
    ["keeps its node from pods of lower priority", 5, 4, "n2"],
    ["keeps its node from pods of the same priority", 5, 5, "n2"],
    ["keeps no node from pods of higher priority", 5, 6, "n1"],
  ])("%s", (_rule, own, other, node) => {
    const { cluster, scheduler } = twoNodes();
    cluster.upsertPod(waiting(own));
    expect(nodeFor(scheduler, pod("other", { priority: other }))).toBe(node);
  });

  test("takes its own node although another suits it better, and another where that does not do", () => {
    const { cluster, scheduler } = twoNodes();
    const nominated = pod("waiting", {}, { nominatedNodeName: "n2" });
    cluster.upsertPod(nominated);
    expect(nodeFor(scheduler, nominated)).toBe("n2");
    cluster.upsertPod(pod("full", { nodeName: "n2" }));
    expect(nodeFor(scheduler, nominated)).toBe("n1");
    expect(nodeFor(scheduler, pod("waiting", {}, { nominatedNodeName: "gone" }))).toBe("n1");
  });

  test("makes the reason for its node that of the filter which it fails", () => {
    const { cluster, scheduler } = twoNodes();
    cluster.removeNode("n2");
    cluster.upsertPod(waiting(5));
    expect(scheduler.schedule(pod("other"))).toMatchObject({
      status: "unschedulable",
      message: "0/1 nodes are available: 1 Insufficient cpu.",
    });
  });

  test("that is gated keeps its node only since 1.37", () => {
    for (const [compat, node] of [
      ["1.36", "n1"],
      ["1.37", "n2"],
    ] as const) {
      const { cluster, scheduler } = twoNodes(compat);
      cluster.upsertPod(waiting(5, { schedulingGates: [{ name: "later" }] }));
      expect(nodeFor(scheduler, pod("other")), compat).toBe(node);
    }
  });

  test("need not be there for the others: a pod passes with it and without it", () => {
    const { cluster, scheduler } = twoNodes();
    const near = { labelSelector: { matchLabels: { app: "web" } }, topologyKey: "kubernetes.io/hostname" };
    const podAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [near] };
    const labels = { "kubernetes.io/hostname": "n1" };
    cluster.upsertNode({
      metadata: { name: "n1", labels },
      status: { allocatable: { cpu: 9, memory: "8Gi", pods: 10 } },
    });
    const web = waiting(5);
    cluster.upsertPod({ ...web, metadata: { ...web.metadata, labels: { app: "web" } } });
    // With it the affinity is satisfied, but it may never come.
    expect(nodeFor(scheduler, pod("other", { affinity: { podAffinity } }))).toBe("unschedulable");
  });
});

describe("a nomination ends", () => {
  const other = pod("other");

  test.each<[string, (cluster: Cluster, scheduler: Scheduler) => unknown]>([
    ["when the pod is removed by name", (cluster) => expect(cluster.removePod("default/waiting")).toBe(true)],
    ["when the pod waits without it", (cluster) => cluster.upsertPod(pod("waiting", { priority: 5 }))],
    [
      "when the pod has run to its end",
      (cluster) => cluster.upsertPod({ ...waiting(5), status: { phase: "Failed", nominatedNodeName: "n1" } }),
    ],
    [
      "when the pod is bound elsewhere",
      (cluster) => cluster.upsertPod(pod("waiting", { priority: 5, nodeName: "n2" })),
    ],
    ["when room is promised to the pod elsewhere", (cluster) => cluster.assume(waiting(5), "n2")],
    ["when the pod is removed by its object", (cluster) => cluster.removePod(waiting(5))],
  ])("%s", (_when, end) => {
    const { cluster, scheduler } = twoNodes();
    cluster.upsertPod(waiting(5));
    expect(nodeFor(scheduler, other)).toBe("n2");
    end(cluster, scheduler);
    expect(nodeFor(scheduler, other)).toBe("n1");
    const isHere = cluster.pod("default/waiting") !== undefined;
    expect(cluster.removePod("default/waiting")).toBe(isHere);
  });

  test("and comes back with a rollback", () => {
    const { cluster, scheduler } = twoNodes();
    cluster.upsertPod(waiting(5));
    cluster.begin();
    cluster.removePod("default/waiting");
    cluster.begin();
    cluster.upsertPod(pod("waiting", { nodeName: "n2" }));
    expect(nodeFor(scheduler, other)).toBe("n1");
    cluster.rollback();
    cluster.rollback();
    expect(nodeFor(scheduler, other)).toBe("n2");
    cluster.begin();
    cluster.upsertPod(pod("waiting", { priority: 5 }, { nominatedNodeName: "n2" }));
    cluster.commit();
    expect(nodeFor(scheduler, other)).toBe("n1");
  });

  test("not by a question: what is asked about it leaves no trace", () => {
    const { cluster, scheduler } = twoNodes();
    cluster.upsertPod(waiting(5));
    for (let turn = 0; turn < 3; turn++) {
      scheduler.filter(other);
      scheduler.preempt(other);
      scheduler.schedule(waiting(5));
    }
    expect([cluster.podCount, cluster.node("n1")?.requested, cluster.node("n1")?.pods]).toEqual([0, {}, []]);
    expect(nodeFor(scheduler, other)).toBe("n2");
  });
});

describe("a pod that holds a promise", () => {
  test("is not nominated besides by news that do not know of the promise", () => {
    const { cluster, scheduler } = twoNodes();
    const token = cluster.assume(pod("waiting", { priority: 5 }), "n2");
    cluster.upsertPod(waiting(5));
    expect(nodeFor(scheduler, pod("other"))).toBe("n1");
    expect([cluster.podCount, cluster.pod("default/waiting")?.token]).toEqual([1, token]);
    cluster.forget(token);
    expect(cluster.podCount).toBe(0);
  });
});

describe("news that cannot be taken", () => {
  const huge = Number.MAX_SAFE_INTEGER;
  const tooMuch = (name: string, nodeName: string): Pod =>
    pod(name, { nodeName, containers: [{ name: "main", resources: { requests: { memory: huge } } }] });

  test("leave a pod nominated", () => {
    const { cluster, scheduler } = twoNodes();
    cluster.upsertPod(waiting(5));
    cluster.upsertPod(
      pod("there", { nodeName: "n2", containers: [{ name: "c", resources: { requests: { memory: 1 } } }] }),
    );
    expect(() => cluster.upsertPod(tooMuch("waiting", "n2"))).toThrow("n2");
    expect(nodeFor(scheduler, pod("other", { containers: [{ name: "c", resources: { requests: { cpu: 2 } } }] }))).toBe(
      "n2",
    );
  });
});
