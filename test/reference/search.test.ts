/**
 * Method: golden counts of nodes and orders from kube-scheduler's own code, then clusters in which the place where a
 * search starts and ends shows in the node that is chosen.
 */

import { describe, expect, test } from "vitest";
import type { Node, Pod, StringMap } from "../../src/kube/objects.js";
import { heapBest, nodesToFind } from "./choice.js";
import { NodeTree } from "./node-tree.js";
import { profilesOf } from "./profile.js";
import { ReferenceScheduler, type RefWorld } from "./scheduler.js";

function node(name: string, labels: StringMap = {}, more: Partial<Node> = {}): Node {
  return { metadata: { name, labels }, status: { allocatable: { cpu: 4, memory: "8Gi", pods: 10 } }, ...more };
}

function pod(name: string, spec: Pod["spec"] = {}, status: Pod["status"] = {}): Pod {
  return { metadata: { name }, spec: { containers: [{ name: "c" }], ...spec }, status };
}

function placed(scheduler: ReferenceScheduler, incoming: Pod): string {
  const decision = scheduler.place(incoming);
  return decision.status === "placed" ? decision.node : `${decision.status}: ${decision.message}`;
}

describe("the count of nodes to find", () => {
  test.each([
    [99, 99],
    [100, 100],
    [204, 100],
    [250, 120],
    [400, 188],
    [1000, 420],
    [2000, 680],
    [5000, 500],
    [5625, 281],
    [6000, 300],
    [10000, 500],
  ])("among %d is %d by the size of the cluster", (nodes, count) => {
    expect(nodesToFind(nodes, 0)).toBe(count);
  });

  test("is the share that is asked for, but no less than 100", () => {
    expect([nodesToFind(400, 50), nodesToFind(400, 10), nodesToFind(400, 100)]).toEqual([200, 100, 400]);
  });
});

describe("the order of nodes", () => {
  const ZONE = "topology.kubernetes.io/zone";
  const named = (names: string) => names.split(" ").map((name) => node(name, { [ZONE]: name[0]! }));

  test("takes from each zone in turn, and beta labels before the others, even when they are empty", () => {
    const tree = new NodeTree();
    for (const one of named("a1 a2 a3 b1 c1 c2")) tree.add(one);
    expect(tree.list().join(" ")).toBe("a1 b1 c1 a2 c2 a3");
    tree.remove(named("b1")[0]!);
    tree.add(node("b2", { "failure-domain.beta.kubernetes.io/zone": "", [ZONE]: "a" }));
    expect(tree.list().join(" ")).toBe("a1 c1 b2 a2 c2 a3");
  });

  test("follows a change of zone when a node comes or goes, and not before", () => {
    const world: RefWorld = { nodes: named("a1 a2 b1"), pods: [], tieBreak: "heap" };
    const scheduler = new ReferenceScheduler(world);
    const order = () => scheduler.filter(pod("p")).feasible.join(" ");
    expect(order()).toBe("a1 b1 a2");
    scheduler.updateNode(node("a1", { [ZONE]: "b" }));
    expect(order()).toBe("a1 b1 a2");
    scheduler.addNode(node("c1", { [ZONE]: "c" }));
    expect(order()).toBe("a2 b1 c1 a1");
  });
});

describe("the choice", () => {
  test.each([
    [[5], 0],
    [[1, 1, 1, 1], 0],
    [[1, 2, 2], 1],
    [[1, 0, 2, 2], 3],
    [[0, 0, 0, 7, 7], 3],
    [[0, 7, 0, 7, 7], 1],
    [[0, 0, 7, 7, 0], 3],
  ])("among %j by Go's heap is index %d", (totals, index) => {
    expect(heapBest(totals.map(BigInt))).toBe(index);
  });

  test("starts where the last search ended, after place alone", () => {
    const nodes = ["a", "b", "c"].map((name) => node(name));
    const pinned = (name: string): Pod => {
      const matchFields = [{ key: "metadata.name", operator: "In", values: ["a"] }];
      const required = { nodeSelectorTerms: [{ matchFields }] };
      return pod(name, { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } });
    };
    const scheduler = new ReferenceScheduler({ nodes, pods: [], tieBreak: "heap" });
    expect(scheduler.schedule(pinned("p0")).status).toBe("placed");
    expect(scheduler.schedule(pod("p"))).toMatchObject({ node: "a" });
    scheduler.place(pinned("p0"));
    expect(placed(scheduler, pod("p1"))).toBe("b");
  });

  test("is made from a share of the nodes, and without score plugins from the first alone", () => {
    const nodes = Array.from({ length: 300 }, (_, index) => node(`n${index}`));
    const shared = (config: RefWorld["config"]) =>
      new ReferenceScheduler({ nodes, pods: [], tieBreak: "heap", sampling: true, ...(config && { config }) });
    const half = shared({ kind: "KubeSchedulerConfiguration", percentageOfNodesToScore: 50 });
    expect(["p0", "p1", "p2"].map((name) => placed(half, pod(name)))).toEqual(["n0", "n150", "n1"]);
    const profile = { plugins: { score: { disabled: [{ name: "*" }] } } };
    const blind = shared({ kind: "KubeSchedulerConfiguration", profiles: [profile] });
    expect(["p0", "p1"].map((name) => placed(blind, pod(name)))).toEqual(["n0", "n1"]);
  });
});

