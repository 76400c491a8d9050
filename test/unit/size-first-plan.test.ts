// The first plan of size: there before the solver is asked, placed by the real cycle, and never dearer than what comes of it.
import { beforeAll, describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import { highsSolver } from "../../src/highs.js";
import type { Node, Pod } from "../../src/kube/objects.js";
import type { LinearSolver } from "../../src/packing/solver.js";
import { type Offer, offerNode } from "../../src/planning/offers.js";
import { size } from "../../src/planning/size.js";
import type { SizeOptions } from "../../src/planning/size-context.js";
import type { Size } from "../../src/planning/size-document.js";
import { replay } from "../helpers/size-replay.js";
import { diversePods, offers, plainPods } from "../kubernetes/karpenter/worlds.js";

const PODS = 300;
const BUDGET = 5_000;
const kept = { headroom: 0, reserve: {} };
const few: readonly Offer[] = offers().filter((_, at) => at % 4 === 3);

let highs: LinearSolver;
beforeAll(async () => {
  highs = await highsSolver();
});

/** HiGHS, and how often it was asked. */
function counted(): { solver: LinearSolver; asked: () => number } {
  let calls = 0;
  const solver = new Proxy(highs, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        calls++;
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { solver, asked: () => calls };
}

async function sized(pods: readonly Pod[], options: SizeOptions, existing: readonly Node[] = []): Promise<Size> {
  using cluster = new Cluster();
  for (const node of existing) cluster.upsertNode(node);
  const found = await size(cluster, pods, few, options);
  expect([cluster.nodeCount, cluster.podCount]).toEqual([existing.length, 0]);
  return found;
}

/** Ended as soon as a cost is told. */
async function firstOf(pods: readonly Pod[], options: SizeOptions = {}, existing: readonly Node[] = []) {
  const { solver, asked } = counted();
  const told: number[] = [];
  const found = await sized(
    pods,
    {
      ...options,
      solver,
      isOver: () => told.length > 0,
      onProgress: ({ cost }) => {
        if (Number.isFinite(cost)) told.push(cost);
      },
    },
    existing,
  );
  return { found, told, asked: asked() };
}

describe("the first plan", () => {
  test.each([
    ["without rules", plainPods(PODS, "first")],
    ["with rules about other pods", diversePods(PODS, "first")],
  ])("of pods %s is told before the solver is asked, and holds", async (_, pods) => {
    const { found, told, asked } = await firstOf(pods);
    expect(asked).toBe(0);
    expect(told).toEqual([found.schedulable?.perHour]);
    expect(found).toMatchObject({ status: "sized", search: { wasCut: true }, packable: { isChecked: true } });
    expect(await replay(found, pods, few)).toBe(PODS);
    expect((await firstOf(pods)).found).toEqual(found);
  });

  test("has no more nodes than pods that want one for themselves, where these decide", async () => {
    const { found } = await firstOf(diversePods(PODS, "first"));
    expect(found.schedulable?.nodes).toBe(PODS / 5);
  });

  test("is what the search begins with: its answer costs no more, and is placed like any other", async () => {
    const pods = diversePods(PODS, "first");
    const { found: first } = await firstOf(pods);
    const whole = await sized(pods, { solver: highs, budget: BUDGET });
    expect(whole.schedulable!.perHour).toBeLessThanOrEqual(first.schedulable!.perHour);
    expect(whole.packable!.perHour).toBeLessThanOrEqual(whole.schedulable!.perHour);
    expect(await replay(whole, pods, few)).toBe(PODS);
  });

  test("fills nodes that are there first", async () => {
    const pods = plainPods(PODS, "first");
    const existing = [offerNode(few[40]!, "there", "test-zone-1", kept)];
    const { found } = await firstOf(pods, {}, existing);
    expect(found.schedulable!.perHour).toBeLessThan((await firstOf(pods)).found.schedulable!.perHour);
    expect(await replay(found, pods, few, existing)).toBe(PODS);
  });

  test("keeps to the number of nodes that is asked for, or leaves the question to the search", async () => {
    const pods = diversePods(PODS, "first");
    const { found } = await firstOf(pods, { maxNodes: PODS / 5 - 1 });
    expect(found.status).toBe("impossible");
  });
});
