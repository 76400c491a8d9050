/**
 * Method: moves that `rebalance` found in random worlds are made one by one in a new cluster, with nothing but the public
 * ways of cluster and scheduler. Every replacement must go where the plan says, no pod may move that must not, and it must end
 * as the plan says. STOWAGE_WORLDS sets how many worlds, STOWAGE_SEED which.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { namespacedName, type Pod } from "../../src/kube/objects.js";
import { type RebalanceOptions, rebalance } from "../../src/planning/rebalance.js";
import type { Goal, Rebalance } from "../../src/planning/rebalancing.js";
import { utilizationOf } from "../../src/planning/utilization.js";
import { tries } from "../helpers/tries.js";
import { worldArbitrary } from "../helpers/world-arbitraries.js";
import { ALL_THEMES, type World } from "../helpers/worlds.js";
import { openWorld } from "../unit/explain-worlds.js";

const WORLDS = Number(process.env.STOWAGE_WORLDS ?? tries(30, 80));
const SEED = Number(process.env.STOWAGE_SEED ?? 20_261_129);
const GOALS: readonly Goal[] = ["nodes", "cost", "stranding"];

const priceOf = ({ metadata }: { metadata?: { name?: string } }): number => (metadata?.name ?? "").length;

test(`plans can be made move by move and end as they say, on ${WORLDS} random worlds (STOWAGE_SEED=${SEED})`, {
  timeout: 3_600_000,
}, async () => {
  let moves = 0;
  const options = fc.record({ goal: fc.constantFrom(...GOALS), isSurge: fc.boolean() });
  const property = fc.asyncProperty(
    worldArbitrary({ among: ALL_THEMES }).map(withOwners),
    options,
    async (world, given) => {
      const plan = await planFor(world, { ...given, priceOf, budget: 2_000 });
      moves += plan.moves.length;
      replay(world, plan);
      keepsPromises(world, plan);
    },
  );
  await fc.assert(property, { numRuns: WORLDS, seed: SEED });
  // Worlds without a single move would prove nothing.
  expect(moves).toBeGreaterThan(WORLDS / 10);
});

test("a cut-off is kept, and what is done before it is worth it", async () => {
  const limits = fc.record({ mostMoves: fc.integer({ min: 0, max: 8 }), leastGain: fc.constantFrom(0, 0.25, 0.5, 1) });
  const property = fc.asyncProperty(
    worldArbitrary({ among: ALL_THEMES }).map(withOwners),
    limits,
    async (world, given) => {
      const { moves, emptied } = await planFor(world, { ...given, budget: 2_000 });
      expect(moves.length).toBeLessThanOrEqual(given.mostMoves);
      for (const node of emptied) {
        const count = moves.filter(({ from }) => from === node).length;
        expect(1 / count).toBeGreaterThanOrEqual(given.leastGain);
      }
    },
  );
  await fc.assert(property, { numRuns: WORLDS, seed: SEED });
});

async function planFor(world: World, options: RebalanceOptions): Promise<Rebalance> {
  const { cluster, scheduler } = openWorld(world);
  const before = JSON.stringify([...cluster.nodes()].map(({ object, requested, pods }) => [object, requested, pods]));
  const plan = await rebalance(cluster, scheduler, [], options);
  const now = JSON.stringify([...cluster.nodes()].map(({ object, requested, pods }) => [object, requested, pods]));
  expect(now).toBe(before);
  expect(await rebalance(cluster, scheduler, [], options)).toEqual(plan);
  cluster.dispose();
  return plan;
}

function replay(world: World, { moves, emptied, unused, isSurge, after, before, goal }: Rebalance): void {
  const { cluster, scheduler } = openWorld(world);
  const prices = priceOf as Parameters<typeof utilizationOf>[1];
  expect(utilizationOf(cluster, prices)).toEqual(before);
  const cordon = (name: string): void => {
    const node = world.nodes.find(({ metadata }) => metadata?.name === name)!;
    const taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
    const taints = (node.spec?.taints ?? []).filter(({ key, effect }) => key !== taint.key || effect !== taint.effect);
    cluster.upsertNode({ ...node, spec: { ...node.spec, unschedulable: true, taints: [...taints, taint] } });
  };
  for (const name of [...emptied, ...unused]) cordon(name);
  for (const { pod: key, from, to, empties } of moves) {
    const running = cluster.pod(key)!;
    expect([key, running.node]).toEqual([key, from]);
    const again = withoutNode(running.pod);
    if (goal === "stranding") cordon(from);
    if (isSurge) {
      const replacement = { ...again, metadata: { ...again.metadata, name: `${again.metadata?.name}-new` } };
      const decision = scheduler.place(replacement);
      expect([key, decision]).toMatchObject([key, { status: "placed", node: to }]);
      cluster.removePod(key);
      cluster.removePod(replacement);
      cluster.assume(again, to);
    } else {
      cluster.removePod(key);
      expect([key, scheduler.place(again)]).toMatchObject([key, { status: "placed", node: to }]);
    }
    if (goal === "stranding") cluster.upsertNode(world.nodes.find(({ metadata }) => metadata?.name === from)!);
    if (empties) {
      const left = cluster.node(from)!.pods.map((name) => cluster.pod(name)!.pod);
      expect(left.filter((pod) => ownerOf(pod) !== "DaemonSet" && !pod.metadata?.deletionTimestamp)).toEqual([]);
    }
  }
  expect(utilizationOf(cluster, prices)).toEqual(after);
  if (goal !== "stranding") expect(moves.filter(({ empties }) => empties).map(({ from }) => from)).toEqual(emptied);
  // A node that fills while another one empties would be no gain.
  const gain = moves.at(-1)?.gain ?? 0;
  if (goal === "nodes") expect([before.nodesUsed - after.nodesUsed, gain]).toEqual([emptied.length, emptied.length]);
  if (goal === "cost") expect(before.cost! - after.cost!).toBeCloseTo(gain, 6);
  cluster.dispose();
}

/** Nobody moves who must not, nobody twice, never onto a node that is to be empty or to stay so, and gains only grow. */
function keepsPromises(world: World, { moves, emptied, unused, isSurge }: Rebalance): void {
  const pods = new Map(world.pods.map((pod) => [namespacedName(pod), pod]));
  let gain = 0;
  for (const move of moves) {
    const pod = pods.get(move.pod)!;
    expect(isSurge ? ["ReplicaSet"] : ["ReplicaSet", "StatefulSet"]).toContain(ownerOf(pod));
    expect(pod.metadata?.annotations?.["karpenter.sh/do-not-disrupt"]).toBeUndefined();
    expect((pod.spec?.volumes ?? []).some((volume) => "emptyDir" in volume)).toBe(false);
    expect(budgetsLeft(world, pod)).not.toContain(0);
    expect([...emptied, ...unused]).not.toContain(move.to);
    expect(move.to).not.toBe(move.from);
    expect(move.gain).toBeGreaterThanOrEqual(gain);
    gain = move.gain;
  }
  expect(new Set(moves.map(({ pod }) => pod)).size).toBe(moves.length);
}

