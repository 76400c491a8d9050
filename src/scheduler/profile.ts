/** From configuration to profiles: for each scheduler name the plugins that run, in order, with their weights and args. */

import { IssuesError } from "../errors.js";
import { type Compat, DEFAULT_COMPAT } from "../kube/compat.js";
import { VERSIONS } from "./compat.js";
import { decodeConfig, type SchedulerConfig } from "./config.js";
import { type PluginCatalog, type PluginRegistry, withPlugins } from "./default-plugins.js";
import { FieldIssues } from "./field-issues.js";
import type { PluginArgs } from "./plugin-args.js";
import { expandPlugins } from "./plugin-sets.js";
import type { ProfileConfig } from "./profile-config.js";

export interface ScoreEntry {
  readonly name: string;
  /** Never 0; negative only when the configuration says so. */
  readonly weight: number;
}

/** How the pods of one scheduler name are decided. The lists are in the order in which the plugins run. */
export interface Profile {
  readonly schedulerName: string;
  /** 0 to 100; 0 is adaptive; absent where neither the profile nor the configuration says. */
  readonly percentageOfNodesToScore?: number;
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
  /** As given to {@link decodeConfig}. */
  readonly compat?: Compat;
}

/**
 * The profiles of a configuration, in its order. After a {@link decodeConfig} without errors and with the same plugins
 * nothing can go wrong here; otherwise throws {@link IssuesError} `ERR_CONFIG` with every plugin that cannot be placed.
 */
export function buildProfiles(config: SchedulerConfig, options: ProfileOptions = {}): readonly Profile[] {
  const { plugins, compat = DEFAULT_COMPAT } = options;
  const catalog = withPlugins(VERSIONS[compat].catalog, plugins);
  const issues = new FieldIssues();
  const profiles = config.profiles.map((each, index) =>
    buildProfile(each, config.percentageOfNodesToScore, catalog, `profiles[${index}].plugins`, issues),
  );
  const errors = issues.list.filter((issue) => issue.severity === "error");
  if (errors.length > 0) throw new IssuesError("ERR_CONFIG", errors);
  return profiles;
}

/** What kube-scheduler runs without a configuration: `default-scheduler`. */
export function defaultProfile(compat: Compat = DEFAULT_COMPAT): Profile {
  return buildProfiles(decodeConfig({}, { compat }).config, { compat })[0]!;
}

function buildProfile(
  config: ProfileConfig,
  percentageOfAll: number | undefined,
  catalog: PluginCatalog,
  path: string,
  issues: FieldIssues,
): Profile {
  const { schedulerName, args, otherArgs, percentageOfNodesToScore = percentageOfAll } = config;
  const { points, scoreWeights } = expandPlugins(config.plugins, schedulerName, catalog, path, issues);
  const { score, placementGenerate: _, placementScore: __, podGroupPostFilter: ___, ...others } = points;
  return {
    schedulerName,
    ...(percentageOfNodesToScore !== undefined && { percentageOfNodesToScore }),
    ...others,
    score: score.map((name) => ({ name, weight: scoreWeights.get(name) ?? 1 })),
    args,
    otherArgs,
  };
}
