/**
 * What admission does to a pod when it is created: limit ranges, priority classes, default tolerations, runtime classes.
 * Source: k8s 1.36 plugin/pkg/admission/{limitranger,priority,defaulttolerationseconds,runtimeclass}.
 */

import type {
  Container,
  LimitRange,
  Pod,
  PodSpec,
  PriorityClass,
  QuantityText,
  ResourceList,
  RuntimeClass,
  Toleration,
} from "./objects.js";

/** The objects that admission looks at, ready to be looked up. */
export interface DefaultContext {
  readonly priorityClasses: ReadonlyMap<string, PriorityClass>;
  /** The class of pods that name none: of several, the one with the lowest value. */
  readonly globalDefault: PriorityClass | undefined;
  readonly runtimeClasses: ReadonlyMap<string, RuntimeClass>;
  /** By namespace. */
  readonly containerDefaults: ReadonlyMap<string, ContainerDefaults>;
}

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
const TOLERATED_BY_DEFAULT = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/** Makes the context of {@link DefaultContext}; the built-in priority classes are always in it. */
export function newDefaultContext(
  objects: {
    readonly priorityClasses?: readonly PriorityClass[];
    readonly runtimeClasses?: readonly RuntimeClass[];
    readonly limitRanges?: readonly LimitRange[];
  } = {},
): DefaultContext {
  const { priorityClasses = [], runtimeClasses = [], limitRanges = [] } = objects;
  const globals = priorityClasses.filter(({ globalDefault }) => globalDefault === true);
  return {
    priorityClasses: byName([...BUILT_IN_PRIORITY_CLASSES, ...priorityClasses]),
    globalDefault: globals.toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))[0],
    runtimeClasses: byName(runtimeClasses),
    containerDefaults: containerDefaultsByNamespace(limitRanges),
  };
}

/** A pod that is about to be created; its namespace is set. Applying it again changes nothing. */
export function admitPod(pod: Pod, context: DefaultContext): Pod {
  const spec = pod.spec ?? {};
  const limited = withContainerDefaults(spec, context.containerDefaults.get(pod.metadata?.namespace ?? ""));
  const tolerant = withDefaultTolerations(withPriority(limited, context));
  return { ...pod, spec: withRuntimeClass(tolerant, context) };
}

/** Priority and preemption policy by the pod's class, the default class, or 0. What the pod has already stays. */
export function withPriority(spec: PodSpec, context: DefaultContext): PodSpec {
  const named = spec.priorityClassName ? context.priorityClasses.get(spec.priorityClassName) : undefined;
  const priorityClass = spec.priorityClassName || isSet(spec.priority) ? named : context.globalDefault;
  const name = spec.priorityClassName || priorityClass?.metadata?.name;
  return {
    ...spec,
    ...(name === undefined ? {} : { priorityClassName: name }),
    priority: spec.priority ?? priorityClass?.value ?? 0,
    preemptionPolicy: spec.preemptionPolicy || priorityClass?.preemptionPolicy || DEFAULT_PREEMPTION_POLICY,
  };
}

function withContainerDefaults(spec: PodSpec, defaults: ContainerDefaults | undefined): PodSpec {
  if (defaults === undefined) return spec;
  const fill = (container: Container): Container => {
    const limits = { ...defaults.limits, ...container.resources?.limits };
    const requests = { ...defaults.requests, ...container.resources?.requests };
    return { ...container, resources: { ...container.resources, limits, requests } };
  };
  return {
    ...spec,
    ...(spec.containers ? { containers: spec.containers.map(fill) } : {}),
    ...(spec.initContainers ? { initContainers: spec.initContainers.map(fill) } : {}),
  };
}

function withDefaultTolerations(spec: PodSpec): PodSpec {
  const tolerations = spec.tolerations ?? [];
  const missing = TOLERATED_BY_DEFAULT.filter((key) => !tolerations.some((known) => covers(known, key)));
  const added = missing.map((key): Toleration => {
    return { key, operator: "Exists", effect: "NoExecute", tolerationSeconds: TOLERATION_SECONDS };
  });
  return { ...spec, tolerations: [...tolerations, ...added] };
}

function covers(toleration: Toleration, key: string): boolean {
  const isKey = !toleration.key || toleration.key === key;
  return isKey && (!toleration.effect || toleration.effect === "NoExecute");
}

function withRuntimeClass(spec: PodSpec, context: DefaultContext): PodSpec {
  const runtimeClass = spec.runtimeClassName ? context.runtimeClasses.get(spec.runtimeClassName) : undefined;
  if (runtimeClass === undefined) return spec;
  const { overhead, scheduling } = runtimeClass;
  const tolerations = spec.tolerations ?? [];
  const added = (scheduling?.tolerations ?? []).filter((one) => !tolerations.some((known) => isSame(known, one)));
  return {
    ...spec,
    ...(overhead ? { overhead: overhead.podFixed ?? {} } : {}),
    ...(scheduling?.nodeSelector ? { nodeSelector: { ...spec.nodeSelector, ...scheduling.nodeSelector } } : {}),
    tolerations: [...tolerations, ...added],
  };
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
    const namespace = range.metadata?.namespace || "default";
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

/** An item's own defaults: the maximum for the limit, the limit and then the minimum for the request. */
function itemDefaults(item: LimitRangeItem): ContainerDefaults {
  const limits = { ...item.max, ...item.default };
  return { limits, requests: { ...item.min, ...limits, ...item.defaultRequest } };
}

function byName<T extends { readonly metadata?: { readonly name?: string } }>(objects: readonly T[]): Map<string, T> {
  return new Map(objects.map((object) => [object.metadata?.name ?? "", object]));
}

function isSet(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}
