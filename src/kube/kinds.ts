/** Which objects are read, by API group and kind: `batch.volcano.sh` has a Job too, and it is another thing. */

import type { Issue } from "../errors.js";
import type { KubeObject, NamedObject, ObjectKind } from "./objects.js";

/** Kinds that scheduling reads, directly or through the pods they make. */
const GROUPS_BY_KIND = {
  Node: [""],
  Pod: [""],
  Namespace: [""],
  LimitRange: [""],
  PodTemplate: [""],
  ReplicationController: [""],
  Deployment: ["apps", "extensions"],
  ReplicaSet: ["apps", "extensions"],
  StatefulSet: ["apps"],
  DaemonSet: ["apps", "extensions"],
  Job: ["batch"],
  CronJob: ["batch"],
  PriorityClass: ["scheduling.k8s.io"],
  RuntimeClass: ["node.k8s.io"],
  HorizontalPodAutoscaler: ["autoscaling"],
  Service: [""],
  PersistentVolume: [""],
  PersistentVolumeClaim: [""],
  StorageClass: ["storage.k8s.io"],
  CSINode: ["storage.k8s.io"],
  CSIDriver: ["storage.k8s.io"],
  CSIStorageCapacity: ["storage.k8s.io"],
  VolumeAttachment: ["storage.k8s.io"],
  PodDisruptionBudget: ["policy"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ReadKind = keyof typeof GROUPS_BY_KIND;

const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  "Node",
  "Namespace",
  "PriorityClass",
  "RuntimeClass",
  "PersistentVolume",
  "StorageClass",
  "CSINode",
  "CSIDriver",
  "VolumeAttachment",
]);

const OBJECT_KINDS: Readonly<Record<ObjectKind, true>> = {
  Namespace: true,
  Service: true,
  ReplicationController: true,
  ReplicaSet: true,
  StatefulSet: true,
  PersistentVolume: true,
  PersistentVolumeClaim: true,
  StorageClass: true,
  CSINode: true,
  CSIDriver: true,
  CSIStorageCapacity: true,
  VolumeAttachment: true,
  PodDisruptionBudget: true,
};

/** Custom resources whose controllers make pods, by API group; "*" stands for every kind of the group. */
const POD_MAKERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["monitoring.coreos.com", ["Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler"]],
  ["argoproj.io", ["Rollout", "Workflow", "CronWorkflow"]],
  ["apps.kruise.io", ["CloneSet", "StatefulSet", "DaemonSet", "BroadcastJob", "AdvancedCronJob", "SidecarSet"]],
  ["batch.volcano.sh", ["*"]],
  ["kubeflow.org", ["*"]],
  ["ray.io", ["*"]],
  ["sparkoperator.k8s.io", ["*"]],
  ["flink.apache.org", ["*"]],
  ["jobset.x-k8s.io", ["JobSet"]],
  ["leaderworkerset.x-k8s.io", ["LeaderWorkerSet"]],
  ["serving.knative.dev", ["Service", "Configuration", "Revision"]],
  ["serving.kserve.io", ["InferenceService"]],
  ["postgresql.cnpg.io", ["Cluster", "Pooler"]],
  ["acid.zalan.do", ["postgresql"]],
  ["kafka.strimzi.io", ["Kafka", "KafkaConnect", "KafkaMirrorMaker2", "KafkaBridge", "KafkaNodePool"]],
  ["elasticsearch.k8s.elastic.co", ["Elasticsearch"]],
  ["kibana.k8s.elastic.co", ["Kibana"]],
  ["rabbitmq.com", ["RabbitmqCluster"]],
  ["mongodbcommunity.mongodb.com", ["MongoDBCommunity"]],
  ["psmdb.percona.com", ["PerconaServerMongoDB"]],
  ["pxc.percona.com", ["PerconaXtraDBCluster"]],
  ["redis.redis.opstreelabs.in", ["*"]],
  ["opentelemetry.io", ["OpenTelemetryCollector"]],
  ["jaegertracing.io", ["Jaeger"]],
  ["keda.sh", ["ScaledJob"]],
  ["tekton.dev", ["PipelineRun", "TaskRun"]],
  ["kubevirt.io", ["VirtualMachine", "VirtualMachineInstance", "VirtualMachineInstanceReplicaSet"]],
]);

/** The API group of `apiVersion: group/version`; "" for the core group, undefined when there is no apiVersion. */
export function groupOf(object: NamedObject): string | undefined {
  const { apiVersion } = object;
  if (typeof apiVersion !== "string" || apiVersion === "") return undefined;
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

/** The kind, if it is one that is read. An object without apiVersion is taken for what its kind says. */
export function readKindOf(object: NamedObject): ReadKind | undefined {
  const { kind } = object;
  if (kind === undefined || !Object.hasOwn(GROUPS_BY_KIND, kind)) return undefined;
  const group = groupOf(object);
  const groups: readonly string[] = GROUPS_BY_KIND[kind as ReadKind];
  return group === undefined || groups.includes(group) ? (kind as ReadKind) : undefined;
}

/** Whether objects of this kind are kept for plugins to look at, beside nodes and pods. */
export function isObjectKind(kind: unknown): kind is ObjectKind {
  return typeof kind === "string" && Object.hasOwn(OBJECT_KINDS, kind);
}

/** Whether objects of a kind that is read have no namespace. */
export function isClusterScoped(kind: string): boolean {
  return CLUSTER_SCOPED.has(kind);
}

/** Whether the object is of a kind whose controller makes pods that nothing here can foresee. */
export function isPodMaker(object: KubeObject): boolean {
  const kinds = POD_MAKERS.get(groupOf(object) ?? "") ?? [];
  return kinds.includes("*") || kinds.includes(object.kind ?? "");
}

/** "Kind namespace/name", or "Kind name" for what has no namespace, as far as it can be read. */
export function objectLabel(object: NamedObject): string {
  const { kind = "object", metadata } = object;
  const name = readable(metadata?.name) ?? readable(metadata?.generateName) ?? "";
  if (name === "") return kind;
  if (isClusterScoped(kind)) return `${kind} ${name}`;
  return `${kind} ${readable(metadata?.namespace) ?? "default"}/${name}`;
}

function readable(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** An issue of an object; file and line follow from where the object was read. */
export interface ObjectIssue {
  readonly object: KubeObject;
  readonly issue: Issue;
}
