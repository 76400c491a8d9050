/**
 * Holds the engine and the reference scheduler against the real kube-scheduler:
 *
 *     npm run test:kubernetes -- --worlds 2000 --seed abc
 *     npm run test:kubernetes -- --world abc-17 --side engine
 *     npm run test:kubernetes -- --file test/kubernetes/corpus/tie-heap.yaml
 *
 * The corpus comes first, then the worlds. Exit code 1 on a difference; the first world that differs is cut down and
 * printed with the command that repeats it. Without Go, and without a binary, it says so and exits 0.
 */

import { parseArgs } from "node:util";
import type { Compat } from "../../src/scheduler/compat.js";
import type { World } from "../helpers/world-types.js";
import { readCorpus } from "./corpus.js";
import { type Failure, type Judgement, type JudgeOptions, judge, type NamedWorld } from "./judge.js";
import { kubernetesVersion, MODULE_FILES, oraclePath, prepareOracle } from "./oracle.js";
import { tellCoverage, tellJudgement } from "./report.js";
import { judgeMany } from "./run.js";
import { shrink } from "./shrink.js";
import { SIDES } from "./sides.js";
import { drawWorld, PLUGINS } from "./themes.js";
import { readWorldFile, writeWorld } from "./world-file.js";

/** From so many mixed worlds on, everything that is listed must have occurred. */
const WORLDS_THAT_COVER = 3000;

const HELP = `usage: npm run test:kubernetes -- [options]
  --worlds N          how many random worlds (2000)
  --seed S            what they are drawn from (worlds); the world S-17 is the same in every run
  --only PLUGIN       draw worlds that exercise this plugin, and compare only what it says
  --side SIDE         engine or reference; left out, both
  --compat VERSION    ${Object.keys(MODULE_FILES).join(" or ")} (1.36)
  --world NAME        judge one world of a seed, such as S-17
  --file FILE         judge one world that is written down
  --coverage          print the table of what the worlds made kube-scheduler do`;

interface Arguments extends JudgeOptions {
  readonly worlds: number;
  readonly seed: string;
  readonly world: string | undefined;
  readonly file: string | undefined;
  readonly coverage: boolean;
}

async function main(): Promise<void> {
  const args = readArguments();
  if (args === undefined) return;
  const missing = await prepareOracle(args.compat);
  if (missing !== undefined) {
    console.log(`skipped: ${missing}`);
    return;
  }
  console.log(`kube-scheduler ${kubernetesVersion(args.compat)}: ${oraclePath(args.compat)}`);
  if (args.file !== undefined) await judgeOne(args.file, readWorldFile(args.file), args);
  else if (args.world !== undefined) await judgeOne(args.world, drawWorld(args.world, args.only), args);
  else await judgeAll(args);
}

/** Undefined when there is nothing to do but to say how it is done. */
function readArguments(): Arguments | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      worlds: { ...text, default: "2000" },
      seed: { ...text, default: "worlds" },
      compat: { ...text, default: "1.36" },
      only: text,
      side: text,
      world: text,
      file: text,
      coverage: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { only, side, world, file, coverage, seed } = values;
  const worlds = Number(values.worlds);
  const sides = side === undefined ? [...SIDES.keys()] : [side];
  const problems = [
    ...(Number.isSafeInteger(worlds) && worlds >= 0 ? [] : [`--worlds is a count, not ${values.worlds}`]),
    ...(Object.hasOwn(MODULE_FILES, values.compat)
      ? []
      : [`--compat is one of ${Object.keys(MODULE_FILES).join(", ")}`]),
    ...(sides.every((name) => SIDES.has(name)) ? [] : [`--side is one of ${[...SIDES.keys()].join(", ")}`]),
    ...(only === undefined || PLUGINS.includes(only) ? [] : [`--only is one of ${PLUGINS.join(", ")}`]),
  ];
  if (values.help || problems.length > 0) {
    console.log([...problems, HELP].join("\n"));
    process.exitCode = problems.length > 0 ? 2 : 0;
    return undefined;
  }
  const compat = values.compat as Compat;
  return { worlds, seed, sides, compat, world, file, coverage, ...(only === undefined ? {} : { only }) };
}

async function judgeAll(args: Arguments): Promise<void> {
  const corpus = args.only === undefined ? readCorpus() : [];
  const known = await judge(corpus, args);
  const random = await judgeMany(
    Array.from({ length: args.worlds }, (_, index) => `${args.seed}-${index}`),
    { ...args, jobs: 1 },
  );
  tellJudgement(`corpus of ${corpus.length} worlds`, known);
  tellJudgement(`${args.worlds} worlds of seed ${args.seed}`, random);
  if (args.coverage) tellCoverage(random);
  const uncovered = random.coverage.filter(({ count }) => count === 0);
  if (args.only === undefined && args.worlds >= WORLDS_THAT_COVER && uncovered.length > 0) {
    process.exitCode = 1;
    console.log(`did not occur: ${uncovered.map(({ plugin, what }) => `${plugin}: ${what}`).join("; ")}`);
  }
  const [first] = [...known.failures, ...random.failures];
  if (first === undefined) return;
  const world = corpus.find(({ name }) => name === first.name)?.world ?? drawWorld(first.name, args.only);
  await tellSmallest(first, world, args);
}

async function judgeOne(name: string, world: World, args: Arguments): Promise<void> {
  const named: NamedWorld = { name, world };
  const judgement: Judgement = await judge([named], args);
  tellJudgement(`world ${name}`, judgement);
  for (const failure of judgement.failures) await tellSmallest(failure, world, args);
}

async function tellSmallest({ name, side, differences }: Failure, world: World, args: Arguments): Promise<void> {
  process.exitCode = 1;
  console.log(`\n${side} differs in ${name}:\n${differences.slice(0, 20).join("\n")}\n\ncut down:\n`);
  const smallest = await shrink(world, { ...args, sides: [side] });
  console.log(writeWorld(smallest.world));
  console.log(smallest.differences.join("\n"));
  const place = name.endsWith(".yaml") ? `--file ${name}` : `--world ${name}`;
  const more = args.only === undefined ? "" : ` --only ${args.only}`;
  console.log(`\nnpm run test:kubernetes -- ${place} --side ${side} --compat ${args.compat}${more}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
