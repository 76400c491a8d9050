/**
 * Method: draw many worlds from fixed seeds and check their shape; have the reference scheduler decide those of the
 * default themes, which must reach every reason and status; cut a failing property down to a case that can be read.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KubeObject, Pod } from "../../src/kube/objects.js";
import type { RefConfig } from "../reference/config.js";
import { type RefDecision, ReferenceScheduler } from "../reference/scheduler.js";
import { worldArbitrary } from "./world-arbitraries.js";
import { isKubeSchedulerConfiguration } from "./world-types.js";
import { ALL_THEMES, ENGINE_THEMES, type World, worldOf } from "./worlds.js";

function decide(world: World): { decisions: RefDecision[]; rejections: Set<string>; scores: Map<string, Set<bigint>> } {
  const { nodes, pods } = world;
  const config = world.config as RefConfig | undefined;
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

function mixedWorlds(count: number): World[] {
  return Array.from({ length: count }, (_, index) => worldOf(`mixed-${index}`, { among: ALL_THEMES }));
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

  test.each(ALL_THEMES)("can be about %s alone, with as many nodes and pods as asked for", (theme) => {
    const world = worldOf("size", { themes: [theme], nodes: 7, incoming: 3 });
    expect([world.nodes.length, world.incoming.length]).toEqual([7, 3]);
    expect(world.mode).toBe(theme === "preempt" ? "preempt" : undefined);
    expect(world.sampling).toBe(theme === "sampling" ? true : undefined);
  });

  test.each(ENGINE_THEMES)("are by default without anything but nodes, pods and a plain configuration: %s", (theme) => {
    const { config, objects, mode, sampling } = worldOf("plain", { themes: [theme], nodes: 7 });
    expect([objects, mode, sampling]).toEqual([undefined, undefined, undefined]);
    expect(config !== undefined).toBe(theme === "config");
    expect(config !== undefined && isKubeSchedulerConfiguration(config)).toBe(false);
  });

  test("draw what one theme is about without regard to the others", () => {
    const options = { nodes: 9, incoming: 9 };
    const alone = worldOf("streams", { themes: ["spread"], ...options });
    const mixed = worldOf("streams", { themes: ["spread", "volumes", "interPod"], ...options });
    const constraints = ({ incoming }: World) => incoming.map(({ spec }) => spec?.topologySpreadConstraints);
    expect(constraints(alone)).toEqual(constraints(mixed));
    expect(constraints(alone).filter((list) => list !== undefined).length).toBeGreaterThan(3);
  });

  test("have at most 20 nodes and 60 running pods in nine of ten cases, and never more than 250 and 500", () => {
    const worlds = mixedWorlds(1000);
    const nodes = worlds.map((world) => world.nodes.length);
    const pods = worlds.map((world) => world.pods.length);
    expect(nodes.filter((count) => count <= 20).length).toBeGreaterThan(880);
    expect(pods.filter((count) => count <= 60).length).toBeGreaterThan(880);
    expect([Math.max(...nodes) <= 250, Math.max(...pods) <= 500]).toEqual([true, true]);
  });

  test("hold objects that say what they are, each name once, and pods that started at different times", () => {
    for (const { pods, objects = {} } of mixedWorlds(300)) {
      const all = Object.values(objects).flat() as KubeObject[];
      const names = all.map(({ kind, metadata }) => `${kind} ${metadata?.namespace}/${metadata?.name}`);
      expect(new Set(names).size).toBe(names.length);
      expect(all.filter(({ apiVersion, kind, metadata }) => !apiVersion || !kind || !metadata?.name)).toEqual([]);
      const starts = pods.flatMap(({ status }) => status?.startTime ?? []);
      expect(new Set(starts).size).toBe(starts.length);
    }
  });

  test("ask for a profile that there is", () => {
    for (const { incoming, config } of mixedWorlds(300)) {
      const profiles = (config as { profiles?: { schedulerName: string }[] } | undefined)?.profiles;
      const known = new Set(["default-scheduler", ...(profiles ?? []).map(({ schedulerName }) => schedulerName)]);
      const asked = incoming.map(({ spec }: Pod) => spec?.schedulerName ?? "default-scheduler");
      expect(asked.filter((name) => !known.has(name))).toEqual([]);
    }
  });

  test("reach every status and every reason, and give every score plugin something to tell apart", () => {
    const statuses = new Set<string>();
    const rejections = new Set<string>();
    const scores = new Map<string, number>();
    for (let index = 0; index < 500; index++) {
      const outcome = decide(worldOf(`coverage-${index}`));
      for (const { status } of outcome.decisions) statuses.add(status);
      for (const rejection of outcome.rejections) rejections.add(rejection);
      for (const [plugin, raws] of outcome.scores) scores.set(plugin, Math.max(scores.get(plugin) ?? 0, raws.size));
    }
    expect([...statuses].sort()).toEqual(["error", "gated", "placed", "unschedulable"]);
    expect(REASONS.filter((reason) => !rejections.has(reason))).toEqual([]);
    const telling = [...scores].filter(([, distinct]) => distinct >= 4);
    expect(telling.map(([plugin]) => plugin).sort()).toEqual([
      "ImageLocality",
      "NodeAffinity",
      "NodeResourcesBalancedAllocation",
      "NodeResourcesFit",
      "TaintToleration",
    ]);
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
