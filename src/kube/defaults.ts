/**
 * What the API server and the controllers would have done to raw pods and nodes before kube-scheduler sees them. Pure:
 * the given objects stay as they are, and applying anything twice changes nothing. Nodes and namespaces that lack nothing
 * are given back.
 * Source: k8s 1.36 and 1.37 pkg/apis/core/v1/defaults.go, pkg/registry/core/pod/strategy.go, pkg/controller/nodelifecycle.
 */

import { ADMISSION, type AdmissionPlugin, type DefaultContext, newDefaultContext, withPriority } from "./admission.js";
import { type Change, changesOf } from "./changes.js";
import { foldLabelKeys } from "./label-keys.js";
import type {
  Container,
  ContainerPort,
  ContainerStatus,
  Namespace,
  Node,
  ObjectMeta,
  Pod,
  PodSpec,
  StringMap,
  Taint,
  Volume,
} from "./objects.js";
import { namespaceOf } from "./objects.js";
import { podLevelDefaults, podLevelOnCreate } from "./pod-level.js";
import { roundRequirements, roundResources } from "./rounding.js";
import { withFields } from "./with-fields.js";

/** Who fills a field in: versioned defaulting, an admission plugin, or the pod strategy's folding of label keys. */
export type DefaultSource = "defaults" | AdmissionPlugin | "matchLabelKeys";

/** A field of a pod that defaulting set or changed; `was` is what had been written. */
export interface DefaultedField extends Change {
  readonly by: DefaultSource;
}

interface Step {
  readonly by: DefaultSource;
  apply(pod: Pod, context: DefaultContext): Pod;
}

const NO_CONTEXT = newDefaultContext();

/** Condition type and status to the key of the taint that the node lifecycle controller sets. */
const CONDITION_TAINTS: ReadonlyMap<string, string> = new Map([
  ["Ready=False", "node.kubernetes.io/not-ready"],
  ["Ready=Unknown", "node.kubernetes.io/unreachable"],
  ["MemoryPressure=True", "node.kubernetes.io/memory-pressure"],
  ["DiskPressure=True", "node.kubernetes.io/disk-pressure"],
  ["PIDPressure=True", "node.kubernetes.io/pid-pressure"],
  ["NetworkUnavailable=True", "node.kubernetes.io/network-unavailable"],
]);
const NO_TAINTS: readonly Taint[] = [];
/** Of all nodes without a spec. */
const NO_SPEC: NonNullable<Node["spec"]> = { taints: NO_TAINTS };
const UNSCHEDULABLE_TAINT: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

const DEFAULTS: Step = { by: "defaults", apply: versionedPod };
const PRIORITY: Step = { by: "Priority", apply: withPriority };
const LABEL_KEYS: Step = { by: "matchLabelKeys", apply: foldLabelKeys };
const POD_LEVEL: Step = { by: "defaults", apply: completedOnce };
const NEW_POD: readonly Step[] = [DEFAULTS, ...ADMISSION, LABEL_KEYS, POD_LEVEL, DEFAULTS];
const PLACED_POD: readonly Step[] = [DEFAULTS, PRIORITY, LABEL_KEYS, POD_LEVEL];
const STORED_POD: readonly Step[] = [DEFAULTS, PRIORITY];

/**
 * The pod as kube-scheduler would see it: versioned defaults, admission, the folding of `matchLabelKeys`, and versioned
 * defaults again, since the API server applies them whenever it reads a stored object.
 *
 * A pod that has a node or a creation time has been through an API server, with the classes and limit ranges of that
 * time: it gets versioned defaults and, if it lacks one, a priority. One without a creation time gets its label keys
 * folded, too, as it may have been written by hand; one with it has them folded if its API server did that.
 *
 * @throws StowageError ERR_QUANTITY for a quantity that cannot be read
 */
