/** Moving single pods as long as less room is stranded by it. */

import type { Cluster } from "../cluster/cluster.js";
import { namespacedName, type Pod } from "../kube/objects.js";
import { cordon } from "./drain.js";
import type { EmptyingLimits } from "./emptying.js";
import type { Movability } from "./movability.js";
import { type Mover, podsOn } from "./mover.js";
import type { RebalanceMove } from "./rebalancing.js";
import { isOfNode } from "./recreation.js";
import { isUsed, rounded, strandedOn } from "./utilization.js";

/** Less than this is no gain: what rounding leaves. */
const LEAST_GAIN = 1e-6;

/**
 * Goes over the nodes, those with most stranded first, and moves each pod of which less is stranded in all once it is where
 * kube-scheduler puts it, its node being cordoned for that move; again until nothing helps. Each pod moves once at most.
 */
export async function unstrand(
  cluster: Cluster,
  mover: Mover,
  movability: Movability,
  limits: EmptyingLimits,
): Promise<{ readonly moves: readonly RebalanceMove[]; readonly stoppedBy: "done" | "moves" | "budget" }> {
  const shares = new StrandedShares(cluster);
  const moves: RebalanceMove[] = [];
  const moved = new Set<string>();
  for (;;) {
    const before = moves.length;
    for (const from of shares.worstFirst()) {
      await limits.tick();
      for (const pod of podsOn(cluster, from)) {
        if (moves.length >= limits.mostMoves) return { moves, stoppedBy: "moves" };
        if (mover.tried >= limits.budget) return { moves, stoppedBy: "budget" };
        const key = namespacedName(pod);
        if (moved.has(key) || isOfNode(pod) || movability.obstacleOf(pod) !== undefined) continue;
        cluster.begin();
        const to = moveElsewhere(cluster, mover, pod, from);
        const gain = to === undefined || to === from ? 0 : shares.gainOf([from, to]);
        if (to === undefined || gain < Math.max(LEAST_GAIN, limits.leastGain)) {
          cluster.rollback();
          continue;
        }
        cluster.commit();
        shares.take([from, to]);
        moved.add(key);
        const node = cluster.node(from);
        const empties = node !== undefined && !isUsed(cluster, node);
        moves.push({ pod: key, from, to, gain: rounded((moves.at(-1)?.gain ?? 0) + gain), empties });
      }
    }
    if (moves.length === before) return { moves, stoppedBy: "done" };
  }
}

/** kube-scheduler often puts a pod back where it was, as nothing has changed; so its node is cordoned meanwhile. */
function moveElsewhere(cluster: Cluster, mover: Mover, pod: Pod, from: string): string | undefined {
  const node = cluster.node(from)?.object;
  cordon(cluster, from);
  const to = mover.move(pod);
  if (node !== undefined) cluster.upsertNode(node);
  return to;
}

/** What is stranded of cpu and memory, as parts of all there is; their mean, by node. */
class StrandedShares {
  readonly #cluster: Cluster;
  readonly #totals = new Map<string, number>();
  readonly #shares = new Map<string, number>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    const nodes = [...cluster.nodes()];
    for (const { allocatable } of nodes) {
      for (const [name, amount] of Object.entries(allocatable)) {
        this.#totals.set(name, (this.#totals.get(name) ?? 0) + amount);
      }
    }
    this.take(nodes.map(({ name }) => name));
  }

  worstFirst(): string[] {
    return [...this.#shares].sort(([, a], [, b]) => b - a).map(([name]) => name);
  }

  /** By how much less is stranded on these nodes than when it was last taken note of. */
  gainOf(nodes: readonly string[]): number {
    return nodes.reduce((sum, name) => sum + (this.#shares.get(name) ?? 0) - this.#shareOf(name), 0);
  }

  take(nodes: readonly string[]): void {
    for (const name of nodes) this.#shares.set(name, this.#shareOf(name));
  }

  #shareOf(name: string): number {
    const node = this.#cluster.node(name);
    if (node === undefined) return 0;
    const parts = [...strandedOn(node)].map(([resource, amount]) => amount / (this.#totals.get(resource) ?? 1));
    return parts.reduce((sum, part) => sum + part, 0) / parts.length;
  }
}
