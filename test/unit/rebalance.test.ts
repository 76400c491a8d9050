// Small clusters whose moves are worked out by hand, on the real engine: which nodes are emptied and in which order, what keeps
// a pod, what a surge needs, and where the search ends.
import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Node, Pod, PodDisruptionBudget } from "../../src/kube/objects.js";
import { type RebalanceOptions, rebalance } from "../../src/planning/rebalance.js";
import type { Rebalance } from "../../src/planning/rebalancing.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const node = (name: string, cpu: number, memory = "64Gi"): Node => ({
  metadata: { name, labels: { "kubernetes.io/hostname": name } },
  status: { allocatable: { cpu, memory, pods: 20 } },
});

interface PodFacts {
  /** Kind of the controller; null for none. */
  readonly owner?: string | null;
  readonly memory?: string;
  readonly metadata?: Pod["metadata"];
  readonly spec?: Pod["spec"];
}

function pod(
  name: string,
  cpu: number,
  on: string,
  { owner = "ReplicaSet", memory = "1Gi", ...more }: PodFacts = {},
): Pod {
  return {
    metadata: {
      namespace: "shop",
      name,
      labels: { app: name },
      ...(owner !== null && { ownerReferences: [{ kind: owner, name: "owner", controller: true }] }),
      ...more.metadata,
    },
    spec: { nodeName: on, containers: [{ name: "main", resources: { requests: { cpu, memory } } }], ...more.spec },
  };
}

interface World {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly budgets?: readonly PodDisruptionBudget[];
}

async function planFor({ nodes, pods, budgets = [] }: World, options: RebalanceOptions = {}): Promise<Rebalance> {
  using cluster = new Cluster();
  for (const one of nodes) cluster.upsertNode(one);
  for (const one of budgets) cluster.upsertObject(one);
  for (const one of pods) cluster.upsertPod(one);
  return await rebalance(cluster, new Scheduler(cluster), [], options);
}

const movesOf = ({ moves }: Rebalance): string[] => moves.map(({ pod: moved, from, to }) => `${moved} ${from}>${to}`);

