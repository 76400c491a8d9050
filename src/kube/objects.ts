/**
 * The Kubernetes objects that scheduling reads, as narrow structural types: an object of any client fits, and no field
 * that nothing here reads is named. Every field may be missing, as in a raw manifest. Units are Kubernetes' own.
 */

import type { InTreeVolumeSources, ISCSIVolumeSource, RBDVolumeSource, UnreadVolumeSources } from "./volume-sources.js";

/** A quantity as written: `"500m"`, `"16Gi"`, `2`. */
export type QuantityText = string | number;
export type ResourceList = Readonly<Record<string, QuantityText>>;
export type StringMap = Readonly<Record<string, string>>;

export interface OwnerReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly controller?: boolean;
}

export interface ObjectMeta {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
  readonly creationTimestamp?: string | Date | null;
  readonly deletionTimestamp?: string | Date | null;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** What every object has. */
export interface NamedObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
}

/** Anything with a kind; what readers sort by. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
  readonly [field: string]: unknown;
}

export type TaintEffect = "NoSchedule" | "PreferNoSchedule" | "NoExecute";

export interface Taint {
  readonly key?: string;
  readonly value?: string;
  readonly effect?: TaintEffect | string;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: "Exists" | "Equal" | string;
  readonly value?: string;
  readonly effect?: TaintEffect | string;
  readonly tolerationSeconds?: number;
}

export interface ContainerImage {
  readonly names?: readonly string[] | null;
  /** Bytes. */
  readonly sizeBytes?: number;
}

export interface NodeCondition {
  readonly type?: string;
  readonly status?: "True" | "False" | "Unknown" | string;
}

export interface Node {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly Taint[] | null;
  };
  readonly status?: {
    readonly allocatable?: ResourceList;
    readonly capacity?: ResourceList;
    readonly images?: readonly ContainerImage[] | null;
    readonly conditions?: readonly NodeCondition[] | null;
    readonly declaredFeatures?: readonly string[] | null;
  };
}

export interface Requirement {
  readonly key?: string;
  readonly operator?: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" | string;
  readonly values?: readonly string[] | null;
}

/** metav1.LabelSelector: nil matches nothing, `{}` matches everything. */
export interface LabelSelector {
  readonly matchLabels?: StringMap | null;
  readonly matchExpressions?: readonly Requirement[] | null;
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly Requirement[] | null;
  readonly matchFields?: readonly Requirement[] | null;
}

export interface NodeSelector {
  readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] | null;
}

export interface PreferredSchedulingTerm {
  readonly weight?: number;
  readonly preference?: NodeSelectorTerm;
}

export interface NodeAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector | null;
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly PreferredSchedulingTerm[] | null;
}

export interface PodAffinityTerm {
  readonly labelSelector?: LabelSelector | null;
  readonly namespaces?: readonly string[] | null;
  readonly namespaceSelector?: LabelSelector | null;
  readonly topologyKey?: string;
  readonly matchLabelKeys?: readonly string[] | null;
  readonly mismatchLabelKeys?: readonly string[] | null;
}

export interface WeightedPodAffinityTerm {
  readonly weight?: number;
  readonly podAffinityTerm?: PodAffinityTerm;
}

export interface PodAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] | null;
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly WeightedPodAffinityTerm[] | null;
}

export interface Affinity {
  readonly nodeAffinity?: NodeAffinity | null;
  readonly podAffinity?: PodAffinity | null;
  readonly podAntiAffinity?: PodAffinity | null;
}

export interface TopologySpreadConstraint {
  readonly maxSkew?: number;
  readonly topologyKey?: string;
  readonly whenUnsatisfiable?: "DoNotSchedule" | "ScheduleAnyway" | string;
  readonly labelSelector?: LabelSelector | null;
  readonly minDomains?: number | null;
  readonly nodeAffinityPolicy?: string | null;
  readonly nodeTaintsPolicy?: string | null;
  readonly matchLabelKeys?: readonly string[] | null;
}

export interface ResourceRequirements {
  readonly requests?: ResourceList | null;
  readonly limits?: ResourceList | null;
  readonly claims?: readonly unknown[] | null;
}

export interface ContainerPort {
  readonly name?: string;
  readonly containerPort?: number;
  readonly hostPort?: number;
  readonly hostIP?: string;
  readonly protocol?: string;
}

export interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly resources?: ResourceRequirements | null;
  readonly ports?: readonly ContainerPort[] | null;
  /** On init containers: "Always" makes a sidecar. */
  readonly restartPolicy?: string;
}

export interface PersistentVolumeClaimVolumeSource {
  readonly claimName?: string;
  readonly readOnly?: boolean;
}

export interface PersistentVolumeClaimTemplate {
  readonly metadata?: ObjectMeta;
  readonly spec?: PersistentVolumeClaimSpec;
}

