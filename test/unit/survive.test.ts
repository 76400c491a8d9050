// Small worlds whose failures are worked out by hand, on the real engine: who moves, who pends and why, who is lost, what a
// budget holds up, and that nothing of it remains.
import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Node, Pod, PodDisruptionBudget } from "../../src/kube/objects.js";
import type { PlainNode, PlainPod } from "../../src/kube/plain.js";
import type { FailureCase, Survival } from "../../src/planning/survival.js";
import { type SurviveOptions, survive } from "../../src/planning/survive.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const ZONE = "topology.kubernetes.io/zone";

const node = (name: string, cpu: number, zone?: string): Node => ({
  metadata: { name, labels: { "kubernetes.io/hostname": name, ...(zone !== undefined && { [ZONE]: zone }) } },
  status: { allocatable: { cpu, memory: "64Gi", pods: "20" } },
});

interface PodFacts {
  readonly on?: string;
  /** Kind of the controller; null for none. */
  readonly owner?: string | null;
  readonly priority?: number;
  readonly metadata?: Pod["metadata"];
}

function pod(name: string, cpu: number, { on, owner = "ReplicaSet", priority = 0, metadata }: PodFacts = {}): Pod {
  return {
    metadata: {
      namespace: "shop",
      name,
      labels: { app: name.replace(/-\d+$/, "") },
      ...(owner !== null && { ownerReferences: [{ kind: owner, name: "owner", controller: true }] }),
      ...metadata,
    },
    spec: {
      priority,
      ...(on !== undefined && { nodeName: on }),
      containers: [{ name: "main", resources: { requests: { cpu } } }],
    },
  };
}

const budget = (name: string, app: string, spec: PodDisruptionBudget["spec"]): PodDisruptionBudget => ({
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: { namespace: "shop", name },
  spec: { selector: { matchLabels: { app } }, ...spec },
});

interface World {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly budgets?: readonly PodDisruptionBudget[];
}

async function survivalOf({ nodes, pods, budgets = [] }: World, options: SurviveOptions = {}): Promise<Survival> {
  using cluster = new Cluster();
  for (const one of nodes) cluster.upsertNode(one);
  for (const one of budgets) cluster.upsertObject(one);
  for (const one of pods) if (one.spec?.nodeName) cluster.upsertPod(one);
  return await survive(
    cluster,
    new Scheduler(cluster),
    pods.filter(({ spec }) => !spec?.nodeName),
    options,
  );
}

async function casesOf(world: World, options: SurviveOptions): Promise<Record<string, FailureCase>> {
  const { cases } = await survivalOf(world, options);
  return Object.fromEntries(cases.map((one) => [one.name, one]));
}

const NODES = { levels: [{ level: "node" }] } as const;
const DRAINS = { levels: [{ level: "drain" }] } as const;

