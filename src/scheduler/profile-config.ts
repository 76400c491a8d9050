/** `profiles[]` of a KubeSchedulerConfiguration, each by itself (k8s 1.36 and 1.37 pkg/scheduler/apis/config/validation). */

import type { Version } from "./compat.js";
import { int32, list, object, raw, string, type Value } from "./decoder.js";
import { EXTENSION_POINTS, isCheckedForRemoved, type PluginCatalog, REMOVED_PLUGINS } from "./default-plugins.js";
import type { FieldIssues } from "./field-issues.js";
import { quoteText } from "./go-text.js";
import { defaultArgs, hasTypedArgs, type PluginArgs, readArgs } from "./plugin-args.js";
import type { PluginSet, PluginSetName, PluginSets } from "./plugin-sets.js";
import { API_VERSION, checkArgsMeta } from "./type-meta.js";

/** One of `profiles[]`, defaulted. */
export interface ProfileConfig {
  readonly schedulerName: string;
  /** 0 to 100; 0 is adaptive; absent: the configuration's. */
  readonly percentageOfNodesToScore?: number;
  /** As written; the default plugins are not in it. */
  readonly plugins: PluginSets;
  readonly args: PluginArgs;
  /** `pluginConfig[].args` of every plugin that is not in {@link PluginArgs}, by plugin name, as written. */
  readonly otherArgs: ReadonlyMap<string, unknown>;
}

const pluginEntries = list(object({ name: string, weight: int32 }));
const pluginSet = object({ enabled: pluginEntries, disabled: pluginEntries });
const SET_NAMES = ["multiPoint", ...EXTENSION_POINTS] as const;

/** Decodes `profiles` as a version writes them: points that it does not have are unknown fields. */
export function profileList({ points }: PluginCatalog) {
  const sets = ["multiPoint", ...points].map((name) => [name, pluginSet]);
  const profile = object({
    schedulerName: string,
    percentageOfNodesToScore: int32,
    plugins: object(Object.fromEntries(sets) as Record<PluginSetName, typeof pluginSet>),
    pluginConfig: list(object({ name: string, args: raw })),
  });
  return list(profile);
}

/** A profile as written. */
export type WrittenProfile = Value<ReturnType<typeof profileList>>[number];

const WAS_REMOVED = `was invalid in version "v1" (KubeSchedulerConfiguration is version "${API_VERSION}")`;

/** @param isOnly whether it is the only profile; only that one may leave its name out. */
export function readProfile(
  written: WrittenProfile,
  isOnly: boolean,
  path: string,
  version: Version,
  issues: FieldIssues,
): ProfileConfig {
  const { schedulerName = isOnly ? "default-scheduler" : "", percentageOfNodesToScore: percentage } = written;
  if (schedulerName === "") issues.required(`${path}.schedulerName`);
  checkPercentage(percentage, `${path}.percentageOfNodesToScore`, issues);
  const plugins = readPluginSets(written.plugins ?? {});
  reportRemoved(plugins, `${path}.plugins`, issues);
  return {
    schedulerName,
    ...(percentage === undefined ? {} : { percentageOfNodesToScore: percentage }),
    plugins,
    ...readPluginConfig(written.pluginConfig ?? [], `${path}.pluginConfig`, version, issues),
  };
}

/** Of a profile or of all of them. */
export function checkPercentage(value = 0, path: string, issues: FieldIssues): void {
  if (value < 0 || value > 100) issues.invalid(path, value, "not in valid range [0-100]");
}

function readPluginSets(written: NonNullable<WrittenProfile["plugins"]>): PluginSets {
  const sets = SET_NAMES.map((name): [PluginSetName, PluginSet] => {
    const { enabled = [], disabled = [] } = written[name] ?? {};
    const entries = enabled.map((entry) => ({ name: entry.name ?? "", weight: entry.weight ?? 0 }));
    return [name, { enabled: entries, disabled: disabled.map((entry) => entry.name ?? "") }];
  });
  return Object.fromEntries(sets) as Record<PluginSetName, PluginSet>;
}

function reportRemoved(plugins: PluginSets, path: string, issues: FieldIssues): void {
  for (const point of EXTENSION_POINTS.filter(isCheckedForRemoved)) {
    plugins[point].enabled.forEach(({ name }, index) => {
      if (REMOVED_PLUGINS.has(name)) issues.invalid(`${path}.${point}.enabled[${index}]`, name, WAS_REMOVED);
    });
  }
}

/** Every entry is read, in order, even one whose name came before. */
function readPluginConfig(
  entries: NonNullable<WrittenProfile["pluginConfig"]>,
  path: string,
  version: Version,
  issues: FieldIssues,
): Pick<ProfileConfig, "args" | "otherArgs"> {
  const seen = new Set<string>();
  const typed: [keyof PluginArgs, unknown][] = [];
  const otherArgs = new Map<string, unknown>();
  entries.forEach(({ name = "", args }, index) => {
    const at = `${path}[${index}]`;
    if (seen.has(name)) issues.duplicate(at, name);
    seen.add(name);
    if (REMOVED_PLUGINS.has(name)) issues.invalid(at, name, WAS_REMOVED);
    else if (hasTypedArgs(name)) {
      readTypeMeta(name, args, `${at}.args`, issues);
      typed.push([name, readArgs(name, withoutTypeMeta(args), `${at}.args`, issues, version)]);
    } else {
      otherArgs.set(name, args);
      if (version.catalog.plugins.has(name)) return;
      issues.warning("unknown-plugin", `${at}.name`, `${quoteText(name)} is no plugin, so its args are not read`);
    }
  });
  return { args: { ...defaultArgs(version), ...(Object.fromEntries(typed) as Partial<PluginArgs>) }, otherArgs };
}

/** Args may name their `apiVersion` and `kind`, which are no args. */
export function withoutTypeMeta(args: unknown): unknown {
  if (!isFields(args)) return args;
  const { apiVersion: _, kind: __, ...rest } = args;
  return rest;
}

function readTypeMeta(plugin: string, args: unknown, path: string, issues: FieldIssues): void {
  if (!isFields(args)) return;
  const { apiVersion, kind } = args;
  const meta = object({ apiVersion: string, kind: string }).decode({ apiVersion, kind }, path, issues) ?? {};
  checkArgsMeta(plugin, meta.apiVersion, meta.kind, path, issues);
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
