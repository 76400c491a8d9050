/**
 * Kubernetes objects into a cluster: nodes, bound pods and what plugins look at beside them are taken in, everything that
 * waits for a node is handed back.
 */

import { type Issue, StowageError } from "../errors.js";
import { objectLabel } from "../kube/kinds.js";
import { isFinished, type KubeObject, type NamedObject, type Node, type Pod } from "../kube/objects.js";
import { validateObject } from "../kube/validate.js";
import { expandWorkloads, sortObjects } from "../kube/workloads.js";
import type { Cluster } from "./cluster.js";

export interface ReadObjects {
  /** Pods without a node, in the order of the input; of workloads, those that their controllers would still make. */
  readonly pending: readonly Pod[];
  /** Errors: objects that were left out. Warnings: read, but look at them. */
  readonly issues: readonly Issue[];
}

export interface ReadOptions {
  /**
   * The objects are those of `parseManifests`, which has checked them and made the pods of workloads. Default false: each
   * is checked, and workloads are expanded.
   */
  readonly areChecked?: boolean;
}

/**
 * Reads objects of any client, or any other plain data: nodes, pods, workloads, which become the pods and claims that
 * their controllers would make, and the other kinds that plugins look at. Kinds that scheduling does not read are passed
 * over. Objects are taken as an API server would have stored them; for manifests as people write them, use
 * `readManifests` of `stowage/manifests`.
 */
export function readObjects(objects: Iterable<object>, cluster: Cluster, options: ReadOptions = {}): ReadObjects {
  const issues: Issue[] = [];
  const expansion =
    options.areChecked === true
      ? sortObjects(objects as Iterable<KubeObject>)
      : expandWorkloads(Array.from(objects, withKind).filter((object) => isValid(object, issues)));
  issues.push(...expansion.issues.map(({ object, issue }) => ({ object: objectLabel(object), ...issue })));
  cluster.state.expectNodes(expansion.nodes.length);
  for (const node of expansion.nodes) take(node, issues, () => cluster.upsertNode(node));
  for (const objects of [expansion.namespaces, expansion.objects]) {
    for (const object of objects) take(object, issues, () => cluster.upsertObject(object));
  }
  const pending: Pod[] = [];
  for (const pod of expansion.pods) {
    take(pod, issues, () => {
      if (pod.spec?.nodeName) takeBound(pod, cluster, issues);
      else if (isFinished(pod)) cluster.upsertPod(pod);
      else pending.push(readable(pod, cluster));
    });
  }
  return { pending, issues };
}

/** Items of a client's list carry no kind; nodes and pods are told by what only they have. */
function withKind(object: object): KubeObject {
  if ("kind" in object) return object as KubeObject;
  const { spec, status } = object as Pod & Node;
  if (spec?.containers !== undefined) return { ...object, apiVersion: "v1", kind: "Pod" };
  if (status?.allocatable !== undefined || status?.capacity !== undefined) {
    return { ...object, apiVersion: "v1", kind: "Node" };
  }
  return { ...object };
}

/** Checks an object; one with an error is left out. */
function isValid(object: KubeObject, issues: Issue[]): boolean {
  const found: Issue[] = [];
  validateObject(object, found);
  issues.push(...found);
  return !found.some(({ severity }) => severity === "error");
}

/** Takes one object in; what only the cluster can see (a sum that is too large) becomes an issue of that object. */
function take(object: NamedObject, issues: Issue[], into: () => void): void {
  try {
    into();
  } catch (error) {
    if (!(error instanceof StowageError) || error.code === "ERR_INTERNAL") throw error;
    const { message, details } = error;
    const path = typeof details.path === "string" ? details.path : "";
    const words = typeof details.reason === "string" ? details.reason : message;
    issues.push({ code: "unreadable", severity: "error", message: words, path, object: objectLabel(object) });
  }
}

/** A pod that is sure to be understood when it is scheduled. */
function readable(pod: Pod, cluster: Cluster): Pod {
  cluster.state.shapes.of(pod);
  return pod;
}

function takeBound(pod: Pod, cluster: Cluster, issues: Issue[]): void {
  cluster.upsertPod(pod);
  const nodeName = pod.spec?.nodeName ?? "";
  if (isFinished(pod) || cluster.node(nodeName) !== undefined) return;
  issues.push({
    code: "unknown-node",
    severity: "warning",
    message: `no node is called ${nodeName}; the pod takes no room`,
    path: "spec.nodeName",
    object: objectLabel(pod),
  });
}
