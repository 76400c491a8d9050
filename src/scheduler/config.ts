/**
 * KubeSchedulerConfiguration v1 to data: strict decoding, defaulting and validation, in kube-scheduler's words (k8s 1.36
 * pkg/scheduler/apis/config; what kube-scheduler finds only when it builds its profiles is found here as well).
 */

import type { Issue } from "../errors.js";
import { checkComponentConfig, componentFields } from "./component-config.js";
import { int32, list, object, raw, string, type Value } from "./decoder.js";
import { EXTENSION_POINTS, IN_TREE_PLUGINS, type PluginRegistry, REMOVED_PLUGINS } from "./default-plugins.js";
import { checkExtenders, type ExtenderConfig, extenders, resourcesIgnoredByScheduler } from "./extender-config.js";
import { FieldIssues } from "./field-issues.js";
import { hasTypedArgs, type PluginArgs, readPluginArgs } from "./plugin-args.js";
import { expandPlugins, isPluginNeeded, type PluginSet, type PluginSetName, type PluginSets } from "./plugin-sets.js";

export const API_VERSION = "kubescheduler.config.k8s.io/v1";
export const KIND = "KubeSchedulerConfiguration";

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

/** A KubeSchedulerConfiguration as far as it decides where a pod goes. */
export interface SchedulerConfig {
  /** At least one. */
  readonly profiles: readonly ProfileConfig[];
  /** 0 to 100; 0 is adaptive. */
  readonly percentageOfNodesToScore: number;
  readonly extenders: readonly ExtenderConfig[];
}

export interface DecodeOptions {
  /** Extension points of plugins that are not kube-scheduler's own, by name; a profile may enable these too. */
  readonly plugins?: PluginRegistry;
  /**
   * Whether `apiVersion` and `kind` must be there, as kube-scheduler demands of a file. By default an object made in code,
   * such as `{ profiles: [...] }`, may leave them out; present, they must be right.
   */
  readonly requireTypeMeta?: boolean;
}

const pluginEntries = list(object({ name: string, weight: int32 }));
const pluginSet = object({ enabled: pluginEntries, disabled: pluginEntries });
const SET_NAMES = ["multiPoint", ...EXTENSION_POINTS] as const;
const profile = object({
  schedulerName: string,
  percentageOfNodesToScore: int32,
  plugins: object(
    Object.fromEntries(SET_NAMES.map((name) => [name, pluginSet])) as Record<PluginSetName, typeof pluginSet>,
  ),
  pluginConfig: list(object({ name: string, args: raw })),
});
const configuration = object({
  apiVersion: string,
  kind: string,
  ...componentFields,
  percentageOfNodesToScore: int32,
  profiles: list(profile),
  extenders,
});

/**
 * Reads a KubeSchedulerConfiguration (a parsed object). Every problem is in `issues`, with its path; when one of them is an
 * error, `config` is what could be made out and must not be scheduled with. Fields that decide nothing here (leader
 * election, client connection, parallelism, backoff, profiling) are checked and dropped without a word; extenders are
 * carried and a warning says that they are not called.
 */
export function decodeConfig(
  value: unknown,
  options: DecodeOptions = {},
): { readonly config: SchedulerConfig; readonly issues: readonly Issue[] } {
  const issues = new FieldIssues();
  const decoded = configuration.decode(value ?? null, "", issues) ?? {};
  if (value === null || value === undefined) issues.wrongType("", "an object", value ?? null);
  checkTypeMeta(decoded.apiVersion, decoded.kind, options.requireTypeMeta ?? false, issues);
  checkComponentConfig(decoded, issues);
  const { percentageOfNodesToScore = 0, extenders: extenderConfigs = [] } = decoded;
  checkPercentage(percentageOfNodesToScore, "percentageOfNodesToScore", issues);
  checkExtenders(extenderConfigs, "extenders", issues);

  const written = decoded.profiles?.length ? decoded.profiles : [{}];
  const registry = withInTreePlugins(options.plugins);
  const isOnly = written.length === 1;
  const profiles = written.map((each, index) => readProfile(each, isOnly, `profiles[${index}]`, registry, issues));
  checkSchedulerNames(profiles, issues);
  checkQueueSort(profiles, registry, issues);
  return {
    config: {
      profiles: leaveResourcesToExtenders(profiles, written, extenderConfigs, issues),
      percentageOfNodesToScore,
      extenders: extenderConfigs,
    },
    issues: issues.list,
  };
}

