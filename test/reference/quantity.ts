/**
 * Kubernetes quantities, the boring way: one regular expression and BigInt fractions. A quantity is kept as an exact
 * count of billionths ("nano"), which is the finest step Kubernetes stores.
 */

const NANO = 1_000_000_000n;
const MAX_INT64 = 2n ** 63n - 1n;
const GRAMMAR = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?[0-9]+)?$/;
const DECIMAL_EXPONENT: Record<string, number> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY_EXPONENT: Record<string, number> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/**
 * Billionths of one unit, rounded away from zero. Values with a binary suffix stop at 2^63-1 units.
 * @throws Error when the text is not a quantity
 */
export function parseQuantity(quantity: string | number): bigint {
  const text = String(quantity).trim();
  const match = GRAMMAR.exec(text);
  if (match === null || text === "") throw new Error(`not a quantity: ${JSON.stringify(quantity)}`);
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  const digits = BigInt(whole + fraction || "0");
  const binary = BINARY_EXPONENT[suffix];
  const decimal = binary === undefined ? decimalExponent(suffix) : 0;
  let numerator = digits * NANO * 2n ** BigInt(binary ?? 0);
  let denominator = 10n ** BigInt(fraction.length);
  if (decimal >= 0) numerator *= 10n ** BigInt(decimal);
  else denominator *= 10n ** BigInt(-decimal);
  let nano = divideUp(numerator, denominator);
  if (binary !== undefined && nano > MAX_INT64 * NANO) nano = MAX_INT64 * NANO;
  return sign === "-" ? -nano : nano;
}

function decimalExponent(suffix: string): number {
  if (suffix === "") return 0;
  return DECIMAL_EXPONENT[suffix] ?? Number(suffix.slice(1));
}

/** Whole units, rounded away from zero: upstream's `Value()`. */
export function wholeUnits(nano: bigint): bigint {
  return divideUp(nano, NANO);
}

/** Thousandths, rounded away from zero: upstream's `MilliValue()`. */
export function milliUnits(nano: bigint): bigint {
  return divideUp(nano, NANO / 1000n);
}

function divideUp(numerator: bigint, denominator: bigint): bigint {
  if (numerator < 0n) return -divideUp(-numerator, denominator);
  return (numerator + denominator - 1n) / denominator;
}
