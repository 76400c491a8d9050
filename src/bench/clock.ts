/** Time, and what is made of many times. Microseconds. */

const US_A_MS = 1e3;

export function nowUs(): number {
  return performance.now() * US_A_MS;
}

/** The value that this share of all is not above: one that was measured (nearest rank). NaN of none. */
export function quantile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function median(values: Iterable<number>): number {
  return quantile(values, 0.5);
}

/** As if all chunks had taken as long as the middle one: other programs have the processor in some of them. */
export function undisturbed(chunks: readonly number[]): number {
  return median(chunks) * chunks.length;
}