export interface EphemeralVolumeSource {
  /** The claim is called `POD-VOLUME` and belongs to the pod. */
  readonly volumeClaimTemplate?: PersistentVolumeClaimTemplate | null;
}

/** A volume of a pod. One source is set; those that no plugin reads are kept as they are. */
export interface Volume extends InTreeVolumeSources, UnreadVolumeSources {
  readonly name?: string;
  readonly persistentVolumeClaim?: PersistentVolumeClaimVolumeSource | null;
  readonly ephemeral?: EphemeralVolumeSource | null;
  readonly csi?: { readonly driver?: string } | null;
  readonly iscsi?: ISCSIVolumeSource | null;
  readonly rbd?: RBDVolumeSource | null;
  readonly image?: { readonly reference?: string } | null;
  readonly configMap?: unknown;
  readonly downwardAPI?: unknown;
  readonly emptyDir?: unknown;
  readonly projected?: unknown;
  readonly secret?: unknown;
}

export interface ContainerStatus {
  readonly name?: string;
  readonly resources?: ResourceRequirements | null;
  readonly allocatedResources?: ResourceList | null;
}

export interface PodCondition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
}

export interface PodSpec {
  readonly nodeName?: string;
  readonly schedulerName?: string;
  readonly priority?: number | null;
  readonly priorityClassName?: string;
  readonly preemptionPolicy?: string;
  readonly nodeSelector?: StringMap | null;
  readonly affinity?: Affinity | null;
  readonly tolerations?: readonly Toleration[] | null;
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[] | null;
  readonly containers?: readonly Container[] | null;
  readonly initContainers?: readonly Container[] | null;
  readonly volumes?: readonly Volume[] | null;
  readonly resources?: ResourceRequirements | null;
  readonly resourceClaims?: readonly unknown[] | null;
  readonly overhead?: ResourceList | null;
  readonly runtimeClassName?: string | null;
  readonly hostNetwork?: boolean;
  readonly restartPolicy?: string;
  readonly schedulingGates?: readonly { readonly name?: string }[] | null;
}

export interface Pod {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
  readonly spec?: PodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly nominatedNodeName?: string;
    readonly startTime?: string | Date | null;
    readonly conditions?: readonly PodCondition[] | null;
    readonly containerStatuses?: readonly ContainerStatus[] | null;
    readonly initContainerStatuses?: readonly ContainerStatus[] | null;
    readonly resources?: ResourceRequirements | null;
    readonly allocatedResources?: ResourceList | null;
  };
}

export interface PodTemplateSpec {
  readonly metadata?: ObjectMeta;
  readonly spec?: PodSpec;
}

export type Namespace = NamedObject;

/** `selector: {}` selects every pod of its namespace, a missing one none. */
export interface Service extends NamedObject {
  readonly spec?: { readonly selector?: StringMap | null };
}

export interface ReplicationController extends NamedObject {
  readonly spec?: { readonly selector?: StringMap | null };
}

export interface ReplicaSet extends NamedObject {
  readonly spec?: { readonly selector?: LabelSelector | null };
}

export interface StatefulSet extends NamedObject {
  readonly spec?: { readonly selector?: LabelSelector | null };
}

export interface PodDisruptionBudget extends NamedObject {
  readonly spec?: {
    readonly selector?: LabelSelector | null;
    /** A count of pods, or a share of them as in "50%". */
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
  };
  readonly status?: {
    /** A count of pods. */
    readonly disruptionsAllowed?: number;
    /** By pod name: pods whose eviction was granted and is not seen yet. */
    readonly disruptedPods?: Readonly<Record<string, unknown>> | null;
  };
}

export type VolumeMode = "Filesystem" | "Block";
export type AccessMode = "ReadWriteOnce" | "ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOncePod";

export interface ObjectReference {
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
}

export interface CSIPersistentVolumeSource {
  readonly driver?: string;
  readonly volumeHandle?: string;
}

/** The source is one of the fields; those that no plugin reads are kept as they are. */
export interface PersistentVolumeSpec extends InTreeVolumeSources, UnreadVolumeSources {
  /** `storage` is what a claim is measured against. */
  readonly capacity?: ResourceList | null;
  readonly accessModes?: readonly (AccessMode | string)[] | null;
  readonly claimRef?: ObjectReference | null;
  readonly storageClassName?: string;
  /** Missing: "Filesystem". */
  readonly volumeMode?: VolumeMode | string | null;
  readonly volumeAttributesClassName?: string | null;
  readonly nodeAffinity?: { readonly required?: NodeSelector | null } | null;
  readonly csi?: CSIPersistentVolumeSource | null;
  readonly local?: unknown;
  readonly mountOptions?: unknown;
  readonly persistentVolumeReclaimPolicy?: string;
}

export interface PersistentVolume extends NamedObject {
  readonly spec?: PersistentVolumeSpec;
  readonly status?: { readonly phase?: "Pending" | "Available" | "Bound" | "Released" | "Failed" | string };
}

