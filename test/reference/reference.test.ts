/**
 * Method: golden values, worked by hand or printed by Kubernetes' own code, for every formula of the reference
 * scheduler; then its bookkeeping, one change at a time.
 */

import { describe, expect, test } from "vitest";
import type { Node, Pod, QuantityText } from "../../src/kube/objects.js";
import { milliUnits, parseQuantity, wholeUnits } from "./quantity.js";
import { type RefConfig, ReferenceScheduler } from "./scheduler.js";
import { normalizeByMax } from "./scores.js";

type List = Record<string, QuantityText>;

function node(name: string, allocatable: List, more: Partial<Node> = {}): Node {
  return {
    metadata: { name, ...more.metadata },
    status: { allocatable: { pods: 110, ...allocatable }, ...more.status },
  };
}

function pod(name: string, requests: List, more: Pod["spec"] = {}): Pod {
  return { metadata: { name }, spec: { containers: [{ name: "c", resources: { requests } }], ...more } };
}

function schedulerOf(nodes: readonly Node[], pods: readonly Pod[] = [], config: RefConfig = {}): ReferenceScheduler {
  return new ReferenceScheduler({ nodes, pods, config, tieBreak: "first" });
}

function rawScore(scheduler: ReferenceScheduler, incoming: Pod, plugin: string, on = "n"): bigint | undefined {
  return scheduler.score(incoming, [on]).get(on)?.parts.get(plugin)?.raw;
}

describe("quantities", () => {
  test.each([
    ["0.5", 1n, 500n],
    [".5", 1n, 500n],
    ["1500m", 2n, 1500n],
    ["100u", 1n, 1n],
    ["1.1m", 1n, 2n],
    ["1.0005", 2n, 1001n],
    ["0.0000000001", 1n, 1n],
    ["1e-3", 1n, 1n],
    ["0.1Ki", 103n, 102400n],
    ["0.3Gi", 322122548n, 322122547200n],
    ["1.1Gi", 1181116007n, 1181116006400n],
    ["1.5Gi", 1610612736n, 1610612736000n],
    ["129e6", 129000000n, 129000000000n],
    ["-1.5", -2n, -1500n],
    ["e5", 0n, 0n],
    ["+", 0n, 0n],
    [2, 2n, 2000n],
  ])("%s is what Kubernetes reads", (text, value, milli) => {
    expect(wholeUnits(parseQuantity(text))).toBe(value);
    expect(milliUnits(parseQuantity(text))).toBe(milli);
  });

  test("a binary suffix stops at the largest int64", () => {
    expect(wholeUnits(parseQuantity("16Ei"))).toBe(2n ** 63n - 1n);
  });

  test.each(["", "1e", "1K", "1ki", "--1", "1e+", "1Mi1", "1kI", "1 Gi", "0x10", "1_000", "1e2k"])(
    "%j is refused",
    (text) => {
      expect(() => parseQuantity(text)).toThrow("not a quantity");
    },
  );
});

