// math.Log as Go computes it on amd64, for the counts of topology spread. JS and C libraries round some values differently in
// the last bit, and a score may lie just there. The method is FreeBSD's e_log: k and f with x = 2^k * (1 + f), and a polynomial
// in f / (2 + f). test/kernel holds it against Go's own values.

const LN2_HIGH: f64 = 6.93147180369123816490e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;
const HALF_SQRT2: f64 = 0.70710678118654752440;

/** Natural logarithm of a finite x >= 1. */
export function goLog(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let exponent = <i32>(bits >> 52) - 1022;
  let fraction = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3fe0000000000000);
  if (fraction < HALF_SQRT2) {
    fraction *= 2;
    exponent--;
  }
  const f = fraction - 1;
  const k = <f64>exponent;
  const s = f / (2 + f);
  const s2 = s * s;
  const s4 = s2 * s2;
  const odd =
    s2 *
    (6.666666666666735130e-1 +
      s4 * (2.857142874366239149e-1 + s4 * (1.818357216161805012e-1 + s4 * 1.479819860511658591e-1)));
  const even =
    s4 * (3.999999999940941908e-1 + s4 * (2.222219843214978396e-1 + s4 * 1.531383769920937332e-1));
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + (odd + even)) + k * LN2_LOW) - f);
}
