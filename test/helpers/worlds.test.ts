/**
 * Method: draw many worlds from fixed seeds, have the reference scheduler decide them, and check that they repeat,
 * that they reach every reason and status, and that a failing property is cut down to a case that can be read.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type RefDecision, ReferenceScheduler } from "../reference/scheduler.js";
import { worldArbitrary } from "./world-arbitraries.js";
import { THEMES } from "./world-types.js";
import { type World, worldOf } from "./worlds.js";

function decide(world: World): { decisions: RefDecision[]; rejections: Set<string>; scores: Map<string, Set<bigint>> } {
  const { nodes, pods, config } = world;
  const scheduler = new ReferenceScheduler({ nodes, pods, ...(config && { config }), tieBreak: "first" });
  const rejections = new Set<string>();
  const scores = new Map<string, Set<bigint>>();
  const decisions = world.incoming.map((pod) => {
    const { feasible, rejected } = scheduler.filter(pod);
    for (const { plugin, code, reasons } of rejected.values()) {
      for (const reason of reasons) rejections.add(`${plugin}, ${code}: ${reason}`);
    }
    const decision = scheduler.place(pod);
    if (decision.status !== "placed" || decision.score === undefined) return decision;
    for (const { parts } of scheduler.score(pod, feasible).values()) {
      for (const [plugin, { raw }] of parts) scores.set(plugin, (scores.get(plugin) ?? new Set()).add(raw));
    }
    return decision;
  });
  return { decisions, rejections, scores };
}

const SCALARS = [
  "attachable-volumes-csi-disk.example.com",
  "ephemeral-storage",
  "example.com/fpga",
  "example.com/gpu",
  "hugepages-2Mi",
  "kubernetes.io/batch-cpu",
  "other.org/nic",
];

const REASONS = [
  "NodeAffinity, UnschedulableAndUnresolvable: node(s) didn't match Pod's node affinity/selector",
  "NodeAffinity, UnschedulableAndUnresolvable: node(s) didn't match scheduler-enforced node affinity",
  "NodeAffinity, UnschedulableAndUnresolvable: node(s) didn't satisfy plugin(s) [NodeAffinity]",
  "NodeAffinity, UnschedulableAndUnresolvable: pod affinity terms conflict",
  "NodeName, UnschedulableAndUnresolvable: node(s) didn't match the requested node name",
  "NodePorts, Unschedulable: node(s) didn't have free ports for the requested pod ports",
  "NodeUnschedulable, UnschedulableAndUnresolvable: node(s) were unschedulable",
  "TaintToleration, UnschedulableAndUnresolvable: node(s) had untolerated taint(s)",
  "NodeResourcesFit, Unschedulable: Too many pods",
  ...["cpu", "memory", ...SCALARS].flatMap((name) => [
    `NodeResourcesFit, Unschedulable: Insufficient ${name}`,
    `NodeResourcesFit, UnschedulableAndUnresolvable: Insufficient ${name}`,
  ]),
];

describe("random worlds", () => {
  test("are the same for the same seed and differ between seeds", () => {
    expect(worldOf("a")).toEqual(worldOf("a"));
    expect(worldOf("a")).not.toEqual(worldOf("b"));
  });

  test.each(THEMES)("can be about %s alone, with as many nodes and pods as asked for", (theme) => {
    const world = worldOf("size", { themes: [theme], nodes: 7, incoming: 3 });
    expect([world.nodes.length, world.incoming.length]).toEqual([7, 3]);
    expect(world.config !== undefined).toBe(theme === "config");
  });

  test("reach every status and every reason, and give every score plugin something to tell apart", () => {
    const statuses = new Set<string>();
    const rejections = new Set<string>();
    const scores = new Map<string, number>();
    for (let index = 0; index < 800; index++) {
      const outcome = decide(worldOf(`coverage-${index}`));
      for (const { status } of outcome.decisions) statuses.add(status);
      for (const rejection of outcome.rejections) rejections.add(rejection);
      for (const [plugin, raws] of outcome.scores) scores.set(plugin, Math.max(scores.get(plugin) ?? 0, raws.size));
    }
    expect([...statuses].sort()).toEqual(["error", "gated", "placed", "unschedulable"]);
    expect(REASONS.filter((reason) => !rejections.has(reason))).toEqual([]);
    expect([...scores].filter(([, distinct]) => distinct < 4)).toEqual([]);
    expect(scores.size).toBe(5);
  });

  test("shrink until only what a failure needs is left", () => {
    const hasMemory = (world: World): boolean =>
      world.incoming.some((pod) => pod.spec?.containers?.[0]?.resources?.requests?.memory !== undefined);
    const outcome = fc.check(
      fc.property(worldArbitrary(), (world) => !hasMemory(world)),
      { seed: 1 },
    );
    expect(outcome.failed).toBe(true);
    const world = outcome.counterexample?.[0];
    expect(world?.nodes).toEqual([]);
    expect(world?.pods).toEqual([]);
    expect(world?.config).toBeUndefined();
    const memory = expect.anything();
    const container = { name: "c0", resources: { requests: { memory } } };
    expect(world?.incoming).toEqual([{ metadata: { name: expect.any(String) }, spec: { containers: [container] } }]);
  });
});
