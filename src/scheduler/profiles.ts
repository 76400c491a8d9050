/** The profiles of a scheduler, ready to run: configuration and TypeScript plugins put together, once. */

import type { Cluster } from "../cluster/cluster.js";
import { IssuesError, StowageError } from "../errors.js";
import { decodeConfig } from "./config.js";
import { IN_TREE_PLUGINS, type PluginRegistry } from "./default-plugins.js";
import { Phases } from "./phases.js";
import { type Plugin, pluginProblems, registryOf } from "./plugin.js";
import { PodClasses } from "./pod-class.js";
import { buildProfiles, type Profile } from "./profile.js";

export interface ReadyProfile {
  readonly profile: Profile;
  readonly classes: PodClasses;
  readonly phases: Phases;
}

/** By scheduler name. @throws IssuesError ERR_CONFIG; StowageError ERR_PLUGIN */
export function readyProfiles(
  cluster: Cluster,
  config: unknown,
  plugins: readonly Plugin[],
): ReadonlyMap<string, ReadyProfile> {
  const byName = namedPlugins(plugins);
  const registry = registryOf(plugins);
  return new Map(
    decodeProfiles(config, registry).map((decoded) => {
      const profile = config === undefined ? withPlugins(decoded, byName) : decoded;
      const classes = new PodClasses(cluster.state, profile);
      return [profile.schedulerName, { profile, classes, phases: new Phases(cluster, profile, byName) }];
    }),
  );
}

function decodeProfiles(config: unknown, registry: PluginRegistry): readonly Profile[] {
  const { config: decoded, issues } = decodeConfig(config ?? {}, { plugins: registry });
  const errors = issues.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new IssuesError("ERR_CONFIG", errors);
  return buildProfiles(decoded, { plugins: registry });
}

function namedPlugins(plugins: readonly Plugin[]): ReadonlyMap<string, Plugin> {
  const byName = new Map<string, Plugin>();
  for (const plugin of plugins) {
    const problems = pluginProblems(plugin);
    const name = typeof plugin?.name === "string" && plugin.name !== "" ? plugin.name : "(unnamed)";
    if (problems.length > 0) throw new StowageError("ERR_PLUGIN", { plugin: name, reason: problems.join("; ") });
    if (byName.has(name) || IN_TREE_PLUGINS.has(name)) {
      throw new StowageError("ERR_PLUGIN", { plugin: name, reason: "the name is taken" });
    }
    byName.set(name, plugin);
  }
  return byName;
}

/** Without a configuration every plugin given runs, behind the built-in ones; with one, it says which run and where. */
function withPlugins(profile: Profile, plugins: ReadonlyMap<string, Plugin>): Profile {
  const having = (point: "filter" | "score" | "reserve") => [...plugins.values()].filter((plugin) => plugin[point]);
  return {
    ...profile,
    filter: [...profile.filter, ...having("filter").map(({ name }) => name)],
    score: [...profile.score, ...having("score").map(({ name, weight = 1 }) => ({ name, weight }))],
    reserve: [...profile.reserve, ...having("reserve").map(({ name }) => name)],
  };
}
