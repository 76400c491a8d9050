/** What `stowage survive` understands, as data for the argument parser. */

import type { Options } from "yargs";
import { OFFER_OPTIONS, type OfferArguments } from "../offers-flag.js";
import { PLAN_OPTIONS, type QuestionArguments } from "./plan-options.js";

export const SURVIVE_DESCRIPTION =
  "Say what becomes of the pods when a node, a zone or two nodes fail, or a node is drained";

/** The options as the parser gives them. */
export interface SurviveArguments extends QuestionArguments, Omit<OfferArguments, "offers"> {
  readonly offers?: string | undefined;
  readonly domain?: readonly string[] | undefined;
  readonly any?: string | undefined;
  readonly require?: readonly string[] | undefined;
  readonly allowLost?: boolean | undefined;
  readonly preempt: boolean;
}

export const SURVIVE_OPTIONS = {
  filename: {
    ...PLAN_OPTIONS.filename,
    demandOption: "Say what is to survive, as in: stowage survive -f deploy/ --nodes 3x4cpu,16Gi",
  },
  nodes: PLAN_OPTIONS.nodes,
  "assume-storage": PLAN_OPTIONS["assume-storage"],
  "max-yaml-bytes": PLAN_OPTIONS["max-yaml-bytes"],
  domain: {
    type: "string",
    array: true,
    group: "Failures:",
    describe: "Also fail, for each value of this label, all nodes that have it: topology.example.com/rack",
  },
  any: {
    choices: ["2"],
    group: "Failures:",
    describe: "Also fail every two nodes at once, of up to 200 nodes",
  },
  require: {
    type: "string",
    array: true,
    group: "Failures:",
    describe: "Exit 4 unless every failure of this level is survived: node, zone, drain, pair or a label",
  },
  "allow-lost": {
    type: "boolean",
    group: "Failures:",
    describe: "A failure counts as survived although pods without a controller are lost",
  },
  ...OFFER_OPTIONS,
  offers: {
    ...OFFER_OPTIONS.offers,
    describe: "What can be added, as in size: a file, or aws/us-east-1. Without, nodes like those that are there",
  },
  preempt: {
    type: "boolean",
    default: true,
    group: "Scheduling:",
    describe: "Pods that fit nowhere evict pods of lower priority, as the profile says; --no-preempt does not let them",
  },
  strategy: PLAN_OPTIONS.strategy,
  config: PLAN_OPTIONS.config,
  compat: PLAN_OPTIONS.compat,
  plugin: PLAN_OPTIONS.plugin,
  "tie-break": PLAN_OPTIONS["tie-break"],
  seed: PLAN_OPTIONS.seed,
  output: {
    alias: "o",
    choices: ["table", "wide", "json", "yaml", "markdown"],
    default: "table",
    group: "Output:",
    describe: "Format; the table shows the ten worst failures of a level, wide all of them with every pod",
  },
  color: PLAN_OPTIONS.color,
  quiet: PLAN_OPTIONS.quiet,
} as const satisfies Readonly<Record<string, Options>>;

/** What stands below the options in the help. */
export const SURVIVE_EPILOGUE = `Pods that wait are placed first; then each node fails, each zone where nodes have one, and each node is drained.
What to add is said of the worst failure of each level, and of all failures of a required level.

Examples:
  # Which of three servers may die?
  stowage survive -f deploy/ --nodes 3x4cpu,16Gi

  # And in the cluster as it is?
  kubectl get nodes,pods,pdb -A -o json | stowage survive -f -

  # A check for pull requests: any node may die, and any rack
  stowage survive -f deploy/ -f nodes.yaml --require node --require topology.example.com/rack

  # What to buy for that, and at what price
  stowage survive -f deploy/ -f nodes.yaml --require node --offers aws/us-east-1

Exit codes:
  0  told, and every required level is met
  1  a bug in stowage: also nodes to add that do not pass their own check
  2  wrong usage or bad input
  3  pods have no node although nothing has failed
  4  a required level is not met`;
