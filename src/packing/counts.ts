/**
 * How many bins of each type there must be, as whole numbers: branch and bound over them. All that is known of a bin is what
 * it can hold at most at some prices of items, and that all items together are worth so much. Where there are few bins this
 * says far more than one set of prices does, for there the numbers need not be whole.
 */

import { passingCopy, passingDoubles } from "./arrays.js";
import { BoxHeap } from "./box-heap.js";
import type { Effort } from "./effort.js";
import { Knapsacks } from "./knapsack.js";
import type { Model } from "./model.js";
import { OpenColumns } from "./open-columns.js";
import { ceilingOf, PRICE_SCALE } from "./proof.js";

/** Prices of items, what a bin of each type can hold at most at them, and what all items are worth together. */
export interface Limit {
  /** Of each kind, in whole parts of anything. */
  readonly prices: readonly bigint[];
  /** Of each type. */
  readonly ceilings: readonly bigint[];
  readonly needed: bigint;
}

/** Numbers of bins of each type between two bounds, and what shows that they cost much. */
export interface CountNode {
  readonly least: Int32Array;
  readonly most: Int32Array;
  /** What the numbers cost at least, but for rounding. */
  readonly bound: number;
  /** Of each limit: what it costs to hold all items, as a part of the bound. */
  readonly multipliers: Float64Array;
  /** What one more bin of each type costs beyond what it holds at the multipliers. */
  readonly gains: Float64Array;
  /** The cheapest numbers if they need not be whole. */
  readonly counts: Float64Array;
  readonly basis: Int32Array;
  /** The same without numbers that cost too much. */
  rest?: CountNode;
  /** At most `cut` of a type, or more. */
  split?: { readonly type: number; readonly cut: number; readonly lower: CountNode; readonly upper: CountNode };
}

interface Open {
  readonly node: CountNode;
  readonly bound: number;
}

/** Prices are at most so many whole parts, and all items together are worth at most so many. */
const MOST_PARTS = 2 ** 30;
const MOST_WORTH = 2 ** 52;
/** How many boxes the content of a type is looked for in, for each limit. */
const CONTENT_NODES = 10;
const WHOLE = 1e-6;
/** Steps of effort for one operation on a number in an inner loop, and on one of the knapsacks' whole numbers. */
const STEP = 1 / 1000;
const WHOLE_STEP = 1 / 50;

/**
 * Undefined where the prices say nothing.
 *
 * @param most how many bins of each type there can be; of which there are none, nobody asks what they hold
 */
export function limitOf(model: Model, prices: Float64Array, most: Int32Array, effort: Effort): Limit | undefined {
  const items = model.demand.reduce((sum, count) => sum + count, 0);
  const highest = prices.reduce((most, price) => Math.max(most, price), 0);
  if (highest <= 0) return undefined;
  const scale = Math.min(MOST_PARTS, MOST_WORTH / items) / highest;
  const parts = prices.map((price) => Math.floor(Math.max(0, price) * scale));
  const whole = Array.from(parts, BigInt);
  const needed = whole.reduce((sum, price, kind) => sum + price * BigInt(model.demand[kind]!), 0n);
  if (needed === 0n) return undefined;
  const scaled = parts.map((price) => price / PRICE_SCALE);
  const knapsacks = new Knapsacks(model, effort);
  const ceilings = Array.from(model.cost, (_, type) => {
    if (most[type] === 0) return needed;
    const { bound } = knapsacks.search(type, scaled, 0, CONTENT_NODES);
    const enough = BigInt(Math.ceil(bound * PRICE_SCALE * (1 + 1e-12)));
    effort.spend(model.kindCount * model.dimensions * WHOLE_STEP);
    return least(needed, ceilingOf(model, type, scaled, whole, knapsacks, enough, CONTENT_NODES));
  });
  return { prices: whole, ceilings, needed };
}

/** The cheapest fleets that keep to some limits, one after the other, and the tree that shows that none is cheaper. */
export class CountTree {
  readonly #model: Model;
  readonly #effort: Effort;
  readonly #programmes: OpenColumns;
  readonly #limits: number;
  /** [limit * types + type]: what a bin can hold, as a part of what all items are worth. */
  readonly #rows: Float64Array;
  readonly #open = new BoxHeap<Open>();
  readonly #below: number;
  readonly #given = new Set<string>();
  readonly root: CountNode;

