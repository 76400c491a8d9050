/**
 * The Kubernetes objects that scheduling reads, as narrow structural types: an object of any client fits, and no field
 * that nothing here reads is named. Every field may be missing, as in a raw manifest. Units are Kubernetes' own.
 */

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

export interface Volume {
  readonly name?: string;
  readonly [source: string]: unknown;
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

export interface Namespace {
  readonly metadata?: ObjectMeta;
}

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

/** `namespace/name` of a namespaced object; the namespace defaults to "default". */
export function namespacedName(object: { readonly metadata?: ObjectMeta }): string {
  return `${object.metadata?.namespace || "default"}/${object.metadata?.name ?? ""}`;
}
