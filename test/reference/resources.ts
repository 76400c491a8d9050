/** Which resource names count, and what a pod asks for: k8s component-helpers resource and pkg/scheduler/framework. */

import type { Container, ContainerStatus, Pod, ResourceList } from "../../src/kube/objects.js";
import type { Compat } from "./compat.js";
import { isQualifiedName } from "./names.js";
import { milliUnits, parseQuantity, wholeUnits } from "./quantity.js";

/** Exact amounts in billionths, by resource name. */
export type Amounts = Map<string, bigint>;
/** Integers as the scheduler compares them: cpu in thousandths, everything else in whole units, by resource name. */
export type Units = Map<string, bigint>;

export interface RequestOptions {
  /** Take the larger of what the spec asks for and what the status says is in use (in-place resize), as this version does. */
  readonly useStatus?: Compat;
  /** Let `spec.resources` replace the sum over the containers. */
  readonly podLevel: boolean;
  /** What a container that does not name a resource is taken to ask for. */
  readonly missing?: Amounts;
}

/** A container without requests counts as this much when nodes are scored: 100m cpu and 200Mi memory. */
export const NON_ZERO: Amounts = new Map([
  ["cpu", parseQuantity("100m")],
  ["memory", parseQuantity("200Mi")],
]);

/** Extended, huge page, prefixed native and attachable volume resources: what upstream calls scalar resources. */
export function isScalar(name: string): boolean {
  return (
    isExtended(name) ||
    name.startsWith("hugepages-") ||
    name.includes("kubernetes.io/") ||
    name.startsWith("attachable-volumes-")
  );
}

export function isExtended(name: string): boolean {
  if (!name.includes("/") || name.includes("kubernetes.io/") || name.startsWith("requests.")) return false;
  return isQualifiedName(`requests.${name}`);
}

/** Exact amounts to the scheduler's integers; names that the scheduler does not know are dropped. */
export function toUnits(amounts: Amounts): Units {
  const units: Units = new Map();
  for (const [name, nano] of amounts) {
    if (name === "cpu") units.set(name, milliUnits(nano));
    else if (name === "memory" || name === "ephemeral-storage" || name === "pods" || isScalar(name)) {
      units.set(name, wholeUnits(nano));
    }
  }
  return units;
}

export function parseList(list: ResourceList | null | undefined): Amounts {
  const amounts: Amounts = new Map();
  for (const [name, quantity] of Object.entries(list ?? {})) amounts.set(name, parseQuantity(quantity));
  return amounts;
}

export function addTo(sum: Map<string, bigint>, other: ReadonlyMap<string, bigint>, sign: 1n | -1n = 1n): void {
  for (const [name, amount] of other) sum.set(name, (sum.get(name) ?? 0n) + sign * amount);
}

export function maxInto(result: Map<string, bigint>, other: ReadonlyMap<string, bigint>): void {
  for (const [name, amount] of other) {
    const known = result.get(name);
    if (known === undefined || amount > known) result.set(name, amount);
  }
}

/** The pod's total request: containers and sidecars, the init peak, pod-level resources, overhead. */
export function podRequests(pod: Pod, options: RequestOptions): Amounts {
  const total = options.useStatus === "1.37" ? effectiveTotal(pod, options) : sumOverContainers(pod, options);
  if (options.podLevel) {
    for (const [name, amount] of podLevelRequests(pod, options)) total.set(name, amount);
  }
  addTo(total, parseList(pod.spec?.overhead));
  return total;
}

/** What one container asks for, before what is missing is filled in. */
type ContainerRequest = (container: Container) => Amounts;

function sumOverContainers(pod: Pod, options: RequestOptions): Amounts {
  return sumContainers(pod, options, (container) => {
    const isPlainInit = (pod.spec?.initContainers ?? []).includes(container) && container.restartPolicy !== "Always";
    const status = options.useStatus === undefined || isPlainInit ? undefined : lastStatusOf(pod, container.name);
    const spec = parseList(container.resources?.requests);
    if (status?.resources == null) return spec;
    const request: Amounts = isResizeInfeasible(pod) ? new Map() : spec;
    maxInto(request, parseList(status.resources.requests));
    maxInto(request, parseList(status.allocatedResources));
    return request;
  });
}

