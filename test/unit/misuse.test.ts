// Calls from code without types: what is no object or no count is an error that says so, and leaves nothing behind.
import { expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { PlainPod } from "../../src/kube/plain.js";
import { compare } from "../../src/planning/compare.js";
import { rebalance } from "../../src/planning/rebalance.js";
import { size } from "../../src/planning/size.js";
import { survive } from "../../src/planning/survive.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

function open() {
  const cluster = new Cluster();
  for (const name of ["a", "b"]) cluster.upsertNode({ name, allocatable: { cpu: 4, memory: "8Gi" } });
  return { cluster, scheduler: new Scheduler(cluster) };
}

test.each([undefined, null, "x", 5])("%s is neither a node nor a pod", (value) => {
  const { cluster, scheduler } = open();
  const given = value as never;
  const shown = typeof value === "string" ? `"${value}"` : String(value);
  expect(() => cluster.upsertNode(given)).toThrow(`node: ${shown} is not an object`);
  for (const call of [
    () => cluster.upsertPod(given),
    () => cluster.assume(given, "a"),
    () => scheduler.place(given),
    () => scheduler.explain(given),
    () => scheduler.class(given),
    () => scheduler.sort([given]),
  ]) {
    expect(call).toThrow(expect.objectContaining({ code: "ERR_OBJECT", message: `pod: ${shown} is not an object` }));
  }
  expect([cluster.nodeCount, cluster.podCount]).toEqual([2, 0]);
});

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "3", undefined])(
  "%s is no count of pods to place",
  (count) => {
    const { cluster, scheduler } = open();
    const template = scheduler.class({ name: "web", requests: { cpu: 1 } });
    expect(() => scheduler.placeMany(template, count as number)).toThrow(
      expect.objectContaining({ code: "ERR_OBJECT" }),
    );
    expect(cluster.podCount).toBe(0);
  },
);

test("options that there are not, and numbers that make no sense, are refused", async () => {
  const { cluster, scheduler } = open();
  const offers = [{ name: "large", price: 1, allocatable: { cpu: 4, memory: "8Gi", pods: 10 } }];
  const isRefused = (path: string) => ({ code: "ERR_OBJECT", details: { path } });
  expect(() => new Scheduler(cluster, { tieBreak: "last" as never })).toThrow(
    expect.objectContaining({ code: "ERR_OBJECT", message: 'tieBreak: "last" is not one of first, random, heap' }),
  );
  await expect(rebalance(cluster, scheduler, [], { goal: "peace" as never })).rejects.toMatchObject(isRefused("goal"));
  const levels = [{ level: "rack" as never }];
  await expect(survive(cluster, scheduler, [], { levels })).rejects.toMatchObject(isRefused("levels"));
  for (const [path, options] of [
    ["kept.headroom", { kept: { headroom: 20 } }],
    ["kept.headroom", { kept: { headroom: "20%" as never } }],
    ["nodePrice", { nodePrice: Number.NaN }],
    ["nodePrice", { nodePrice: -1 }],
    ["maxNodes", { maxNodes: 1.5 }],
    ["maxTypes", { maxTypes: 0 }],
    ["survive", { survive: "rack" as never }],
  ] as const) {
    await expect(size(cluster, [], offers, options)).rejects.toMatchObject(isRefused(path));
  }
  expect([cluster.nodeCount, cluster.podCount]).toEqual([2, 0]);
});

