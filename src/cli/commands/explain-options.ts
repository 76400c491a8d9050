/** What `stowage explain` understands, as data for the argument parser. */

import type { Options, PositionalOptions } from "yargs";
import { PLAN_OPTIONS, type QuestionArguments } from "./plan-options.js";

export const EXPLAIN_DESCRIPTION = "Say why a pod goes onto its node, why onto no other, and what it lacks";

/** The arguments as the parser gives them. */
export interface ExplainArguments extends QuestionArguments {
  readonly pod: string;
  readonly namespace?: string | undefined;
  readonly afterPlan?: boolean | undefined;
  readonly top: string;
  readonly node?: readonly string[] | undefined;
}

export const EXPLAIN_POD = {
  type: "string",
  demandOption: true,
  describe: "NAME, NAMESPACE/NAME, or of a workload as deployment/web its first pod without a node",
} as const satisfies PositionalOptions;

export const EXPLAIN_OPTIONS = {
  filename: {
    ...PLAN_OPTIONS.filename,
    demandOption: "Say where the pod and the nodes are, as in: stowage explain web-1 -f deploy/ --nodes 3x4cpu,16Gi",
  },
  nodes: PLAN_OPTIONS.nodes,
  namespace: { alias: "n", type: "string", group: "Input:", describe: "Where to look for the pod" },
  "assume-storage": PLAN_OPTIONS["assume-storage"],
  "max-yaml-bytes": PLAN_OPTIONS["max-yaml-bytes"],
  "after-plan": {
    type: "boolean",
    group: "Scheduling:",
    describe: "Place the other pods without a node first, as plan does; otherwise they take no room",
  },
  strategy: PLAN_OPTIONS.strategy,
  config: PLAN_OPTIONS.config,
  compat: PLAN_OPTIONS.compat,
  plugin: PLAN_OPTIONS.plugin,
  "tie-break": PLAN_OPTIONS["tie-break"],
  seed: PLAN_OPTIONS.seed,
  output: {
    alias: "o",
    choices: ["table", "wide", "json", "yaml"],
    default: "table",
    group: "Output:",
    describe: "Format; json and yaml hold every node and plugin",
  },
  top: { type: "string", default: "5", group: "Output:", describe: "How many of the best nodes the table shows" },
  node: {
    type: "string",
    array: true,
    group: "Output:",
    describe: "Show these nodes in full: every filter, every score, their room",
  },
  color: PLAN_OPTIONS.color,
  quiet: PLAN_OPTIONS.quiet,
} as const satisfies Readonly<Record<string, Options>>;

/** What stands below the options in the help. */
export const EXPLAIN_EPILOGUE = `Examples:
  # Why is there no node for web-1?
  kubectl get nodes,pods -A -o json | stowage explain shop/web-1 -f -

  # Where would the first pod of this Deployment go, and why?
  stowage explain deployment/web -f deploy/ --nodes 3x4cpu,16Gi

  # And once everything else has its place?
  stowage explain deployment/web -f deploy/ --nodes 3x4cpu,16Gi --after-plan

  # What exactly is wrong with server-2?
  stowage explain deployment/web -f deploy/ --nodes 3x4cpu,16Gi --node server-2

Exit codes:
  0  the pod has a node to go to
  1  a bug in stowage
  2  wrong usage, bad input, or no such pod
  3  the pod fits nowhere, or is not decided`;
