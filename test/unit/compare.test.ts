// Comparisons worked out by hand, on the real engine, and laws that hold in random worlds: a variant compared with itself
// differs in nothing, and every variant ends where a scheduler of its own would put the pods.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Pod } from "../../src/kube/objects.js";
import { compare, type Variant } from "../../src/planning/compare.js";
import { strandedOn, utilizationOf } from "../../src/planning/utilization.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { STRATEGIES, type StrategyName } from "../../src/scheduler/strategies.js";
import { worldArbitrary } from "../helpers/world-arbitraries.js";
import { ALL_THEMES } from "../helpers/worlds.js";
import { openWorld } from "./explain-worlds.js";

const SEED = 20_261_130;

function clusterOf(...sizes: readonly (readonly [name: string, cpu: number, memory: string])[]): Cluster {
  const cluster = new Cluster();
  for (const [name, cpu, memory] of sizes) {
    cluster.upsertNode({ metadata: { name }, status: { allocatable: { cpu, memory, pods: 10 } } });
  }
  return cluster;
}

const pod = (name: string, cpu: number, memory: string, more: Pod["spec"] = {}): Pod => ({
  metadata: { namespace: "shop", name },
  spec: { containers: [{ name: "main", resources: { requests: { cpu, memory } } }], ...more },
});

const variant = (name: StrategyName, cluster: Cluster, pending: readonly Pod[]): Variant => ({
  name,
  cluster,
  scheduler: new Scheduler(cluster, { config: STRATEGIES[name] }),
  pending,
});

describe("a comparison", () => {
  test("tells what strategies come to, who moves and which score moved it", async () => {
    using cluster = clusterOf(["a", 4, "4Gi"], ["b", 4, "4Gi"]);
    const pending = [pod("one", 1, "1Gi"), pod("two", 1, "1Gi")];
    const { variants, moves } = await compare([variant("least", cluster, pending), variant("most", cluster, pending)]);
    expect(variants.map(({ name, nodesUsed, pending: left, moved }) => [name, nodesUsed, left, moved])).toEqual([
      ["least", 2, 0, 0],
      ["most", 1, 0, 1],
    ]);
    expect(moves).toEqual([
      {
        variant: "most",
        pod: "shop/two",
        from: "b",
        to: "a",
        because: { kind: "score", plugin: "NodeResourcesFit", by: 25, total: 25 },
      },
    ]);
    expect([...cluster.nodes()].flatMap(({ pods }) => pods)).toEqual([]);
  });

  test("tells of two inputs what is added and removed, and why a pod could not stay", async () => {
    using before = clusterOf(["a", 4, "4Gi"], ["b", 2, "4Gi"]);
    using after = clusterOf(["a", 2, "4Gi"], ["b", 4, "4Gi"]);
    const { variants, moves } = await compare([
      {
        name: "before",
        cluster: before,
        scheduler: new Scheduler(before),
        pending: [pod("web", 3, "1Gi"), pod("old", 1, "1Gi")],
      },
      {
        name: "after",
        cluster: after,
        scheduler: new Scheduler(after),
        pending: [pod("web", 3, "1Gi"), pod("new", 9, "1Gi")],
      },
    ]);
    expect(variants[1]).toMatchObject({ pods: 2, pending: 1, moved: 1, added: 1, removed: 1 });
    const because = { kind: "filter", plugin: "NodeResourcesFit", reasons: ["Insufficient cpu"] };
    expect(moves).toEqual([{ variant: "after", pod: "shop/web", from: "a", to: "b", because }]);
  });

  test("tells ties from scores, and why a pod that had a node has none", async () => {
    using before = clusterOf(["a", 4, "4Gi"]);
    using after = clusterOf(["b", 1, "4Gi"]);
    const pending = [pod("web", 2, "1Gi")];
    const { moves } = await compare([
      { name: "before", cluster: before, scheduler: new Scheduler(before), pending },
      { name: "after", cluster: after, scheduler: new Scheduler(after), pending },
    ]);
    expect(moves[0]!.because).toEqual({
      kind: "unschedulable",
      message: "0/1 nodes are available: 1 Insufficient cpu.",
    });
    using two = clusterOf(["a", 4, "4Gi"], ["b", 4, "4Gi"]);
    const drawn = (seed: number): Variant => {
      const scheduler = new Scheduler(two, { tieBreak: "random", seed });
      return { name: `seed ${seed}`, cluster: two, scheduler, pending };
    };
    const draws = await compare(Array.from({ length: 20 }, (_, seed) => drawn(seed)));
    expect(new Set(draws.moves.map(({ because }) => because?.kind))).toEqual(new Set(["tie"]));
  });

  test("asks why of as many pods as it is told to", async () => {
    using cluster = clusterOf(["a", 8, "8Gi"], ["b", 8, "8Gi"]);
    const pending = Array.from({ length: 8 }, (_, at) => pod(`p${at}`, 1, "1Gi"));
    const both = [variant("least", cluster, pending), variant("most", cluster, pending)];
    const { moves } = await compare(both, { mostReasons: 2 });
    expect(moves.map(({ because }) => because !== undefined)).toEqual([true, true, false, false]);
  });

  test("adds up prices of the nodes that are used, DaemonSets aside", async () => {
    using cluster = clusterOf(["a", 4, "4Gi"], ["b", 4, "4Gi"]);
    const ownerReferences = [{ kind: "DaemonSet", name: "agent", controller: true }];
    cluster.upsertPod({ ...pod("agent", 1, "1Gi", { nodeName: "b" }), metadata: { name: "agent", ownerReferences } });
    cluster.upsertPod(pod("web", 1, "1Gi", { nodeName: "a" }));
    expect(utilizationOf(cluster, () => 0.1)).toMatchObject({ nodes: 2, nodesUsed: 1, cost: 0.1 });
    expect(utilizationOf(cluster)).not.toHaveProperty("cost");
  });

  test("stops by its signal with nothing left behind", async () => {
    using cluster = clusterOf(["a", 4, "4Gi"]);
    const signal = AbortSignal.abort();
    const stopped = compare([variant("least", cluster, [pod("web", 1, "1Gi")])], { signal });
    await expect(stopped).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(() => cluster.rollback()).toThrow(expect.objectContaining({ code: "ERR_TRANSACTION" }));
  });
});

