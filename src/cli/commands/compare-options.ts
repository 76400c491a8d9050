/** What `stowage compare` understands, as data for the argument parser. */

import type { Options } from "yargs";
import { PLAN_OPTIONS, type QuestionArguments } from "./plan-options.js";

export const COMPARE_DESCRIPTION = "Place the same pods in several ways, or two inputs, and say what differs";

/** The options as the parser gives them. */
export interface CompareArguments extends Omit<QuestionArguments, "strategy" | "config"> {
  readonly to?: readonly string[] | undefined;
  readonly strategy?: readonly string[] | undefined;
  readonly config?: readonly string[] | undefined;
  readonly price?: readonly string[] | undefined;
  readonly failOn?: readonly string[] | undefined;
}

export const COMPARE_OPTIONS = {
  filename: {
    ...PLAN_OPTIONS.filename,
    demandOption: "Say what to compare, as in: stowage compare -f deploy/ --nodes 40x8cpu,32Gi",
  },
  to: {
    type: "string",
    array: true,
    group: "Input:",
    describe: "Another input, of files, directories or -, that is compared with that of -f",
  },
  nodes: PLAN_OPTIONS.nodes,
  "assume-storage": PLAN_OPTIONS["assume-storage"],
  "max-yaml-bytes": PLAN_OPTIONS["max-yaml-bytes"],
  strategy: {
    choices: PLAN_OPTIONS.strategy.choices,
    array: true,
    group: "Scheduling:",
    describe: "Strategies to compare, several times; all of them when neither these nor --config nor --to are given",
  },
  config: {
    type: "string",
    array: true,
    group: "Scheduling:",
    describe: "KubeSchedulerConfiguration files to compare, several times",
  },
  compat: PLAN_OPTIONS.compat,
  plugin: PLAN_OPTIONS.plugin,
  "tie-break": PLAN_OPTIONS["tie-break"],
  seed: PLAN_OPTIONS.seed,
  price: {
    type: "string",
    array: true,
    group: "Output:",
    describe:
      "What nodes of an instance type cost an hour, as in m6i.large=0.096, several times; then cost is compared",
  },
  "fail-on": {
    type: "string",
    array: true,
    group: "Output:",
    describe:
      "Exit 4 where another than the first comes to this: 'nodes>+0', 'pending>0', 'stranded.cpu>+2', 'cost>+5%'",
  },
  output: {
    alias: "o",
    choices: ["table", "wide", "json", "yaml", "markdown"],
    default: "table",
    group: "Output:",
    describe: "Format; the table lists the first ten pods that move, wide all of them",
  },
  color: PLAN_OPTIONS.color,
  quiet: PLAN_OPTIONS.quiet,
} as const satisfies Readonly<Record<string, Options>>;

/** What stands below the options in the help. */
export const COMPARE_EPILOGUE = `The first of several is what the others are compared with; of one alone, kube-scheduler's default is the first.

Examples:
  # How many nodes does each strategy use?
  stowage compare -f deploy/ --nodes 40x8cpu,32Gi

  # What would this configuration move?
  kubectl get nodes -o json | stowage compare -f - -f deploy/ --config packing.yaml

  # What does a pull request change? As a comment, and a failure where it needs more nodes
  stowage compare -f main/ --to branch/ --nodes 12x4cpu,16Gi -o markdown --fail-on 'nodes>+0' --fail-on 'pending>+0'

Exit codes:
  0  told, and nothing of --fail-on came true
  1  a bug in stowage
  2  wrong usage or bad input
  4  something of --fail-on came true`;
