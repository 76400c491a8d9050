/**
 * Method: for each thing that versions decide differently, the smallest cluster on which they do, decided as both; sentences
 * and numbers are those that kube-scheduler 1.36.3 and 1.37.2 give. Their own code judges random worlds in test/kubernetes.
 */

import { describe, expect, test } from "vitest";
import { Cluster, definePlugin, Scheduler, type SchedulerOptions, StowageError } from "../../src/index.js";
import { type Compat, POD_RULES } from "../../src/kube/compat.js";
import type { Node, Pod, PodSpec } from "../../src/kube/objects.js";
import { readManifests } from "../../src/manifests.js";
import { VERSIONS } from "../../src/scheduler/compat.js";

const COMPATS = Object.keys(VERSIONS) as Compat[];
const MIB = 1024 * 1024;

function nodeOf(name: string, more: Partial<Node> = {}): Node {
  const labels = { "kubernetes.io/hostname": name };
  return { metadata: { name, labels }, status: { allocatable: { cpu: 4, memory: "8Gi", pods: 9 } }, ...more };
}

function podOf(name: string, spec: PodSpec = {}, status: Pod["status"] = {}): Pod {
  return { metadata: { name, namespace: "n" }, spec: { containers: [{ name: "c" }], ...spec }, status };
}

function clusterOf(compat: Compat, nodes: readonly Node[], pods: readonly Pod[] = []): Cluster {
  const cluster = new Cluster({ compat });
  for (const node of nodes) cluster.upsertNode(node);
  for (const pod of pods) cluster.upsertPod(pod);
  return cluster;
}

/** What both versions say, the older first. */
function both<T>(ask: (compat: Compat) => T): T[] {
  return COMPATS.map(ask);
}

function errorOf(call: () => unknown): string {
  try {
    call();
    return "";
  } catch (error) {
    return error instanceof StowageError ? `${error.code} ${error.message}` : String(error);
  }
}

describe("a version", () => {
  test("is a row of both tables", () => {
    expect(COMPATS).toEqual(["1.36", "1.37"]);
    expect(Object.keys(POD_RULES)).toEqual(COMPATS);
  });

  test("is the cluster's; a scheduler takes it over and refuses another", () => {
    expect(new Cluster().compat).toBe("1.36");
    const cluster = clusterOf("1.37", [nodeOf("a")]);
    expect(new Scheduler(cluster, { compat: "1.37" }).schedule(podOf("p")).status).toBe("placed");
    expect(errorOf(() => new Scheduler(cluster, { compat: "1.36" }))).toBe(
      "ERR_OBJECT compat: the cluster is like Kubernetes 1.37; give a Cluster that was made with this compat",
    );
  });

  test("that is not known is refused by its name", () => {
    expect(errorOf(() => new Cluster({ compat: "1.99" as Compat }))).toBe(
      'ERR_OBJECT compat: "1.99" is not one of 1.36, 1.37',
    );
    expect(errorOf(() => new Cluster({ compat: "toString" as Compat }))).toMatch(/^ERR_OBJECT compat: "toString"/);
  });
});

