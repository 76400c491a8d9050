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
   * fill a bin. Both were checked again in whole numbers. `counts`: how many bins of each type there are was branched
   * over as well, by the solver, whose word is taken for that tree.
   */
  readonly method: "volume" | "patterns" | "counts";
}
