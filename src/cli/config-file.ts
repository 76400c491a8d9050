/** A text that holds a KubeSchedulerConfiguration, read as kube-scheduler reads its file. */

import type { Issue } from "../errors.js";
import type { Compat } from "../kube/compat.js";
import { parseManifest } from "../kube/manifest.js";
import type { KubeObject } from "../kube/objects.js";
import { decodeConfig, type SchedulerConfig } from "../scheduler/config.js";
import type { PluginRegistry } from "../scheduler/default-plugins.js";
import { buildProfiles, type Profile } from "../scheduler/profile.js";
import type { InputText } from "./inputs.js";

export interface ConfigFile {
  /** As written; undefined where there is none to be had. */
  readonly object: KubeObject | undefined;
  /** What it says and what comes of it; undefined where something is wrong with it. */
  readonly decoded: { readonly config: SchedulerConfig; readonly profiles: readonly Profile[] } | undefined;
  /** Each with file and, as far as it has one, line. */
  readonly issues: readonly Issue[];
  /** Adds file and line to issues about the object. */
  readonly locate: (issues: readonly Issue[]) => Issue[];
}

/**
 * Reads one configuration, `apiVersion` and `kind` included, as a version of kube-scheduler does.
 *
 * @param plugins the user's own plugins, which a profile may name; one that none names is a warning, for it does not run.
 */
export function readConfigText({ text, file }: InputText, plugins: PluginRegistry, compat: Compat): ConfigFile {
  const parsed = parseManifest(text, file);
  const [object, ...others] = parsed.objects;
  if (object === undefined || others.length > 0) {
    const issues = parsed.issues.length > 0 ? parsed.issues : [notOne(file, parsed.objects.length, "objects")];
    return { object: undefined, decoded: undefined, issues, locate: (found) => [...found] };
  }
  const locate = (found: readonly Issue[]): Issue[] => parsed.locate(found.map((issue) => ({ object, issue })));
  const { config, issues } = decodeConfig(object, { plugins, requireTypeMeta: true, compat });
  const isBad = parsed.issues.length > 0 || issues.some(({ severity }) => severity === "error");
  if (isBad) return { object, decoded: undefined, issues: [...parsed.issues, ...locate(issues)], locate };
  const profiles = buildProfiles(config, { plugins, compat });
  const all = locate([...issues, ...idlePlugins(profiles, plugins)]);
  return { object, decoded: { config, profiles }, issues: all, locate };
}

/** What a name stands for that was to be one configuration and is another number of things. */
export function notOne(file: string, count: number, what: string): Issue {
  const message = `holds ${count} ${what} where one KubeSchedulerConfiguration should be`;
  return { code: "bad-config", severity: "error", path: "", file, message };
}

function idlePlugins(profiles: readonly Profile[], plugins: PluginRegistry): Issue[] {
  const running = new Set(
    profiles.flatMap(({ filter, score, reserve }) => [...filter, ...score.map(({ name }) => name), ...reserve]),
  );
  return [...plugins.keys()]
    .filter((name) => !running.has(name))
    .map((name) => ({
      code: "idle-plugin",
      severity: "warning",
      path: "profiles",
      message: `none enables the plugin ${name}, so it does not run`,
    }));
}
