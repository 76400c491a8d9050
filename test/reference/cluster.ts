/** What a decision looks at: nodes with what is taken on them, computed anew from plain lists for every question. */

import type { Node, Pod } from "../../src/kube/objects.js";
import { addTo, nonZeroUnits, occupiedUnits, parseList, toUnits, type Units } from "./resources.js";

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** A pod that is on a node, with the sums that do not depend on the node. */
export interface BoundPod {
  readonly pod: Pod;
  readonly nodeName: string;
  readonly requested: Units;
  readonly nonZero: Units;
  readonly ports: readonly HostPort[];
}

export interface NodeInfo {
  readonly name: string;
  readonly node: Node;
  readonly allocatable: Units;
  readonly requested: Units;
  readonly nonZeroRequested: Units;
  readonly podCount: bigint;
  readonly usedPorts: readonly HostPort[];
}

export function bind(pod: Pod, nodeName: string): BoundPod {
  return { pod, nodeName, requested: occupiedUnits(pod), nonZero: nonZeroUnits(pod), ports: hostPorts(pod) };
}

/** One entry a node, in the order of the nodes. */
export function snapshot(nodes: Iterable<Node>, pods: Iterable<BoundPod>): NodeInfo[] {
  const byNode = new Map<string, BoundPod[]>();
  for (const pod of pods) {
    const list = byNode.get(pod.nodeName) ?? [];
    list.push(pod);
    byNode.set(pod.nodeName, list);
  }
  const infos: NodeInfo[] = [];
  for (const node of nodes) {
    const name = node.metadata?.name ?? "";
    const here = byNode.get(name) ?? [];
    const requested: Units = new Map();
    const nonZeroRequested: Units = new Map();
    for (const pod of here) {
      addTo(requested, pod.requested);
      addTo(nonZeroRequested, pod.nonZero);
    }
    infos.push({
      name,
      node,
      allocatable: toUnits(parseList(node.status?.allocatable)),
      requested,
      nonZeroRequested,
      podCount: BigInt(here.length),
      usedPorts: here.flatMap((pod) => pod.ports),
    });
  }
  return infos;
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
