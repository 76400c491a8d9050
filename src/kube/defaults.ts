/**
 * What the API server and the controllers would have done to raw objects before kube-scheduler sees them. Pure: new
 * objects come out, the given ones stay as they are, and applying anything twice changes nothing.
 * Source: k8s 1.36 pkg/apis/core/v1/defaults.go, pkg/registry/core/pod/strategy.go, pkg/controller/nodelifecycle.
 */

import { admitPod, type DefaultContext, newDefaultContext, withPriority } from "./admission.js";
import { foldLabelKeys } from "./label-keys.js";
import type {
  Container,
  ContainerPort,
  Namespace,
  Node,
  ObjectMeta,
  Pod,
  PodSpec,
  QuantityText,
  ResourceList,
  ResourceRequirements,
  StringMap,
  Taint,
} from "./objects.js";
import { podLevelDefaults } from "./pod-level.js";
import { canonicalString, parseQuantity, roundUpToMilli } from "./quantity.js";

const NO_CONTEXT = newDefaultContext();
/** Quantities that are whole milli by their looks, which nearly all are. */
const WHOLE_MILLI = /^\d+(?:m|k|[MGTPE]|[KMGTPE]i)?$/;

/** Condition type and status to the key of the taint that the node lifecycle controller sets. */
const CONDITION_TAINTS: ReadonlyMap<string, string> = new Map([
  ["Ready=False", "node.kubernetes.io/not-ready"],
  ["Ready=Unknown", "node.kubernetes.io/unreachable"],
  ["MemoryPressure=True", "node.kubernetes.io/memory-pressure"],
  ["DiskPressure=True", "node.kubernetes.io/disk-pressure"],
  ["PIDPressure=True", "node.kubernetes.io/pid-pressure"],
  ["NetworkUnavailable=True", "node.kubernetes.io/network-unavailable"],
]);
const UNSCHEDULABLE_TAINT: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

/**
 * The pod as kube-scheduler would see it: versioned defaults, admission, the folding of `matchLabelKeys`, and versioned
 * defaults again, since the API server applies them whenever it reads a stored object.
 *
 * A pod that has a node or a creation time has been through an API server, with the classes and limit ranges of that
 * time: it gets versioned defaults and, if it lacks one, a priority, and nothing else.
 */
export function defaultPod(pod: Pod, context: DefaultContext = NO_CONTEXT): Pod {
  const versioned = versionedPod(pod);
  if (isStored(pod)) return { ...versioned, spec: withPriority(versioned.spec ?? {}, context) };
  return versionedPod(foldLabelKeys(admitPod(versioned, context)));
}

/** Allocatable from capacity, quantities in whole milli, taints from conditions and from `spec.unschedulable`. */
export function defaultNode(node: Node): Node {
  const { status } = node;
  const capacity = roundResources(status?.capacity);
  const allocatable = status?.allocatable ? roundResources(status.allocatable) : capacity;
  return {
    ...node,
    metadata: { ...node.metadata, ...plainLabels(node.metadata) },
    spec: { ...node.spec, taints: defaultTaints(node) },
    status: { ...status, ...(capacity ? { capacity } : {}), ...(allocatable ? { allocatable } : {}) },
  };
}

/** The label that every namespace carries its own name in. */
export function defaultNamespace(namespace: Namespace): Namespace {
  const { metadata } = namespace;
  if (!metadata?.name) return namespace;
  const labels = { ...plainLabels(metadata).labels, "kubernetes.io/metadata.name": metadata.name };
  return { ...namespace, metadata: { ...metadata, labels } };
}

function isStored(pod: Pod): boolean {
  return Boolean(pod.spec?.nodeName) || Boolean(pod.metadata?.creationTimestamp);
}

/** pkg/apis/core/v1/defaults.go: what holds for every pod that is read, new or stored. */
function versionedPod(pod: Pod): Pod {
  const { metadata } = pod;
  const spec = pod.spec ?? {};
  const isHost = spec.hostNetwork === true;
  const withRequests: PodSpec = {
    ...spec,
    ...(spec.containers ? { containers: spec.containers.map((one) => withDefaults(one, isHost)) } : {}),
    ...(spec.initContainers ? { initContainers: spec.initContainers.map((one) => withDefaults(one, isHost)) } : {}),
  };
  const resources = podLevelDefaults(withRequests);
  return {
    ...pod,
    metadata: { ...metadata, ...plainLabels(metadata), namespace: metadata?.namespace || "default" },
    spec: {
      ...withRequests,
      ...roundContainers(withRequests),
      ...(resources ? { resources: roundRequirements(resources) } : {}),
      ...(spec.overhead ? { overhead: roundResources(spec.overhead) ?? {} } : {}),
      ...(spec.nodeSelector ? { nodeSelector: withoutNulls(spec.nodeSelector) } : {}),
      schedulerName: spec.schedulerName || "default-scheduler",
      restartPolicy: spec.restartPolicy || "Always",
    },
  };
}

