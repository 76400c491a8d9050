/** A fleet: new nodes by name, and the pods that a packing has on them. */

import type { Cluster } from "../cluster/cluster.js";
import type { Node, Pod } from "../kube/objects.js";
import type { Packing, Problem } from "../packing/problem.js";
import {
  allocatableOf,
  costOf,
  daemonsOn,
  type Kept,
  type NodeStatus,
  namedNode,
  type Offer,
  statusOf,
} from "./offers.js";
import type { Quantities } from "./quantities.js";
import type { SizeProblem } from "./size-problem.js";

export interface FleetNode {
  readonly name: string;
  readonly offer: Offer;
  readonly zone?: string;
  readonly node: Node;
  readonly allocatable: Quantities;
  /** In millionths, what is fixed for a node included. */
  readonly cost: number;
}

export interface Fleet {
  readonly nodes: readonly FleetNode[];
  /** The pods in the order of the nodes that the packing has them on, those of nodes that are there first. */
  readonly order: readonly Pod[];
  /** The new node that each of the order is on; undefined where it is on one that is there. Left out where nobody has said. */
  readonly homes?: readonly (string | undefined)[];
}

/** What all nodes of an offer share. */
interface Mould extends Pick<FleetNode, "allocatable" | "cost"> {
  /** Where their names begin. */
  readonly base: string;
  readonly status: NodeStatus;
}

/** Names new nodes after their offers, each with a number, beside names that are taken. */
export class NodeMaker {
  readonly #taken: Set<string>;
  readonly #kept: Kept;
  readonly #nodeCost: number;
  readonly #numbers = new Map<string, number>();
  readonly #made = new Map<Offer, number>();
  readonly #moulds = new Map<Offer, Mould>();

  constructor(taken: Iterable<string>, kept: Kept, nodeCost: number) {
    this.#taken = new Set(taken);
    this.#kept = kept;
    this.#nodeCost = nodeCost;
  }

  /** @param zone where it must be; otherwise the offer's zones take turns. */
  make(offer: Offer, zone?: string): FleetNode {
    const { zones } = offer;
    const made = this.#made.get(offer) ?? 0;
    this.#made.set(offer, made + 1);
    const where = zone ?? (zones === undefined ? undefined : zones[made % zones.length]);
    const { base, status, allocatable, cost } = this.#mouldOf(offer);
    const name = this.#nextName(base);
    const node = namedNode(offer, name, where, status);
    return { name, offer, ...(where !== undefined && { zone: where }), node, allocatable, cost };
  }

  #mouldOf(offer: Offer): Mould {
    const known = this.#moulds.get(offer);
    if (known !== undefined) return known;
    const allocatable = allocatableOf(offer, this.#kept);
    const mould = {
      // A node is called like a DNS subdomain, whatever the offer is called.
      base: offer.name.toLowerCase().replace(/[^a-z0-9.-]+/g, "-"),
      status: statusOf(offer, allocatable),
      allocatable,
      cost: costOf(offer.price) + this.#nodeCost,
    };
    this.#moulds.set(offer, mould);
    return mould;
  }

  /** One that has made nothing yet, beside the same names that were taken from the beginning. */
  unused(): NodeMaker {
    return new NodeMaker(this.#taken, this.#kept, this.#nodeCost);
  }

  #nextName(base: string): string {
    for (;;) {
      const number = (this.#numbers.get(base) ?? 0) + 1;
      this.#numbers.set(base, number);
      if (!this.#taken.has(`${base}-${number}`)) return `${base}-${number}`;
    }
  }
}

/**
 * The nodes of a packing. A zone is only held to where some pod on the node may not be elsewhere, or all are to be.
 *
 * @param isZoned whether every node has to be in the zone of its type.
 */
export function fleetOf(
  { groups, types, packing: problem }: SizeProblem,
  packing: Packing,
  maker: NodeMaker,
  isZoned = false,
): Fleet {
  const waiting = groups.map(({ pods }) => [...pods].reverse());
  const nodes: FleetNode[] = [];
  const order: Pod[] = [];
  const homes: (string | undefined)[] = [];
  const byCost = [...packing.bins].sort((a, b) => problem.types[b.type]!.cost - problem.types[a.type]!.cost);
  const existing = byCost.filter(({ type }) => types[type]!.offer === undefined);
  for (const { type, counts, times } of [...existing, ...byCost.filter((bin) => !existing.includes(bin))]) {
    const { offer, zone } = types[type]!;
    const kinds = [...counts.keys()].filter((kind) => counts[kind]! > 0);
    const isHeld = isZoned || isHeldToZone({ types }, problem, type, kinds);
    for (let time = 0; time < times; time++) {
      const made = offer && maker.make(offer, isHeld ? zone : undefined);
      if (made !== undefined) nodes.push(made);
      for (const [kind, count] of counts.entries()) {
        for (let item = 0; item < count; item++) order.push(...waiting[kind]!.splice(-1));
      }
      while (homes.length < order.length) homes.push(made?.name);
    }
  }
  return { nodes, order, homes };
}

/** Whether some of the kinds may not be in every zone that nodes of the type's offer can be had in. */
export function isHeldToZone(
  { types }: Pick<SizeProblem, "types">,
  problem: Problem,
  type: number,
  kinds: readonly number[],
): boolean {
  const { offer } = types[type]!;
  return types.some(
    (other, at) => other.offer === offer && kinds.some((kind) => problem.types[at]!.admits?.(kind) === false),
  );
}

/** The nodes are there from now on, with the pods that DaemonSets run on them. */
export function addNodes(cluster: Cluster, nodes: readonly FleetNode[]): void {
  for (const { node, offer, name } of nodes) {
    cluster.upsertNode(node);
    for (const daemon of daemonsOn(offer, name)) cluster.upsertPod(daemon);
  }
}

export function fleetCost(nodes: readonly FleetNode[]): number {
  return nodes.reduce((sum, { cost }) => sum + cost, 0);
}
