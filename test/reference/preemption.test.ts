/**
 * Method: clusters in which the victims, the order of sparing them and the criterion that decides between nodes are
 * known beforehand; each test changes what one step of DefaultPreemption looks at.
 */

import { describe, expect, test } from "vitest";
import type { KubeObject, Node, Pod, StringMap } from "../../src/kube/objects.js";
import { ReferenceScheduler, type RefPreemption, type RefWorld } from "./scheduler.js";

function node(name: string, cpu = 2): Node {
  return { metadata: { name }, status: { allocatable: { cpu, memory: "8Gi", pods: 10 } } };
}

interface Running {
  readonly cpu?: number;
  readonly priority?: number;
  readonly startTime?: string;
  readonly labels?: StringMap;
}

function on(nodeName: string, name: string, { cpu = 1, priority = 0, startTime, labels = {} }: Running = {}): Pod {
  return {
    metadata: { name, labels },
    spec: { nodeName, priority, containers: [{ name: "c", resources: { requests: { cpu } } }] },
    status: startTime === undefined ? {} : { startTime },
  };
}

function incoming(cpu: number, spec: Pod["spec"] = {}, status: Pod["status"] = {}): Pod {
  const containers = [{ name: "c", resources: { requests: { cpu } } }];
  return { metadata: { name: "p" }, spec: { priority: 100, containers, ...spec }, status };
}

function preempt(nodes: readonly Node[], pods: readonly Pod[], pod: Pod, more: Partial<RefWorld> = {}): RefPreemption {
  const preemption = new ReferenceScheduler({ nodes, pods, tieBreak: "first", ...more }).preempt(pod);
  if (preemption === undefined) throw new Error("the pod fits, or is not one that preempts");
  return preemption;
}

function budget(disruptionsAllowed: number, matchLabels: StringMap): KubeObject {
  return { metadata: { name: "b" }, spec: { selector: { matchLabels } }, status: { disruptionsAllowed } };
}

describe("victims", () => {
  test("are no more than needed, the less important first; what is spared is not named", () => {
    const pods = [
      on("n", "low", { priority: 1 }),
      on("n", "high", { priority: 5 }),
      on("n", "young", { priority: 1, startTime: "2020-01-02T00:00:00Z" }),
      on("n", "old", { priority: 1, startTime: "2020-01-01T00:00:00Z" }),
    ];
    const { nominated } = preempt([node("n", 4)], pods, incoming(2));
    expect(nominated).toEqual({ node: "n", victims: ["default/young", "default/low"], pdbViolations: 0 });
  });

  test("that have not started come out in the reverse of their order, as upstream asks each for the time", () => {
    const pods = ["b0", "b1", "b2", "b3"].map((name) => on("n", name));
    const { nominated } = preempt([node("n", 4)], pods, incoming(4));
    expect(nominated?.victims).toEqual(["default/b3", "default/b2", "default/b1", "default/b0"]);
  });

  test("are never pods of the same priority", () => {
    const pods = [on("n", "equal", { cpu: 2, priority: 100 })];
    expect(preempt([node("n")], pods, incoming(1)).message).toBe(
      "no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
    );
  });

  test("are spared first where a budget would be broken, which 1.36 charges for each pod in turn", () => {
    const labels = { app: "web" };
    const pods = [
      on("n", "w1", { labels, startTime: "2020-01-01T00:00:00Z" }),
      on("n", "w2", { labels, startTime: "2020-01-02T00:00:00Z" }),
      on("n", "free", { priority: 9 }),
    ];
    const objects = { podDisruptionBudgets: [budget(1, labels)] };
    const one = preempt([node("n", 3)], pods, incoming(2), { objects }).nominated;
    expect(one).toEqual({ node: "n", victims: ["default/free", "default/w1"], pdbViolations: 0 });
    const all = preempt([node("n", 3)], pods, incoming(3), { objects }).nominated;
    expect(all?.pdbViolations).toBe(1);
  });

  test("that share a host port free it with the first of them", () => {
    const ports = [{ containerPort: 80, hostPort: 80 }];
    const holder = (name: string, priority: number): Pod => ({
      metadata: { name },
      spec: { nodeName: "n", priority, containers: [{ name: "c", ports }] },
    });
    const pod = { metadata: { name: "p" }, spec: { priority: 100, containers: [{ name: "c", ports }] } };
    const { nominated } = preempt([node("n")], [holder("stays", 1000), holder("goes", 1)], pod);
    expect(nominated?.victims).toEqual(["default/goes"]);
  });
});

