/**
 * Method: numbers worked out from kube-scheduler's formulas; Go's own container/heap, by its roots over every heap of six and
 * seven zeros and ones, and by a port of it on drawn totals; then whole schedulers, whose cursor shows where they began.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Node, Pod, StringMap } from "../../src/kube/objects.js";
import { feasibleNodesToFind, heapRoot, visit, zoneInterleaved } from "../../src/scheduler/sampling.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const SEED = 20_260;

describe("the count of feasible nodes after which a search ends", () => {
  test.each([
    [0, 0],
    [1, 1],
    [99, 99],
    [100, 100],
    [204, 100],
    [250, 120],
    [400, 188],
    [1_000, 420],
    [2_000, 680],
    [5_000, 500],
    [5_625, 281],
    [6_000, 300],
    [10_000, 500],
  ])("adapts to %i nodes as %i", (nodes, count) => {
    expect(feasibleNodesToFind(nodes, 0)).toBe(count);
  });

  test.each([
    [99, 1, 99],
    [100, 1, 100],
    [1_000, 5, 100],
    [1_000, 33, 330],
    [1_999, 33, 659],
    [5_000, 100, 5_000],
  ])("is, of %i nodes and %i per cent, %i", (nodes, percentage, count) => {
    expect(feasibleNodesToFind(nodes, percentage)).toBe(count);
  });
});

const ZONE = "topology.kubernetes.io/zone";
const REGION = "topology.kubernetes.io/region";
const BETA_ZONE = "failure-domain.beta.kubernetes.io/zone";

function orderOf(nodes: readonly (readonly [name: string, labels: StringMap])[], removed: readonly string[] = []) {
  using cluster = new Cluster();
  for (const [name, labels] of nodes) cluster.upsertNode({ metadata: { name, labels } });
  for (const name of removed) cluster.removeNode(name);
  const { bySlot } = cluster.state;
  return zoneInterleaved(bySlot)
    .map((slot) => bySlot[slot]?.name)
    .join(" ");
}

describe("the order of nodes", () => {
  const inZones = (names: string) => names.split(" ").map((name) => [name, { [ZONE]: name[0]! }] as const);

  test("lets zones take turns, in the order in which each was first seen", () => {
    expect(orderOf(inZones("a1 a2 a3 b1 c1 c2"))).toBe("a1 b1 c1 a2 c2 a3");
    expect(orderOf(inZones("c1 a1 a2 b1 c2 a3"))).toBe("c1 a1 b1 c2 a2 a3");
  });

  test("is that of arrival where no node says its zone, and has no place for nodes that are gone", () => {
    expect(orderOf(["n1", "n2", "n3"].map((name) => [name, {}]))).toBe("n1 n2 n3");
    expect(orderOf(inZones("a1 a2 b1 b2"), ["a1"])).toBe("a2 b1 b2");
    expect(orderOf([])).toBe("");
  });

  test("tells zones of one name apart by region, and takes nodes without either as a zone of their own", () => {
    const nodes = [
      ["e1", { [REGION]: "east", [ZONE]: "a" }],
      ["e2", { [REGION]: "east", [ZONE]: "a" }],
      ["w1", { [REGION]: "west", [ZONE]: "a" }],
      ["x1", {}],
      ["x2", { [ZONE]: "" }],
    ] as const;
    expect(orderOf(nodes)).toBe("e1 w1 x1 e2 x2");
  });

  test("reads the older spelling of a label first, even when it is empty", () => {
    const nodes = [
      ["n1", { [ZONE]: "a", [BETA_ZONE]: "b" }],
      ["n2", { [BETA_ZONE]: "b" }],
      ["n3", { [ZONE]: "a" }],
      ["n4", { [ZONE]: "a", [BETA_ZONE]: "" }],
      ["n5", {}],
    ] as const;
    expect(orderOf(nodes)).toBe("n1 n3 n4 n2 n5");
  });
});

describe("a visit", () => {
  const even = (slot: number) => (slot % 2 === 0 ? "feasible" : "rejected");
  const order = [0, 1, 2, 3, 4, 5, 6];

  test("finds all there is when that is no more than wanted, and rejects the others", () => {
    expect(visit(order, 0, 4, even)).toEqual({ found: [0, 2, 4, 6], left: [], rejected: 3 });
    expect(visit(order, 3, 9, even)).toEqual({ found: [4, 6, 0, 2], left: [], rejected: 3 });
  });

  test("goes on until one more is found than wanted, and leaves that one", () => {
    expect(visit(order, 0, 2, even)).toEqual({ found: [0, 2], left: [4, 5, 6], rejected: 2 });
    expect(visit(order, 5, 2, even)).toEqual({ found: [6, 0], left: [2, 3, 4], rejected: 2 });
    expect(visit(order, 0, 0, even)).toEqual({ found: [], left: order, rejected: 0 });
  });

  test("ends at a node on which a filter fails, which does not count", () => {
    const failing = (slot: number) => (slot === 4 ? "failed" : even(slot));
    expect(visit(order, 0, 9, failing)).toEqual({ found: [0, 2], left: [5, 6], rejected: 2 });
    expect(visit(order, 4, 9, failing)).toEqual({ found: [], left: [5, 6, 0, 1, 2, 3], rejected: 0 });
  });

  test("of nothing finds nothing", () => {
    expect(visit([], 0, 1, even)).toEqual({ found: [], left: [], rejected: 0 });
  });
});

/**
 * What Go's heap.Init and heap.Pop give for a max-heap of so many totals, each 0 or 1: the index of the root, by the binary
 * number whose bit i is the total of index i. Printed by Go 1.26.
 */
