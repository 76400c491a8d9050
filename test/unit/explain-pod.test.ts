/**
 * Method: the planner's story of a pod on small clusters, by numbers worked out by hand; then random worlds, which must be
 * after the question what they were before it.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Cluster, Scheduler } from "../../src/index.js";
import type { Pod } from "../../src/kube/objects.js";
import { parseManifests } from "../../src/manifests.js";
import { explainPod } from "../../src/planning/explain.js";
import { requestStory } from "../../src/planning/request-story.js";
import { worldArbitrary } from "../helpers/world-arbitraries.js";
import { openWorld } from "./explain-worlds.js";

const MIB = 2 ** 20;
const SEED = 20_261_125;

function clusterOf(cpus: Readonly<Record<string, number>>, tainted: readonly string[] = []): Cluster {
  const cluster = new Cluster();
  for (const [name, cpu] of Object.entries(cpus)) {
    cluster.upsertNode({
      metadata: { name, labels: { "kubernetes.io/hostname": name } },
      spec: { taints: tainted.includes(name) ? [{ key: "dedicated", value: name, effect: "NoSchedule" }] : [] },
      status: { allocatable: { cpu, memory: "16Gi", pods: 110 } },
    });
  }
  return cluster;
}

function podOf(name: string, cpu: string, spec: Pod["spec"] = {}): Pod {
  const containers = [{ name: "c", image: "i", resources: { requests: { cpu, memory: "1Gi" } } }];
  return { metadata: { name, namespace: "shop" }, spec: { containers, ...spec } };
}

describe("the story of a request", () => {
  const container = (name: string, requests: Record<string, string>, more = {}) => ({
    name,
    resources: { requests },
    ...more,
  });

  test("has every part that there is, and what they come to", () => {
    const story = requestStory({
      metadata: { name: "p" },
      spec: {
        containers: [container("web", { cpu: "1" }), container("log", { memory: "64Mi" })],
        initContainers: [
          container("mesh", { cpu: "100m" }, { restartPolicy: "Always" }),
          container("migrate", { cpu: "2", memory: "1Gi" }),
        ],
        overhead: { cpu: "50m" },
      },
    });
    expect(story.parts).toEqual([
      { kind: "containers", containers: ["web", "log"], amounts: { cpu: 1000, memory: 64 * MIB } },
      { kind: "sidecars", containers: ["mesh"], amounts: { cpu: 100 } },
      { kind: "initPeak", containers: ["migrate"], amounts: { cpu: 2100, memory: 1024 * MIB } },
      { kind: "overhead", containers: [], amounts: { cpu: 50 } },
    ]);
    expect(story.effective).toEqual({ cpu: 2150, memory: 1024 * MIB });
  });

  test("tells apart what is only assumed for scoring", () => {
    const story = requestStory({ spec: { containers: [container("a", { cpu: "1" }), container("b", {})] } });
    expect(story.effective).toEqual({ cpu: 1000 });
    expect(story.assumed).toEqual({ cpu: 100, memory: 400 * MIB });
    expect(requestStory({ spec: { containers: [container("a", { cpu: "0", memory: "0" })] } }).assumed).toEqual({});
  });

  test("lets pod-level amounts stand in for the containers'", () => {
    const spec = { containers: [container("a", { cpu: "1" })], resources: { requests: { cpu: "3", memory: "1Gi" } } };
    const { parts, effective } = requestStory({ spec });
    expect(parts.at(-1)).toEqual({ kind: "podLevel", containers: [], amounts: { cpu: 3000, memory: 1024 * MIB } });
    expect(effective).toEqual({ cpu: 3000, memory: 1024 * MIB });
  });

  test("leaves out what the scheduler does not count, and says nothing of what cannot be read", () => {
    expect(requestStory({ spec: { containers: [container("a", { pods: "1", blood: "2" })] } }).effective).toEqual({});
    expect(requestStory({ spec: { containers: [container("a", { cpu: "much" })] } }).parts).toEqual([]);
  });
});

describe("a pod that fits nowhere", () => {
  const cluster = clusterOf({ "n-1": 2, "n-2": 4, "n-3": 3 }, ["n-2"]);
  const story = explainPod(cluster, new Scheduler(cluster), podOf("p", "3300m"));

  test("needs so much more on the nodes that lack nothing but room", async () => {
    expect((await story).nearest).toEqual([
      { node: "n-3", lacks: { cpu: 300 } },
      { node: "n-1", lacks: { cpu: 1300 } },
    ]);
  });

  test("is turned away by taints that are named", async () => {
    const { rejected } = await story;
    expect(rejected.map(({ nodes, taints }) => ({ nodes, taints }))).toEqual([
      { nodes: ["n-1", "n-3"], taints: [] },
      { nodes: ["n-2"], taints: ["dedicated=n-2:NoSchedule"] },
    ]);
  });

  test("has the room of the nodes asked for beside it", async () => {
    const { rooms } = await explainPod(cluster, new Scheduler(cluster), podOf("p", "9"), { rooms: ["n-2", "none"] });
    expect(rooms.get("n-2")).toMatchObject({ allocatable: { cpu: 4000 }, requested: {} });
    expect(rooms.has("none")).toBe(false);
  });
});

test("a running pod is asked about as if it were not there, and is there afterwards", async () => {
  const cluster = clusterOf({ a: 2, b: 4 });
  const running = podOf("p", "2", { nodeName: "a" });
  cluster.upsertPod(running);
  const { explanation, runsOn } = await explainPod(cluster, new Scheduler(cluster), running);
  expect(runsOn).toBe("a");
  expect(explanation.feasibleCount).toBe(2);
  expect(explanation.decision).toMatchObject({ status: "placed", node: "b" });
  expect(cluster.pod("shop/p")?.node).toBe("a");
});

test("other pods take room only when they are to be placed before", async () => {
  const cluster = clusterOf({ a: 2 });
  const scheduler = new Scheduler(cluster);
  const [asked, other] = [podOf("p", "2"), podOf("q", "1")];
  const alone = await explainPod(cluster, scheduler, asked);
  expect(alone.explanation.decision.status).toBe("placed");
  expect(alone).not.toHaveProperty("before");
  const after = await explainPod(cluster, scheduler, asked, { before: [other, podOf("r", "9")] });
  expect(after.before).toEqual({ placed: 1, leftOver: 1 });
  expect(after.explanation.decision.status).toBe("unschedulable");
  expect(after.nearest).toEqual([{ node: "a", lacks: { cpu: 1000 } }]);
  expect(cluster.podCount).toBe(0);
});

test("victims are those of the moment, though the what-if is over", async () => {
  const cluster = clusterOf({ a: 2 });
  const { explanation } = await explainPod(cluster, new Scheduler(cluster), podOf("p", "2", { priority: 9 }), {
    before: [podOf("q", "1", { priority: 0 })],
  });
  expect(cluster.podCount).toBe(0);
  expect(explanation.toJSON().victims).toEqual([{ pod: "shop/q", priority: 0, violatesBudget: false }]);
});

test(`a question changes nothing, whatever is asked (seed ${SEED})`, { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(worldArbitrary({ among: ["tight", "taints", "interPod", "spread", "ports"] }), async (world) => {
      const { cluster, scheduler, incoming } = openWorld(world);
      const state = () => [...cluster.nodes()].map(({ name, requested, pods }) => ({ name, requested, pods }));
      const before = JSON.stringify(state());
      for (const pod of [...incoming.slice(0, 2), ...world.pods.slice(0, 2)]) {
        const others = incoming.filter((other) => other !== pod);
        await explainPod(cluster, scheduler, pod, { before: others });
        expect(JSON.stringify(state().map((node) => ({ ...node, pods: node.pods.toSorted() })))).toBe(
          JSON.stringify(
            (JSON.parse(before) as ReturnType<typeof state>).map((node) => ({ ...node, pods: node.pods.toSorted() })),
          ),
        );
      }
      cluster.dispose();
    }),
    { numRuns: 60, seed: SEED },
  );
});

describe("what was filled into a pod", () => {
  const text = `
apiVersion: v1
kind: Node
metadata: {name: n}
---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: c, image: i, resources: {limits: {cpu: "2"}}}]}
`;
  const { objects, defaultedIn } = parseManifests([{ text, file: "f" }]);
  const pod = objects.find(({ kind }) => kind === "Pod") as Pod;

  test("is told with who did it", () => {
    expect(defaultedIn(pod)).toContainEqual({
      path: "spec.containers[0].resources.requests.cpu",
      value: "2",
      by: "defaults",
    });
    expect(defaultedIn(pod)).toContainEqual({ path: "spec.priority", value: 0, by: "Priority" });
  });

  test("is nothing for a pod of somebody else", () => {
    expect(defaultedIn({ ...pod })).toEqual([]);
  });
});
