/**
 * The resources of a pod as a whole, completed from its containers.
 * Source: k8s 1.36 pkg/apis/core/v1/defaults.go (defaultHugePagePodLimits, defaultPodRequests), k8s 1.37 pkg/api/pod/util.go
 * (DefaultPodLevelResources), and component-helpers resource/helpers.go for the sums.
 */

import type { Container, PodSpec, QuantityText, ResourceList, ResourceRequirements } from "./objects.js";
import { isPodLevelResource } from "./pod-request.js";
import { addQuantities, canonicalString, maxQuantity, parseQuantity, type Quantity } from "./quantity.js";

type Sums = Map<string, Quantity>;
type ListOf = (container: Container) => ResourceList | null | undefined;

const HUGE_PAGES = "hugepages-";

/** The pod's own resources, with what 1.36 fills in whenever it reads the pod; undefined when it has none of its own. */
export function podLevelDefaults(spec: PodSpec): ResourceRequirements | undefined {
  const { resources } = spec;
  if (!resources) return undefined;
  const requests = resources.requests ?? {};
  const limits = isEmpty(resources.limits) && isEmpty(requests) ? {} : withHugePages(spec, resources);
  if (isEmpty(limits)) return resources;
  return { ...resources, limits, requests: { ...limitRequests(limits), ...containerRequests(spec), ...requests } };
}

/**
 * The same with what 1.37 fills in once, when the pod is created: requests also where there are no limits, and limits where
 * every container has one. Undefined when the pod has none of its own.
 */
export function podLevelOnCreate(spec: PodSpec): ResourceRequirements | undefined {
  const { resources } = spec;
  if (!resources || (isEmpty(resources.limits) && isEmpty(resources.requests))) return resources ?? undefined;
  const ownLimits = withHugePages(spec, resources);
  const requests = { ...limitRequests(ownLimits), ...containerRequests(spec), ...resources.requests };
  const limits = { ...containerLimits(spec, requests), ...ownLimits };
  return { ...resources, ...(isEmpty(limits) ? {} : { limits }), ...(isEmpty(requests) ? {} : { requests }) };
}

/** Of what the pod requests, the limits of all containers together, where all have one; never less than the request. */
function containerLimits(spec: PodSpec, requests: ResourceList): ResourceList {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const sums = sumOver(spec, (container) => container.resources?.limits);
  const limits: Record<string, QuantityText> = {};
  for (const [name, request = 0] of Object.entries(requests)) {
    const sum = sums.get(name);
    const isLimited = containers.every(({ resources }) => Object.hasOwn(resources?.limits ?? {}, name));
    if (sum === undefined || !isLimited || !isPodLevelResource(name)) continue;
    limits[name] = canonicalString(maxQuantity(sum, parseQuantity(request)));
  }
  return limits;
}

function withHugePages(spec: PodSpec, resources: ResourceRequirements): ResourceList {
  const limits: Record<string, QuantityText> = { ...resources.limits };
  for (const [name, sum] of sumOver(spec, (container) => container.resources?.limits)) {
    const isSaid = Object.hasOwn(resources.requests ?? {}, name) || Object.hasOwn(limits, name);
    if (name.startsWith(HUGE_PAGES) && !isSaid) limits[name] = canonicalString(sum);
  }
  return limits;
}

/** What may be promised twice (cpu, memory) defaults to what the containers ask for. */
function containerRequests(spec: PodSpec): ResourceList {
  const sums = sumOver(spec, (container) => container.resources?.requests);
  const shared = [...sums].filter(([name]) => name === "cpu" || name === "memory");
  return Object.fromEntries(shared.map(([name, sum]) => [name, canonicalString(sum)]));
}

function limitRequests(limits: ResourceList): ResourceList {
  return Object.fromEntries(Object.entries(limits).filter(([name]) => isPodLevelResource(name)));
}

/** Containers and sidecars together, or the peak while init containers run, whichever is more; exact. */
function sumOver(spec: PodSpec, listOf: ListOf): Sums {
  const total: Sums = new Map();
  const sidecars: Sums = new Map();
  const peak: Sums = new Map();
  for (const container of spec.containers ?? []) add(total, listOf(container));
  for (const container of spec.initContainers ?? []) {
    const isSidecar = container.restartPolicy === "Always";
    if (isSidecar) add(total, listOf(container));
    if (isSidecar) add(sidecars, listOf(container));
    const running: Sums = new Map(sidecars);
    if (!isSidecar) add(running, listOf(container));
    raise(peak, running);
  }
  raise(total, peak);
  return total;
}

function add(sums: Sums, list: ResourceList | null | undefined): void {
  for (const [name, text] of Object.entries(list ?? {})) {
    const quantity = parseQuantity(text);
    const known = sums.get(name);
    sums.set(name, known === undefined ? quantity : addQuantities(known, quantity));
  }
}

function raise(sums: Sums, other: Sums): void {
  for (const [name, quantity] of other) {
    const known = sums.get(name);
    sums.set(name, known === undefined ? quantity : maxQuantity(known, quantity));
  }
}

function isEmpty(list: ResourceList | null | undefined): boolean {
  return Object.keys(list ?? {}).length === 0;
}
