/**
 * What admission does to a pod when it is created: limit ranges, priority classes, default tolerations, runtime classes.
 * Where a plugin would refuse the pod, it is taken as it is, since whoever asks wants to know where it would go.
 * Source: k8s 1.36 plugin/pkg/admission/{limitranger,priority,defaulttolerationseconds,runtimeclass}.
 */

import { type Compat, DEFAULT_COMPAT, POD_RULES, type PodRules } from "./compat.js";
import type {
  Container,
  LimitRange,
  Pod,
  PriorityClass,
  QuantityText,
  ResourceList,
  RuntimeClass,
  StorageClass,
  Toleration,
} from "./objects.js";
import { namespaceOf } from "./objects.js";
import { roundResources } from "./rounding.js";
import { withFields } from "./with-fields.js";

/** The objects that admission looks at, ready to be looked up, and the version of the API server. */
export interface DefaultContext {
  readonly rules: PodRules;
  readonly priorityClasses: ReadonlyMap<string, PriorityClass>;
  /** The class of pods that name none: of several, the one with the lowest value. */
  readonly globalDefault: PriorityClass | undefined;
  readonly runtimeClasses: ReadonlyMap<string, RuntimeClass>;
  /** By namespace. */
  readonly containerDefaults: ReadonlyMap<string, ContainerDefaults>;
  /** The class of claims that name none: of several, the newest, and of these the first by name. */
  readonly defaultStorageClass: StorageClass | undefined;
}

/** Upstream's names. */
export type AdmissionPlugin = "LimitRanger" | "Priority" | "DefaultTolerationSeconds" | "RuntimeClass";

/** What a container gets where it says nothing itself. */
export interface ContainerDefaults {
  readonly limits: ResourceList;
  readonly requests: ResourceList;
}

const BUILT_IN_PRIORITY_CLASSES: readonly PriorityClass[] = [
  { metadata: { name: "system-cluster-critical" }, value: 2_000_000_000 },
  { metadata: { name: "system-node-critical" }, value: 2_000_001_000 },
];
const DEFAULT_PREEMPTION_POLICY = "PreemptLowerPriority";
const TOLERATION_SECONDS = 300;
const IS_DEFAULT_CLASS = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];
const TOLERATED_BY_DEFAULT = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/** Makes the context of {@link DefaultContext}; the built-in priority classes are always in it. */
export function newDefaultContext(
  objects: {
    readonly priorityClasses?: readonly PriorityClass[];
    readonly runtimeClasses?: readonly RuntimeClass[];
    readonly limitRanges?: readonly LimitRange[];
    readonly storageClasses?: readonly StorageClass[];
  } = {},
  compat: Compat = DEFAULT_COMPAT,
): DefaultContext {
  const { priorityClasses = [], runtimeClasses = [], limitRanges = [], storageClasses = [] } = objects;
  const globals = priorityClasses.filter(({ globalDefault }) => globalDefault === true);
  return {
    rules: POD_RULES[compat],
    priorityClasses: byName([...BUILT_IN_PRIORITY_CLASSES, ...priorityClasses]),
    globalDefault: globals.toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))[0],
    runtimeClasses: byName(runtimeClasses),
    containerDefaults: containerDefaultsByNamespace(limitRanges),
    defaultStorageClass: storageClasses.filter(isDefaultClass).toSorted(newestFirst)[0],
  };
}

/** The plugins that change what scheduling reads of a pod, in the order in which an API server runs them. */
export const ADMISSION: readonly {
  readonly by: AdmissionPlugin;
  apply(pod: Pod, context: DefaultContext): Pod;
}[] = [
  { by: "LimitRanger", apply: withContainerDefaults },
  { by: "Priority", apply: withPriority },
  { by: "DefaultTolerationSeconds", apply: withDefaultTolerations },
  { by: "RuntimeClass", apply: withRuntimeClass },
];

/** Priority and preemption policy by the pod's class, the default class, or 0. What the pod has already stays. */
export function withPriority(pod: Pod, context: DefaultContext): Pod {
  const { spec = {} } = pod;
  const named = spec.priorityClassName ? context.priorityClasses.get(spec.priorityClassName) : undefined;
  const priorityClass = spec.priorityClassName || isSet(spec.priority) ? named : context.globalDefault;
  const name = spec.priorityClassName || priorityClass?.metadata?.name;
  const ranked = withFields(spec, {
    priorityClassName: name,
    priority: spec.priority ?? priorityClass?.value ?? 0,
    preemptionPolicy: spec.preemptionPolicy || priorityClass?.preemptionPolicy || DEFAULT_PREEMPTION_POLICY,
  });
  return withFields(pod, { spec: ranked });
}

