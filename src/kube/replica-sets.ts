/**
 * The ReplicaSets between a Deployment and its pods: those of the input, and those that its controller would have made.
 * Source: k8s 1.36 pkg/controller/deployment/sync.go.
 */

import type { KubeObject, LabelSelector, Pod, PodTemplateSpec, StringMap } from "./objects.js";
import { namespaceOf } from "./objects.js";
import { baseName, ownerReference, type Workload } from "./workload.js";

const HASH_LABEL = "pod-template-hash";
const REVISION_ANNOTATION = "deployment.kubernetes.io/revision";

/** The ReplicaSets of one Deployment. */
export interface ReplicaSets {
  /** The one that new pods are made for. */
  readonly current: Workload;
  /** Those that are not in the input; the current one may be among them. */
  readonly missing: readonly Workload[];
}

/**
 * @param known the Deployment's own ReplicaSets in the input
 * @param pods the Deployment's own pods in the input
 */
export function replicaSetsOf(deployment: Workload, known: readonly Workload[], pods: readonly Pod[]): ReplicaSets {
  const missing = behindPods(deployment, known, pods);
  const [first, ...others] = [...known, ...missing];
  if (first !== undefined) {
    const current = others.reduce((best, one) => (revisionOf(one) > revisionOf(best) ? one : best), first);
    return { current, missing };
  }
  const hash = templateHash(deployment.spec?.template);
  const current = newReplicaSet(deployment, `${baseName(deployment)}-${hash}`, hash);
  return { current, missing: [current] };
}

/** The Deployment's template as its ReplicaSet has it: labelled, so that pods of two templates are told apart. */
export function labelledTemplate(deployment: Workload, replicaSet: Workload): PodTemplateSpec {
  const hash = replicaSet.metadata?.labels?.[HASH_LABEL] ?? replicaSet.spec?.selector?.matchLabels?.[HASH_LABEL];
  return withHash(deployment.spec?.template, hash === undefined ? {} : { [HASH_LABEL]: hash });
}

/** The ReplicaSet with `replicas` pods asked for. */
export function scaled(replicaSet: Workload, replicas: number): Workload {
  return { ...replicaSet, spec: { ...replicaSet.spec, replicas } };
}

/** The name of the ReplicaSet that controls a pod. */
export function replicaSetNameOf({ metadata }: Pod): string | undefined {
  return metadata?.ownerReferences?.find(({ controller, kind }) => controller === true && kind === "ReplicaSet")?.name;
}

/** What pods refer to and the input lacks, in the order of the pods. */
function behindPods(deployment: Workload, known: readonly Workload[], pods: readonly Pod[]): Workload[] {
  const names = new Set(known.map((one) => one.metadata?.name));
  const missing: Workload[] = [];
  for (const pod of pods) {
    const name = replicaSetNameOf(pod);
    const hash = pod.metadata?.labels?.[HASH_LABEL];
    if (name === undefined || hash === undefined || names.has(name)) continue;
    names.add(name);
    missing.push(newReplicaSet(deployment, name, hash));
  }
  return missing;
}

function newReplicaSet(deployment: Workload, name: string, hash: string): Workload {
  const own: StringMap = { [HASH_LABEL]: hash };
  const template = withHash(deployment.spec?.template, own);
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name,
      namespace: namespaceOf(deployment),
      labels: template.metadata?.labels ?? own,
      ownerReferences: [ownerReference(deployment)],
    },
    spec: { selector: selectorOf(deployment, own), template },
  };
}

/** A Deployment of old API groups may leave its selector out: it then selects by the labels of its template. */
function selectorOf({ spec }: Workload, own: StringMap): LabelSelector {
  const selector = spec?.selector ?? { matchLabels: spec?.template?.metadata?.labels ?? {} };
  return { ...selector, matchLabels: { ...selector.matchLabels, ...own } };
}

function withHash(template: PodTemplateSpec | undefined, own: StringMap): PodTemplateSpec {
  const { metadata } = template ?? {};
  return { ...template, metadata: { ...metadata, labels: { ...metadata?.labels, ...own } } };
}

/** The controller counts revisions up; the highest is the one it last worked towards. */
function revisionOf({ metadata }: KubeObject): number {
  return Number(metadata?.annotations?.[REVISION_ANNOTATION] ?? 0) || 0;
}

/** FNV-1a of the template. It is not the cluster's hash, which is of Go's memory; only equality means anything. */
function templateHash(template: PodTemplateSpec | undefined): string {
  const text = JSON.stringify(template ?? {});
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