test.each([
  [{ containers: "x" }, 'spec.containers: the text "x" where a list should be'],
  [{ containers: [null] }, "spec.containers[0]: an entry without a value"],
  [{ containers: [1] }, "spec.containers[0]: the number 1 where a map should be"],
  [{ containers: [{ resources: "x" }] }, 'spec.containers[0].resources: the text "x" where a map should be'],
  [{ containers: [{ ports: "x" }] }, 'spec.containers[0].ports: the text "x" where a list should be'],
  [{ containers: [{ ports: [{ hostPort: "80" }] }] }, "spec.containers[0].ports[0].hostPort: "],
  [{ containers: [{ resources: { requests: { cpu: -1 } } }] }, 'spec.containers[0].resources.requests.cpu: "-1": must'],
  [{ overhead: { cpu: "-1m" } }, 'spec.overhead.cpu: "-1m": must not be negative'],
  [{ tolerations: { key: "a" } }, "spec.tolerations: a map where a list should be"],
  [{ volumes: "x" }, 'spec.volumes: the text "x" where a list should be'],
  [{ nodeSelector: { a: 1 } }, "spec.nodeSelector.a: the number 1 where a text should be"],
  [{ nodeName: 5 }, "spec.nodeName: the number 5 where a text should be"],
  [{ schedulingGates: "x" }, 'spec.schedulingGates: the text "x" where a list should be'],
  [{ topologySpreadConstraints: [null] }, "spec.topologySpreadConstraints[0]: an entry without a value"],
  [
    { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { topologyKey: "zone" } } } },
    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution: a map where a list should be",
  ],
])("a pod of %j is an error that names the field, and stops no other", async (spec, message) => {
  const { cluster, scheduler } = open();
  const pod = { metadata: { name: "bad" }, spec: { containers: [{ name: "c" }], ...spec } } as never;
  const [bad, good] = await scheduler.placeAll([pod, { name: "good", requests: { cpu: 1 } }]);
  expect(bad).toMatchObject({ status: "error", key: "default/bad", message: expect.stringContaining(message) });
  expect(good).toMatchObject({ status: "placed", node: "a" });
  expect(scheduler.schedule(pod)).toMatchObject({ status: "error", message: expect.stringContaining(message) });
  expect(scheduler.explain(pod).decision).toMatchObject({ status: "error" });
  if (!("schedulingGates" in spec)) {
    expect(() => scheduler.filter(pod)).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
  }
  expect(cluster.podCount).toBe(1);
});

test("a pod without a name takes no room", () => {
  const { cluster, scheduler } = open();
  for (const metadata of [undefined, {}, { name: "" }, { name: 5 }, "x"]) {
    const decision = scheduler.place({ metadata, spec: { containers: [] } } as never);
    expect(decision).toMatchObject({ status: "error", message: "metadata.name: a pod needs a name" });
  }
  expect(cluster.podCount).toBe(0);
});

test.each(["x", { key: "a" }, [null]])("a node with taints of %j is refused and leaves nothing behind", (taints) => {
  const { cluster, scheduler } = open();
  for (const node of [
    { name: "c", allocatable: { cpu: 4 }, taints },
    { metadata: { name: "c" }, spec: { taints }, status: { allocatable: { cpu: 4 } } },
  ]) {
    expect(() => cluster.upsertNode(node as never)).toThrow(
      expect.objectContaining({
        code: "ERR_OBJECT",
        message: expect.stringMatching(/^(?:spec\.)?taints: is not a list of taints$/),
      }),
    );
  }
  expect([cluster.nodeCount, cluster.node("c")]).toEqual([2, undefined]);
  expect(scheduler.place({ name: "p", requests: { cpu: 1 } })).toMatchObject({ status: "placed" });
});

test("questions take pods in the plain form as the scheduler does", async () => {
  const { cluster, scheduler } = open();
  const pending: PlainPod[] = ["one", "two", "three"].map((name) => ({ name, requests: { cpu: 3 } }));
  const { summary, leftOver } = await survive(cluster, scheduler, pending);
  expect(summary).toEqual({ nodes: 2, pods: 2, placed: 2, leftOver: 1 });
  expect(leftOver.map(({ pod }) => pod)).toEqual(["default/three"]);
  expect((await rebalance(cluster, scheduler, pending)).before).toMatchObject({ nodesUsed: 2 });
  const { variants } = await compare([{ name: "one", cluster, scheduler, pending }]);
  expect(variants).toMatchObject([{ pods: 3, pending: 1, nodesUsed: 2 }]);
  const offer = { name: "large", price: 1, allocatable: { cpu: 4, memory: "8Gi", pods: 10 } };
  const { schedulable } = await size(cluster, pending, [offer]);
  expect(schedulable).toMatchObject({ nodes: 1, perHour: 1 });
});

