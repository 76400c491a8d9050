/** Who owns what: pods to ReplicaSets to Deployments, so that nothing is counted twice. */

import type { KubeObject, OwnerReference } from "./objects.js";
import { namespacedName } from "./objects.js";

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
    const reference = references.find(({ controller }) => controller === true) ?? references[0];
    if (reference === undefined) return undefined;
    const namespace = object.metadata?.namespace || "default";
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
