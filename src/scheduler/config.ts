/**
 * KubeSchedulerConfiguration v1 to data: strict decoding, defaulting and validation, in kube-scheduler's words (k8s 1.36
 * and 1.37 pkg/scheduler/apis/config; what kube-scheduler finds only when it builds its profiles is found here as well).
 */

import type { Issue } from "../errors.js";
import { type Compat, DEFAULT_COMPAT } from "../kube/compat.js";
import { type Quirks, VERSIONS, type Version } from "./compat.js";
import { checkBackoff, checkProcess, componentFields } from "./component-config.js";
import { int32, object, string } from "./decoder.js";
import { type PluginRegistry, withPlugins } from "./default-plugins.js";
import { checkExtenders, type ExtenderConfig, extenders } from "./extender-config.js";
import { FieldIssues } from "./field-issues.js";
import { buildAll } from "./profile-build.js";
import {
  checkPercentage,
  type ProfileConfig,
  profileList,
  readProfile,
  type WrittenProfile,
} from "./profile-config.js";
import { checkQueueSortLists } from "./queue-sort.js";
import { checkTypeMeta } from "./type-meta.js";

/** A KubeSchedulerConfiguration as far as it decides where a pod goes. */
export interface SchedulerConfig {
  /** At least one. */
  readonly profiles: readonly ProfileConfig[];
  /** 0 to 100; 0 is adaptive; absent where the configuration does not say. */
  readonly percentageOfNodesToScore?: number;
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
  /** The version of kube-scheduler that the configuration is for. Default "1.36". */
  readonly compat?: Compat;
  /** Bugs of that version to emulate or not; those left out are as in that version. */
  readonly quirks?: Partial<Quirks>;
}

function configuration({ catalog }: Version) {
  return object({
    apiVersion: string,
    kind: string,
    ...componentFields,
    percentageOfNodesToScore: int32,
    profiles: profileList(catalog),
    extenders,
  });
}

/**
 * Reads a KubeSchedulerConfiguration (a parsed object). Every problem is in `issues`, with its path and beginning with
 * kube-scheduler's sentence; when one of them is an error, `config` is what could be made out and must not be scheduled
 * with. Fields that decide nothing here (leader election, client connection, parallelism, backoff, profiling) are checked
 * and dropped without a word; extenders are carried and a warning says that they are not called.
 */
export function decodeConfig(
  value: unknown,
  options: DecodeOptions = {},
): { readonly config: SchedulerConfig; readonly issues: readonly Issue[] } {
  const issues = new FieldIssues();
  const { plugins, requireTypeMeta = false, compat = DEFAULT_COMPAT, quirks } = options;
  const version = { ...VERSIONS[compat], ...quirks, catalog: withPlugins(VERSIONS[compat].catalog, plugins) };
  const decoded = configuration(version).decode(value ?? null, "", issues) ?? {};
  if (value === null || value === undefined) issues.wrongType("", "an object", value ?? null);
  checkTypeMeta(decoded.apiVersion, decoded.kind, requireTypeMeta, issues);
  checkProcess(decoded, issues);
  const { percentageOfNodesToScore: percentage, extenders: extenderConfigs = [] } = decoded;
  const written = decoded.profiles?.length ? decoded.profiles : [{}];
  const profiles = readProfiles(written, version, issues);
  checkPercentage(percentage, "percentageOfNodesToScore", issues);
  checkBackoff(decoded, issues);
  checkExtenders(extenderConfigs, "extenders", issues);
  if (extenderConfigs.length > 0) {
    const message = "extenders are not called: decisions are made as if each took every node and preferred none";
    issues.warning("no-effect", "extenders", message);
  }
  const built = buildAll(profiles, written, extenderConfigs, version, issues);
  return {
    config: {
      profiles: built,
      ...(percentage !== undefined && { percentageOfNodesToScore: percentage }),
      extenders: extenderConfigs,
    },
    issues: issues.list,
  };
}

function readProfiles(
  written: readonly WrittenProfile[],
  version: Version,
  issues: FieldIssues,
): readonly ProfileConfig[] {
  const firstOfName = new Map<string, number>();
  const profiles = written.map((each, index) => {
    const path = `profiles[${index}]`;
    const profile = readProfile(each, written.length === 1, path, version, issues);
    const { schedulerName: name } = profile;
    const first = firstOfName.get(name);
    if (first === undefined) firstOfName.set(name, index);
    else {
      // Upstream prints where the name is taken as an object without fields.
      const message = `Duplicate value: {}: the name is that of profiles[${first}]`;
      issues.error("duplicate-value", `${path}.schedulerName`, message);
    }
    return profile;
  });
  const pluginConfigs = written.map(({ pluginConfig = [] }) =>
    pluginConfig.map(({ name = "", args }) => ({ name, args })),
  );
  checkQueueSortLists(profiles, pluginConfigs, issues);
  return profiles;
}
