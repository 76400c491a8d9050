/** Nodes and pods that do not exist, in the shapes in which API servers tell of those that do. */

import type { Node, Pod } from "../kube/objects.js";

type Named<T> = T & { readonly metadata: { readonly name: string } };

export function madeUpNode(index: number): Named<Node> {
  const name = `ip-10-0-0-${index}.example.internal`;
  const resources = { cpu: "32", memory: "64Gi", pods: "110" };
  const metadata = { name, uid: `node-${index}`, resourceVersion: "1", labels: { "kubernetes.io/hostname": name } };
  const conditions = [{ type: "Ready", status: "True", reason: "KubeletReady" }];
  return { metadata, spec: {}, status: { capacity: resources, allocatable: resources, conditions } };
}

/** On a node or without one; the same pod for the same index. */
export function madeUpPod(index: number, nodeName?: string): Pod {
  const [kind, created] = [index % 4, "2026-01-01T00:00:00Z"];
  const metadata = {
    name: `made-up-${index}`,
    ...(kind > 1 && { generateName: "made-up-" }),
    namespace: "default",
    uid: `pod-${index}`,
    // A watch tells of what came after the list.
    resourceVersion: nodeName === undefined ? "1" : String(index + 2),
    ...(kind < 3 && { generation: 1 }),
    creationTimestamp: created,
    ...(kind > 0 && { labels: { app: "made-up", "pod-template-hash": "5d9c7b8f6" } }),
    ...(kind > 2 && { annotations: { "example.com/owner": "nobody" } }),
    ...(kind > 1 && { ownerReferences: [OWNER] }),
  };
  const condition = { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime: created };
  return {
    metadata,
    spec: {
      ...(kind > 1 && { volumes: [{ name: "token", projected: { defaultMode: 420 } }] }),
      containers: [containerOf(kind)],
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      ...(kind > 1 && { serviceAccountName: "default" }),
      ...(nodeName !== undefined && { nodeName }),
      securityContext: {},
      schedulerName: "default-scheduler",
      tolerations: TOLERATIONS,
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: "PreemptLowerPriority",
    },
    status: { phase: "Pending", ...(nodeName !== undefined && { conditions: [condition] }), qosClass: "Burstable" },
  } as Pod;
}

function containerOf(kind: number): object {
  return {
    name: "main",
    image: "registry.example/made-up:1",
    ...(kind > 1 && { ports: [{ containerPort: 8080, protocol: "TCP" }] }),
    ...(kind > 0 && { env: [{ name: "MODE", value: "made-up" }] }),
    resources: { ...(kind > 0 && { limits: { memory: "128Mi" } }), requests: { cpu: "100m", memory: "128Mi" } },
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: "IfNotPresent",
  };
}

const OWNER = {
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  name: "made-up",
  uid: "set",
  controller: true,
  blockOwnerDeletion: true,
};

const TOLERATIONS = ["not-ready", "unreachable"].map((taint) => ({
  key: `node.kubernetes.io/${taint}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
}));
