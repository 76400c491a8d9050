/** Which resource names count, and what a pod asks for: k8s 1.36 component-helpers resource and pkg/scheduler/framework. */

import type { Container, ContainerStatus, Pod, ResourceList } from "../../src/kube/objects.js";
import { isQualifiedName } from "./names.js";
import { milliUnits, parseQuantity, wholeUnits } from "./quantity.js";

/** Exact amounts in billionths, by resource name. */
export type Amounts = Map<string, bigint>;
/** Integers as the scheduler compares them: cpu in thousandths, everything else in whole units, by resource name. */
export type Units = Map<string, bigint>;

export interface RequestOptions {
  /** Take the larger of what the spec asks for and what the status says is in use (in-place resize). */
  readonly useStatus: boolean;
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

export function addTo(sum: Map<string, bigint>, other: ReadonlyMap<string, bigint>): void {
  for (const [name, amount] of other) sum.set(name, (sum.get(name) ?? 0n) + amount);
}

export function maxInto(result: Map<string, bigint>, other: ReadonlyMap<string, bigint>): void {
  for (const [name, amount] of other) {
    const known = result.get(name);
    if (known === undefined || amount > known) result.set(name, amount);
  }
}

/** The pod's total request: containers and sidecars, the init peak, pod-level resources, overhead. */
export function podRequests(pod: Pod, options: RequestOptions): Amounts {
  const total = containerRequests(pod, options);
  if (options.podLevel) {
    for (const [name, amount] of podLevelRequests(pod, options)) total.set(name, amount);
  }
  addTo(total, parseList(pod.spec?.overhead));
  return total;
}

function containerRequests(pod: Pod, options: RequestOptions): Amounts {
  const total: Amounts = new Map();
  for (const container of pod.spec?.containers ?? []) {
    addTo(total, oneContainer(pod, container, options.useStatus, options));
  }
  const sidecars: Amounts = new Map();
  const initPeak: Amounts = new Map();
  for (const container of pod.spec?.initContainers ?? []) {
    const isSidecar = container.restartPolicy === "Always";
    const request = oneContainer(pod, container, options.useStatus && isSidecar, options);
    if (isSidecar) {
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

function oneContainer(pod: Pod, container: Container, useStatus: boolean, options: RequestOptions): Amounts {
  let request = parseList(container.resources?.requests);
  const status = useStatus ? statusOf(pod, container.name) : undefined;
  if (status?.resources != null) {
    if (isResizeInfeasible(pod)) request = new Map();
    maxInto(request, parseList(status.resources.requests));
    maxInto(request, parseList(status.allocatedResources));
  }
  for (const [name, amount] of options.missing ?? []) {
    if (!request.has(name)) request.set(name, amount);
  }
  return request;
}

function statusOf(pod: Pod, containerName: string | undefined): ContainerStatus | undefined {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  return statuses.findLast((status) => status.name === containerName);
}

/** The supported names of `spec.resources.requests`; the status may change their amounts, but adds no name. */
function podLevelRequests(pod: Pod, options: RequestOptions): Amounts {
  const spec = parseList(pod.spec?.resources?.requests);
  let amounts = spec;
  if (options.useStatus && pod.status?.resources != null) {
    amounts = isResizeInfeasible(pod) ? new Map() : new Map(spec);
    maxInto(amounts, parseList(pod.status.resources.requests));
    maxInto(amounts, parseList(pod.status.allocatedResources));
  }
  const supported: Amounts = new Map();
  for (const name of spec.keys()) {
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
export function occupiedUnits(pod: Pod): Units {
  const units = toUnits(podRequests(pod, { useStatus: true, podLevel: true }));
  units.delete("pods");
  return units;
}

/** What a pod on a node takes for scoring cpu and memory, as upstream's `NodeInfo.NonZeroRequested`. */
export function nonZeroUnits(pod: Pod): Units {
  const plain = podRequests(pod, { useStatus: true, podLevel: true });
  const hasPodLevel = Object.keys(pod.spec?.resources?.requests ?? {}).some(isPodLevelName);
  const missing: Amounts = new Map();
  for (const [name, amount] of NON_ZERO) {
    if (!hasPodLevel || !plain.has(name)) missing.set(name, amount);
  }
  return toUnits(podRequests(pod, { useStatus: true, podLevel: true, missing }));
}
