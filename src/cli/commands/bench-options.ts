/** What `stowage bench` understands, as data for the argument parser. */

import type { Options } from "yargs";
import { PLAN_OPTIONS } from "./plan-options.js";

export const BENCH_DESCRIPTION = "Measure how fast pods are decided on this machine, in the worlds of scheduler_perf";

/** The options as the parser gives them. */
export interface BenchArguments {
  readonly nodes: string;
  readonly classes: string;
  readonly list?: boolean | undefined;
  readonly family?: readonly string[] | undefined;
  readonly boundary: string;
  readonly pods: string;
  readonly seconds: string;
  readonly seed: string;
  readonly output: string;
  readonly quiet?: boolean | undefined;
}

export const BENCH_OPTIONS = {
  nodes: { type: "string", default: "40,1000,5000", group: "Worlds:", describe: "Counts of nodes" },
  classes: {
    type: "string",
    default: "16",
    group: "Worlds:",
    describe: "Counts of classes of pods that take turns",
  },
  list: { type: "boolean", group: "Worlds:", describe: "Say what each family is about, and measure nothing" },
  family: {
    type: "string",
    array: true,
    group: "Worlds:",
    describe: "Only these families, several times; a name that is none lists them all",
  },
  boundary: {
    choices: ["engine", "api"],
    default: "engine",
    group: "Worlds:",
    describe:
      "What a decision includes: the core's work, or objects in and decisions out, as always where more happens",
  },
  pods: {
    type: "string",
    default: "2000",
    group: "Worlds:",
    describe: "Pods that are placed for the throughput, or as many as there is room for",
  },
  seconds: {
    type: "string",
    default: "1",
    group: "Worlds:",
    describe: "Seconds after which a family with more than placements ends, however many pods are left",
  },
  seed: {
    type: "string",
    default: "1",
    group: "Worlds:",
    describe: "A whole number; another one draws another order of the nodes",
  },
  output: {
    alias: "o",
    choices: ["table", "json", "yaml", "csv", "markdown"],
    default: "table",
    group: "Output:",
    describe: "Format; json, yaml and csv have raw numbers",
  },
  color: PLAN_OPTIONS.color,
  quiet: { ...PLAN_OPTIONS.quiet, describe: "No progress on standard error" },
} as const satisfies Readonly<Record<string, Options>>;

/** What stands below the options in the help. */
export const BENCH_EPILOGUE = `Answers come before speed: in each world decisions by index are compared with decisions that look at every node.

Examples:
  # Everything
  stowage bench

  # What is there to measure?
  stowage bench --list

  # One family as a cluster grows
  stowage bench --family PodAntiAffinity --nodes 1000,5000,15000 --classes 16 --pods 50000

  # For a spreadsheet
  stowage bench -o csv > figures.csv

Exit codes:
  0  measured
  1  a bug in stowage: also an answer by index that differs
  2  wrong usage, as a family that there is not`;
