/** Method: many pods of one kind at once, beside the same pods one after the other on a cluster of the same history. */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Pod } from "../../src/kube/objects.js";
import type { SchedulerOptions } from "../../src/scheduler/options.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const HOSTNAME = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";

function clusterOf(nodes: number): Cluster {
  const cluster = new Cluster();
  for (let index = 0; index < nodes; index++) {
    const name = `n${index}`;
    cluster.upsertNode({
      metadata: { name, labels: { [HOSTNAME]: name, [ZONE]: `z${index % 3}` } },
      status: { allocatable: { cpu: 2 + (index % 3), memory: "8Gi", pods: 20 } },
    });
  }
  return cluster;
}

function podOf(name: string, spec: Pod["spec"] = {}): Pod {
  const requests = { cpu: "300m", memory: "256Mi" };
  return {
    metadata: { name, namespace: "shop", labels: { app: "web" } },
    spec: { containers: [{ name: "main", resources: { requests } }], ...spec },
  };
}

const SELECTOR = { matchLabels: { app: "web" } };
const shunning = {
  podAntiAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 5, podAffinityTerm: { labelSelector: SELECTOR, topologyKey: HOSTNAME } },
    ],
  },
};
const spreading = [
  { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: "DoNotSchedule", labelSelector: SELECTOR },
  { maxSkew: 2, topologyKey: HOSTNAME, whenUnsatisfiable: "ScheduleAnyway", labelSelector: SELECTOR },
];

const KINDS: readonly (readonly [string, Pod["spec"], SchedulerOptions])[] = [
  ["plain pods", {}, {}],
  ["plain pods, equals drawn", {}, { tieBreak: "random", seed: 4 }],
  ["pods that shun each other", { affinity: shunning }, {}],
  ["pods that spread, equals drawn", { topologySpreadConstraints: spreading }, { tieBreak: "random", seed: 5 }],
  ["pods that spread, without index", { topologySpreadConstraints: spreading }, { isIndexed: false }],
  ["pods in the order of a heap", {}, { tieBreak: "heap" }],
];

describe("many pods at once", () => {
  test.each(KINDS)("go where they would go one by one: %s", (_, spec, options) => {
    const [many, single] = [clusterOf(40), clusterOf(40)];
    const scheduler = new Scheduler(single, options);
    const expected = Array.from({ length: 150 }, (__, index) => {
      const decision = scheduler.place(podOf(`web-${index}`, spec));
      return decision.status === "placed" ? [decision.key, decision.node, decision.score] : [decision.message];
    });
    const other = new Scheduler(many, options);
    const placements = other.placeMany(other.class(podOf("web", spec)), 150);
    const found = [...placements.slots].map((slot, index) => [
      `shop/web-${index}`,
      many.nodeAt(slot)?.name,
      placements.scores[index],
    ]);
    expect(found).toEqual(expected);
    expect([placements.placed, placements.left, placements.unplaced]).toEqual([150, 0, undefined]);
    for (const [key, node] of expected) expect(many.pod(String(key))?.node).toBe(node);
    expect([...many.nodes()].map(({ requested }) => requested)).toEqual(
      [...single.nodes()].map(({ requested }) => requested),
    );
    // What comes next is decided by the same numbers.
    expect({ ...other.place(podOf("next", spec)), token: 0 }).toEqual({
      ...scheduler.place(podOf("next", spec)),
      token: 0,
    });
  });

  test("end at the first that fits nowhere, and say why", () => {
    const cluster = clusterOf(2);
    const scheduler = new Scheduler(cluster);
    const placements = scheduler.placeMany(scheduler.class(podOf("web")), 50);
    expect([placements.placed, placements.left, cluster.podCount]).toEqual([16, 34, 16]);
    expect(placements.unplaced).toMatchObject({
      status: "unschedulable",
      key: "shop/web-16",
      message: "0/2 nodes are available: 2 Insufficient cpu.",
    });
  });

  test("take names that are free, call after call", () => {
    const cluster = clusterOf(3);
    cluster.upsertPod(podOf("web-2", { nodeName: "n0" }));
    const scheduler = new Scheduler(cluster);
    const template = scheduler.class(podOf("web"));
    scheduler.placeMany(template, 3);
    scheduler.placeMany(template, 2);
    const names = ["web-0", "web-1", "web-2", "web-3", "web-4", "web-5"];
    expect(names.map((name) => cluster.pod(`shop/${name}`) !== undefined)).toEqual(names.map(() => true));
    expect(cluster.podCount).toBe(6);
  });

  test("are promises, each with a token of its own", () => {
    const cluster = clusterOf(3);
    const scheduler = new Scheduler(cluster);
    const placements = scheduler.placeMany(scheduler.class(podOf("web")), 6, { nowMs: 0, ttlMs: 100 });
    cluster.forget(placements.token(4));
    cluster.confirm(placements.token(2));
    expect([cluster.podCount, cluster.pod("shop/web-4")]).toEqual([5, undefined]);
    expect(cluster.expire(100)).toEqual(["shop/web-0", "shop/web-1", "shop/web-3", "shop/web-5"]);
    expect(cluster.podCount).toBe(1);
    expect(() => cluster.forget(placements.token(6))).toThrow("0");
  });

  test("come and go with a what-if", () => {
    const cluster = clusterOf(5);
    const scheduler = new Scheduler(cluster);
    const spec = { affinity: shunning };
    scheduler.placeMany(scheduler.class(podOf("here", spec)), 7);
    const before = JSON.stringify([...cluster.nodes()].map(({ pods, requested }) => [pods, requested]));
    const foreseen = scheduler.schedule(podOf("probe", spec));
    cluster.begin();
    expect(scheduler.placeMany(scheduler.class(podOf("web", spec)), 9).placed).toBe(9);
    cluster.rollback();
    expect(JSON.stringify([...cluster.nodes()].map(({ pods, requested }) => [pods, requested]))).toBe(before);
    expect(scheduler.schedule(podOf("probe", spec))).toEqual(foreseen);
  });

  test("keep host ports apart", () => {
    const cluster = clusterOf(3);
    const scheduler = new Scheduler(cluster);
    const containers = [{ name: "main", ports: [{ containerPort: 80, hostPort: 80 }] }];
    const placements = scheduler.placeMany(scheduler.class(podOf("web", { containers })), 9);
    expect([...placements.slots].sort()).toEqual([0, 1, 2]);
    expect(placements.unplaced).toMatchObject({ status: "unschedulable" });
  });
});
