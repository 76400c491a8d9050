/** What became of figures and counters between two states of the sources. */

import type { Counter, Figure, Report } from "./report.js";

export interface Change {
  readonly what: string;
  readonly before: number;
  readonly after: number;
  /** Larger is worse. */
  readonly ratio: number;
  /** The largest ratio that passes. */
  readonly limit: number;
}

/**
 * Medians of what the reports of both sides hold, in the order of the last report.
 *
 * @param threshold largest ratio of times that passes; counters must not grow
 */
export function changesOf(before: readonly Report[], after: readonly Report[], threshold: number): Change[] {
  const [times, counts] = [timesOf, countsOf].map(
    (of) => [mediansOf(before.map(of)), mediansOf(after.map(of))] as const,
  );
  return [...changes(times!, threshold), ...changes(counts!, 1)];
}

type Values = ReadonlyMap<string, number>;

function changes([before, after]: readonly [Values, Values], limit: number): Change[] {
  return [...after].flatMap(([what, value]): Change[] => {
    const old = before.get(what);
    if (old === undefined) return [];
    return [{ what, before: old, after: value, ratio: old === value ? 1 : value / old, limit }];
  });
}

function timesOf({ figures }: Report): Values {
  return new Map(figures.map((figure) => [keyOfFigure(figure), timeOf(figure)]));
}

function countsOf({ counters }: Report): Values {
  return new Map(counters.map((counter) => [keyOfCounter(counter), counter.value]));
}

/** Nanoseconds of one decision or run: by the throughput where there is one, for it has less noise. */
function timeOf({ perSecond, p50Ns }: Figure): number {
  return perSecond === undefined ? p50Ns : 1e9 / perSecond;
}

function keyOfFigure({ boundary, name, nodes }: Figure): string {
  return `${boundary}: ${name} at ${nodes} nodes, ns`;
}

function keyOfCounter({ name, nodes }: Counter): string {
  return `${name} at ${nodes} nodes`;
}

/** Of what every report holds. */
function mediansOf(reports: readonly Values[]): Values {
  const [first, ...others] = reports;
  const known = [...(first ?? [])].filter(([key]) => others.every((other) => other.has(key)));
  return new Map(known.map(([key]) => [key, median(reports.map((report) => report.get(key)!))]));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
