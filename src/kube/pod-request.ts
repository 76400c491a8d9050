/**
 * What a pod asks of a node, and which resource names the scheduler knows.
 * Source: k8s 1.36 and 1.37 component-helpers resource/helpers.go (PodRequests) and pkg/scheduler/util/utils.go.
 */

import { type Issue, StowageError } from "../errors.js";
import type { PodRules } from "./compat.js";
import { extendedResourceNameErrors } from "./names.js";
import type { Container, ContainerStatus, Pod, QuantityText, ResourceList, ResourceRequirements } from "./objects.js";
import { formatPath, type Segment } from "./path.js";
import { type Amount, addAmounts, exactAmount, isGreaterAmount, roundAmount } from "./quantity.js";

/** Absent options mean what kube-scheduler's NodeResourcesFit filter does. `comparesSums` is by default false, as in 1.36. */
export interface PodRequestOptions extends Partial<Pick<PodRules, "comparesSums">> {
  /**
   * Take a cpu that a container does not name for 100m, and such a memory for 200Mi; an explicit 0 stays. Where
   * pod-level requests count, only for the resources that the pod's total lacks. Default false.
   */
  readonly assumeDefaults?: boolean;
  /** Count what a resize has promised or actuated (status), as for pods that are on a node. Default false. */
  readonly statusResources?: boolean;
  /** Let `spec.resources` replace the containers' sum. Default true. */
  readonly podLevel?: boolean;
}

type Request = Map<string, Amount>;
type Requests = ResourceList | null | undefined;
/** A list and where it stands in the pod. */
type PlacedList = readonly [path: readonly Segment[], list: Requests];
/** @param isInit whether it is an init container that ends. */
type RequestsOf = (container: Container, isInit: boolean) => Requests;

/** Container requests that are assumed when missing: kube-scheduler's constants, 100m and 200Mi. */
const DEFAULTS: ReadonlyMap<string, number> = new Map([
  ["cpu", 100],
  ["memory", 200 * 1024 * 1024],
]);
const NO_DEFAULTS: ReadonlyMap<string, number> = new Map();

/**
 * The pod's request by resource name as written, cpu in milli and everything else in base units: sums are exact and
 * rounded up once, at the end. The order is that of first mention. Names the scheduler does not know are included, and
 * so is `pods`; see {@link isSchedulerResource}.
 *
 * @throws StowageError ERR_QUANTITY with the path of the first quantity that cannot be counted
 */
export function podRequest(pod: Pod, options: PodRequestOptions = {}): Map<string, number> {
  try {
    return rounded(exactRequest(pod, options));
  } catch (error) {
    const first = requestIssues(pod)[0];
    if (first === undefined) throw error;
    throw new StowageError("ERR_QUANTITY", { path: first.path, reason: first.message }, { cause: error });
  }
}

/** Every quantity of the pod's requests that cannot be counted, each with its path. */
export function requestIssues(pod: Pod): Issue[] {
  return requestLists(pod).flatMap(([path, list]) =>
    Object.entries(list ?? {}).flatMap(([name, text]) => quantityIssues(name, text, formatPath([...path, name]))),
  );
}

/**
 * Whether the scheduler counts a resource of this name. `pods` counts in a node's allocatable, and is to be ignored in
 * a pod's request.
 */
export function isSchedulerResource(name: string): boolean {
  switch (name) {
    case "cpu":
    case "memory":
    case "ephemeral-storage":
    case "pods":
      return true;
    default:
      return (
        name.startsWith("hugepages-") ||
        name.startsWith("attachable-volumes-") ||
        name.includes("kubernetes.io/") ||
        isExtendedResource(name)
      );
  }
}

/** Whether this is the name of an extended resource, such as `nvidia.com/gpu`. */
export function isExtendedResource(name: string): boolean {
  return extendedResourceNameErrors(name).length === 0;
}

function exactRequest(pod: Pod, options: PodRequestOptions): Request {
  const podLevel = options.podLevel === false ? undefined : podLevelRequests(pod, options);
  const total = containersRequest(pod, options, assumedDefaults(pod, options, podLevel !== undefined));
  for (const [name, amount] of podLevel ?? []) total.set(name, amount);
  addList(total, pod.spec?.overhead, NO_DEFAULTS);
  return total;
}

