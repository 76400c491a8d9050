/** Method: the indexes of a profile, watched through the calls into the core that make, ask and free them. */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Pod } from "../../src/kube/objects.js";
import type { SchedulerOptions } from "../../src/scheduler/options.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const HOSTNAME = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";

function addNode(cluster: Cluster, index: number, cpu = 64, zone = `z${index % 3}`): void {
  const name = `n${index}`;
  cluster.upsertNode({
    metadata: { name, labels: { [HOSTNAME]: name, [ZONE]: zone } },
    status: { allocatable: { cpu, memory: "256Gi", pods: 110 } },
  });
}

interface Watched {
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  readonly calls: { made: number; freed: number; asked: number; lost: number };
}

function watched(nodes: number, options: SchedulerOptions = {}): Watched {
  const cluster = new Cluster();
  for (let index = 0; index < nodes; index++) addNode(cluster, index);
  const { core, ids } = cluster.state.engine;
  const calls = { made: 0, freed: 0, asked: 0, lost: 0 };
  const { indexAdd, indexFree, indexRun } = core;
  core.indexAdd = (request) => {
    const index = indexAdd(request);
    if (index === ids.STATUS_LOST) calls.lost++;
    else calls.made++;
    return index;
  };
  core.indexFree = (index) => {
    calls.freed++;
    indexFree(index);
  };
  core.indexRun = (...args) => {
    calls.asked++;
    return indexRun(...args);
  };
  return { cluster, scheduler: new Scheduler(cluster, options), calls };
}

let named = 0;

function podOf(cpuMilli: number, spec: Pod["spec"] = {}): Pod {
  return {
    metadata: { name: `p${named++}`, namespace: "default", labels: { app: "web" } },
    spec: { containers: [{ name: "main", resources: { requests: { cpu: `${cpuMilli}m` } } }], ...spec },
  };
}

/** A pod with a claim of its own, bound to a volume of its own that a zone reaches. */
function podWithVolume(cluster: Cluster, zone: string, volumeHandle = `handle-${named}`): Pod {
  const name = `claim-${named}`;
  const metadata = { name, namespace: "default", annotations: { "pv.kubernetes.io/bind-completed": "yes" } };
  const matchExpressions = [{ key: ZONE, operator: "In" as const, values: [zone] }];
  const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions }] } };
  const csi = { driver: "disk.example.com", volumeHandle };
  cluster.upsertObject({ kind: "PersistentVolume", metadata: { name }, spec: { csi, nodeAffinity } });
  cluster.upsertObject({ kind: "PersistentVolumeClaim", metadata, spec: { volumeName: name } });
  return podOf(100, { volumes: [{ name: "data", persistentVolumeClaim: { claimName: name } }] });
}

function takes(cluster: Cluster, node: string, count: number): void {
  const drivers = [{ name: "disk.example.com", nodeID: node, allocatable: { count } }];
  cluster.upsertObject({ kind: "CSINode", metadata: { name: node }, spec: { drivers } });
}

const spreading: Pod["spec"] = {
  topologySpreadConstraints: [ZONE, HOSTNAME].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: { app: "web" } },
  })),
};

