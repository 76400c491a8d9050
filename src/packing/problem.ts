/** Vector bin packing with bins of several types: what is given, and what an answer is. Nothing here knows of Kubernetes. */

/** Items that cannot be told apart. All amounts are whole numbers from 0 to below 2^53. */
export interface ItemKind {
  /** By dimension. */
  readonly sizes: readonly number[];
  readonly count: number;
  /** How many of them one bin may hold. Default: as many as there is room for. */
  readonly mostPerBin?: number;
}

/** Bins that can be bought, or that are there. */
export interface BinType {
  /** By dimension. */
  readonly capacity: readonly number[];
  /** Of one bin; a whole number. */
  readonly cost: number;
  /** How many there can be. Default: any number. */
  readonly most?: number;
  /** Whether it may hold items of a kind, apart from room. Default: every kind. */
  readonly admits?: (kind: number) => boolean;
}

export interface Problem {
  readonly kinds: readonly ItemKind[];
  readonly types: readonly BinType[];
}

/** A bin and what it holds, and how many bins are filled like it. */
export interface Filled {
  /** Index of the type. */
  readonly type: number;
  /** Items of each kind. */
  readonly counts: Int32Array;
  readonly times: number;
}

/** Every item in a bin. */
export interface Packing {
  readonly cost: number;
  readonly bins: readonly Filled[];
}

/** No plan can cost less than `cost`: prices of items of which no bin holds more than it costs. */
export interface LowerBound {
  /** A whole number. */
  readonly cost: number;
  /** Price of one item of each kind, in the unit of costs. */
  readonly prices: readonly number[];
  /**
   * `volume`: one price a unit of each dimension. `patterns`: prices of kinds, from the linear programme over all ways to
   * fill a bin. `counts`: the numbers of bins of each type were branched over as well. All were checked in whole numbers.
   */
  readonly method: "volume" | "patterns" | "counts";
  /** Where `counts`. */
  readonly counts?: CountProof;
}

/**
 * Limits that the numbers of bins keep to whenever the bins hold all items, and a tree that shows that no whole numbers
 * which keep to them cost less than the bound.
 */
export interface CountProof {
  /** Whatever costs so much or more is not looked at: of each type there are fewer than that buys. */
  readonly below: number;
  readonly limits: readonly CountLimit[];
  readonly tree: CountBranch;
}

/** The bins hold `needed` only if their ceilings together come to so much. All are whole numbers below 2^53. */
export interface CountLimit {
  /** What one item of each kind is worth, in parts of its own. */
  readonly prices: readonly number[];
  /** By index of a type: no bin of it holds items worth more. Types that are not here hold no more than one that is, and cost no less. */
  readonly ceilings: ReadonlyMap<number, number>;
  /** What all items are worth. */
  readonly needed: number;
}

/**
 * Some numbers of bins, from `l` to `u` of each type. With weights `w`, what holds all items costs at least
 * `sum w * needed + sum over types of r * (r > 0 ? l : u)`, with `r = cost - sum w * ceiling`. Numbers so far from these
 * that this comes to `below` are left out; `rest`, or each side of a split, goes on with what is left.
 */
export interface CountBranch {
  /** Index of a limit, and its weight in the unit of costs: a number of binary places, to be taken as it is. */
  readonly weights: readonly (readonly [limit: number, weight: number])[];
  readonly rest?: CountBranch;
  /** At most `cut` bins of the type in `lower`, more in `upper`. */
  readonly split?: {
    readonly type: number;
    readonly cut: number;
    readonly lower: CountBranch;
    readonly upper: CountBranch;
  };
}
