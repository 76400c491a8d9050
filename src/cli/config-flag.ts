/** `--config FILE`: a KubeSchedulerConfiguration, read and checked. */

import type { Issue } from "../errors.js";
import type { Compat } from "../kube/compat.js";
import type { KubeObject } from "../kube/objects.js";
import { type Plugin, registryOf } from "../scheduler/plugin.js";
import { notOne, readConfigText } from "./config-file.js";
import { readInputs } from "./inputs.js";

/**
 * Reads the file as a version of kube-scheduler does, `apiVersion` and `kind` included. Issues carry file and line.
 *
 * @param plugins the user's own plugins, which a profile may name; one that none names is a warning, for it does not run.
 * @returns the configuration as written, undefined where there is none to be had.
 */
export async function readConfigFile(
  file: string,
  plugins: readonly Plugin[],
  compat: Compat,
): Promise<{ readonly config: KubeObject | undefined; readonly issues: readonly Issue[] }> {
  const { texts, issues } = await readInputs([file], () => undefined);
  const [input] = texts;
  if (input === undefined || texts.length > 1) {
    return { config: undefined, issues: issues.length > 0 ? issues : [notOne(file, texts.length, "files")] };
  }
  const { object, issues: found } = readConfigText(input, registryOf(plugins), compat);
  return { config: object, issues: found };
}