/** Of the budgets that cover a pod by one label; others are the scheduler's own tests'. */
function budgetsLeft({ objects }: World, pod: Pod): number[] {
  const budgets = (objects?.podDisruptionBudgets ?? []) as readonly {
    readonly metadata?: { readonly namespace?: string };
    readonly spec?: { readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> } };
    readonly status?: { readonly disruptionsAllowed?: number; readonly disruptedPods?: object };
  }[];
  return budgets.flatMap(({ metadata, spec, status }) => {
    const labels = Object.entries(spec?.selector?.matchLabels ?? {});
    const isPlain = labels.length > 0 && Object.keys(spec?.selector ?? {}).length === 1 && !status?.disruptedPods;
    const isSame = (metadata?.namespace || "default") === (pod.metadata?.namespace || "default");
    const covers = isPlain && isSame && labels.every(([key, value]) => pod.metadata?.labels?.[key] === value);
    return covers ? [status?.disruptionsAllowed ?? 0] : [];
  });
}

/** Controllers of several kinds, some pods that stay for one reason or another, and no pods that wait. */
function withOwners(world: World): World {
  const owned = (pod: Pod, index: number): Pod => {
    const kind = ["ReplicaSet", "ReplicaSet", "StatefulSet", "ReplicaSet", "DaemonSet"][index % 5]!;
    const ownerReferences = index % 23 === 22 ? [] : [{ kind, name: "owner", controller: true }];
    const annotations = index % 29 === 28 ? { "karpenter.sh/do-not-disrupt": "true" } : pod.metadata?.annotations;
    const volumes = index % 31 === 30 ? [{ name: "scratch", emptyDir: {} }] : pod.spec?.volumes;
    return {
      ...pod,
      metadata: { ...pod.metadata, ownerReferences, ...(annotations && { annotations }) },
      spec: { ...pod.spec, ...(volumes && { volumes }) },
    };
  };
  return { ...world, pods: world.pods.map(owned), incoming: [] };
}

function withoutNode({ status: _, spec, ...pod }: Pod): Pod {
  const { nodeName: __, ...others } = spec ?? {};
  return { ...pod, spec: others };
}

function ownerOf({ metadata }: Pod): string | undefined {
  return metadata?.ownerReferences?.[0]?.kind;
}
