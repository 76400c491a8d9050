// Small worlds whose evictions are worked out by hand, on the real engine; then laws that every plan with preemption keeps,
// over random worlds: who may evict whom, that nobody goes in vain, and that at the end no eviction would help any more.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Node, OwnerReference, Pod, PodDisruptionBudget } from "../../src/kube/objects.js";
import type { PlanOrder } from "../../src/planning/order.js";
import { type Plan, type PlanOptions, plan, rowsOf } from "../../src/planning/plan.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { tries } from "../helpers/tries.js";

const SEED = 20_261_124;
console.log(`seed ${SEED}`);

const node = (name: string, cpu: string): Node => ({
  metadata: { name, labels: { "kubernetes.io/hostname": name } },
  status: { allocatable: { cpu, memory: "64Gi", pods: "20" } },
});

interface PodFacts {
  readonly node?: string;
  readonly priority?: number;
  readonly owner?: OwnerReference["kind"];
  readonly labels?: Readonly<Record<string, string>>;
  readonly metadata?: Pod["metadata"];
  readonly spec?: Pod["spec"];
}

function pod(name: string, cpu: string, { node: nodeName, priority = 0, owner, labels, ...more }: PodFacts = {}): Pod {
  const reference = owner && { kind: owner, name: `${name}-owner`, controller: true };
  return {
    metadata: {
      namespace: "shop",
      name,
      ...(labels && { labels }),
      ...(reference && { ownerReferences: [reference] }),
      ...more.metadata,
    },
    spec: {
      schedulerName: "default-scheduler",
      priority,
      ...(nodeName !== undefined && { nodeName }),
      containers: [{ name: "main", resources: { requests: { cpu } } }],
      ...more.spec,
    },
    ...(nodeName !== undefined && { status: { phase: "Running", startTime: "2026-01-01T00:00:00Z" } }),
  };
}

interface World {
  readonly nodes: readonly Node[];
  readonly pending: readonly Pod[];
  readonly existing?: readonly Pod[];
  readonly budgets?: readonly PodDisruptionBudget[];
}

/** The plan; `look` may ask the scheduler about the cluster as the plan leaves it. */
async function planFor(
  { nodes, pending, existing = [], budgets = [] }: World,
  options: PlanOptions = {},
  look: (scheduler: Scheduler, made: Plan) => void = () => undefined,
): Promise<Plan> {
  using cluster = new Cluster();
  for (const one of nodes) cluster.upsertNode(one);
  for (const one of budgets) cluster.upsertObject(one);
  for (const one of existing) cluster.upsertPod(one);
  const scheduler = new Scheduler(cluster, {});
  const held = await plan(cluster, scheduler, pending, existing, { preempts: true, ...options });
  const made = { ...held, decisions: [...rowsOf(held)] };
  look(scheduler, made);
  return made;
}

const endsOf = ({ decisions }: Plan): Record<string, string> =>
  Object.fromEntries(decisions.map((one) => [one.pod, one.status === "placed" ? (one.node ?? "") : one.status]));

const evictionsOf = ({ evictions = [] }: Plan): string[] =>
  evictions.map((one) => `${one.pod} from ${one.node} by ${one.by}`);

describe("a pod that fits nowhere", () => {
  const world = {
    nodes: [node("a", "4"), node("b", "4")],
    existing: [pod("web", "3", { node: "a" }), pod("batch", "3", { node: "b", priority: -10 })],
    pending: [pod("urgent", "2", { priority: 100 })],
  };

  test("takes the place of the least important pods, and the plan says whose", async () => {
    const made = await planFor(world);
    expect(made.evictions).toEqual([
      {
        pod: "shop/batch",
        priority: -10,
        node: "b",
        by: "shop/urgent",
        byPriority: 100,
        violatesBudget: false,
        isRecreated: false,
      },
    ]);
    expect(made.decisions).toEqual([
      { pod: "shop/web", status: "existing", node: "a" },
      { pod: "shop/batch", status: "evicted", node: "b", by: "shop/urgent" },
      { pod: "shop/urgent", status: "placed", node: "b", score: expect.any(Number) },
    ]);
    expect(made.summary).toMatchObject({ pods: 3, existing: 1, placed: 1, unschedulable: 0, evicted: 1 });
    expect(made.nodes.map((one) => one.pods)).toEqual([["shop/web"], ["shop/urgent"]]);
  });

  test("evicts nobody unless it is allowed to, and then no word of preemption is said", async () => {
    const made = await planFor(world, { preempts: false });
    expect(made).not.toHaveProperty("evictions");
    expect(made.summary).toMatchObject({ existing: 2, unschedulable: 1, evicted: 0 });
    expect(made.decisions.at(-1)).not.toHaveProperty("postFilterMessage");
  });

  test("says why preemption does not help when it does not", async () => {
    const pending = [pod("peer", "2", { priority: -10 }), pod("meek", "2", { priority: 5 })];
    const meek = { ...pending[1], spec: { ...pending[1]!.spec, preemptionPolicy: "Never" } };
    const made = await planFor({ ...world, pending: [pending[0]!, meek] });
    expect(made.evictions).toEqual([]);
    expect(made.decisions.slice(2).map(({ postFilterMessage }) => postFilterMessage)).toEqual([
      "no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.",
      "no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.",
    ]);
  });
});