function assumedDefaults(pod: Pod, options: PodRequestOptions, hasPodLevel: boolean): ReadonlyMap<string, number> {
  if (options.assumeDefaults !== true) return NO_DEFAULTS;
  if (!hasPodLevel) return DEFAULTS;
  const named = exactRequest(pod, { ...options, assumeDefaults: false });
  return new Map([...DEFAULTS].filter(([name]) => !named.has(name)));
}

function containersRequest(pod: Pod, options: PodRequestOptions, defaults: ReadonlyMap<string, number>): Request {
  if (options.statusResources !== true) return sumOver(pod, specRequests, defaults);
  return options.comparesSums === true ? mostOfSums(pod, defaults) : sumOver(pod, effectiveRequests(pod), defaults);
}

/** Containers and sidecars together, or the peak while init containers run, whichever is more. */
function sumOver(pod: Pod, requestsOf: RequestsOf, defaults: ReadonlyMap<string, number>): Request {
  const total: Request = new Map();
  for (const container of pod.spec?.containers ?? []) addList(total, requestsOf(container, false), defaults);

  const initContainers = pod.spec?.initContainers ?? [];
  if (initContainers.length === 0) return total;
  const sidecars: Request = new Map();
  const peak: Request = new Map();
  for (const container of initContainers) {
    if (isSidecar(container)) {
      addList(total, requestsOf(container, false), defaults);
      addList(sidecars, requestsOf(container, false), defaults);
      raise(peak, sidecars);
    } else {
      const running = new Map(sidecars);
      addList(running, requestsOf(container, true), defaults);
      raise(peak, running);
    }
  }
  raise(total, peak);
  return total;
}

function isSidecar(container: Container): boolean {
  return container.restartPolicy === "Always";
}

function specRequests(container: Container): Requests {
  return container.resources?.requests;
}

/** For containers that have a status with resources and do not end, the most of what is asked, promised and actuated. */
function effectiveRequests(pod: Pod): RequestsOf {
  const statuses = new Map<string, ContainerStatus>();
  for (const status of [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]) {
    statuses.set(status.name ?? "", status);
  }
  const isInfeasible = isResizeInfeasible(pod);
  return (container, isInit) => {
    const status = isInit ? undefined : statuses.get(container.name ?? "");
    const asked = specRequests(container);
    return status?.resources ? mostOf(isInfeasible, asked, status.resources, status.allocatedResources) : asked;
  };
}

/**
 * The most of three sums: what is asked, promised and actuated. The pod's own status has the last two, once it has both;
 * until then they are those of the containers, where one without a status stands for what it asks.
 */
function mostOfSums(pod: Pod, defaults: ReadonlyMap<string, number>): Request {
  const { containerStatuses, initContainerStatuses, resources, allocatedResources } = pod.status ?? {};
  const statuses = [...(containerStatuses ?? []), ...(initContainerStatuses ?? [])];
  const statusOf = ({ name = "" }: Container) => statuses.find((status) => (status.name ?? "") === name);
  const asked = isResizeInfeasible(pod) ? () => undefined : specRequests;
  const promised = (container: Container) => statusOf(container)?.allocatedResources ?? asked(container);
  const actuated = (container: Container) => statusOf(container)?.resources?.requests ?? promised(container);
  const most = isResizeInfeasible(pod) ? new Map() : sumOver(pod, specRequests, defaults);
  if (resources?.requests && allocatedResources) {
    raise(most, amountsOf(resources.requests));
    raise(most, amountsOf(allocatedResources));
  } else {
    raise(most, sumOver(pod, promised, defaults));
    raise(most, sumOver(pod, actuated, defaults));
  }
  return most;
}

/** The kubelet has found that a resize can never be done: then what is asked does not count. */
export function isResizeInfeasible(pod: Pod): boolean {
  return pod.status?.conditions?.find(({ type }) => type === "PodResizePending")?.reason === "Infeasible";
}

/** By resource the text of the greatest amount. */
function mostOf(
  isInfeasible: boolean,
  asked: Requests,
  actuated: ResourceRequirements,
  allocated: Requests,
): ResourceList {
  const most = new Map<string, QuantityText>();
  for (const list of [isInfeasible ? undefined : asked, actuated.requests, allocated]) {
    for (const [name, text] of Object.entries(list ?? {})) {
      if (text === undefined) continue;
      const known = most.get(name);
      const isMore = known === undefined || isGreaterAmount(name, exactAmount(name, text), exactAmount(name, known));
      if (isMore) most.set(name, text);
    }
  }
  return Object.fromEntries(most);
}

