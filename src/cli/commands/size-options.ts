/** What `stowage size` understands, as data for the argument parser. */

import type { Options } from "yargs";
import { OFFER_OPTIONS, type OfferArguments } from "../offers-flag.js";
import { PLAN_OPTIONS, type PlanArguments } from "./plan-options.js";

export const SIZE_DESCRIPTION = "Say how many nodes of which kind hold everything for the least cost, and prove it";

/** The options as the parser gives them. */
export interface SizeArguments extends Omit<PlanArguments, "order" | "tieBreak" | "sort" | "preempt">, OfferArguments {
  readonly maxTypes?: string | undefined;
  readonly maxNodes?: string | undefined;
  readonly headroom?: string | undefined;
  readonly reserve?: string | undefined;
  readonly nodePrice?: string | undefined;
  readonly currency?: string | undefined;
  readonly survive?: string | undefined;
  readonly budget?: string | undefined;
  readonly time?: string | undefined;
  readonly solver: boolean;
}

const { filename, nodes, namespace, selector, strategy, config, plugin, compat, color, quiet } = PLAN_OPTIONS;

export const SIZE_OPTIONS = {
  filename: { ...filename, demandOption: "Say what to place, as in: stowage size -f deploy/ --offers aws/us-east-1" },
  nodes: { ...nodes, describe: "Nodes that are there already and cost nothing more: 3x4cpu,16Gi, as in plan" },
  namespace,
  selector,
  "keep-going": PLAN_OPTIONS["keep-going"],
  "assume-storage": PLAN_OPTIONS["assume-storage"],
  "max-yaml-bytes": PLAN_OPTIONS["max-yaml-bytes"],
  ...OFFER_OPTIONS,
  offers: {
    ...OFFER_OPTIONS.offers,
    demandOption: "Say what nodes are on offer, as in: --offers aws/us-east-1, or --offers offers.yaml",
  },
  currency: { type: "string", group: "Offers:", describe: "What prices are in; USD if not said" },
  "node-price": {
    type: "string",
    group: "Offers:",
    describe: "A fixed price of each node, an hour",
  },
  "max-types": { type: "string", group: "Fleet:", describe: "At most so many kinds of nodes" },
  "max-nodes": { type: "string", group: "Fleet:", describe: "At most so many new nodes" },
  headroom: {
    type: "string",
    group: "Fleet:",
    describe: "Part of the cpu, memory and ephemeral storage of every new node that stays free: 20%",
  },
  reserve: {
    type: "string",
    group: "Fleet:",
    describe: "Amounts that stay free on every new node: cpu=200m,memory=512Mi",
  },
  survive: {
    choices: ["node", "zone"],
    group: "Fleet:",
    describe: "What may fail, one at a time, without a pod left over",
  },
  strategy,
  config,
  plugin,
  compat,
  seed: { type: "string", group: "Search:", describe: "A whole number; the same one finds the same fleet" },
  budget: { type: "string", group: "Search:", describe: "Steps of a few microseconds, 2000000 if not given" },
  time: {
    type: "string",
    group: "Search:",
    describe: "Stop after so many seconds; the answer then depends on the machine",
  },
  solver: {
    type: "boolean",
    default: true,
    group: "Search:",
    describe: "Use HiGHS (the package highs) where it is installed; --no-solver does not",
  },
  output: {
    alias: "o",
    choices: ["table", "json", "yaml"],
    default: "table",
    group: "Output:",
    describe: "Format; numbers in json and yaml are raw (milli cpu, bytes)",
  },
  "exit-zero": { type: "boolean", group: "Output:", describe: "Exit 0 although some pods cannot be placed" },
  color,
  quiet,
} as const satisfies Readonly<Record<string, Options>>;

/** What stands below the options in the help. */
export const SIZE_EPILOGUE = `Examples:
  # The cheapest nodes for these manifests
  stowage size -f deploy/ --offers aws/us-east-1

  # Three servers are there: what has to be added for everything to fit?
  stowage size -f deploy/ --nodes 3x4cpu,16Gi --offers offers.yaml

  # Any one node may fail, a fifth of every node stays free, two kinds of nodes at most
  stowage size -f deploy/ --offers aws/us-east-1 --survive node --headroom 20%

Exit codes:
  0  every pod has a node in the plan that is printed
  1  a bug in stowage: also a plan that does not pass its own check
  2  wrong usage or bad input
  3  some pods cannot be placed, however many nodes there are (0 with --exit-zero)`;
