/** Random pods: what they ask for, and what has become of those that run. */

import type { Container, ContainerPort, Pod, PodSpec, QuantityText, Toleration } from "../../src/kube/objects.js";
import { nodeAffinityOf, nodeSelectorOf } from "./world-affinity.js";
import type { PodDraft, PodRole, WorldContext } from "./world-types.js";
import {
  COUNTED,
  CPU_ODD,
  CPU_PLAIN,
  DROPPED,
  MEMORY_ODD,
  MEMORY_PLAIN,
  POD_IMAGES,
  TAINT_KEYS,
  TAINT_VALUES,
} from "./world-vocabulary.js";

type Requests = Record<string, QuantityText>;
type Status = NonNullable<Pod["status"]>;

export function incomingPodOf(name: string, context: WorldContext): Pod {
  const { random, has, nodeNames } = context;
  const spec = podSpecOf(context);
  const nodeName = has("nodeName") && random.chance(40) ? random.pick(["elsewhere", ...nodeNames]) : undefined;
  const gates =
    has("gates") && random.chance(25) ? random.list(1, 2, (index) => ({ name: `gate-${index}` })) : undefined;
  const status: Status = {
    ...(has("resize") && random.chance(10) ? resizeStatusOf(spec, context) : {}),
    ...(has("nominated") && random.chance(40) ? { nominatedNodeName: random.pick(["elsewhere", ...nodeNames]) } : {}),
  };
  return {
    metadata: metadataOf(name, context),
    spec: {
      ...spec,
      ...(nodeName === undefined ? {} : { nodeName }),
      ...(gates === undefined ? {} : { schedulingGates: gates }),
    },
    ...(Object.keys(status).length > 0 ? { status } : {}),
  };
}

export function boundPodOf(name: string, context: WorldContext): Pod {
  const { random, has, nodeNames } = context;
  const spec = podSpecOf(context);
  const isAbroad = random.chance(3);
  const isWaiting = random.chance(3);
  const phase = random.chance(12) ? random.pick(["Succeeded", "Failed", "Pending"]) : "Running";
  const deletionTimestamp = random.chance(5) ? { deletionTimestamp: "2030-01-01T00:00:00Z" } : {};
  return {
    metadata: { ...metadataOf(name, context), ...deletionTimestamp },
    spec: isWaiting ? spec : { ...spec, nodeName: isAbroad ? "elsewhere" : random.pick(nodeNames) },
    status: { phase, ...(has("resize") ? resizeStatusOf(spec, context) : {}) },
  };
}

function metadataOf(name: string, { random }: WorldContext): NonNullable<Pod["metadata"]> {
  return random.chance(20) ? { name, namespace: "other" } : { name };
}

function podSpecOf(context: WorldContext): PodSpec {
  const { random, has } = context;
  const affinity = has("affinity") && random.chance(70) ? nodeAffinityOf(context) : undefined;
  return {
    containers: random.list(1, has("containers") ? 3 : 1, (index) => containerOf(`c${index}`, context)),
    ...(has("containers") ? initAndOverhead(context) : {}),
    ...(has("podLevel") && random.chance(60) ? podLevel(context) : {}),
    ...(has("taints") ? { tolerations: random.list(0, 3, () => tolerationOf(context)) } : {}),
    ...(has("unschedulable") && random.chance(30) ? { tolerations: [unschedulableToleration(context)] } : {}),
    ...(has("affinity") && random.chance(30) ? { nodeSelector: nodeSelectorOf(context) } : {}),
    ...(affinity === undefined ? {} : { affinity: { nodeAffinity: affinity } }),
    ...(random.chance(20) ? { priority: random.int(-5, 1000) } : {}),
  };
}

function initAndOverhead(context: WorldContext): PodSpec {
  const { random } = context;
  const initContainers = random.list(0, 3, (index) => {
    const container = containerOf(`i${index}`, context);
    return random.chance(50) ? { ...container, restartPolicy: "Always" } : container;
  });
  return { initContainers, ...(random.chance(30) ? { overhead: requestsOf(context) } : {}) };
}

/**
 * In plain notation: upstream adds overhead to a pod-level request in place, so that one with a binary suffix and a
 * fraction grows each time it is looked at. No API server hands out such a spelling.
 */
function podLevel(context: WorldContext): PodSpec {
  const { random, has } = context;
  const requests = requestsOf({ ...context, has: (theme) => theme !== "notations" && has(theme) });
  if (has("scalars") && random.chance(30)) requests["hugepages-2Mi"] = "64Mi";
  return { resources: random.chance(10) ? { limits: requests } : { requests } };
}

