// Small worlds whose plans are worked out by hand, on the real engine; then an independent, slow calculation of the nearest
// miss over random nodes, and laws that every plan keeps.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Node, Pod } from "../../src/kube/objects.js";
import { nearestMisses } from "../../src/planning/nearest.js";
import { decreasingOrder, type PlanOrder } from "../../src/planning/order.js";
import { type Plan, plan, rowsOf } from "../../src/planning/plan.js";
import type { Fit } from "../../src/scheduler/decision.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const GIB = 2 ** 30;

function node(name: string, cpu: string, memory: string, taint?: string): Node {
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name } },
    ...(taint !== undefined && { spec: { taints: [{ key: taint, effect: "NoSchedule" }] } }),
    status: { allocatable: { cpu, memory, pods: "3" } },
  };
}

function pod(name: string, cpu: string, memory: string, spec: Pod["spec"] = {}): Pod {
  return {
    metadata: { namespace: "shop", name },
    spec: {
      schedulerName: "default-scheduler",
      containers: [{ name: "main", resources: { requests: { cpu, memory } } }],
      ...spec,
    },
  };
}

async function planFor(
  nodes: readonly Node[],
  pending: readonly Pod[],
  existing: readonly Pod[] = [],
  order?: PlanOrder,
): Promise<Plan> {
  const cluster = new Cluster();
  try {
    for (const one of nodes) cluster.upsertNode(one);
    for (const one of existing) cluster.upsertPod(one);
    const scheduler = new Scheduler(cluster, {});
    const made = await plan(cluster, scheduler, pending, existing, order === undefined ? {} : { order });
    return { ...made, decisions: [...rowsOf(made)] };
  } finally {
    cluster.dispose();
  }
}

const nodesOf = ({ decisions }: Plan): Record<string, string> =>
  Object.fromEntries(decisions.map((decision) => [decision.pod, decision.node ?? decision.status]));

const THREE_NODES = [
  {
    name: "a",
    allocatable: { cpu: 2000, memory: 8 * GIB, pods: 3 },
    requested: { cpu: 1500, memory: 2 * GIB, pods: 1 },
    pods: ["shop/db"],
  },
  {
    name: "b",
    allocatable: { cpu: 4000, memory: 8 * GIB, pods: 3 },
    requested: { cpu: 1000, memory: GIB, pods: 1 },
    pods: ["shop/web"],
  },
  {
    name: "c",
    allocatable: { cpu: 16000, memory: 64 * GIB, pods: 3 },
    requested: { cpu: 0, memory: 0, pods: 0 },
    pods: [],
  },
];

