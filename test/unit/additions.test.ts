// What to add so that a failure is survived, in worlds small enough to work it out by hand.
import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Node, Pod, PodSpec } from "../../src/kube/objects.js";
import { type AdditionOptions, additionsFor } from "../../src/planning/additions.js";
import type { Level } from "../../src/planning/failures.js";
import type { Offer } from "../../src/planning/offers.js";
import type { Addition } from "../../src/planning/survival.js";
import { survive } from "../../src/planning/survive.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const ZONE = "topology.kubernetes.io/zone";
const NODE: readonly Level[] = [{ level: "node" }];
const BY_ZONE: readonly Level[] = [{ level: "domain", key: ZONE }];

const node = (name: string, cpu: number, labels: Record<string, string> = {}): Node => ({
  metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } },
  status: { allocatable: { cpu, memory: "64Gi", pods: "20" } },
});

interface PodFacts {
  readonly on?: string;
  readonly owner?: string | null;
  readonly labels?: Record<string, string>;
  readonly spec?: PodSpec;
}

const pod = (name: string, cpu: number, { on, owner = "ReplicaSet", labels = {}, spec }: PodFacts = {}): Pod => ({
  metadata: {
    namespace: "shop",
    name,
    labels,
    ...(owner !== null && { ownerReferences: [{ kind: owner, name: "owner", controller: true }] }),
  },
  spec: { ...(on && { nodeName: on }), containers: [{ name: "main", resources: { requests: { cpu } } }], ...spec },
});

const pods = (count: number, cpu: number, on: string): Pod[] =>
  Array.from({ length: count }, (_, at) => pod(`${on}-${at}`, cpu, { on }));

const offer = (name: string, cpu: number, price: number, more: Partial<Offer> = {}): Offer => ({
  name,
  price,
  allocatable: { cpu, memory: "64Gi", pods: "20" },
  ...more,
});

/** Two nodes without any room, a pod to each core. */
const FULL: readonly Pod[] = [...pods(4, 1, "a"), ...pods(4, 1, "b")];

async function added(
  nodes: readonly Node[],
  all: readonly Pod[],
  levels: readonly Level[],
  options: AdditionOptions = {},
): Promise<Addition[]> {
  using cluster = new Cluster();
  for (const one of nodes) cluster.upsertNode(one);
  for (const one of all) if (one.spec?.nodeName) cluster.upsertPod(one);
  const pending = all.filter(({ spec }) => !spec?.nodeName);
  const scheduler = new Scheduler(cluster);
  const survival = await survive(cluster, scheduler, pending, { levels });
  expect(survival.additions).toEqual([]);
  const found = await additionsFor(cluster, scheduler, pending, survival, options);
  expect([...cluster.nodes()].map(({ name }) => name)).toEqual(nodes.map(({ metadata }) => metadata?.name));
  return found;
}

const counts = ({ mix }: Addition): string[] => mix.map(({ offer: name, count }) => `${count} ${name}`);

describe("without offers", () => {
  test("a node like the one that fails holds its pods, and is a spare for any other", async () => {
    const two = [node("a", 4), node("b", 4)];
    expect(await added(two, FULL, NODE)).toEqual([
      {
        level: "node",
        name: "a",
        isEnough: true,
        mix: [{ offer: "a", count: 1 }],
        nodes: [{ name: "a-1", offer: "a" }],
        unplaceable: [],
      },
    ]);
    const [any] = await added(two, FULL, NODE, { required: NODE });
    expect(any).toMatchObject({ level: "node", isEnough: true, mix: [{ offer: "a", count: 1 }] });
    expect(any).not.toHaveProperty("name");
  });

  test("of kinds that do equally well the smaller is taken, by its instance type where it has one", async () => {
    const type = "node.kubernetes.io/instance-type";
    const three = [
      node("a", 4, { [type]: "m.large" }),
      node("b", 4, { [type]: "m.large" }),
      node("c", 16, { [type]: "m.4xl" }),
    ];
    const [worst] = await added(three, [...FULL, ...pods(16, 1, "c")], NODE);
    expect([worst?.name, counts(worst!)]).toEqual(["c", ["1 m.4xl"]]);
    const [small] = await added(
      three,
      [
        ...FULL,
        ...pods(14, 1, "c").map((one) => ({
          ...one,
          metadata: { ...one.metadata, ownerReferences: [{ kind: "DaemonSet", name: "d", controller: true }] },
        })),
      ],
      NODE,
    );
    expect([small?.name, counts(small!)]).toEqual(["a", ["1 m.large"]]);
  });

  test("pods of DaemonSets take their room on the new node too", async () => {
    const daemons = ["a", "b"].map((on) => pod(`agent-${on}`, 1, { on, owner: "DaemonSet" }));
    const all = [...pods(4, 1, "a"), ...pods(4, 1, "b"), ...daemons];
    const [worst] = await added([node("a", 5), node("b", 5)], all, NODE);
    expect(counts(worst!)).toEqual(["1 a"]);
    const [more] = await added([node("a", 5), node("b", 5)], [...all, pod("late", 4)], NODE);
    // The late pod takes the new node before anything fails.
    expect(counts(more!)).toEqual(["2 a"]);
  });

  test("nothing is asked for where no pod pends", async () => {
    expect(await added([node("a", 8), node("b", 8)], FULL, NODE, { required: NODE })).toEqual([]);
  });
});

