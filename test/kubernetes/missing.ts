/** What a side lacks of the plugins that kube-scheduler runs by default. */

import { DEFAULT_PLUGINS, type ExtensionPoint, IN_TREE_PLUGINS } from "../../src/scheduler/default-plugins.js";
import type { Missing } from "./verdict.js";

/** DynamicResources' filter looks at claims alone, and a pod that has some is told to be unsupported. */
const CLAIMS_ONLY = "DynamicResources";

interface Names {
  has(plugin: string): boolean;
}

/** By the names of the filter and score plugins that a side has. */
export function missingBeside(filters: Names, scores: Names): Pick<Missing, "filters" | "scores"> {
  const lacking = (point: ExtensionPoint, names: Names) =>
    DEFAULT_PLUGINS.map(({ name }) => name).filter(
      (name) => IN_TREE_PLUGINS.get(name)?.includes(point) && !names.has(name),
    );
  return {
    filters: new Set(lacking("filter", filters).filter((name) => name !== CLAIMS_ONLY)),
    scores: new Set(lacking("score", scores)),
  };
}
