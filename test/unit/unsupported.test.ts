/**
 * Method: one pod for each field that needs a plugin which is not here, and the sentence that names it; then running
 * pods whose affinity terms bear upon others; then profiles that do not run the plugin, which makes the field harmless.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Affinity, LabelSelector, Pod, PodAffinityTerm, PodSpec } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const HOSTNAME = "kubernetes.io/hostname";

function oneNode(): Cluster {
  const cluster = new Cluster();
  cluster.upsertNode({ metadata: { name: "n1" }, status: { allocatable: { cpu: 4, memory: "8Gi", pods: 10 } } });
  return cluster;
}

function pod(name: string, spec: PodSpec, namespace = "default"): Pod {
  return { metadata: { name, namespace, labels: { app: name } }, spec };
}

function answer(cluster: Cluster, asked: Pod, disabled: readonly string[] = []): string {
  const plugins = { multiPoint: { disabled: disabled.map((name) => ({ name })) } };
  const config = {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    profiles: [{ plugins }],
  };
  const decision = new Scheduler(cluster, { config }).schedule(asked);
  return decision.status === "unsupported" ? decision.message : decision.status;
}

function needs(field: string, plugin: string): string {
  return `${field} needs the plugin ${plugin}, which stowage does not have yet`;
}

describe("a pod is not placed as if it did not have", () => {
  test.each<[string, string, PodSpec]>([
    ["spec.topologySpreadConstraints", "PodTopologySpread", { topologySpreadConstraints: [{ topologyKey: HOSTNAME }] }],
    ["spec.affinity.podAffinity", "InterPodAffinity", { affinity: { podAffinity: required({ matchLabels: {} }) } }],
    ["spec.affinity.podAntiAffinity", "InterPodAffinity", { affinity: { podAntiAffinity: preferred() } }],
    ["spec.resourceClaims", "DynamicResources", { resourceClaims: [{ name: "gpu" }] }],
    ["spec.volumes[1].persistentVolumeClaim", "VolumeBinding", volumes("emptyDir", "persistentVolumeClaim")],
    ["spec.volumes[0].ephemeral", "VolumeBinding", volumes("ephemeral")],
    ["spec.volumes[0].iscsi", "VolumeRestrictions", volumes("iscsi")],
    ["spec.volumes[0].cinder", "NodeVolumeLimits", volumes("cinder")],
  ])("%s, unless the profile does without %s", (field, plugin, spec) => {
    expect(answer(oneNode(), pod("p", spec))).toBe(needs(field, plugin));
    expect(answer(oneNode(), pod("p", spec), [plugin])).toBe("placed");
  });

  test.each<[string, PodSpec]>([
    ["volumes that no plugin looks at", volumes("emptyDir", "configMap", "secret", "hostPath", "projected", "nfs")],
    ["empty lists", { topologySpreadConstraints: [], resourceClaims: [], affinity: { podAffinity: {} }, volumes: [] }],
    ["nulls", { topologySpreadConstraints: null, resourceClaims: null, affinity: null, volumes: null }],
    ["node affinity", { affinity: { nodeAffinity: {} } }],
  ])("but is placed with %s", (_what, spec) => {
    expect(answer(oneNode(), pod("p", spec))).toBe("placed");
  });

  test("and is left alone where no profile is its own", () => {
    expect(answer(oneNode(), pod("p", { schedulerName: "other", resourceClaims: [{}] }))).toBe("ignored");
  });
});

describe("a running pod's terms", () => {
  const own = (selector: LabelSelector | null, more: PodAffinityTerm = {}): Affinity => ({
    podAntiAffinity: required(selector, more),
  });

  test.each<[string, Affinity, boolean]>([
    ["a selector that matches", own({ matchLabels: { app: "web" } }), true],
    ["an empty selector", own({}), true],
    ["a selector that does not match", own({ matchLabels: { app: "db" } }), false],
    ["no selector", own(null), false],
    ["another namespace", own({}, { namespaces: ["elsewhere"] }), false],
    ["its namespace by name", own({}, { namespaces: ["elsewhere", "default"] }), true],
    ["a namespace selector, whatever it says", own({}, { namespaceSelector: { matchLabels: { x: "y" } } }), true],
    ["a preference against it", { podAntiAffinity: preferred() }, true],
    ["a need for it", { podAffinity: required({}) }, true],
  ])("with %s bear upon a pod that comes, or not", (_what, affinity, bears) => {
    const cluster = oneNode();
    cluster.upsertPod(pod("running", { nodeName: "n1", affinity }));
    const kind = affinity.podAffinity === undefined ? "podAntiAffinity" : "podAffinity";
    const field = `spec.affinity.${kind} of the running pod default/running`;
    expect(answer(cluster, pod("web", {}))).toBe(bears ? needs(field, "InterPodAffinity") : "placed");
    expect(answer(cluster, pod("web", {}), ["InterPodAffinity"])).toBe("placed");
  });

  test("mean its own namespace where they name none", () => {
    const cluster = oneNode();
    cluster.upsertPod(pod("running", { nodeName: "n1", affinity: own({}) }, "shop"));
    expect(answer(cluster, pod("web", {}, "default"))).toBe("placed");
    expect(answer(cluster, pod("web", {}, "shop"))).toContain("shop/running");
  });

  test("end with the pod", () => {
    const cluster = oneNode();
    cluster.upsertPod(pod("running", { nodeName: "n1", affinity: own({}) }));
    cluster.removePod("default/running");
    expect(answer(cluster, pod("web", {}))).toBe("placed");
  });
});

function required(labelSelector: LabelSelector | null, more: PodAffinityTerm = {}) {
  return { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: HOSTNAME, labelSelector, ...more }] };
}

function preferred() {
  const podAffinityTerm = { topologyKey: HOSTNAME, labelSelector: {} };
  return { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm }] };
}

function volumes(...sources: readonly string[]): PodSpec {
  return { volumes: sources.map((source) => ({ name: source, [source]: {} })) };
}
