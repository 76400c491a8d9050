/** What a tree over numbers of bins proves, in whole numbers: nothing depends on how its weights were come by. */

import { type CountNode, type Limit, mostBelow } from "./counts.js";
import type { Model } from "./model.js";
import type { CountBranch, CountProof } from "./problem.js";
import { roundUpToCosts } from "./proof.js";

/** A weight is a whole number of such parts of the unit of costs. */
const WEIGHT_BITS = 100n;
const WEIGHT_SCALE = 2 ** Number(WEIGHT_BITS);

export interface ProvenCounts {
  /** No packing costs less. */
  readonly cost: number;
  readonly proof: CountProof;
}

/** @param below as the tree was grown with */
export function provenByCounts(model: Model, limits: readonly Limit[], root: CountNode, below: number): ProvenCounts {
  const prover = new Prover(model, limits, below);
  const tree = prover.branch(root, new Int32Array(model.typeCount), mostBelow(model, below));
  const parts = prover.least > 0n ? prover.least : 0n;
  const cost = Math.min(below, roundUpToCosts(model, Number((parts + (1n << WEIGHT_BITS) - 1n) >> WEIGHT_BITS)));
  return { cost, proof: { below, ...usedOnly(model, limits, tree) } };
}

class Prover {
  readonly #model: Model;
  readonly #limits: readonly Limit[];
  readonly #below: bigint;
  readonly #costs: readonly bigint[];
  /** Of all leaves so far the least bound, in parts. */
  least: bigint;

  constructor(model: Model, limits: readonly Limit[], below: number) {
    this.#model = model;
    this.#limits = limits;
    this.#below = BigInt(below) << WEIGHT_BITS;
    this.#costs = Array.from(model.cost, (cost) => BigInt(cost) << WEIGHT_BITS);
    this.least = this.#below;
  }

  /** Of the numbers from `least` to `most`. Both are changed. */
  branch(node: CountNode, least: Int32Array, most: Int32Array): CountBranch {
    const weights = this.#weightsOf(node);
    // Types of which there are none add nothing.
    const open: number[] = [];
    const excess: bigint[] = [];
    let bound = weights.reduce((sum, [limit, weight]) => sum + weight * this.#limits[limit]!.needed, 0n);
    for (let type = 0; type < most.length; type++) {
      if (most[type] === 0) continue;
      let over = this.#costs[type]!;
      for (const [limit, weight] of weights) over -= weight * this.#limits[limit]!.ceilings[type]!;
      const count = over > 0n ? least[type]! : most[type]!;
      if (count > 0) bound += over * BigInt(count);
      open.push(type);
      excess.push(over);
    }
    const written = weights.map(([limit, weight]) => [limit, Number(weight) / WEIGHT_SCALE] as const);
    const { rest, split } = node;
    if ((rest === undefined && split === undefined) || bound >= this.#below) {
      if (bound < this.least) this.least = bound;
      return { weights: written };
    }
    tighten(least, most, open, excess, this.#below - bound);
    if (rest !== undefined) return { weights: written, rest: this.branch(rest, least, most) };
    const { type, cut, lower, upper } = split!;
    const [lowerMost, upperLeast] = [most.slice(), least.slice()];
    lowerMost[type] = Math.min(cut, most[type]!);
    upperLeast[type] = Math.max(cut + 1, least[type]!);
    const below = this.#side(lower, least.slice(), lowerMost, type);
    const above = this.#side(upper, upperLeast, most, type);
    return { weights: written, split: { type: this.#model.origin[type]!, cut, lower: below, upper: above } };
  }

  /** Where there are no such numbers there is nothing to show. */
  #side(node: CountNode, least: Int32Array, most: Int32Array, type: number): CountBranch {
    return least[type]! > most[type]! ? { weights: [] } : this.branch(node, least, most);
  }

  #weightsOf({ multipliers }: CountNode): [limit: number, weight: bigint][] {
    return Array.from(multipliers, (multiplier, limit): [number, bigint] => {
      const weight = multiplier / Number(this.#limits[limit]!.needed);
      return [limit, BigInt(Math.floor(Math.max(0, weight) * WEIGHT_SCALE))];
    }).filter(([, weight]) => weight > 0n);
  }
}

/** Leaves out numbers that alone cost what is left up to where nothing is looked at any more. */
function tighten(
  least: Int32Array,
  most: Int32Array,
  open: readonly number[],
  excess: readonly bigint[],
  left: bigint,
): void {
  for (const [at, type] of open.entries()) {
    const range = most[type]! - least[type]!;
    const over = excess[at]! > 0n ? excess[at]! : -excess[at]!;
    // Nearly all have room enough, which a product shows for less than a quotient does.
    if (over * BigInt(range) < left) continue;
    const away = Number((left - 1n) / over);
    if (excess[at]! > 0n) most[type] = least[type]! + away;
    else least[type] = most[type]! - away;
  }
}

/** Without limits that no branch gives a weight to, and with the types' indexes of the problem. */
function usedOnly({ origin }: Model, limits: readonly Limit[], tree: CountBranch): Pick<CountProof, "limits" | "tree"> {
  const used = new Set<number>();
  const collect = ({ weights, rest, split }: CountBranch): void => {
    for (const [limit] of weights) used.add(limit);
    if (rest !== undefined) collect(rest);
    if (split === undefined) return;
    collect(split.lower);
    collect(split.upper);
  };
  collect(tree);
  const places = new Map([...used].sort((a, b) => a - b).map((limit, at) => [limit, at]));
  const renamed = ({ weights, rest, split }: CountBranch): CountBranch => ({
    weights: weights.map(([limit, weight]) => [places.get(limit)!, weight]),
    ...(rest !== undefined && { rest: renamed(rest) }),
    ...(split !== undefined && { split: { ...split, lower: renamed(split.lower), upper: renamed(split.upper) } }),
  });
  return {
    limits: [...places.keys()].map((at) => {
      const { prices, ceilings, needed } = limits[at]!;
      return {
        prices: prices.map(Number),
        ceilings: new Map(ceilings.map((most, type) => [origin[type]!, Number(most)])),
        needed: Number(needed),
      };
    }),
    tree: renamed(tree),
  };
}