export function defaultPod(pod: Pod, context: DefaultContext = NO_CONTEXT): Pod {
  const steps = stepsFor(pod);
  const namespace = namespaceOf(pod);
  const twins = twinsOf(context, pod);
  const twin = pod.spec && twins?.get(pod.spec);
  if (twin?.steps === steps && twin.namespace === namespace)
    return withFields(versionedFrame(pod), { spec: twin.spec });
  const defaulted = steps.reduce((before, { apply }) => apply(before, context), pod);
  if (pod.spec && defaulted.spec) twins?.set(pod.spec, { steps, namespace, spec: defaulted.spec });
  return defaulted;
}

/** What the spec of a pod became, and what that depended on beside the spec. */
interface DefaultedSpec {
  readonly steps: readonly Step[];
  readonly namespace: string;
  readonly spec: PodSpec;
}

/** Pods that were read from equal text share their spec object, and so do they once it is defaulted; by context. */
const twinsByContext = new WeakMap<DefaultContext, WeakMap<PodSpec, DefaultedSpec>>();

/** None where the labels decide too, by the folding of label keys, and without a context, which lives as long as a reading. */
function twinsOf(context: DefaultContext, { spec }: Pod): WeakMap<PodSpec, DefaultedSpec> | undefined {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  if (context === NO_CONTEXT || podAffinity || podAntiAffinity || spec?.topologySpreadConstraints) return undefined;
  const known = twinsByContext.get(context) ?? new WeakMap<PodSpec, DefaultedSpec>();
  twinsByContext.set(context, known);
  return known;
}

/**
 * What {@link defaultPod} sets or changes in this raw pod, and who does it: each path once, under the first that set it
 * and with the final value. Of a pod that has been defaulted already, nothing.
 *
 * @throws StowageError ERR_QUANTITY for a quantity that cannot be read
 */
export function defaultedFields(pod: Pod, context: DefaultContext = NO_CONTEXT): DefaultedField[] {
  const fields = new Map<string, DefaultedField>();
  let before = pod;
  for (const { by, apply } of stepsFor(pod)) {
    const after = apply(before, context);
    for (const change of changesOf(before, after)) {
      const known = fields.get(change.path);
      fields.set(change.path, known === undefined ? { ...change, by } : { ...known, value: change.value });
    }
    before = after;
  }
  return [...fields.values()];
}

/** Allocatable from capacity, quantities in whole milli, taints from conditions and from `spec.unschedulable`. */
export function defaultNode(node: Node): Node {
  const { metadata, spec, status } = node;
  const capacity = roundResources(status?.capacity);
  const allocatable = status?.allocatable ? roundResources(status.allocatable) : capacity;
  return withFields(node, {
    metadata: withFields(metadata, { labels: plainLabels(metadata) }),
    spec: withFields(spec ?? NO_SPEC, { taints: defaultTaints(node) }),
    status: withFields(status, { capacity, allocatable }),
  });
}

/** The label that every namespace carries its own name in. */
export function defaultNamespace(namespace: Namespace): Namespace {
  const { metadata } = namespace;
  if (!metadata?.name) return namespace;
  const labels = withFields(plainLabels(metadata), { "kubernetes.io/metadata.name": metadata.name });
  return withFields(namespace, { metadata: withFields(metadata, { labels }) });
}

function stepsFor({ metadata, spec }: Pod): readonly Step[] {
  if (metadata?.creationTimestamp) return STORED_POD;
  return spec?.nodeName ? PLACED_POD : NEW_POD;
}

/** pkg/apis/core/v1/defaults.go: what holds for every pod that is read, new or stored. */
function versionedPod(pod: Pod, { rules }: DefaultContext): Pod {
  const spec = pod.spec ?? {};
  const isHost = spec.hostNetwork === true;
  const withRequests = withFields(spec, {
    containers: spec.containers?.map((one) => withDefaults(one, isHost)),
    initContainers: spec.initContainers?.map((one) => withDefaults(one, isHost)),
  });
  const resources = rules.completesPodLevelOnce ? spec.resources : podLevelDefaults(withRequests);
  const versioned = withFields(withRequests, {
    ...roundContainers(withRequests),
    resources: resources ? roundRequirements(resources) : undefined,
    overhead: spec.overhead ? roundResources(spec.overhead) : undefined,
    nodeSelector: spec.nodeSelector ? withoutNulls(spec.nodeSelector) : undefined,
    volumes: spec.volumes?.map(withPool),
    schedulerName: spec.schedulerName || "default-scheduler",
    restartPolicy: spec.restartPolicy || "Always",
  });
  return withFields(versionedFrame(pod), { spec: versioned });
}

