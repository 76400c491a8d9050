/**
 * Fewer nodes, lower cost or less stranded room by moving running pods. A move is what kubectl can do: the pod is evicted, its
 * controller makes it again, and kube-scheduler places it, so a target is where it decides and needs no pin.
 */

import type { Cluster } from "../cluster/cluster.js";
import type { NodeView } from "../cluster/node-view.js";
import { StowageError } from "../errors.js";
import { namespacedName } from "../kube/objects.js";
import { type PodInput, toPod } from "../kube/plain.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import { pause } from "../scheduler/slices.js";
import { settleBudgets } from "./budget-status.js";
import { type EmptyingLimits, NodeEmptying } from "./emptying.js";
import { Movability } from "./movability.js";
import { Mover } from "./mover.js";
import { type Goal, REBALANCE_SCHEMA_VERSION, type Rebalance } from "./rebalancing.js";
import { unstrand } from "./unstranding.js";
import { type PriceOf, utilizationOf } from "./utilization.js";

export interface RebalanceOptions {
  /** Default `nodes`. */
  readonly goal?: Goal;
  /** Needed for the goal `cost`. */
  readonly priceOf?: PriceOf;
  /** Whether each replacement must find its node while the pod still runs. Default false: the pod goes first. */
  readonly isSurge?: boolean;
  /** Default: as many as help. */
  readonly mostMoves?: number;
  /** What a move must bring: its part of the node that is emptied or of its price, or of what is stranded. Default 0. */
  readonly leastGain?: number;
  /** Moves that may be tried in the search, so that the same input has the same answer. Default 100,000. */
  readonly budget?: number;
  readonly signal?: AbortSignal;
  /** Counts of moves tried, up to the budget. */
  readonly onProgress?: (tried: number, budget: number) => void;
}

const BUDGET = 100_000;
const GOALS: readonly Goal[] = ["nodes", "cost", "stranding"];

/**
 * Places the pending pods, then searches for moves. The cluster is afterwards as it was; nobody else may change it meanwhile.
 *
 * @throws StowageError ERR_ABORTED by the signal; ERR_ALREADY_PLACED for a pending pod that is in the cluster; ERR_OBJECT for
 *   a goal that there is not, and the goal `cost` without prices
 */
export async function rebalance(
  cluster: Cluster,
  scheduler: Scheduler,
  pending: readonly PodInput[],
  options: RebalanceOptions = {},
): Promise<Rebalance> {
  const { goal = "nodes", priceOf, isSurge = false } = options;
  if (!GOALS.includes(goal)) {
    throw new StowageError("ERR_OBJECT", { path: "goal", reason: `${goal} is not one of ${GOALS.join(", ")}` });
  }
  if (goal === "cost" && priceOf === undefined) {
    throw new StowageError("ERR_OBJECT", { path: "priceOf", reason: "the goal cost needs prices" });
  }
  const pods = pending.map(toPod);
  cluster.begin();
  try {
    await scheduler.placeAll(pods, options.signal ? { signal: options.signal } : {});
    settleBudgets(
      cluster,
      pods.filter((pod) => cluster.pod(namespacedName(pod)) === undefined),
    );
    const before = utilizationOf(cluster, priceOf);
    const mover = new Mover(cluster, scheduler, isSurge);
    const movability = new Movability(cluster, isSurge);
    const limits = limitsOf(options, mover);
    const found =
      goal === "stranding"
        ? { emptied: [], unused: [], kept: [], ...(await unstrand(cluster, mover, movability, limits)) }
        : await emptyNodes(cluster, mover, movability, options);
    const after = utilizationOf(cluster, priceOf);
    return { schemaVersion: REBALANCE_SCHEMA_VERSION, goal, isSurge, before, after, ...found };
  } finally {
    cluster.rollback();
  }
}

async function emptyNodes(cluster: Cluster, mover: Mover, movability: Movability, options: RebalanceOptions) {
  const { goal, priceOf } = options;
  const worthOf = ({ object }: NodeView): number => (goal === "cost" ? (priceOf?.(object) ?? 0) : 1);
  const emptying = new NodeEmptying(cluster, mover, movability, worthOf, limitsOf(options, mover));
  const { emptied, kept, stoppedBy } = await emptying.search();
  const unused = emptying.keptUnused(emptied);
  return { emptied, unused, kept, stoppedBy, moves: emptying.empty(emptied) ?? [] };
}

function limitsOf(options: RebalanceOptions, mover: Mover): EmptyingLimits {
  const { mostMoves = Number.POSITIVE_INFINITY, leastGain = 0, budget = BUDGET, signal, onProgress } = options;
  const tick = async (): Promise<void> => {
    onProgress?.(Math.min(mover.tried, budget), budget);
    await pause();
    if (signal?.aborted === true) throw new StowageError("ERR_ABORTED", { done: mover.tried, total: budget });
  };
  return { mostMoves, leastGain, budget, tick };
}
