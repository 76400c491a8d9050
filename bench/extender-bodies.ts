/** Worlds and bodies for the bench of the extender, as kube-scheduler sends them. */

import type { Node, Pod } from "../src/kube/objects.js";
import { PLAIN, templatePods, worldLoad, worldNodes } from "./worlds.js";

/** As long as names of cloud machines are. */
function longName(index: number): string {
  return `ip-10-${index >> 16}-${(index >> 8) & 255}-${index & 255}.eu-west-1.compute.internal`;
}

export function benchNodes(count: number, seed: string): Node[] {
  return worldNodes(count, "plain", seed).map((node, index) => ({
    ...node,
    metadata: { ...node.metadata, name: longName(index), uid: `node-${index}` },
  }));
}

/** Pods that run on these nodes already, as manifests have them. */
export function benchLoad(nodes: readonly Node[], seed: string): object[] {
  return worldLoad(nodes, seed).map(({ pod, node }) => ({
    apiVersion: "v1",
    kind: "Pod",
    ...pod,
    spec: { ...pod.spec, nodeName: node },
  }));
}

export function benchPod(seed: string): Pod {
  const [pod] = templatePods(PLAIN, seed);
  return { ...pod, metadata: { ...pod?.metadata, name: "incoming", namespace: "default", uid: "incoming" } };
}

export function namesBody(pod: Pod, nodes: readonly Node[]): Buffer {
  const names = nodes.map(({ metadata }) => metadata?.name);
  return Buffer.from(JSON.stringify({ Pod: pod, Nodes: null, NodeNames: names }));
}

/** Each with 25 labels, 4 conditions and the 50 images that a kubelet reports: about 15 KB. */
export function wholeBody(pod: Pod, nodes: readonly Node[]): Buffer {
  const items = nodes.map((node, index) => ({
    ...node,
    metadata: { ...node.metadata, labels: { ...node.metadata?.labels, ...manyLabels() } },
    status: { ...node.status, conditions: CONDITIONS, images: imagesOf(index) },
  }));
  return Buffer.from(JSON.stringify({ Pod: pod, Nodes: { metadata: {}, items }, NodeNames: null }));
}

function manyLabels(): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`label.example.com/number-${index}`, `value-${index}`]),
  );
}

const CONDITIONS = ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"].map((type) => ({
  type,
  status: type === "Ready" ? "True" : "False",
  lastHeartbeatTime: "2026-01-01T00:00:00Z",
  lastTransitionTime: "2026-01-01T00:00:00Z",
  reason: `KubeletHas${type}`,
  message: "kubelet has sufficient of everything that this condition is about",
}));

function imagesOf(node: number): object[] {
  return Array.from({ length: 50 }, (_, index) => {
    const digest = `${node * 50 + index}`.padStart(64, "0123456789abcdef");
    const repository = `registry.example.com/team-${index % 7}/service-${index}`;
    return { names: [`${repository}@sha256:${digest}`, `${repository}:v1.${index}.0`], sizeBytes: 100_000_000 + index };
  });
}
