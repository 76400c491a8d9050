/** Packing from beginning to end: the cheapest bins found for all items, and what no packing can cost less than. */

import { generate, type Pattern, type Programme } from "./columns.js";
import { provenByCounts } from "./count-proof.js";
import { CountTree, type Limit, limitOf, manyPrices, mostBelow } from "./counts.js";
import { Effort } from "./effort.js";
import { firstFit } from "./first-fit.js";
import { packedInto, pricesAgainst } from "./given-bins.js";
import { costOf, type Model, modelOf } from "./model.js";
import type { Filled, LowerBound, Packing, Problem } from "./problem.js";
import { provenBound, volumePrices } from "./proof.js";
import { roundedPacking } from "./rounding.js";
import { improved } from "./ruin.js";
import type { LinearSolver } from "./solver.js";
import { bestOfPatterns } from "./whole-programme.js";

export interface PackOptions {
  /** Makes the bound strong and the packing good; without it both are what can be had by hand. */
  readonly solver?: LinearSolver | undefined;
  /** A 32-bit integer. Default 0. */
  readonly seed?: number;
  /** How much work, in steps of a few microseconds. Default 5 million. */
  readonly effort?: number;
  /** Good enough: cost within this part of the bound. Default 0: proven. */
  readonly target?: number;
  /** Ends the work early, as a clock or a signal may. */
  readonly isOver?: () => boolean;
  /** Awaited after each stage and each round of one. Costs in the unit of the problem; `done` from 0 to 1. */
  readonly onProgress?: (state: { cost: number; bound: number; done: number }) => Promise<void> | void;
}

export interface Packed {
  /** Undefined where some kind fits into no bin, or limited bins do not suffice. */
  readonly packing?: Packing;
  /** Indexes of kinds that no type can hold one item of. */
  readonly homeless: readonly number[];
  readonly bound: LowerBound;
  /** Steps of effort. */
  readonly spent: number;
  /** Whether `isOver` ended it. */
  readonly wasCut: boolean;
}

const DEFAULT_EFFORT = 5_000_000;
/** Part of the effort for column generation, from so many kinds on, and where there are more bins than this. */
const GENERATION_SHARE = 0.5;
const LARGE_GENERATION_SHARE = 0.75;
const LARGE = 80;
const MOST_GENERATION_SHARE = 0.85;
const MANY_BINS = 500;
/** Up to so many bins the types are counted as whole numbers. */
const FEW_BINS = 60;
/** So many fleets that could be cheaper are tried, and so many nodes are opened to find each. */
const FLEETS = 12;
/** Part of what is left of the effort for them. */
const COUNT_SHARE = 0.5;
const COUNT_NODES = 5_000;
const NODES_A_PAUSE = 50;
/** Good enough for these, if the target asks for no less: one bin less is far more than it. */
const FEW_TARGET = 0.0005;
/** Up to so many bins an integer programme over the patterns may find what is better; with more it only takes its time. */
const SOME_BINS = 150;
/** Column generation ends this near to its own bound. */
const GENERATION_TARGET = 0.0005;

/** Two runs with equal input, seed and solver give the same answer, unless `isOver` ended one. */
export async function pack(problem: Problem, options: PackOptions = {}): Promise<Packed> {
  const model = modelOf(problem);
  const homeless = homelessKinds(model);
  const nothing: LowerBound = { cost: 0, prices: problem.kinds.map(() => 0), method: "volume" };
  if (homeless.length > 0) return { homeless, bound: nothing, spent: 0, wasCut: false };
  const search = new Search(model, options);
  await search.run();
  const { best, bound, effort } = search;
  return {
    ...(best !== undefined && { packing: model.restored(merged(best)) }),
    homeless,
    bound,
    spent: Math.round(effort.spent),
    wasCut: effort.wasCut,
  };
}

function homelessKinds({ kindCount, typeCount, limits, demand }: Model): number[] {
  return Array.from({ length: kindCount }, (_, kind) => kind).filter((kind) => {
    if (demand[kind] === 0) return false;
    for (let type = 0; type < typeCount; type++) if (limits[type * kindCount + kind]! > 0) return false;
    return true;
  });
}

class Search {
  readonly #model: Model;
  readonly #options: PackOptions;
  readonly #target: number;
  readonly effort: Effort;
  best: Filled[] | undefined;
  bound: LowerBound;