  /**
   * @param limits the first one alone decides which types are looked at at all
   * @param below fleets that cost so much or more are of no interest; a whole number
   */
  constructor(model: Model, limits: readonly Limit[], below: number, effort: Effort) {
    this.#model = model;
    this.#effort = effort;
    this.#limits = limits.length;
    this.#below = below;
    this.#programmes = new OpenColumns(model.typeCount, limits.length);
    this.#rows = Float64Array.from(
      limits.flatMap(({ ceilings, needed }) => ceilings.map((most) => Number(most) / Number(needed))),
    );
    this.root = this.#firstNode(mostBelow(model, below));
    const { least, most } = this.#tightened(this.root);
    this.root.rest = this.#nodeOf(least, most);
    this.#push(this.root.rest);
  }

  /**
   * The next fleet that keeps to the limits and costs less than `below`, the cheapest first; none twice.
   *
   * @param nodeLimit how many nodes may be opened before it gives up
   * @param share of the effort's limit that may be used up then
   * @returns undefined where there is none, or none was found
   */
  next(nodeLimit: number, share: number): Int32Array | undefined {
    for (let nodes = 0; nodes < nodeLimit && !this.#effort.isDone(share); nodes++) {
      const node = this.#open.pop()?.node;
      if (node === undefined) return undefined;
      const broken = this.#mostBroken(node);
      const fleet = broken < 0 ? Int32Array.from(node.counts, Math.round) : undefined;
      this.#split(node, broken, fleet);
      if (fleet !== undefined && this.#isNew(fleet)) return fleet;
    }
    return undefined;
  }

  /** Whether nothing is left to open. */
  get isGrown(): boolean {
    return this.#open.isEmpty;
  }

  #isNew(fleet: Int32Array): boolean {
    const key = fleet.join();
    if (this.#given.has(key) || costOfCounts(this.#model, fleet) >= this.#below) return false;
    this.#given.add(key);
    return true;
  }

  #push(node: CountNode): void {
    if (node.bound < this.#below - WHOLE) this.#open.push({ node, bound: -node.bound });
  }

  /** Where the numbers are whole the node is split beside them; a fleet alone is not split. */
  #split(node: CountNode, broken: number, fleet: Int32Array | undefined): void {
    const { least, most } = this.#tightened(node);
    const type = fleet === undefined ? broken : least.findIndex((count, at) => count < most[at]!);
    if (type < 0) return;
    const count = Math.floor(node.counts[type]! + WHOLE);
    const cut = Math.max(least[type]!, Math.min(count, most[type]! - 1));
    const [lowerMost, upperLeast] = [passingCopy(most), passingCopy(least)];
    lowerMost[type] = cut;
    upperLeast[type] = cut + 1;
    const lower = this.#nodeOf(least, lowerMost, node.basis);
    const upper = this.#nodeOf(upperLeast, most, node.basis);
    node.split = { type, cut, lower, upper };
    this.#push(lower);
    this.#push(upper);
  }

  /** What the first limit says where no bin may hold more than it costs. */
  #firstNode(most: Int32Array): CountNode {
    const { cost, typeCount } = this.#model;
    const multipliers = new Float64Array(this.#limits);
    const isBought = (type: number): boolean => cost[type]! > 0 && this.#rows[type]! > 0;
    multipliers[0] = cost.reduce(
      (low, one, type) => (isBought(type) ? Math.min(low, one / this.#rows[type]!) : low),
      this.#below,
    );
    const gains = cost.map((one, type) => one - multipliers[0]! * this.#rows[type]!);
    const bound = gains.reduce((sum, gain, type) => sum + Math.min(0, gain) * most[type]!, multipliers[0]!);
    return {
      least: new Int32Array(typeCount),
      most,
      bound,
      multipliers,
      gains,
      counts: new Float64Array(),
      basis: new Int32Array(),
    };
  }

  /** The cheapest numbers, from those at most downwards: as a knapsack whose contents are bins that are not needed. */
  #nodeOf(least: Int32Array, most: Int32Array, start?: Int32Array): CountNode {
    const { typeCount, cost } = this.#model;
    const right = new Float64Array(this.#limits);
    for (let limit = 0; limit < right.length; limit++) {
      let spare = -1;
      for (let type = 0; type < typeCount; type++) spare += this.#rows[limit * typeCount + type]! * most[type]!;
      if (spare < 0) return this.#tooFew(least, most, limit, -spare);
      right[limit] = spare;
    }
    const upper = passingDoubles(typeCount);
    for (let type = 0; type < typeCount; type++) upper[type] = most[type]! - least[type]!;
    const programme = { values: cost, upper, rows: this.#rows, right };
    const { amounts, multipliers, gains, basis, pivots } = this.#programmes.maximize(programme, start);
    this.#effort.spend(2 + (2 * pivots + 24) * typeCount * this.#limits * STEP);
    let bound = 0;
    for (let type = 0; type < typeCount; type++) {
      bound += cost[type]! * most[type]! - Math.max(0, gains[type]!) * upper[type]!;
    }
    for (let limit = 0; limit < right.length; limit++) bound -= multipliers[limit]! * right[limit]!;
    const counts = passingDoubles(typeCount);
    for (let type = 0; type < typeCount; type++) counts[type] = most[type]! - amounts[type]!;
    return { least, most, bound, multipliers, gains, counts, basis };
  }

  /** With no numbers in here do all items have room. */
  #tooFew(least: Int32Array, most: Int32Array, limit: number, missing: number): CountNode {
    const multipliers = new Float64Array(this.#limits);
    multipliers[limit] = (this.#below / missing) * (1 + WHOLE);
    const none = new Float64Array();
    return { least, most, bound: this.#below, multipliers, gains: none, counts: none, basis: new Int32Array() };
  }

  /** Every bin away from the better one of its bounds costs its gain, and what is left up to `below` is all there is. */
  #tightened(node: CountNode): { least: Int32Array; most: Int32Array } {
    const [least, most, gains] = [passingCopy(node.least), passingCopy(node.most), node.gains];
    const left = this.#below - node.bound;
    for (let type = 0; type < gains.length; type++) {
      const gain = gains[type]!;
      const away = Math.floor(left / Math.abs(gain) + WHOLE);
      if (!(away < most[type]! - least[type]!)) continue;
      if (gain > 0) most[type] = least[type]! + away;
      else least[type] = most[type]! - away;
    }
    return { least, most };
  }

  #mostBroken({ counts }: CountNode): number {
    let best = -1;
    let most = WHOLE;
    for (let type = 0; type < counts.length; type++) {
      const part = Math.abs(counts[type]! - Math.round(counts[type]!));
      if (part > most) [best, most] = [type, part];
    }
    return best;
  }
}

function least(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

/** Of each type as many as cost less than that, or all there are. */
export function mostBelow({ cost, most }: Model, below: number): Int32Array {
  return Int32Array.from(cost, (one, type) => Math.min(most[type]!, one > 0 ? Math.floor((below - 1) / one) : 2 ** 30));
}

function costOfCounts({ cost }: Model, counts: Int32Array): number {
  return counts.reduce((sum, count, type) => sum + count * cost[type]!, 0);
}

/**
 * Prices that say different things: each dimension's own, of kinds at least as big as each, mixtures, and the given ones
 * with one kind raised.
 */
export function manyPrices(model: Model, given: readonly Float64Array[]): Float64Array[] {
  const { kindCount, dimensions, sizes, demand } = model;
  const kinds = Array.from({ length: kindCount }, (_, kind) => kind);
  const found: Float64Array[] = [...given];
  for (let d = 0; d < dimensions; d++) {
    const most = Math.max(1, ...kinds.map((kind) => sizes[kind * dimensions + d]!));
    found.push(Float64Array.from(kinds, (kind) => sizes[kind * dimensions + d]! / most));
  }
  const asBig = (kind: number, other: number): boolean => {
    for (let d = 0; d < dimensions; d++) {
      if (sizes[other * dimensions + d]! < sizes[kind * dimensions + d]!) return false;
    }
    return true;
  };
  const largest = [...kinds].sort((a, b) => given[0]![b]! - given[0]![a]!).slice(0, 12);
  for (const kind of largest) found.push(Float64Array.from(kinds, (other) => (asBig(kind, other) ? 1 : 0)));
  for (const kind of largest.filter((one) => demand[one]! > 0)) {
    found.push(given[0]!.map((price, other) => (other === kind ? price * 1.3 : price)));
  }
  if (given.length > 1) found.push(given[0]!.map((price, kind) => (price + given[1]![kind]!) / 2));
  return found;
}
