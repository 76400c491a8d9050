/** From totals of a profile to the scores of an extender: integers of 0..10, which kube-scheduler multiplies by 10 and the weight. */

import type { Profile } from "../scheduler/profile.js";

/**
 * `rank`: by the order of the totals alone, so that the whole range is used however close they lie. `linear`: the least total
 * of the offered nodes gets 0, the greatest 10. `raw`: the share of what a node could have at most, the same for any offer.
 */
export type ScoreMap = "rank" | "linear" | "raw";

export const SCORE_MAPS: readonly ScoreMap[] = ["rank", "linear", "raw"];

const MAX_SCORE = 10;
/** What a plugin gives at most. */
const MAX_PLUGIN_SCORE = 100;

/** @param weightSum of the profile's score plugins; only `raw` asks for it */
export function mapScores(totals: Float64Array, map: ScoreMap, weightSum: number): Uint8Array {
  switch (map) {
    case "rank":
      return byRank(totals);
    case "linear":
      return linear(totals);
    case "raw":
      return scored(totals, (total) => clamp((MAX_SCORE * total) / Math.max(1, weightSum * MAX_PLUGIN_SCORE)));
  }
}

/** The sum of the weights of a profile's score plugins. */
export function weightSumOf({ score }: Pick<Profile, "score">): number {
  return score.reduce((sum, { weight }) => sum + weight, 0);
}

/** Equal totals get equal scores; with one total only, all get 10. */
function byRank(totals: Float64Array): Uint8Array {
  const distinct = distinctOf(totals);
  const last = distinct.length - 1;
  if (last <= 0) return new Uint8Array(totals.length).fill(MAX_SCORE);
  const ranks = new Map<number, number>();
  for (const [rank, total] of distinct.entries()) ranks.set(total, Math.round((MAX_SCORE * rank) / last));
  return scored(totals, (total) => ranks.get(total) ?? 0);
}

/** The totals that occur, the least first. */
function distinctOf(totals: Float64Array): Float64Array {
  return Float64Array.from(new Set(totals)).sort();
}

function linear(totals: Float64Array): Uint8Array {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const total of totals) {
    least = Math.min(least, total);
    most = Math.max(most, total);
  }
  if (most <= least) return new Uint8Array(totals.length).fill(MAX_SCORE);
  return scored(totals, (total) => Math.round((MAX_SCORE * (total - least)) / (most - least)));
}

/** As `Uint8Array.from`, which takes ten times as long. */
function scored(totals: Float64Array, scoreOf: (total: number) => number): Uint8Array {
  const scores = new Uint8Array(totals.length);
  for (let index = 0; index < totals.length; index++) scores[index] = scoreOf(totals[index]!);
  return scores;
}

function clamp(score: number): number {
  return Math.round(Math.min(MAX_SCORE, Math.max(0, score)));
}
