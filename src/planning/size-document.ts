/** The answer to a question of size, as data. */

import type { ReasonCount } from "../scheduler/decision.js";
import type { SizeOrder } from "./fleet-check.js";
import type { Quantities } from "./quantities.js";

export const SIZE_SCHEMA_VERSION = "stowage/size.v1";

/** Hours in a month, as cloud providers count them. */
export const HOURS_A_MONTH = 730;

/** The document that schema/size.v1.json describes. Prices are in the currency of the offers. */
export interface Size {
  readonly schemaVersion: typeof SIZE_SCHEMA_VERSION;
  /** `impossible`: there are pods that no fleet of these offers can hold; `unplaceable` says which. */
  readonly status: "sized" | "impossible";
  readonly currency: string;
  /** Counts of pods: to be placed, and of these those that no fleet changes anything for. */
  readonly pods: number;
  /** The headline: the cheapest fleet found on which the profile places every pod by itself. */
  readonly schedulable?: SchedulableFleet;
  /** The cheapest fleet found for which there is an assignment. */
  readonly packable?: PackableFleet;
  readonly bound?: Bound;
  /** What keeps the fleet from being one node smaller. */
  readonly binds?: Binding;
  /** At most five other fleets, and what they trade. */
  readonly alternatives: readonly Alternative[];
  /** What packable fleets cost by the part of every node that stays free. */
  readonly headroom: readonly HeadroomRow[];
  readonly survives?: Survival;
  readonly unplaceable: readonly Unplaceable[];
  /** Where `impossible`, and not because of single pods: what was asked for at once and found in no fleet. */
  readonly contradiction?: Contradiction;
  readonly leftOut: readonly LeftOut[];
  /** Offers that cannot even hold the DaemonSets' pods. */
  readonly tooSmall: readonly string[];
  readonly search: SearchReport;
}

export interface Cost {
  readonly perHour: number;
  readonly perMonth: number;
}

export interface MixPart {
  readonly offer: string;
  readonly count: number;
  /** Of one, what is fixed for a node included. */
  readonly pricePerHour: number;
}

export interface FleetDocument extends Cost {
  readonly nodes: number;
  readonly mix: readonly MixPart[];
}

export interface PackableFleet extends FleetDocument {
  /**
   * Whether the filters were asked about an assignment. Otherwise rules about other pods were left out, and it may be
   * that no assignment keeps them.
   */
  readonly isChecked: boolean;
}

export interface SchedulableFleet extends FleetDocument {
  readonly repair: Repair;
  /** The new nodes, then those that were there, each with its pods. */
  readonly placement: readonly NodePods[];
}

/** What makes the packable fleet schedulable. */
export interface Repair {
  /** In which order the pods have to come. */
  readonly order: SizeOrder;
  /** Where the order is `fleet`: the pods, as `namespace/name`. */
  readonly sequence?: readonly string[];
  /** `configured`: the profile as it is. `most`: NodeResourcesFit with MostAllocated. */
  readonly strategy: "configured" | "most";
  readonly addedNodes: number;
  /** Beyond the packable fleet. */
  readonly perHour: number;
  /** What the other ways cost that were tried to their end. */
  readonly tried: readonly {
    readonly order: SizeOrder;
    readonly strategy: "configured" | "most";
    readonly perHour: number;
  }[];
}

export interface NodePods {
  readonly name: string;
  /** Absent for a node that was there. */
  readonly offer?: string;
  readonly zone?: string;
  readonly allocatable: Quantities;
  readonly requested: Quantities;
  /** `namespace/name` of those that were to be placed: DaemonSets' pods, and those that ran before, are in `requested` alone. */
  readonly pods: readonly string[];
}

export interface Bound {
  /** No fleet of these offers that holds the pods costs less. */
  readonly perHour: number;
  /** The packable fleet's cost over the bound, less 1. */
  readonly gap: number;
  /** The packable fleet costs what the bound says. */
  readonly isProven: boolean;
  /** See LowerBound of src/packing/problem.ts. */
  readonly method: "volume" | "patterns" | "counts";
  /** What pods ask for and the bound leaves out. A bound without it is still one. */
  readonly leavesOut: readonly string[];
  /** Prices of pods that prove it, or where `counts` what it began with: no node holds pods worth more than it costs. */
  readonly prices: readonly { readonly pod: string; readonly count: number; readonly perHour: number }[];
  /** Where `counts`: what proves it beyond the prices. See CountProof of src/packing/problem.ts. */
  readonly counts?: CountBound;
}

/** Pods and nodes by their place in `pods` and `nodes`. Worth is in whole parts, each limit's own. */
export interface CountBound {
  readonly belowPerHour: number;
  readonly pods: readonly { readonly pod: string; readonly count: number }[];
  /** Offers, or nodes that are there. `most`: how many of them there can be. */
  readonly nodes: readonly CountedNode[];
  readonly limits: readonly {
    readonly worth: readonly number[];
    readonly ceilings: readonly number[];
    readonly needed: number;
  }[];
  readonly tree: CountTree;
}

/** With weights in millionths an hour. */
export interface CountTree {
  readonly weights: readonly (readonly [limit: number, weight: number])[];
  readonly rest?: CountTree;
  readonly split?: {
    readonly node: number;
    readonly cut: number;
    readonly lower: CountTree;
    readonly upper: CountTree;
  };
}

export interface CountedNode {
  readonly name: string;
  readonly zone?: string;
  readonly perHour: number;
  readonly most?: number;
}

export interface Binding {
  /** The node that was taken away, the cheapest. */
  readonly without: string;
  /** `namespace/name` of the first pod that then has no place. */
  readonly pod: string;
  readonly message: string;
  readonly nearest?: { readonly node: string; readonly lacks: Quantities };
}

export interface Alternative extends FleetDocument {
  /** What is different about it. */
  readonly trade: string;
  /** Its cost over the packable fleet's, less 1. */
  readonly over: number;
}

export interface HeadroomRow extends FleetDocument {
  /** 0 to 1. */
  readonly share: number;
}

export interface Survival {
  readonly level: "node" | "zone";
  /** How many failures were tried, each alone, and after each every pod placed again. */
  readonly tried: number;
  /** Nodes or zones whose pods would not all find a place; empty where the fleet survives. */
  readonly lost: readonly { readonly failed: string; readonly pods: readonly string[] }[];
}

export interface Contradiction {
  /** As "at most 2 new nodes" and "any node may fail". */
  readonly limits: readonly string[];
  /** The cheapest packing found that keeps to none of them. */
  readonly without: FleetDocument;
}

export interface Unplaceable {
  /** `namespace/name` of one, and how many are like it. */
  readonly pod: string;
  readonly count: number;
  /** How many offers say no, by reason. */
  readonly reasons: readonly ReasonCount[];
  /** The offers that come nearest, and what they lack. */
  readonly nearest: readonly { readonly offer: string; readonly lacks: Quantities }[];
}

export interface LeftOut {
  readonly pod: string;
  readonly status: string;
  readonly message: string;
}

export interface SearchReport {
  readonly seed: number;
  /** Steps of a few microseconds: allowed, and taken; more only where the budget does not suffice for one plan and its bound. */
  readonly budget: number;
  readonly spent: number;
  /** A clock or a signal ended it, so that another run may find something else. */
  readonly wasCut: boolean;
  /** Whether a linear solver took part. */
  readonly hasSolver: boolean;
}
