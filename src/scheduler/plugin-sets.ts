/**
 * From what a profile enables and disables to the plugins that run at each extension point, in order: the merge with the
 * default plugins (k8s 1.36 pkg/scheduler/apis/config/v1/default_plugins.go, mergePluginSet) and the expansion of
 * multiPoint (pkg/scheduler/framework/runtime/framework.go, expandMultiPointPlugins, getValidScoreWeights).
 */

import {
  EXTENSION_POINTS,
  type ExtensionPoint,
  isCheckedForRemoved,
  type PluginCatalog,
  type PluginRegistry,
  REMOVED_PLUGINS,
} from "./default-plugins.js";
import type { FieldIssues } from "./field-issues.js";
import { quoteText } from "./go-text.js";

export interface PluginEntry {
  readonly name: string;
  /** 0 stands for 1; read at `score` and in `multiPoint` only. */
  readonly weight: number;
}

export interface PluginSet {
  readonly enabled: readonly PluginEntry[];
  /** Names; `*` is every plugin. */
  readonly disabled: readonly string[];
}

export type PluginSetName = ExtensionPoint | "multiPoint";
/** `profiles[].plugins` as written, every set present. */
export type PluginSets = Readonly<Record<PluginSetName, PluginSet>>;

/** The plugins that run, by extension point, in order. */
export interface ExpandedPlugins {
  readonly points: Readonly<Record<ExtensionPoint, readonly string[]>>;
  /** The weight of each plugin at `score`; never 0. */
  readonly scoreWeights: ReadonlyMap<string, number>;
}

/** An entry of multiPoint after the merge, with the path it is reported under. */
interface MergedEntry extends PluginEntry {
  readonly path: string;
}

/** What the parts of one expansion share. */
interface Expansion {
  readonly sets: PluginSets;
  readonly multiPoint: readonly MergedEntry[];
  readonly registry: PluginRegistry;
  /** Of `profiles[i].plugins`. */
  readonly path: string;
  readonly issues: FieldIssues;
}

/**
 * Merges `sets` with the default plugins and expands the result. What kube-scheduler would refuse when it builds the
 * profile is reported under `path`, the path of `profiles[].plugins`, and left out of the result.
 */
export function expandPlugins(
  sets: PluginSets,
  schedulerName: string,
  catalog: PluginCatalog,
  path: string,
  issues: FieldIssues,
): ExpandedPlugins {
  const multiPoint = mergeWithDefaults(sets.multiPoint, catalog, path);
  const expansion: Expansion = { sets, multiPoint, registry: catalog.plugins, path, issues };
  reportIdleDisabled(expansion);
  const own = byPoint((point) => readOwnList(expansion, point));
  reportUnknown(expansion);
  const points = byPoint((point) => expandPoint(expansion, point, own[point]));
  checkCounts(expansion, points, schedulerName);
  const scoreWeights = readWeights(expansion, "score");
  readWeights(expansion, "placementScore");
  return { points, scoreWeights };
}

function byPoint<T>(make: (point: ExtensionPoint) => T): Record<ExtensionPoint, T> {
  return Object.fromEntries(EXTENSION_POINTS.map((point) => [point, make(point)])) as Record<ExtensionPoint, T>;
}

/** Whether kube-scheduler would construct the plugin for this profile: it is enabled somewhere, defaults included. */
export function isPluginNeeded(sets: PluginSets, name: string, catalog: PluginCatalog): boolean {
  if (mergeWithDefaults(sets.multiPoint, catalog, "").some((entry) => entry.name === name)) return true;
  return EXTENSION_POINTS.some((point) => sets[point].enabled.some((entry) => entry.name === name));
}

/** Only multiPoint has defaults. A default plugin that is enabled again keeps its place; other plugins follow. */
function mergeWithDefaults(
  { enabled, disabled }: PluginSet,
  { defaults }: PluginCatalog,
  path: string,
): readonly MergedEntry[] {
  const disabledNames = new Set(disabled);
  const written = enabled.map((entry, index) => ({ ...entry, path: `${path}.multiPoint.enabled[${index}].name` }));
  // Of entries with one name the last replaces the default; the others stay, and are reported as registered twice.
  const replacements = new Map(written.map((entry) => [entry.name, entry]));
  const merged: MergedEntry[] = [];
  const used = new Set<MergedEntry>();
  for (const entry of disabledNames.has("*") ? [] : defaults) {
    if (disabledNames.has(entry.name)) continue;
    const replacement = replacements.get(entry.name);
    if (replacement !== undefined) used.add(replacement);
    merged.push(replacement ?? { ...entry, path: `${path}.multiPoint` });
  }
  return [...merged, ...written.filter((entry) => !used.has(entry))];
}

/** The order in which upstream expands multiPoint into the points (framework.go, getExtensionPoints). */
const EXPANSION_ORDER: readonly ExtensionPoint[] = [
  "preFilter",
  "filter",
  "postFilter",
  "reserve",
  "preScore",
  "score",
  "preBind",
  "bind",
  "postBind",
  "permit",
  "preEnqueue",
  "queueSort",
  "placementGenerate",
  "placementScore",
  "podGroupPostFilter",
];

/** Upstream misses an unknown plugin of multiPoint at the first point that takes any of its plugins. */
function reportUnknown({ sets, multiPoint, registry, issues }: Expansion): void {
  const taking = EXPANSION_ORDER.find((point) => !sets[point].disabled.includes("*"));
  const type = pluginType(taking ?? "preFilter");
  for (const { name, path } of multiPoint) {
    if (!registry.has(name)) issues.error("unknown-plugin", path, doesNotExist(type, name));
  }
}