describe("a victim", () => {
  const urgent = pod("urgent", "2", { priority: 100 });

  test("that a controller makes again has a turn again, and its decision says where it ends", async () => {
    const made = await planFor({
      nodes: [node("a", "4"), node("b", "2")],
      existing: [
        pod("web", "3", { node: "a", owner: "ReplicaSet" }),
        pod("db", "1", { node: "b", priority: 1000, owner: "StatefulSet" }),
        pod("small", "1", { node: "a", owner: "Job" }),
      ],
      pending: [pod("urgent", "4", { priority: 100 })],
    });
    expect(evictionsOf(made)).toEqual(["shop/web from a by shop/urgent", "shop/small from a by shop/urgent"]);
    expect(endsOf(made)).toEqual({
      "shop/web": "unschedulable",
      "shop/db": "existing",
      "shop/small": "b",
      "shop/urgent": "a",
    });
    expect(made.summary).toMatchObject({ existing: 1, placed: 2, unschedulable: 1, evicted: 2 });
  });

  test("that comes back may evict others of still lower priority, and so on to the bottom", async () => {
    const made = await planFor({
      nodes: [node("a", "4"), node("b", "4"), node("c", "4")],
      existing: [
        pod("low", "4", { node: "a", priority: 1, owner: "ReplicaSet" }),
        pod("middle", "4", { node: "b", priority: 2, owner: "ReplicaSet" }),
        pod("high", "4", { node: "c", priority: 3, owner: "ReplicaSet", labels: { app: "high" } }),
      ],
      pending: [pod("urgent", "4", { priority: 100, spec: { nodeSelector: { "kubernetes.io/hostname": "c" } } })],
    });
    expect(evictionsOf(made)).toEqual(["shop/high from c by shop/urgent", "shop/low from a by shop/high"]);
    expect(endsOf(made)).toMatchObject({ "shop/high": "a", "shop/middle": "existing", "shop/low": "unschedulable" });
  });

  test.each<[string, PodFacts]>([
    ["nobody controls", {}],
    ["is on its way out already", { owner: "ReplicaSet", metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }],
    ["only mirrors a kubelet's own pod", { owner: "Node" }],
  ])("that %s is not made again", async (_, facts) => {
    const base = pod("web", "4", { node: "a", ...facts });
    const made = await planFor({
      nodes: [node("a", "4"), node("b", "4")],
      existing: [
        { ...base, metadata: { ...pod("web", "4", facts).metadata, ...base.metadata } },
        pod("db", "3", { node: "b", priority: 200 }),
      ],
      pending: [urgent],
    });
    expect(made.evictions).toMatchObject([{ pod: "shop/web", isRecreated: false }]);
    expect(endsOf(made)["shop/web"]).toBe("evicted");
  });

  test("may be a pod that this plan placed, where the order is not that of the queue", async () => {
    const world = {
      nodes: [node("a", "4")],
      pending: [pod("first", "3", { owner: "ReplicaSet" }), pod("urgent", "2", { priority: 100 })],
    };
    const listed = await planFor(world, { order: "listed" });
    expect(evictionsOf(listed)).toEqual(["shop/first from a by shop/urgent"]);
    expect(endsOf(listed)).toEqual({ "shop/first": "unschedulable", "shop/urgent": "a" });
    expect(evictionsOf(await planFor(world))).toEqual([]);
  });
});