describe("a plan", () => {
  test("says of every pod where it is, where it goes, or what it lacks", async () => {
    const made = await planFor(
      [node("a", "2", "8Gi"), node("b", "4", "8Gi"), node("c", "16", "64Gi", "reserved")],
      [pod("web", "1", "1Gi"), pod("big", "4", "1Gi"), pod("huge", "1", "16Gi")],
      [pod("db", "1500m", "2Gi", { nodeName: "a" })],
    );
    expect(made.schemaVersion).toBe("stowage/plan.v1");
    expect(made.summary).toEqual({
      nodes: 3,
      nodesUsed: 2,
      pods: 4,
      existing: 1,
      placed: 1,
      unschedulable: 2,
      unsupported: 0,
      gated: 0,
      evicted: 0,
      resources: {
        cpu: { allocatable: 22000, requested: 2500, largestFree: 16000 },
        memory: { allocatable: 80 * GIB, requested: 3 * GIB, largestFree: 64 * GIB },
        pods: { allocatable: 9, requested: 2, largestFree: 3 },
      },
    });
    expect(made.nodes).toEqual(THREE_NODES);
    expect(made.decisions).toEqual([
      { pod: "shop/db", status: "existing", node: "a" },
      { pod: "shop/web", status: "placed", node: "b", score: expect.any(Number) },
      {
        pod: "shop/big",
        status: "unschedulable",
        message: "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu.",
        reasons: [
          { plugin: "NodeResourcesFit", reason: "Insufficient cpu", nodes: 2 },
          { plugin: "TaintToleration", reason: "node(s) had untolerated taint(s)", nodes: 1 },
        ],
        nearest: [
          { node: "b", lacks: { cpu: 1000 } },
          { node: "a", lacks: { cpu: 3500 } },
        ],
      },
      {
        pod: "shop/huge",
        status: "unschedulable",
        message:
          "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 2 Insufficient memory.",
        reasons: expect.any(Array),
        nearest: [
          { node: "b", lacks: { memory: 9 * GIB } },
          { node: "a", lacks: { cpu: 500, memory: 10 * GIB } },
        ],
      },
    ]);
  });

  test("names no nearest miss where room would not help", async () => {
    const made = await planFor([node("a", "4", "8Gi", "reserved")], [pod("web", "8", "1Gi")]);
    expect(made.decisions[0]).not.toHaveProperty("nearest");
    expect(made.decisions[0]?.status).toBe("unschedulable");
  });

  test("measures the nearest miss when everything is placed, not when the pod's turn came", async () => {
    const made = await planFor(
      [node("a", "4", "8Gi")],
      [pod("first", "5", "1Gi"), pod("second", "3", "1Gi")],
      [],
      "listed",
    );
    expect(made.decisions[0]?.nearest).toEqual([{ node: "a", lacks: { cpu: 4000 } }]);
  });

  test("counts a full node as lacking room for one pod", async () => {
    const full = [1, 2, 3].map((i) => pod(`p${i}`, "0", "0", { nodeName: "a" }));
    const made = await planFor([node("a", "4", "8Gi")], [pod("web", "1", "1Gi")], full);
    expect(made.decisions.at(-1)).toMatchObject({
      message: "0/1 nodes are available: 1 Too many pods.",
      nearest: [{ node: "a", lacks: { pods: 1 } }],
    });
  });

  test("gives a status to pods that are gated, being deleted, or another scheduler's", async () => {
    const deleted = pod("deleted", "1", "1Gi");
    const made = await planFor(
      [node("a", "4", "8Gi")],
      [
        pod("gated", "1", "1Gi", { schedulingGates: [{ name: "wait" }] }),
        pod("other", "1", "1Gi", { schedulerName: "volcano" }),
        { ...deleted, metadata: { ...deleted.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } },
      ],
    );
    expect(nodesOf(made)).toEqual({ "shop/gated": "gated", "shop/other": "ignored", "shop/deleted": "ignored" });
    expect(made.summary).toMatchObject({ pods: 3, gated: 1, placed: 0, nodesUsed: 0 });
  });

  test("says once what many pods hear, and keeps apart what only some of them lack", async () => {
    using cluster = new Cluster();
    cluster.upsertNode(node("a", "4", "8Gi"));
    const large = Array.from({ length: 100 }, (_, i) => pod(`large-${i}`, "8", "1Gi"));
    const larger = Array.from({ length: 100 }, (_, i) => pod(`larger-${i}`, "9", "1Gi"));
    const { decisions } = await plan(cluster, new Scheduler(cluster), [...large, ...larger], []);
    const fates = new Set(decisions.map(({ fate }) => fate));
    expect([...fates].map(({ nearest }) => nearest?.[0]?.lacks)).toEqual([{ cpu: 4000 }, { cpu: 5000 }]);
  });

  test("of no nodes and no pods is empty", async () => {
    expect(await planFor([], [])).toMatchObject({
      summary: { nodes: 0, pods: 0, resources: {} },
      nodes: [],
      decisions: [],
    });
  });
});

describe("the order of placing", () => {
  const nodes = [node("a", "3", "8Gi")];
  const pods = [pod("first", "2", "1Gi"), pod("large", "3", "1Gi"), pod("urgent", "2", "1Gi", { priority: 10 })];

  test.each<[PlanOrder, Record<string, string>]>([
    ["listed", { "shop/first": "a", "shop/large": "unschedulable", "shop/urgent": "unschedulable" }],
    ["queue", { "shop/first": "unschedulable", "shop/large": "unschedulable", "shop/urgent": "a" }],
    ["decreasing", { "shop/first": "unschedulable", "shop/large": "a", "shop/urgent": "unschedulable" }],
  ])("%s", async (order, expected) => {
    const made = await planFor(nodes, pods, [], order);
    expect(nodesOf(made)).toEqual(expected);
    expect(made.decisions.map((decision) => decision.pod)).toEqual(["shop/first", "shop/large", "shop/urgent"]);
  });

  test("decreasing goes by the dominant share, then by the sum of shares, then as listed", () => {
    const totals = { cpu: 10_000, memory: 100 };
    const requests: [string, number][][] = [
      [["cpu", 1000]],
      [["memory", 50]],
      [
        ["cpu", 1000],
        ["memory", 5],
      ],
      [["cpu", 1000]],
      [["nvidia.com/gpu", 1]],
      [
        ["pods", 99],
        ["nonsense", 99],
      ],
    ];
    expect(
      decreasingOrder(
        requests.map((request) => new Map(request)),
        totals,
      ),
    ).toEqual([4, 1, 2, 0, 3, 5]);
  });
});

