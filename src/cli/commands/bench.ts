/** `stowage bench`: worlds made, answers compared, decisions timed. */

import { FAMILIES } from "../../bench/families.js";
import { type Effort, type FamilyFigures, measureFamily } from "../../bench/measure.js";
import type { Setting } from "../../bench/setting.js";
import type { Boundary, FamilyWorld } from "../../bench/worlds.js";
import { type Issue, IssuesError } from "../../errors.js";
import { pause } from "../../scheduler/slices.js";
import { flagIssue } from "../flag-issue.js";
import { machineOf, type Program } from "../machine.js";
import { type BenchFormat, printFamilies, printFigures } from "../print/bench.js";
import { startProgress } from "../progress.js";
import type { Terminal } from "../terminal.js";
import type { BenchArguments } from "./bench-options.js";

const MAX_NODES = 1_000_000;
const MAX_CLASSES = 10_000;
const MAX_PODS = 10_000_000;
const MAX_SECONDS = 3_600;
const MAX_SEED = 2 ** 32 - 1;

interface BenchSettings {
  readonly settings: readonly Setting[];
  readonly effort: Effort;
  readonly seed: number;
}

/**
 * Runs the command.
 *
 * @throws IssuesError for flags that make no sense; StowageError ERR_INTERNAL where index and scan differ
 */
export async function runBench(args: BenchArguments, terminal: Terminal, program: Program): Promise<"allGood"> {
  const { settings, effort, seed } = readSettings(args);
  if (args.list === true) {
    terminal.out(await printFamilies(FAMILIES, terminal.look));
    return "allGood";
  }
  const stream = args.quiet === true ? undefined : terminal.progressStream;
  const progress = startProgress(stream, "worlds", "{bar} {value}/{total} {world}, {eta_formatted} left");
  const families: FamilyFigures[] = [];
  try {
    for (const [done, setting] of settings.entries()) {
      const { world, nodes, classes } = setting;
      progress.update(done, settings.length, { world: `${world.name}, ${nodes} nodes, ${classes} classes` });
      await pause();
      families.push(measureFamily(setting, effort));
    }
  } finally {
    progress.stop();
  }
  const { version } = program;
  const report = { schemaVersion: "stowage/bench.v1", version, seed, machine: machineOf(program), families } as const;
  terminal.out(await printFigures(report, args.output as BenchFormat, terminal.look));
  return "allGood";
}

/** Every flag that makes no sense is reported. Smaller clusters come first. */
function readSettings(args: BenchArguments): BenchSettings {
  const issues: Issue[] = [];
  const numbers = (flag: string, text: string, least: number, most: number): number[] =>
    text.split(",").map((part) => {
      const value = /^ *\d{1,10} *$/.test(part) ? Number(part) : Number.NaN;
      if (value >= least && value <= most) return value;
      issues.push(flagIssue(`${flag} ${text}`, `"${part}" is not a whole number from ${least} to ${most}`));
      return least;
    });
  const nodes = numbers("--nodes", args.nodes, 1, MAX_NODES);
  const classes = numbers("--classes", args.classes, 1, MAX_CLASSES);
  const [pods = 1] = numbers("--pods", args.pods, 1, MAX_PODS);
  const [seconds = 1] = numbers("--seconds", args.seconds, 1, MAX_SECONDS);
  const [seed = 0] = numbers("--seed", args.seed, 0, MAX_SEED);
  const worlds = worldsOf(args.family, issues);
  if (issues.length > 0) throw new IssuesError("ERR_INPUT", issues);
  const settings = nodes.flatMap((count) =>
    worlds.flatMap((world) => classes.map((each) => ({ world, nodes: count, classes: each, seed }))),
  );
  return { settings, effort: { boundary: args.boundary as Boundary, pods, seconds }, seed };
}

function worldsOf(names: readonly string[] | undefined, issues: Issue[]): readonly FamilyWorld[] {
  const known = new Set(FAMILIES.map(({ name }) => name));
  for (const name of names ?? []) {
    if (known.has(name)) continue;
    issues.push(flagIssue(`--family ${name}`, `is none of ${[...known].join(", ")}`));
  }
  return FAMILIES.filter(({ name }) => names?.includes(name) ?? true);
}
