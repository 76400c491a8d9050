/**
 * `npm run bench:kube`: the families beside the real kube-scheduler, in one run, on the same worlds. First the answers: with every
 * node looked at, each choice of its SchedulePod must be among our equals. Then the times, in turns: the real one as it comes,
 * in its best case; ours at the engine and at the API boundary. Exit code 1 where an answer differs, 2 for wrong flags. Without
 * Go, and without a binary, it says so and exits 0.
 */

import { writeFileSync } from "node:fs";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import type * as CourseEngine from "../src/bench/course-engine.js";
import type * as CourseRun from "../src/bench/course-run.js";
import type * as Engine from "../src/bench/engine.js";
import { FAMILIES } from "../src/bench/families.js";
import type { Setting, settle } from "../src/bench/setting.js";
import { kubernetesVersion, prepareOracle } from "../test/kubernetes/oracle.js";
import { builtUrl, loadBuilt } from "./built.js";
import { type KubeRow, measureBoth, type Ours } from "./kube-measure.js";
import { markdownOf } from "./kube-report.js";
import { environmentOf } from "./report.js";

/** The version that clusters are like where nobody says another. */
const COMPAT = "1.36";

const COMMAND = "npm run bench:kube --";

async function main(): Promise<void> {
  const args = await readArguments();
  const missing = await prepareOracle(COMPAT);
  if (missing !== undefined) {
    process.stderr.write(`skipped: ${missing}\n`);
    return;
  }
  const ours = await loadOurs();
  const rows: KubeRow[] = [];
  for (const setting of settingsOf(args)) {
    process.stderr.write(`${setting.world.name}, ${setting.nodes} nodes, ${setting.classes} classes\n`);
    const row = await measureBoth(ours, setting, { ...args, limitSeconds: args.limit });
    tellDifference(row, setting, args.checked);
    rows.push(row);
  }
  const environment = environmentOf(String(args.seed), [COMMAND, ...hideBin(process.argv)].join(" "));
  const report = { environment, kubernetes: kubernetesVersion(COMPAT), rows };
  const text = args.output === "json" ? `${JSON.stringify(report, undefined, 2)}\n` : markdownOf(report);
  if (args.file === undefined) process.stdout.write(text);
  else writeFileSync(args.file, text);
}

function readArguments() {
  return yargs(hideBin(process.argv))
    .usage(`${COMMAND} [options]`)
    .options({
      nodes: { type: "string", default: "1000,5000", coerce: counts, describe: "counts of nodes" },
      classes: { type: "string", default: "1,16,64", coerce: counts, describe: "counts of classes that take turns" },
      family: { type: "string", array: true, describe: "only these", choices: FAMILIES.map(({ name }) => name) },
      seed: { type: "number", default: 1, describe: "of the worlds" },
      checked: { type: "number", default: 200, describe: "pods whose place is compared" },
      rounds: { type: "number", default: 3, describe: "times that each side is timed; 0 only compares" },
      realPods: { type: "number", default: 1_000, describe: "pods of the real scheduler in a round, at most" },
      pods: { type: "number", default: 50_000, describe: "pods of ours in a round, at most" },
      limit: { type: "number", default: 10, describe: "seconds of decisions in a round, at most" },
      output: { alias: "o", choices: ["markdown", "json"] as const, default: "markdown" as const },
      file: { type: "string", describe: "write there instead of to stdout" },
    })
    .strict()
    .fail((message, error) => {
      process.stderr.write(`bench: ${message ?? error.message}\n`);
      process.exit(2);
    })
    .parseAsync();
}

/** @throws Error for anything but whole numbers from 1 on */
function counts(text: string): number[] {
  const numbers = text.split(",").map(Number);
  if (numbers.every((number) => Number.isSafeInteger(number) && number > 0)) return numbers;
  throw new Error(`counts such as 1000,5000 are wanted, not ${text}`);
}

interface Choice {
  readonly nodes: readonly number[];
  readonly classes: readonly number[];
  readonly family?: readonly string[] | undefined;
  readonly seed: number;
}

function settingsOf({ nodes, classes, family, seed }: Choice): Setting[] {
  const worlds = FAMILIES.filter(({ name }) => family?.includes(name) ?? true);
  return nodes.flatMap((nodeCount) =>
    classes.flatMap((classCount) => worlds.map((world) => ({ world, nodes: nodeCount, classes: classCount, seed }))),
  );
}

async function loadOurs(): Promise<Ours> {
  const built = await loadBuilt();
  const { settle: settleBuilt } = (await import(builtUrl("bench/setting.js"))) as { settle: typeof settle };
  const { measureEngine } = (await import(builtUrl("bench/engine.js"))) as typeof Engine;
  const { measureCourse } = (await import(builtUrl("bench/course-run.js"))) as typeof CourseRun;
  const { measureCourseEngine } = (await import(builtUrl("bench/course-engine.js"))) as typeof CourseEngine;
  return { ...built, settle: settleBuilt, measureEngine, measureCourse, measureCourseEngine };
}

function tellDifference({ difference }: KubeRow, { world, nodes, classes, seed }: Setting, checked: number): void {
  if (difference === undefined) return;
  process.exitCode = 1;
  const flags = `--family ${world.name} --nodes ${nodes} --classes ${classes} --seed ${seed} --checked ${checked} --rounds 0`;
  const { pod, real, ours } = difference;
  process.stderr.write(`${world.name}, ${pod}:\n  the real one: ${real}\n  ours: ${ours}\n${COMMAND} ${flags}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
