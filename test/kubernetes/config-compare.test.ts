/**
 * Method: seeded random KubeSchedulerConfigurations, most of them nearly valid, go to the real scheduler (an oracle binary
 * that builds its profiles) and to decodeConfig and buildProfiles; both must take or refuse each, and agree on the order.
 */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Issue } from "../../src/errors.js";
import { decodeConfig, type SchedulerConfig } from "../../src/scheduler/config.js";
import { EXTENSION_POINTS, type ExtensionPoint, IN_TREE_PLUGINS } from "../../src/scheduler/default-plugins.js";
import { isPluginNeeded } from "../../src/scheduler/plugin-sets.js";
import { buildProfiles, type Profile } from "../../src/scheduler/profile.js";

const ORACLE = process.env.STOWAGE_ORACLE ?? join(homedir(), ".cache/kube-oracle/oracle");
const SEED = Number(process.env.STOWAGE_SEED ?? 20_361);
const COUNT = Number(process.env.STOWAGE_CONFIGS ?? 400);

/** Mostly the first, sometimes something else. */
function mostly<T>(usual: fc.Arbitrary<T>, ...others: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 30, arbitrary: usual as fc.Arbitrary<unknown> }, fc.constantFrom(...others));
}

/** An object with any of these fields, each left out about half of the time. */
function fields(model: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> {
  return mostly(fc.record(model, { requiredKeys: [] }), null, [], "text", { extra: 1 });
}

function pluginNames(point: ExtensionPoint | "multiPoint"): readonly string[] {
  const names = [...IN_TREE_PLUGINS].filter(([, points]) => point === "multiPoint" || points.includes(point));
  return names.map(([name]) => name);
}

function pluginSet(point: ExtensionPoint | "multiPoint"): fc.Arbitrary<unknown> {
  const own = pluginNames(point);
  const name =
    own.length === 0 ? fc.constant("Absent") : mostly(fc.constantFrom(...own), "Absent", "NodeName", "EBSLimits");
  const weight = mostly(fc.integer({ min: 0, max: 9 }), -1, 1.5, "3", null);
  const entry = fc.oneof(fc.record({ name }), fc.record({ name, weight }));
  const disabled = fc.record({ name: mostly(fc.constantFrom(...own, "PodTopologySpread"), "*", "Absent") });
  return fields({ enabled: fc.array(entry, { maxLength: 2 }), disabled: fc.array(disabled, { maxLength: 2 }) });
}

const pointsToVary = EXTENSION_POINTS.filter((point) => pluginNames(point).length > 0);
const plugins = fc.oneof(
  fields({ multiPoint: pluginSet("multiPoint"), score: pluginSet("score") }),
  fc.constantFrom(...pointsToVary).chain((point) => fields({ [point]: pluginSet(point), score: pluginSet("score") })),
);

const resources = fc.array(
  fields({ name: fc.constantFrom("cpu", "memory", "a/b"), weight: mostly(fc.integer({ min: 0, max: 100 }), -1, 101) }),
  { maxLength: 2 },
);
const shape = fc.array(
  fields({ utilization: fc.constantFrom(0, 50, 100, 101), score: fc.constantFrom(0, 5, 10, 11) }),
  {
    maxLength: 2,
  },
);
const requirement = fields({
  key: mostly(fc.constantFrom("disk", "a.b/c"), "-bad", "a/b/c", ""),
  operator: mostly(fc.constantFrom("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"), "in", ""),
  values: mostly(fc.array(fc.constantFrom("ssd", "5", "-5", "a b"), { maxLength: 2 }), null),
});
const term = fields({
  matchExpressions: fc.array(requirement, { maxLength: 2 }),
  matchFields: fc.array(requirement, { maxLength: 1 }),
});
const duration = mostly(fc.constantFrom("1s", "5m", "1m30s", "1500ms", "0"), "5", "-1s", "", null, 3);
const argsByPlugin: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  NodeResourcesFit: fields({
    ignoredResources: fc.array(mostly(fc.constantFrom("a/b", "gpu"), "-"), { maxLength: 2 }),
    ignoredResourceGroups: fc.array(mostly(fc.constantFrom("a", "b.c"), "a/b"), { maxLength: 2 }),
    scoringStrategy: fc.oneof(
      fields({ type: mostly(fc.constantFrom("LeastAllocated", "MostAllocated"), "Other"), resources }),
      fields({ type: fc.constant("RequestedToCapacityRatio"), requestedToCapacityRatio: fields({ shape }), resources }),
    ),
  }),
  NodeResourcesBalancedAllocation: fields({ resources }),
  NodeAffinity: fields({
    addedAffinity: fields({
      requiredDuringSchedulingIgnoredDuringExecution: fields({ nodeSelectorTerms: fc.array(term, { maxLength: 2 }) }),
      preferredDuringSchedulingIgnoredDuringExecution: fc.array(
        fields({ weight: fc.constantFrom(0, 1), preference: term }),
        { maxLength: 2 },
      ),
    }),
  }),
  PodTopologySpread: fields({
    defaultingType: mostly(fc.constantFrom("List", "System"), "Other"),
    defaultConstraints: fc.array(
      fc.record({
        maxSkew: mostly(fc.constant(1), 0),
        topologyKey: mostly(fc.constantFrom("zone", "a/b"), "", "-"),
        whenUnsatisfiable: mostly(fc.constantFrom("DoNotSchedule", "ScheduleAnyway"), "", "Other"),
        labelSelector: mostly(fc.constant(null), {}),
      }),
      { maxLength: 2 },
    ),
  }),
  InterPodAffinity: fields({ hardPodAffinityWeight: mostly(fc.constantFrom(0, 100), -1, 101, 1e10) }),
  DefaultPreemption: fields({
    minCandidateNodesPercentage: mostly(fc.constantFrom(0, 100), -1, 101),
    minCandidateNodesAbsolute: mostly(fc.constantFrom(0, 100), -1),
  }),
  VolumeBinding: fields({
    bindTimeoutSeconds: mostly(fc.constantFrom(0, 600), -1),
    shape: mostly(fc.constant(null), []),
  }),
  DynamicResources: fields({ filterTimeout: duration, bindingTimeout: duration }),
  PrioritySort: fields({}),
  Absent: fields({}),
};
const pluginConfig = fc.array(
  fc
    .constantFrom(...Object.keys(argsByPlugin))
    .chain((name) => fc.record({ name: fc.constant(name), args: argsByPlugin[name]! }, { requiredKeys: ["name"] })),
  { maxLength: 2 },
);
const percentage = mostly(fc.constantFrom(0, 50, 100), -1, 101, "5");
const profile = fc.record(
  {
    schedulerName: mostly(fc.constantFrom("a", "b", "c"), ""),
    percentageOfNodesToScore: percentage,
    plugins,
    pluginConfig,
  },
  { requiredKeys: ["schedulerName"] },
);
const extender = fields({
  urlPrefix: fc.constant("http://127.0.0.1:1"),
  bindVerb: mostly(fc.constant(""), "bind"),
  prioritizeVerb: fc.constantFrom("", "p"),
  weight: fc.constantFrom(0, 1),
  httpTimeout: duration,
  tlsConfig: fields({ insecure: fc.boolean(), caData: mostly(fc.constant(""), "%") }),
  managedResources: fc.array(
    fields({ name: mostly(fc.constantFrom("a/b", "a/c"), "cpu", "-"), ignoredByScheduler: fc.boolean() }),
    { maxLength: 2 },
  ),
});
const configuration = fc.record(
  {
    apiVersion: mostly(fc.constant("kubescheduler.config.k8s.io/v1"), "kubescheduler.config.k8s.io/v1beta3", 1),
    kind: mostly(fc.constant("KubeSchedulerConfiguration"), "Scheduler"),
    profiles: fc.array(profile, { maxLength: 2 }),
    percentageOfNodesToScore: percentage,
    parallelism: mostly(fc.constant(16), 0, -1, 1.5),
    podInitialBackoffSeconds: mostly(fc.constantFrom(1, 10), 0, 20),
    leaderElection: fields({ leaderElect: fc.boolean(), leaseDuration: duration, resourceLock: fc.constant("leases") }),
    clientConnection: fields({ burst: mostly(fc.constant(1), -1), qps: fc.constantFrom(1, 0.5) }),
    extenders: mostly(fc.constant([]), null).chain((none) =>
      fc.oneof(fc.constant(none), fc.array(extender, { maxLength: 2 })),
    ),
  },
  { requiredKeys: [] },
);

