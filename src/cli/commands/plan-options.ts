/** What `stowage plan` understands, as data for the argument parser. */

import type { Options } from "yargs";
import { DEFAULT_COMPAT, POD_RULES } from "../../kube/compat.js";

export const PLAN_DESCRIPTION = "Say which pod goes onto which node, what is left over, and what it lacks";

/** Options that every question takes: what is there, how it is decided, and how it is told. */
export interface QuestionArguments {
  readonly filename: readonly string[];
  readonly nodes?: readonly string[] | undefined;
  readonly strategy?: string | undefined;
  readonly config?: string | undefined;
  readonly plugin?: readonly string[] | undefined;
  readonly seed?: string | undefined;
  readonly tieBreak: string;
  readonly compat: string;
  readonly assumeStorage: boolean;
  readonly maxYamlBytes?: string | undefined;
  readonly quiet?: boolean | undefined;
  readonly output: string;
}

/** The options as the parser gives them. */
export interface PlanArguments extends QuestionArguments {
  readonly sort?: string | undefined;
  readonly order: string;
  readonly namespace?: string | undefined;
  readonly selector?: string | undefined;
  readonly preempt?: boolean | undefined;
  readonly keepGoing?: boolean | undefined;
}

export const PLAN_OPTIONS = {
  filename: {
    alias: "f",
    type: "string",
    array: true,
    demandOption: "Say what to plan, as in: stowage plan -f deploy/ --nodes 3x4cpu,16Gi",
    group: "Input:",
    describe: "Manifests: files, directories (all .yaml, .yml and .json below), - for standard input",
  },
  nodes: {
    type: "string",
    array: true,
    group: "Input:",
    describe:
      "Add nodes server-1, server-2, ...: 3x4cpu,16Gi or 2x8cpu,32Gi,nvidia.com/gpu=1,zone=b,label.disk=ssd,pods=250",
  },
  namespace: { alias: "n", type: "string", group: "Input:", describe: "Place only the pods of this namespace" },
  selector: { alias: "l", type: "string", group: "Input:", describe: "Place only the pods whose labels match" },
  "keep-going": {
    type: "boolean",
    group: "Input:",
    describe: "Plan what can be read of a bad input; exits 2 all the same",
  },
  "assume-storage": {
    type: "boolean",
    default: true,
    group: "Input:",
    describe: "Where the input says nothing of storage, give claims a volume on any node; --no-assume-storage does not",
  },
  "max-yaml-bytes": {
    type: "string",
    group: "Input:",
    describe: "Largest YAML file that is read, 50 MiB if not given",
  },
  order: {
    choices: ["queue", "listed", "decreasing"],
    default: "queue",
    group: "Scheduling:",
    describe: "Whose turn comes first: by priority, as listed, or the largest",
  },
  strategy: {
    choices: ["least", "most", "balanced"],
    group: "Scheduling:",
    conflicts: ["config", "plugin"],
    describe: "Prefer emptier nodes, fuller nodes, or an even use of all resources",
  },
  config: { type: "string", group: "Scheduling:", describe: "A KubeSchedulerConfiguration file" },
  plugin: {
    type: "string",
    array: true,
    group: "Scheduling:",
    describe: "A module whose default export is a plugin or a list of them",
  },
  preempt: {
    type: "boolean",
    group: "Scheduling:",
    describe: "Let pods that fit nowhere evict pods of lower priority; the plan begins with who loses a node to whom",
  },
  compat: {
    choices: Object.keys(POD_RULES),
    default: DEFAULT_COMPAT,
    group: "Scheduling:",
    describe: "The version of kube-scheduler to decide as",
  },
  "tie-break": {
    choices: ["first", "random", "heap"],
    default: "first",
    group: "Scheduling:",
    describe:
      "Which of equally good nodes: the one listed first, any by the seed, or the one that kube-scheduler's heap yields",
  },
  seed: { type: "string", group: "Scheduling:", describe: "A whole number for --tie-break random" },
  output: {
    alias: "o",
    choices: ["table", "wide", "json", "yaml", "csv", "markdown"],
    default: "table",
    group: "Output:",
    describe: "Format; csv has a pod a row, numbers in csv, json and yaml are raw (milli cpu, bytes)",
  },
  sort: {
    type: "string",
    group: "Output:",
    describe: "Order of the rows by a column: name, pods, cpu, memory, ...; -cpu for the fullest first",
  },
  "exit-zero": { type: "boolean", group: "Output:", describe: "Exit 0 although pods are left over" },
  color: {
    type: "boolean",
    default: true,
    group: "Output:",
    describe: "Colours on a terminal; also NO_COLOR, FORCE_COLOR",
  },
  quiet: { alias: "q", type: "boolean", group: "Output:", describe: "Only data and errors: no warnings, no progress" },
} as const satisfies Readonly<Record<string, Options>>;

/** What stands below the options in the help. */
export const PLAN_EPILOGUE = `Examples:
  # Do these manifests fit onto three servers?
  stowage plan -f deploy/ --nodes 3x4cpu,16Gi

  # The same for a chart
  helm template shop ./chart | stowage plan -f - --nodes 3x4cpu,16Gi

  # Is there room for new.yaml in the cluster?
  kubectl get nodes,pods -A -o json | stowage plan -f - -f new.yaml

  # And if there is none: who would have to make room?
  kubectl get nodes,pods,pdb -A -o json | stowage plan -f - -f new.yaml --preempt

  # Packed tightly, the fullest node first
  stowage plan -f deploy/ --nodes 40x8cpu,32Gi --strategy most --sort -memory

Exit codes:
  0  every pod has a node
  1  a bug in stowage
  2  wrong usage or bad input; nothing is planned, unless --keep-going
  3  pods are left over, unsupported or evicted for good (0 with --exit-zero)`;
