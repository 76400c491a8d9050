/** `npm run bench`: measures what was asked for, prints a report and keeps it in .cache/bench.json; exits 1 when a counter is beyond its limit. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { countAllocations, countBinaries, countBytes, measureCrossing, measureImport } from "./boundary.js";
import { type Built, loadBuilt, repositoryPath } from "./built.js";
import { countClassBytes } from "./class-bytes.js";
import { measureFreshPods, measureKnownPods } from "./cycle.js";
import { countRows, measureEngine } from "./kernels.js";
import { measurePlan, measureStart, type PlanSize } from "./plan.js";
import { measurePlugins } from "./plugins.js";
import {
  type Counter,
  environmentOf,
  type Figure,
  failures,
  markdownOf,
  REPORT_VERSION,
  type Report,
} from "./report.js";
import type { Budget } from "./sampling.js";
import { assertAnswers, type Stage, setStage, settle } from "./stage.js";
import { measureSurvive, measureWhatIf, type SurviveSize } from "./survive.js";
import { FAMILIES, type Family, PLAIN } from "./worlds.js";

const PARTS = ["engine", "api", "plugins", "boundary", "plan", "survive", "what-if", "classes"] as const;
type Part = (typeof PARTS)[number];

interface Settings {
  readonly sizes: readonly number[];
  readonly parts: ReadonlySet<Part>;
  readonly budget: Budget;
  readonly plan: PlanSize;
  readonly survive: SurviveSize;
  readonly plugins: { readonly mostNodes: number; readonly passes: number };
  readonly processRuns: number;
  readonly seed: string;
}

const FULL = {
  sizes: [40, 1_000, 5_000, 15_000, 100_000],
  budget: { timeMs: 400, warmupMs: 200 },
  plan: { nodes: 5_000, pods: 50_000, runs: 5 },
  plugins: { mostNodes: 1_000, passes: 5 },
  survive: { nodes: 5_000, pods: 50_000, runs: 5 },
  processRuns: 20,
} as const;
const SHORT = {
  sizes: [40, 1_000, 5_000],
  budget: { timeMs: 60, warmupMs: 30 },
  plan: { nodes: 1_000, pods: 5_000, runs: 1 },
  plugins: { mostNodes: 1_000, passes: 1 },
  survive: { nodes: 1_000, pods: 10_000, runs: 1 },
  processRuns: 3,
} as const;

/** The last report, whatever was printed: for `npm run bench:compare -- .cache/bench.json ANOTHER.json`. */
const LAST_REPORT = repositoryPath(".cache/bench.json");

interface Found {
  readonly figures: Figure[];
  readonly counters: Counter[];
}

async function main(): Promise<void> {
  const args = await readArguments();
  const settings = settingsOf(args);
  const built = await loadBuilt();
  const found: Found = { figures: [], counters: [] };
  for (const nodes of settings.sizes) measureSize(built, nodes, settings, found);
  if (settings.parts.has("plugins")) measureAlone(built, settings, found);
  if (settings.parts.has("boundary")) await measureProcesses(built, settings, found);
  if (settings.parts.has("plan")) await measurePrograms(built, settings, found);
  if (settings.parts.has("survive")) {
    progress("survive");
    found.figures.push(await measureSurvive(built, settings.survive, settings.seed));
  }
  if (settings.parts.has("what-if")) {
    progress("what-if");
    found.figures.push(await measureWhatIf(built, settings.survive, settings.budget, settings.seed));
  }
  if (settings.parts.has("classes")) {
    progress("bytes a class");
    found.counters.push(...countClassBytes(built));
  }
  const command = ["npm run bench --", ...hideBin(process.argv)].join(" ");
  const report: Report = {
    schemaVersion: REPORT_VERSION,
    environment: environmentOf(settings.seed, command),
    ...found,
  };
  mkdirSync(dirname(LAST_REPORT), { recursive: true });
  writeFileSync(LAST_REPORT, `${JSON.stringify(report, undefined, 2)}\n`);
  const text = args.output === "json" ? `${JSON.stringify(report, undefined, 2)}\n` : markdownOf(report);
  if (args.file === undefined) process.stdout.write(text);
  else writeFileSync(args.file, text);
  for (const failure of failures(report)) {
    process.stderr.write(`${failure}\n`);
    process.exitCode = 1;
  }
}