function makeNode(name: string, isBad: boolean): object {
  const labels = { "kubernetes.io/hostname": name, disk: isBad ? "hdd" : "ssd" };
  const spec = isBad ? { unschedulable: true, taints: [{ key: "t", effect: "NoSchedule" }] } : {};
  const allocatable = { cpu: isBad ? "1" : "4", memory: "8Gi", pods: "10" };
  return { metadata: { name, labels }, spec, status: { allocatable } };
}

/** Two good nodes, and one that several filters refuse, so that the first of them tells the order. */
function makeWorld(config: unknown, id: number, schedulerNames: readonly string[]): object {
  const ports = [{ containerPort: 80, hostPort: 80 }];
  const container = { name: "c", image: "c", ports, resources: { requests: { cpu: "1" } } };
  const incoming = schedulerNames.map((schedulerName) => ({
    metadata: { name: `pod-${schedulerName}` },
    spec: { schedulerName, containers: [container], nodeSelector: { disk: "ssd" } },
  }));
  const occupied = {
    metadata: { name: "q" },
    spec: { nodeName: "bad", containers: [{ ...container, resources: {} }] },
  };
  const nodes = [makeNode("one", false), makeNode("two", false), makeNode("bad", true)];
  return { id: String(id), config, nodes, pods: [occupied], incoming };
}