describe("fewer nodes", () => {
  const nodes = [node("a", 4), node("b", 4), node("c", 4)];

  test("empties the nodes that take the fewest moves, the larger pod of a node first", async () => {
    const pods = [
      pod("a1", 1, "a"),
      pod("a2", 1, "a"),
      pod("a3", 1, "a"),
      pod("b1", 0.5, "b"),
      pod("b2", 1, "b"),
      pod("c1", 1, "c"),
    ];
    const plan = await planFor({ nodes, pods });
    expect(plan.emptied).toEqual(["c"]);
    expect(plan).toMatchObject({ goal: "nodes", stoppedBy: "done", before: { nodesUsed: 3 }, after: { nodesUsed: 2 } });
    expect(movesOf(plan)).toEqual(["shop/c1 c>b"]);
    const roomy = await planFor({ nodes: [node("a", 8), ...nodes.slice(1)], pods });
    expect(roomy.emptied).toEqual(["c", "b"]);
    expect(roomy.moves).toEqual([
      { pod: "shop/c1", from: "c", to: "a", gain: 1, empties: true },
      { pod: "shop/b2", from: "b", to: "a", gain: 1, empties: false },
      { pod: "shop/b1", from: "b", to: "a", gain: 2, empties: true },
    ]);
  });

  test("stops where nothing helps", async () => {
    const pods = [pod("a1", 3, "a"), pod("b1", 3, "b"), pod("c1", 3, "c")];
    expect(await planFor({ nodes, pods })).toMatchObject({ moves: [], emptied: [], kept: [], stoppedBy: "done" });
    expect(await planFor({ nodes: [], pods: [] })).toMatchObject({ moves: [], stoppedBy: "done" });
  });

  test("does not count pods of DaemonSets, and leaves them where they are", async () => {
    const pods = [
      pod("agent-a", 1, "a", { owner: "DaemonSet" }),
      pod("agent-b", 1, "b", { owner: "DaemonSet" }),
      pod("b1", 1, "b"),
    ];
    const plan = await planFor({ nodes: nodes.slice(0, 2), pods: [...pods, pod("a1", 1, "a"), pod("a2", 1, "a")] });
    expect([plan.emptied, movesOf(plan), plan.after.nodesUsed]).toEqual([["b"], ["shop/b1 b>a"], 1]);
  });

  test("fills no node that is empty, which kube-scheduler would like best, in place of another", async () => {
    const pods = [pod("a1", 1, "a"), pod("b1", 1, "b")];
    const plan = await planFor({ nodes, pods });
    expect(plan).toMatchObject({ emptied: ["a"], unused: ["c"], before: { nodesUsed: 2 }, after: { nodesUsed: 1 } });
    expect(movesOf(plan)).toEqual(["shop/a1 a>b"]);
    expect(await planFor({ nodes, pods: [pod("a1", 3, "a"), pod("b1", 3, "b")] })).toMatchObject({
      moves: [],
      unused: [],
    });
  });

  test("does not count pods that are being deleted", async () => {
    const leaving = { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } };
    const pods = [pod("a1", 1, "a"), pod("a2", 1, "a", leaving), pod("b1", 1, "b"), pod("c1", 1, "c", leaving)];
    const plan = await planFor({ nodes, pods });
    expect(plan).toMatchObject({ unused: ["c"], before: { nodesUsed: 2 }, after: { nodesUsed: 1 } });
    expect(plan.moves).toHaveLength(1);
  });

  test("does not send a pod to a node that is to be empty, though it tolerates the cordon", async () => {
    const spec = { tolerations: [{ key: "node.kubernetes.io/unschedulable", operator: "Exists" }] } as const;
    const pods = [
      pod("a1", 3.5, "a", { owner: null }),
      pod("b1", 1, "b", { spec: { ...pod("b1", 1, "b").spec, ...spec } }),
    ];
    expect((await planFor({ nodes: nodes.slice(0, 2), pods })).moves).toEqual([]);
  });

  test("takes no more moves than allowed, each worth what is asked, and says what cut it", async () => {
    const pods = [pod("a1", 1, "a"), pod("b1", 1, "b"), pod("b2", 1, "b"), pod("c1", 1, "c"), pod("c2", 0.5, "c")];
    const world = {
      nodes: [...nodes, node("d", 16)],
      pods: [...pods, pod("d1", 1, "d"), pod("d2", 1, "d"), pod("d3", 1, "d")],
    };
    expect((await planFor(world)).emptied).toEqual(["a", "b", "c"]);
    expect(await planFor(world, { mostMoves: 3 })).toMatchObject({ emptied: ["a", "b"], stoppedBy: "moves" });
    expect(await planFor(world, { mostMoves: 0 })).toMatchObject({ emptied: [], stoppedBy: "moves" });
    expect(await planFor(world, { leastGain: 0.6 })).toMatchObject({ emptied: ["a"], stoppedBy: "done" });
    expect(await planFor(world, { budget: 0 })).toMatchObject({ emptied: [], moves: [], stoppedBy: "budget" });
  });
});

