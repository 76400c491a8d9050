/** What `stowage config check` understands, as data for the argument parser. */

import type { Options, PositionalOptions } from "yargs";
import { DEFAULT_COMPAT, POD_RULES } from "../../kube/compat.js";

export const CONFIG_DESCRIPTION = "Look at KubeSchedulerConfigurations";
export const CHECK_DESCRIPTION = "Say what KubeSchedulerConfigurations would change against kube-scheduler's default";

/** The arguments as the parser gives them. */
export interface CheckArguments {
  readonly file: readonly string[];
  readonly compat: string;
  readonly output: string;
  readonly plugin?: readonly string[] | undefined;
  readonly quiet?: boolean | undefined;
}

export const CHECK_FILE = {
  type: "string",
  array: true,
  demandOption: true,
  describe: "Files, directories (all .yaml, .yml and .json below), - for standard input",
} as const satisfies PositionalOptions;

export const CHECK_OPTIONS = {
  compat: {
    choices: Object.keys(POD_RULES),
    default: DEFAULT_COMPAT,
    describe: "The version of kube-scheduler that is to read the files, and whose default they are compared with",
  },
  plugin: {
    type: "string",
    array: true,
    nargs: 1,
    describe: "A module whose default export is a plugin or a list of them, which profiles may then name",
  },
  output: {
    alias: "o",
    choices: ["table", "json", "yaml"],
    default: "table",
    describe: "Format; json and yaml hold the problems of bad files as well",
  },
  color: { type: "boolean", default: true, describe: "Colours on a terminal; also NO_COLOR, FORCE_COLOR" },
  quiet: { alias: "q", type: "boolean", describe: "Only data and errors: no warnings" },
} as const satisfies Readonly<Record<string, Options>>;

/** What stands below the options in the help. */
export const CHECK_EPILOGUE = `Examples:
  # What would this file change?
  stowage config check scheduler.yaml

  # And what does a newer kube-scheduler make of it?
  stowage config check --compat 1.37 scheduler.yaml

  # Is everything in this folder a good configuration?
  stowage config check -q config/ > /dev/null

  # What does the cluster's own configuration change?
  kubectl -n kube-system get configmap kube-scheduler -o jsonpath='{.data.config\\.yaml}' | stowage config check -

Exit codes:
  0  every file is one that kube-scheduler takes
  1  a bug in stowage
  2  wrong usage or a bad file`;