/**
 * Requests from limits; ports. Not rounded yet: sums over containers are made of what was written. Most containers of a
 * stored pod say everything already and stay the same object, which halves the memory of a large input.
 */
function withDefaults(container: Container, isHost: boolean): Container {
  const { resources, ports } = container;
  const limits = resources?.limits;
  const asked = resources?.requests ?? {};
  const lacksRequest = limits && Object.keys(limits).some((name) => !Object.hasOwn(asked, name));
  const lacksPort = ports?.some((port) => !port.protocol || (isHost && !port.hostPort));
  if (!lacksRequest && !lacksPort) return container;
  return {
    ...container,
    ...(limits ? { resources: { ...resources, requests: { ...limits, ...asked } } } : {}),
    ...(ports ? { ports: ports.map((port) => defaultPort(port, isHost)) } : {}),
  };
}

function defaultPort(port: ContainerPort, isHost: boolean): ContainerPort {
  const hostPort = port.hostPort || (isHost ? port.containerPort : undefined);
  return { ...port, ...(hostPort ? { hostPort } : {}), protocol: port.protocol || "TCP" };
}

function roundContainers(spec: PodSpec): Pick<PodSpec, "containers" | "initContainers"> {
  const round = (container: Container): Container =>
    withResources(container, container.resources ? roundRequirements(container.resources) : undefined);
  return {
    ...(spec.containers ? { containers: spec.containers.map(round) } : {}),
    ...(spec.initContainers ? { initContainers: spec.initContainers.map(round) } : {}),
  };
}

function withResources(container: Container, resources: ResourceRequirements | undefined): Container {
  return resources === undefined || resources === container.resources ? container : { ...container, resources };
}

function roundRequirements(resources: ResourceRequirements): ResourceRequirements {
  const requests = roundResources(resources.requests);
  const limits = roundResources(resources.limits);
  if (requests === resources.requests && limits === resources.limits) return resources;
  return { ...resources, ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) };
}

/** Quantities in whole milli, rounded up; a list of whole ones stays as it is. Null counts as 0. */
function roundResources(list: ResourceList | null | undefined): ResourceList | undefined {
  if (list === null || list === undefined) return undefined;
  const entries = Object.entries(list);
  if (entries.every(([, text]) => roundText(text) === text)) return list;
  return Object.fromEntries(entries.map(([name, text]) => [name, roundText(text)]));
}

function roundText(text: QuantityText | null): QuantityText {
  if (text === null) return "0";
  if (WHOLE_MILLI.test(String(text))) return text;
  const quantity = parseQuantity(text);
  const rounded = roundUpToMilli(quantity);
  return rounded.nano === quantity.nano ? text : canonicalString(rounded);
}

function defaultTaints(node: Node): readonly Taint[] {
  const taints = node.spec?.taints ?? [];
  const wanted: Taint[] = [];
  for (const { type, status } of node.status?.conditions ?? []) {
    const key = CONDITION_TAINTS.get(`${type}=${status}`);
    if (key === undefined) continue;
    wanted.push({ key, effect: "NoSchedule" });
    if (type === "Ready") wanted.push({ key, effect: "NoExecute" });
  }
  if (node.spec?.unschedulable === true) wanted.push(UNSCHEDULABLE_TAINT);
  const missing = wanted.filter(
    (one, index) =>
      !taints.some((taint) => isSameTaint(taint, one)) &&
      wanted.findIndex((other) => isSameTaint(other, one)) === index,
  );
  return [...taints, ...missing];
}

/** A node holds one taint of a key and effect, whatever its value. */
function isSameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

function plainLabels(metadata: ObjectMeta | undefined): { readonly labels?: StringMap } {
  return metadata?.labels ? { labels: withoutNulls(metadata.labels) } : {};
}

/** A key without a value, as templates render it, is a key with an empty value. */
function withoutNulls(map: StringMap): StringMap {
  const values: readonly (string | null)[] = Object.values(map);
  if (!values.includes(null)) return map;
  return Object.fromEntries(Object.entries(map).map(([key, value]: [string, string | null]) => [key, value ?? ""]));
}
