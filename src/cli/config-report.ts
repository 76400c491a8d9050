/** What `stowage config check` says about files, as data: schema/config-check.v1.json. */

import type { Issue } from "../errors.js";
import type { Compat } from "../kube/compat.js";
import { componentFields } from "../scheduler/component-config.js";
import type { PluginRegistry } from "../scheduler/default-plugins.js";
import { NOT_RUN } from "../scheduler/not-run.js";
import { defaultProfile, type Profile } from "../scheduler/profile.js";
import { diffProfiles, type ProfileDiff, pluginsOf } from "../scheduler/profile-diff.js";
import { type ConfigFile, readConfigText } from "./config-file.js";
import type { InputText } from "./inputs.js";

export interface ConfigReport {
  readonly schemaVersion: "stowage/config-check.v1";
  /** The version of kube-scheduler that the files are read as, and whose default they are held against. */
  readonly compat: Compat;
  /** First those that could not be read at all, then the others, each in the order in which they were named. */
  readonly files: readonly FileReport[];
}

export interface FileReport {
  readonly file: string;
  readonly valid: boolean;
  /** Errors and warnings, by line. */
  readonly issues: readonly Issue[];
  /** Of a valid file, in its order; empty for any other. */
  readonly profiles: readonly ProfileReport[];
  /** Fields that are read and decide nothing here, with their lines. */
  readonly noEffect: readonly Place[];
}

export interface Place {
  readonly path: string;
  readonly line?: number;
}

/** What a profile does differently from kube-scheduler's default. */
export interface ProfileReport extends ProfileDiff {
  readonly schedulerName: string;
  /** 0 to 100; 0 is adaptive; null where nothing is given, and every node is looked at. */
  readonly percentageOfNodesToScore: number | null;
  /** Plugins that the profile enables and that are not run here, and whom that touches. */
  readonly notRun: readonly { readonly name: string; readonly touches: string }[];
}

/** Args that matter to a running kube-scheduler alone, by plugin. */
const TIMEOUTS: ReadonlyMap<string, readonly string[]> = new Map([
  ["VolumeBinding", ["bindTimeoutSeconds"]],
  ["DynamicResources", ["filterTimeout", "bindingTimeout"]],
]);

/** @param unread what could not be read at all, one issue a name. */
export function makeReport(
  texts: readonly InputText[],
  unread: readonly Issue[],
  plugins: PluginRegistry,
  compat: Compat,
): ConfigReport {
  const missing = unread.map((issue) => badFile(issue.file ?? "", [issue]));
  const byDefault = defaultProfile(compat);
  const read = texts.map((text) => reportFile(text.file, readConfigText(text, plugins, compat), byDefault));
  return {
    schemaVersion: "stowage/config-check.v1",
    compat,
    files: [...missing, ...read],
  };
}

function badFile(file: string, issues: readonly Issue[]): FileReport {
  return { file, valid: false, issues: byLine(issues), profiles: [], noEffect: [] };
}

function reportFile(file: string, { object, decoded, issues, locate }: ConfigFile, byDefault: Profile): FileReport {
  if (decoded === undefined) return badFile(file, issues);
  const { config, profiles } = decoded;
  return {
    file,
    valid: true,
    issues: byLine([...issues, ...locate(samplingWarnings(config.percentageOfNodesToScore, profiles))]),
    profiles: profiles.map((profile) => reportProfile(profile, byDefault)),
    noEffect: locate(idlePaths(object).map(pathAsIssue)).map(({ path, line }) => ({
      path,
      ...(line !== undefined && { line }),
    })),
  };
}

function reportProfile(profile: Profile, byDefault: Profile): ProfileReport {
  const notRun = [...pluginsOf(profile)].flatMap((name) => {
    const touches = NOT_RUN.get(name);
    return touches === undefined ? [] : [{ name, touches }];
  });
  const { schedulerName, percentageOfNodesToScore = null } = profile;
  return { schedulerName, percentageOfNodesToScore, ...diffProfiles(byDefault, profile), notRun };
}

/** @param ofAll the configuration's own, which profiles without one share. */
function samplingWarnings(ofAll: number | undefined, profiles: readonly Profile[]): Issue[] {
  return profiles.flatMap(({ schedulerName, percentageOfNodesToScore: percentage }, index) => {
    if (percentage === undefined || percentage === 100) return [];
    const isShared = percentage === ofAll;
    const path = `${isShared ? "" : `profiles[${index}].`}percentageOfNodesToScore`;
    const share = percentage === 0 ? "50 % less 1 % for every 125 nodes, but at least 5 %," : `${percentage} %`;
    const message = `pods of ${schedulerName} are scored on a sample: the search ends when ${share} of the nodes, and at least 100, are found to fit`;
    return [{ code: "sampling", severity: "warning", path, message }];
  });
}

/** Paths of the fields that were written and decide nothing. */
function idlePaths(object: unknown): string[] {
  const { profiles = [], ...fields } = object as {
    readonly profiles?: readonly { readonly pluginConfig?: readonly PluginConfig[] | null }[] | null;
  };
  const args = (profiles ?? []).flatMap(({ pluginConfig }, index) =>
    (pluginConfig ?? []).flatMap(({ name = "", args: given }, at) =>
      (TIMEOUTS.get(name) ?? [])
        .filter((field) => given?.[field] !== undefined)
        .map((field) => `profiles[${index}].pluginConfig[${at}].args.${field}`),
    ),
  );
  return [...Object.keys(fields).filter((name) => Object.hasOwn(componentFields, name)), ...args];
}

interface PluginConfig {
  readonly name?: string;
  readonly args?: Readonly<Record<string, unknown>> | null;
}

function pathAsIssue(path: string): Issue {
  return { code: "no-effect", severity: "warning", path, message: "" };
}

/** Issues without a line come first. */
function byLine(issues: readonly Issue[]): Issue[] {
  return issues.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
}
