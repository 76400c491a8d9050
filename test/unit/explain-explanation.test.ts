/**
 * Method: verdicts and scores of small clusters worked out by hand; then random worlds, where an explanation is held against
 * what schedule, filter and score say by other ways, and every filter against a scheduler that has no other.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Cluster, definePlugin, Scheduler, type SchedulerOptions } from "../../src/index.js";
import type { Pod } from "../../src/kube/objects.js";
import { BUILTIN_FILTERS } from "../../src/scheduler/builtin.js";
import { countReasons } from "../../src/scheduler/explain.js";
import { tries } from "../helpers/tries.js";
import { worldArbitrary } from "../helpers/world-arbitraries.js";
import { ALL_THEMES, type Theme } from "../helpers/worlds.js";
import { openWorld } from "./explain-worlds.js";

const SEED = 20_261_124;
const WORLDS = tries(60, 150);

function clusterOf(
  ...nodes: { name: string; cpu: number; taint?: string; labels?: Record<string, string> }[]
): Cluster {
  const cluster = new Cluster();
  for (const { name, cpu, taint, labels = {} } of nodes) {
    cluster.upsertNode({
      metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } },
      spec: { taints: taint === undefined ? [] : [{ key: taint, effect: "NoSchedule" }] },
      status: { allocatable: { cpu, memory: "16Gi", pods: 110 } },
    });
  }
  return cluster;
}

function podOf(cpu: number, spec: Pod["spec"] = {}, name = "web"): Pod {
  const containers = [{ name: "c", image: "i", resources: { requests: { cpu, memory: "1Gi" } } }];
  return { metadata: { name, namespace: "shop" }, spec: { containers, ...spec } };
}

describe("one node", () => {
  const cluster = clusterOf({ name: "small", cpu: 1, taint: "gpu" }, { name: "large", cpu: 8 });
  const explanation = new Scheduler(cluster).explain(podOf(2));

  test("tells every filter that rejects it, not only the first", () => {
    const small = explanation.node("small");
    expect(small?.verdict).toBe("rejected");
    expect(small?.failures).toEqual([
      {
        plugin: "TaintToleration",
        code: "UnschedulableAndUnresolvable",
        reasons: ["node(s) had untolerated taint(s)"],
      },
      { plugin: "NodeResourcesFit", code: "UnschedulableAndUnresolvable", reasons: ["Insufficient cpu"] },
    ]);
    expect(small?.rejection).toEqual(small?.failures[0]);
    expect(small).not.toHaveProperty("total");
  });

  test("has its scores though no other node is feasible", () => {
    const large = explanation.node("large");
    expect(large).toMatchObject({ verdict: "feasible", failures: [] });
    expect(large?.scores?.NodeResourcesFit).toEqual({ raw: 84, normalized: 84, weighted: 84 });
    const parts = Object.values(large?.scores ?? {}).map(({ weighted }) => weighted);
    expect(large?.total).toBe(parts.reduce((sum, part) => sum + part, 0));
    expect(explanation.decidedBy()).toBe("only");
  });

  test("that is not there has no answer", () => {
    expect(explanation.node("none")).toBeUndefined();
  });
});

test("an explanation stays what it was when the cluster changes", () => {
  const cluster = clusterOf({ name: "a", cpu: 4 }, { name: "b", cpu: 1 });
  const scheduler = new Scheduler(cluster);
  const explanation = scheduler.explain(podOf(2));
  const before = JSON.stringify(explanation);
  scheduler.place(podOf(3, {}, "other"));
  cluster.removeNode("b");
  scheduler.schedule(podOf(9));
  expect(JSON.stringify(explanation)).toBe(before);
});

describe("the choice between equals", () => {
  const nodes = ["a", "b", "c", "d"].map((name) => ({ name, cpu: 4 }));
  const explain = (options: SchedulerOptions) => new Scheduler(clusterOf(...nodes), options).explain(podOf(1));

  test.each(["first", "random", "heap"] as const)("by %s is said, with all that are equal", (tieBreak) => {
    const explanation = explain({ tieBreak, seed: 5 });
    expect(explanation.ties()).toEqual(["a", "b", "c", "d"]);
    expect(explanation.decidedBy()).toBe(tieBreak);
    const { decision } = explanation;
    expect(explanation.ranking(1)[0]?.node).toBe(decision.status === "placed" ? decision.node : "none");
    expect(explanation.ranking()).toHaveLength(4);
  });

  test("is none where one has more points", () => {
    const cluster = clusterOf({ name: "a", cpu: 4 }, { name: "b", cpu: 8 });
    const explanation = new Scheduler(cluster).explain(podOf(1));
    expect(explanation.decidedBy()).toBe("score");
    expect(explanation.ties()).toEqual(["b"]);
    expect(explanation.ranking().map(({ node }) => node)).toEqual(["b", "a"]);
  });
});

test("a nominated node is taken unscored, and the scores are told all the same", () => {
  const cluster = clusterOf({ name: "a", cpu: 8 }, { name: "b", cpu: 4 });
  const pod = { ...podOf(1), status: { nominatedNodeName: "b" } };
  const explanation = new Scheduler(cluster).explain(pod);
  expect(explanation.decision).toMatchObject({ status: "placed", node: "b" });
  expect(explanation.decidedBy()).toBe("nominated");
  const [chosen, other] = explanation.ranking();
  expect([chosen?.node, other?.node]).toEqual(["b", "a"]);
  expect(chosen!.total!).toBeLessThan(other!.total!);
  expect(explanation.toJSON().nominatedNode).toBe("b");
});

test("a node that only a nominated pod keeps from being feasible is not told as passed", () => {
  const cluster = clusterOf({ name: "a", cpu: 2 });
  cluster.upsertPod({ ...podOf(2, { priority: 5 }, "waiting"), status: { nominatedNodeName: "a" } });
  const explanation = new Scheduler(cluster).explain(podOf(1));
  expect(explanation.node("a")).toMatchObject({
    verdict: "rejected",
    failures: [],
    rejection: { plugin: "NodeResourcesFit", reasons: ["Insufficient cpu"] },
  });
  expect(explanation.toJSON().filterResult.a?.NodeResourcesFit).toBe("Insufficient cpu");
});

test("nodes that the search did not come to are neither feasible nor rejected", () => {
  const nodes = Array.from({ length: 150 }, (_, index) => ({ name: `n${index}`, cpu: 4 }));
  const explanation = new Scheduler(clusterOf(...nodes), { config: { percentageOfNodesToScore: 10 } }).explain(
    podOf(1),
  );
  const verdicts = [...explanation.nodes()].map(({ verdict }) => verdict);
  expect(verdicts.filter((verdict) => verdict === "feasible")).toHaveLength(100);
  expect(verdicts.filter((verdict) => verdict === "unvisited")).toHaveLength(50);
  expect(explanation.feasibleCount).toBe(100);
  expect(Object.keys(explanation.toJSON().totals)).toHaveLength(100);
  expect(explanation.rejections()).toEqual([]);
});

describe("PreFilter", () => {
  test("tells who skips, and which nodes it leaves", () => {
    const cluster = clusterOf({ name: "a", cpu: 4 }, { name: "b", cpu: 4 });
    const fields = [{ key: "metadata.name", operator: "In", values: ["b"] }];
    const required = { nodeSelectorTerms: [{ matchFields: fields }] };
    const pod = podOf(1, { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } });
    const { preFilterResult, filterResult } = new Scheduler(cluster).explain(pod).toJSON();
    expect(preFilterResult.NodeAffinity).toEqual({ code: "Success", reasons: [], nodes: ["b"] });
    expect(preFilterResult.NodePorts).toEqual({ code: "Skip", reasons: [] });
    expect(filterResult.a?.NodeAffinity).toBe("node(s) didn't match Pod's node affinity/selector");
    expect(filterResult.a).not.toHaveProperty("NodePorts");
    expect(filterResult.b?.NodeAffinity).toBe("passed");
  });

  test("that rejects the pod ends the story there", () => {
    const cluster = clusterOf({ name: "a", cpu: 4 });
    const fields = ["a", "b"].map((name) => ({ key: "metadata.name", operator: "In", values: [name] }));
    const required = { nodeSelectorTerms: [{ matchFields: fields }] };
    const pod = podOf(1, { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } });
    const explanation = new Scheduler(cluster).explain(pod);
    expect(explanation.preFilter.at(-1)).toMatchObject({
      plugin: "NodeAffinity",
      code: "UnschedulableAndUnresolvable",
      reasons: ["pod affinity terms conflict"],
    });
    expect(explanation.isJudged).toBe(false);
    expect(explanation.toJSON()).toMatchObject({ filterResult: {}, totals: {}, ties: [] });
  });
});

test("pods that no cycle is run for are told with their message alone", () => {
  const scheduler = new Scheduler(clusterOf({ name: "a", cpu: 4 }));
  const gated = podOf(1, { schedulingGates: [{ name: "wait" }] });
  const foreign = podOf(1, { schedulerName: "other" });
  expect(scheduler.explain(gated).toJSON()).toMatchObject({ status: "gated", filterResult: {}, node: null });
  expect(scheduler.explain(foreign).toJSON()).toMatchObject({ status: "ignored", preFilterResult: {} });
  expect(new Scheduler(new Cluster()).explain(podOf(1)).toJSON()).toMatchObject({
    status: "unschedulable",
    message: "no nodes available to schedule pods",
  });
});

test("a filter in TypeScript is asked about all nodes by itself", () => {
  const seen: string[][] = [];
  const plugin = definePlugin({
    name: "Mine",
    filter(cycle) {
      seen.push([...cycle.slots].map((slot) => cycle.node(slot).name));
      cycle.eachNode(({ name }) => (name === "a" ? "node(s) were a" : undefined));
    },
  });
  const cluster = clusterOf({ name: "a", cpu: 1 }, { name: "b", cpu: 4 });
  const explanation = new Scheduler(cluster, { plugins: [plugin] }).explain(podOf(2));
  expect(seen).toContainEqual(["a", "b"]);
  expect(explanation.node("a")?.failures.map(({ plugin: by }) => by)).toEqual(["NodeResourcesFit", "Mine"]);
});

test("the preemption that is told is the one that preempt gives", () => {
  const cluster = clusterOf({ name: "a", cpu: 2 });
  cluster.upsertPod(podOf(2, { nodeName: "a", priority: 0 }, "low"));
  const scheduler = new Scheduler(cluster);
  const pod = podOf(1, { priority: 10 });
  const explanation = scheduler.explain(pod);
  expect(explanation.preemption()).toEqual(scheduler.preempt(pod));
  expect(explanation.toJSON()).toMatchObject({
    nominatedNode: "a",
    victims: [{ pod: "shop/low", priority: 0, violatesBudget: false }],
  });
});

describe(`in random worlds (seed ${SEED})`, () => {
  const check = (themes: readonly Theme[], each: (world: ReturnType<typeof openWorld>, pod: Pod) => void) =>
    fc.assert(
      fc.property(worldArbitrary({ among: themes }), (world) => {
        const open = openWorld(world);
        try {
          for (const pod of open.incoming) each(open, pod);
        } finally {
          open.cluster.dispose();
        }
      }),
      { numRuns: WORLDS, seed: SEED },
    );

  test("the decision is schedule's, and asking changes nothing", { timeout: 600_000 }, () => {
    check(ALL_THEMES, ({ scheduler }, pod) => {
      const before = scheduler.schedule(pod);
      const explanation = scheduler.explain(pod);
      expect(explanation.decision).toEqual(before);
      expect(scheduler.schedule(pod)).toEqual(before);
      if (before.status === "placed") expect(explanation.ties()).toContain(before.node);
      if (before.status !== "unschedulable" || !explanation.isJudged) return;
      const groups = explanation.rejections().map(({ nodes, rejection }) => ({ ...rejection, nodes: nodes.length }));
      expect(countReasons(groups)).toEqual(before.reasons);
    });
  });

  test("rejections and scores are those of filter and score", { timeout: 600_000 }, () => {
    const whole = ALL_THEMES.filter((theme) => theme !== "sampling");
    check(whole, ({ scheduler }, pod) => {
      const explanation = scheduler.explain(pod);
      // The pod's own nominated node is asked first when it is scheduled, and not by filter.
      if (!explanation.isJudged || pod.status?.nominatedNodeName) return;
      const fit = scheduler.filter(pod);
      const nodes = [...explanation.nodes()];
      // Where a share of the nodes is searched, filter and score still look at all.
      if (nodes.some(({ verdict }) => verdict === "unvisited")) return;
      expect(nodes.filter(({ verdict }) => verdict === "feasible").map(({ node }) => node)).toEqual(fit.feasible);
      const rejected = nodes.flatMap(({ node, rejection }) => (rejection ? [{ node, ...rejection }] : []));
      expect(rejected).toEqual(fit.rejected);
      if (explanation.scores.length === 0) return;
      const scored = nodes.flatMap(({ node, scores, total }) => (scores ? [{ node, parts: scores, total }] : []));
      expect(scored).toEqual(scheduler.score(pod, fit).nodes);
    });
  });

  test("each filter says by itself what a scheduler without any other says", { timeout: 600_000 }, () => {
    const alone = new Set<Theme>([
      "config",
      "profiles",
      "points",
      "sampling",
      "nominated",
      "preempt",
      "volumes",
      "dra",
    ]);
    const plain = ALL_THEMES.filter((theme) => !alone.has(theme));
    check(plain, ({ cluster, scheduler }, pod) => {
      const explanation = scheduler.explain(pod);
      for (const plugin of explanation.filters.filter((name) => BUILTIN_FILTERS.has(name))) {
        const filter = { disabled: [{ name: "*" }], enabled: [{ name: plugin }] };
        const twin = new Scheduler(cluster, { config: { profiles: [{ plugins: { filter } }] } }).filter(pod);
        const byItself = [...explanation.nodes()].flatMap(({ node, failures }) =>
          failures.filter((failure) => failure.plugin === plugin).map((failure) => ({ node, ...failure })),
        );
        // PreFilter's set of nodes is no filter, and comes in front of the only one.
        const isOfSet = (reasons: readonly string[]) => reasons[0]?.startsWith("node(s) didn't satisfy plugin(s)");
        const left = new Set(twin.rejected.filter(({ reasons }) => isOfSet(reasons)).map(({ node }) => node));
        expect(byItself.filter(({ node }) => !left.has(node))).toEqual(
          twin.rejected.filter(({ node }) => !left.has(node)),
        );
      }
    });
  });
});
