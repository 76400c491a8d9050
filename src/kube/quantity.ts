/**
 * Kubernetes quantities (`"500m"`, `"16Gi"`, `2`), exact to a billionth, and the integers that the scheduler counts in.
 * Semantics: k8s 1.36 apimachinery pkg/api/resource. One deviation: a count of 2^53 or more is refused, where upstream
 * answers 0 or wraps.
 */

import { StowageError } from "../errors.js";
import type { QuantityText } from "./objects.js";

/** How a quantity was written; decides only how it is printed. */
export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

/** An exact quantity. */
export interface Quantity {
  /** The value in billionths. */
  readonly nano: bigint;
  readonly format: QuantityFormat;
  /** The text as written, kept only where Kubernetes prints it back verbatim. */
  readonly text?: string;
}

/**
 * An exact amount of one resource: a number counts whole units (milli for cpu, base units for the rest), a bigint
 * counts billionths of the base unit and is used only where a number would not be exact.
 */
export type Amount = number | bigint;

const BAD_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const BAD_NUMBER = "unable to parse numeric part of quantity";
const BAD_SUFFIX = "unable to parse quantity's suffix";
const TOO_LARGE = "is 2^53 or more, which cannot be counted exactly";

/** Longer texts are refused unread; no quantity that can be counted needs a tenth of it. */
const MAX_TEXT_LENGTH = 1024;
/** Powers of ten beyond this are refused instead of computed. */
const MAX_DECIMAL_EXPONENT = 1000;

const NANO = 1_000_000_000n;
const NANO_PER_MILLI = 1_000_000n;
const MAX_INT64 = 2n ** 63n - 1n;
const FIRST_UNCOUNTABLE = 2n ** 53n;

const DECIMAL_SUFFIXES: readonly (readonly [string, number])[] = [
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
];
/** Powers of 1024. */
const BINARY_SUFFIXES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;

interface Suffix {
  readonly format: QuantityFormat;
  /** A power of ten, or of two where the format is BinarySI. */
  readonly exponent: number;
}

/** No suffix is in both lists; the later one, decimal, is what it means. */
const SUFFIXES: ReadonlyMap<string, Suffix> = new Map<string, Suffix>([
  ...BINARY_SUFFIXES.map((name, power): [string, Suffix] => [name, { format: "BinarySI", exponent: 10 * power }]),
  ...DECIMAL_SUFFIXES.map(([name, exponent]): [string, Suffix] => [name, { format: "DecimalSI", exponent }]),
]);

/** Sign, digits, digits after the point, suffix. No two neighbouring parts share a character: matching is linear. */
const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?((?:[eEinumkKMGTP]+[-+]?\d*|[-+]\d*)?)$/;
const EXPONENT = /^[eE]([+-]?\d+)$/;

const SHORT_SHAPE = /^(\d{1,15})(m|k|[KMGT]i|[MGT])?$/;
const SHORT_FACTORS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["k", 1e3],
  ["M", 1e6],
  ["G", 1e9],
  ["T", 1e12],
  ["Ki", 2 ** 10],
  ["Mi", 2 ** 20],
  ["Gi", 2 ** 30],
  ["Ti", 2 ** 40],
]);

/**
 * Reads a quantity as the API server's JSON decoder does: outer white space is dropped, null is zero, anything finer
 * than 1n is rounded away from zero, and a BinarySI value is capped at 2^63-1. A number is read by its shortest text.
 *
 * @param path where the text stands, for the error
 * @throws StowageError ERR_QUANTITY with `path` and `reason`, the reason being upstream's sentence where it has one
 */
export function parseQuantity(text: QuantityText | null, path = "quantity"): Quantity {
  const literal = literalText(text, path);
  const parts = literal === "" ? null : SHAPE.exec(literal);
  if (parts === null) throw refuse(path, BAD_FORMAT);
  const suffix = readSuffix(parts[4] ?? "");
  if (suffix === undefined) throw refuse(path, BAD_SUFFIX);

  const whole = (parts[2] ?? "").replace(/^0+/, "") || "0";
  const fraction = parts[3] ?? "";
  const short = isShort(whole, fraction, suffix);
  if (!short && parts[2] === "" && fraction === "") throw refuse(path, BAD_NUMBER);

  const magnitude = toNano(BigInt(whole + fraction), fraction.length, suffix, path);
  const nano = parts[1] === "-" ? -magnitude : magnitude;
  if (short && isPrintedVerbatim(whole + fraction, fraction.length, suffix)) {
    return { nano, format: suffix.format, text: literal };
  }
  const isTiny = suffix.format === "BinarySI" && magnitude > 0n && magnitude < NANO;
  return { nano, format: isTiny ? "DecimalSI" : suffix.format };
}

