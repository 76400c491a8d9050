/** Who owns what: pods to ReplicaSets to Deployments, so that nothing is counted twice. */

import type { KubeObject, OwnerReference, Pod } from "./objects.js";
import { controllerOf, namespacedName, namespaceOf } from "./objects.js";

/** Workloads of one input, to be found by what references say. */
export class OwnerIndex {
  private readonly byUid = new Map<string, KubeObject>();
  private readonly byName = new Map<string, KubeObject>();

  constructor(workloads: readonly KubeObject[]) {
    for (const workload of workloads) {
      const { kind = "", metadata } = workload;
      if (metadata?.uid) this.byUid.set(metadata.uid, workload);
      this.byName.set(keyOf(kind, namespacedName(workload)), workload);
    }
  }

  /** The workload at the top of the chain of owners that are in the input: for a pod of a ReplicaSet its Deployment. */
  rootOf(object: KubeObject): KubeObject | undefined {
    const seen = new Set<KubeObject>();
    let root: KubeObject | undefined;
    let owner = this.ownerOf(object);
    while (owner !== undefined && !seen.has(owner)) {
      seen.add(owner);
      root = owner;
      owner = this.ownerOf(owner);
    }
    return root;
  }

  private ownerOf(object: KubeObject): KubeObject | undefined {
    const references = object.metadata?.ownerReferences ?? [];
    const reference = controllerOf(object) ?? references[0];
    if (reference === undefined) return undefined;
    const namespace = namespaceOf(object);
    const byUid = reference.uid ? this.byUid.get(reference.uid) : undefined;
    return byUid ?? this.named(reference, namespace) ?? this.behindMissing(reference, object, namespace);
  }

  private named({ kind = "", name = "" }: OwnerReference, namespace: string): KubeObject | undefined {
    return this.byName.get(keyOf(kind, `${namespace}/${name}`));
  }

  /**
   * A dump of pods and Deployments lacks the ReplicaSets between them, whose names are the Deployment's and the hash
   * that the pods carry as a label. Likewise a CronJob's Jobs are called after it and their minute.
   */
  private behindMissing(reference: OwnerReference, object: KubeObject, namespace: string): KubeObject | undefined {
    const { kind, name = "" } = reference;
    if (kind === "Job") {
      const minute = /-\d+$/.exec(name);
      return minute === null
        ? undefined
        : this.named({ kind: "CronJob", name: name.slice(0, minute.index) }, namespace);
    }
    const hash = object.metadata?.labels?.["pod-template-hash"];
    if (kind !== "ReplicaSet" || !hash || !name.endsWith(`-${hash}`)) return undefined;
    return this.named({ kind: "Deployment", name: name.slice(0, -hash.length - 1) }, namespace);
  }
}

function keyOf(kind: string, name: string): string {
  return `${kind} ${name}`;
}

/** One that controls a pod. */
export interface Maker {
  /** As in Kubernetes: `ReplicaSet`. */
  readonly kind: string;
  readonly name: string;
}

/**
 * Who made a pod, by what the pod says of itself: its controller, and then who made that. A ReplicaSet carries its
 * Deployment's name in front of the pod-template-hash, a Job its CronJob's in front of the minute of the run.
 */
export function makersOf(pod: Pod): readonly Maker[] {
  const { kind = "", name } = controllerOf(pod) ?? {};
  if (!name) return [];
  const own = { kind, name };
  const hash = pod.metadata?.labels?.["pod-template-hash"];
  if (kind === "ReplicaSet" && hash && name.endsWith(`-${hash}`)) {
    return [own, { kind: "Deployment", name: name.slice(0, -hash.length - 1) }];
  }
  const [, cronJob] = (kind === "Job" && /^(.+)-\d{8,}$/.exec(name)) || [];
  return cronJob === undefined ? [own] : [own, { kind: "CronJob", name: cronJob }];
}