/** The amounts that replace the containers' sums; undefined when the pod has none. */
function podLevelRequests(pod: Pod, options: PodRequestOptions): Request | undefined {
  const asked = pod.spec?.resources?.requests;
  const names = Object.keys(asked ?? {}).filter(isPodLevelResource);
  if (asked === null || asked === undefined || names.length === 0) return undefined;
  const actuated = options.statusResources === true ? pod.status?.resources : undefined;
  if (!actuated) return new Map(names.map((name) => [name, exactAmount(name, asked[name] ?? 0)]));
  const most = mostOf(isResizeInfeasible(pod), asked, actuated, pod.status?.allocatedResources);
  const replaced = options.comparesSums === true ? Object.keys(most).filter(isPodLevelResource) : names;
  return new Map(replaced.map((name) => [name, exactAmount(name, most[name] ?? 0)]));
}

/** Whether a pod as a whole may request this: what its containers can share. */
export function isPodLevelResource(name: string): boolean {
  return name === "cpu" || name === "memory" || name.startsWith("hugepages-");
}

function amountsOf(list: ResourceList): Request {
  const amounts: Request = new Map();
  addList(amounts, list, NO_DEFAULTS);
  return amounts;
}

/** Adds a list of requests, and the defaults of the resources that it lacks. */
function addList(total: Request, list: Requests, defaults: ReadonlyMap<string, number>): void {
  if (list) {
    for (const name of Object.keys(list)) {
      const text = list[name];
      if (text !== undefined) addAmount(total, name, exactAmount(name, text));
    }
  }
  for (const [name, amount] of defaults) {
    if (list?.[name] === undefined) addAmount(total, name, amount);
  }
}

function addAmount(total: Request, name: string, amount: Amount): void {
  const known = total.get(name);
  total.set(name, known === undefined ? amount : addAmounts(name, known, amount));
}

/** Raises each resource of `total` to what `other` has of it. */
function raise(total: Request, other: Request): void {
  for (const [name, amount] of other) {
    const known = total.get(name);
    if (known === undefined || isGreaterAmount(name, amount, known)) total.set(name, amount);
  }
}

function rounded(request: Request): Map<string, number> {
  const amounts = new Map<string, number>();
  for (const [name, amount] of request) {
    amounts.set(name, typeof amount === "number" ? amount : roundAmount(name, amount, sumPath(name)));
  }
  return amounts;
}

/** Where a sum stands that no single container is to blame for. */
function sumPath(name: string): string {
  return `spec.containers[*].${formatPath(["resources", "requests", name])}`;
}

function requestLists(pod: Pod): PlacedList[] {
  const { spec, status } = pod;
  return [
    ...containerLists(spec?.containers, ["spec", "containers"]),
    ...containerLists(spec?.initContainers, ["spec", "initContainers"]),
    [["spec", "resources", "requests"], spec?.resources?.requests],
    [["spec", "overhead"], spec?.overhead],
    ...containerLists(status?.containerStatuses, ["status", "containerStatuses"]),
    ...containerLists(status?.initContainerStatuses, ["status", "initContainerStatuses"]),
    [["status", "resources", "requests"], status?.resources?.requests],
    [["status", "allocatedResources"], status?.allocatedResources],
  ];
}

function containerLists(containers: readonly ContainerStatus[] | null | undefined, path: Segment[]): PlacedList[] {
  return (containers ?? []).flatMap((container, index): PlacedList[] => [
    [[...path, index, "resources", "requests"], container.resources?.requests],
    [[...path, index, "allocatedResources"], container.allocatedResources],
  ]);
}

function quantityIssues(name: string, text: QuantityText | undefined, path: string): Issue[] {
  if (text === undefined) return [];
  try {
    exactAmount(name, text, path);
    return [];
  } catch (error) {
    if (!(error instanceof StowageError)) throw error;
    return [{ code: "bad-quantity", severity: "error", message: String(error.details.reason), path }];
  }
}
