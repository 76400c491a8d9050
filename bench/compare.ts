/**
 * `tsx bench/compare.ts BEFORE.json AFTER.json`: ratios of two reports of the benches. Fails when a counter grew, or a
 * time by more than the threshold.
 */

import { readFileSync } from "node:fs";
import { markdownTable } from "markdown-table";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { type Counter, type Figure, REPORT_VERSION, type Report } from "./report.js";

/** Times of two runs on one quiet machine differ by less. */
const DEFAULT_THRESHOLD = 1.25;

interface Change {
  readonly what: string;
  readonly before: number;
  readonly after: number;
  /** Larger is worse. */
  readonly ratio: number;
  readonly limit: number;
}

/** What two reports both hold, in the order of the second. */
function compareReports(before: Report, after: Report, threshold: number): Change[] {
  const times = pairs(before.figures, after.figures, keyOfFigure).map(([key, one, other]) =>
    change(key, timeOf(one), timeOf(other), threshold),
  );
  const counts = pairs(before.counters, after.counters, keyOfCounter).map(([key, one, other]) =>
    change(key, one.value, other.value, 1),
  );
  return [...times, ...counts];
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

function pairs<T>(before: readonly T[], after: readonly T[], keyOf: (item: T) => string): [string, T, T][] {
  const known = new Map(before.map((item) => [keyOf(item), item]));
  return after.flatMap((item): [string, T, T][] => {
    const one = known.get(keyOf(item));
    return one === undefined ? [] : [[keyOf(item), one, item]];
  });
}

function change(what: string, before: number, after: number, limit: number): Change {
  const ratio = before === after ? 1 : after / before;
  return { what, before, after, ratio, limit };
}

function readReport(file: string): Report {
  const report = JSON.parse(readFileSync(file, "utf8")) as Report;
  if (report.schemaVersion === REPORT_VERSION) return report;
  throw new Error(`${file} is no ${REPORT_VERSION} report`);
}

async function main(): Promise<void> {
  const args = await yargs(hideBin(process.argv))
    .usage("tsx bench/compare.ts BEFORE.json AFTER.json")
    .options({
      threshold: { type: "number", default: DEFAULT_THRESHOLD, describe: "largest ratio of times that passes" },
    })
    .demandCommand(2, 2)
    .strict()
    .parseAsync();
  const [before, after] = args._.map((file) => readReport(String(file)));
  const changes = compareReports(before!, after!, args.threshold);
  const rows = changes.map(({ what, before: one, after: other, ratio }) => [what, one, other, ratio].map(cell));
  process.stdout.write(`${markdownTable([["what", "before", "after", "ratio"], ...rows])}\n`);
  const machines = [before!, after!].map(({ environment }) => `${environment.cpu}, ${environment.runtime}`);
  if (machines[0] !== machines[1]) process.stderr.write(`different machines: ${machines.join(" and ")}\n`);
  for (const { what, ratio, limit } of changes.filter((one) => one.ratio > one.limit)) {
    process.stderr.write(`${what}: ${ratio.toFixed(2)} times as much, more than ${limit}\n`);
    process.exitCode = 1;
  }
}

function cell(value: string | number): string {
  if (typeof value === "string") return value;
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}

main().catch((error: unknown) => {
  process.stderr.write(`compare: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
