/** Method: pods that wait with a nominated node, on clusters of two nodes, and what that must not change for others. */

import { expect, test } from "vitest";
import { Cluster, definePlugin, Scheduler } from "../../src/index.js";
import type { Pod, PodSpec } from "../../src/kube/objects.js";

const PORT = { containerPort: 80, hostPort: 80 };

function clusterOf(...names: readonly string[]): Cluster {
  const cluster = new Cluster();
  for (const name of names) cluster.upsertNode({ name, allocatable: { cpu: 4, memory: "8Gi" } });
  return cluster;
}

function podOf(name: string, spec: PodSpec = {}, nominatedNodeName?: string): Pod {
  const status = nominatedNodeName === undefined ? {} : { nominatedNodeName };
  return { metadata: { name, namespace: "n" }, spec: { containers: [{ name: "c" }], ...spec }, status };
}

test("a node that others are nominated to is asked again, and plugins in TypeScript still score every node", () => {
  const cluster = clusterOf("a", "b");
  cluster.upsertPod(podOf("waiting", { priority: 9 }, "a"));
  const likesB = definePlugin({
    name: "LikesB",
    score: (cycle) => cycle.eachNode(({ name }) => (name === "b" ? 100 : 0)),
  });
  expect(new Scheduler(cluster, { plugins: [likesB] }).schedule(podOf("p"))).toMatchObject({ node: "b" });
});

test("a nominated node that refused the pod may be preempted on, even if PreFilter leaves it out", () => {
  const cluster = clusterOf("a", "b");
  cluster.upsertPod(podOf("low", { nodeName: "a", containers: [{ name: "c", ports: [PORT] }] }));
  const terms = [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["elsewhere"] }] }];
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
  const spec = { priority: 9, affinity, containers: [{ name: "c", ports: [PORT] }] };
  const off = { disabled: [{ name: "NodeAffinity" }] };
  const scheduler = new Scheduler(cluster, { config: { profiles: [{ plugins: { filter: off } }] } });
  const pod = podOf("p", spec, "a");
  expect(scheduler.schedule(pod)).toMatchObject({
    message:
      "0/2 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, " +
      "1 node(s) didn't satisfy plugin(s) [NodeAffinity NodePorts].",
  });
  expect(scheduler.preempt(pod)).toMatchObject({ status: "possible", node: "a", victims: [{ key: "n/low" }] });
});

test("a pod on its nominated node has the score of a search that found this node alone", () => {
  const cluster = new Cluster();
  for (const [index, name] of ["a", "b", "c"].entries()) {
    cluster.upsertNode({
      metadata: { name, labels: { zone: `z${index}`, disk: index === 1 ? "ssd" : "hdd" } },
      spec: { taints: [{ key: "slow", effect: "PreferNoSchedule" }].slice(0, index) },
      status: { allocatable: { cpu: 4, memory: "8Gi", pods: 10 } },
    });
    cluster.upsertPod({ ...podOf(`there-${name}`, { nodeName: name }), metadata: { name, labels: { app: "x" } } });
  }
  const preference = { matchExpressions: [{ key: "disk", operator: "In", values: ["ssd"] }] };
  const nodeAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 5, preference }] };
  const podAffinityTerm = { labelSelector: { matchLabels: { app: "x" } }, topologyKey: "zone" };
  const podAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 7, podAffinityTerm }] };
  const constraint = { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway" as const };
  const scheduler = new Scheduler(cluster);
  const specs: PodSpec[] = [
    {},
    { affinity: { nodeAffinity } },
    { affinity: { nodeAffinity, podAffinity } },
    { topologySpreadConstraints: [{ ...constraint, labelSelector: { matchLabels: { app: "x" } } }] },
  ];
  for (const spec of specs) {
    for (const node of ["a", "b", "c"]) {
      const pod = podOf("p", spec, node);
      const { total } = scheduler.score(pod, { feasible: [node] }).nodes[0]!;
      scheduler.schedule(podOf("p", spec));
      expect(scheduler.schedule(pod)).toMatchObject({ status: "placed", node, score: total });
      expect(scheduler.schedule(podOf("p", spec))).toEqual(
        new Scheduler(cluster, { isIndexed: false }).schedule(podOf("p", spec)),
      );
    }
  }
});