describe("laws of plans", () => {
  const amount = fc.integer({ min: 0, max: 12 });
  const worlds = fc.record({
    nodes: fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 16 })), { maxLength: 5 }),
    pods: fc.array(fc.tuple(amount, amount), { maxLength: 12 }),
    order: fc.constantFrom<PlanOrder>("queue", "listed", "decreasing"),
  });

  test("no node gives away more than it has, each pod is decided once, and equal worlds give equal bytes", async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const nodes = world.nodes.map(([cpu, memory], i) => node(`n${i}`, `${cpu}`, `${memory}Gi`));
        const pods = world.pods.map(([cpu, memory], i) => pod(`p${i}`, `${cpu * 250}m`, `${memory}Gi`));
        const made = await planFor(nodes, pods, [], world.order);
        for (const { allocatable, requested, pods: here } of made.nodes) {
          for (const [name, given] of Object.entries(requested))
            expect(given).toBeLessThanOrEqual(allocatable[name] ?? 0);
          expect(requested.pods).toBe(here.length);
        }
        expect(made.decisions.map((decision) => decision.pod)).toEqual(pods.map((_, i) => `shop/p${i}`));
        const placed = made.decisions.filter((decision) => decision.status === "placed");
        expect(made.nodes.flatMap((one) => one.pods).sort()).toEqual(placed.map((decision) => decision.pod).sort());
        expect(JSON.stringify(await planFor(nodes, pods, [], world.order))).toBe(JSON.stringify(made));
      }),
      { numRuns: 100 },
    );
  });

  test("the nearest misses are those with the least missing part, as a sort of all nodes finds them", () => {
    const room = fc.record({ has: amount, gave: amount, memory: amount });
    fc.assert(
      fc.property(fc.array(room, { maxLength: 12 }), fc.integer({ min: 1, max: 12 }), (worlds, wanted) => {
        const request = new Map([
          ["cpu", wanted],
          ["memory", 6],
        ]);
        const rooms = new Map(
          worlds.map(({ has, gave, memory }, i) => [
            `n${i}`,
            { allocatable: { cpu: has, memory }, requested: { cpu: gave, memory: 0 } },
          ]),
        );
        const all = worlds.map(({ has, gave, memory }, i) => {
          const lacks = { cpu: Math.max(0, wanted - (has - gave)), memory: Math.max(0, 6 - memory) };
          return { node: `n${i}`, lacks, parts: [lacks.cpu / wanted, lacks.memory / 6] };
        });
        const rejected = all.filter(({ lacks }) => lacks.cpu + lacks.memory > 0);
        const fit: Fit = {
          feasible: [],
          rejected: rejected.map(({ node: name, lacks }) => ({
            node: name,
            plugin: "NodeResourcesFit",
            code: "Unschedulable",
            reasons: Object.entries(lacks).flatMap(([resource, lack]) =>
              lack > 0 ? [`Insufficient ${resource}`] : [],
            ),
          })),
        };
        const sum = ({ parts }: { parts: readonly number[] }): number => parts[0]! + parts[1]!;
        const largest = ({ parts }: { parts: readonly number[] }): number => Math.max(...parts);
        const expected = rejected.sort((a, b) => largest(a) - largest(b) || sum(a) - sum(b)).slice(0, 3);
        const found = nearestMisses(fit.rejected, request, (node) => rooms.get(node));
        expect(found.map((miss) => miss.node)).toEqual(expected.map(({ node: name }) => name));
        for (const [i, miss] of found.entries()) {
          const { lacks } = expected[i]!;
          expect({ cpu: 0, memory: 0, ...miss.lacks }).toEqual(lacks);
        }
      }),
    );
  });
});