describe("a pod stays, and its node with it, when it", () => {
  const annotated = (name: string, value: string): PodFacts => ({
    metadata: {
      namespace: "shop",
      name: "pod",
      annotations: { [name]: value },
      ownerReferences: [{ kind: "ReplicaSet", name: "owner", controller: true }],
    },
  });
  const holding = (volume: object): PodFacts => ({
    spec: { nodeName: "a", containers: [{ name: "main" }], volumes: [{ name: "data", ...volume }] },
  });

  test.each<[string, PodFacts, RebalanceOptions, string]>([
    ["has no controller", { owner: null }, {}, "has no controller that would make it again"],
    ["has an emptyDir", holding({ emptyDir: {} }), {}, "keeps data on its node, in the volume data"],
    ["has a hostPath", holding({ hostPath: { path: "/var" } }), {}, "keeps data on its node, in the volume data"],
    [
      "must not be disrupted",
      annotated("karpenter.sh/do-not-disrupt", "true"),
      {},
      "is annotated karpenter.sh/do-not-disrupt",
    ],
    [
      "is not safe to evict",
      annotated("cluster-autoscaler.kubernetes.io/safe-to-evict", "false"),
      {},
      "is annotated cluster-autoscaler.kubernetes.io/safe-to-evict",
    ],
    [
      "is of a StatefulSet in a surge",
      { owner: "StatefulSet" },
      { isSurge: true },
      "is of a StatefulSet, which makes no new pod before the old one is gone",
    ],
  ])("%s", async (_what, facts, options, why) => {
    const world = { nodes: [node("a", 4), node("b", 4)], pods: [pod("pod", 1, "a", facts), pod("b1", 3.5, "b")] };
    const plan = await planFor(world, options);
    expect(plan.kept).toEqual([{ node: "a", pod: "shop/pod", why }]);
    expect(plan.moves.map((move) => move.pod)).not.toContain("shop/pod");
  });

  test("is kept by a budget, and goes where the budget lets it", async () => {
    const budget = (maxUnavailable: number): PodDisruptionBudget => ({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { namespace: "shop", name: "guard" },
      spec: { selector: { matchLabels: { app: "a1" } }, maxUnavailable },
    });
    const world = {
      nodes: [node("a", 4), node("b", 4)],
      pods: [pod("a1", 1, "a"), pod("b1", 3, "b"), pod("b2", 0, "b")],
    };
    const kept = await planFor({ ...world, budgets: [budget(0)] });
    expect(kept.kept).toEqual([{ node: "a", pod: "shop/a1", why: "is kept by the PodDisruptionBudget guard" }]);
    expect(kept.emptied).toEqual(["b"]);
    expect((await planFor({ ...world, budgets: [budget(1)] })).emptied).toEqual(["a"]);
    const whole: PodDisruptionBudget = { ...budget(0), spec: { selector: {}, maxUnavailable: 0 } };
    expect(await planFor({ ...world, budgets: [whole] })).toMatchObject({ emptied: [], moves: [] });
  });

  test("may go all the same with annotations that say so", async () => {
    const world = {
      nodes: [node("a", 4), node("b", 4)],
      pods: [
        pod("pod", 1, "a", annotated("karpenter.sh/do-not-disrupt", "false")),
        pod("b1", 3, "b"),
        pod("b2", 0, "b"),
      ],
    };
    expect((await planFor(world)).emptied).toEqual(["a"]);
  });
});

describe("a surge", () => {
  test("needs the replacement to stand beside the pod: what must not share a zone with itself cannot", async () => {
    const zoned = (name: string, cpu: number): Node => {
      const { metadata, status } = node(name, cpu);
      return { metadata: { ...metadata, labels: { ...metadata?.labels, zone: "z" } }, ...(status && { status }) };
    };
    const alone = {
      nodeName: "a",
      containers: [{ name: "main", resources: { requests: { cpu: 1 } } }],
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: "zone", labelSelector: { matchLabels: { app: "a1" } } },
          ],
        },
      },
    };
    const world = {
      nodes: [zoned("a", 4), zoned("b", 4)],
      pods: [pod("a1", 1, "a", { spec: alone }), pod("b1", 1, "b", { owner: null }), pod("b2", 1, "b")],
    };
    expect(movesOf(await planFor(world))).toEqual(["shop/a1 a>b"]);
    expect(movesOf(await planFor(world, { isSurge: true }))).toEqual([]);
    expect(
      movesOf(await planFor({ ...world, pods: [pod("a1", 1, "a"), ...world.pods.slice(1)] }, { isSurge: true })),
    ).toEqual(["shop/a1 a>b"]);
  });
});