/** The quantity as a whole number of base units, rounded away from zero. @throws StowageError ERR_QUANTITY at 2^53 */
export function quantityValue(quantity: Quantity, path = "quantity"): number {
  return countable(divideAwayFromZero(quantity.nano, NANO), path);
}

/** The quantity as a whole number of thousandths, rounded away from zero. @throws StowageError ERR_QUANTITY at 2^53 */
export function quantityMilli(quantity: Quantity, path = "quantity"): number {
  return countable(divideAwayFromZero(quantity.nano, NANO_PER_MILLI), path);
}

/** The exact sum. A zero on the left takes on the format of the right, as upstream's does. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`; formats do not matter. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  if (a.nano === b.nano) return 0;
  return a.nano < b.nano ? -1 : 1;
}

/** The greater one; the first of two equal ones. */
export function maxQuantity(a: Quantity, b: Quantity): Quantity {
  return b.nano > a.nano ? b : a;
}

/** Rounded away from zero to a multiple of 1m: what the API server stores. */
export function roundUpToMilli(quantity: Quantity): Quantity {
  if (quantity.nano % NANO_PER_MILLI === 0n) return quantity;
  const nano = divideAwayFromZero(quantity.nano, NANO_PER_MILLI) * NANO_PER_MILLI;
  return { nano, format: quantity.format };
}

/** What Kubernetes prints: an integer with the largest suffix that leaves no fraction, in the quantity's own format. */
export function canonicalString(quantity: Quantity): string {
  if (quantity.text !== undefined) return quantity.text;
  if (quantity.nano === 0n) return "0";
  const isBinary =
    quantity.format === "BinarySI" && quantity.nano % NANO === 0n && magnitudeOf(quantity.nano) >= 1024n * NANO;
  if (isBinary) {
    const [mantissa, power] = stripFactor(quantity.nano / NANO, 1024n, BINARY_SUFFIXES.length - 1);
    return `${mantissa}${BINARY_SUFFIXES[power]}`;
  }
  if (quantity.format === "DecimalExponent") {
    const [mantissa, power] = stripFactor(quantity.nano, 1000n, Number.POSITIVE_INFINITY);
    return power === 3 ? `${mantissa}` : `${mantissa}e${3 * power - 9}`;
  }
  const [mantissa, power] = stripFactor(quantity.nano, 1000n, DECIMAL_SUFFIXES.length - 1);
  return `${mantissa}${DECIMAL_SUFFIXES[power]?.[0]}`;
}

/** Texts of a cluster repeat; when a memo is full it starts afresh, so that hostile input cannot make it grow. */
const MAX_MEMO_ENTRIES = 8192;
const milliByText = new Map<QuantityText, Amount>();
const unitsByText = new Map<QuantityText, Amount>();

/**
 * The amount that the scheduler counts: milli for "cpu", base units for every other resource, rounded away from zero.
 * Memoised by text.
 *
 * @throws StowageError ERR_QUANTITY: not a quantity, neither string nor number, or 2^53 or more
 */
export function amountOf(resource: string, text: QuantityText, path = resource): number {
  return roundAmount(resource, exactAmount(resource, text, path), path);
}

/** The same before rounding, for sums that are rounded once at the end. Memoised by text; throws as `amountOf`. */
export function exactAmount(resource: string, text: QuantityText, path = resource): Amount {
  const memo = resource === "cpu" ? milliByText : unitsByText;
  const known = memo.get(text);
  if (known !== undefined) return known;
  const amount = shortAmount(resource, text) ?? longAmount(resource, text, path);
  if (memo.size >= MAX_MEMO_ENTRIES) memo.clear();
  memo.set(text, amount);
  return amount;
}

/** The exact sum of two amounts of one resource. */
export function addAmounts(resource: string, a: Amount, b: Amount): Amount {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return amountNano(resource, a) + amountNano(resource, b);
}

/** Whether amount `a` of a resource is more than `b`. */
export function isGreaterAmount(resource: string, a: Amount, b: Amount): boolean {
  if (typeof a === "number" && typeof b === "number") return a > b;
  return amountNano(resource, a) > amountNano(resource, b);
}

/** An amount as a whole number of the resource's units, rounded away from zero. @throws StowageError ERR_QUANTITY at 2^53 */
export function roundAmount(resource: string, amount: Amount, path = resource): number {
  return typeof amount === "number" ? amount : countable(divideAwayFromZero(amount, nanoPerUnit(resource)), path);
}

function amountNano(resource: string, amount: Amount): bigint {
  return typeof amount === "bigint" ? amount : BigInt(amount) * nanoPerUnit(resource);
}

