/** Method: the scheduler's promises on clusters of a few nodes: what a call changes, what it refuses, what it hands back. */

import { expect, test } from "vitest";
import { Cluster, type Placed, Scheduler, StowageError } from "../../src/index.js";

const POD = { name: "p", requests: { cpu: 1 } };

function clusterOf(...names: string[]): Cluster {
  const cluster = new Cluster();
  for (const name of names) cluster.upsertNode({ name, allocatable: { cpu: 2, memory: "4Gi" } });
  return cluster;
}

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error instanceof StowageError ? error.code : String(error);
  }
}

test("schedule changes nothing, not even the decision number", () => {
  const cluster = clusterOf("a", "b", "c", "d");
  const scheduler = new Scheduler(cluster, { tieBreak: "random", seed: 3 });
  const first = scheduler.schedule(POD);
  for (let i = 0; i < 5; i++) expect(scheduler.schedule(POD)).toEqual(first);
  expect(cluster.podCount).toBe(0);
});

test("equal nodes are drawn by seed and decision number, and all of them in the end", () => {
  const draw = (seed: number) => {
    const cluster = clusterOf("a", "b", "c", "d");
    const scheduler = new Scheduler(cluster, { tieBreak: "random", seed });
    return Array.from({ length: 40 }, (_, index) => {
      const placed = scheduler.place({ ...POD, name: `p${index}` }) as Placed;
      cluster.forget(placed.token!);
      return placed.node;
    });
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(new Set(draw(1))).toEqual(new Set(["a", "b", "c", "d"]));
});

test("a bound pod stays, a failed binding gives its room back and passes the binder's error on", async () => {
  const cluster = clusterOf("a");
  const scheduler = new Scheduler(cluster);
  const placed = scheduler.place(POD) as Placed;
  await scheduler.bind(placed.token!, () => {});
  expect(cluster.pod("default/p")).toMatchObject({ node: "a" });
  expect(cluster.pod("default/p")).not.toHaveProperty("token");
  const other = scheduler.place({ ...POD, name: "q" }) as Placed;
  await expect(scheduler.bind(other.token!, () => Promise.reject(new Error("no route")))).rejects.toThrow("no route");
  expect(cluster.node("a")?.requested).toEqual({ cpu: 1000, pods: 1 });
});

test("a pod that is seen bound before its binder has an answer is bound", async () => {
  const cluster = clusterOf("a");
  const scheduler = new Scheduler(cluster);
  const placed = scheduler.place(POD) as Placed;
  await scheduler.bind(placed.token!, ({ pod, node }) => {
    cluster.upsertPod({ ...pod, spec: { ...pod.spec, nodeName: node } });
  });
  expect(cluster.node("a")?.requested).toEqual({ cpu: 1000, pods: 1 });
  const expired = scheduler.place({ ...POD, name: "q" }, { ttlMs: 10, nowMs: 0 }) as Placed;
  const late = () => void cluster.expire(10);
  await expect(scheduler.bind(expired.token!, late)).rejects.toThrow("is not a live promise");
});

test("a binder that fails after the promise has expired is still heard", async () => {
  const cluster = clusterOf("a");
  const scheduler = new Scheduler(cluster);
  const placed = scheduler.place(POD, { ttlMs: 10, nowMs: 0 }) as Placed;
  const late = async () => {
    expect(cluster.expire(10)).toEqual(["default/p"]);
    throw new Error("too late");
  };
  await expect(scheduler.bind(placed.token!, late)).rejects.toThrow("too late");
});

test("placeAll takes the queue's order, answers in the order given, and stops at its signal", async () => {
  const scheduler = new Scheduler(clusterOf("a"));
  const pods = [POD, { ...POD, name: "q" }, { ...POD, name: "urgent", priority: 5 }];
  const decisions = await scheduler.placeAll(pods);
  expect(decisions.map(({ key, status }) => [key, status])).toEqual([
    ["default/p", "placed"],
    ["default/q", "unschedulable"],
    ["default/urgent", "placed"],
  ]);
  const stopped = new Scheduler(clusterOf("a")).placeAll(pods, { signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: "ERR_ABORTED", details: { done: 0, total: 3 } });
});

test("pods that are not to be decided say why", () => {
  const scheduler = new Scheduler(clusterOf("a"));
  const pod = (metadata: object, spec: object) => ({
    metadata: { name: "p", ...metadata },
    spec: { containers: [], ...spec },
  });
  const statusOf = (metadata: object, spec: object) => {
    const decision = scheduler.schedule(pod(metadata, spec));
    return [decision.status, "message" in decision ? decision.message : ""];
  };
  expect(statusOf({}, { schedulerName: "other" })).toEqual([
    "ignored",
    "its scheduler is other; this configuration has default-scheduler",
  ]);
  expect(statusOf({ deletionTimestamp: "2026-01-01T00:00:00Z" }, {})[0]).toBe("ignored");
  expect(statusOf({}, { schedulingGates: [{ name: "a" }, { name: "b" }] })).toEqual([
    "gated",
    "waiting for scheduling gates: [a b]",
  ]);
  expect(statusOf({}, { resourceClaims: [{ name: "gpu" }] })).toEqual([
    "unsupported",
    "spec.resourceClaims needs the plugin DynamicResources, which stowage does not have yet",
  ]);
  expect(statusOf({}, { containers: [{ name: "c", resources: { requests: { cpu: "x" } } }] })[0]).toBe("error");
});

test("without nodes the message is kube-scheduler's", () => {
  expect(new Scheduler(clusterOf()).schedule(POD)).toMatchObject({
    status: "unschedulable",
    message: "no nodes available to schedule pods",
  });
});

test("what cannot be is refused by code", () => {
  const cluster = clusterOf("a");
  const scheduler = new Scheduler(cluster);
  const { token } = scheduler.place(POD) as Placed;
  expect(codeOf(() => scheduler.place(POD))).toBe("ERR_ALREADY_PLACED");
  expect(codeOf(() => cluster.assume({ ...POD, name: "q" }, "nowhere"))).toBe("ERR_UNKNOWN_NODE");
  cluster.confirm(token!);
  expect(codeOf(() => cluster.confirm(token!))).toBe("ERR_UNKNOWN_TOKEN");
  expect(codeOf(() => cluster.rollback())).toBe("ERR_TRANSACTION");
  expect(codeOf(() => cluster.upsertNode({ metadata: {} }))).toBe("ERR_OBJECT");
  expect(codeOf(() => cluster.upsertNode({ name: "b", allocatable: { cpu: "9Pi" } }))).toBe("ERR_QUANTITY");
  expect(codeOf(() => new Scheduler(cluster, { config: { profiles: [{ nonsense: 1 }] } }))).toBe("ERR_CONFIG");
  const foreign = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  expect(codeOf(() => new Cluster({ module: foreign }))).toBe("ERR_WASM");
  cluster.dispose();
  cluster.dispose();
  expect(codeOf(() => cluster.nodeCount)).toBe("ERR_DISPOSED");
});

test("the 65th resource name and the first node beyond memory are refused by the limit's name", () => {
  const cluster = clusterOf();
  const names = Array.from({ length: 61 }, (_, index) => [`example.com/r${index}`, 1]);
  const add = () => cluster.upsertNode({ name: "a", allocatable: Object.fromEntries(names) });
  expect(codeOf(add)).toBe("ERR_CAPACITY");
  expect(add).toThrow(/resource names in a cluster.*64/);
});

test("a rollback takes decisions back with what they did, so that the same what-if has the same answer again", () => {
  const cluster = clusterOf("a", "b", "c", "d");
  const scheduler = new Scheduler(cluster, { tieBreak: "random", seed: 3 });
  const ask = () => {
    cluster.begin();
    const nodes = [1, 2, 3, 4].map((at) => (scheduler.place({ ...POD, name: `p${at}` }) as Placed).node);
    cluster.rollback();
    return nodes;
  };
  const first = ask();
  expect(ask()).toEqual(first);
  expect(scheduler.place({ ...POD, name: "p1" })).toMatchObject({ node: first[0] });
});

test.each(["rollback", "commit"] as const)("so does one around a what-if that ended by %s", (ends) => {
  const cluster = clusterOf("a", "b", "c", "d");
  const scheduler = new Scheduler(cluster, { tieBreak: "random", seed: 3 });
  const place = (name: string) => scheduler.place({ ...POD, name }).status;
  cluster.begin();
  place("p1");
  cluster.begin();
  place("p2");
  cluster[ends]();
  place("p3");
  cluster.rollback();
  expect(cluster.podCount).toBe(0);
  // Of eight numbers each draws as it would have, had nothing happened.
  const fresh = new Scheduler(cluster, { tieBreak: "random", seed: 3 });
  for (let i = 0; i < 8; i++) {
    expect(scheduler.schedule(POD)).toEqual(fresh.schedule(POD));
    for (const each of [scheduler, fresh]) {
      const { token } = each.place({ ...POD, name: "p" }) as Placed;
      cluster.forget(token!);
    }
  }
});
