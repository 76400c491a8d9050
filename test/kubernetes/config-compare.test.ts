/**
 * Method: seeded random KubeSchedulerConfigurations go to the real scheduler's decoder, validator and framework, and to
 * decodeConfig and buildProfiles: same verdict, same sentences, same plugins in order, same args. Kept answers need no oracle.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Issue } from "../../src/errors.js";
import type { Compat } from "../../src/kube/compat.js";
import { VERSIONS } from "../../src/scheduler/compat.js";
import { decodeConfig, type SchedulerConfig } from "../../src/scheduler/config.js";
import { POD_POINTS } from "../../src/scheduler/default-plugins.js";
import type { PluginArgs } from "../../src/scheduler/plugin-args.js";
import { isPluginNeeded } from "../../src/scheduler/plugin-sets.js";
import { buildProfiles } from "../../src/scheduler/profile.js";
import { configurations } from "./config-arbitraries.js";
import { buildTexts, type Stage, stageOf, unknownFieldsText, upstreamLine } from "./config-errors.js";
import { readGolden } from "./config-golden.js";
import { askAboutConfigs, type ConfigAnswer } from "./config-oracle.js";
import { oracleAvailable } from "./oracle.js";

const SEED = Number(process.env.STOWAGE_SEED ?? 20_361);
const COUNT = Number(process.env.STOWAGE_CONFIGS ?? 400);

interface Entry {
  readonly name?: string;
}

interface Written {
  readonly profiles?: readonly { readonly pluginConfig?: readonly Entry[] }[];
}

/** Paths of the args of one plugin. */
function argsPaths({ profiles = [] }: Written, plugin: string): string[] {
  return profiles.flatMap(({ pluginConfig }, index) =>
    (Array.isArray(pluginConfig) ? pluginConfig : []).flatMap(({ name }, at) =>
      name === plugin ? [`profiles[${index}].pluginConfig[${at}].args`] : [],
    ),
  );
}

function pluginAt({ profiles = [] }: Written, entry: string): string {
  const [, profile, at] = /\[(\d+)\]\.pluginConfig\[(\d+)\]/.exec(entry) ?? [];
  return profiles[Number(profile)]?.pluginConfig?.[Number(at)]?.name ?? "";
}

/** @returns what was compared. */
function compareErrors(answer: ConfigAnswer, errors: readonly Issue[], written: Written): Stage | "taken" {
  const fitPaths = argsPaths(written, "NodeResourcesFit");
  const of = (stage: Stage) => errors.filter((issue) => stageOf(issue, fitPaths) === stage);
  const { stage, errors: lines = [] } = answer;
  const found = of("decode").length > 0 ? "decode" : of("validate").length > 0 ? "validate" : "build";
  expect(errors.length === 0 ? undefined : found).toBe(stage);
  if (stage === "decode" && of("decode").every(({ code }) => code === "unknown-field")) {
    expect(unknownFieldsText(of("decode"), (entry) => pluginAt(written, entry))).toBe(lines[0]);
  } else if (stage === "validate") {
    expect(of("validate").map(upstreamLine).sort()).toEqual(lines.map(withoutKeyInPath).sort());
  } else if (stage === "build") {
    const texts = buildTexts(of("build"), fitPaths);
    expect(texts.filter((text) => lines[0]?.endsWith(`: ${text}`) ?? false)).not.toEqual([]);
  }
  return stage ?? "taken";
}

/** Upstream writes the label's key behind the index of a bad value, as if the value were an object. */
function withoutKeyInPath(line: string): string {
  return line.replace(/^([\w.[\]]+\.values\[\d+\])\[[^\]]*\]: /, "$1: ");
}

function compareProfiles(answer: ConfigAnswer, config: SchedulerConfig, compat: Compat): void {
  const { catalog } = VERSIONS[compat];
  const { profiles = {}, config: defaulted } = answer;
  const { percentageOfNodesToScore: percentageOfAll = 0 } = config;
  expect(percentageOfAll).toBe(defaulted?.percentageOfNodesToScore);
  const names = defaulted?.profiles.map((profile) => profile.schedulerName);
  expect(config.profiles.map((profile) => profile.schedulerName)).toEqual(names);
  buildProfiles(config, { compat }).forEach((profile, index) => {
    for (const point of POD_POINTS) {
      const set = profiles[profile.schedulerName]?.[`${point.charAt(0).toUpperCase()}${point.slice(1)}`];
      const upstream = (set?.Enabled ?? []).map(({ Name: name, Weight: weight }) =>
        point === "score" ? { name, weight } : name,
      );
      expect(profile[point], point).toEqual(upstream);
    }
    const upstream = defaulted?.profiles[index];
    expect(config.profiles[index]?.percentageOfNodesToScore).toBe(upstream?.percentageOfNodesToScore);
    for (const { name, args } of upstream?.pluginConfig ?? []) {
      // The args of a NodeResourcesFit that does not run are not validated, so anything may be in them.
      const isRead = name !== "NodeResourcesFit" || isPluginNeeded(config.profiles[index]!.plugins, name, catalog);
      if (isRead) compareArgs(name, args, profile.args);
    }
  });
}