/** pkg/registry/core/pod/strategy.go, PrepareForCreate: quantities are whole by then, and limit ranges have had their say. */
function completedOnce(pod: Pod, { rules }: DefaultContext): Pod {
  if (!rules.completesPodLevelOnce || !pod.spec) return pod;
  const resources = podLevelOnCreate(pod.spec);
  return withFields(pod, { spec: withFields(pod.spec, { resources }) });
}

/** All of the pod but its spec. */
function versionedFrame(pod: Pod): Pod {
  const { metadata, status } = pod;
  return withFields(pod, {
    metadata: withFields(metadata, { labels: plainLabels(metadata), namespace: metadata?.namespace || "default" }),
    status: status ? roundStatus(status) : undefined,
  });
}

/** The one default of a volume's source that a plugin compares. */
function withPool(volume: Volume): Volume {
  return volume.rbd && !volume.rbd.pool ? { ...volume, rbd: { ...volume.rbd, pool: "rbd" } } : volume;
}

/** What a resize has promised and actuated. */
function roundStatus(status: NonNullable<Pod["status"]>): NonNullable<Pod["status"]> {
  const { containerStatuses, initContainerStatuses } = status;
  return {
    ...roundPromises(status),
    ...(containerStatuses ? { containerStatuses: containerStatuses.map(roundPromises) } : {}),
    ...(initContainerStatuses ? { initContainerStatuses: initContainerStatuses.map(roundPromises) } : {}),
  };
}

/** Of a pod's status or a container's, which stays the same object when its quantities are whole. */
function roundPromises<T extends Pick<ContainerStatus, "resources" | "allocatedResources">>(status: T): T {
  const resources = status.resources ? roundRequirements(status.resources) : undefined;
  const allocatedResources = roundResources(status.allocatedResources);
  const isWhole =
    resources === (status.resources ?? undefined) && allocatedResources === (status.allocatedResources ?? undefined);
  if (isWhole) return status;
  return { ...status, ...(resources ? { resources } : {}), ...(allocatedResources ? { allocatedResources } : {}) };
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
  return withFields(container, {
    resources: limits ? withFields(resources, { requests: { ...limits, ...asked } }) : undefined,
    ports: ports?.map((port) => defaultPort(port, isHost)),
  });
}

function defaultPort(port: ContainerPort, isHost: boolean): ContainerPort {
  const hostPort = port.hostPort || (isHost ? port.containerPort : undefined) || undefined;
  return withFields(port, { hostPort, protocol: port.protocol || "TCP" });
}

function roundContainers(spec: PodSpec) {
  const round = (container: Container): Container =>
    withFields(container, { resources: container.resources ? roundRequirements(container.resources) : undefined });
  return { containers: spec.containers?.map(round), initContainers: spec.initContainers?.map(round) };
}

function defaultTaints(node: Node): readonly Taint[] {
  const taints = node.spec?.taints ?? NO_TAINTS;
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
  return missing.length === 0 ? taints : [...taints, ...missing];
}

/** A node holds one taint of a key and effect, whatever its value. */
function isSameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

/** The labels of an object, as they are stored; undefined where it has none. */
export function plainLabels(metadata: ObjectMeta | undefined): StringMap | undefined {
  return metadata?.labels ? withoutNulls(metadata.labels) : undefined;
}

/** A key without a value, as templates render it, is a key with an empty value. */
export function withoutNulls(map: StringMap): StringMap {
  const values: readonly (string | null)[] = Object.values(map);
  if (!values.includes(null)) return map;
  return Object.fromEntries(Object.entries(map).map(([key, value]: [string, string | null]) => [key, value ?? ""]));
}
