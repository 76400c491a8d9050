/** The flags of `stowage extender` that need reading: durations, sizes, addresses, and what it decides by. */

import { type Issue, IssuesError, StowageError } from "../../errors.js";
import type { ExtenderOptions } from "../../extender/extender.js";
import type { ServerOptions } from "../../extender/server.js";
import type { Compat } from "../../kube/compat.js";
import { extendedResourceNameErrors } from "../../kube/names.js";
import { parseQuantity, quantityValue } from "../../kube/quantity.js";
import { decodeConfig } from "../../scheduler/config.js";
import { parseDuration } from "../../scheduler/duration.js";
import type { ExtenderConfig } from "../../scheduler/extender-config.js";
import { type Plugin, registryOf } from "../../scheduler/plugin.js";
import { buildProfiles, defaultProfile, type Profile } from "../../scheduler/profile.js";
import { readConfigFile } from "../config-flag.js";
import { flagIssue } from "../flag-issue.js";
import { importPlugins } from "../plugins-flag.js";
import type { ExtenderArguments } from "./extender-options.js";

export interface ExtenderSettings {
  readonly deciding: Omit<ExtenderOptions, "source" | "binder"> & { readonly managedResources: readonly string[] };
  readonly serving: Pick<ServerOptions, "host" | "port" | "tls" | "bodyLimitBytes" | "concurrency">;
  /** Annotations by the resource whose capacity they hold. */
  readonly capacityFrom: ReadonlyMap<string, string>;
  /** What a whole scheduler would run, for the choice of what to watch. */
  readonly profiles: readonly Profile[];
  readonly drainDelayMs: number;
  readonly warnings: readonly Issue[];
}

/** @throws IssuesError ERR_INPUT with everything that is wrong with the flags and the files they name. */
export async function readExtenderSettings(args: ExtenderArguments): Promise<ExtenderSettings> {
  const issues: Issue[] = [];
  const { plugins, issues: bad } = await importPlugins(args.plugin ?? []);
  issues.push(...bad);
  const file =
    args.config === undefined ? undefined : await readConfigFile(args.config, plugins, args.compat as Compat);
  issues.push(...(file?.issues ?? []));
  const managedResources = managedBy(args, file?.config as object | undefined, issues);
  const settings = {
    deciding: {
      ...(file?.config !== undefined && { config: file.config as object }),
      plugins,
      managedResources,
      scoreMap: args.scoreMap as NonNullable<ExtenderOptions["scoreMap"]>,
      promiseTtlMs: durationMs("--promise-ttl", args.promiseTtl, issues),
      budgetMs: durationMs("--budget", args.budget, issues),
      onBudget: args.onBudget as NonNullable<ExtenderOptions["onBudget"]>,
    },
    serving: serving(args, issues),
    capacityFrom: capacityAnnotations(args.capacityFrom ?? [], managedResources, issues),
    drainDelayMs: durationMs("--drain-delay", args.drainDelay, issues),
  };
  const errors = issues.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new IssuesError("ERR_INPUT", errors);
  return { ...settings, profiles: profilesOf(args, plugins, file?.config), warnings: issues };
}

function profilesOf({ compat: version }: ExtenderArguments, plugins: readonly Plugin[], config: object | undefined) {
  const compat = version as Compat;
  if (config === undefined) return [defaultProfile(compat)];
  const options = { plugins: registryOf(plugins), compat };
  return buildProfiles(decodeConfig(config, options).config, options);
}

function serving(args: ExtenderArguments, issues: Issue[]): ExtenderSettings["serving"] {
  const { host, port } = addressOf(args, issues);
  const { tlsCert: certFile, tlsKey: keyFile, tlsClientCa: clientCaFile } = args;
  const tls = certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
  return {
    host,
    port,
    ...(tls && { tls: { ...tls, ...(clientCaFile !== undefined && { clientCaFile }) } }),
    bodyLimitBytes: bytes("--body-limit", args.bodyLimit, issues),
    concurrency: count("--concurrency", args.concurrency, issues),
  };
}

function addressOf(
  { listen, tlsCert, insecurePublic }: ExtenderArguments,
  issues: Issue[],
): { host: string; port: number } {
  const flag = `--listen ${listen}`;
  const [, bracketed, plain, digits = ""] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(listen) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535) {
    issues.push(flagIssue(flag, "is not an address and a port, as in 127.0.0.1:10266 or [::1]:10266"));
    return { host: "", port: 0 };
  }
  const isOpen = tlsCert === undefined && insecurePublic !== true;
  if (isOpen && !isLoopback(host)) {
    const message =
      "is public, and anybody there could ask; give --tls-cert and --tls-key, or --insecure-public if that is meant";
    issues.push(flagIssue(flag, message));
  }
  return { host: host === "" ? "::" : host, port };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Those of the flag, else those of the only extender that the configuration names. */
function managedBy({ managedResource }: ExtenderArguments, config: object | undefined, issues: Issue[]): string[] {
  if (managedResource !== undefined) {
    for (const name of managedResource) {
      for (const error of extendedResourceNameErrors(name)) issues.push(flagIssue(`--managed-resource ${name}`, error));
    }
    return [...new Set(managedResource)];
  }
  const { extenders = [] } = (config ?? {}) as { readonly extenders?: readonly ExtenderConfig[] };
  const [only, ...others] = extenders;
  return others.length > 0 ? [] : (only?.managedResources ?? []).map(({ name = "" }) => name);
}

function capacityAnnotations(
  values: readonly string[],
  managed: readonly string[],
  issues: Issue[],
): Map<string, string> {
  const annotations = new Map<string, string>();
  for (const value of values) {
    const flag = `--capacity-from ${value}`;
    const [, resource = managed.length === 1 ? managed[0] : undefined, annotation = ""] =
      /^(?:([^=]*)=)?(.*)$/.exec(value) ?? [];
    if (resource === undefined) issues.push(flagIssue(flag, "say of which resource, as RESOURCE=ANNOTATION"));
    else if (!managed.includes(resource))
      issues.push(flagIssue(flag, `${resource} is not among the managed resources`));
    else annotations.set(resource, annotation);
  }
  return annotations;
}

function durationMs(flag: string, text: string, issues: Issue[]): number {
  const duration = parseDuration(text);
  if (duration !== undefined && duration.ms >= 0) return duration.ms;
  issues.push(flagIssue(`${flag} ${text}`, "is not a duration, as in 500ms or 1m30s"));
  return 0;
}

function bytes(flag: string, text: string, issues: Issue[]): number {
  try {
    const value = quantityValue(parseQuantity(text));
    if (value > 0) return value;
    issues.push(flagIssue(`${flag} ${text}`, "is not more than 0"));
  } catch (error) {
    if (!(error instanceof StowageError)) throw error;
    issues.push(flagIssue(`${flag} ${text}`, "is not a number of bytes, as in 64Mi"));
  }
  return 1;
}

function count(flag: string, text: string, issues: Issue[]): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 1_000_000) return value;
  issues.push(flagIssue(`${flag} ${text}`, "is not a whole number from 1 to 1000000"));
  return 1;
}
