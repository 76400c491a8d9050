/** Go's durations, the form that Kubernetes configurations use (Go 1.26 time.ParseDuration, Duration.String). */

export interface Duration {
  /** As Go prints it: "1m30s" for "90s". */
  readonly text: string;
  /** Milliseconds; fractions are possible. */
  readonly ms: number;
}

const UNIT_NS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "\u00b5s": 1_000n,
  "\u03bcs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const UNITS = "ns|us|\u00b5s|\u03bcs|ms|s|m|h";
const WHOLE = new RegExp(`^[-+]?(?:(?:\\d+\\.?\\d*|\\.\\d+)(?:${UNITS}))+$`);
const PART = new RegExp(`(\\d*)\\.?(\\d*)(${UNITS})`, "g");

/** Go counts in int64 nanoseconds. */
const MAX_NS = 2n ** 63n - 1n;
/** No int64 has more digits. */
const MAX_DIGITS = 19;
const NS_PER_MS = 1_000_000n;

/** Reads `"30s"`, `"1m30s"`, `"-1.5h"`, `"0"`; undefined when the text is no duration or is beyond 292 years. */
export function parseDuration(text: string): Duration | undefined {
  if (/^[-+]?0$/.test(text)) return durationOf(0n);
  if (!WHOLE.test(text)) return undefined;
  let ns = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of text.matchAll(PART)) {
    const digits = whole.replace(/^0+/, "");
    if (digits.length > MAX_DIGITS) return undefined;
    const unitNs = UNIT_NS[unit] ?? 0n;
    ns += BigInt(digits || 0) * unitNs + BigInt(Math.trunc(fractionNs(fraction, Number(unitNs))));
  }
  if (text.startsWith("-")) ns = -ns;
  return ns > MAX_NS || ns < -MAX_NS - 1n ? undefined : durationOf(ns);
}

/** The duration of so many milliseconds, to the nanosecond. */
export function durationOfMs(ms: number): Duration {
  const whole = Math.trunc(ms);
  return durationOf(BigInt(whole) * NS_PER_MS + BigInt(Math.round((ms - whole) * Number(NS_PER_MS))));
}

/** Go multiplies the digits by unit over scale, as float64; digits that an int64 does not hold are left out. */
function fractionNs(digits: string, unitNs: number): number {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (next > MAX_NS) break;
    value = next;
    scale *= 10;
  }
  return Number(value) * (unitNs / scale);
}

/** Whole milliseconds and the rest are made numbers apart, so that the first stay exact. */
function durationOf(ns: bigint): Duration {
  return { text: durationText(ns), ms: Number(ns / NS_PER_MS) + Number(ns % NS_PER_MS) / Number(NS_PER_MS) };
}

function durationText(ns: bigint): string {
  const sign = ns < 0n ? "-" : "";
  const size = ns < 0n ? -ns : ns;
  if (size === 0n) return "0s";
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 1_000n)}\u00b5s`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 1_000_000n)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${decimal(size % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return `${sign}${seconds}`;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** `size` in units of `unit`, without trailing zeros. */
function decimal(size: bigint, unit: bigint): string {
  const places = unit.toString().length - 1;
  const fraction = (size % unit).toString().padStart(places, "0").replace(/0+$/, "");
  return `${size / unit}${fraction === "" ? "" : `.${fraction}`}`;
}
