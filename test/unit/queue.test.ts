/** Method: short queues sorted by hand (k8s 1.36 plugins/queuesort), and placeAll over a node with room for one pod. */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Pod } from "../../src/kube/objects.js";
import { inQueueOrder } from "../../src/scheduler/queue.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

function pod(name: string, priority?: number | null): Pod {
  return { metadata: { name }, ...(priority === undefined ? {} : { spec: { priority } }) };
}

function names(pods: readonly Pod[]): string {
  return pods.map(({ metadata }) => metadata?.name).join(" ");
}

describe("the queue", () => {
  test("lets the highest priority out first, and equals in the order given", () => {
    const pods = [pod("low", -5), pod("first", 10), pod("top", 2_000_001_000), pod("second", 10)];
    expect(names(inQueueOrder(pods))).toBe("top first second low");
  });

  test("takes a pod without a priority for one of 0", () => {
    expect(names(inQueueOrder([pod("below", -1), pod("none"), pod("null", null), pod("zero", 0)]))).toBe(
      "none null zero below",
    );
  });

  test("leaves the list it was given as it was", () => {
    const pods = [pod("a", 1), pod("b", 2)];
    expect(names(inQueueOrder(pods))).toBe("b a");
    expect(names(pods)).toBe("a b");
  });

  test("decides who gets the room, while decisions come back in the order of the pods", async () => {
    const pods = [
      { name: "low", requests: { cpu: 1 } },
      { name: "high", requests: { cpu: 1 }, priority: 1 },
    ];
    for (const [order, statuses] of [
      ["queue", ["unschedulable", "placed"]],
      ["listed", ["placed", "unschedulable"]],
    ] as const) {
      const cluster = new Cluster();
      cluster.upsertNode({ name: "n1", allocatable: { cpu: 1 } });
      const decisions = await new Scheduler(cluster).placeAll(pods, { order });
      expect(decisions.map(({ key }) => key)).toEqual(["default/low", "default/high"]);
      expect(decisions.map(({ status }) => status)).toEqual(statuses);
    }
  });
});
