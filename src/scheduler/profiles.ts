/** The profiles of a scheduler, ready to run: configuration and TypeScript plugins put together, once. */

import type { Cluster } from "../cluster/cluster.js";
import { IssuesError, StowageError } from "../errors.js";
import { CACHE_BYTES } from "./cache-limit.js";
import { ClassIndexes } from "./class-indexes.js";
import type { Compat, Quirks, Version } from "./compat.js";
import { decodeConfig } from "./config.js";
import type { PluginRegistry } from "./default-plugins.js";
import { Diagnoses } from "./diagnoses.js";
import { reserveError } from "./missing-state.js";
import type { SchedulerOptions } from "./options.js";
import { Phases } from "./phases.js";
import { type Plugin, pluginProblems, registryOf } from "./plugin.js";
import { PodClasses } from "./pod-class.js";
import { PreemptionIndexes } from "./preemption-indexes.js";
import { buildProfiles, type Profile } from "./profile.js";
import { Relations } from "./relations.js";

export interface ReadyProfile {
  readonly profile: Profile;
  readonly classes: PodClasses;
  readonly relations: Relations;
  readonly indexes: ClassIndexes;
  readonly preemptions: PreemptionIndexes;
  readonly phases: Phases;
  readonly diagnoses: Diagnoses;
  /** What every reservation of this profile ends in, when its configuration leaves out what that needs. */
  readonly reserveError: string | undefined;
}

/** By scheduler name. @throws IssuesError ERR_CONFIG; StowageError ERR_PLUGIN */
export function readyProfiles(
  cluster: Cluster,
  config: unknown,
  plugins: readonly Plugin[],
  version: Version,
  { cacheBytes = CACHE_BYTES, isIndexed = true }: Pick<SchedulerOptions, "cacheBytes" | "isIndexed"> = {},
): ReadonlyMap<string, ReadyProfile> {
  const byName = namedPlugins(plugins, version);
  const registry = registryOf(plugins);
  return new Map(
    decodeProfiles(config, registry, cluster.compat, version).map((decoded) => {
      const profile = config === undefined ? withPlugins(decoded, byName) : decoded;
      const phases = new Phases(cluster, profile, byName, version);
      const indexes = new ClassIndexes(cluster.state, profile, cacheBytes);
      const preemptions = new PreemptionIndexes(cluster.state, profile, cacheBytes);
      const diagnoses = new Diagnoses(cluster.state, phases, cacheBytes);
      const classes = new PodClasses(cluster.state, profile, version, {
        cacheBytes,
        follows: isIndexed,
        onEnd: (ended) => {
          indexes.dropClass(ended);
          preemptions.dropClass(ended);
          diagnoses.dropClass(ended);
        },
      });
      const relations = new Relations(cluster.state, profile, version, {
        cacheBytes,
        onEnd: (ended) => indexes.dropRelations(ended),
      });
      const error = reserveError(profile);
      const ready = { profile, classes, relations, indexes, preemptions, phases, diagnoses, reserveError: error };
      return [profile.schedulerName, ready];
    }),
  );
}

function decodeProfiles(config: unknown, plugins: PluginRegistry, compat: Compat, quirks: Quirks): readonly Profile[] {
  const { config: decoded, issues } = decodeConfig(config ?? {}, { plugins, compat, quirks });
  const errors = issues.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new IssuesError("ERR_CONFIG", errors);
  return buildProfiles(decoded, { plugins, compat });
}

function namedPlugins(plugins: readonly Plugin[], { catalog }: Version): ReadonlyMap<string, Plugin> {
  const byName = new Map<string, Plugin>();
  for (const plugin of plugins) {
    const problems = pluginProblems(plugin);
    const name = typeof plugin?.name === "string" && plugin.name !== "" ? plugin.name : "(unnamed)";
    if (problems.length > 0) throw new StowageError("ERR_PLUGIN", { plugin: name, reason: problems.join("; ") });
    if (byName.has(name) || catalog.plugins.has(name)) {
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
