/**
 * `npm run bench:compare -- BEFORE AFTER`: ratios of two commits, each built in a folder of its own and measured in turns, or of
 * two reports of `npm run bench -- -o json`. Exits 1 when a counter grew, or a time by more than the threshold; 2 when there is
 * nothing to compare.
 */

import { readFileSync } from "node:fs";
import { markdownTable } from "markdown-table";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { changesOf } from "./changes.js";
import { Checkout, type Suite } from "./checkout.js";
import { REPORT_VERSION, type Report } from "./report.js";

/** Times of two runs on one quiet machine differ by less. */
const DEFAULT_THRESHOLD = 1.25;
const PAIRS = 5;

interface Sides {
  readonly before: readonly Report[];
  readonly after: readonly Report[];
}

async function main(): Promise<void> {
  const { threshold, pairs, suite, _: given } = await readArguments();
  const [before, after, ...flags] = given.map(String);
  const sides = [before!, after!].every((name) => name.endsWith(".json"))
    ? { before: [readFile(before!)], after: [readFile(after!)] }
    : measurePairs(before!, after!, {
        pairs,
        suite,
        flags: flags.length === 0 && suite === "figures" ? ["--short"] : flags,
      });
  warnOfMachines(sides);
  const changes = changesOf(sides.before, sides.after, threshold);
  const rows = changes.map(({ what, before: one, after: other, ratio }) => [what, ...[one, other, ratio].map(cell)]);
  process.stdout.write(
    `${markdownTable([["what", "before", "after", "ratio"], ...rows], { align: ["l", "r", "r", "r"] })}\n`,
  );
  for (const { what, ratio, limit } of changes.filter((one) => one.ratio > one.limit)) {
    process.stderr.write(`${what}: ${ratio.toFixed(2)} times as much, more than ${limit}\n`);
    process.exitCode = 1;
  }
}

function readArguments() {
  return yargs(hideBin(process.argv))
    .usage("npm run bench:compare -- [options] BEFORE AFTER [-- flags of the suite]")
    .options({
      threshold: { type: "number", default: DEFAULT_THRESHOLD, describe: "largest ratio of times that passes" },
      pairs: { type: "number", default: PAIRS, describe: "runs of each commit; one, the other, the one" },
      suite: {
        choices: ["figures", "families"] as const,
        default: "figures" as const,
        describe: "npm run bench -- --short, or stowage bench",
      },
    })
    .demandCommand(2, "Name two commits, or two reports")
    .strictOptions()
    .parseAsync();
}

interface Measuring {
  readonly pairs: number;
  readonly suite: Suite;
  readonly flags: readonly string[];
}

/** In turns, so that what else the machine does meets both alike. */
function measurePairs(before: string, after: string, { pairs, suite, flags }: Measuring): Sides {
  using one = new Checkout(before);
  using other = new Checkout(after);
  const sides: { before: Report[]; after: Report[] } = { before: [], after: [] };
  for (let pair = 1; pair <= pairs; pair++) {
    process.stderr.write(`pair ${pair} of ${pairs}\n`);
    sides.before.push(one.measure(suite, flags));
    sides.after.push(other.measure(suite, flags));
  }
  return sides;
}

function readFile(file: string): Report {
  const report = JSON.parse(readFileSync(file, "utf8")) as Report;
  if (report.schemaVersion === REPORT_VERSION) return report;
  throw new Error(`${file} is no ${REPORT_VERSION} report`);
}

function warnOfMachines({ before, after }: Sides): void {
  const machines = new Set(
    [...before, ...after].map(({ environment }) => `${environment.cpu}, ${environment.runtime}`),
  );
  if (machines.size > 1) process.stderr.write(`different machines: ${[...machines].join(" and ")}\n`);
}

function cell(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}

main().catch((error: unknown) => {
  process.stderr.write(`compare: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
