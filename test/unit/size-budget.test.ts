// The budget is what ends a search, whatever it is asked: steps are counted, over all packings, and no clock is read.
import { beforeAll, describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import { highsSolver } from "../../src/highs.js";
import type { Pod } from "../../src/kube/objects.js";
import type { LinearSolver } from "../../src/packing/solver.js";
import type { Offer } from "../../src/planning/offers.js";
import { size } from "../../src/planning/size.js";
import type { SizeOptions } from "../../src/planning/size-context.js";
import type { Size } from "../../src/planning/size-document.js";
import { randomOf } from "../helpers/random.js";

const BUDGET = 200_000;
const MOST_OVER = 1.1;
const ZONE = "topology.kubernetes.io/zone";

const random = randomOf("budget");
const offersOf = (count: number, zones?: readonly string[]): Offer[] =>
  Array.from({ length: count }, (_, at) => ({
    name: `offer-${at}`,
    price: random.int(1, 5000) / 1000,
    allocatable: { cpu: random.int(2, 64), memory: `${random.int(4, 256)}Gi`, pods: 110 },
    ...(zones && { zones }),
  }));
const podsOf = (count: number, spec: Pod["spec"] = {}): Pod[] =>
  Array.from({ length: count }, (_, at) => {
    const requests = { cpu: `${random.int(50, 2000)}m`, memory: `${random.int(64, 4000)}Mi` };
    const containers = [{ name: "main", resources: { requests } }];
    return {
      metadata: { namespace: "shop", name: `web-${at}`, labels: { app: "web" } },
      spec: { containers, ...spec },
    };
  });
const some = offersOf(40);
const zoned = some.map((offer) => ({ ...offer, zones: ["a", "b", "c"] }));
const mixed = podsOf(120);
const selector = { labelSelector: { matchLabels: { app: "web" } }, topologyKey: ZONE };
const spread = podsOf(120, {
  topologySpreadConstraints: [{ ...selector, maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" }],
});

let solver: LinearSolver;
beforeAll(async () => {
  solver = await highsSolver();
});

async function sized(pods: readonly Pod[], offers: readonly Offer[], options: SizeOptions = {}): Promise<Size> {
  using cluster = new Cluster();
  const found = await size(cluster, pods, offers, { solver, budget: BUDGET, ...options });
  expect(found.search.wasCut).toBe(false);
  expect(found.search.spent).toBeLessThanOrEqual(BUDGET * MOST_OVER);
  return found;
}

describe("the budget holds within a tenth", () => {
  test("of 10,000 offers", async () => {
    expect((await sized(mixed.slice(0, 20), offersOf(10_000))).status).toBe("sized");
  });

  test("of pods larger than any offer, and of none", async () => {
    const giant: Pod = {
      metadata: { name: "giant" },
      spec: { containers: [{ name: "m", resources: { requests: { cpu: 1000 } } }] },
    };
    const found = await sized([...mixed, giant], some);
    expect([found.status, found.unplaceable.map(({ pod }) => pod)]).toEqual(["impossible", ["default/giant"]]);
    expect((await sized([], some)).schedulable?.nodes).toBe(0);
  });

  test.each<[string, Pod[], Offer[], SizeOptions]>([
    ["nothing else", mixed, some, {}],
    ["spreading", spread, zoned, {}],
    ["a node that may fail", mixed, some, { survive: "node" }],
    ["a zone that may fail", mixed, zoned, { survive: "zone" }],
  ])("with %s", async (_, pods, offers, options) => {
    const { status, survives } = await sized(pods, offers, options);
    expect([status, survives?.lost ?? []]).toEqual(["sized", []]);
  });

  test.each<SizeOptions>([
    { maxTypes: 1 },
    { maxNodes: 7 },
    { survive: "node", maxTypes: 1 },
    { survive: "node", maxNodes: 9 },
    { survive: "zone", maxTypes: 2, maxNodes: 12 },
  ])("and %o is kept to", async (options) => {
    const { schedulable, survives } = await sized(mixed, options.survive === "zone" ? zoned : some, options);
    expect(schedulable!.mix.length).toBeLessThanOrEqual(options.maxTypes ?? 99);
    expect(schedulable!.nodes).toBeLessThanOrEqual(options.maxNodes ?? 99);
    expect(survives?.lost ?? []).toEqual([]);
  });

  test("of what contradicts itself, and that is said", async () => {
    const found = await sized(mixed, some, { survive: "node", maxNodes: 1 });
    expect([found.status, found.contradiction?.limits]).toEqual([
      "impossible",
      ["at most 1 new node", "any node may fail"],
    ]);
    expect(found.contradiction?.without.nodes).toBeGreaterThan(1);
    const none = await sized(mixed, some, { maxNodes: 0 });
    expect(none.contradiction?.limits).toEqual(["at most 0 new nodes"]);
  });

  test.each<SizeOptions>([{}, { survive: "node" }])(
    "and with %o one that does not suffice ends after a plan and its bound",
    async (options) => {
      const enough = 5_000;
      for (const budget of [1, 100]) {
        using cluster = new Cluster();
        const { search, bound, schedulable, survives } = await size(cluster, mixed, some, {
          solver,
          ...options,
          budget,
        });
        expect([search.wasCut, survives?.lost ?? []]).toEqual([false, []]);
        expect(search.spent).toBeGreaterThan(budget);
        expect(search.spent).toBeLessThan(enough);
        expect(bound!.perHour).toBeGreaterThan(0);
        expect(schedulable!.perHour).toBeGreaterThanOrEqual(bound!.perHour);
      }
    },
  );
});