/** Every plugin that a profile may name. */
export function withInTreePlugins(plugins: PluginRegistry | undefined): PluginRegistry {
  return plugins === undefined ? IN_TREE_PLUGINS : new Map([...IN_TREE_PLUGINS, ...plugins]);
}

function checkTypeMeta(apiVersion = "", kind = "", isRequired: boolean, issues: FieldIssues): void {
  const old = /^kubescheduler\.config\.k8s\.io\/(v1beta[123]|v1alpha[12])$/.exec(apiVersion)?.[1];
  if (apiVersion === "") {
    if (isRequired) issues.required("apiVersion", `set it to ${API_VERSION}`);
  } else if (old !== undefined) {
    const message = `kube-scheduler no longer reads ${old}: set apiVersion to ${API_VERSION} and remove fields reported as unknown`;
    issues.error("unsupported-version", "apiVersion", message);
  } else if (apiVersion !== API_VERSION) issues.unsupported("apiVersion", apiVersion, [API_VERSION]);
  if (kind === "") {
    if (isRequired) issues.required("kind", `set it to ${KIND}`);
  } else if (kind !== KIND) issues.unsupported("kind", kind, [KIND]);
}

function readProfile(
  written: Value<typeof profile>,
  isOnly: boolean,
  path: string,
  registry: PluginRegistry,
  issues: FieldIssues,
): ProfileConfig {
  const { schedulerName = isOnly ? "default-scheduler" : "", percentageOfNodesToScore: percentage } = written;
  if (schedulerName === "") issues.required(`${path}.schedulerName`);
  if (percentage !== undefined) checkPercentage(percentage, `${path}.percentageOfNodesToScore`, issues);
  const plugins = readPluginSets(written.plugins ?? {});
  reportRemoved(plugins, `${path}.plugins`, issues);
  return {
    schedulerName,
    ...(percentage === undefined ? {} : { percentageOfNodesToScore: percentage }),
    plugins,
    ...readPluginConfig(written.pluginConfig ?? [], `${path}.pluginConfig`, registry, issues),
  };
}

function readPluginSets(written: NonNullable<Value<typeof profile>["plugins"]>): PluginSets {
  const sets = SET_NAMES.map((name): [PluginSetName, PluginSet] => {
    const { enabled = [], disabled = [] } = written[name] ?? {};
    const entries = enabled.map((entry) => ({ name: entry.name ?? "", weight: entry.weight ?? 0 }));
    return [name, { enabled: entries, disabled: disabled.map((entry) => entry.name ?? "") }];
  });
  return Object.fromEntries(sets) as Record<PluginSetName, PluginSet>;
}

function reportRemoved(plugins: PluginSets, path: string, issues: FieldIssues): void {
  for (const set of SET_NAMES) {
    plugins[set].enabled.forEach(({ name }, index) => {
      if (REMOVED_PLUGINS.has(name)) issues.invalid(`${path}.${set}.enabled[${index}]`, name, WAS_REMOVED);
    });
  }
}

const WAS_REMOVED = `was invalid in version "v1" (KubeSchedulerConfiguration is version "${API_VERSION}")`;

function readPluginConfig(
  entries: NonNullable<Value<typeof profile>["pluginConfig"]>,
  path: string,
  registry: PluginRegistry,
  issues: FieldIssues,
): Pick<ProfileConfig, "args" | "otherArgs"> {
  const args = new Map<string, unknown>();
  const paths = new Map<string, string>();
  entries.forEach(({ name = "", args: given }, index) => {
    const at = `${path}[${index}]`;
    if (args.has(name)) issues.duplicate(at, name);
    else if (REMOVED_PLUGINS.has(name)) issues.invalid(at, name, WAS_REMOVED);
    else if (!registry.has(name)) {
      issues.warning("unknown-plugin", `${at}.name`, `${JSON.stringify(name)} is no plugin, so its args are not read`);
    }
    args.set(name, hasTypedArgs(name) ? withoutTypeMeta(name, given, `${at}.args`, issues) : given);
    paths.set(name, `${at}.args`);
  });
  const otherArgs = new Map([...args].filter(([name]) => !hasTypedArgs(name)));
  return { args: readPluginArgs(args, (name) => paths.get(name) ?? path, issues), otherArgs };
}