describe("budgets and leftovers", () => {
  test("a PodDisruptionBudget that allows one disruption is not spent twice", async () => {
    const labels = { app: "web" };
    const made = await planFor({
      nodes: [node("a", "4"), node("b", "4")],
      budgets: [
        {
          apiVersion: "policy/v1",
          kind: "PodDisruptionBudget",
          metadata: { namespace: "shop", name: "web" },
          spec: { selector: { matchLabels: labels } },
          status: { disruptionsAllowed: 1 },
        },
      ],
      existing: ["a", "b"].map((name) => pod(`web-${name}`, "4", { node: name, labels, owner: "ReplicaSet" })),
      pending: [1, 2].map((i) => pod(`urgent-${i}`, "4", { priority: 100 })),
    });
    expect(made.evictions?.map(({ violatesBudget }) => violatesBudget)).toEqual([false, true]);
  });

  test("a pod that may not preempt is tried again when another one has made room", async () => {
    const made = await planFor({
      nodes: [node("a", "4")],
      existing: [pod("batch", "4", { node: "a", priority: -10 })],
      pending: [
        pod("meek", "2", { priority: 200, spec: { preemptionPolicy: "Never" } }),
        pod("urgent", "2", { priority: 100 }),
      ],
    });
    expect(endsOf(made)).toEqual({ "shop/batch": "evicted", "shop/meek": "a", "shop/urgent": "a" });
  });

  test("a signal ends it, and progress counts no more than the pods given", async () => {
    const world = {
      nodes: [node("a", "4")],
      existing: [pod("web", "4", { node: "a", owner: "ReplicaSet" })],
      pending: [pod("urgent", "4", { priority: 100 })],
    };
    const counts: (readonly number[])[] = [];
    await planFor(world, { onProgress: (done, total) => counts.push([done, total]) });
    expect(counts).toEqual([
      [0, 1],
      [1, 1],
    ]);
    await expect(planFor(world, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ERR_ABORTED" });
  });
});

describe("laws of plans with preemption", () => {
  const cpu = fc.integer({ min: 1, max: 6 });
  const some = fc.record({ cpu, priority: fc.integer({ min: -2, max: 2 }), isOwned: fc.boolean() });
  const worlds = fc.record({
    nodes: fc.array(fc.integer({ min: 2, max: 8 }), { minLength: 1, maxLength: 4 }),
    existing: fc.array(fc.tuple(some, fc.nat()), { maxLength: 8 }),
    pending: fc.array(some, { maxLength: 8 }),
    order: fc.constantFrom<PlanOrder>("queue", "listed", "decreasing"),
  });

  /** Existing pods beyond a node's room are left out. */
  function build({ nodes, existing, pending }: typeof worlds extends fc.Arbitrary<infer T> ? T : never): World {
    const free = [...nodes];
    const make = (facts: { cpu: number; priority: number; isOwned: boolean }, name: string, at?: string): Pod =>
      pod(name, `${facts.cpu}`, {
        priority: facts.priority,
        ...(facts.isOwned && { owner: "ReplicaSet" }),
        ...(at !== undefined && { node: at }),
      });
    return {
      nodes: nodes.map((size, i) => node(`n${i}`, `${size}`)),
      existing: existing.flatMap(([facts, pick], i) => {
        const at = pick % nodes.length;
        if (free[at]! < facts.cpu) return [];
        free[at]! -= facts.cpu;
        return [make(facts, `old-${i}`, `n${at}`)];
      }),
      pending: pending.map((facts, i) => make(facts, `new-${i}`)),
    };
  }

  /** The pod before it had a node. */
  const waiting = ({ metadata = {}, spec: { nodeName: _, ...spec } = {} }: Pod): Pod => ({ metadata, spec });

  test("evictions go down in priority, make the room that is taken, and leave none that would help", async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (drawn) => {
        const world = build(drawn);
        const pods = [...(world.existing ?? []), ...world.pending];
        const made = await planFor(world, { order: drawn.order }, (scheduler, { decisions }) => {
          for (const { pod: key } of decisions.filter(({ status }) => status === "unschedulable")) {
            const left = pods.find(({ metadata }) => `shop/${metadata?.name}` === key)!;
            expect(scheduler.preempt(waiting(left)).status).toBe("unhelpful");
          }
        });
        const { evictions = [], decisions, nodes } = made;
        const evicted = new Set(evictions.map((one) => one.pod));
        for (const one of evictions) expect(one.byPriority).toBeGreaterThan(one.priority);
        expect(decisions.map((one) => one.pod)).toEqual(pods.map(({ metadata }) => `shop/${metadata?.name}`));
        for (const { pod: key, status } of decisions) {
          if (evictions.some((one) => one.by === key)) expect(status === "placed" || evicted.has(key)).toBe(true);
          if (status === "evicted") expect(evictions.findLast((one) => one.pod === key)?.isRecreated).toBe(false);
          if (status === "existing") expect(evicted.has(key)).toBe(false);
        }
        for (const { allocatable, requested } of nodes) expect(requested.cpu).toBeLessThanOrEqual(allocatable.cpu ?? 0);
        const here = decisions.filter(({ status }) => status === "placed" || status === "existing");
        expect(nodes.flatMap((one) => one.pods).sort()).toEqual(here.map((one) => one.pod).sort());
        if (drawn.order === "queue") {
          const placedFirst = world.pending.map(({ metadata }) => `shop/${metadata?.name}`);
          expect(placedFirst.filter((key) => evicted.has(key))).toEqual([]);
        }
        expect(JSON.stringify(await planFor(world, { order: drawn.order }))).toBe(JSON.stringify(made));
      }),
      { numRuns: tries(80, 200), seed: SEED },
    );
  });
});