interface OracleResult {
  readonly nodes?: readonly { readonly first?: { plugin: string; code: string }; readonly filters?: object }[];
  readonly scores?: readonly { readonly plugin: string; readonly weight: number }[];
  readonly skipScore?: readonly string[];
}

interface OracleAnswer {
  readonly error?: string;
  readonly results?: readonly OracleResult[];
}

function askOracle(worlds: readonly object[]): readonly OracleAnswer[] {
  const input = worlds.map((world) => JSON.stringify(world)).join("\n");
  const run = spawnSync(ORACLE, ["run"], { input, encoding: "utf8", maxBuffer: 2 ** 30 });
  const lines = run.stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as OracleAnswer);
}

function compareResult(result: OracleResult, expected: Profile): boolean {
  const refused = (result.nodes ?? []).filter((node) => node.first !== undefined);
  for (const node of refused) {
    const failing = Object.keys(node.filters ?? {});
    expect(node.first?.plugin).toBe(expected.filter.find((name) => failing.includes(name)));
  }
  if (result.scores === undefined) return false;
  const active = expected.score.filter(({ name }) => !result.skipScore?.includes(name));
  expect(result.scores.map(({ plugin, weight }) => ({ name: plugin, weight }))).toEqual(active);
  return true;
}

/**
 * The one known difference: upstream does not validate the args of a NodeResourcesFit that the profile disables. Such a
 * configuration is refused here, and says nothing about the rest.
 */
function isRefusedForUnusedFitArgs(config: SchedulerConfig, errors: readonly Issue[], written: unknown): boolean {
  const { profiles = [] } = written as { profiles?: readonly { pluginConfig?: readonly { name: string }[] }[] };
  return errors.every(({ path }) => {
    const [, profile, entry] = /^profiles\[(\d+)\]\.pluginConfig\[(\d+)\]\.args/.exec(path) ?? [];
    if (profiles[Number(profile)]?.pluginConfig?.[Number(entry)]?.name !== "NodeResourcesFit") return false;
    return !isPluginNeeded(config.profiles[Number(profile)]!.plugins, "NodeResourcesFit");
  });
}

describe("configuration, against the real scheduler", () => {
  if (!existsSync(ORACLE)) console.warn(`skipped: no oracle binary at ${ORACLE} (STOWAGE_ORACLE)`);

  test.skipIf(!existsSync(ORACLE))(
    "takes and refuses the same configurations and runs the same plugins in the same order",
    () => {
      const configs = fc.sample(configuration, { seed: SEED, numRuns: COUNT });
      const decoded = configs.map((config) => decodeConfig(config));
      const worlds = configs.map((config, id) =>
        makeWorld(
          config,
          id,
          decoded[id]!.config.profiles.map((each) => each.schedulerName),
        ),
      );
      const answers = askOracle(worlds);
      expect(answers.length).toBe(COUNT);
      const counts = { taken: 0, refused: 0, scored: 0 };
      answers.forEach((answer, index) => {
        const { config, issues } = decoded[index]!;
        const errors = issues.filter((issue) => issue.severity === "error");
        if (errors.length > 0 && isRefusedForUnusedFitArgs(config, errors, configs[index])) return;
        const seen = `seed ${SEED}, ${JSON.stringify(configs[index])}\n${answer.error}\n${JSON.stringify(errors)}`;
        expect(errors.length > 0, seen).toBe(answer.error !== undefined);
        if (errors.length > 0) counts.refused++;
        else {
          counts.taken++;
          buildProfiles(config).forEach((each, pod) => {
            if (compareResult(answer.results![pod]!, each)) counts.scored++;
          });
        }
      });
      console.info(`seed ${SEED}: ${JSON.stringify(counts)}`);
      expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(COUNT / 5);
    },
  );
});
