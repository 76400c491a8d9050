/**
 * Column generation: the linear programme over all ways to fill a bin, of which only those are written down that could
 * improve it. Its prices prove a lower bound, its solution is what good packings are rounded from.
 */

import type { Effort } from "./effort.js";
import { type Box, byKind, worthOf } from "./frame.js";
import { type Found, Knapsacks } from "./knapsack.js";
import type { Model } from "./model.js";
import { columnsOf, type LinearSolution, type LinearSolver } from "./solver.js";

/** One way to fill a bin. */
export interface Pattern {
  readonly type: number;
  readonly counts: Int32Array;
}

/** The state of the programme: patterns, how often each is used, and prices. */
export interface Programme {
  readonly patterns: readonly Pattern[];
  /** How often each pattern is used; not whole. */
  readonly uses: Float64Array;
  /** Prices of kinds under which the bound is what it is; no bin holds more than it costs, but for rounding. */
  readonly prices: Float64Array;
  /** As computed with rounding errors; what is said to be proven comes from `prices`. */
  readonly bound: number;
  /** What the programme costs with the patterns that are written down. */
  readonly cost: number;
}

/** How much of the prices that gave the best bound goes into the next ones; tried 0 to 0.8, this was the quickest. */
const STABILITY = 0.6;
/** After a pattern of a type, another without its kinds, so many times. */
const DIVERSITY = 8;
/** With fewer new patterns than this, types are searched thoroughly. */
const FEW = 6;
/** Of what such a search meets, so many of the last. */
const MOST_MET = 16;
const FIRST_NODE_LIMIT = 100;
const MOST_NODES = 2_000;
/** Cost of a pattern that stands for items that have no bin yet, in the dearest bins. */
const DEAR = 100;
/** Effort of one simplex iteration of the solver, per row, and of one call. */
const ITERATION_STEPS = 0.35;
const CALL_STEPS = 200;

export interface GenerateOptions {
  /** Ends when the bound is within this part of the cost. */
  readonly target: number;
  /** Part of the effort's limit that may be used up when this ends. */
  readonly share: number;
  /** Told after each round: the bound so far. */
  readonly onBound?: (bound: number) => Promise<void> | void;
}

/** Undefined where the solver fails at the first attempt. */
export async function generate(
  model: Model,
  solver: LinearSolver,
  first: readonly Pattern[],
  prices: Float64Array,
  effort: Effort,
  options: GenerateOptions,
): Promise<Programme | undefined> {
  const generator = new Generator(model, prices, effort);
  const handle = await solver.open(rowsOf(model));
  // One search for the content of a type can take more than all that is left for what comes after this.
  const { stage } = effort;
  effort.stage = Math.min(stage, options.share);
  try {
    let solution = await solver.solve(handle, generator.begin(first));
    while (solution !== undefined) {
      effort.spend(CALL_STEPS + solution.iterations * model.kindCount * ITERATION_STEPS);
      generator.take(solution);
      const fresh = generator.price(options.target, effort.isDone(options.share * 0.8));
      await options.onBound?.(generator.bound);
      if (fresh === 0 || generator.gap <= options.target || effort.isDone(options.share)) break;
      solution = await solver.solve(handle, generator.added());
    }
    return generator.programme();
  } finally {
    effort.stage = stage;
    await solver.close(handle);
  }
}

/** A row a kind, and one for each limited type that keeps it within its number. */
function rowsOf(model: Model): Float64Array {
  return Float64Array.from([...model.demand, ...limitedTypes(model).map((type) => -model.most[type]!)]);
}

function limitedTypes({ typeCount, most }: Model): number[] {
  return Array.from({ length: typeCount }, (_, type) => type).filter((type) => Number.isFinite(most[type]!));
}

class Generator {
  readonly #model: Model;
  readonly #knapsacks: Knapsacks;
  readonly #effort: Effort;
  readonly #patterns: Pattern[] = [];
  readonly #known = new Set<string>();
  readonly #limited: readonly number[];
  /** Of each type, the last multipliers: they often show at once that nothing new comes of it. */
  readonly #multipliers: (Float64Array | undefined)[];
  /** Of each type, the prices at which it was last searched, and what was found that a bin can hold at most. */
  readonly #searched: ({ readonly prices: Float64Array; readonly ceiling: number } | undefined)[];
  #fresh: Pattern[] = [];
  #solution: LinearSolution | undefined;
  #best: Float64Array;
  #bound = 0;
  #cost = Number.POSITIVE_INFINITY;
  #nodeLimit = FIRST_NODE_LIMIT;
  #isUnstable = false;

