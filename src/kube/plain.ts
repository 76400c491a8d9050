/**
 * Nodes and pods for orchestrators that are not Kubernetes: `{ name, allocatable }` and `{ name, requests }`, with any
 * resource names. They are turned into Kubernetes objects once, so there is one way through the engine.
 */

import { StowageError, shown } from "../errors.js";
import type { Node, Pod, ResourceList, StringMap, Taint, Toleration } from "./objects.js";

export interface PlainNode {
  readonly name: string;
  /** Any names: `{ cpu: 4, memory: "16Gi", players: 100 }`. `pods` limits how many pods; without it there is no limit. */
  readonly allocatable: ResourceList;
  readonly labels?: StringMap;
  readonly taints?: readonly Taint[];
}

export interface PlainPod {
  readonly name: string;
  readonly namespace?: string;
  readonly requests?: ResourceList;
  readonly labels?: StringMap;
  readonly nodeSelector?: StringMap;
  readonly tolerations?: readonly Toleration[];
  readonly priority?: number;
  /** The node it runs on already. */
  readonly nodeName?: string;
}

export type NodeInput = Node | PlainNode;
export type PodInput = Pod | PlainPod;

/** More pods than any node holds; the limit of a node that names none. */
const NO_POD_LIMIT = 2 ** 31;

/** Conversions, so that an object given twice is the same object inside. */
const nodes = new WeakMap<PlainNode, Node>();
const pods = new WeakMap<PlainPod, Pod>();
const plainObjects = new WeakSet<Node | Pod>();

/** Whether an object came in plain form, so that every resource name of it counts. */
export function isFromPlain(object: Node | Pod): boolean {
  return plainObjects.has(object);
}

/** A changed copy of an object, which is as plain as the object was. */
export function changedCopy<T extends Node | Pod>(object: T, copy: T): T {
  if (plainObjects.has(object)) plainObjects.add(copy);
  return copy;
}

/** Where a field of the object stands in the form in which the object was given. */
export function pathAsGiven(object: Node | Pod, path: string): string {
  return isFromPlain(object) ? path.replace(/^(?:spec\.containers\[0\]\.resources|metadata|spec|status)\./, "") : path;
}

/** @throws StowageError ERR_OBJECT for what is no object, or a plain node without resources, as code without types may give */
export function toNode(input: NodeInput): Node {
  if (typeof input !== "object" || input === null) throw notAnObject("node", input);
  if (!("name" in input)) return input;
  const known = nodes.get(input);
  if (known !== undefined) return known;
  const { name, allocatable, labels = {}, taints = [] } = input;
  if (typeof allocatable !== "object" || allocatable === null) {
    throw new StowageError("ERR_OBJECT", { path: "allocatable", reason: "is not a map of resources" });
  }
  const node: Node = {
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } },
    spec: { taints },
    status: { allocatable: { pods: NO_POD_LIMIT, ...allocatable } },
  };
  nodes.set(input, node);
  plainObjects.add(node);
  return node;
}

/** @throws StowageError ERR_OBJECT as {@link toNode} does */
export function toPod(input: PodInput): Pod {
  if (typeof input !== "object" || input === null) throw notAnObject("pod", input);
  if (!("name" in input)) return input;
  const known = pods.get(input);
  if (known !== undefined) return known;
  const {
    name,
    namespace = "default",
    labels = {},
    requests = {},
    nodeSelector,
    tolerations,
    priority,
    nodeName,
  } = input;
  const pod: Pod = {
    metadata: { name, namespace, labels },
    spec: {
      containers: [{ name, resources: { requests } }],
      ...(nodeSelector === undefined ? {} : { nodeSelector }),
      ...(tolerations === undefined ? {} : { tolerations }),
      ...(priority === undefined ? {} : { priority }),
      ...(nodeName === undefined ? {} : { nodeName }),
    },
  };
  pods.set(input, pod);
  plainObjects.add(pod);
  return pod;
}

export function notAnObject(path: string, input: unknown): StowageError {
  return new StowageError("ERR_OBJECT", { path, reason: `${shown(input)} is not an object` });
}