function withContainerDefaults(pod: Pod, context: DefaultContext): Pod {
  const { metadata, spec = {} } = pod;
  const defaults = context.containerDefaults.get(metadata?.namespace ?? "");
  if (defaults === undefined) return pod;
  const fill = (container: Container): Container => {
    const limits = { ...defaults.limits, ...container.resources?.limits };
    const requests = { ...defaults.requests, ...container.resources?.requests };
    return withFields(container, { resources: withFields(container.resources, { limits, requests }) });
  };
  const filled = withFields(spec, {
    containers: spec.containers?.map(fill),
    initContainers: spec.initContainers?.map(fill),
  });
  return withFields(pod, { spec: filled });
}

function withDefaultTolerations(pod: Pod): Pod {
  const tolerations = pod.spec?.tolerations ?? [];
  const missing = TOLERATED_BY_DEFAULT.filter((key) => !tolerations.some((known) => covers(known, key)));
  const added = missing.map((key): Toleration => {
    return { key, operator: "Exists", effect: "NoExecute", tolerationSeconds: TOLERATION_SECONDS };
  });
  return withFields(pod, { spec: withFields(pod.spec, { tolerations: [...tolerations, ...added] }) });
}

function covers(toleration: Toleration, key: string): boolean {
  const isKey = !toleration.key || toleration.key === key;
  return isKey && (!toleration.effect || toleration.effect === "NoExecute");
}

/** Tolerations that others cover stay beside them, which upstream would drop: what the pod tolerates is the same. */
function withRuntimeClass(pod: Pod, context: DefaultContext): Pod {
  const { spec = {} } = pod;
  const runtimeClass = spec.runtimeClassName ? context.runtimeClasses.get(spec.runtimeClassName) : undefined;
  if (runtimeClass === undefined) return pod;
  const { overhead, scheduling } = runtimeClass;
  const tolerations = spec.tolerations ?? [];
  const added = (scheduling?.tolerations ?? []).filter((one) => !tolerations.some((known) => isSame(known, one)));
  const nodeSelector = scheduling?.nodeSelector;
  const asked = withFields(spec, {
    overhead: overhead ? (overhead.podFixed ?? {}) : undefined,
    nodeSelector: nodeSelector ? { ...spec.nodeSelector, ...nodeSelector } : undefined,
    tolerations: [...tolerations, ...added],
  });
  return withFields(pod, { spec: asked });
}

function isSame(a: Toleration, b: Toleration): boolean {
  const fields = ["key", "operator", "value", "effect", "tolerationSeconds"] as const;
  return fields.every((field) => (a[field] ?? "") === (b[field] ?? ""));
}

type LimitRangeItem = NonNullable<NonNullable<LimitRange["spec"]>["limits"]>[number] & {
  readonly max?: ResourceList | null;
  readonly min?: ResourceList | null;
};

/** Limit ranges of a namespace apply in the order of their names, the first to say something wins. */
function containerDefaultsByNamespace(limitRanges: readonly LimitRange[]): Map<string, ContainerDefaults> {
  const defaults = new Map<string, ContainerDefaults>();
  const nameOf = (range: LimitRange) => range.metadata?.name ?? "";
  for (const range of limitRanges.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))) {
    const namespace = namespaceOf(range);
    const known = defaults.get(namespace);
    const items = (range.spec?.limits ?? []).filter(({ type }) => type === "Container").map(itemDefaults);
    const limits = Object.assign({}, ...items.map((item) => item.limits)) as Record<string, QuantityText>;
    const requests = Object.assign({}, ...items.map((item) => item.requests)) as Record<string, QuantityText>;
    defaults.set(namespace, {
      limits: { ...limits, ...known?.limits },
      requests: { ...requests, ...known?.requests },
    });
  }
  return defaults;
}

/** An item's own defaults: the maximum for the limit, the limit and then the minimum for the request; in whole milli. */
function itemDefaults(item: LimitRangeItem): ContainerDefaults {
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  return { limits: roundResources(limits) ?? {}, requests: roundResources(requests) ?? {} };
}

function isDefaultClass({ metadata }: StorageClass): boolean {
  return IS_DEFAULT_CLASS.some((annotation) => metadata?.annotations?.[annotation] === "true");
}

/** By creation time, a class without one being the oldest, then by name. */
function newestFirst(a: StorageClass, b: StorageClass): number {
  const [madeA, madeB] = [creationMs(a), creationMs(b)];
  if (madeA !== madeB) return madeA > madeB ? -1 : 1;
  return (a.metadata?.name ?? "") < (b.metadata?.name ?? "") ? -1 : 1;
}

function creationMs({ metadata }: StorageClass): number {
  const made = metadata?.creationTimestamp;
  const timeMs = made instanceof Date ? made.getTime() : Date.parse(made ?? "");
  return Number.isNaN(timeMs) ? Number.NEGATIVE_INFINITY : timeMs;
}

function byName<T extends { readonly metadata?: { readonly name?: string } }>(objects: readonly T[]): Map<string, T> {
  const named = new Map<string, T>();
  for (const object of objects) named.set(object.metadata?.name ?? "", object);
  return named;
}

function isSet(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}
