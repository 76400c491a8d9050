/** What a decision looks at: nodes and the pods on them, kept as kube-scheduler's cache keeps them. */

import type { Node, Pod, StringMap } from "../../src/kube/objects.js";
import { namespacedName } from "../../src/kube/objects.js";
import { type PodTerms, podTerms } from "./affinity-terms.js";
import type { Compat } from "./compat.js";
import { addTo, nonZeroUnits, occupiedUnits, parseList, toUnits, type Units } from "./resources.js";

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** A pod that is on a node or promised to one, with all that does not depend on the node. */
export interface BoundPod {
  readonly pod: Pod;
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  readonly labels: StringMap;
  readonly nodeName: string;
  readonly requested: Units;
  readonly nonZero: Units;
  readonly ports: readonly HostPort[];
  readonly terms: PodTerms;
}

export function bind(pod: Pod, nodeName: string, compat: Compat): BoundPod {
  return {
    pod,
    key: namespacedName(pod),
    namespace: namespaceOf(pod),
    labels: labelsOf(pod),
    nodeName,
    requested: occupiedUnits(pod, compat),
    nonZero: nonZeroUnits(pod, compat),
    ports: hostPorts(pod),
    terms: podTerms(pod),
  };
}

export function namespaceOf(pod: Pod): string {
  return pod.metadata?.namespace || "default";
}

export function labelsOf(object: Pod | Node): StringMap {
  return object.metadata?.labels ?? {};
}

export function priorityOf(pod: Pod): number {
  return pod.spec?.priority ?? 0;
}

/** A node with its pods. Pods may come before the node and stay when it goes. */
export class NodeInfo {
  readonly name: string;
  #node: Node | undefined;
  #allocatable: Units = new Map();
  readonly #pods: BoundPod[] = [];
  readonly #requested: Units = new Map();
  readonly #nonZeroRequested: Units = new Map();
  readonly #usedPorts = new Map<string, HostPort>();

  constructor(name: string) {
    this.name = name;
  }

  get exists(): boolean {
    return this.#node !== undefined;
  }

  get node(): Node {
    return this.#node ?? {};
  }

  set node(node: Node | undefined) {
    this.#node = node;
    this.#allocatable = toUnits(parseList(node?.status?.allocatable));
  }

  get labels(): StringMap {
    return labelsOf(this.node);
  }

  get allocatable(): Units {
    return this.#allocatable;
  }

  get requested(): Units {
    return this.#requested;
  }

  get nonZeroRequested(): Units {
    return this.#nonZeroRequested;
  }

  get pods(): readonly BoundPod[] {
    return this.#pods;
  }

  get usedPorts(): readonly HostPort[] {
    return [...this.#usedPorts.values()];
  }

  add(pod: BoundPod): void {
    this.#pods.push(pod);
    addTo(this.#requested, pod.requested, 1n);
    addTo(this.#nonZeroRequested, pod.nonZero, 1n);
    for (const port of pod.ports) this.#usedPorts.set(portKey(port), port);
  }

  /** The last pod takes the gap. Ports are not counted: one that two pods share is free when either goes. */
  remove(pod: BoundPod): void {
    const index = this.#pods.findIndex(({ key }) => key === pod.key);
    const removed = this.#pods[index];
    if (removed === undefined) return;
    const last = this.#pods.pop()!;
    if (last !== removed) this.#pods[index] = last;
    addTo(this.#requested, removed.requested, -1n);
    addTo(this.#nonZeroRequested, removed.nonZero, -1n);
    for (const port of removed.ports) this.#usedPorts.delete(portKey(port));
  }

  copy(): NodeInfo {
    const copy = new NodeInfo(this.name);
    copy.#node = this.#node;
    copy.#allocatable = this.#allocatable;
    copy.#pods.push(...this.#pods);
    addTo(copy.#requested, this.#requested, 1n);
    addTo(copy.#nonZeroRequested, this.#nonZeroRequested, 1n);
    for (const [key, port] of this.#usedPorts) copy.#usedPorts.set(key, port);
    return copy;
  }
}

function portKey({ ip, protocol, port }: HostPort): string {
  return `${ip} ${protocol} ${port}`;
}

/** Host ports of regular containers and sidecars, with Kubernetes' defaults for address and protocol. */
export function hostPorts(pod: Pod): HostPort[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  const ports: HostPort[] = [];
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    for (const port of container.ports ?? []) {
      if ((port.hostPort ?? 0) <= 0) continue;
      ports.push({ ip: port.hostIP || "0.0.0.0", protocol: port.protocol || "TCP", port: port.hostPort! });
    }
  }
  return ports;
}