describe("a node that fails", () => {
  test("gives its pods to the others, as far as they have room, and the rest pends with its reason", async () => {
    const world = {
      nodes: [node("a", 4), node("b", 3)],
      pods: [pod("web-1", 2, { on: "a" }), pod("web-2", 2, { on: "a" })],
    };
    const { a, b } = await casesOf(world, NODES);
    expect(a).toMatchObject({ isSurvived: false, lost: [], blocked: [], evictions: [] });
    expect(a!.moves).toEqual([{ pod: "shop/web-1", from: "a", to: "b" }]);
    expect(a!.pending).toEqual([
      {
        pod: "shop/web-2",
        priority: 0,
        status: "unschedulable",
        message: "0/1 nodes are available: 1 Insufficient cpu.",
        postFilterMessage:
          "no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
      },
    ]);
    expect(a!.rest.cpu).toEqual({ allocatable: 3000, requested: 2000 });
    expect(b).toMatchObject({
      isSurvived: true,
      moves: [],
      pending: [],
      rest: { cpu: { allocatable: 4000, requested: 4000 } },
    });
  });

  test("takes pods of DaemonSets and mirror pods with it, and pods without a controller are lost", async () => {
    const pods = [
      pod("agent", 1, { on: "a", owner: "DaemonSet" }),
      pod("mirror", 1, { on: "a", owner: "Node" }),
      pod("static", 1, {
        on: "a",
        owner: null,
        metadata: { name: "static", annotations: { "kubernetes.io/config.mirror": "x" } },
      }),
      pod("bare", 1, { on: "a", owner: null }),
      pod("leaving", 1, {
        on: "a",
        metadata: { namespace: "shop", name: "leaving", deletionTimestamp: "2026-01-01T00:00:00Z" },
      }),
    ];
    const world = { nodes: [node("a", 8), node("b", 8)], pods };
    const { a } = await casesOf(world, NODES);
    expect(a).toMatchObject({ isSurvived: false, moves: [], pending: [], lost: ["shop/bare"], ofNode: 3 });
    expect(a!.rest.cpu).toEqual({ allocatable: 8000, requested: 0 });
    expect((await casesOf(world, { ...NODES, allowsLost: true })).a!.isSurvived).toBe(true);
  });

  test("lets its pods preempt others, and who loses a node to whom is told", async () => {
    const pods = [
      pod("web", 3, { on: "a", priority: 10 }),
      pod("batch", 3, { on: "b" }),
      pod("toy", 1, { on: "b", owner: null }),
    ];
    const world = { nodes: [node("a", 4), node("b", 4)], pods };
    const { a } = await casesOf(world, NODES);
    expect(a!.moves).toEqual([{ pod: "shop/web", from: "a", to: "b" }]);
    expect(a!.evictions.map(({ pod: victim, by }) => `${victim} by ${by}`)).toEqual(["shop/batch by shop/web"]);
    expect(a!.pending).toMatchObject([{ pod: "shop/batch", status: "unschedulable", preemptedBy: "shop/web" }]);
    const { a: kept } = await casesOf(world, { ...NODES, preempts: false });
    expect(kept).toMatchObject({ moves: [], evictions: [], pending: [{ pod: "shop/web" }] });
    expect(kept!.pending[0]).not.toHaveProperty("postFilterMessage");
  });

  test("charges the budgets of what it took, so that preemption breaks none that it could spare", async () => {
    const world = {
      nodes: [node("a", 4), node("b", 4), node("c", 4)],
      pods: [
        pod("db-1", 1, { on: "a" }),
        pod("web", 3, { on: "a", priority: 10 }),
        pod("db-2", 4, { on: "b" }),
        pod("batch", 4, { on: "c" }),
      ],
      budgets: [budget("db", "db", { maxUnavailable: 1 }), budget("batch", "batch", { maxUnavailable: 1 })],
    };
    const { a } = await casesOf(world, NODES);
    expect(a!.evictions).toMatchObject([{ pod: "shop/batch", node: "c", violatesBudget: false }]);
  });
});

describe("a level", () => {
  const world = {
    nodes: [node("a1", 4, "a"), node("a2", 4, "a"), node("b1", 8, "b"), node("c1", 4)],
    pods: [pod("web-1", 4, { on: "a1" }), pod("web-2", 4, { on: "a2" }), pod("web-3", 6, { on: "b1" })],
  };

  test("of a domain fails all nodes with the same value of the label together, and no node without it", async () => {
    const { cases } = await survivalOf(world, { levels: [{ level: "domain", key: ZONE }] });
    expect(cases.map(({ name, nodes, pending }) => [name, nodes, pending.length])).toEqual([
      ["a", ["a1", "a2"], 1],
      ["b", ["b1"], 1],
    ]);
  });

  test("of pairs fails every two nodes", async () => {
    const { cases, levels } = await survivalOf(world, { levels: [{ level: "pair" }] });
    expect(cases.map(({ name }) => name).sort()).toEqual([
      "a1 + a2",
      "a1 + b1",
      "a1 + c1",
      "a2 + b1",
      "a2 + c1",
      "b1 + c1",
    ]);
    expect(levels).toEqual([{ level: "pair", cases: 6, survived: 0 }]);
  });

  test("has its worst failure first: most pods without a node, then the fullest rest, then the first node", async () => {
    const { cases } = await survivalOf(world, NODES);
    expect(cases.map(({ name, pending }) => [name, pending.length])).toEqual([
      ["b1", 1],
      ["a1", 0],
      ["a2", 0],
      ["c1", 0],
    ]);
  });

  test("is each node, each zone and each drain where nobody asks, and no zone where there are none", async () => {
    const levelsOf = async (nodes: readonly Node[]) =>
      (await survivalOf({ nodes, pods: [] })).levels.map(({ level, cases }) => [level, cases]);
    expect(await levelsOf(world.nodes)).toEqual([
      ["node", 4],
      ["domain", 2],
      ["drain", 4],
    ]);
    expect(await levelsOf([node("a", 1)])).toEqual([
      ["node", 1],
      ["drain", 1],
    ]);
  });
});