test.each([
  [{ priority: "high" }, 'priority: the text "high" where a whole number should be'],
  [{ priority: Number.NaN }, "priority: NaN is not a whole number"],
  [{ priority: 2 ** 31 }, "priority: 2147483648 is not between -2147483648 and 2147483647"],
  [{ labels: { shard: 1 } }, "labels.shard: the number 1 where a text should be"],
  [{ labels: ["web"] }, "labels: a list where a map should be"],
  [{ labels: "web" }, 'labels: the text "web" where a map should be'],
  [{ namespace: 5 }, "namespace: the number 5 where a text should be"],
  [{ requests: { cpu: Number.NaN } }, "requests.cpu: NaN is not a quantity"],
  [{ requests: { cpu: -1 } }, 'requests.cpu: "-1": must not be negative'],
  [{ requests: "1" }, 'requests: the text "1" where a map should be'],
  [{ nodeSelector: { zone: 1 } }, "nodeSelector.zone: the number 1 where a text should be"],
])("a plain pod of %j is an error in the words of that form, and stops no other", async (fields, message) => {
  const { cluster, scheduler } = open();
  const pod = { name: "bad", requests: { cpu: 1 }, ...fields } as never;
  const good = ["one", "two", "three", "four"].map((name) => ({ name, requests: { cpu: 1 } }));
  const [first, ...others] = await scheduler.placeAll([pod, ...good], { order: "listed" });
  expect(first).toMatchObject({ status: "error", message: expect.stringMatching(new RegExp(`^${escaped(message)}`)) });
  expect(others.map(({ status }) => status)).toEqual(good.map(() => "placed"));
  const isRefused = expect.objectContaining({ message: expect.stringContaining(message) });
  expect(() => cluster.assume(pod, "a")).toThrow(isRefused);
  expect(() => cluster.upsertPod({ ...(pod as object), nodeName: "a" } as never)).toThrow(isRefused);
  expect(cluster.podCount).toBe(4);
});

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

test("among copies that share their spec, one with a label that is no text is an error by itself", async () => {
  const { scheduler } = open();
  const spec = { containers: [{ name: "c", resources: { requests: { cpu: "10m" } } }] };
  const pods = Array.from({ length: 8 }, (_, index) => ({
    metadata: { name: `web-${index}`, labels: { shard: index === 5 ? (5 as never) : "x" } },
    spec,
  }));
  const decisions = await scheduler.placeAll(pods);
  expect(decisions.map(({ status }) => status).indexOf("error")).toBe(5);
  expect(decisions[5]).toMatchObject({
    message: "metadata.labels.shard: the number 5 where a text should be: put it in quotes",
  });
});

test.each([
  [
    { topologySpreadConstraints: [{ maxSkew: "1", topologyKey: "zone" }] },
    "spec.topologySpreadConstraints[0].maxSkew: ",
  ],
  [
    { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "zone", labelSelector: "app=web" }] },
    'spec.topologySpreadConstraints[0].labelSelector: the text "app=web" where a map should be',
  ],
  [
    {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: "zone", labelSelector: { matchLabels: { app: 1 } } },
          ],
        },
      },
    },
    "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchLabels.app: the number 1",
  ],
])("a pod whose relation to others is %j is an error that names the field", (spec, message) => {
  const { scheduler } = open();
  const pod = { metadata: { name: "bad" }, spec: { containers: [{ name: "c" }], ...spec } } as never;
  expect(scheduler.place(pod)).toMatchObject({ status: "error", message: expect.stringContaining(message) });
});