export interface PersistentVolumeClaimSpec {
  readonly accessModes?: readonly (AccessMode | string)[] | null;
  readonly selector?: LabelSelector | null;
  /** `requests.storage` is the size asked for. */
  readonly resources?: ResourceRequirements | null;
  readonly volumeName?: string;
  /** Missing: the default class, which admission writes here; `""`: no class. */
  readonly storageClassName?: string | null;
  /** Missing: "Filesystem". */
  readonly volumeMode?: VolumeMode | string | null;
  readonly volumeAttributesClassName?: string | null;
}

export interface PersistentVolumeClaim extends NamedObject {
  readonly spec?: PersistentVolumeClaimSpec;
  readonly status?: { readonly phase?: "Pending" | "Bound" | "Lost" | string };
}

/** A node matches when, for every expression, its label `key` is one of `values`; without expressions it does not. */
export interface TopologySelectorTerm {
  readonly matchLabelExpressions?:
    | readonly { readonly key?: string; readonly values?: readonly string[] | null }[]
    | null;
}

export interface StorageClass extends NamedObject {
  readonly provisioner?: string;
  readonly volumeBindingMode?: "Immediate" | "WaitForFirstConsumer" | string | null;
  readonly allowedTopologies?: readonly TopologySelectorTerm[] | null;
}

/** Called after its node. */
export interface CSINode extends NamedObject {
  readonly spec?: {
    readonly drivers?:
      | readonly {
          readonly name?: string;
          readonly nodeID?: string;
          readonly topologyKeys?: readonly string[] | null;
          /** A count of volumes; missing: no limit. */
          readonly allocatable?: { readonly count?: number | null } | null;
        }[]
      | null;
  };
}

/** Called after its driver. */
export interface CSIDriver extends NamedObject {
  readonly spec?: {
    readonly storageCapacity?: boolean | null;
    readonly preventPodSchedulingIfMissing?: boolean | null;
  };
}

export interface CSIStorageCapacity extends NamedObject {
  /** Missing: no node; `{}`: every node. */
  readonly nodeTopology?: LabelSelector | null;
  readonly storageClassName?: string;
  readonly capacity?: QuantityText | null;
  readonly maximumVolumeSize?: QuantityText | null;
}

export interface VolumeAttachment extends NamedObject {
  readonly spec?: {
    /** The CSI driver. */
    readonly attacher?: string;
    readonly nodeName?: string;
    readonly source?: { readonly persistentVolumeName?: string | null };
  };
}

/** Kinds beside nodes and pods that plugins look at. */
export interface ObjectsByKind {
  readonly Namespace: Namespace;
  readonly Service: Service;
  readonly ReplicationController: ReplicationController;
  readonly ReplicaSet: ReplicaSet;
  readonly StatefulSet: StatefulSet;
  readonly PersistentVolume: PersistentVolume;
  readonly PersistentVolumeClaim: PersistentVolumeClaim;
  readonly StorageClass: StorageClass;
  readonly CSINode: CSINode;
  readonly CSIDriver: CSIDriver;
  readonly CSIStorageCapacity: CSIStorageCapacity;
  readonly VolumeAttachment: VolumeAttachment;
  readonly PodDisruptionBudget: PodDisruptionBudget;
}

export type ObjectKind = keyof ObjectsByKind;
export type ObjectOf<K extends ObjectKind> = ObjectsByKind[K];

export interface PriorityClass {
  readonly metadata?: ObjectMeta;
  readonly value?: number;
  readonly globalDefault?: boolean;
  readonly preemptionPolicy?: string;
}

export interface RuntimeClass {
  readonly metadata?: ObjectMeta;
  readonly overhead?: { readonly podFixed?: ResourceList | null } | null;
  readonly scheduling?: {
    readonly nodeSelector?: StringMap | null;
    readonly tolerations?: readonly Toleration[] | null;
  } | null;
}

export interface LimitRange {
  readonly metadata?: ObjectMeta;
  readonly spec?: {
    readonly limits?: readonly {
      readonly type?: string;
      readonly default?: ResourceList | null;
      readonly defaultRequest?: ResourceList | null;
    }[];
  };
}

/** Whether a pod has run to its end: it takes no room any more, whatever its spec says. */
export function isFinished({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** What a namespaced object has of a name; those that were never stored may lack the namespace. */
type Named = { readonly metadata?: ObjectMeta };

/** The namespace of a namespaced object: "default" when it names none. */
export function namespaceOf({ metadata }: Named): string {
  return metadata?.namespace || "default";
}

/** `namespace/name` of a namespaced object. */
export function namespacedName(object: Named): string {
  return `${namespaceOf(object)}/${object.metadata?.name ?? ""}`;
}

/** Who controls an object, if anybody does. */
export function controllerOf({ metadata }: Named): OwnerReference | undefined {
  return metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

/** What the scheduler goes by: 0 where nothing is said. */
export function priorityOf({ spec }: Pod): number {
  return spec?.priority ?? 0;
}
