/**
 * Method: golden sentences, in the form of kube-scheduler 1.36's FitError; then one cluster in which each node is lost
 * to another plugin.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Node } from "../../src/kube/objects.js";
import { countReasons, fitErrorText, preFilterErrorText } from "../../src/scheduler/explain.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

function rejected(count: number, plugin: string, ...reasons: string[]) {
  return Array.from({ length: count }, () => ({ plugin, reasons }));
}

describe("the counts of reasons", () => {
  test("put most nodes first, then go by the words, then by the plugin", () => {
    const rejections = [
      ...rejected(1, "B", "same"),
      ...rejected(1, "A", "same"),
      ...rejected(1, "C", "early"),
      ...rejected(2, "Z", "often"),
    ];
    expect(countReasons(rejections)).toEqual([
      { plugin: "Z", reason: "often", nodes: 2 },
      { plugin: "C", reason: "early", nodes: 1 },
      { plugin: "A", reason: "same", nodes: 1 },
      { plugin: "B", reason: "same", nodes: 1 },
    ]);
  });

  test("count a node once for each of its reasons", () => {
    const counts = countReasons(rejected(3, "NodeResourcesFit", "Insufficient cpu", "Insufficient memory"));
    expect(counts.map(({ reason, nodes }) => `${nodes} ${reason}`)).toEqual([
      "3 Insufficient cpu",
      "3 Insufficient memory",
    ]);
  });
});

describe("the FitError text", () => {
  test("sorts counts as text, as kube-scheduler does: 10 comes before 2", () => {
    const reasons = countReasons([
      ...rejected(2, "NodeResourcesFit", "Insufficient cpu"),
      ...rejected(10, "TaintToleration", "node(s) had untolerated taint(s)"),
    ]);
    expect(fitErrorText(12, reasons)).toBe(
      "0/12 nodes are available: 10 node(s) had untolerated taint(s), 2 Insufficient cpu.",
    );
  });

  test("adds up a reason that several plugins give", () => {
    const reasons = countReasons([...rejected(2, "A", "no"), ...rejected(1, "B", "no")]);
    expect(fitErrorText(3, reasons)).toBe("0/3 nodes are available: 3 no.");
  });

  test("ends at the colon without reasons", () => {
    expect(fitErrorText(0, [])).toBe("0/0 nodes are available:");
  });

  test("gives a PreFilter's reasons without counts", () => {
    expect(preFilterErrorText(3, ["pod affinity terms conflict"])).toBe(
      "0/3 nodes are available: pod affinity terms conflict.",
    );
  });
});

describe("a pod that fits nowhere", () => {
  test("is told of the first failing plugin of each node, with all reasons of that plugin", () => {
    const node = (name: string, cpu: number, more: Partial<NonNullable<Node["spec"]>> = {}): Node => ({
      metadata: { name },
      spec: more,
      status: { allocatable: { cpu, memory: "1Gi", pods: 0 } },
    });
    const cluster = new Cluster();
    cluster.upsertNode(node("small", 1));
    cluster.upsertNode(node("closed", 1, { unschedulable: true }));
    cluster.upsertNode(node("tainted", 1, { taints: [{ key: "gpu", effect: "NoSchedule" }] }));
    cluster.upsertNode(node("large", 8));
    const pod = {
      metadata: { name: "p" },
      spec: { containers: [{ name: "main", resources: { requests: { cpu: 2, memory: "2Gi" } } }] },
    };
    const scheduler = new Scheduler(cluster);
    expect(scheduler.schedule(pod)).toMatchObject({
      status: "unschedulable",
      message:
        "0/4 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), " +
        "1 node(s) were unschedulable, 2 Insufficient memory, 2 Too many pods.",
    });
    expect(scheduler.filter(pod).rejected.map(({ node, plugin, code }) => [node, plugin, code])).toEqual([
      ["small", "NodeResourcesFit", "UnschedulableAndUnresolvable"],
      ["closed", "NodeUnschedulable", "UnschedulableAndUnresolvable"],
      ["tainted", "TaintToleration", "UnschedulableAndUnresolvable"],
      ["large", "NodeResourcesFit", "UnschedulableAndUnresolvable"],
    ]);
  });
});