describe("scores", () => {
  test("are scaled by the largest, either way round", () => {
    expect(normalizeByMax([0n, 1n, 2n], true)).toEqual([100n, 50n, 0n]);
    expect(normalizeByMax([1n, 3n], true)).toEqual([67n, 0n]);
    expect(normalizeByMax([0n, 0n], true)).toEqual([100n, 100n]);
    expect(normalizeByMax([0n, 0n], false)).toEqual([0n, 0n]);
    expect(normalizeByMax([2n, 4n, 5n], false)).toEqual([40n, 80n, 100n]);
  });

  test("of LeastAllocated are the free share, 100m and 200Mi standing for what is not asked for", () => {
    const scheduler = schedulerOf([node("n", { cpu: 4, memory: "8Gi" })]);
    expect(rawScore(scheduler, pod("p", { cpu: 1, memory: "2Gi" }), "NodeResourcesFit")).toBe(75n);
    expect(rawScore(scheduler, pod("p", {}), "NodeResourcesFit")).toBe(97n);
    expect(rawScore(scheduler, pod("p", { cpu: 5, memory: "2Gi" }), "NodeResourcesFit")).toBe(37n);
  });

  test.each([
    ["a falling line", [0, 10, 100, 0], { 33: 67n, 50: 50n, 67: 33n }],
    ["a line with a summit", [0, 0, 70, 10, 100, 2], { 10: 14n, 35: 50n, 71: 98n, 72: 95n, 85: 60n, 99: 23n }],
  ])("of RequestedToCapacityRatio follow %s", (_, numbers, golden) => {
    const shape = [0, 2, 4]
      .slice(0, numbers.length / 2)
      .map((at) => ({ utilization: numbers[at]!, score: numbers[at + 1]! }));
    const resources = [{ name: "cpu", weight: 1 }];
    const config: RefConfig = { scoringStrategy: { type: "RequestedToCapacityRatio", resources, shape } };
    const scheduler = schedulerOf([node("n", { cpu: "100m" })], [], config);
    for (const [utilization, score] of Object.entries(golden)) {
      expect(rawScore(scheduler, pod("p", { cpu: `${utilization}m` }), "NodeResourcesFit")).toBe(score);
    }
  });

  test("of NodeResourcesBalancedAllocation compare the node with and without the pod", () => {
    const plugin = "NodeResourcesBalancedAllocation";
    const used = (cpu: number, memory: number) => pod("used", { cpu, memory }, { nodeName: "n" });
    const empty = schedulerOf([node("n", { cpu: 4, memory: 10000 })]);
    expect(rawScore(empty, pod("p", { cpu: 3, memory: 5000 }), plugin)).toBe(68n);
    const skewed = schedulerOf([node("n", { cpu: 10, memory: 20000 })], [used(3, 0)]);
    expect(rawScore(skewed, pod("p", { cpu: 3, memory: 5000 }), plugin)).toBe(73n);
    const even = schedulerOf([node("n", { cpu: 10, memory: 20000 })], [used(3, 5000)]);
    expect(rawScore(even, pod("p", { cpu: 3, memory: 5000 }), plugin)).toBe(74n);
    expect(rawScore(even, pod("p", {}), plugin)).toBeUndefined();
  });

  test("of ImageLocality grow with the bytes and with how many nodes hold them", () => {
    const holder = (name: string, mebibytes: number): Node =>
      node(name, {}, { status: { images: [{ names: ["app:latest"], sizeBytes: mebibytes * 2 ** 20 }] } });
    const image = { name: "c", image: "app" };
    const scoreOf = (nodes: readonly Node[], containers = [image]) =>
      rawScore(schedulerOf(nodes), { metadata: { name: "p" }, spec: { containers } }, "ImageLocality");
    expect(scoreOf([holder("n", 250), node("m", {})])).toBe(10n);
    expect(scoreOf([holder("n", 2000)])).toBe(100n);
    expect(scoreOf([holder("n", 22)])).toBe(0n);
    expect(scoreOf([holder("n", 250)], [image, image])).toBe(24n);
  });

  test("of two empty equal nodes add up to 450, and the node added first wins", () => {
    const scheduler = schedulerOf(["b", "a"].map((name) => node(name, { cpu: 4, memory: "8Gi" })));
    const decision = scheduler.schedule(pod("p", { cpu: 1, memory: "2Gi" }));
    expect(decision).toEqual({ status: "placed", node: "b", score: 450n });
  });

  test("outside 0 to 100 are an error of the scheduler", () => {
    // 100 times the free memory wraps around int64.
    const scheduler = schedulerOf(["a", "b"].map((name) => node(name, { memory: "950Pi" })));
    const what =
      'plugin "NodeResourcesFit" returns an invalid score -3, it should in the range of [0, 100] after normalizing';
    const message = `applying score defaultWeights on Score plugins: ${what}`;
    expect(scheduler.schedule(pod("p", { memory: "1Gi" }))).toEqual({ status: "error", message });
  });
});