function readArguments() {
  return yargs(hideBin(process.argv))
    .usage("npm run bench -- [options]")
    .options({
      short: { type: "boolean", default: false, describe: "fewer sizes, short samples: for continuous integration" },
      nodes: { type: "string", describe: "counts of nodes, as in 40,1000" },
      only: { type: "string", array: true, choices: PARTS, describe: "measure these parts" },
      seed: { type: "string", default: "1", describe: "of the worlds" },
      output: { alias: "o", choices: ["markdown", "json"] as const, default: "markdown" as const },
      file: { type: "string", describe: "write there instead of to stdout" },
    })
    .strict()
    .parseAsync();
}

function settingsOf(args: Awaited<ReturnType<typeof readArguments>>): Settings {
  const { short, nodes, only = PARTS, seed } = args;
  const base = short ? SHORT : FULL;
  return { ...base, sizes: nodes === undefined ? base.sizes : countsOf(nodes), parts: new Set(only), seed };
}

function countsOf(text: string): number[] {
  const counts = text.split(",").map(Number);
  if (counts.every((count) => Number.isInteger(count) && count > 0)) return counts;
  throw new Error(`--nodes takes counts, as in 40,1000; not ${text}`);
}

/** Everything that is measured at one count of nodes, in one world after the other. */
function measureSize(built: Built, nodeCount: number, { parts, budget, seed }: Settings, found: Found): void {
  const { figures, counters } = found;
  if (parts.has("boundary")) counters.push(countBytes(built, nodeCount, seed));
  if (!parts.has("engine") && !parts.has("api")) return;
  for (const kind of ["plain", "tainted"] as const) {
    const stage = setStage(built, nodeCount, kind, seed);
    for (const family of FAMILIES.filter(({ world }) => world === kind)) {
      progress(`${family.name} at ${nodeCount} nodes`);
      assertAnswers(stage, family);
      const residents = settle(stage, family);
      if (parts.has("engine")) figures.push(measureEngine(stage, family, budget));
      if (parts.has("engine")) counters.push(...countRows(stage, family));
      if (parts.has("api")) figures.push(...measureApi(stage, family, budget));
      for (const key of residents) stage.cluster.removePod(key);
    }
    stage.cluster.dispose();
    stage.twin.dispose();
  }
}

function measureApi(stage: Stage, family: Family, budget: Budget): Figure[] {
  const known = measureKnownPods(stage, family, budget);
  return family === PLAIN ? [known, measureFreshPods(stage, family, budget)] : [known];
}

function measureAlone(built: Built, { sizes, plugins, budget, seed }: Settings, { figures }: Found): void {
  for (const nodes of sizes.filter((count) => count <= plugins.mostNodes)) {
    progress(`plugins at ${nodes} nodes`);
    figures.push(...measurePlugins(built, nodes, { budget, passes: plugins.passes, seed }));
  }
}

async function measureProcesses(built: Built, settings: Settings, { figures, counters }: Found): Promise<void> {
  const { budget, processRuns, seed } = settings;
  progress("allocations, binaries, import");
  counters.push(...countBinaries(), ...(await countAllocations(seed)));
  const stage = setStage(built, 40, "plain", seed);
  figures.push(measureCrossing(stage, budget), ...(await measureImport(processRuns)));
}

async function measurePrograms(built: Built, settings: Settings, { figures }: Found): Promise<void> {
  progress("stowage plan");
  figures.push(await measurePlan(built, settings.plan, settings.seed), ...(await measureStart(settings.processRuns)));
}

function progress(what: string): void {
  process.stderr.write(`${what}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