function compareArgs(name: string, args: object | undefined, all: PluginArgs): void {
  const ours = { ...all, DynamicResources: timeouts(all.DynamicResources) }[name as keyof PluginArgs];
  if (ours === undefined) return;
  const { apiVersion: _, kind: __, ...rest } = (args ?? {}) as Readonly<Record<string, unknown>>;
  expect(nonZero(ours), name).toEqual(nonZero(rest));
}

/** Only whole seconds and the like come back as they were, so these are compared as numbers of milliseconds. */
function timeouts({ filterTimeoutMs, bindingTimeoutMs }: PluginArgs["DynamicResources"]): object {
  return { filterTimeout: filterTimeoutMs, bindingTimeout: bindingTimeoutMs };
}

/** Zero values mean the same as absent ones in every kind of args, and upstream prints some of them. */
function nonZero(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((each) => nonZero(each) ?? {});
  if (typeof value === "string" && /^[\d.]+[a-z\u00b5]/.test(value)) return goMilliseconds(value);
  if (typeof value !== "object" || value === null) return value || undefined;
  const fields = Object.entries(value).map(([key, each]) => [key, nonZero(each)] as const);
  const kept = fields.filter(([, each]) => each !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

const UNIT_MS: Readonly<Record<string, number>> = { ns: 1e-6, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 3.6e6 };

/** Of what Go prints for a duration; any other text is itself. */
function goMilliseconds(text: string): number | string | undefined {
  if (!/^(?:[\d.]+(?:ns|µs|ms|s|m|h))+$/.test(text)) return text;
  let sum = 0;
  for (const [, count, unit = ""] of text.matchAll(/([\d.]+)(ns|µs|ms|s|m|h)/g)) sum += Number(count) * UNIT_MS[unit]!;
  return Math.round(sum * 1e6) / 1e6 || undefined;
}

function compareAll(
  configs: readonly object[],
  answers: readonly ConfigAnswer[],
  compat: Compat,
): Record<string, number> {
  const counts: Record<string, number> = { decode: 0, validate: 0, build: 0, taken: 0 };
  configs.forEach((written, index) => {
    const answer = answers[index]!;
    const { config, issues } = decodeConfig(written, { requireTypeMeta: true, compat });
    const errors = issues.filter(({ severity }) => severity === "error");
    try {
      const what = compareErrors(answer, errors, written);
      counts[what] = (counts[what] ?? 0) + 1;
      if (what === "taken") compareProfiles(answer, config, compat);
    } catch (error) {
      const shown = { ...answer, profiles: undefined, config: undefined };
      console.error(`configuration ${index}: ${JSON.stringify(written)}\n${JSON.stringify(shown)}`);
      console.error(JSON.stringify(errors));
      throw error;
    }
  });
  return counts;
}

describe("configuration, against the real scheduler", () => {
  test("agrees with the answers that are kept, in every step", () => {
    const { version, configs, answers } = readGolden();
    const counts = compareAll(configs, answers, "1.36");
    console.info(`${configs.length} configurations, answered by ${version}: ${JSON.stringify(counts)}`);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(configs.length / 20);
  });

  for (const compat of Object.keys(VERSIONS) as Compat[]) {
    const reason = oracleAvailable(compat);
    if (reason !== undefined) console.warn(`skipped: ${reason}`);

    test.skipIf(reason !== undefined)(`agrees with the oracle of ${compat}, in every step`, () => {
      const configs = fc.sample(configurations, { seed: SEED, numRuns: COUNT });
      const counts = compareAll(configs, askAboutConfigs(configs, compat), compat);
      console.info(`${compat}, seed ${SEED}: ${JSON.stringify(counts)}`);
      expect(Math.min(...Object.values(counts))).toBeGreaterThan(COUNT / 20);
    });
  }
});