describe("bookkeeping", () => {
  const small = node("n", { cpu: 1 });
  const whole = (name: string): Pod => pod(name, { cpu: 1 });

  test("place takes room, removePod gives it back, schedule changes nothing", () => {
    const scheduler = schedulerOf([small]);
    expect(scheduler.schedule(whole("a")).status).toBe("placed");
    expect(scheduler.place(whole("a")).status).toBe("placed");
    const message = "0/1 nodes are available: 1 Insufficient cpu.";
    expect(scheduler.place(whole("b"))).toEqual({ status: "unschedulable", message });
    scheduler.removePod("default/a");
    expect(scheduler.place(whole("b")).status).toBe("placed");
  });

  test("finished pods and pods without a node take no room", () => {
    const finished: Pod = { ...pod("f", { cpu: 1 }, { nodeName: "n" }), status: { phase: "Succeeded" } };
    expect(schedulerOf([small], [finished, whole("w")]).schedule(whole("a")).status).toBe("placed");
  });

  test("pods of a node that comes back still take its room", () => {
    const scheduler = schedulerOf([small], [pod("a", { cpu: 1 }, { nodeName: "n" })]);
    scheduler.removeNode("n");
    expect(scheduler.schedule(whole("b"))).toEqual({
      status: "unschedulable",
      message: "no nodes available to schedule pods",
    });
    scheduler.addNode(small);
    expect(scheduler.schedule(whole("b")).status).toBe("unschedulable");
  });

  test("an updated node keeps its place, a node added again goes to the end", () => {
    const scheduler = schedulerOf(["a", "b"].map((name) => node(name, { cpu: 4, memory: "8Gi" })));
    scheduler.updateNode(node("a", { cpu: 4, memory: "8Gi" }));
    expect(scheduler.schedule(whole("p"))).toMatchObject({ node: "a" });
    scheduler.removeNode("a");
    scheduler.addNode(node("a", { cpu: 4, memory: "8Gi" }));
    expect(scheduler.schedule(whole("p"))).toMatchObject({ node: "b" });
  });

  test("an image's size is what its first holder said, until nobody holds it", () => {
    const images = (mebibytes: number) => ({ images: [{ names: ["app:v1"], sizeBytes: mebibytes * 2 ** 20 }] });
    const incoming: Pod = { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "app:v1" }] } };
    const scheduler = schedulerOf([node("m", {}, { status: images(2000) }), node("n", {}, { status: images(22) })]);
    expect(rawScore(scheduler, incoming, "ImageLocality")).toBe(100n);
    scheduler.updateNode(node("m", {}));
    scheduler.updateNode(node("n", {}));
    scheduler.updateNode(node("n", {}, { status: images(22) }));
    expect(rawScore(scheduler, incoming, "ImageLocality")).toBe(0n);
  });

  test("a nominated pod keeps its room from pods of no higher priority, and takes it itself", () => {
    const promised: Pod = { ...pod("a", { cpu: 1 }, { priority: 5 }), status: { nominatedNodeName: "n" } };
    const scheduler = schedulerOf([node("m", { cpu: 1 }), small], [promised]);
    expect(scheduler.filter(pod("b", { cpu: 1 }, { priority: 5 })).feasible).toEqual(["m"]);
    expect(scheduler.filter(pod("b", { cpu: 1 }, { priority: 6 })).feasible).toEqual(["m", "n"]);
    expect(scheduler.place(promised)).toEqual({ status: "placed", node: "n" });
    scheduler.removePod("default/a");
    expect(scheduler.filter(whole("b")).feasible).toEqual(["m", "n"]);
  });

  test("a gated pod is not looked at", () => {
    const gated = pod("g", {}, { schedulingGates: [{ name: "x" }, { name: "y" }] });
    expect(schedulerOf([small]).place(gated)).toEqual({
      status: "gated",
      message: "waiting for scheduling gates: [x y]",
    });
  });
});