describe("lower cost", () => {
  const priceOf = ({ metadata }: Node): number => ({ cheap: 0.1, dear: 1 })[metadata?.name ?? ""] ?? 0;

  test("empties the node that saves most for a move, and counts what is saved", async () => {
    const world = {
      nodes: [node("cheap", 4), node("dear", 4)],
      pods: [pod("c1", 1, "cheap"), pod("d1", 1, "dear"), pod("d2", 1, "dear")],
    };
    const plan = await planFor(world, { goal: "cost", priceOf });
    expect(plan).toMatchObject({ emptied: ["dear"], before: { cost: 1.1 }, after: { cost: 0.1 } });
    expect(plan.moves.map(({ gain }) => gain)).toEqual([0, 1]);
    expect((await planFor(world)).emptied).toEqual(["cheap"]);
  });

  test("may fill an empty node that costs less, and takes its price off what is saved", async () => {
    const world = { nodes: [node("dear", 4), node("cheap", 4)], pods: [pod("d1", 1, "dear"), pod("d2", 1, "dear")] };
    const plan = await planFor(world, { goal: "cost", priceOf });
    expect(plan).toMatchObject({ emptied: ["dear"], unused: [], before: { cost: 1 }, after: { cost: 0.1 } });
    expect(plan.moves.map(({ gain }) => gain)).toEqual([0, 0.9]);
    expect(await planFor(world, { goal: "cost", priceOf, leastGain: 0.46 })).toMatchObject({ moves: [] });
    const turned = { nodes: world.nodes, pods: [pod("c1", 1, "cheap")] };
    expect(await planFor(turned, { goal: "cost", priceOf })).toMatchObject({ emptied: [], moves: [] });
  });

  test("without prices is an error", async () => {
    await expect(planFor({ nodes: [], pods: [] }, { goal: "cost" })).rejects.toMatchObject({ code: "ERR_OBJECT" });
  });
});

test("less stranding moves pods that use up what another node has left, as far as it pays", async () => {
  const world = {
    nodes: [node("a", 8, "8Gi"), node("b", 8, "8Gi")],
    pods: [
      pod("cpu-1", 3, "a", { memory: "1Gi" }),
      pod("cpu-2", 3, "a", { memory: "1Gi" }),
      pod("ram-1", 1, "b", { memory: "3Gi" }),
      pod("ram-2", 1, "b", { memory: "3Gi" }),
    ],
  };
  const plan = await planFor(world, { goal: "stranding" });
  expect(plan.moves.length).toBeGreaterThan(0);
  const strandedOf = ({ resources }: Rebalance["before"]) =>
    (resources.cpu?.stranded ?? 0) / 16_000 + (resources.memory?.stranded ?? 0) / 2 ** 34;
  expect(strandedOf(plan.after)).toBe(0);
  expect(plan.moves.at(-1)!.gain).toBeCloseTo((strandedOf(plan.before) - strandedOf(plan.after)) / 2, 5);
  expect(await planFor(world, { goal: "stranding", leastGain: 0.9 })).toMatchObject({ moves: [], stoppedBy: "done" });
  expect(await planFor(world, { goal: "stranding", mostMoves: 0 })).toMatchObject({ moves: [], stoppedBy: "moves" });
});

test("pods that wait are placed first, and a signal stops the search with nothing left behind", async () => {
  using cluster = new Cluster();
  for (const name of ["a", "b"]) cluster.upsertNode(node(name, 4));
  const { nodeName: _, ...spec } = pod("new", 1, "a").spec ?? {};
  const waiting = { ...pod("new", 1, "a"), spec };
  cluster.upsertPod(pod("old", 1, "a"));
  const scheduler = new Scheduler(cluster);
  const plan = await rebalance(cluster, scheduler, [waiting]);
  expect([plan.before.nodesUsed, plan.after.nodesUsed]).toEqual([2, 1]);
  const stopped = rebalance(cluster, scheduler, [waiting], { signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: "ERR_ABORTED" });
  expect(() => cluster.rollback()).toThrow(expect.objectContaining({ code: "ERR_TRANSACTION" }));
  expect([...cluster.nodes()].map(({ pods }) => pods)).toEqual([["shop/old"], []]);
});