  constructor(model: Model, prices: Float64Array, effort: Effort) {
    this.#model = model;
    this.#effort = effort;
    this.#knapsacks = new Knapsacks(model, effort);
    this.#limited = limitedTypes(model);
    this.#multipliers = new Array(model.typeCount);
    this.#searched = new Array(model.typeCount);
    this.#best = prices;
    this.#bound = prices.reduce((sum, price, kind) => sum + price * model.demand[kind]!, 0);
  }

  get bound(): number {
    return this.#bound;
  }

  /** Between the programme's cost and the bound, as a part of the bound. */
  get gap(): number {
    return this.#bound > 0 ? this.#cost / this.#bound - 1 : Number.POSITIVE_INFINITY;
  }

  /** The columns to begin with: one that stands for each kind's missing bins, then the patterns given. */
  begin(first: readonly Pattern[]) {
    const dear = DEAR * Math.max(1, ...this.#model.cost);
    const missing = Array.from(this.#model.demand, (_, kind) => ({ cost: dear, entries: [[kind, 1]] as const }));
    for (const { type, counts } of first) this.#add(type, counts);
    const patterns = this.#fresh.map((pattern) => this.#column(pattern));
    this.#fresh = [];
    return columnsOf([...missing, ...patterns]);
  }

  /** The columns that the last pricing found. */
  added() {
    const fresh = this.#fresh.map((pattern) => this.#column(pattern));
    this.#fresh = [];
    return columnsOf(fresh);
  }

  take(solution: LinearSolution): void {
    this.#solution = solution;
    this.#cost = 0;
    for (const [at, { type }] of this.#patterns.entries()) {
      this.#cost += this.#model.cost[type]! * solution.x[this.#model.kindCount + at]!;
    }
    for (let kind = 0; kind < this.#model.kindCount; kind++) {
      if (solution.x[kind]! > 1e-7) this.#cost = Number.POSITIVE_INFINITY;
    }
  }

  /**
   * Looks for patterns that are worth more than they cost, and improves the bound on the way.
   *
   * @param isLast whether to search every type thoroughly, as before the end.
   * @returns how many were found.
   */
  price(target: number, isLast: boolean): number {
    const { kindCount } = this.#model;
    const now = this.#solution!.duals.slice(0, kindCount).map((dual) => Math.max(0, dual));
    const share = this.#isUnstable || this.#bound === 0 ? 0 : STABILITY;
    const mixed = now.map((price, kind) => share * this.#best[kind]! + (1 - share) * price);
    let found = this.#priceAt(mixed, now, target, isLast);
    if (found === 0 && share > 0) found = this.#priceAt(now, now, target, isLast);
    this.#isUnstable = found === 0;
    return found;
  }

  programme(): Programme {
    const { kindCount } = this.#model;
    const uses = new Float64Array(this.#patterns.length);
    const x = this.#solution?.x;
    for (let at = 0; at < uses.length; at++) uses[at] = x?.[kindCount + at] ?? 0;
    return { patterns: this.#patterns, uses, prices: this.#best, bound: this.#bound, cost: this.#cost };
  }

  #priceAt(prices: Float64Array, now: Float64Array, target: number, isLast: boolean): number {
    const { typeCount } = this.#model;
    const before = this.#fresh.length;
    const ceilings = new Float64Array(typeCount);
    const open: number[] = [];
    for (let type = 0; type < typeCount; type++) {
      const allowed = this.#allowance(type);
      const known = this.#multipliers[type];
      if (known !== undefined) ceilings[type] = this.#knapsacks.boundFrom(type, prices, known);
      if (known !== undefined && ceilings[type]! <= allowed) continue;
      const box = this.#knapsacks.relax(type, prices);
      this.#multipliers[type] = box.multipliers.slice();
      ceilings[type] = box.bound;
      if (box.bound <= allowed) continue;
      open.push(type);
      this.#addRounded(type, prices, now, box, target);
    }
    const few = this.#fresh.length - before < FEW;
    if (few || isLast) this.#searchThoroughly(open, prices, now, ceilings, isLast);
    this.#improveBound(prices, ceilings);
    if (this.#fresh.length === before && this.#nodeLimit < MOST_NODES && open.length > 0 && !this.#effort.isDone()) {
      this.#nodeLimit *= 3;
      return this.#priceAt(prices, now, target, isLast);
    }
    return this.#fresh.length - before;
  }

  /** What a bin costs: of a limited type also what the programme would pay for one more of it. */
  #allowance(type: number): number {
    const at = this.#limited.indexOf(type);
    const scarcity = at < 0 ? 0 : Math.max(0, this.#solution!.duals[this.#model.kindCount + at]!);
    return (this.#model.cost[type]! + scarcity) * (1 + 1e-9) + 1e-9;
  }

  #addRounded(type: number, prices: Float64Array, now: Float64Array, first: Box, target: number): void {
    const { kindCount, limits } = this.#model;
    const most = limits.slice(type * kindCount, (type + 1) * kindCount);
    let box = first;
    for (let turn = 0; turn < DIVERSITY; turn++) {
      this.#knapsacks.round(box);
      const counts = byKind(box.frame, this.#knapsacks.exchange(box).counts, kindCount);
      if (!this.#isWorth(type, counts, now, target) || !this.#add(type, counts)) return;
      for (const [kind, count] of counts.entries()) if (count > 0) most[kind] = 0;
      box = this.#knapsacks.relax(type, prices, most);
      if (box.bound <= this.#allowance(type)) return;
    }
  }

  /** The dearest type first; the bound is a maximum, so the first that stays open decides it. */
  #searchThoroughly(
    open: readonly number[],
    prices: Float64Array,
    now: Float64Array,
    ceilings: Float64Array,
    isLast: boolean,
  ): void {
    const excess = (type: number): number => ceilings[type]! / Math.max(this.#allowance(type), 1e-9);
    const order = [...open].sort((a, b) => excess(b) - excess(a) || a - b);
    for (const type of order) {
      const allowed = this.#allowance(type);
      ceilings[type] = Math.min(ceilings[type]!, this.#ceilingFromLast(type, prices));
      if (ceilings[type]! <= allowed) continue;
      const found: Found = this.#knapsacks.search(type, prices, allowed, this.#nodeLimit, MOST_MET);
      ceilings[type] = Math.min(ceilings[type]!, found.bound);
      this.#searched[type] = { prices, ceiling: ceilings[type]! };
      for (const counts of found.better.slice(-MOST_MET))
        if (this.#isWorth(type, counts, now, 0)) this.#add(type, counts);
      if (!isLast && found.bound > allowed) return;
    }
  }

  /** A bin holds at most what it did at other prices, and what the kinds that are dearer now gain by that. */
  #ceilingFromLast(type: number, prices: Float64Array): number {
    const last = this.#searched[type];
    if (last === undefined) return Number.POSITIVE_INFINITY;
    const dearer = prices.map((price, kind) => Math.max(0, price - last.prices[kind]!));
    return (last.ceiling + this.#knapsacks.relax(type, dearer).bound) * (1 + 1e-12);
  }

  #improveBound(prices: Float64Array, ceilings: Float64Array): void {
    const { typeCount, cost, most, demand, kindCount } = this.#model;
    let scale = 1;
    for (let type = 0; type < typeCount; type++) {
      if (!Number.isFinite(most[type]!)) scale = Math.min(scale, cost[type]! / Math.max(ceilings[type]!, 1e-300));
    }
    let bound = 0;
    for (let kind = 0; kind < kindCount; kind++) bound += prices[kind]! * demand[kind]! * scale;
    for (const type of this.#limited) bound -= most[type]! * Math.max(0, ceilings[type]! * scale - cost[type]!);
    if (bound <= this.#bound) return;
    this.#bound = bound;
    this.#best = prices.map((price) => price * scale);
  }

  #isWorth(type: number, counts: Int32Array, prices: Float64Array, target: number): boolean {
    return worthOf(counts, prices) > this.#allowance(type) * (1 + target / 6);
  }

  #add(type: number, counts: Int32Array): boolean {
    const key = `${type}:${counts.join(",")}`;
    if (this.#known.has(key) || counts.every((count) => count === 0)) return false;
    this.#known.add(key);
    this.#patterns.push({ type, counts });
    this.#fresh.push({ type, counts });
    this.#effort.spend(1);
    return true;
  }

  #column({ type, counts }: Pattern) {
    const entries: [number, number][] = [];
    for (const [kind, count] of counts.entries()) if (count > 0) entries.push([kind, count]);
    const at = this.#limited.indexOf(type);
    if (at >= 0) entries.push([this.#model.kindCount + at, -1]);
    return { cost: this.#model.cost[type]!, entries };
  }
}
