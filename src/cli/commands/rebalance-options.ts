/** What `stowage rebalance` understands, as data for the argument parser. */

import type { Options } from "yargs";
import { COMPARE_OPTIONS } from "./compare-options.js";
import { PLAN_OPTIONS, type QuestionArguments } from "./plan-options.js";

export const REBALANCE_DESCRIPTION = "Say which running pods to move for fewer nodes, lower cost or less stranded room";

/** The options as the parser gives them. */
export interface RebalanceArguments extends QuestionArguments {
  readonly goal: string;
  readonly surge?: boolean | undefined;
  readonly maxMoves?: string | undefined;
  readonly minGain?: string | undefined;
  readonly budget?: string | undefined;
  readonly price?: readonly string[] | undefined;
}

export const REBALANCE_OPTIONS = {
  filename: {
    ...PLAN_OPTIONS.filename,
    demandOption: "Say what to rebalance, as in: kubectl get nodes,pods,pdb -A -o json | stowage rebalance -f -",
  },
  nodes: PLAN_OPTIONS.nodes,
  "assume-storage": PLAN_OPTIONS["assume-storage"],
  "max-yaml-bytes": PLAN_OPTIONS["max-yaml-bytes"],
  goal: {
    choices: ["nodes", "cost", "stranding"],
    default: "nodes",
    group: "Moves:",
    describe: "What to have less of: nodes in use, their cost, or stranded cpu and memory",
  },
  surge: {
    type: "boolean",
    group: "Moves:",
    describe: "Every replacement must find its node while the old pod still runs; then only pods of ReplicaSets move",
  },
  "max-moves": { type: "string", group: "Moves:", describe: "At most so many moves" },
  "min-gain": {
    type: "string",
    group: "Moves:",
    describe:
      "Only moves that bring so much: nodes or cost emptied a move (0.2: five moves a node), or the part stranded",
  },
  budget: { type: "string", group: "Moves:", describe: "Moves that may be tried in the search; 100000 if not given" },
  price: { ...COMPARE_OPTIONS.price, group: "Moves:" },
  strategy: PLAN_OPTIONS.strategy,
  config: PLAN_OPTIONS.config,
  compat: PLAN_OPTIONS.compat,
  plugin: PLAN_OPTIONS.plugin,
  "tie-break": PLAN_OPTIONS["tie-break"],
  seed: PLAN_OPTIONS.seed,
  output: {
    alias: "o",
    choices: ["table", "wide", "json", "yaml", "markdown", "script"],
    default: "table",
    group: "Output:",
    describe: "Format; script has the kubectl commands with comments, to be read and run by you",
  },
  color: PLAN_OPTIONS.color,
  quiet: PLAN_OPTIONS.quiet,
} as const satisfies Readonly<Record<string, Options>>;

/** What stands below the options in the help. */
export const REBALANCE_EPILOGUE = `Nothing is moved: stowage says what could be. Targets are where kube-scheduler would place the replacements.

Examples:
  # Which nodes could be given back, and by which moves?
  kubectl get nodes,pods,pdb -A -o json | stowage rebalance -f -

  # At most ten moves, each worth it, as commands
  kubectl get nodes,pods,pdb -A -o json | stowage rebalance -f - --max-moves 10 --min-gain 0.2 -o script

Exit codes:
  0  told, whether or not anything helps
  1  a bug in stowage
  2  wrong usage or bad input`;
