/**
 * Which nodes to empty: as many as possible, those first that give most for a move, all of them cordoned from the start, and
 * with them those that are empty already and would save nothing by being filled instead.
 */

import type { Cluster } from "../cluster/cluster.js";
import type { NodeView } from "../cluster/node-view.js";
import { namespacedName, type Pod } from "../kube/objects.js";
import { cordon } from "./drain.js";
import type { Movability } from "./movability.js";
import { type Mover, podsOn } from "./mover.js";
import { decreasingOrder, podsAt } from "./order.js";
import type { KeptNode, RebalanceMove } from "./rebalancing.js";
import { isOfNode } from "./recreation.js";
import { readableRequest } from "./request.js";
import { rounded } from "./utilization.js";

/** A node that is empty. */
interface Unused {
  readonly node: string;
  /** What it is worth to have it empty. */
  readonly value: number;
}

/** A node that may be emptied. */
interface Candidate extends Unused {
  /** Those that have to move, in the order of their moves. */
  readonly pods: readonly Pod[];
}

export interface EmptyingLimits {
  readonly mostMoves: number;
  /** A node is worth at least so much a move. */
  readonly leastGain: number;
  /** Moves that may be tried. */
  readonly budget: number;
  /** Called between attempts; throws to stop. */
  readonly tick: () => Promise<void>;
}

export interface Emptying {
  readonly emptied: readonly string[];
  readonly kept: readonly KeptNode[];
  readonly stoppedBy: "done" | "moves" | "budget";
}

/** Searches for the nodes; the cluster is afterwards as it was. */
export class NodeEmptying {
  readonly #cluster: Cluster;
  readonly #mover: Mover;
  readonly #candidates: readonly Candidate[];
  readonly #unused: readonly Unused[];
  readonly #kept: readonly KeptNode[];
  readonly #isCutByMoves: boolean;
  readonly #limits: EmptyingLimits;

  constructor(
    cluster: Cluster,
    mover: Mover,
    movability: Movability,
    worthOf: (node: NodeView) => number,
    limits: EmptyingLimits,
  ) {
    this.#cluster = cluster;
    this.#mover = mover;
    this.#limits = limits;
    const kept: KeptNode[] = [];
    const found: Candidate[] = [];
    const unused: Unused[] = [];
    for (const node of cluster.nodes()) {
      const pods = podsOn(cluster, node.name).filter((pod) => !isOfNode(pod) && !pod.metadata?.deletionTimestamp);
      if (pods.length === 0) {
        unused.push({ node: node.name, value: worthOf(node) });
        continue;
      }
      const obstacle = firstObstacle(pods, movability);
      if (obstacle === undefined)
        found.push({ node: node.name, pods: inOrderOfMoves(pods, node), value: worthOf(node) });
      else kept.push({ node: node.name, ...obstacle });
    }
    const { mostMoves, leastGain } = limits;
    const worth = found
      .filter(({ value, pods }) => value > 0 && value / pods.length >= leastGain)
      .sort((a, b) => b.value / b.pods.length - a.value / a.pods.length);
    this.#unused = unused;
    this.#kept = kept;
    this.#candidates = worth.filter(({ pods }) => pods.length <= mostMoves);
    this.#isCutByMoves = this.#candidates.length < worth.length;
  }

