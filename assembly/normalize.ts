// The shared helper of upstream's plugins/helper/normalize_score.go.

import { INFEASIBLE } from "./layout";

/** One raw score on the scale 0..100, given the maximum over the feasible nodes (0 when all are 0). */
@inline
export function defaultNormalize(raw: f64, largest: f64, reverse: bool): f64 {
  if (largest == 0) return reverse ? 100 : raw;
  // Integers below 2^53 / 100 divided and rounded down: Go's truncating quotient (raw is never negative).
  const scaled = <f64>((<i64>raw * 100) / <i64>largest);
  return reverse ? 100 - scaled : scaled;
}

/** Whether a value of a base or total column stands for a node that is not feasible. */
@inline
export function isInfeasible(value: f64): bool {
  return value <= INFEASIBLE;
}