function reportIdleDisabled({ sets, registry, path, issues }: Expansion): void {
  for (const set of ["multiPoint", ...EXTENSION_POINTS] as const) {
    sets[set].disabled.forEach((name, index) => {
      if (name === "*" || registry.has(name)) return;
      const at = `${path}.${set}.disabled[${index}].name`;
      issues.warning("unknown-plugin", at, `${quoteText(name)} is no plugin, so nothing is disabled`);
    });
  }
}

/**
 * Plugins enabled at the point and in multiPoint come first, in the order of the point; then those of multiPoint alone;
 * then those of the point alone. `*` disabled at the point leaves the point's own list.
 *
 * @param own the usable names of the point's own list.
 */
function expandPoint(expansion: Expansion, point: ExtensionPoint, own: readonly string[]): readonly string[] {
  const { sets, multiPoint, registry, issues } = expansion;
  const disabled = new Set(sets[point].disabled);
  if (disabled.has("*")) return own;

  const ownNames = new Set(sets[point].enabled.map((entry) => entry.name));
  const overridden = new Set<string>();
  const added = new Set<string>();
  for (const { name, path } of multiPoint) {
    if (!registry.get(name)?.includes(point) || disabled.has(name)) continue;
    if (ownNames.has(name)) overridden.add(name);
    else if (added.has(name)) issues.error("duplicate-plugin", path, alreadyRegistered(name, point));
    else added.add(name);
  }
  return [...own.filter((name) => overridden.has(name)), ...added, ...own.filter((name) => !overridden.has(name))];
}

/** The usable names of the point's own `enabled`; the others are reported. */
function readOwnList({ sets, registry, path, issues }: Expansion, point: ExtensionPoint): readonly string[] {
  const names = new Set<string>();
  sets[point].enabled.forEach(({ name }, index) => {
    const at = `${path}.${point}.enabled[${index}].name`;
    const implemented = registry.get(name);
    if (implemented === undefined) {
      if (!isCheckedForRemoved(point) || !REMOVED_PLUGINS.has(name)) {
        issues.error("unknown-plugin", at, doesNotExist(pluginType(point), name));
      }
    } else if (!implemented.includes(point)) {
      const message = `plugin ${quoteText(name)} does not extend ${pluginType(point)} plugin`;
      issues.error("wrong-extension-point", at, message);
    } else if (names.has(name)) issues.error("duplicate-plugin", at, alreadyRegistered(name, point));
    else names.add(name);
  });
  return [...names];
}

/** The points with weights, as upstream calls them. */
const WEIGHED = { score: "score", placementScore: "placement score" } as const;

/**
 * The point's own list is read before multiPoint, so its weights win. Weights count whether or not the plugin is disabled
 * at the point in the end.
 */
function readWeights(expansion: Expansion, point: keyof typeof WEIGHED): ReadonlyMap<string, number> {
  const { sets, multiPoint, registry, path, issues } = expansion;
  const own = sets[point].enabled.map((entry, index) => ({
    ...entry,
    path: `${path}.${point}.enabled[${index}].name`,
  }));
  const weights = new Map<string, number>();
  let total = 0;
  for (const entry of [...own, ...multiPoint]) {
    if (weights.has(entry.name) || !registry.get(entry.name)?.includes(point)) continue;
    // Upstream's guard is `weight*100 > MaxInt64 - total`, which a negative total overflows, so any further plugin fails.
    if (total < 0) {
      const message = `${WEIGHED[point]} plugins: total score of Score plugins could overflow`;
      issues.error("bad-profile", `${path}.${point}`, message);
      break;
    }
    const weight = entry.weight === 0 ? 1 : entry.weight;
    if (weight < 0 && point === "score") {
      const at = entry.path.replace(/name$/, "weight");
      issues.warning("negative-weight", at, `a weight of ${weight} makes the nodes that ${entry.name} prefers lose`);
    }
    weights.set(entry.name, weight);
    total += weight;
  }
  return weights;
}

/** A queue is ordered by exactly one plugin; that a list names several is reported before (queue-sort.ts). */
function checkCounts(
  { sets, path, issues }: Expansion,
  points: ExpandedPlugins["points"],
  schedulerName: string,
): void {
  const owner = `profile with scheduler name ${quoteText(schedulerName)}`;
  const orders = points.queueSort.length;
  if (orders !== 1 && sets.queueSort.enabled.length <= 1) {
    const message = `only one queue sort plugin required for ${owner}, but got ${orders}`;
    issues.error("bad-profile", `${path}.queueSort`, message);
  }
  if (points.bind.length === 0) {
    issues.error("bad-profile", `${path}.bind`, `at least one bind plugin is needed for ${owner}`);
  }
  if (points.placementGenerate.length > 1) {
    const message = `at most one placement generate plugin is allowed for ${owner}`;
    issues.error("bad-profile", `${path}.placementGenerate`, message);
  }
}

/** Upstream's name of the interface that the plugins of a point implement. */
function pluginType(point: ExtensionPoint): string {
  return `${point.charAt(0).toUpperCase()}${point.slice(1)}Plugin`;
}

function doesNotExist(type: string, name: string): string {
  return `${type} ${quoteText(name)} does not exist`;
}

function alreadyRegistered(name: string, point: ExtensionPoint): string {
  return `plugin ${quoteText(name)} already registered as ${quoteText(pluginType(point))}`;
}