describe("a pod that names its node", () => {
  const nodes = [nodeOf("a"), nodeOf("b", { spec: { unschedulable: true } }), nodeOf("c")];
  const inFields = (name: string): NonNullable<PodSpec["affinity"]> => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [name] }] }],
      },
    },
  });
  const messages = (spec: PodSpec, options: SchedulerOptions = {}) =>
    both((compat) => {
      const decision = new Scheduler(clusterOf(compat, nodes), options).schedule(podOf("p", spec));
      return "message" in decision ? decision.message : decision.node;
    });

  test("leaves the other nodes out before Filter, in 1.37", () => {
    expect(messages({ nodeName: "c" })).toEqual(["c", "c"]);
    expect(messages({ nodeName: "elsewhere" })).toEqual([
      "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match the requested node name.",
      "0/3 nodes are available: 3 node(s) didn't satisfy plugin(s) [NodeName].",
    ]);
    expect(messages({ nodeName: "b" })).toEqual([
      "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match the requested node name.",
      "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't satisfy plugin(s) [NodeName].",
    ]);
  });

  test("and whose affinity names nodes is left those that both have, in 1.37", () => {
    expect(messages({ nodeName: "c", affinity: inFields("c") })).toEqual(["c", "c"]);
    expect(messages({ nodeName: "b", affinity: inFields("b") })).toEqual([
      "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
      "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't satisfy plugin(s) [NodeAffinity NodeName].",
    ]);
    expect(messages({ nodeName: "c", affinity: inFields("a") })).toEqual([
      "0/3 nodes are available: 1 node(s) didn't match the requested node name, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
      "0/3 nodes are available: node(s) didn't satisfy plugin(s) [NodeAffinity NodeName] simultaneously.",
    ]);
  });

  test("and that no plugin can tell the claims of is not helped by preemption, wherever the search ended", () => {
    const order = (names: readonly string[]) => ({
      profiles: [{ plugins: { preFilter: { enabled: names.map((name) => ({ name })), disabled: [{ name: "*" }] } } }],
    });
    const said = (names: readonly string[]) => {
      const scheduler = new Scheduler(clusterOf("1.37", nodes), { config: order(names) });
      return scheduler.preempt(podOf("p", { nodeName: "c", affinity: inFields("a") })).message;
    };
    const others = ["NodePorts", "NodeResourcesFit", "VolumeRestrictions", "VolumeBinding", "PodTopologySpread"];
    expect(said(["NodeName", "NodeAffinity", "DynamicResources", "InterPodAffinity", ...others])).toBe("not found");
    expect(said(["NodeName", "DynamicResources", "NodeAffinity", "InterPodAffinity", ...others])).toBe(
      "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
    );
  });
});

describe("a pod whose resize is under way", () => {
  const container = (name: string, cpu: number) => ({ name, resources: { requests: { cpu } } });
  const spec = { nodeName: "a", containers: [container("x", 2), container("y", 1)] };
  const status = (name: string, cpu: number) => ({
    name,
    resources: { requests: { cpu } },
    allocatedResources: { cpu },
  });
  const requested = (compat: Compat, pod: Pod) => clusterOf(compat, [nodeOf("a")], [pod]).node("a")?.requested.cpu;

  test("takes the most of its sums in 1.37, and each container's most in 1.36", () => {
    const containerStatuses = [status("x", 1), status("y", 2)];
    expect(both((compat) => requested(compat, podOf("p", spec, { containerStatuses })))).toEqual([4000, 3000]);
  });

  test("takes nothing in 1.37 when that can never be done and nothing is known of what it has", () => {
    const conditions = [{ type: "PodResizePending", status: "True", reason: "Infeasible" }];
    const [before, after] = both((compat) => requested(compat, podOf("p", spec, { conditions })));
    expect([before, after ?? 0]).toEqual([3000, 0]);
  });

  test("does not share what it takes with a pod of the same spec that is not resized", () => {
    const conditions = [{ type: "PodResizePending", status: "True", reason: "Infeasible" }];
    const cluster = clusterOf("1.37", [nodeOf("a")], [podOf("p", spec), podOf("q", spec, { conditions })]);
    expect(cluster.node("a")?.requested.cpu).toBe(3000);
  });
});

test("the image of a volume counts among those that ImageLocality divides by, in 1.37", () => {
  const images = [{ names: ["big:1"], sizeBytes: 900 * MIB }];
  const node = nodeOf("a", { status: { allocatable: { cpu: 4, memory: "8Gi", pods: 9 }, images } });
  const volumes = [{ name: "v", image: { reference: "big:1" } }];
  const raws = both((compat) => {
    const scheduler = new Scheduler(clusterOf(compat, [node]));
    const pod = podOf("p", { containers: [{ name: "c", image: "small:1" }], volumes });
    return scheduler.score(pod, { feasible: ["a"] }).nodes[0]?.parts.ImageLocality?.raw;
  });
  expect(raws).toEqual([89, 44]);
});