function nanoPerUnit(resource: string): bigint {
  return resource === "cpu" ? NANO_PER_MILLI : NANO;
}

/** The forms that nearly all manifests use, without arbitrary precision; undefined for every other. */
function shortAmount(resource: string, text: QuantityText): number | undefined {
  if (typeof text !== "string" && typeof text !== "number") return undefined;
  const parts = SHORT_SHAPE.exec(String(text));
  if (parts === null) return undefined;
  const digits = Number(parts[1]);
  const isCpu = resource === "cpu";
  if (parts[2] === "m") return isCpu || digits % 1000 === 0 ? digits / (isCpu ? 1 : 1000) : undefined;
  const amount = digits * (SHORT_FACTORS.get(parts[2] ?? "") ?? Number.NaN) * (isCpu ? 1000 : 1);
  return Number.isSafeInteger(amount) ? amount : undefined;
}

function longAmount(resource: string, text: QuantityText, path: string): Amount {
  const { nano } = parseQuantity(text, path);
  const rounded = roundAmount(resource, nano, path);
  return nano % nanoPerUnit(resource) === 0n ? rounded : nano;
}

function literalText(text: unknown, path: string): string {
  if (typeof text === "string") {
    if (text.length > MAX_TEXT_LENGTH) throw refuse(path, `is longer than ${MAX_TEXT_LENGTH} characters`);
    return text.trim();
  }
  if (text === null) return "0";
  if (typeof text !== "number") throw refuse(path, "must be a string or a number");
  if (!Number.isFinite(text)) throw refuse(path, `${text} is not a quantity`);
  return String(text);
}

function readSuffix(text: string): Suffix | undefined {
  const named = SUFFIXES.get(text);
  if (named !== undefined) return named;
  const digits = EXPONENT.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const exponent = BigInt(digits.replace(/^\+/, ""));
  if (BigInt.asIntN(64, exponent) !== exponent) return undefined;
  // Upstream narrows to 32 bits without a check.
  return { format: "DecimalExponent", exponent: Number(BigInt.asIntN(32, exponent)) };
}

/**
 * Whether upstream reads these digits into a 64-bit integer. Only then does it accept a number without any digit, and
 * only then can it print the text back verbatim.
 */
function isShort(whole: string, fraction: string, suffix: Suffix): boolean {
  const digits = whole.length + fraction.length;
  if (suffix.format !== "BinarySI") return digits <= 18 && suffix.exponent - fraction.length >= -9;
  return fraction === "" && digits <= 14 - Math.trunc((suffix.exponent * 3) / 10);
}

/** Whether digits that are short are in a form that upstream takes for canonical. */
function isPrintedVerbatim(digits: string, fractionLength: number, suffix: Suffix): boolean {
  if (suffix.format === "BinarySI") return Number(digits) % 8 !== 0;
  return (suffix.exponent - fractionLength) % 3 === 0 && !digits.endsWith("000") && !digits.startsWith("0");
}

/** Billionths, rounded up; `digits` counts units of 10^-fractionLength. */
function toNano(digits: bigint, fractionLength: number, suffix: Suffix, path: string): bigint {
  if (digits === 0n) return 0n;
  if (suffix.format === "BinarySI") {
    const nano = divideAwayFromZero((digits << BigInt(suffix.exponent)) * NANO, 10n ** BigInt(fractionLength));
    return nano > MAX_INT64 * NANO ? MAX_INT64 * NANO : nano;
  }
  const power = suffix.exponent - fractionLength + 9;
  if (power > MAX_DECIMAL_EXPONENT) throw refuse(path, `exponent ${suffix.exponent} is too large`);
  if (power >= 0) return digits * 10n ** BigInt(power);
  // No text is long enough to have a digit left of such a point.
  if (power < -MAX_TEXT_LENGTH) return 1n;
  return divideAwayFromZero(digits, 10n ** BigInt(-power));
}

function divideAwayFromZero(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  if (quotient * divisor === dividend) return quotient;
  return dividend < 0n ? quotient - 1n : quotient + 1n;
}

/** Divides by `factor` as often as nothing is left over, at most `limit` times. */
function stripFactor(value: bigint, factor: bigint, limit: number): [mantissa: bigint, times: number] {
  let mantissa = value;
  let times = 0;
  while (times < limit && mantissa % factor === 0n) {
    mantissa /= factor;
    times++;
  }
  return [mantissa, times];
}

function magnitudeOf(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function countable(count: bigint, path: string): number {
  if (magnitudeOf(count) >= FIRST_UNCOUNTABLE) throw refuse(path, TOO_LARGE);
  return Number(count);
}

function refuse(path: string, reason: string): StowageError {
  return new StowageError("ERR_QUANTITY", { path, reason });
}