describe("of offers", () => {
  const two = [node("a", 4), node("b", 4)];

  test("the cheapest mix is bought, and priced", async () => {
    const offers = [offer("large", 8, 0.3), offer("small", 2, 0.1), offer("odd", 3, 0.16)];
    const [worst] = await added(two, FULL, NODE, { offers });
    expect(worst).toMatchObject({ mix: [{ offer: "small", count: 2, pricePerHour: 0.1 }], perHour: 0.2 });
  });

  test("none is put where it would fail as well", async () => {
    const zoned = [node("a", 4, { [ZONE]: "east" }), node("b", 4, { [ZONE]: "west" })];
    const offers = [offer("large", 8, 0.3, { zones: ["east", "west"] })];
    const [worst] = await added(zoned, FULL, BY_ZONE, { offers });
    expect([worst?.name, worst?.nodes]).toEqual(["east", [{ name: "large-1", offer: "large", zone: "west" }]]);
    const [any] = await added(zoned, FULL, BY_ZONE, { offers, required: BY_ZONE });
    expect(any?.nodes.map(({ zone }) => zone).sort()).toEqual(["east", "west"]);
    const only = [offer("large", 8, 0.3, { zones: ["east"] })];
    const [none] = await added(zoned, FULL, BY_ZONE, { offers: only });
    expect([none?.isEnough, none?.mix, none?.unplaceable[0]?.count]).toEqual([false, [], 4]);
  });

  test("a pod that none takes is named, and the others are seen to", async () => {
    const all = [...FULL.slice(1), pod("disk", 1, { on: "a", spec: { nodeSelector: { disk: "ssd" } } })];
    const [worst] = await added(two, all, NODE, { offers: [offer("small", 2, 0.1)] });
    expect([worst?.isEnough, counts(worst!)]).toEqual([false, ["2 small"]]);
    expect(worst?.unplaceable).toEqual([
      {
        pod: "shop/disk",
        count: 1,
        reasons: [{ plugin: "NodeAffinity", reason: "node(s) didn't match Pod's node affinity/selector", nodes: 1 }],
        nearest: [],
      },
    ]);
    const giant = pod("giant", 4, { on: "a" });
    const [lacking] = await added([node("a", 4), node("b", 3)], [giant], NODE, { offers: [offer("small", 2, 0.1)] });
    expect(lacking?.unplaceable[0]?.nearest).toEqual([{ offer: "small", lacks: { cpu: 2000 } }]);
  });

  test("a pod that rules about other pods keep from every node is named with them", async () => {
    const beside = { labelSelector: { matchLabels: { app: "cache" } }, topologyKey: "kubernetes.io/hostname" };
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [beside] } };
    const all = [
      ...FULL.slice(2),
      pod("cache", 1, { on: "a", owner: null, labels: { app: "cache" } }),
      pod("reader", 1, { on: "a", spec: { affinity } }),
    ];
    const [worst] = await added(two, all, NODE, { offers: [offer("large", 8, 0.3)] });
    expect([worst?.isEnough, counts(worst!)]).toEqual([false, ["1 large"]]);
    const [{ pod: who, reasons } = { pod: "", reasons: [] }] = worst?.unplaceable ?? [];
    expect([who, reasons[0]?.plugin, worst?.unplaceable.length]).toEqual(["shop/reader", "InterPodAffinity", 1]);
  });
});
