/** Which candidate is best: k8s 1.36 pkg/scheduler/framework/preemption, pickOneNodeForPreemption. */

import { priorityOf } from "../kube/objects.js";
import type { Candidate } from "./decision.js";
import { startTimeMs } from "./disruption.js";

/** Numbers to compare one after the other; less is better. */
export type Rank = readonly [
  pdbViolations: number,
  highestPriority: number,
  sumOfPriorities: number,
  victims: number,
  earliestStart: number,
];

export function rankOf({ victims, pdbViolations }: Candidate, nowMs: number): Rank {
  const highest = priorityOf(victims[0]!.pod);
  let sum = 0;
  let earliest = Number.POSITIVE_INFINITY;
  for (const { pod } of victims) {
    const priority = priorityOf(pod);
    sum += priority + 2 ** 31;
    if (priority === highest) earliest = Math.min(earliest, startTimeMs(pod, nowMs));
  }
  return [pdbViolations, highest, sum, victims.length, -earliest];
}

/** Below 0 when the left one is better, 0 for equals. */
export function compareRanks(left: Rank, right: Rank): number {
  for (let at = 0; at < left.length; at++) {
    const [a, b] = [left[at]!, right[at]!];
    if (a !== b) return a < b ? -1 : 1;
  }
  return 0;
}

/** The candidates that no criterion tells apart, in their order. */
export function bestOf(candidates: readonly Candidate[], nowMs: number): readonly Candidate[] {
  let best: Candidate[] = [];
  let least: Rank | undefined;
  for (const candidate of candidates) {
    const rank = rankOf(candidate, nowMs);
    const order = least === undefined ? -1 : compareRanks(rank, least);
    if (order < 0) {
      best = [candidate];
      least = rank;
    } else if (order === 0) best.push(candidate);
  }
  return best;
}

/** The best of the candidates by slot, the first among equals: a tournament, so that a change costs as many comparisons as it has rounds. */
export class Tournament {
  readonly #ranks: (Rank | undefined)[];
  /** At 1 the winner; at i the better of those at 2 i and 2 i + 1; at `#leaves` + slot the slot itself. -1 = nobody. */
  readonly #winners: Int32Array;
  readonly #leaves: number;

  constructor(slots: number) {
    this.#ranks = new Array<Rank | undefined>(slots).fill(undefined);
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(1, slots)));
    this.#winners = new Int32Array(2 * this.#leaves).fill(-1);
  }

  /** The best slot, or -1. */
  get best(): number {
    return this.#winners[1]!;
  }

  /** Sets the rank of a slot; undefined takes it out. */
  set(slot: number, rank: Rank | undefined): void {
    this.#ranks[slot] = rank;
    let at = this.#leaves + slot;
    this.#winners[at] = rank === undefined ? -1 : slot;
    for (at >>= 1; at > 0; at >>= 1)
      this.#winners[at] = this.#better(this.#winners[2 * at]!, this.#winners[2 * at + 1]!);
  }

  /** Of two slots, the left one being lower. */
  #better(left: number, right: number): number {
    if (left < 0 || right < 0) return Math.max(left, right);
    return compareRanks(this.#ranks[right]!, this.#ranks[left]!) < 0 ? right : left;
  }
}
