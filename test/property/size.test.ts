// Answers of size on small random worlds: every plan is placed again by a scheduler and a cluster of its own, and what is
// said of costs is added up anew.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import { highsSolver } from "../../src/highs.js";
import type { Node, Pod } from "../../src/kube/objects.js";
import type { Offer } from "../../src/planning/offers.js";
import { size } from "../../src/planning/size.js";
import { leastCost } from "../helpers/exact-packing.js";
import { replay } from "../helpers/size-replay.js";
import { tries } from "../helpers/tries.js";

const solver = highsSolver();
const RUNS = tries(12, 30);
const SEED = Number(process.env.STOWAGE_SEED ?? 20_261_201);
const ZONE = "topology.kubernetes.io/zone";
const HOSTNAME = "kubernetes.io/hostname";

type Rule = "none" | "apart" | "zones" | "ssd" | "port" | "together";

interface Workload {
  readonly replicas: number;
  readonly cpu: number;
  readonly memory: number;
  readonly rule: Rule;
}

const workload = fc.record({
  replicas: fc.integer({ min: 1, max: 6 }),
  cpu: fc.integer({ min: 1, max: 30 }).map((tenths) => tenths * 100),
  memory: fc.integer({ min: 1, max: 60 }).map((tenths) => tenths * 100),
  rule: fc.constantFrom<Rule>("none", "none", "none", "apart", "zones", "ssd", "port", "together"),
});

const offer = fc.record({
  cpu: fc.integer({ min: 2, max: 8 }),
  memory: fc.integer({ min: 2, max: 16 }),
  price: fc.integer({ min: 1, max: 40 }).map((tenths) => tenths / 10),
  isSsd: fc.boolean(),
  hasZones: fc.boolean(),
});

const world = fc.record({
  workloads: fc.array(workload, { minLength: 1, maxLength: 6 }),
  offers: fc.array(offer, { minLength: 1, maxLength: 4 }),
  existing: fc.integer({ min: 0, max: 2 }),
  survive: fc.constantFrom(undefined, undefined, undefined, "node" as const),
});

function podsOf(workloads: readonly Workload[]): Pod[] {
  return workloads.flatMap(({ replicas, cpu, memory, rule }, at) =>
    Array.from({ length: replicas }, (_, replica): Pod => {
      const labels = { app: `w${at}` };
      const labelSelector = { matchLabels: labels };
      const ports = rule === "port" ? [{ containerPort: 80, hostPort: 8080 }] : [];
      const term = { labelSelector, topologyKey: HOSTNAME };
      return {
        metadata: { name: `w${at}-${replica}`, namespace: "default", labels },
        spec: {
          containers: [{ name: "c", ports, resources: { requests: { cpu: `${cpu}m`, memory: `${memory}Mi` } } }],
          ...(rule === "ssd" && { nodeSelector: { disk: "ssd" } }),
          ...(rule === "apart" && {
            affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
          }),
          ...(rule === "together" && {
            affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
          }),
          ...(rule === "zones" && {
            topologySpreadConstraints: [
              { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: "DoNotSchedule", labelSelector },
            ],
          }),
        },
      };
    }),
  );
}

function existingNodes(count: number): Node[] {
  return Array.from({ length: count }, (_, at) => ({
    metadata: { name: `there-${at}`, labels: { [HOSTNAME]: `there-${at}` } },
    status: { allocatable: { cpu: "2", memory: "4Gi", pods: "110" } },
  }));
}

describe("size", () => {
  test("gives plans that hold, cost what they say, and never cost less than the bound", async () => {
    const options = { solver: await solver, budget: 20_000 };
    let sized = 0;
    await fc.assert(
      fc.asyncProperty(world, async ({ workloads, offers: drawn, existing: count, survive }) => {
        const offers = drawn.map(
          ({ cpu, memory, price, isSsd, hasZones }, at): Offer => ({
            name: `offer-${at}`,
            price,
            allocatable: { cpu, memory: `${memory}Gi`, pods: 30 },
            ...(isSsd && { labels: { disk: "ssd" } }),
            ...(hasZones && { zones: ["a", "b"] }),
          }),
        );
        const [pods, existing] = [podsOf(workloads), existingNodes(count)];
        using cluster = new Cluster();
        for (const node of existing) cluster.upsertNode(node);
        const found = await size(cluster, pods, offers, { ...options, ...(survive && { survive }) });
        expect([cluster.nodeCount, cluster.podCount]).toEqual([count, 0]);
        if (found.status === "impossible") {
          // Either some pod fits nowhere, or the answer names what was asked for that cannot be had together.
          expect(found.unplaceable.length > 0 || found.contradiction !== undefined).toBe(true);
          return;
        }
        sized++;
        const { schedulable, packable, bound } = found;
        const placed = schedulable!.placement.flatMap(({ pods: here }) => here).sort();
        expect(placed).toEqual(pods.map((pod) => `default/${pod.metadata?.name}`).sort());
        const bought = schedulable!.placement.flatMap(({ offer: name }) => offers.filter((one) => one.name === name));
        expect(schedulable!.perHour).toBeCloseTo(
          bought.reduce((sum, { price }) => sum + price, 0),
          6,
        );
        expect(bound!.perHour).toBeLessThanOrEqual(packable!.perHour + 1e-9);
        expect(bound!.perHour).toBeLessThanOrEqual(schedulable!.perHour + 1e-9);
        expect(await replay(found, pods, offers, existing)).toBe(pods.length);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    expect(sized).toBeGreaterThan(RUNS / 4);
  }, 300_000);

  test("never says that surviving a node costs more than the least that it can cost", async () => {
    const options = { solver: await solver, budget: 50_000, survive: "node" } as const;
    const least = (workloads: readonly Workload[], drawn: readonly { cpu: number; memory: number; price: number }[]) =>
      Math.min(
        ...drawn.map(({ price: dearest }) => {
          // Without the dearest node the others, none dearer, hold everything.
          const rest = leastCost({
            kinds: workloads.map(({ cpu, memory, replicas }) => ({ sizes: [cpu, memory, 1], count: replicas })),
            types: drawn
              .filter(({ price }) => price <= dearest)
              .map(({ cpu, memory, price }) => ({
                capacity: [cpu * 1000, memory * 1024, 30],
                cost: Math.round(price * 1e6),
              })),
          });
          return rest === undefined ? Number.POSITIVE_INFINITY : rest / 1e6 + dearest;
        }),
      );
    const small = fc.record({
      workloads: fc.array(workload, { minLength: 1, maxLength: 3 }),
      drawn: fc.array(offer, { minLength: 1, maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(small, async ({ workloads, drawn }) => {
        const plain = workloads.map((one) => ({ ...one, replicas: Math.min(3, one.replicas), rule: "none" as const }));
        const offers = drawn.map(
          ({ cpu, memory, price }, at): Offer => ({
            name: `offer-${at}`,
            price,
            allocatable: { cpu, memory: `${memory}Gi`, pods: 30 },
          }),
        );
        using cluster = new Cluster();
        const found = await size(cluster, podsOf(plain), offers, options);
        if (found.status === "impossible") return;
        expect(found.survives!.lost).toEqual([]);
        expect(found.bound!.perHour).toBeLessThanOrEqual(least(plain, drawn) + 1e-9);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  }, 300_000);
});
