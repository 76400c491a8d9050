/** `--plugin FILE.mjs`: a user's plugins, imported. */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Issue } from "../errors.js";
import type { Plugin } from "../scheduler/plugin.js";

/** Imports each file and takes its default export, one plugin or a list of them. What cannot be used is an issue. */
export async function importPlugins(
  files: readonly string[],
): Promise<{ readonly plugins: readonly Plugin[]; readonly issues: readonly Issue[] }> {
  const plugins: Plugin[] = [];
  const issues: Issue[] = [];
  for (const file of files) {
    const fail = (message: string): void => {
      issues.push({ code: "bad-plugin", severity: "error", path: "", file, message });
    };
    try {
      const module: { default?: unknown } = await import(pathToFileURL(resolve(file)).href);
      const found = Array.isArray(module.default) ? module.default : [module.default];
      for (const each of found) {
        if (isPlugin(each)) plugins.push(each);
        else fail("the default export is neither a plugin (an object with a name) nor a list of plugins");
      }
    } catch (error) {
      fail(`cannot be imported: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { plugins, issues };
}

/** The scheduler checks the rest, and says what is wrong with it. */
function isPlugin(value: unknown): value is Plugin {
  return typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";
}
