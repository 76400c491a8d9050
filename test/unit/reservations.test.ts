/**
 * Method: promises on a two-node cluster, made, kept, broken and left to expire; the clock is a number in the test. What
 * a promise means is read off the sums of the nodes.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Token } from "../../src/cluster/node-record.js";
import type { ErrorCode } from "../../src/errors.js";
import { type Binder, Scheduler } from "../../src/scheduler/scheduler.js";

function twoNodes(): Cluster {
  const cluster = new Cluster();
  for (const name of ["n1", "n2"]) cluster.upsertNode({ name, allocatable: { cpu: 4, memory: "8Gi" } });
  return cluster;
}

function pod(name: string) {
  return { name, requests: { cpu: 1 } };
}

function cpuMilli(cluster: Cluster, node: string): number {
  return cluster.node(node)?.requested.cpu ?? 0;
}

function withCode(code: ErrorCode) {
  return expect.objectContaining({ code });
}

describe("a promise", () => {
  test("takes room from the moment it is made", () => {
    const cluster = twoNodes();
    const token = cluster.assume(pod("a"), "n1");
    expect(cpuMilli(cluster, "n1")).toBe(1000);
    expect(cluster.pod("default/a")).toMatchObject({ node: "n1", token });
  });

  test("keeps its room and loses its token when it is confirmed", () => {
    const cluster = twoNodes();
    cluster.confirm(cluster.assume(pod("a"), "n1"));
    expect(cpuMilli(cluster, "n1")).toBe(1000);
    expect(cluster.pod("default/a")?.token).toBeUndefined();
  });

  test("gives its room back when it is forgotten", () => {
    const cluster = twoNodes();
    cluster.forget(cluster.assume(pod("a"), "n1"));
    expect(cpuMilli(cluster, "n1")).toBe(0);
    expect(cluster.pod("default/a")).toBeUndefined();
  });

  test("ends once: then its token is unknown", () => {
    const cluster = twoNodes();
    const [kept, broken] = [cluster.assume(pod("a"), "n1"), cluster.assume(pod("b"), "n1")];
    cluster.confirm(kept);
    cluster.forget(broken);
    for (const token of [kept, broken, 99 as Token]) {
      expect(() => cluster.confirm(token)).toThrow(withCode("ERR_UNKNOWN_TOKEN"));
      expect(() => cluster.forget(token)).toThrow(withCode("ERR_UNKNOWN_TOKEN"));
    }
  });

  test("is confirmed by the pod itself, seen on its node or on another", () => {
    for (const node of ["n1", "n2"]) {
      const cluster = twoNodes();
      const token = cluster.assume(pod("a"), "n1");
      cluster.upsertPod({ ...pod("a"), nodeName: node });
      expect(cluster.pod("default/a")).toMatchObject({ node });
      expect(cpuMilli(cluster, "n1") + cpuMilli(cluster, "n2")).toBe(1000);
      expect(() => cluster.confirm(token)).toThrow(withCode("ERR_UNKNOWN_TOKEN"));
    }
  });

  test("outlives news of its pod that does not name a node yet", () => {
    const cluster = twoNodes();
    const token = cluster.assume(pod("a"), "n1");
    cluster.upsertPod(pod("a"));
    expect(cluster.pod("default/a")).toMatchObject({ node: "n1", token });
  });

  test("needs a node that is there and a pod that is not", () => {
    const cluster = twoNodes();
    cluster.assume(pod("a"), "n1");
    expect(() => cluster.assume(pod("b"), "n9")).toThrow(withCode("ERR_UNKNOWN_NODE"));
    expect(() => cluster.assume(pod("a"), "n2")).toThrow(withCode("ERR_ALREADY_PLACED"));
    expect(cpuMilli(cluster, "n1") + cpuMilli(cluster, "n2")).toBe(1000);
  });
});

describe("expiry", () => {
  test("forgets what is due at that moment, and nothing that is due later or never", () => {
    const cluster = twoNodes();
    cluster.assume(pod("early"), "n1", { nowMs: 1000, ttlMs: 500 });
    cluster.assume(pod("late"), "n1", { nowMs: 1000, ttlMs: 501 });
    cluster.assume(pod("never"), "n1");
    expect(cluster.expire(1499)).toEqual([]);
    expect(cluster.expire(1500)).toEqual(["default/early"]);
    expect(cluster.expire(1e15)).toEqual(["default/late"]);
    expect(cluster.node("n1")?.pods).toEqual(["default/never"]);
  });

  test("names the oldest promise first, after a rollback too", () => {
    const cluster = twoNodes();
    const first = cluster.assume(pod("first"), "n1", { nowMs: 0, ttlMs: 20 });
    cluster.assume(pod("second"), "n2", { nowMs: 0, ttlMs: 10 });
    cluster.begin();
    cluster.confirm(first);
    cluster.rollback();
    expect(cluster.expire(20)).toEqual(["default/first", "default/second"]);
  });

  test("leaves tokens of a rolled back promise unknown, and does not give them again", () => {
    const cluster = twoNodes();
    cluster.begin();
    const token = cluster.assume(pod("a"), "n1");
    cluster.rollback();
    expect(() => cluster.confirm(token)).toThrow(withCode("ERR_UNKNOWN_TOKEN"));
    expect(cluster.assume(pod("a"), "n1")).not.toBe(token);
  });
});

describe("binding", () => {
  function placed(cluster: Cluster): { scheduler: Scheduler; token: Token } {
    const scheduler = new Scheduler(cluster);
    const decision = scheduler.place(pod("a"));
    if (decision.status !== "placed") throw new Error(decision.message);
    return { scheduler, token: decision.token! };
  }

  test("tells the binder pod and node, waits for it, and confirms", async () => {
    const cluster = twoNodes();
    const { scheduler, token } = placed(cluster);
    const calls: string[] = [];
    await scheduler.bind(token, async (binding) => {
      await Promise.resolve();
      calls.push(`${binding.pod.metadata?.name} on ${binding.node}, promised: ${cluster.pod("default/a")?.token}`);
    });
    expect(calls).toEqual([`a on n1, promised: ${token}`]);
    expect(cluster.pod("default/a")?.token).toBeUndefined();
  });

  test.each<[string, Binder]>([
    ["rejects", () => Promise.reject(new Error("refused"))],
    [
      "throws",
      () => {
        throw new Error("refused");
      },
    ],
  ])("frees the room when the binder %s, and passes its error on", async (_how, binder) => {
    const cluster = twoNodes();
    const { scheduler, token } = placed(cluster);
    await expect(scheduler.bind(token, binder)).rejects.toThrow("refused");
    expect(cluster.podCount).toBe(0);
  });
});
