/** The flags of `stowage plan` that need reading: nodes, selectors, numbers, and how to schedule. */

import { type Issue, IssuesError } from "../../errors.js";
import type { Compat } from "../../kube/compat.js";
import type { Pod } from "../../kube/objects.js";
import { matchesAll, parseSelectorText } from "../../kube/requirement.js";
import type { SchedulerOptions } from "../../scheduler/options.js";
import type { Plugin } from "../../scheduler/plugin.js";
import { STRATEGIES, type StrategyName } from "../../scheduler/strategies.js";
import { readConfigFile } from "../config-flag.js";
import { flagIssue } from "../flag-issue.js";
import { makeNodes } from "../nodes-flag.js";
import { importPlugins } from "../plugins-flag.js";
import type { PlanArguments } from "./plan-options.js";

export interface PlanSettings {
  readonly compat: Compat;
  readonly scheduler: SchedulerOptions;
  /** Whether a pending pod is to be placed. */
  readonly isSelected: (pod: Pod) => boolean;
  readonly maxYamlBytes: number | undefined;
  readonly warnings: readonly Issue[];
}

type TieBreak = NonNullable<SchedulerOptions["tieBreak"]>;

const MAX_SEED = 2 ** 32 - 1;

/** @throws IssuesError ERR_INPUT with everything that is wrong with the flags and the files they name. */
export async function readSettings(args: PlanArguments): Promise<PlanSettings> {
  const issues: Issue[] = [];
  const imported = await importPlugins(args.plugin ?? []);
  issues.push(...makeNodes(args.nodes ?? []).issues, ...imported.issues);
  const config = await readConfig(args, imported.plugins, issues);
  const seed = wholeNumber("--seed", args.seed, MAX_SEED, issues);
  const maxYamlBytes = wholeNumber("--max-yaml-bytes", args.maxYamlBytes, Number.MAX_SAFE_INTEGER, issues);
  const isSelected = selection(args, issues);
  const errors = issues.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new IssuesError("ERR_INPUT", errors);
  return {
    compat: args.compat as Compat,
    scheduler: {
      ...(config !== undefined && { config }),
      ...(imported.plugins.length > 0 && { plugins: imported.plugins }),
      ...(seed !== undefined && { seed }),
      tieBreak: args.tieBreak as TieBreak,
    },
    isSelected,
    maxYamlBytes,
    warnings: issues,
  };
}

/** What `--strategy` stands for or `--config` holds. */
async function readConfig(
  { config, strategy, compat }: PlanArguments,
  plugins: readonly Plugin[],
  issues: Issue[],
): Promise<object | undefined> {
  if (strategy !== undefined) return STRATEGIES[strategy as StrategyName];
  if (config === undefined) return undefined;
  const file = await readConfigFile(config, plugins, compat as Compat);
  issues.push(...file.issues);
  return file.config;
}

function wholeNumber(flag: string, text: string | undefined, most: number, issues: Issue[]): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  issues.push(flagIssue(`${flag} ${text}`, `is not a whole number from 0 to ${most}`));
  return undefined;
}

/** By `--namespace` and `--selector`. */
function selection({ namespace, selector }: PlanArguments, issues: Issue[]): (pod: Pod) => boolean {
  const parsed = parseSelectorText(selector ?? "");
  if (!parsed.ok) issues.push(flagIssue(`--selector ${selector}`, parsed.error));
  const requirements = parsed.ok ? parsed.requirements : [];
  return ({ metadata }) =>
    (namespace === undefined || (metadata?.namespace || "default") === namespace) &&
    matchesAll(requirements, metadata?.labels);
}
