/** Nodes and pods for the cases, as one would POST them. */

import type { ApiNode, ApiPod } from "./api.js";

/** Quantities by resource name, such as `{ cpu: "500m" }`. */
type Quantities = Readonly<Record<string, string>>;

export interface NodeOptions {
  readonly allocatable?: Quantities;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A ready node. Its status may be given when it is created, which is not so for a pod. */
export function nodeOf(name: string, { allocatable = {}, labels = {}, annotations = {} }: NodeOptions = {}): ApiNode {
  const resources = { cpu: "32", memory: "64Gi", pods: "110", ...allocatable };
  const node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels }, annotations },
    status: {
      capacity: resources,
      allocatable: resources,
      conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }],
    },
  };
  return node;
}

/** Stands in the environment of every pod, and must stand in no log. */
export const POD_SECRET = "a-secret-of-the-pod";

export interface PodOptions {
  readonly requests?: Quantities;
  readonly labels?: Readonly<Record<string, string>>;
  /** Further fields of the spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** A pod that asks for little, and is gone at once when it is deleted. */
export function podOf(name: string, { requests = {}, labels = {}, spec = {} }: PodOptions = {}): ApiPod {
  const all = { cpu: "100m", memory: "128Mi", ...requests };
  // An extended resource must be limited to what it requests.
  const limits = Object.fromEntries(Object.entries(all).filter(([resource]) => resource.includes("/")));
  const container = {
    name: "main",
    image: "registry.example/main:1",
    env: [{ name: "PASSWORD", value: POD_SECRET }],
    resources: { requests: all, limits },
  };
  const whole = { containers: [container], terminationGracePeriodSeconds: 0, ...spec };
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default", labels }, spec: whole };
}
