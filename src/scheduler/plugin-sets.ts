/**
 * From what a profile enables and disables to the plugins that run at each extension point, in order: the merge with the
 * default plugins (k8s 1.36 pkg/scheduler/apis/config/v1/default_plugins.go, mergePluginSet) and the expansion of
 * multiPoint (pkg/scheduler/framework/runtime/framework.go, expandMultiPointPlugins, getValidScoreWeights).
 */

import { DEFAULT_PLUGINS, EXTENSION_POINTS, type ExtensionPoint, type PluginRegistry } from "./default-plugins.js";
import type { FieldIssues } from "./field-issues.js";

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
  registry: PluginRegistry,
  path: string,
  issues: FieldIssues,
): ExpandedPlugins {
  const expansion: Expansion = { sets, multiPoint: mergeWithDefaults(sets.multiPoint, path), registry, path, issues };
  reportUnknown(expansion);
  const points = Object.fromEntries(
    EXTENSION_POINTS.map((point) => [point, expandPoint(expansion, point)]),
  ) as unknown as ExpandedPlugins["points"];
  checkCounts(expansion, points, schedulerName);
  readWeights(expansion, "placementScore");
  return { points, scoreWeights: readWeights(expansion, "score") };
}

/** Whether kube-scheduler would construct the plugin for this profile: it is enabled somewhere, defaults included. */
export function isPluginNeeded(sets: PluginSets, name: string): boolean {
  if (mergeWithDefaults(sets.multiPoint, "").some((entry) => entry.name === name)) return true;
  return EXTENSION_POINTS.some((point) => sets[point].enabled.some((entry) => entry.name === name));
}

/** Only multiPoint has defaults. A default plugin that is enabled again keeps its place; other plugins follow. */
function mergeWithDefaults({ enabled, disabled }: PluginSet, path: string): readonly MergedEntry[] {
  const disabledNames = new Set(disabled);
  const written = enabled.map((entry, index) => ({ ...entry, path: `${path}.multiPoint.enabled[${index}].name` }));
  // Of entries with one name the last replaces the default; the others stay, and are reported as registered twice.
  const replacements = new Map(written.map((entry) => [entry.name, entry]));
  const merged: MergedEntry[] = [];
  const used = new Set<MergedEntry>();
  for (const entry of disabledNames.has("*") ? [] : DEFAULT_PLUGINS) {
    if (disabledNames.has(entry.name)) continue;
    const replacement = replacements.get(entry.name);
    if (replacement !== undefined) used.add(replacement);
    merged.push(replacement ?? { ...entry, path: `${path}.multiPoint` });
  }
  return [...merged, ...written.filter((entry) => !used.has(entry))];
}

function reportUnknown({ sets, multiPoint, registry, path, issues }: Expansion): void {
  for (const entry of multiPoint) {
    if (!registry.has(entry.name)) issues.error("unknown-plugin", entry.path, doesNotExist("Plugin", entry.name));
  }
  for (const set of ["multiPoint", ...EXTENSION_POINTS] as const) {
    sets[set].disabled.forEach((name, index) => {
      if (name === "*" || registry.has(name)) return;
      const at = `${path}.${set}.disabled[${index}].name`;
      issues.warning("unknown-plugin", at, `${JSON.stringify(name)} is no plugin, so nothing is disabled`);
    });
  }
}

/**
 * Plugins enabled at the point and in multiPoint come first, in the order of the point; then those of multiPoint alone;
 * then those of the point alone. `*` disabled at the point leaves the point's own list.
 */
function expandPoint(expansion: Expansion, point: ExtensionPoint): readonly string[] {
  const { sets, multiPoint, registry, issues } = expansion;
  const own = readOwnList(expansion, point);
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
    if (implemented === undefined) issues.error("unknown-plugin", at, doesNotExist(pluginType(point), name));
    else if (!implemented.includes(point)) {
      const message = `plugin ${JSON.stringify(name)} does not extend ${pluginType(point)} plugin`;
      issues.error("wrong-extension-point", at, message);
    } else if (names.has(name)) issues.error("duplicate-plugin", at, alreadyRegistered(name, point));
    else names.add(name);
  });
  return [...names];
}

/**
 * The point's own list is read before multiPoint, so its weights win. Weights count whether or not the plugin is disabled
 * at the point in the end.
 */
function readWeights(expansion: Expansion, point: "score" | "placementScore"): ReadonlyMap<string, number> {
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
      issues.error("invalid-value", `${path}.${point}`, "total score of Score plugins could overflow");
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

/** A profile orders its queue by exactly one plugin and binds by at least one. */
function checkCounts(
  { sets, path, issues }: Expansion,
  points: ExpandedPlugins["points"],
  schedulerName: string,
): void {
  const listed = sets.queueSort.enabled.length;
  const owner = `profile with scheduler name ${JSON.stringify(schedulerName)}`;
  if (listed > 1) issues.invalid(`${path}.queueSort.enabled`, listed, "only one queue sort plugin can be enabled");
  else if (points.queueSort.length !== 1) {
    const message = `only one queue sort plugin required for ${owner}, but got ${points.queueSort.length}`;
    issues.error("invalid-value", `${path}.queueSort`, message);
  }
  if (points.bind.length === 0) {
    issues.error("missing-value", `${path}.bind`, `at least one bind plugin is needed for ${owner}`);
  }
}

/** Upstream's name of the interface that the plugins of a point implement. */
function pluginType(point: ExtensionPoint): string {
  return `${point.charAt(0).toUpperCase()}${point.slice(1)}Plugin`;
}

function doesNotExist(type: string, name: string): string {
  return `${type} ${JSON.stringify(name)} does not exist`;
}

function alreadyRegistered(name: string, point: ExtensionPoint): string {
  return `plugin ${JSON.stringify(name)} already registered as ${JSON.stringify(pluginType(point))}`;
}
