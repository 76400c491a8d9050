/** What the doctor sends: kube-scheduler's own shapes, with Go's names, about a pod that does not exist. */

import type { Node } from "../kube/objects.js";
import type { ExtenderConfig } from "../scheduler/extender-config.js";

/** Names and a uid that no API server has given away. */
export const SAMPLE = {
  namespace: "default",
  name: "stowage-doctor-sample",
  uid: "00000000-0000-0000-0000-00000000d0c0",
};
export const SAMPLE_VICTIM_UID = "00000000-0000-0000-0000-00000000d0c1";

/** `names`: nodeCacheCapable; `nodes`: whole objects. */
export type Form = "names" | "nodes";

/** A small pod that asks for one of each managed resource, since no other pod is sent to such an extender. */
export function samplePod({ managedResources = [] }: ExtenderConfig): Record<string, unknown> {
  const managed = Object.fromEntries(managedResources.map(({ name = "" }) => [name, "1"]));
  const resources = { requests: { cpu: "10m", memory: "16Mi", ...managed }, limits: managed };
  return {
    metadata: { ...SAMPLE, creationTimestamp: "2000-01-01T00:00:00Z" },
    spec: {
      schedulerName: "default-scheduler",
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      containers: [{ name: "sample", image: "registry.k8s.io/pause:3.10", resources }],
    },
    status: { phase: "Pending", qosClass: "Burstable" },
  };
}

export function filterBody(pod: unknown, nodes: readonly Node[], form: Form): string {
  if (form === "names") return JSON.stringify({ Pod: pod, Nodes: null, NodeNames: nodes.map(nameOf) });
  // The objects of an informer have no kind.
  const items = nodes.map(
    ({ kind: _, apiVersion: __, ...node }: Node & { kind?: string; apiVersion?: string }) => node,
  );
  return JSON.stringify({ Pod: pod, Nodes: { metadata: {}, items }, NodeNames: null });
}

export function bindBody(node: string): string {
  const { namespace, name, uid } = SAMPLE;
  return JSON.stringify({ PodName: name, PodNamespace: namespace, PodUID: uid, Node: node });
}

/** A preemption whose one victim does not exist either. */
export function preemptBody(pod: unknown, node: string, form: Form): string {
  const victims =
    form === "names"
      ? { NodeNameToVictims: null, NodeNameToMetaVictims: { [node]: victimsOf({ UID: SAMPLE_VICTIM_UID }) } }
      : { NodeNameToVictims: { [node]: victimsOf(samplePodOf(SAMPLE_VICTIM_UID)) }, NodeNameToMetaVictims: null };
  return JSON.stringify({ Pod: pod, ...victims });
}

function victimsOf(pod: unknown): unknown {
  return { Pods: [pod], NumPDBViolations: 0 };
}

function samplePodOf(uid: string): unknown {
  return { metadata: { namespace: SAMPLE.namespace, name: "stowage-doctor-victim", uid }, spec: {}, status: {} };
}

export function nameOf({ metadata }: Node): string {
  return metadata?.name ?? "";
}

/** Nodes of a usual shape, for where the input has none. */
export function madeUpNodes(count: number): Node[] {
  return Array.from({ length: count }, (_, at): Node => {
    const name = `stowage-doctor-node-${at + 1}`;
    const room = { cpu: "4", memory: "16Gi", pods: "110" };
    return {
      metadata: { name, labels: { "kubernetes.io/hostname": name } },
      spec: {},
      status: { capacity: room, allocatable: room },
    };
  });
}
