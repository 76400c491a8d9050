/**
 * Method: small clusters whose skews and scores are counted by hand, among them the numbers that kube-scheduler's own
 * code prints for them; one rule of PodTopologySpread is in question at a time.
 */

import { describe, expect, test } from "vitest";
import type { KubeObject, Node, Pod, StringMap, TopologySpreadConstraint } from "../../src/kube/objects.js";
import { type RefConfig, ReferenceScheduler, type RefObjects } from "./scheduler.js";

const ZONE = "topology.kubernetes.io/zone";
const HOSTNAME = "kubernetes.io/hostname";
const REASON = "node(s) didn't match pod topology spread constraints";

function node(name: string, labels: StringMap = {}, spec: Node["spec"] = {}): Node {
  return {
    metadata: { name, labels: { [HOSTNAME]: name, ...labels } },
    spec,
    status: { allocatable: { cpu: 8, memory: "16Gi", pods: 110 } },
  };
}

function pod(name: string, labels: StringMap, spec: Pod["spec"] = {}): Pod {
  return { metadata: { name, labels }, spec: { containers: [{ name: "c" }], ...spec } };
}

function on(nodeName: string, ...names: string[]): Pod[] {
  return names.map((name) => pod(name, { app: "web" }, { nodeName }));
}

function spreading(...constraints: TopologySpreadConstraint[]): Pod {
  return pod("p", { app: "web" }, { topologySpreadConstraints: constraints });
}

function hard(topologyKey: string, more: Partial<TopologySpreadConstraint> = {}): TopologySpreadConstraint {
  const labelSelector = { matchLabels: { app: "web" } };
  return { maxSkew: 1, topologyKey, whenUnsatisfiable: "DoNotSchedule", labelSelector, ...more };
}

const NODES = [node("a1", { [ZONE]: "a" }), node("a2", { [ZONE]: "a" }), node("b1", { [ZONE]: "b" })];

function feasible(incoming: Pod, pods: readonly Pod[], nodes: readonly Node[] = NODES): readonly string[] {
  return new ReferenceScheduler({ nodes, pods, tieBreak: "first" }).filter(incoming).feasible;
}

describe("hard constraints", () => {
  test("keep a domain from running ahead of the emptiest by more than maxSkew", () => {
    const pods = on("a1", "w1");
    expect(feasible(spreading(hard(ZONE)), pods)).toEqual(["b1"]);
    expect(feasible(spreading(hard(ZONE, { maxSkew: 2 })), pods)).toEqual(["a1", "a2", "b1"]);
    expect(feasible(spreading(hard(ZONE), hard(HOSTNAME)), on("b1", "w1"))).toEqual(["a1", "a2"]);
  });

  test("reject a node without the label for good, and leave it out of the count", () => {
    const scheduler = new ReferenceScheduler({
      nodes: [...NODES, node("c")],
      pods: [...on("a1", "w1"), ...on("b1", "w2")],
      tieBreak: "first",
    });
    const { feasible, rejected } = scheduler.filter(spreading(hard(ZONE)));
    expect(feasible).toEqual(["a1", "a2", "b1"]);
    expect(rejected.get("c")).toEqual({
      plugin: "PodTopologySpread",
      code: "UnschedulableAndUnresolvable",
      reasons: [`${REASON} (missing required label)`],
    });
  });

  test("take the minimum for 0 while there are fewer domains than minDomains", () => {
    const pods = [...on("a1", "w1"), ...on("b1", "w2")];
    expect(feasible(spreading(hard(ZONE, { minDomains: 2 })), pods)).toEqual(["a1", "a2", "b1"]);
    expect(feasible(spreading(hard(ZONE, { minDomains: 3 })), pods)).toEqual([]);
  });

  test("count pods of the namespace that stay, and none where everything is selected", () => {
    const [first] = on("a1", "w1");
    const elsewhere = { ...first, metadata: { ...first?.metadata, namespace: "other" } };
    const leaving = { ...first, metadata: { ...first?.metadata, deletionTimestamp: "2030-01-01T00:00:00Z" } };
    for (const pods of [[elsewhere], [leaving]]) expect(feasible(spreading(hard(ZONE)), pods)).toContain("a1");
    expect(feasible(spreading(hard(ZONE, { labelSelector: {} })), on("a1", "w1", "w2"))).toContain("a1");
    expect(feasible(spreading(hard(ZONE, { labelSelector: null })), on("a1", "w1", "w2"))).toContain("a1");
  });

  test("tell revisions apart by matchLabelKeys", () => {
    const old = pod("old", { app: "web", hash: "1" }, { nodeName: "a1" });
    const constraint = hard(ZONE, { matchLabelKeys: ["hash", "absent"] });
    const incoming = pod("p", { app: "web", hash: "2" }, { topologySpreadConstraints: [constraint] });
    expect(feasible(incoming, [old])).toEqual(["a1", "a2", "b1"]);
  });

  test("leave out nodes that the pod's affinity or, where asked, its tolerations exclude", () => {
    const tainted = node("c1", { [ZONE]: "c" }, { taints: [{ key: "k", effect: "NoSchedule" }] });
    const nodes = [...NODES, tainted];
    const pods = [...on("a1", "w1"), ...on("b1", "w2")];
    expect(feasible(spreading(hard(ZONE)), pods, nodes)).toEqual([]);
    expect(feasible(spreading(hard(ZONE, { nodeTaintsPolicy: "Honor" })), pods, nodes)).toEqual(["a1", "a2", "b1"]);
    const pinned = (nodeAffinityPolicy: string) => ({
      ...spreading(hard(ZONE, { nodeAffinityPolicy })),
      spec: { ...spreading(hard(ZONE, { nodeAffinityPolicy })).spec, nodeSelector: { [ZONE]: "a" } },
    });
    expect(feasible(pinned("Honor"), on("a1", "w1"))).toEqual(["a1", "a2"]);
    expect(feasible(pinned("Ignore"), on("a1", "w1"))).toEqual([]);
  });

  test("with a selector that cannot be parsed are an error, which ends the cycle", () => {
    const labelSelector = { matchExpressions: [{ key: "app", operator: "Near", values: ["x"] }] };
    const scheduler = new ReferenceScheduler({ nodes: NODES, pods: [], tieBreak: "first" });
    const decision = scheduler.schedule(spreading(hard(ZONE, { labelSelector })));
    const what = "get constraints from pod: obtaining pod's hard topology spread constraints";
    const message = `running PreFilter plugin "PodTopologySpread": ${what}: "Near" is not a valid label selector operator`;
    expect(decision).toEqual({ status: "error", message });
  });
});