/** Args may repeat the apiVersion and name their kind, which is the plugin's name and `Args`. */
function withoutTypeMeta(name: string, args: unknown, path: string, issues: FieldIssues): unknown {
  if (typeof args !== "object" || args === null || Array.isArray(args)) return args;
  const { apiVersion, kind, ...rest } = args as Readonly<Record<string, unknown>>;
  const meta = object({ apiVersion: string, kind: string }).decode({ apiVersion, kind }, path, issues) ?? {};
  if (meta.apiVersion && meta.apiVersion !== API_VERSION) {
    issues.unsupported(`${path}.apiVersion`, meta.apiVersion, [API_VERSION]);
  }
  if (meta.kind && meta.kind !== `${name}Args`) issues.unsupported(`${path}.kind`, meta.kind, [`${name}Args`]);
  return rest;
}

function checkPercentage(value: number, path: string, issues: FieldIssues): void {
  if (value < 0 || value > 100) issues.invalid(path, value, "not in valid range [0-100]");
}

function checkSchedulerNames(profiles: readonly ProfileConfig[], issues: FieldIssues): void {
  const seen = new Set<string>();
  profiles.forEach(({ schedulerName }, index) => {
    if (schedulerName !== "" && seen.has(schedulerName)) {
      issues.duplicate(`profiles[${index}].schedulerName`, schedulerName);
    }
    seen.add(schedulerName);
  });
}

/** Expands every profile for what that reports, and holds all of them to the first one's queue order. */
function checkQueueSort(profiles: readonly ProfileConfig[], registry: PluginRegistry, issues: FieldIssues): void {
  const [first, ...others] = profiles.map((each, index) => {
    const { points } = expandPlugins(each.plugins, each.schedulerName, registry, `profiles[${index}].plugins`, issues);
    const plugin = points.queueSort[0] ?? "";
    return { name: each.schedulerName, set: each.plugins.queueSort, plugin, args: each.otherArgs.get(plugin) };
  });
  others.forEach(({ name, set, plugin, args }, index) => {
    const path = `profiles[${index + 1}]`;
    if (!isSameJson(set, first?.set)) {
      issues.invalid(`${path}.plugins.queueSort`, set, "must be the same for all profiles");
    } else if (plugin !== first?.plugin) {
      const names = `${JSON.stringify(plugin)}, first: ${JSON.stringify(first?.plugin)}`;
      const message = `different queue sort plugins for profile ${JSON.stringify(name)}: ${names}`;
      issues.error("invalid-value", `${path}.plugins`, message);
    } else if (!isSameJson(args, first.args)) {
      const message = `different queue sort plugin args for profile ${JSON.stringify(name)}`;
      issues.error("invalid-value", `${path}.pluginConfig`, message);
    }
  });
}

/**
 * Resources that an extender manages and the scheduler ignores replace NodeResourcesFit's `ignoredResources` in every
 * profile (k8s 1.36 pkg/scheduler/scheduler.go, buildExtenders).
 */
function leaveResourcesToExtenders(
  profiles: readonly ProfileConfig[],
  written: readonly Value<typeof profile>[],
  configs: readonly ExtenderConfig[],
  issues: FieldIssues,
): readonly ProfileConfig[] {
  if (configs.length > 0) {
    const message = "extenders are not called: decisions are made as if each took every node and preferred none";
    issues.warning("no-effect", "extenders", message);
  }
  const ignoredResources = resourcesIgnoredByScheduler(configs);
  if (ignoredResources.length === 0) return profiles;
  return profiles.map((each, index) => {
    const hasArgs = (written[index]?.pluginConfig ?? []).some((entry) => entry.name === "NodeResourcesFit");
    if (!hasArgs && !isPluginNeeded(each.plugins, "NodeResourcesFit")) {
      issues.error(
        "missing-value",
        `profiles[${index}].pluginConfig`,
        "can't find NodeResourcesFitArgs in plugin config",
      );
    }
    return {
      ...each,
      args: { ...each.args, NodeResourcesFit: { ...each.args.NodeResourcesFit, ignoredResources } },
    };
  });
}

/** Whether two values say the same as JSON, whatever the order of fields. */
function isSameJson(one: unknown, other: unknown): boolean {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  try {
    return JSON.stringify(one, sorted) === JSON.stringify(other, sorted);
  } catch {
    // What JSON cannot say (a cycle, a nesting beyond the stack) is nobody's equal.
    return false;
  }
}