function containerOf(name: string, context: WorldContext): Container {
  const { random, has } = context;
  return {
    name,
    image: has("images") ? random.pick(POD_IMAGES) : "app:v1",
    ...(random.chance(90) ? { resources: { requests: requestsOf(context) } } : {}),
    ...(has("ports") && random.chance(60) ? { ports: random.list(1, 2, () => portOf(context)) } : {}),
  };
}

/** Resources are missing, zero, plain or oddly written, each often enough to meet the others. */
function requestsOf({ random, has }: WorldContext): Requests {
  const requests: Requests = {};
  const isOdd = (): boolean => has("notations") && random.chance(50);
  if (random.chance(80)) requests.cpu = random.chance(10) ? "0" : random.pick(isOdd() ? CPU_ODD : CPU_PLAIN);
  if (random.chance(80)) requests.memory = random.chance(10) ? 0 : random.pick(isOdd() ? MEMORY_ODD : MEMORY_PLAIN);
  if (has("scalars")) {
    for (const name of random.some(COUNTED, 14)) requests[name] = scalarRequest(name, random.int(0, 3));
    for (const name of random.some(DROPPED, 8)) requests[name] = "9";
    if (random.chance(5)) requests.pods = "500";
  }
  return requests;
}

/** Running pods take cpu alone and new ones memory alone, so that a node gets even only when both are on it. */
export function addLopsidedDemand({ spec }: PodDraft, role: PodRole, { stream }: WorldContext): void {
  const random = stream("tight");
  const [first] = spec.containers ?? [];
  if (first === undefined || !random.chance(60)) return;
  const share = random.chance(60);
  const bound = { cpu: share ? "2" : "1500m", memory: "0" };
  const incoming = { cpu: "0", memory: share ? "2Gi" : "1536Mi" };
  spec.containers = [{ ...first, resources: { requests: role === "bound" ? bound : incoming } }];
}

function scalarRequest(name: string, count: number): QuantityText {
  if (name === "ephemeral-storage") return `${count * 3}Gi`;
  if (name.startsWith("hugepages-")) return `${count * 32}Mi`;
  return count;
}

function portOf({ random }: WorldContext): ContainerPort {
  const hostPort = random.pick([0, 80, 80, 443, 8080]);
  const hostIP = random.pick([undefined, "", "0.0.0.0", "127.0.0.1", "10.0.0.1", "::"]);
  const protocol = random.pick([undefined, "", "TCP", "UDP", "SCTP"]);
  return {
    containerPort: 80,
    hostPort,
    ...(hostIP === undefined ? {} : { hostIP }),
    ...(protocol === undefined ? {} : { protocol }),
  };
}

function tolerationOf({ random }: WorldContext): Toleration {
  const operator = random.pick([undefined, "", "Equal", "Equal", "Exists", "Exists", "Gt", "Lt", "Odd"]);
  const effect = random.pick([undefined, "", "NoSchedule", "NoExecute", "PreferNoSchedule"]);
  return {
    ...(random.chance(85) ? { key: random.pick(TAINT_KEYS) } : {}),
    ...(operator === undefined ? {} : { operator }),
    ...(random.chance(60) ? { value: random.pick(TAINT_VALUES) } : {}),
    ...(effect === undefined ? {} : { effect }),
    ...(random.chance(10) ? { tolerationSeconds: 300 } : {}),
  };
}

function unschedulableToleration({ random }: WorldContext): Toleration {
  return random.pick<Toleration>([
    { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
    { key: "node.kubernetes.io/unschedulable", operator: "Equal", value: "true" },
    { key: "node.kubernetes.io/unschedulable", effect: "NoExecute", operator: "Exists" },
    { key: "node.kubernetes.io/unschedulable" },
    { operator: "Exists" },
    { operator: "Equal" },
  ]);
}

/** In-place resize: what the kubelet has allocated and what is in force may differ from the spec. */
function resizeStatusOf(spec: PodSpec, context: WorldContext): Status {
  const { random } = context;
  const statuses = (containers: readonly Container[]) =>
    random.some(containers, 70).map((container) => ({
      name: container.name!,
      ...(random.chance(80) ? { resources: { requests: requestsOf(context) } } : {}),
      ...(random.chance(60) ? { allocatedResources: requestsOf(context) } : {}),
    }));
  const condition = { type: "PodResizePending", status: "True", reason: random.pick(["Infeasible", "Deferred"]) };
  return {
    containerStatuses: statuses(spec.containers ?? []),
    initContainerStatuses: statuses(spec.initContainers ?? []),
    ...(random.chance(30) ? { conditions: [condition] } : {}),
    ...(spec.resources != null && random.chance(60) ? { resources: { requests: requestsOf(context) } } : {}),
    ...(spec.resources != null && random.chance(40) ? { allocatedResources: requestsOf(context) } : {}),
  };
}
