/** How well nodes are used: how many, what they cost, what is stranded on them, how even they are. */

import type { Cluster } from "../cluster/cluster.js";
import type { NodeView } from "../cluster/node-view.js";
import { BINDING_RESOURCES, type Room, strandedOf, usableShare } from "../cluster/stranding.js";
import type { Node } from "../kube/objects.js";
import { isOfNode } from "./recreation.js";
import { inOrder } from "./resource-order.js";

/** What a node costs, in any unit of money an hour; undefined where nobody knows. */
export type PriceOf = (node: Node) => number | undefined;

export interface Utilization {
  readonly nodes: number;
  /** Nodes with a pod that is not of a DaemonSet, a mirror pod or being deleted. */
  readonly nodesUsed: number;
  /** Of the nodes used, an hour; where prices are known. */
  readonly cost?: number;
  /** By resource name: milli for cpu, base units for the rest. */
  readonly resources: Readonly<Record<string, ResourceUse>>;
}

export interface ResourceUse {
  readonly allocatable: number;
  readonly requested: number;
  /** The most that is free on any one node. */
  readonly largestFree: number;
  /**
   * Of cpu and memory: what is free and of no use, for on its node cpu, memory or room for pods runs out first, if pods ask for
   * cpu and memory as the node has them.
   */
  readonly stranded?: number;
  /** Over the nodes, of the share that is requested, 0 to 1; nodes that have none of it do not count. */
  readonly standardDeviation: number;
}

const STRANDABLE: readonly string[] = ["cpu", "memory"];
/** So many decimals, so that the last bits of a sum do not tell equal answers apart. */
const DECIMALS = 1e6;

/** @param priceOf of every node; without it nothing is said of cost */
export function utilizationOf(cluster: Cluster, priceOf?: PriceOf): Utilization {
  const nodes = [...cluster.nodes()];
  const used = nodes.filter((node) => isUsed(cluster, node));
  const prices = priceOf && used.map(({ object }) => priceOf(object) ?? 0);
  const sums = new Map<string, Sum>();
  for (const node of nodes) add(node, sums);
  return {
    nodes: nodes.length,
    nodesUsed: used.length,
    ...(prices && { cost: rounded(prices.reduce((sum, price) => sum + price, 0)) }),
    resources: inOrder(Object.fromEntries([...sums].map(([name, sum]) => [name, useOf(name, sum)]))),
  };
}

/** What of a node's free cpu and memory is stranded, by resource. */
export function strandedOn({
  allocatable,
  requested,
}: Pick<NodeView, "allocatable" | "requested">): Map<string, number> {
  const room = (name: string): Room => ({ allocatable: allocatable[name] ?? 0, requested: requested[name] ?? 0 });
  const usable = usableShare(BINDING_RESOURCES.map(room));
  return new Map(STRANDABLE.map((name) => [name, Math.round(strandedOf(room(name), usable))]));
}

/** Whether a pod runs there that could run elsewhere. */
export function isUsed(cluster: Cluster, { pods }: NodeView): boolean {
  return pods.some((key) => {
    const pod = cluster.pod(key)?.pod;
    return pod !== undefined && !isOfNode(pod) && !pod.metadata?.deletionTimestamp;
  });
}

interface Sum {
  allocatable: number;
  requested: number;
  largestFree: number;
  stranded: number;
  /** Requested shares of the nodes that have the resource. */
  readonly shares: number[];
}

function add(node: NodeView, sums: Map<string, Sum>): void {
  const { allocatable, requested } = node;
  const stranded = strandedOn(node);
  for (const name of Object.keys({ ...allocatable, ...requested })) {
    const [has, gave] = [allocatable[name] ?? 0, requested[name] ?? 0];
    const sum = sums.get(name) ?? { allocatable: 0, requested: 0, largestFree: 0, stranded: 0, shares: [] };
    sums.set(name, sum);
    sum.allocatable += has;
    sum.requested += gave;
    sum.largestFree = Math.max(sum.largestFree, has - gave);
    sum.stranded += stranded.get(name) ?? 0;
    if (has > 0) sum.shares.push(gave / has);
  }
}

function useOf(name: string, { shares, stranded, ...amounts }: Sum): ResourceUse {
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
  return {
    ...amounts,
    ...(STRANDABLE.includes(name) && { stranded }),
    standardDeviation: shares.length === 0 ? 0 : rounded(Math.sqrt(variance)),
  };
}

export function rounded(value: number): number {
  return Math.round(value * DECIMALS) / DECIMALS;
}
