// What `npm run bench:compare` makes of reports: medians of what every one of them holds.
import { expect, test } from "vitest";
import { changesOf } from "../../bench/changes.js";
import { REPORT_VERSION, type Report } from "../../bench/report.js";

const environment: Report["environment"] = {
  runtime: "Node",
  cpu: "one",
  cores: 2,
  memoryBytes: 1,
  platform: "linux x64",
  seed: "1",
  commit: "unknown",
  date: "2026-11-30",
  command: "npm run bench",
};

/** A report of one figure, pods a second or nanoseconds, and one counter. */
function report(perSecond: number, p50Ns: number, rows: number, isWhole = true): Report {
  const figure = { boundary: "engine", nodes: 5, p99Ns: 1, samples: 1 } as const;
  const run = { ...figure, name: "run", p50Ns };
  const counters = [{ name: "rows", nodes: 5, value: rows }];
  return {
    schemaVersion: REPORT_VERSION,
    environment,
    figures: [{ ...figure, name: "rate", perSecond, p50Ns: 1 }, ...(isWhole ? [run] : [])],
    counters,
  };
}

test("compares the medians, of rates as times, and lets counters grow by nothing", () => {
  const before = [report(1e6, 100, 7), report(4e6, 900, 7), report(2e6, 200, 7)];
  const after = [report(1e6, 150, 7), report(1e6, 160, 8), report(9e6, 1e9, 8)];
  expect(changesOf(before, after, 1.5)).toEqual([
    { what: "engine: rate at 5 nodes, ns", before: 500, after: 1000, ratio: 2, limit: 1.5 },
    { what: "engine: run at 5 nodes, ns", before: 200, after: 160, ratio: 0.8, limit: 1.5 },
    { what: "rows at 5 nodes", before: 7, after: 8, ratio: 8 / 7, limit: 1 },
  ]);
});

test("leaves out what a report of either side lacks, and takes nothing twice for no change", () => {
  const changes = changesOf([report(1e6, 1, 0), report(1e6, 1, 0, false)], [report(1e6, 1, 0)], 1);
  expect(changes.map(({ what, ratio }) => [what, ratio])).toEqual([
    ["engine: rate at 5 nodes, ns", 1],
    ["rows at 5 nodes", 1],
  ]);
});
