// An order in which the profile by itself does what the packing has, where every simpler one costs more nodes.
import { expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import { namespacedName, type Pod } from "../../src/kube/objects.js";
import { size } from "../../src/planning/size.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const OFFERS = [
  { name: "lean", price: 1.2, allocatable: { cpu: 8, memory: "8Gi", pods: 110 } },
  { name: "small", price: 1, allocatable: { cpu: 4, memory: "8Gi", pods: 110 } },
  { name: "large", price: 1.9, allocatable: { cpu: 8, memory: "16Gi", pods: 110 } },
  { name: "wide", price: 3.7, allocatable: { cpu: 16, memory: "16Gi", pods: 30 } },
  { name: "deep", price: 3.9, allocatable: { cpu: 8, memory: "64Gi", pods: 30 } },
];

/** Milli cpu, MiB, replicas. */
const KINDS = [
  [1700, 3200, 10],
  [500, 2816, 14],
  [2300, 3712, 14],
  [1500, 3968, 13],
  [1000, 2944, 14],
] as const;

const pods: Pod[] = KINDS.flatMap(([cpu, memory, count], kind) =>
  Array.from({ length: count }, (_, index) => ({
    metadata: { name: `kind${kind}-${index}`, namespace: "default" },
    spec: { containers: [{ name: "main", resources: { requests: { cpu: `${cpu}m`, memory: `${memory}Mi` } } }] },
  })),
);

test("a fleet that no simpler order fills is schedulable as it is packed, in the order that the answer has", async () => {
  using cluster = new Cluster();
  const { packable, schedulable } = await size(cluster, pods, OFFERS, { budget: 100_000 });
  const { repair, placement, perHour } = schedulable!;
  expect([repair.order, repair.strategy, repair.addedNodes, perHour]).toEqual([
    "fleet",
    "configured",
    0,
    packable!.perHour,
  ]);
  const others = repair.tried.slice(0, -1).map((tried) => tried.perHour);
  expect(Math.min(...others)).toBeGreaterThan(perHour);
  expect([...repair.sequence!].sort()).toEqual(pods.map(namespacedName).sort());
  expect(cluster.nodeCount + cluster.podCount).toBe(0);

  using again = new Cluster();
  for (const { name, offer } of placement) {
    const { allocatable } = OFFERS.find((one) => one.name === offer)!;
    again.upsertNode({ name, allocatable });
  }
  const scheduler = new Scheduler(again);
  const byName = new Map(pods.map((pod) => [namespacedName(pod), pod]));
  for (const name of repair.sequence!) {
    const decision = scheduler.place(byName.get(name)!);
    const home = placement.find((node) => node.pods.includes(name))!.name;
    expect(decision.status === "placed" && decision.node, `${name} belongs on ${home}`).toBe(home);
  }
});
