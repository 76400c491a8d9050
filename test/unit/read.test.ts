/** Method: objects as clients and people give them go into a cluster; what it then holds, and what comes back, is looked at. */

import { expect, test } from "vitest";
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
