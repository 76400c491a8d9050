/** Workloads as far as making their pods reads them. Their shape has been checked by validateObject. */

import type { ReadKind } from "./kinds.js";
import type {
  KubeObject,
  LabelSelector,
  OwnerReference,
  PersistentVolumeClaimTemplate,
  PodTemplateSpec,
} from "./objects.js";
import { namespaceOf } from "./objects.js";

export interface Workload extends KubeObject {
  readonly spec?: {
    readonly replicas?: number | null;
    readonly parallelism?: number | null;
    readonly completions?: number | null;
    readonly completionMode?: string | null;
    readonly suspend?: boolean | null;
    readonly paused?: boolean | null;
    readonly ordinals?: { readonly start?: number } | null;
    readonly selector?: LabelSelector | null;
    readonly template?: PodTemplateSpec;
    readonly volumeClaimTemplates?: readonly PersistentVolumeClaimTemplate[] | null;
    readonly jobTemplate?: { readonly spec?: Workload["spec"] };
    readonly minReplicas?: number;
    readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string };
  };
  readonly status?: {
    readonly succeeded?: unknown;
    readonly completedIndexes?: unknown;
    readonly failedIndexes?: unknown;
    readonly conditions?: readonly { readonly type?: unknown; readonly status?: unknown }[] | null;
  };
}

/** Kinds whose controllers make pods, and the version in which those write themselves into `ownerReferences`. */
const CONTROLLER_VERSIONS: Readonly<Partial<Record<ReadKind, string>>> = {
  Deployment: "apps/v1",
  ReplicaSet: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  ReplicationController: "v1",
  Job: "batch/v1",
  CronJob: "batch/v1",
};

export function isWorkloadKind(kind: ReadKind): boolean {
  return CONTROLLER_VERSIONS[kind] !== undefined;
}

/** How what a workload makes refers to it; one that was never stored gets a uid that says which it is. */
export function ownerReference(workload: KubeObject): OwnerReference {
  const { kind = "", metadata } = workload;
  const name = baseName(workload);
  const uid = metadata?.uid || `${kind.toLowerCase()}-${namespaceOf(workload)}-${name}`;
  const apiVersion = CONTROLLER_VERSIONS[kind as ReadKind] ?? "v1";
  return { apiVersion, kind, name, uid, controller: true };
}

/** What the names of made pods begin with. */
export function baseName({ metadata }: KubeObject): string {
  return metadata?.name || (metadata?.generateName ?? "").replace(/-$/, "");
}