test("a node without what a node has, or with labels that are no texts, is refused", () => {
  const { cluster } = open();
  for (const [node, message] of [
    [{ name: "c" }, "allocatable: is not a map of resources"],
    [{ name: "c", allocatable: "4" }, "allocatable: is not a map of resources"],
    [{ name: "c", allocatable: { cpu: Number.NaN } }, "allocatable.cpu: NaN is not a quantity"],
    [{ name: "c", allocatable: { cpu: 4 }, labels: { zone: 1 } }, "labels.zone: the number 1 where a text should be"],
    [{ metadata: { name: "c", labels: { zone: 1 } } }, "metadata.labels.zone: the number 1 where a text should be"],
  ] as const) {
    expect(() => cluster.upsertNode(node as never)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(new RegExp(`^${escaped(message)}`)) }),
    );
  }
  expect([cluster.nodeCount, cluster.node("c")]).toEqual([2, undefined]);
  expect(() => cluster.upsertObject(null as never)).toThrow("object: null is not an object");
});

test("promises for a time that is none are refused, and would have held for ever", () => {
  const { cluster, scheduler } = open();
  for (const [options, message] of [
    [{ ttlMs: 1000 }, "nowMs: is needed with ttlMs; there is no other clock here"],
    [{ ttlMs: Number.NaN, nowMs: 0 }, "ttlMs: NaN is not a number of milliseconds"],
    [{ ttlMs: "30s", nowMs: 0 }, 'ttlMs: "30s" is not a number of milliseconds'],
    [{ ttlMs: 1000, nowMs: "now" }, 'nowMs: "now" is not a number of milliseconds'],
  ] as const) {
    const isRefused = expect.objectContaining({ code: "ERR_OBJECT", message });
    expect(() => scheduler.place({ name: "p" }, options as never)).toThrow(isRefused);
    expect(() => cluster.assume({ name: "p" }, "a", options as never)).toThrow(isRefused);
  }
  for (const nowMs of [undefined, Number.NaN, "1"]) {
    expect(() => cluster.expire(nowMs as never)).toThrow(expect.objectContaining({ code: "ERR_OBJECT" }));
  }
  expect(cluster.podCount).toBe(0);
});

test("options of a scheduler and of placeAll that there are not are refused", async () => {
  const { cluster, scheduler } = open();
  for (const [options, message] of [
    [{ seed: 1.5 }, "seed: 1.5 is not a whole number"],
    [{ seed: "abc" }, 'seed: "abc" is not a whole number'],
    [{ cacheBytes: Number.NaN }, "cacheBytes: NaN is not a number of bytes"],
    [{ cacheBytes: -1 }, "cacheBytes: -1 is not a number of bytes"],
    [
      { quirks: { leakedSelector: false } },
      "quirks.leakedSelector: there is no such quirk; there are leakedNamespaceSelector",
    ],
    [{ quirks: { lateFitArgs: "no" } }, 'quirks.lateFitArgs: "no" is not true or false'],
  ] as const) {
    expect(() => new Scheduler(cluster, options as never)).toThrow(
      expect.objectContaining({ code: "ERR_OBJECT", message: expect.stringContaining(message) }),
    );
  }
  const pods = [{ name: "p" }];
  const isRefused = (path: string) => ({ code: "ERR_OBJECT", details: { path } });
  await expect(scheduler.placeAll(pods, { order: "lifo" as never })).rejects.toMatchObject(isRefused("order"));
  await expect(scheduler.placeAll(new Set(pods) as never)).rejects.toMatchObject(isRefused("pods"));
  expect(cluster.podCount).toBe(0);
});

test("a count beyond all limits takes no memory for pods that cannot be", () => {
  const { scheduler } = open();
  const count = Number.MAX_SAFE_INTEGER;
  const placements = scheduler.placeMany(scheduler.class({ name: "web", requests: { cpu: 3 } }), count);
  expect([placements.placed, placements.left]).toEqual([2, count - 2]);
});
