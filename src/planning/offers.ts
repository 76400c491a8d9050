/** Nodes that can be had for a price, and the objects that they would be. */

import type { Node, Pod, ResourceList, StringMap, Taint } from "../kube/objects.js";
import { isSchedulerResource } from "../kube/pod-request.js";
import { amountOf } from "../kube/quantity.js";
import type { Quantities } from "./quantities.js";

/** A kind of node on offer. */
export interface Offer {
  readonly name: string;
  /** Of one node an hour, in any currency; at least 0. Counted in millionths, rounded up. */
  readonly price: number;
  /** What a node has for pods, `pods` (their number) included. */
  readonly allocatable: ResourceList;
  readonly labels?: StringMap;
  readonly taints?: readonly Taint[];
  /** Where it is to be had; each at the same price. Default: without a zone. */
  readonly zones?: readonly string[];
  /** How many there are at most, in each of its zones where it has several. Default: any number. */
  readonly max?: number;
  /** Pods that DaemonSets run on each such node. Their names and node are made up anew for every node. */
  readonly daemons?: readonly Pod[];
}

export type NodeStatus = NonNullable<Node["status"]>;

/** What is kept of each new node. */
export interface Kept {
  /** Part of cpu, memory and ephemeral storage that stays free on every node, 0 to 1. */
  readonly headroom: number;
  /** Amounts beside. */
  readonly reserve: Quantities;
}

export const ZONE_LABEL = "topology.kubernetes.io/zone";
export const HOSTNAME_LABEL = "kubernetes.io/hostname";
export const INSTANCE_TYPE_LABEL = "node.kubernetes.io/instance-type";
/** Parts that a headroom is counted in, so that 30 % of 1100 is 330 and not a little more, as in floating point. */
const PARTS = 1_000_000;
/** Devices and numbers of pods are not what grows. */
const GROWING: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);

/**
 * A node of the offer as an object. It has the labels that a kubelet on Linux gives, those of the offer, and its zone's.
 *
 * @throws StowageError ERR_QUANTITY for an amount that is none
 */
export function offerNode(offer: Offer, name: string, zone: string | undefined, kept: Kept): Node {
  return namedNode(offer, name, zone, statusOf(offer, allocatableOf(offer, kept)));
}

/** The same with a status that was made before; nodes may share it. */
export function namedNode(offer: Offer, name: string, zone: string | undefined, status: NodeStatus): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        [INSTANCE_TYPE_LABEL]: offer.name,
        ...(zone !== undefined && { [ZONE_LABEL]: zone }),
        ...offer.labels,
        [HOSTNAME_LABEL]: name,
      },
    },
    ...(offer.taints !== undefined && { spec: { taints: offer.taints } }),
    status,
  };
}

/** @param amounts what the node has for pods, as {@link allocatableOf} says */
export function statusOf({ allocatable: capacity }: Offer, amounts: Quantities): NodeStatus {
  const allocatable = Object.entries(amounts).map(([resource, amount]) => [
    resource,
    resource === "cpu" ? `${amount}m` : String(amount),
  ]);
  return { capacity, allocatable: Object.fromEntries(allocatable) };
}

/** What a node of the offer has for pods once what is kept is taken off; never less than nothing. */
export function allocatableOf({ allocatable }: Offer, { headroom, reserve }: Kept): Quantities {
  const amounts: Record<string, number> = {};
  for (const [resource, text] of Object.entries(allocatable)) {
    if (text === undefined || !isSchedulerResource(resource)) continue;
    const whole = amountOf(resource, text);
    const share = GROWING.has(resource) ? without(headroom, whole) : whole;
    amounts[resource] = Math.max(0, share - (reserve[resource] ?? 0));
  }
  return amounts;
}

/** What is left of a whole number, rounded down. */
function without(share: number, whole: number): number {
  const kept = PARTS - Math.round(share * PARTS);
  return Math.floor(whole / PARTS) * kept + Math.floor(((whole % PARTS) * kept) / PARTS);
}

/** The DaemonSets' pods of one node. */
export function daemonsOn({ daemons = [] }: Offer, nodeName: string): Pod[] {
  return daemons.map((pod, at) => ({
    ...pod,
    metadata: { ...pod.metadata, name: `${pod.metadata?.name ?? "daemon"}-${at}-${nodeName}` },
    spec: { ...pod.spec, nodeName },
  }));
}

/** Millionths of the currency's unit, rounded up. */
export function costOf(price: number): number {
  return Math.ceil(price * 1_000_000 - 1e-6);
}

export function priceOf(cost: number): number {
  return cost / 1_000_000;
}