describe("a drain", () => {
  const pods = [pod("web-1", 1, { on: "a" }), pod("web-2", 1, { on: "a" }), pod("web-3", 1, { on: "a" })];
  const nodes = [node("a", 4), node("b", 4)];

  test("waits for budgets: with one pod away at a time all of them go in the end", async () => {
    const { a } = await casesOf({ nodes, pods, budgets: [budget("web", "web", { maxUnavailable: 1 })] }, DRAINS);
    expect(a).toMatchObject({ isSurvived: true, blocked: [], pending: [] });
    expect(a!.moves.map(({ pod: moved }) => moved)).toEqual(["shop/web-1", "shop/web-2", "shop/web-3"]);
  });

  test.each<[string, PodDisruptionBudget["spec"]]>([
    ["wants all of its pods", { minAvailable: "100%" }],
    ["wants more than there are", { minAvailable: 4 }],
    ["lets none be away", { maxUnavailable: 0 }],
    ["sets no limit at all", {}],
    ["says nonsense", { maxUnavailable: "half" }],
  ])("is stuck where a budget %s", async (_what, spec) => {
    const { a } = await casesOf({ nodes, pods, budgets: [budget("web", "web", spec)] }, DRAINS);
    expect(a).toMatchObject({ isSurvived: false, moves: [] });
    expect(a!.blocked).toEqual(pods.map(({ metadata }) => ({ pod: `shop/${metadata?.name}`, budgets: ["web"] })));
  });

  test("heeds the limit that a budget sets, where a template left the other one empty", async () => {
    const empty = null as unknown as undefined;
    const least = budget("web", "web", { minAvailable: 1, maxUnavailable: empty! });
    expect((await casesOf({ nodes, pods, budgets: [least] }, DRAINS)).a).toMatchObject({
      isSurvived: true,
      blocked: [],
    });
    const most = budget("web", "web", { minAvailable: empty!, maxUnavailable: 1 });
    expect((await casesOf({ nodes, pods, budgets: [most] }, DRAINS)).a).toMatchObject({
      isSurvived: true,
      blocked: [],
    });
  });

  test("does not count a pod that is being deleted among those that must be there", async () => {
    const leaving = { ...pods[2]!, metadata: { ...pods[2]!.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
    const world = { nodes, pods: [pods[0]!, pods[1]!, leaving] };
    const { a } = await casesOf({ ...world, budgets: [budget("web", "web", { minAvailable: 2 })] }, DRAINS);
    expect(a!.blocked.map(({ pod: left }) => left)).toEqual(["shop/web-1", "shop/web-2"]);
    const enough = await casesOf({ ...world, budgets: [budget("web", "web", { minAvailable: 1 })] }, DRAINS);
    expect(enough.a).toMatchObject({ blocked: [], lost: [] });
  });

  test("is stuck once a replacement finds no node, for then the budget stays spent", async () => {
    const small = [node("a", 4), node("b", 1)];
    const { a } = await casesOf(
      { nodes: small, pods, budgets: [budget("web", "web", { maxUnavailable: "33%" })] },
      DRAINS,
    );
    expect(a!.moves).toEqual([{ pod: "shop/web-1", from: "a", to: "b" }]);
    expect(a!.pending.map(({ pod: left }) => left)).toEqual(["shop/web-2"]);
    expect(a!.blocked).toEqual([{ pod: "shop/web-3", budgets: ["web"] }]);
  });

  test("is refused where two budgets cover a pod", async () => {
    const budgets = [budget("one", "web", { maxUnavailable: 3 }), budget("two", "web", { maxUnavailable: 3 })];
    const { a } = await casesOf({ nodes, pods, budgets }, DRAINS);
    expect(a!.blocked[0]).toEqual({ pod: "shop/web-1", budgets: ["one", "two"] });
  });

  test("heeds a budget of the whole namespace, which an empty selector is to the API server", async () => {
    const whole: PodDisruptionBudget = { ...budget("all", "web", {}), spec: { selector: {}, maxUnavailable: 0 } };
    const elsewhere = { ...whole, metadata: { ...whole.metadata, namespace: "other" } };
    const { a } = await casesOf({ nodes, pods, budgets: [whole, elsewhere] }, DRAINS);
    expect(a!.blocked).toEqual(pods.map(({ metadata }) => ({ pod: `shop/${metadata?.name}`, budgets: ["all"] })));
    const unwritten: PodDisruptionBudget = { ...whole, spec: { maxUnavailable: 0 } };
    expect((await casesOf({ nodes, pods, budgets: [unwritten] }, DRAINS)).a).toMatchObject({ isSurvived: true });
  });

  test("leaves pods of the node on it, and its node is still counted, as unschedulable", async () => {
    const tight = [node("a", 4), node("b", 0)];
    const agent = pod("agent", 1, { on: "a", owner: "DaemonSet" });
    const { a } = await casesOf({ nodes: tight, pods: [agent, pods[0]!] }, DRAINS);
    expect(a).toMatchObject({ ofNode: 1, rest: { pods: { requested: 0 } } });
    expect(a!.pending[0]!.message).toBe("0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.");
  });

  test("believes the status of a budget that was in a cluster", async () => {
    const spent = { ...budget("web", "web", { maxUnavailable: 3 }), status: { disruptionsAllowed: 0 } };
    const { a } = await casesOf({ nodes, pods, budgets: [spent] }, DRAINS);
    expect(a!.blocked).toHaveLength(3);
  });
});

describe("survive", () => {
  test("places what waits first, and tells apart what had no node before anything failed", async () => {
    const world = { nodes: [node("a", 4), node("b", 4)], pods: [pod("web-1", 4), pod("web-2", 4), pod("web-3", 4)] };
    const { summary, leftOver, cases } = await survivalOf(world, NODES);
    expect(summary).toEqual({ nodes: 2, pods: 2, placed: 2, leftOver: 1 });
    expect(leftOver.map((one) => one.pod)).toEqual(["shop/web-3"]);
    expect(cases.map(({ pending }) => pending.map((one) => one.pod))).toEqual([["shop/web-1"], ["shop/web-2"]]);
  });

  test("leaves cluster and scheduler as they were, and gives the same answer again", async () => {
    using cluster = new Cluster();
    for (const one of [node("a", 4, "x"), node("b", 4, "x"), node("c", 4, "y")]) cluster.upsertNode(one);
    cluster.upsertObject(budget("web", "web", { maxUnavailable: 1 }));
    for (const at of [1, 2, 3]) cluster.upsertPod(pod(`web-${at}`, 2, { on: "a" }));
    const scheduler = new Scheduler(cluster, { tieBreak: "random", seed: 7 });
    const look = () =>
      JSON.stringify([[...cluster.nodes()].map(({ object, requested, pods }) => [object, requested, pods])]);
    const before = look();
    const first = await survive(cluster, scheduler, [pod("new", 1)]);
    expect(look()).toBe(before);
    expect([...cluster.state.objects.list("PodDisruptionBudget")]).toEqual([
      budget("web", "web", { maxUnavailable: 1 }),
    ]);
    expect(await survive(cluster, scheduler, [pod("new", 1)])).toEqual(first);
  });

  test("works on plain nodes and pods with resources of their own", async () => {
    using cluster = new Cluster();
    const plain = (name: string): PlainNode => ({ name, allocatable: { players: 100 } });
    for (const name of ["a", "b"]) cluster.upsertNode(plain(name));
    const match: PlainPod = { name: "match", requests: { players: 60 }, nodeName: "a" };
    cluster.upsertPod(match);
    const { cases } = await survive(cluster, new Scheduler(cluster), []);
    expect(cases.map(({ level, name, lost }) => [level, name, lost])).toEqual([
      ["node", "a", ["default/match"]],
      ["node", "b", []],
      ["drain", "a", ["default/match"]],
      ["drain", "b", []],
    ]);
    expect(cases[1]!.rest.players).toEqual({ allocatable: 100, requested: 60 });
    expect(cases[2]!.rest.players).toEqual({ allocatable: 100, requested: 0 });
  });

  test("tells its progress and stops by its signal with nothing left behind", async () => {
    using cluster = new Cluster();
    for (let at = 0; at < 40; at++) cluster.upsertNode(node(`n${at}`, 4));
    cluster.upsertPod(pod("web", 2, { on: "n0" }));
    const scheduler = new Scheduler(cluster);
    const told: (readonly number[])[] = [];
    const controller = new AbortController();
    const onProgress = (done: number, total: number): void => {
      told.push([done, total]);
      if (done >= 16) controller.abort();
    };
    const stopped = survive(cluster, scheduler, [], { ...NODES, onProgress, signal: controller.signal });
    await expect(stopped).rejects.toMatchObject({ code: "ERR_ABORTED", details: { done: 16, total: 40 } });
    expect(told).toEqual([
      [0, 40],
      [16, 40],
    ]);
    expect(() => cluster.rollback()).toThrow(expect.objectContaining({ code: "ERR_TRANSACTION" }));
    expect([...cluster.nodes()].flatMap(({ pods }) => pods)).toEqual(["shop/web"]);
  });

  test("answers for no pods and no nodes", async () => {
    expect((await survivalOf({ nodes: [], pods: [] })).levels).toEqual([
      { level: "node", cases: 0, survived: 0 },
      { level: "drain", cases: 0, survived: 0 },
    ]);
  });
});