describe("the node", () => {
  const two = [node("a"), node("b")];
  const choose = (a: readonly Pod[], b: readonly Pod[], more: Partial<RefWorld> = {}) =>
    preempt(two, [...a, ...b], incoming(2), more).best;

  test("is the one with the fewest broken budgets, whatever else", () => {
    const labels = { app: "web" };
    const objects = { podDisruptionBudgets: [budget(0, labels)] };
    const a = [on("a", "a1", { cpu: 2, labels })];
    expect(choose(a, [on("b", "b1", { cpu: 2, priority: 50 })], { objects })).toEqual(["b"]);
  });

  test("then the one whose most important victim is the least", () => {
    expect(choose([on("a", "a1", { cpu: 2, priority: 2 })], [on("b", "b1", { cpu: 2, priority: 1 })])).toEqual(["b"]);
  });

  test("then by the sum of priorities, in which every victim weighs", () => {
    expect(choose([on("a", "a1"), on("a", "a2")], [on("b", "b1", { cpu: 2 })])).toEqual(["b"]);
    const equal = { priority: 1 };
    const a = [on("a", "a1", equal), on("a", "a2", { priority: 0 })];
    expect(choose(a, [on("b", "b1", equal), on("b", "b2", { priority: -5 })])).toEqual(["b"]);
  });

  test("then the one whose most important victims started last, then the one added first", () => {
    const started = (at: string, name: string, startTime: string) => [on(at, name, { cpu: 2, startTime })];
    const early = "2020-01-01T00:00:00Z";
    expect(choose(started("a", "a1", early), started("b", "b1", "2020-01-02T00:00:00Z"))).toEqual(["b"]);
    expect(choose(started("a", "a1", early), started("b", "b1", early))).toEqual(["a", "b"]);
  });
});

describe("what PostFilter says", () => {
  const full = [on("n", "low", { cpu: 2 })];

  test("is nothing in 1.36 when there is a way, and what it found in 1.37", () => {
    expect(preempt([node("n")], full, incoming(1)).message).toBe("");
    expect(preempt([node("n")], full, incoming(1), { compat: "1.37" }).message).toBe(
      "preemption: found a potential placement for pod on node n, preempting 1 victims",
    );
  });

  test("is that preemption does not help where a node would not do even when empty", () => {
    const expected = "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
    expect(preempt([node("n")], full, incoming(3)).message).toBe(`no new claims to deallocate, ${expected}`);
    expect(preempt([node("n")], full, incoming(3), { compat: "1.37" }).message).toBe(expected);
  });

  test("is why the pod may not preempt", () => {
    expect(preempt([node("n")], full, incoming(1, { preemptionPolicy: "Never" })).message).toBe(
      "no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.",
    );
    const leaving: Pod = {
      ...full[0],
      metadata: { name: "low", deletionTimestamp: "2030-01-01T00:00:00Z" },
      status: { conditions: [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" }] },
    };
    expect(preempt([node("n")], [leaving], incoming(1, {}, { nominatedNodeName: "n" })).message).toBe(
      "no new claims to deallocate, preemption: not eligible due to a terminating pod on the nominated node.",
    );
  });

  test("is an error where the pod was rejected before its claims were looked at", () => {
    const matchFields = ["a", "b"].map((name) => ({ key: "metadata.name", operator: "In", values: [name] }));
    const required = { nodeSelectorTerms: [{ matchFields }] };
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
    expect(preempt([node("n")], full, incoming(1, { affinity })).message).toBe("not found");
  });
});