function scores(incoming: Pod, pods: readonly Pod[], more: { objects?: RefObjects; config?: RefConfig } = {}) {
  const nodes = [...NODES, node("b2", { [ZONE]: "b" })];
  const scheduler = new ReferenceScheduler({ nodes, pods, ...more, tieBreak: "first" });
  const names = nodes.map(({ metadata }) => metadata!.name!);
  const found = scheduler.score(incoming, names);
  return names.map((name) => found.get(name)?.parts.get("PodTopologySpread"));
}

const OWNED: Pod = {
  metadata: {
    name: "p",
    labels: { app: "web" },
    ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", controller: true }],
  },
  spec: { containers: [{ name: "c" }] },
};
const REPLICA_SET: KubeObject = {
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: { name: "web" },
  spec: { selector: { matchLabels: { app: "web" } } },
};
const SERVICE: KubeObject = { kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" } } };
const GOLDEN_PODS = [...on("a1", "w1", "w2"), ...on("b1", "w3")];

describe("soft constraints", () => {
  test("of pods with an owner are the built-in ones, and score as kube-scheduler does", () => {
    const found = scores(OWNED, GOLDEN_PODS, { objects: { replicaSets: [REPLICA_SET] } });
    expect(found.map((part) => part?.raw)).toEqual([12n, 9n, 9n, 7n]);
    expect(found.map((part) => part?.normalized)).toEqual([58n, 83n, 83n, 100n]);
    expect(found.map((part) => part?.weighted)).toEqual([116n, 166n, 166n, 200n]);
  });

  test("are derived from services, too, and are none without a selector", () => {
    const plain = { ...OWNED, metadata: { name: "p", labels: { app: "web" } } };
    expect(scores(plain, GOLDEN_PODS, { objects: { services: [SERVICE] } })[0]?.raw).toBe(12n);
    expect(scores(plain, GOLDEN_PODS, { objects: { replicaSets: [REPLICA_SET] } })[0]).toBeUndefined();
    const everything = { ...SERVICE, spec: { selector: {} } };
    expect(scores(plain, GOLDEN_PODS, { objects: { services: [everything] } })[0]).toBeUndefined();
  });

  test("give a node without the label 0, and all nodes 100 where nothing is counted", () => {
    const soft = hard(ZONE, { whenUnsatisfiable: "ScheduleAnyway" });
    expect(scores(spreading(soft), []).map((part) => part?.normalized)).toEqual([100n, 100n, 100n, 100n]);
    const nodes = [...NODES, node("c")];
    const scheduler = new ReferenceScheduler({ nodes, pods: on("a1", "w1"), tieBreak: "first" });
    const found = scheduler.score(spreading(soft), ["a1", "b1", "c"]);
    expect(found.get("c")?.parts.get("PodTopologySpread")).toMatchObject({ raw: 0n, normalized: 0n });
    expect(found.get("b1")?.parts.get("PodTopologySpread")?.normalized).toBe(100n);
  });
});