const GO_ROOTS = {
  6: "0010201030103010401040103010301050102010301030104010401030103010",
  7: "00102010301030104010401030103010501020103010301040104010301030106010201030103010401040103010301050102010301030104010401030103010",
};

describe("the root of a heap of totals", () => {
  test.each(Object.entries(GO_ROOTS))("is Go's, for every heap of %s zeros and ones", (size, roots) => {
    const heaps = Array.from(roots, (_, bits) =>
      Array.from({ length: Number(size) }, (_, index) => (bits >> index) & 1),
    );
    expect(heaps.map(heapRoot).join("")).toBe(roots);
  });

  test("is the first of equals, and that of nothing is none", () => {
    expect(heapRoot(Array(300).fill(7))).toBe(0);
    expect(heapRoot([])).toBe(-1);
  });

  test(`is what popping a ported container/heap gives, on drawn totals (seed ${SEED})`, () => {
    const totals = fc.array(fc.integer({ min: -2, max: 3 }), { minLength: 1, maxLength: 260 });
    fc.assert(
      fc.property(totals, (drawn) => {
        const root = heapRoot(drawn);
        expect(root).toBe(popped(drawn));
        expect(drawn[root]).toBe(Math.max(...drawn));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

/** container/heap, as Go writes it: Init, then Pop, over entries that know where they came from. */
function popped(totals: readonly number[]): number {
  const entries = totals.map((total, index) => ({ total, index }));
  const less = (i: number, j: number) => entries[i]!.total > entries[j]!.total;
  const swap = (i: number, j: number) => {
    const entry = entries[i]!;
    entries[i] = entries[j]!;
    entries[j] = entry;
  };
  const down = (from: number, count: number): void => {
    const left = 2 * from + 1;
    if (left >= count) return;
    const right = left + 1;
    const child = right < count && less(right, left) ? right : left;
    if (!less(child, from)) return;
    swap(from, child);
    down(child, count);
  };
  for (let at = Math.trunc(totals.length / 2) - 1; at >= 0; at--) down(at, totals.length);
  swap(0, totals.length - 1);
  down(0, totals.length - 1);
  return entries.at(-1)!.index;
}

function nodesOf(count: number): Node[] {
  return Array.from({ length: count }, (_, index) => ({
    metadata: { name: `n${index}` },
    status: { allocatable: { cpu: 4, memory: "8Gi", pods: 110 } },
  }));
}

const pod = (name: string): Pod => ({ metadata: { name }, spec: { containers: [{ name: "main" }] } });

describe("a scheduler that samples", () => {
  const sampling = (percentageOfNodesToScore: number) => ({
    config: { percentageOfNodesToScore },
    tieBreak: "heap" as const,
  });

  test("begins where the last search ended, once a pod was placed and not when it was only asked about", () => {
    using cluster = new Cluster();
    for (const each of nodesOf(250)) cluster.upsertNode(each);
    const scheduler = new Scheduler(cluster, sampling(0));
    const nodeOf = (decision: ReturnType<Scheduler["schedule"]>) => (decision.status === "placed" ? decision.node : "");
    // 120 of 250 nodes are found, then one more is looked at and dropped: the next search begins there.
    const nodes: string[] = [];
    for (const name of ["a", "b", "c", "d"]) {
      const asked = [scheduler.schedule(pod(name)), scheduler.schedule(pod(name))].map(nodeOf);
      nodes.push(nodeOf(scheduler.place(pod(name))));
      expect(asked).toEqual([nodes.at(-1), nodes.at(-1)]);
    }
    expect(nodes).toEqual(["n0", "n120", "n240", "n110"]);
  });

  test("looks at every node when there are fewer than a hundred, and stays where it began", () => {
    using cluster = new Cluster();
    for (const each of nodesOf(99)) cluster.upsertNode(each);
    const scheduler = new Scheduler(cluster, sampling(1));
    const full = { metadata: { name: "n98" }, status: { allocatable: { cpu: 64, memory: "128Gi", pods: 110 } } };
    cluster.upsertNode(full);
    for (const name of ["a", "b"]) expect(scheduler.place(pod(name))).toMatchObject({ node: "n98" });
  });

  test("fails where a filter fails on the way, and not where that is further on", () => {
    using cluster = new Cluster();
    for (const each of nodesOf(200)) cluster.upsertNode(each);
    const driver = "csi.example.com";
    const claimed = (name: string, claimName: string): Pod => ({
      metadata: { name },
      spec: { ...pod(name).spec, volumes: [{ name: "v", persistentVolumeClaim: { claimName } }] },
    });
    const drivers = [{ name: driver, nodeID: "n", allocatable: { count: 5 } }];
    cluster.upsertObject({ kind: "CSINode", metadata: { name: "n120" }, spec: { drivers } });
    cluster.upsertObject({ kind: "StorageClass", metadata: { name: "s" }, provisioner: driver });
    cluster.upsertObject({ kind: "PersistentVolumeClaim", metadata: { name: "q" }, spec: { storageClassName: "s" } });
    // NodeVolumeLimits cannot count the volumes of this one.
    const nameless = claimed("nameless", "");
    cluster.upsertPod({ ...nameless, spec: { ...nameless.spec, nodeName: "n120" } });
    const enabled = ["PrioritySort", "DefaultBinder", "NodeVolumeLimits", "ImageLocality"].map((name) => ({ name }));
    const profiles = [{ plugins: { multiPoint: { disabled: [{ name: "*" }], enabled } } }];
    const scheduler = new Scheduler(cluster, { config: { percentageOfNodesToScore: 1, profiles } });
    expect(scheduler.place(claimed("a", "q"))).toMatchObject({ status: "placed", node: "n0" });
    const failure = {
      status: "error",
      message: 'running "NodeVolumeLimits" filter plugin: PersistentVolumeClaim had no name',
    };
    const explanation = scheduler.explain(claimed("b", "q"));
    expect(explanation.decision).toMatchObject(failure);
    expect(explanation.node("n120")).toMatchObject({ verdict: "rejected", rejection: { code: "Error" } });
    expect(explanation.node("n121")).toMatchObject({ verdict: "unvisited" });
    expect(scheduler.place(claimed("b", "q"))).toMatchObject(failure);
  });

  test("decides with 100 per cent as one that does not sample", () => {
    const decided = (config: object) => {
      using cluster = new Cluster();
      for (const each of nodesOf(250)) cluster.upsertNode(each);
      const scheduler = new Scheduler(cluster, { config });
      return Array.from({ length: 60 }, (_, index) => {
        const matchFields = [{ key: "metadata.name", operator: "In" as const, values: [`n${index * 4}`] }];
        const nodeAffinity = {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
        };
        const asked = pod(`p${index}`);
        const isPinned = index % 3 === 0;
        return scheduler.place(isPinned ? { ...asked, spec: { ...asked.spec!, affinity: { nodeAffinity } } } : asked);
      }).map((decision) => (decision.status === "placed" ? [decision.node, decision.score] : decision.status));
    };
    expect(decided({ percentageOfNodesToScore: 100 })).toEqual(decided({}));
  });

  test("moves on past nodes that reject the pod, and counts them", () => {
    using cluster = new Cluster();
    for (const each of nodesOf(200)) {
      const isFull = Number(each.metadata!.name!.slice(1)) % 2 === 0;
      cluster.upsertNode({ ...each, spec: { unschedulable: isFull } });
    }
    const scheduler = new Scheduler(cluster, sampling(1));
    // All 100 odd nodes are found in 200 visits, so that the cursor is back at the beginning.
    expect(scheduler.place(pod("a"))).toMatchObject({ node: "n1" });
    expect(scheduler.place(pod("b"))).toMatchObject({ node: "n3" });
  });
});