/** 1.37 compares three totals over the whole pod, where 1.36 compares container by container. */
function effectiveTotal(pod: Pod, options: RequestOptions): Amounts {
  const isInfeasible = isResizeInfeasible(pod);
  const fromSpec = (container: Container) => (isInfeasible ? new Map() : parseList(container.resources?.requests));
  const { resources, allocatedResources } = pod.status ?? {};
  const isWhole = allocatedResources != null && resources?.requests != null;
  const allocated = isWhole
    ? parseList(allocatedResources)
    : sumContainers(pod, options, (container) => {
        const given = firstStatusOf(pod, container.name)?.allocatedResources;
        return given == null ? fromSpec(container) : parseList(given);
      });
  const actuated = isWhole
    ? parseList(resources.requests)
    : sumContainers(pod, options, (container) => {
        const status = firstStatusOf(pod, container.name);
        const given = status?.resources?.requests ?? status?.allocatedResources;
        return given == null ? fromSpec(container) : parseList(given);
      });
  const total: Amounts = new Map();
  if (!isInfeasible) maxInto(total, sumContainers(pod, options, fromSpec));
  maxInto(total, actuated);
  maxInto(total, allocated);
  return total;
}

function sumContainers(pod: Pod, options: RequestOptions, requestOf: ContainerRequest): Amounts {
  const total: Amounts = new Map();
  for (const container of pod.spec?.containers ?? []) addTo(total, complete(requestOf(container), options));
  const sidecars: Amounts = new Map();
  const initPeak: Amounts = new Map();
  for (const container of pod.spec?.initContainers ?? []) {
    const request = complete(requestOf(container), options);
    if (container.restartPolicy === "Always") {
      addTo(total, request);
      addTo(sidecars, request);
      maxInto(initPeak, sidecars);
    } else {
      const inUse = new Map(sidecars);
      addTo(inUse, request);
      maxInto(initPeak, inUse);
    }
  }
  maxInto(total, initPeak);
  return total;
}

function complete(request: Amounts, options: RequestOptions): Amounts {
  const all = new Map(request);
  for (const [name, amount] of options.missing ?? []) if (!all.has(name)) all.set(name, amount);
  return all;
}

/** 1.36 lets a later status of the same name win, 1.37 the first. */
function lastStatusOf(pod: Pod, containerName: string | undefined): ContainerStatus | undefined {
  return statusesOf(pod).findLast((status) => status.name === containerName);
}

function firstStatusOf(pod: Pod, containerName: string | undefined): ContainerStatus | undefined {
  return statusesOf(pod).find((status) => status.name === containerName);
}

function statusesOf(pod: Pod): ContainerStatus[] {
  return [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
}

/**
 * The supported names of `spec.resources.requests`, with the amounts of the status where that is to be used. In 1.37
 * the status may add names.
 */
function podLevelRequests(pod: Pod, options: RequestOptions): Amounts {
  const spec = parseList(pod.spec?.resources?.requests);
  const supported: Amounts = new Map();
  if (![...spec.keys()].some(isPodLevelName)) return supported;
  let amounts = spec;
  if (options.useStatus !== undefined && pod.status?.resources != null) {
    amounts = isResizeInfeasible(pod) ? new Map() : new Map(spec);
    maxInto(amounts, parseList(pod.status.resources.requests));
    maxInto(amounts, parseList(pod.status.allocatedResources));
  }
  for (const name of options.useStatus === "1.37" ? amounts.keys() : spec.keys()) {
    if (isPodLevelName(name)) supported.set(name, amounts.get(name) ?? 0n);
  }
  return supported;
}

function isPodLevelName(name: string): boolean {
  return name === "cpu" || name === "memory" || name.startsWith("hugepages-");
}

function isResizeInfeasible(pod: Pod): boolean {
  const conditions = pod.status?.conditions ?? [];
  return conditions.find((condition) => condition.type === "PodResizePending")?.reason === "Infeasible";
}

/** What a pod on a node takes, as upstream's `NodeInfo.Requested`. */
export function occupiedUnits(pod: Pod, compat: Compat): Units {
  const units = toUnits(podRequests(pod, { useStatus: compat, podLevel: true }));
  units.delete("pods");
  return units;
}

/** What a pod on a node takes for scoring cpu and memory, as upstream's `NodeInfo.NonZeroRequested`. */
export function nonZeroUnits(pod: Pod, compat: Compat): Units {
  const plain = podRequests(pod, { useStatus: compat, podLevel: true });
  const hasPodLevel = Object.keys(pod.spec?.resources?.requests ?? {}).some(isPodLevelName);
  const missing: Amounts = new Map();
  for (const [name, amount] of NON_ZERO) {
    if (!hasPodLevel || !plain.has(name)) missing.set(name, amount);
  }
  return toUnits(podRequests(pod, { useStatus: compat, podLevel: true, missing }));
}
