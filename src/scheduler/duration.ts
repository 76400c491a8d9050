/** Go's duration texts ("1m30s"), the form that Kubernetes configurations use (Go 1.26 time.ParseDuration). */

/** A duration as written, and what it says. */
export interface Duration {
  readonly text: string;
  /** Milliseconds; fractions are possible. */
  readonly ms: number;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "\u00b5s": 1e-3,
  "\u03bcs": 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const WHOLE = /^[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/;
const PART = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g;

/** Go counts in int64 nanoseconds. */
const MAX_MS = 2 ** 63 / 1e6;

/** Reads `"30s"`, `"1m30s"`, `"-1.5h"`, `"0"`; undefined when the text is no duration or is beyond 292 years. */
export function parseDuration(text: string): Duration | undefined {
  if (/^[-+]?0$/.test(text)) return { text, ms: 0 };
  if (!WHOLE.test(text)) return undefined;
  let ms = 0;
  for (const [, count, unit] of text.matchAll(PART)) ms += Number(count) * (UNIT_MS[unit ?? ""] ?? 0);
  if (ms >= MAX_MS) return undefined;
  return { text, ms: text.startsWith("-") ? -ms : ms };
}
