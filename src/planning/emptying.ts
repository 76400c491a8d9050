/** Which nodes to empty: as many as possible, those first that give most for a move, all of them cordoned from the start. */

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

/** A node that may be emptied. */
interface Candidate {
  readonly node: string;
  /** Those that have to move, in the order of their moves. */
  readonly pods: readonly Pod[];
  /** What it is worth to have it empty. */
  readonly value: number;
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
    for (const node of cluster.nodes()) {
      const pods = podsOn(cluster, node.name).filter((pod) => !isOfNode(pod) && !pod.metadata?.deletionTimestamp);
      if (pods.length === 0) continue;
      const obstacle = firstObstacle(pods, movability);
      if (obstacle === undefined)
        found.push({ node: node.name, pods: inOrderOfMoves(pods, node), value: worthOf(node) });
      else kept.push({ node: node.name, ...obstacle });
    }
    const { mostMoves, leastGain } = limits;
    const worth = found
      .filter(({ value, pods }) => value > 0 && value / pods.length >= leastGain)
      .sort((a, b) => b.value / b.pods.length - a.value / a.pods.length);
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

  /** Empties the nodes for good. @returns the moves, in order; undefined where one of them is not possible. */
  empty(nodes: readonly string[]): RebalanceMove[] | undefined {
    const byName = new Map(this.#candidates.map((candidate) => [candidate.node, candidate]));
    for (const node of nodes) cordon(this.#cluster, node);
    const moves: RebalanceMove[] = [];
    let gain = 0;
    for (const from of nodes) {
      const { pods = [], value = 0 } = byName.get(from) ?? {};
      for (const [index, pod] of pods.entries()) {
        const to = this.#mover.move(pod);
        // One that tolerates the cordon may find its way back.
        if (to === undefined || nodes.includes(to)) return undefined;
        const empties = index === pods.length - 1;
        if (empties) gain = rounded(gain + value);
        moves.push({ pod: namespacedName(pod), from, to, gain, empties });
      }
    }
    return moves;
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
    const away = new Set(run.map(({ node }) => node));
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
