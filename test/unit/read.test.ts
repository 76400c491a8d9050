/** Method: objects as clients and people give them go into a cluster; what it then holds, and what comes back, is looked at. */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import { readObjects } from "../../src/cluster/read.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const NODE = {
  kind: "Node",
  apiVersion: "v1",
  metadata: { name: "a" },
  status: { allocatable: { cpu: "4", memory: "8Gi", pods: 9 } },
};

function podOf(name: string, spec: object = {}, status: object = {}): object {
  return {
    kind: "Pod",
    apiVersion: "v1",
    metadata: { name, namespace: "default" },
    spec: { containers: [{ name: "c", resources: { requests: { cpu: "1" } } }], ...spec },
    status,
  };
}

test("nodes and bound pods go into the cluster, waiting pods come back, finished ones are nowhere", () => {
  const cluster = new Cluster();
  const objects = [
    podOf("bound", { nodeName: "a" }),
    podOf("waits"),
    podOf("done", { nodeName: "a" }, { phase: "Succeeded" }),
    NODE,
  ];
  const { pending, issues } = readObjects(objects, cluster);
  expect(pending.map(({ metadata }) => metadata?.name)).toEqual(["waits"]);
  expect(issues).toEqual([]);
  expect(cluster.node("a")?.pods).toEqual(["default/bound"]);
  expect(cluster.node("a")?.requested).toEqual({ cpu: 1000, pods: 1 });
});

test("items of a client's list need no kind", () => {
  const cluster = new Cluster();
  const strip = ({ kind: _, apiVersion: __, ...rest }: Record<string, unknown>) => rest;
  const { pending } = readObjects([strip(NODE), strip(podOf("p") as Record<string, unknown>)], cluster);
  expect([cluster.nodeCount, pending.length]).toEqual([1, 1]);
});

test("a Deployment becomes the pods that are missing", () => {
  const cluster = new Cluster();
  const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c" }] } };
  const deployment = {
    kind: "Deployment",
    apiVersion: "apps/v1",
    metadata: { name: "web" },
    spec: { replicas: 3, template },
  };
  const { pending } = readObjects([deployment, NODE], cluster);
  expect(pending.map(({ metadata }) => metadata?.name)).toEqual(["web-1", "web-2", "web-3"]);
  expect(new Scheduler(cluster).schedule(pending[0]!).status).toBe("placed");
});

test("every problem is an issue with its path, and the rest is read", () => {
  const cluster = new Cluster();
  const bad = podOf("bad", { containers: [{ name: "c", resources: { requests: { cpu: "1x", memory: -1 } } }] });
  const { pending, issues } = readObjects(
    [bad, podOf("good"), { ...NODE, status: { allocatable: { cpu: [] } } }],
    cluster,
  );
  expect(pending.map(({ metadata }) => metadata?.name)).toEqual(["good"]);
  expect(issues.map(({ object, path }) => `${object} ${path}`)).toEqual([
    "Pod default/bad spec.containers[0].resources.requests.cpu",
    "Pod default/bad spec.containers[0].resources.requests.memory",
    "Node a status.allocatable.cpu",
  ]);
});

test("a node name that no node has is a warning, whatever the order", () => {
  const cluster = new Cluster();
  const { issues } = readObjects(
    [podOf("lost", { nodeName: "gone" }), podOf("bound", { nodeName: "a" }), NODE],
    cluster,
  );
  expect(issues.map(({ severity, object, path }) => [severity, object, path])).toEqual([
    ["warning", "Pod default/lost", "spec.nodeName"],
  ]);
});

test("sums that cannot be counted exactly are refused, not rounded", () => {
  const cluster = new Cluster();
  const huge = { containers: [{ name: "c", resources: { requests: { memory: "7Pi" } } }], nodeName: "a" };
  const { issues } = readObjects([NODE, podOf("one", huge), podOf("two", huge)], cluster);
  expect(issues.map(({ object, severity }) => [object, severity])).toEqual([["Pod default/two", "error"]]);
});

describe("objects that plugins look at", () => {
  const metadata = { name: "x", namespace: "shop" };
  const OBJECTS = [
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector: { app: "web" } } },
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { team: "a" } } },
    { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec: {} },
    { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "fast" }, provisioner: "p" },
    { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata, spec: { selector: {} } },
  ];

  test("go into the cluster as they are", () => {
    const cluster = new Cluster();
    const { pending, issues } = readObjects(OBJECTS, cluster);
    expect([pending, issues]).toEqual([[], []]);
    const { objects } = cluster.state;
    expect(objects.get("Service", "x", "shop")).toBe(OBJECTS[0]);
    expect(objects.get("Namespace", "shop")).toBe(OBJECTS[1]);
    expect(objects.get("PersistentVolumeClaim", "x", "shop")).toBe(OBJECTS[2]);
    expect(objects.get("StorageClass", "fast")).toBe(OBJECTS[3]);
    expect(objects.get("PodDisruptionBudget", "x", "shop")).toBe(OBJECTS[4]);
  });

  test("of the same kind and another group are another thing, and passed over", () => {
    const cluster = new Cluster();
    const knative = { apiVersion: "serving.knative.dev/v1", kind: "Service", metadata, spec: { selector: 1 } };
    expect(readObjects([knative], cluster).issues).toEqual([]);
    expect(cluster.state.objects.count("Service")).toBe(0);
  });

  test("with an error are left out, and the rest is read", () => {
    const cluster = new Cluster();
    const bad = { ...OBJECTS[2], metadata: { name: "bad" }, spec: { resources: { requests: { storage: "-1" } } } };
    const { issues } = readObjects([bad, ...OBJECTS], cluster);
    expect(issues.map(({ object, path }) => `${object} ${path}`)).toEqual([
      "PersistentVolumeClaim default/bad spec.resources.requests.storage",
    ]);
    expect(cluster.state.objects.count("PersistentVolumeClaim")).toBe(1);
  });

  test("are workloads too: the controllers of pods are found by what their pods refer to", () => {
    const cluster = new Cluster();
    const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c" }] } };
    const kinds = ["Deployment", "ReplicaSet", "StatefulSet"].map((kind) => ({
      apiVersion: "apps/v1",
      kind,
      metadata: { name: kind.toLowerCase() },
      spec: { selector: { matchLabels: { app: "web" } }, template },
    }));
    const { pending } = readObjects(kinds, cluster);
    expect(pending).toHaveLength(3);
    for (const pod of pending) {
      const { kind, name = "" } = pod.metadata?.ownerReferences?.[0] ?? {};
      expect(cluster.state.objects.get(kind as "ReplicaSet" | "StatefulSet", name)?.spec?.selector).toBeDefined();
    }
    expect([cluster.state.objects.count("ReplicaSet"), cluster.state.objects.count("StatefulSet")]).toEqual([2, 1]);
  });
});
