/**
 * How many nodes are looked at, in which order, and how upstream chooses between equals. Source: k8s 1.36
 * pkg/scheduler/schedule_one.go (numFeasibleNodesToFind, findNodesThatPassFilters, selectHost) with parallelism 1.
 */

import type { ClusterState } from "../cluster/state.js";
import type { Node } from "../kube/objects.js";
import type { Profile } from "./profile.js";

const MIN_NODES_TO_FIND = 100;
const MIN_PERCENTAGE = 5;
const BASE_PERCENTAGE = 50;
const NODES_A_PERCENT = 125;

/** Whether searches may end before every node was looked at; where all of them look at all, it does not matter where they begin. */
export function endsEarly({ percentageOfNodesToScore: percentage, score }: Profile): boolean {
  return percentage !== undefined && (percentage < 100 || score.length === 0);
}

/** After how many feasible nodes the search ends. `percentage` 0 is the adaptive rule. */
export function feasibleNodesToFind(nodes: number, percentage: number): number {
  if (nodes < MIN_NODES_TO_FIND) return nodes;
  const adaptive = Math.max(BASE_PERCENTAGE - Math.trunc(nodes / NODES_A_PERCENT), MIN_PERCENTAGE);
  const share = Math.trunc((nodes * (percentage === 0 ? adaptive : percentage)) / 100);
  return Math.max(share, MIN_NODES_TO_FIND);
}

/**
 * The order in which upstream visits the nodes, as slots: zones take turns, in the order in which each was first seen.
 * Source: k8s 1.36 pkg/scheduler/backend/cache/node_tree.go, for a scheduler that starts with the nodes of this moment.
 */
export function zoneInterleaved(bySlot: ClusterState["bySlot"]): number[] {
  const zones = new Map<string, number[]>();
  for (const [slot, record] of bySlot.entries()) {
    if (record?.node === undefined) continue;
    const zone = zoneOf(record.node);
    const slots = zones.get(zone);
    if (slots === undefined) zones.set(zone, [slot]);
    else slots.push(slot);
  }
  const lists = [...zones.values()];
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  const order: number[] = [];
  for (let index = 0; index < longest; index++) {
    for (const slots of lists) if (index < slots.length) order.push(slots[index]!);
  }
  return order;
}

/** That order of a cluster's nodes, worked out again only when nodes have changed. */
export class NodeOrder {
  readonly #state: ClusterState;
  #slots: readonly number[] = [];
  #specVersion = -1;

  constructor(state: ClusterState) {
    this.#state = state;
  }

  get slots(): readonly number[] {
    if (this.#specVersion !== this.#state.specVersion) {
      this.#slots = zoneInterleaved(this.#state.bySlot);
      this.#specVersion = this.#state.specVersion;
    }
    return this.#slots;
  }
}

/** A node's zone by its labels; of two spellings the older one counts as soon as it is there. */
function zoneOf({ metadata }: Node): string {
  const labels = metadata?.labels ?? {};
  const region = labels["failure-domain.beta.kubernetes.io/region"] ?? labels["topology.kubernetes.io/region"] ?? "";
  const zone = labels["failure-domain.beta.kubernetes.io/zone"] ?? labels["topology.kubernetes.io/zone"] ?? "";
  return region === "" && zone === "" ? "" : `${region}:\0:${zone}`;
}

export interface Visit {
  /** Feasible nodes in the order in which they were found. */
  readonly found: readonly number[];
  /** Slots that were not looked at, or one too many; not the one on which a filter failed. */
  readonly left: readonly number[];
  /** How many of the visited nodes were rejected. */
  readonly rejected: number;
}

/**
 * Visits `order` from index `start` on, until more than `target` feasible nodes are found; the last of them is dropped. A
 * node on which a filter fails ends it too, and does not count.
 */
export function visit(
  order: readonly number[],
  start: number,
  target: number,
  verdictOf: (slot: number) => "feasible" | "rejected" | "failed",
): Visit {
  const found: number[] = [];
  let rejected = 0;
  for (let index = 0; index < order.length; index++) {
    const slot = order[(start + index) % order.length]!;
    const verdict = verdictOf(slot);
    if (verdict === "rejected") rejected++;
    else if (verdict === "feasible" && found.length < target) found.push(slot);
    else return { found, left: behind(order, start, verdict === "failed" ? index + 1 : index), rejected };
  }
  return { found, left: [], rejected };
}

/** What follows the first `count` entries of an order that begins at `start` and goes round. */
function behind(order: readonly number[], start: number, count: number): number[] {
  return order.map((_, index) => order[(start + index) % order.length]!).slice(count);
}

/**
 * Which of several totals a binary heap has at its root: container/heap's Init, which moves an entry up only when it is
 * strictly better than the other child and its parent.
 */
export function heapRoot(totals: readonly number[]): number {
  const heap = totals.map((_, index) => index);
  const isBetter = (a: number, b: number) => totals[heap[a]!]! > totals[heap[b]!]!;
  for (let start = Math.floor(heap.length / 2) - 1; start >= 0; start--) {
    let parent = start;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBetter(child + 1, child)) child++;
      if (!isBetter(child, parent)) break;
      [heap[parent], heap[child]] = [heap[child]!, heap[parent]!];
      parent = child;
    }
  }
  return heap[0] ?? -1;
}