describe("storage", () => {
  const config = (args: object) => ({ profiles: [{ pluginConfig: [{ name: "VolumeBinding", args }] }] });
  const shape = [
    { utilization: 0, score: 0 },
    { utilization: 100, score: 10 },
  ];
  const scoreOf = (compat: Compat, args: object) => {
    const cluster = clusterOf(compat, [nodeOf("a")]);
    const metadata = { name: "s" };
    const access = { accessModes: ["ReadWriteOnce"], storageClassName: "s" };
    cluster.upsertObject({
      kind: "StorageClass",
      metadata,
      provisioner: "p",
      volumeBindingMode: "WaitForFirstConsumer",
    });
    cluster.upsertObject({
      kind: "PersistentVolume",
      metadata: { name: "v" },
      spec: { ...access, capacity: { storage: "4Gi" } },
      status: { phase: "Available" },
    });
    cluster.upsertObject({
      kind: "PersistentVolumeClaim",
      metadata: { name: "q", namespace: "n" },
      spec: { ...access, resources: { requests: { storage: "1Gi" } } },
      status: { phase: "Pending" },
    });
    const pod = podOf("p", { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "q" } }] });
    const scheduler = new Scheduler(cluster, { config: config(args) });
    expect(scheduler.filter(pod).feasible).toEqual(["a"]);
    return scheduler.score(pod, { feasible: ["a"] }).nodes[0]?.parts.VolumeBinding?.raw;
  };

  test("is scored by how full it would be, in 1.37, along a shape that the args may give", () => {
    expect(both((compat) => scoreOf(compat, {}))).toEqual([undefined, 75]);
    expect(scoreOf("1.37", { shape })).toBe(25);
    expect(errorOf(() => scoreOf("1.36", { shape }))).toMatch(/^ERR_CONFIG .*unexpected field `shape`/);
    expect(errorOf(() => scoreOf("1.37", { shape: [...shape].reverse() }))).toMatch(
      /must be sorted in increasing order/,
    );
  });

  test("cannot be scored without the PreFilter of VolumeBinding, in 1.37", () => {
    const off = (...points: readonly string[]) => {
      const disabled = [{ name: "VolumeBinding" }];
      const plugins = Object.fromEntries([...points, "filter", "reserve"].map((point) => [point, { disabled }]));
      return { profiles: [{ plugins }] };
    };
    const said = (settings: object) =>
      both((compat) => {
        const decision = new Scheduler(clusterOf(compat, [nodeOf("a"), nodeOf("b")]), { config: settings }).schedule(
          podOf("p"),
        );
        return "message" in decision ? decision.message : decision.status;
      });
    expect(said(off())).toEqual(["placed", "placed"]);
    expect(said(off("preFilter"))).toEqual(["placed", 'running PreScore plugin "VolumeBinding": not found']);
    expect(said(off("preFilter", "preScore"))).toEqual([
      "placed",
      'running Score plugins: plugin "VolumeBinding" failed with: not found',
    ]);
    expect(said(off("preFilter", "preScore", "score"))).toEqual(["placed", "placed"]);
  });
});

test("manifests are read as an API server of the cluster's version would have stored them", () => {
  const pod = podOf("p", {
    containers: [{ name: "c", resources: { requests: { memory: "1Gi" } } }],
    resources: { requests: { cpu: "1" } },
  });
  const read = both((compat) => {
    const cluster = new Cluster({ compat });
    return readManifests(JSON.stringify({ apiVersion: "v1", kind: "Pod", ...pod }), cluster).pending[0]?.spec
      ?.resources;
  });
  expect(read).toEqual([{ requests: { cpu: "1" } }, { requests: { cpu: "1", memory: "1Gi" } }]);
});

test("a name that a version has a plugin of is taken in that version alone", () => {
  const plugin = definePlugin({ name: "DeferredPodScheduling", filter: () => {} });
  const said = both((compat) => errorOf(() => new Scheduler(clusterOf(compat, []), { plugins: [plugin] })));
  expect(said).toEqual(["", "ERR_PLUGIN plugin DeferredPodScheduling: the name is taken"]);
});