describe("a pod with a nominated node", () => {
  const required = {
    nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["b"] }] }],
  };
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };

  test("takes it unscored when it fits there", () => {
    const scheduler = new ReferenceScheduler({ nodes: [node("a"), node("b")], pods: [], tieBreak: "first" });
    expect(scheduler.schedule(pod("p", {}, { nominatedNodeName: "b" }))).toEqual({ status: "placed", node: "b" });
  });

  test("has whoever rejects it there named for the nodes that PreFilter leaves out", () => {
    const taints = [{ key: "k", effect: "NoSchedule" }];
    const nodes = ["a", "b", "c"].map((name) => node(name, {}, { spec: { taints } }));
    const scheduler = new ReferenceScheduler({ nodes, pods: [], tieBreak: "first" });
    expect(scheduler.schedule(pod("p", { affinity }, { nominatedNodeName: "a" }))).toEqual({
      status: "unschedulable",
      message:
        "0/3 nodes are available: 1 node(s) didn't satisfy plugin(s) [NodeAffinity TaintToleration], " +
        "2 node(s) had untolerated taint(s).",
    });
  });

  test("keeps room for itself behind a gate in 1.37 alone", () => {
    const gated = pod("g", { schedulingGates: [{ name: "x" }] }, { nominatedNodeName: "a" });
    const containers = [{ name: "c", resources: { requests: { cpu: 4 } } }];
    const held: Pod = { ...gated, spec: { ...gated.spec, containers } };
    const status = (compat: "1.36" | "1.37") =>
      new ReferenceScheduler({ nodes: [node("a")], pods: [held], tieBreak: "first", compat }).schedule(
        pod("p", { containers }),
      ).status;
    expect([status("1.36"), status("1.37")]).toEqual(["placed", "unschedulable"]);
  });
});

describe("a profile", () => {
  test("puts plugins that a point names before those enabled everywhere, and takes the point's weight", () => {
    const plugins = {
      multiPoint: { enabled: [{ name: "ImageLocality", weight: 7 }], disabled: [{ name: "NodePorts" }] },
      filter: { enabled: [{ name: "InterPodAffinity" }], disabled: [{ name: "NodeName" }] },
      score: { enabled: [{ name: "NodeResourcesFit", weight: 9 }], disabled: [{ name: "TaintToleration" }] },
    };
    const profile = profilesOf({ kind: "KubeSchedulerConfiguration", profiles: [{ plugins }] }, "1.36").get(
      "default-scheduler",
    )!;
    expect(profile.points.filter.slice(0, 4)).toEqual([
      "InterPodAffinity",
      "NodeUnschedulable",
      "TaintToleration",
      "NodeAffinity",
    ]);
    expect(profile.points.score.slice(0, 2)).toEqual(["NodeResourcesFit", "NodeAffinity"]);
    expect([profile.weights.get("NodeResourcesFit"), profile.weights.get("ImageLocality")]).toEqual([9n, 7n]);
  });

  test("of 1.37 looks at names before anything else and restricts the nodes by them", () => {
    expect(profilesOf(undefined, "1.37").get("default-scheduler")?.points.filter[0]).toBe("NodeName");
    const decide = (compat: "1.36" | "1.37") =>
      new ReferenceScheduler({ nodes: [node("a")], pods: [], tieBreak: "first", compat }).schedule(
        pod("p", { nodeName: "b" }),
      );
    expect(decide("1.36")).toMatchObject({
      message: "0/1 nodes are available: 1 node(s) didn't match the requested node name.",
    });
    expect(decide("1.37")).toMatchObject({
      message: "0/1 nodes are available: 1 node(s) didn't satisfy plugin(s) [NodeName].",
    });
  });
});

describe("declared features", () => {
  const incoming = { ...pod("p"), spec: { ...pod("p").spec, hostNetwork: true, hostUsers: false } } as Pod;
  const declaring = (...declaredFeatures: string[]) =>
    node("a", {}, { status: { ...node("a").status, declaredFeatures } as Node["status"] & object });
  const isFeasible = (one: Node) =>
    new ReferenceScheduler({ nodes: [one], pods: [], tieBreak: "first" }).filter(incoming).feasible.length === 1;

  test("must hold what the pod needs, and are read as a sorted list", () => {
    expect(isFeasible(declaring())).toBe(false);
    expect(isFeasible(declaring("RestartAllContainersOnContainerExits", "UserNamespacesHostNetworkSupport"))).toBe(
      true,
    );
    expect(isFeasible(declaring("Zebra", "UserNamespacesHostNetworkSupport"))).toBe(false);
  });
});