describe("indexes of pod classes", () => {
  test("are made when a plain class is asked about again, and at once where other pods matter", () => {
    const { scheduler, calls } = watched(10);
    scheduler.place(podOf(100));
    expect(calls).toMatchObject({ made: 0, asked: 0 });
    scheduler.place(podOf(100));
    scheduler.place(podOf(100));
    expect(calls).toMatchObject({ made: 1, asked: 2 });
    scheduler.place(podOf(100, spreading));
    expect(calls).toMatchObject({ made: 2, asked: 3, freed: 0 });
  });

  test("are shared by pods with bound volumes of a zone, whatever their claims are called, and hear of limits", () => {
    const { cluster, scheduler, calls } = watched(6);
    for (let index = 0; index < 6; index++) takes(cluster, `n${index}`, 2);
    const place = (): string => {
      const decision = scheduler.place(podWithVolume(cluster, "z0"));
      return decision.status === "placed" ? decision.node : decision.status;
    };
    expect([place(), place(), place(), place(), place()]).toEqual(["n0", "n0", "n3", "n3", "unschedulable"]);
    takes(cluster, "n3", 3);
    expect([place(), place()]).toEqual(["n3", "unschedulable"]);
    cluster.removeObject("CSINode", "n0");
    expect(place()).toBe("n0");
    expect(calls).toEqual({ made: 1, asked: 7, freed: 0, lost: 0 });
  });

  test("are not asked about volumes that are attached somewhere: there they count for nothing more", () => {
    const { cluster, scheduler, calls } = watched(3);
    for (let index = 0; index < 3; index++) takes(cluster, `n${index}`, 1);
    const nodes = [1, 2, 3].map(() => {
      const decision = scheduler.place(podWithVolume(cluster, "z0", "shared"));
      return decision.status === "placed" && decision.node;
    });
    expect(nodes).toEqual(["n0", "n0", "n0"]);
    expect(calls).toEqual({ made: 0, asked: 0, freed: 0, lost: 0 });
  });

  test("are not made when a scheduler is told to do without", () => {
    const { scheduler, calls } = watched(10, { isIndexed: false });
    for (let turn = 0; turn < 3; turn++) scheduler.place(podOf(100, spreading));
    expect(calls).toEqual({ made: 0, freed: 0, asked: 0, lost: 0 });
  });

  test("follow nodes that come, go and change where all are alike to the class, as far as there is room", () => {
    const { cluster, scheduler, calls } = watched(120);
    const place = (): string => {
      const pod = podOf(8_000);
      const decision = scheduler.place(pod);
      cluster.removePod(pod);
      return decision.status === "placed" ? decision.node : decision.status;
    };
    expect([place(), place(), place()]).toEqual(["n0", "n0", "n0"]);
    addNode(cluster, 3, 128);
    expect(place()).toBe("n3");
    cluster.removeNode("n3");
    expect(place()).toBe("n0");
    addNode(cluster, 120, 256);
    expect(place()).toBe("n120");
    expect(calls).toMatchObject({ made: 1, freed: 0, asked: 5 });
    for (let index = 121; index < 130; index++) addNode(cluster, index, 512);
    expect(place()).toBe("n121");
    expect(calls).toMatchObject({ made: 2, freed: 1, asked: 6 });
  });

  test("end when a node changes where groups of nodes are told apart", () => {
    const { cluster, scheduler, calls } = watched(10);
    for (let turn = 0; turn < 3; turn++) scheduler.place(podOf(100, spreading));
    addNode(cluster, 3, 128);
    scheduler.place(podOf(100, spreading));
    expect(calls).toMatchObject({ made: 2, freed: 1, asked: 4 });
  });

  test("share what they keep of the nodes where only what they do with it differs, until a node changes", () => {
    const { cluster, scheduler } = watched(2_000);
    const { engine } = cluster.state;
    const spread = (maxSkew: number, minDomains: number): Pod["spec"] => ({
      topologySpreadConstraints: [
        {
          maxSkew,
          minDomains,
          topologyKey: ZONE,
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { app: "web" } },
        },
      ],
    });
    const nodeOf = (maxSkew: number, minDomains = 1): string => {
      const decision = scheduler.schedule(podOf(16_000, spread(maxSkew, minDomains)));
      return decision.status === "placed" ? decision.node : decision.status;
    };
    for (const node of ["n0", "n3"]) cluster.upsertPod({ ...podOf(100), spec: { nodeName: node } });
    expect(nodeOf(1)).toBe("n1");
    const before = engine.usedBytes;
    for (let maxSkew = 2; maxSkew < 42; maxSkew++) nodeOf(maxSkew);
    expect((engine.usedBytes - before) / 40).toBeLessThan(2_000);
    // The index of skew 1 is still there, with n6 in the zone that is full.
    addNode(cluster, 6, 128, "z1");
    expect([nodeOf(1, 2), nodeOf(1)]).toEqual(["n6", "n6"]);
  });

  test("list the nodes where few are open, and end when a node comes or goes", () => {
    const { cluster, scheduler, calls } = watched(40);
    const nodeSelectorTerms = ["n7", "n3", "late"].map((name) => ({
      matchFields: [{ key: "metadata.name", operator: "In" as const, values: [name] }],
    }));
    const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } };
    const place = (): string => {
      const decision = scheduler.place(podOf(30_000, { affinity: { nodeAffinity } }));
      return decision.status === "placed" ? decision.node : decision.status;
    };
    expect([place(), place(), place(), place(), place()]).toEqual(["n3", "n7", "n3", "n7", "unschedulable"]);
    expect(calls).toEqual({ made: 1, freed: 0, asked: 4, lost: 0 });
    const metadata = { name: "late", labels: {} };
    cluster.upsertNode({ metadata, status: { allocatable: { cpu: 64, memory: "256Gi", pods: 110 } } });
    expect([place(), place()]).toEqual(["late", "late"]);
    cluster.removeNode("n3");
    expect(place()).toBe("unschedulable");
    expect(calls).toMatchObject({ made: 3, freed: 2, lost: 0 });
  });

  test("make room for each other under a budget", () => {
    const { scheduler, calls } = watched(10, { cacheBytes: 5_000 });
    for (let turn = 0; turn < 40; turn++) scheduler.place(podOf(100, spreading));
    expect(calls).toMatchObject({ made: 1, freed: 0 });
    for (let turn = 0; turn < 6; turn++) scheduler.place(podOf(100 + (turn % 3), spreading));
    expect(calls.freed).toBeGreaterThan(3);
  });

  test("stay by what they take, and not by what they could at most: of plain pods many in a small budget", () => {
    const { scheduler, calls } = watched(200, { cacheBytes: 14_000 });
    for (let turn = 0; turn < 160; turn++) scheduler.place(podOf(10 + (turn % 16)));
    expect(calls).toMatchObject({ made: 16, freed: 0 });
  });

  test("are given up where weights are too large for a byte", () => {
    const plugins = { multiPoint: { enabled: [{ name: "NodeResourcesFit", weight: 9 }] } };
    const { scheduler, calls } = watched(10, { config: { profiles: [{ plugins }] } });
    const decisions = Array.from({ length: 4 }, () => scheduler.place(podOf(100)));
    expect(decisions.map(({ status }) => status)).toEqual(Array(4).fill("placed"));
    expect(calls).toMatchObject({ made: 0, lost: 1, asked: 0 });
  });

  test("leave nothing behind when they come and go", () => {
    const { cluster, scheduler } = watched(200);
    const round = (): number => {
      const decisions = Array.from({ length: 12 }, (_, turn) =>
        scheduler.place(podOf(turn % 4, turn < 6 ? spreading : {})),
      );
      for (const { key } of decisions) cluster.removePod(key);
      addNode(cluster, named % 200, 64 + (named % 5));
      return cluster.state.engine.usedBytes;
    };
    for (let turn = 0; turn < 10; turn++) round();
    const before = round();
    for (let turn = 0; turn < 40; turn++) round();
    expect(round()).toBe(before);
  });
});