test.each<[string, Record<string, number>, Record<string, number>, Record<string, number>]>([
  ["nothing of an empty node", {}, {}, { cpu: 0, memory: 0 }],
  ["the memory that is left when cpu runs out", { cpu: 3000, memory: 100 }, {}, { cpu: 0, memory: 650 }],
  [
    "all that is free when no pod may come any more",
    { cpu: 1000, memory: 100, pods: 10 },
    {},
    { cpu: 3000, memory: 900 },
  ],
  ["nothing of what is overdrawn", { cpu: 5000, memory: 100 }, {}, { cpu: 0, memory: 900 }],
  ["nothing of what the node has none of", {}, { memory: 0 }, { cpu: 0, memory: 0 }],
])("stranded is %s", (_what, requested, other, expected) => {
  const allocatable = { cpu: 4000, memory: 1000, pods: 10, ...other };
  expect(Object.fromEntries(strandedOn({ allocatable, requested }))).toEqual(expected);
});

test("in random worlds a way compared with itself differs in nothing, and ends where its scheduler alone ends", async () => {
  const property = fc.asyncProperty(worldArbitrary({ among: ALL_THEMES }), async (world) => {
    const { cluster, scheduler, incoming } = openWorld(world);
    const pending = incoming.filter(({ spec }) => !spec?.nodeName);
    const [first, second] = [
      { name: "one", cluster, scheduler, pending },
      { name: "two", cluster, scheduler, pending },
    ];
    const { variants, moves } = await compare([first, second]);
    const { name: _, ...one } = variants[0]!;
    expect(variants[1]).toEqual({ name: "two", ...one });
    expect(moves).toEqual([]);
    const alone = openWorld(world);
    const decisions = await alone.scheduler.placeAll(pending);
    const left = decisions.filter(({ status }) => status !== "placed" && status !== "ignored");
    expect(one.pending).toBe(left.length);
    expect(utilizationOf(alone.cluster)).toEqual({
      nodes: one.nodes,
      nodesUsed: one.nodesUsed,
      resources: one.resources,
    });
    cluster.dispose();
    alone.cluster.dispose();
  });
  await fc.assert(property, { numRuns: 60, seed: SEED });
});
