/** From configuration to profiles: for each scheduler name the plugins that run, in order, with their weights and args. */

import { IssuesError } from "../errors.js";
import { decodeConfig, type ProfileConfig, type SchedulerConfig, withInTreePlugins } from "./config.js";
import type { PluginRegistry } from "./default-plugins.js";
import { FieldIssues } from "./field-issues.js";
import type { PluginArgs } from "./plugin-args.js";
import { expandPlugins } from "./plugin-sets.js";

export interface ScoreEntry {
  readonly name: string;
  /** Never 0; negative only when the configuration says so. */
  readonly weight: number;
}

/** How the pods of one scheduler name are decided. The lists are in the order in which the plugins run. */
export interface Profile {
  readonly schedulerName: string;
  /** 0 to 100; 0 is adaptive. */
  readonly percentageOfNodesToScore: number;
  readonly preEnqueue: readonly string[];
  /** Exactly one. */
  readonly queueSort: readonly string[];
  readonly preFilter: readonly string[];
  readonly filter: readonly string[];
  readonly postFilter: readonly string[];
  readonly preScore: readonly string[];
  readonly score: readonly ScoreEntry[];
  readonly reserve: readonly string[];
  readonly permit: readonly string[];
  readonly preBind: readonly string[];
  /** At least one. */
  readonly bind: readonly string[];
  readonly postBind: readonly string[];
  readonly args: PluginArgs;
  /** Arguments of plugins that are not in {@link PluginArgs}, by plugin name, as written. */
  readonly otherArgs: ReadonlyMap<string, unknown>;
}

export interface ProfileOptions {
  /** Extension points of plugins that are not kube-scheduler's own, by name; as given to {@link decodeConfig}. */
  readonly plugins?: PluginRegistry;
}

/**
 * The profiles of a configuration, in its order. After a {@link decodeConfig} without errors and with the same plugins
 * nothing can go wrong here; otherwise throws {@link IssuesError} `ERR_CONFIG` with every plugin that cannot be placed.
 */
export function buildProfiles(config: SchedulerConfig, options: ProfileOptions = {}): readonly Profile[] {
  const registry = withInTreePlugins(options.plugins);
  const issues = new FieldIssues();
  const profiles = config.profiles.map((each, index) =>
    buildProfile(each, config.percentageOfNodesToScore, registry, `profiles[${index}].plugins`, issues),
  );
  const errors = issues.list.filter((issue) => issue.severity === "error");
  if (errors.length > 0) throw new IssuesError("ERR_CONFIG", errors);
  return profiles;
}

/** What kube-scheduler runs without a configuration: `default-scheduler`. */
export function defaultProfile(): Profile {
  return buildProfiles(decodeConfig({}).config)[0]!;
}

function buildProfile(
  config: ProfileConfig,
  percentageOfNodesToScore: number,
  registry: PluginRegistry,
  path: string,
  issues: FieldIssues,
): Profile {
  const { schedulerName, args, otherArgs } = config;
  const { points, scoreWeights } = expandPlugins(config.plugins, schedulerName, registry, path, issues);
  const { score, placementGenerate: _, placementScore: __, ...others } = points;
  return {
    schedulerName,
    percentageOfNodesToScore: config.percentageOfNodesToScore ?? percentageOfNodesToScore,
    ...others,
    score: score.map((name) => ({ name, weight: scoreWeights.get(name) ?? 1 })),
    args,
    otherArgs,
  };
}