  constructor(model: Model, options: PackOptions) {
    this.#model = model;
    this.#options = options;
    this.#target = options.target ?? 0;
    this.effort = new Effort(options.effort ?? DEFAULT_EFFORT, options.isOver);
    this.bound = { cost: 0, prices: [], method: "volume" };
  }

  async run(): Promise<void> {
    const volume = volumePrices(this.#model);
    this.#offer(firstFit(this.#model, volume, this.effort));
    // Whoever only wants a plan has it before any of it is proven.
    await this.#tell();
    this.#prove(volume, "volume");
    await this.#tell();
    if (this.best === undefined || this.#isDone()) return;
    const programme = await this.#generate(volume);
    if (programme === undefined) {
      this.best = await this.#recreated(this.best, volume, 0, 1);
      await this.#tell();
      return;
    }
    this.#prove(programme.prices, "patterns");
    this.#offer(roundedPacking(this.#model, programme, this.effort));
    await this.#tell();
    await this.#countBins(programme, volume);
    await this.#improve(programme);
  }

  async #generate(volume: Float64Array): Promise<Programme | undefined> {
    const { solver } = this.#options;
    if (solver === undefined || this.best === undefined) return undefined;
    const first: Pattern[] = [...this.best, ...singles(this.#model)];
    const share = this.#generationShare(binsOf(this.best));
    return await generate(this.#model, solver, first, volume, this.effort, {
      target: GENERATION_TARGET,
      share,
      onBound: async (bound) => this.#tell(Math.floor(bound)),
    });
  }

  /** Of whole bins of a good programme hardly any is better recreated, so where there are many the rest gains nothing. */
  #generationShare(bins: number): number {
    if (bins > MANY_BINS) return MOST_GENERATION_SHARE;
    return this.#model.kindCount >= LARGE ? LARGE_GENERATION_SHARE : GENERATION_SHARE;
  }

  /** Where there are few bins, most of the gap is that they are whole. */
  async #countBins(programme: Programme, volume: Float64Array): Promise<void> {
    const { solver } = this.#options;
    if (solver === undefined || this.best === undefined || this.#isDone() || binsOf(this.best) > FEW_BINS) return;
    const limits: Limit[] = [];
    const below = costOf(this.#model, this.best);
    let most = mostBelow(this.#model, below);
    const learn = async (prices: Float64Array): Promise<void> => {
      const limit = limitOf(this.#model, prices, most, this.effort);
      if (limit === undefined) return;
      limits.push(limit);
      if (limits.length === 1) most = new CountTree(this.#model, limits, below, this.effort).root.rest!.most;
      await this.#tell();
    };
    const [learning, share] = [COUNT_SHARE / 2, COUNT_SHARE].map((part) => this.#shareOfLeft(part)) as [number, number];
    for (const prices of manyPrices(this.#model, [programme.prices, volume])) {
      if (limits.length < 2 || !this.effort.isDone(learning)) await learn(prices);
    }
    for (let turn = 0; turn < FLEETS; turn++) {
      const fleet = await this.#countWithin(limits, share);
      if (fleet === undefined || this.#isDone()) return;
      this.#offer(await packedInto(this.#model, solver, fleet, this.effort));
      if (this.#isDone()) return;
      const against = await pricesAgainst(this.#model, solver, fleet, programme.patterns, this.effort);
      if (against === undefined) return;
      await learn(against);
    }
    await this.#countWithin(limits, share);
  }

  /** Proves what the limits say. @returns the cheapest fleet that keeps to them, where it would be better than the best */
  async #countWithin(limits: readonly Limit[], share: number): Promise<Int32Array | undefined> {
    const below = costOf(this.#model, this.best!);
    const tree = new CountTree(this.#model, limits, below, this.effort);
    let fleet: Int32Array | undefined;
    const isOver = (): boolean => fleet !== undefined || tree.isGrown || this.effort.isDone(share);
    for (let opened = 0; opened < COUNT_NODES && !isOver(); opened += NODES_A_PAUSE) {
      fleet = tree.next(NODES_A_PAUSE, share);
      await this.#tell();
    }
    // To check a large tree in whole numbers takes longer than anybody waits who has interrupted it.
    if (this.effort.wasCut) return undefined;
    const { cost, proof } = provenByCounts(this.#model, limits, tree.root, below);
    if (cost > this.bound.cost) this.bound = { ...this.bound, cost, method: "counts", counts: proof };
    return fleet;
  }

  /** Ruin and recreate, an integer programme over the patterns, and ruin and recreate again. */
  async #improve(programme: Programme): Promise<void> {
    const { solver } = this.#options;
    const parts = [0.35, 0.75, 1].map((part) => this.#shareOfLeft(part));
    for (const [turn, share] of parts.entries()) {
      if (this.best === undefined || this.#isDone()) return;
      if (turn !== 1) {
        this.#offer(await this.#recreated(this.best, programme.prices, turn, share));
      } else if (solver !== undefined && binsOf(this.best) <= SOME_BINS) {
        await this.#choosePatterns(programme, solver, share);
      }
      await this.#tell();
    }
  }

  #recreated(packing: readonly Filled[], prices: Float64Array, turn: number, share: number): Promise<Filled[]> {
    return improved(this.#model, packing, prices, this.effort, {
      seed: (this.#options.seed ?? 0) + turn,
      share,
      enough: this.#enough(packing),
      breathe: () => this.#tell(),
    });
  }

  async #choosePatterns(programme: Programme, solver: LinearSolver, share: number): Promise<void> {
    const best = this.best ?? [];
    const { patterns, prices } = programme;
    const bound = prices.reduce((sum, price, kind) => sum + price * this.#model.demand[kind]!, 0);
    this.#offer(await bestOfPatterns(this.#model, solver, patterns, prices, best, bound, this.effort, share));
  }

  #shareOfLeft(part: number): number {
    const used = this.effort.spent / this.effort.limit;
    return used + (1 - used) * part;
  }

  #isDone(): boolean {
    if (this.effort.isDone()) return true;
    return this.best !== undefined && costOf(this.#model, this.best) <= this.#enough(this.best);
  }

  /** What a packing with as many bins may cost that nothing better is looked for. */
  #enough(packing: readonly Filled[]): number {
    const target = binsOf(packing) > FEW_BINS ? this.#target : Math.min(this.#target, FEW_TARGET);
    return this.bound.cost * (1 + target);
  }

  #offer(packing: Filled[] | undefined): void {
    if (packing === undefined) return;
    if (this.best === undefined || costOf(this.#model, packing) < costOf(this.#model, this.best)) this.best = packing;
  }

  #prove(prices: Float64Array, method: LowerBound["method"]): void {
    const bound = provenBound(this.#model, prices, this.effort, method);
    if (bound.cost >= this.bound.cost) this.bound = bound;
  }

  async #tell(bound = this.bound.cost): Promise<void> {
    const cost = this.best === undefined ? Number.POSITIVE_INFINITY : costOf(this.#model, this.best);
    const done = Math.min(1, this.effort.spent / this.effort.limit);
    await this.#options.onProgress?.({ cost, bound: Math.max(bound, this.bound.cost), done });
  }
}

function binsOf(packing: readonly Filled[]): number {
  return packing.reduce((sum, { times }) => sum + times, 0);
}

/** For each kind the bins that hold it alone for the least cost an item: enough to begin with. */
function singles({ kindCount, typeCount, limits, cost }: Model): Pattern[] {
  return Array.from({ length: kindCount }, (_, kind) => {
    let best = 0;
    for (let type = 1; type < typeCount; type++) {
      const [now, before] = [limits[type * kindCount + kind]!, limits[best * kindCount + kind]!];
      if (now > 0 && (before === 0 || cost[type]! / now < cost[best]! / before)) best = type;
    }
    const counts = new Int32Array(kindCount);
    counts[kind] = limits[best * kindCount + kind]!;
    return { type: best, counts };
  });
}

/** Bins of equal type and content as one entry, the first of them in its place. */
function merged(packing: readonly Filled[]): Filled[] {
  const byContent = new Map<string, Filled>();
  for (const bin of packing) {
    const key = `${bin.type}:${bin.counts.join(",")}`;
    byContent.set(key, { ...bin, times: (byContent.get(key)?.times ?? 0) + bin.times });
  }
  return [...byContent.values()].filter(({ counts }) => counts.some((count) => count > 0));
}
