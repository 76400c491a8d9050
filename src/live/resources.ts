/** What is listed and watched: which resources there are, who needs them, and the rights that takes. */

import type { ObjectKind } from "../kube/objects.js";

export interface Resource {
  /** As RBAC and URLs call it. */
  readonly name: string;
  /** The API group; "" for the core. */
  readonly group: string;
  /** Where it is listed over all namespaces. */
  readonly path: string;
  readonly kind: ObjectKind | "Node" | "Pod";
  readonly fieldSelector?: string;
}

const CORE = "/api/v1";
const APPS = "/apis/apps/v1";
const STORAGE = "/apis/storage.k8s.io/v1";

const TABLE = {
  nodes: { group: "", path: `${CORE}/nodes`, kind: "Node" },
  // As kube-scheduler's own informer: for who watches so, a pod that finishes is deleted.
  pods: {
    group: "",
    path: `${CORE}/pods`,
    kind: "Pod",
    fieldSelector: "status.phase!=Succeeded,status.phase!=Failed",
  },
  namespaces: { group: "", path: `${CORE}/namespaces`, kind: "Namespace" },
  services: { group: "", path: `${CORE}/services`, kind: "Service" },
  replicationcontrollers: { group: "", path: `${CORE}/replicationcontrollers`, kind: "ReplicationController" },
  replicasets: { group: "apps", path: `${APPS}/replicasets`, kind: "ReplicaSet" },
  statefulsets: { group: "apps", path: `${APPS}/statefulsets`, kind: "StatefulSet" },
  persistentvolumes: { group: "", path: `${CORE}/persistentvolumes`, kind: "PersistentVolume" },
  persistentvolumeclaims: { group: "", path: `${CORE}/persistentvolumeclaims`, kind: "PersistentVolumeClaim" },
  storageclasses: { group: "storage.k8s.io", path: `${STORAGE}/storageclasses`, kind: "StorageClass" },
  csinodes: { group: "storage.k8s.io", path: `${STORAGE}/csinodes`, kind: "CSINode" },
  csidrivers: { group: "storage.k8s.io", path: `${STORAGE}/csidrivers`, kind: "CSIDriver" },
  csistoragecapacities: {
    group: "storage.k8s.io",
    path: `${STORAGE}/csistoragecapacities`,
    kind: "CSIStorageCapacity",
  },
  volumeattachments: { group: "storage.k8s.io", path: `${STORAGE}/volumeattachments`, kind: "VolumeAttachment" },
  poddisruptionbudgets: {
    group: "policy",
    path: "/apis/policy/v1/poddisruptionbudgets",
    kind: "PodDisruptionBudget",
  },
} as const satisfies Readonly<Record<string, Omit<Resource, "name">>>;

export type ResourceName = keyof typeof TABLE;

/** Every resource that a plugin may look at, in the order in which they are told in tables. */
export const RESOURCE_NAMES = Object.keys(TABLE) as readonly ResourceName[];

const ALWAYS: readonly ResourceName[] = ["nodes", "pods"];
const VOLUMES: readonly ResourceName[] = [
  "persistentvolumes",
  "persistentvolumeclaims",
  "storageclasses",
  "csinodes",
  "csidrivers",
  "csistoragecapacities",
  "volumeattachments",
];

/** What plugins look at beside nodes and pods. */
const NEEDED_BY: Readonly<Record<string, readonly ResourceName[]>> = {
  InterPodAffinity: ["namespaces"],
  PodTopologySpread: ["services", "replicationcontrollers", "replicasets", "statefulsets"],
  VolumeBinding: VOLUMES,
  VolumeRestrictions: ["persistentvolumeclaims"],
  VolumeZone: ["persistentvolumes", "persistentvolumeclaims", "storageclasses"],
  NodeVolumeLimits: VOLUMES,
  DefaultPreemption: ["poddisruptionbudgets"],
};

export function resourceOf(name: ResourceName): Resource {
  return { name, ...TABLE[name] };
}

/** The names of a profile's plugins, by the points at which they look at objects. */
export interface PluginLists {
  readonly preFilter: readonly string[];
  readonly filter: readonly string[];
  readonly postFilter: readonly string[];
  readonly preScore: readonly string[];
  readonly score: readonly { readonly name: string }[];
  readonly reserve: readonly string[];
}

/** What the plugins of these profiles look at. */
export function resourcesOf(profiles: readonly PluginLists[]): readonly ResourceName[] {
  const plugins = profiles.flatMap(({ preFilter, filter, postFilter, preScore, score, reserve }) => [
    ...[preFilter, filter, postFilter, preScore, reserve].flat(),
    ...score.map(({ name }) => name),
  ]);
  const needed = new Set([...ALWAYS, ...plugins.flatMap((plugin) => NEEDED_BY[plugin] ?? [])]);
  return RESOURCE_NAMES.filter((name) => needed.has(name));
}

/** A rule of a ClusterRole. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * The least that a ClusterRole must grant.
 *
 * @param resources what is listed and watched
 * @param binds whether pods are bound, too
 */
export function policyRules(resources: readonly ResourceName[], binds: boolean): readonly PolicyRule[] {
  const listed = resources.map(resourceOf);
  const reads = [...new Set(listed.map(({ group }) => group))].map((group) => ({
    apiGroups: [group],
    resources: listed.filter((each) => each.group === group).map(({ name }) => name),
    verbs: ["list", "watch"],
  }));
  if (!binds) return reads;
  return [
    ...reads,
    // A binding whose answer was lost is looked for before it is repeated.
    { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
    { apiGroups: [""], resources: ["pods/binding"], verbs: ["create"] },
  ];
}