  /**
   * The longest run of candidates that can be emptied together is found by halving; then each of the others is tried in
   * addition.
   */
  async search(): Promise<Emptying> {
    let chosen: Candidate[] = [];
    let isCut = this.#isCutByMoves;
    let [low, high] = [0, this.#candidates.length];
    while (low < high && this.#hasBudget()) {
      const middle = Math.ceil((low + high) / 2);
      const run = this.#candidates.slice(0, middle);
      const isTooLong = countMoves(run) > this.#limits.mostMoves;
      isCut ||= isTooLong;
      if (!isTooLong && (await this.#canEmpty(run))) {
        low = middle;
        chosen = run;
      } else high = middle - 1;
    }
    for (const candidate of this.#candidates.slice(low)) {
      if (!this.#hasBudget()) break;
      const more = [...chosen, candidate];
      if (countMoves(more) > this.#limits.mostMoves) isCut = true;
      else if (await this.#canEmpty(more)) chosen = more;
    }
    return {
      emptied: chosen.map(({ node }) => node),
      kept: this.#kept,
      stoppedBy: this.#hasBudget() ? (isCut ? "moves" : "done") : "budget",
    };
  }

  /** Names of the nodes that are empty already and stay so when these are emptied. */
  keptUnused(nodes: readonly string[]): string[] {
    const least = Math.min(...this.#candidates.flatMap(({ node, value }) => (nodes.includes(node) ? [value] : [])));
    return this.#unused.flatMap(({ node, value }) => (value >= least ? [node] : []));
  }

  /** Empties the nodes for good. @returns the moves, in order; undefined where one is not possible, or a node not worth it. */
  empty(nodes: readonly string[]): RebalanceMove[] | undefined {
    const byName = new Map(this.#candidates.map((candidate) => [candidate.node, candidate]));
    const kept = new Set([...nodes, ...this.keptUnused(nodes)]);
    const unused = new Map(this.#unused.map(({ node, value }) => [node, value]));
    for (const node of kept) cordon(this.#cluster, node);
    const moves: RebalanceMove[] = [];
    let gain = 0;
    for (const from of nodes) {
      const { pods = [], value = 0 } = byName.get(from) ?? {};
      let net = value;
      for (const [index, pod] of pods.entries()) {
        const to = this.#mover.move(pod);
        // One that tolerates the cordon may find its way back.
        if (to === undefined || kept.has(to)) return undefined;
        net -= unused.get(to) ?? 0;
        unused.delete(to);
        const empties = index === pods.length - 1;
        if (empties && !this.#isWorth(net, pods.length)) return undefined;
        if (empties) gain = rounded(gain + net);
        moves.push({ pod: namespacedName(pod), from, to, gain, empties });
      }
    }
    return moves;
  }

  /** Pods that move to a node that was empty may cost as much as is saved. */
  #isWorth(net: number, moves: number): boolean {
    return rounded(net) > 0 && net / moves >= this.#limits.leastGain;
  }

  async #canEmpty(run: readonly Candidate[]): Promise<boolean> {
    await this.#limits.tick();
    if (!this.#hasRoomFor(run)) return false;
    this.#cluster.begin();
    try {
      return this.empty(run.map(({ node }) => node)) !== undefined;
    } finally {
      this.#cluster.rollback();
    }
  }

  /** Whether the other nodes together have room for the pods, which costs no move to find out. */
  #hasRoomFor(run: readonly Candidate[]): boolean {
    const names = run.map(({ node }) => node);
    const away = new Set([...names, ...this.keptUnused(names)]);
    const left = new Map<string, number>();
    for (const { name, allocatable, requested } of this.#cluster.nodes()) {
      if (away.has(name)) continue;
      for (const [resource, amount] of Object.entries(allocatable)) {
        left.set(resource, (left.get(resource) ?? 0) + Math.max(0, amount - (requested[resource] ?? 0)));
      }
    }
    for (const { pods } of run) {
      for (const pod of pods) {
        for (const [resource, amount] of readableRequest(pod)) left.set(resource, (left.get(resource) ?? 0) - amount);
      }
    }
    return [...left.values()].every((amount) => amount >= 0);
  }

  #hasBudget(): boolean {
    return this.#mover.tried < this.#limits.budget;
  }
}

function countMoves(run: readonly Candidate[]): number {
  return run.reduce((sum, { pods }) => sum + pods.length, 0);
}

function firstObstacle(pods: readonly Pod[], movability: Movability): Omit<KeptNode, "node"> | undefined {
  for (const pod of pods) {
    const why = movability.obstacleOf(pod);
    if (why !== undefined) return { pod: namespacedName(pod), why };
  }
  return undefined;
}

/** The largest first, for small ones find room last. */
function inOrderOfMoves(pods: readonly Pod[], { allocatable }: NodeView): Pod[] {
  return podsAt(pods, decreasingOrder(pods.map(readableRequest), allocatable));
}
