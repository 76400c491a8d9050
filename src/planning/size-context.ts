/** What the parts of a question of size share: the problem, the search and how to check a fleet. */

import type { Cluster } from "../cluster/cluster.js";
import { StowageError } from "../errors.js";
import type { Pod } from "../kube/objects.js";
import { type Packed, type PackOptions, pack } from "../packing/pack.js";
import type { BinType, Problem } from "../packing/problem.js";
import type { LinearSolver } from "../packing/solver.js";
import type { SchedulerOptions } from "../scheduler/options.js";
import { pause } from "../scheduler/slices.js";
import { type FleetNode, fleetOf, NodeMaker } from "./fleet.js";
import { FleetChecker } from "./fleet-check.js";
import { costOf, type Kept, type Offer } from "./offers.js";
import { type SizeProblem, sizeProblem } from "./size-problem.js";

export interface SizeOptions {
  /** The profile that has to place the pods. */
  readonly scheduler?: SchedulerOptions;
  /** What stays free on every new node. */
  readonly kept?: Partial<Kept>;
  /** A fixed price of every new node, an hour. */
  readonly nodePrice?: number;
  /** At most so many new nodes. */
  readonly maxNodes?: number;
  /** At most so many offers in the mix. */
  readonly maxTypes?: number;
  /** What may fail without a pod being left over: any one node, or any one zone. */
  readonly survive?: "node" | "zone";
  readonly currency?: string;
  /** HiGHS, from `stowage/highs`. Without it the bound is weaker. */
  readonly solver?: LinearSolver;
  /** A 32-bit integer. Default 0. */
  readonly seed?: number;
  /** How much work, in steps of a few microseconds. Default 2 million. */
  readonly budget?: number;
  /** Asked now and then: true ends the search with the best so far. */
  readonly isOver?: () => boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (state: SizeProgress) => void;
}

export interface SizeProgress {
  /** From 0 to 1. */
  readonly done: number;
  /** An hour; Infinity until there is one. */
  readonly cost: number;
  readonly bound: number;
}

export const DEFAULT_BUDGET = 2_000_000;
/** Within this part of the bound nothing more is looked for, unless there are few nodes. */
export const SIZE_TARGET = 0.002;
/**
 * Of the budget: for the packing itself, and where something may fail for the one that survives it, which then is more
 * important; for packing what is left over again, for each other fleet.
 */
export const MAIN_SHARE = 0.7;
export const SURVIVAL_SHARE = 0.6;
const SHARE_BESIDE_SURVIVAL = 0.35;
const REPACK_STEPS = 20_000;
export const SIDE_SHARE = 0.03;
/** The part of the budget for the first packing. */
export function mainShare({ survive }: SizeOptions): number {
  return survive === undefined ? MAIN_SHARE : SHARE_BESIDE_SURVIVAL;
}

/** Steps taken so far, by all packings. */
export interface Ledger {
  spent: number;
}

/** What the parts of the search share. */
export interface SizeContext {
  readonly cluster: Cluster;
  readonly pods: readonly Pod[];
  readonly offers: readonly Offer[];
  readonly options: SizeOptions;
  readonly kept: Kept;
  /** As the problem's option of this name. */
  readonly isPlain: boolean;
  readonly problem: SizeProblem;
  readonly checker: FleetChecker;
  readonly maker: NodeMaker;
  /** Shared with the questions that this one is narrowed to. */
  readonly ledger: Ledger;
  /** Packs with a part of the budget, or with what is left of it where that is less. */
  readonly packWith: (problem: SizeProblem["packing"], share: number, more?: Partial<PackOptions>) => Promise<Packed>;
  /** Whether nothing is left of the budget: what is not needed for an answer is then left out of it. */
  readonly isSpent: () => boolean;
}

export function contextOf(
  cluster: Cluster,
  pods: readonly Pod[],
  offers: readonly Offer[],
  options: SizeOptions,
  ledger: Ledger = { spent: 0 },
): SizeContext {
  const { scheduler = {}, nodePrice = 0, solver, seed = 0, budget = DEFAULT_BUDGET, isOver, signal } = options;
  const kept: Kept = { headroom: 0, reserve: {}, ...options.kept };
  const nodeCost = costOf(nodePrice);
  const checker = new FleetChecker(cluster, scheduler, signal);
  const isPlain = scheduler.config === undefined && (scheduler.plugins ?? []).length === 0 && cluster.podCount === 0;
  const problem = sizeProblem(cluster, checker.scheduler("configured"), pods, offers, { kept, nodeCost, isPlain });
  checker.know(problem.groups);
  const names = [...cluster.nodes()].map(({ name }) => name);
  const packWith: SizeContext["packWith"] = async (packing, share, more = {}) => {
    const packed = await pack(packing, {
      solver,
      seed,
      target: SIZE_TARGET,
      effort: Math.max(0, Math.min(budget * share, budget - ledger.spent)),
      isOver: () => signal?.aborted === true || isOver?.() === true,
      onProgress: async () => pauseUnlessAborted(signal),
      ...more,
    });
    ledger.spent += packed.spent;
    return packed;
  };
  const isSpent = (): boolean => ledger.spent >= budget;
  const maker = new NodeMaker(names, kept, nodeCost);
  return { cluster, pods, offers, options, kept, isPlain, problem, checker, maker, ledger, packWith, isSpent };
}

export async function pauseUnlessAborted(signal: AbortSignal | undefined): Promise<void> {
  await pause();
  if (signal?.aborted === true) throw new StowageError("ERR_ABORTED", { done: 0, total: 1 });
}

/**
 * The question for some of the pods, without nodes that are there.
 *
 * @param bought nodes of which there can be so many less
 */
export function problemFor(
  { packing, groups, types }: SizeProblem,
  pods: readonly Pod[],
  bought: readonly FleetNode[] = [],
): Problem {
  const waiting = new Set(pods);
  const kinds = packing.kinds.map((kind, group) => ({
    ...kind,
    count: groups[group]!.pods.filter((pod) => waiting.has(pod)).length,
  }));
  const offered = packing.types.map((type, at): BinType => {
    const { offer } = types[at]!;
    if (offer === undefined) return { ...type, most: 0 };
    if (type.most === undefined) return type;
    const taken = bought.filter((node) => node.offer === offer).length;
    return { ...type, most: Math.max(0, type.most - taken) };
  });
  return { kinds, types: offered };
}

/** Nodes for pods that found no place on a fleet, beside those that it has. */
export async function repacked(
  context: SizeContext,
  pods: readonly Pod[],
  fleet: readonly FleetNode[],
): Promise<readonly FleetNode[] | undefined> {
  const { problem, maker } = context;
  const effort = REPACK_STEPS / (context.options.budget ?? DEFAULT_BUDGET);
  const missing = problemFor(problem, pods, fleet);
  const { packing } = await context.packWith(missing, effort, { solver: undefined, target: 0.01 });
  if (packing === undefined) return undefined;
  return fleetOf(problem, packing, maker).nodes;
}
