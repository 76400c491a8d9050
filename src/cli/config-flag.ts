/** `--config FILE`: a KubeSchedulerConfiguration, read and checked. */

import type { Issue } from "../errors.js";
import { parseManifest } from "../kube/manifest.js";
import type { KubeObject } from "../kube/objects.js";
import { decodeConfig, type SchedulerConfig } from "../scheduler/config.js";
import type { PluginRegistry } from "../scheduler/default-plugins.js";
import { type Plugin, registryOf } from "../scheduler/plugin.js";
import { buildProfiles } from "../scheduler/profile.js";
import { readInputs } from "./inputs.js";

export interface ConfigFile {
  /** Undefined where there is none to be had. */
  readonly config: KubeObject | undefined;
  readonly issues: readonly Issue[];
}

/**
 * Reads the file as kube-scheduler does, `apiVersion` and `kind` included. Issues carry file and line.
 *
 * @param plugins the user's own plugins, which a profile may name; one that none names is a warning, for it does not run.
 */
export async function readConfigFile(file: string, plugins: readonly Plugin[]): Promise<ConfigFile> {
  const { texts, issues } = await readInputs([file], () => undefined);
  const [input] = texts;
  if (input === undefined || texts.length > 1) {
    return { config: undefined, issues: issues.length > 0 ? issues : notOne(file, texts.length, "files") };
  }
  const parsed = parseManifest(input.text, input.file);
  const [object, ...others] = parsed.objects;
  if (object === undefined || others.length > 0) {
    const wrong = parsed.issues.length > 0 ? parsed.issues : notOne(file, parsed.objects.length, "objects");
    return { config: undefined, issues: wrong };
  }
  const registry = registryOf(plugins);
  const { config, issues: found } = decodeConfig(object, { plugins: registry, requireTypeMeta: true });
  const isGood = found.every((issue) => issue.severity !== "error");
  const all = isGood ? [...found, ...idlePlugins(config, registry)] : found;
  const located = parsed.locate(all.map((issue) => ({ object, issue })));
  return { config: object, issues: [...parsed.issues, ...located] };
}

/** @param config one without errors. */
function idlePlugins(config: SchedulerConfig, plugins: PluginRegistry): Issue[] {
  const profiles = buildProfiles(config, { plugins });
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

function notOne(file: string, count: number, what: string): Issue[] {
  const message = `holds ${count} ${what} where one KubeSchedulerConfiguration should be`;
  return [{ code: "bad-config", severity: "error", path: "", file, message }];
}
