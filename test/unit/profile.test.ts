/**
 * Method: golden lists, printed by kube-scheduler 1.36.3 (plugin order and weights of its default profile) or worked out
 * from its merge rules by hand, and a property: whatever a profile enables and disables, its lists hold together.
 */

import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { IssuesError } from "../../src/errors.js";
import type { Compat } from "../../src/kube/compat.js";
import { decodeConfig } from "../../src/scheduler/config.js";
import {
  CATALOG_1_36,
  CATALOG_1_37,
  type ExtensionPoint,
  IN_TREE_PLUGINS,
  POD_POINTS,
} from "../../src/scheduler/default-plugins.js";
import { buildProfiles, defaultProfile, type Profile } from "../../src/scheduler/profile.js";
import { STRATEGIES } from "../../src/scheduler/strategies.js";

const SEED = 12;
const DEFAULT_SCORES =
  "TaintToleration*3 NodeAffinity*2 NodeResourcesFit*1 VolumeBinding*1 PodTopologySpread*2 InterPodAffinity*2 " +
  "DynamicResources*2 NodeResourcesBalancedAllocation*1 ImageLocality*1";

type Set = { enabled?: readonly { name: string; weight?: number }[]; disabled?: readonly { name: string }[] };

function profileOf(
  plugins: Readonly<Record<string, Set>>,
  known?: ReadonlyMap<string, readonly ExtensionPoint[]>,
): Profile {
  const options = known === undefined ? {} : { plugins: known };
  const { config, issues } = decodeConfig({ profiles: [{ plugins }] }, options);
  expect(issues.filter((issue) => issue.severity === "error")).toEqual([]);
  return buildProfiles(config, options)[0]!;
}

function errorsOf(plugins: unknown): readonly string[] {
  const { issues } = decodeConfig({ profiles: [{ plugins }] });
  return issues.map((issue) => `${issue.severity} ${issue.path.replace("profiles[0].plugins.", "")}: ${issue.message}`);
}

function scores(profile: Profile): string {
  return profile.score.map(({ name, weight }) => `${name}*${weight}`).join(" ");
}

describe("the default profile of 1.37", () => {
  const before = defaultProfile();
  const after = defaultProfile("1.37");

  test("asks NodeName first, and three more plugins before Filter", () => {
    expect(after.filter.slice(0, 3)).toEqual(["NodeName", "NodeUnschedulable", "TaintToleration"]);
    expect([...after.filter].sort()).toEqual([...before.filter].sort());
    expect(after.preFilter).toEqual(["NodeName", "NodeUnschedulable", "TaintToleration", ...before.preFilter]);
  });

  test("has a shape of storage scores, and is otherwise that of 1.36", () => {
    const shape = [
      { utilization: 0, score: 10 },
      { utilization: 100, score: 0 },
    ];
    const VolumeBinding = { ...before.args.VolumeBinding, shape };
    const { preFilter, filter } = after;
    expect(after).toEqual({ ...before, preFilter, filter, args: { ...before.args, VolumeBinding } });
  });

  test("may be changed at a point that 1.36 does not have, and by a plugin that it does not know", () => {
    const plugins = {
      podGroupPostFilter: { disabled: [{ name: "*" }] },
      permit: { enabled: [{ name: "DeferredPodScheduling" }] },
    };
    const messages = (compat: Compat) =>
      decodeConfig({ profiles: [{ plugins }] }, { compat }).issues.map(({ message }) => message);
    expect(messages("1.37")).toEqual([]);
    expect(messages("1.36")).toEqual([
      'unknown field "podGroupPostFilter"',
      'PermitPlugin "DeferredPodScheduling" does not exist',
    ]);
    expect(CATALOG_1_37.points.filter((point) => !CATALOG_1_36.points.includes(point))).toEqual(["podGroupPostFilter"]);
  });
});

describe("the default profile", () => {
  test("is kube-scheduler's, point by point", () => {
    const profile = defaultProfile();
    expect(profile.schedulerName).toBe("default-scheduler");
    expect(profile.preEnqueue.join(" ")).toBe("SchedulingGates DynamicResources DefaultPreemption");
    expect(profile.queueSort.join(" ")).toBe("PrioritySort");
    expect(profile.preFilter.join(" ")).toBe(
      "NodeAffinity NodePorts NodeResourcesFit VolumeRestrictions NodeVolumeLimits VolumeBinding VolumeZone " +
        "PodTopologySpread InterPodAffinity DynamicResources NodeDeclaredFeatures",
    );
    expect(profile.filter.join(" ")).toBe(
      "NodeUnschedulable NodeName TaintToleration NodeAffinity NodePorts NodeResourcesFit VolumeRestrictions " +
        "NodeVolumeLimits VolumeBinding VolumeZone PodTopologySpread InterPodAffinity DynamicResources NodeDeclaredFeatures",
    );
    expect(profile.postFilter.join(" ")).toBe("DynamicResources DefaultPreemption");
    expect(profile.preScore.join(" ")).toBe(
      "TaintToleration NodeAffinity NodeResourcesFit VolumeBinding PodTopologySpread InterPodAffinity " +
        "NodeResourcesBalancedAllocation",
    );
    expect(scores(profile)).toBe(DEFAULT_SCORES);
    expect(profile.reserve.join(" ")).toBe("VolumeBinding DynamicResources");
    expect(profile.permit).toEqual([]);
    expect(profile.preBind.join(" ")).toBe("VolumeBinding DynamicResources");
    expect(profile.bind.join(" ")).toBe("DefaultBinder");
    expect(profile.postBind).toEqual([]);
  });

  test("is what an empty list of profiles means, too", () => {
    expect(buildProfiles(decodeConfig({ profiles: [] }).config)).toEqual([defaultProfile()]);
  });
});

describe("multiPoint", () => {
  test("a default plugin that is enabled again keeps its place and takes the weight", () => {
    const profile = profileOf({
      multiPoint: { enabled: [{ name: "NodeAffinity", weight: 7 }, { name: "TaintToleration" }] },
    });
    expect(scores(profile)).toBe(
      DEFAULT_SCORES.replace("NodeAffinity*2", "NodeAffinity*7").replace("TaintToleration*3", "TaintToleration*1"),
    );
    expect(profile.filter).toEqual(defaultProfile().filter);
  });

  test("a disabled plugin is gone everywhere, and may come back at the end", () => {
    const gone = profileOf({ multiPoint: { disabled: [{ name: "TaintToleration" }] } });
    expect(gone.filter).toEqual(defaultProfile().filter.filter((name) => name !== "TaintToleration"));
    const disabled = [{ name: "TaintToleration" }];
    const back = profileOf({ multiPoint: { enabled: [{ name: "TaintToleration", weight: 5 }], disabled } });
    expect(back.filter.at(-1)).toBe("TaintToleration");
    expect(back.score.at(-1)).toEqual({ name: "TaintToleration", weight: 5 });
  });

  test("with * disabled only what is enabled runs, in the order written", () => {
    const enabled = ["DefaultBinder", "ImageLocality", "NodeName", "PrioritySort", "NodeUnschedulable"];
    const profile = profileOf({
      multiPoint: { disabled: [{ name: "*" }], enabled: enabled.map((name) => ({ name })) },
    });
    expect(profile.filter).toEqual(["NodeName", "NodeUnschedulable"]);
    expect(scores(profile)).toBe("ImageLocality*1");
  });
});

describe("a single extension point", () => {
  test("a plugin also enabled at score moves before the others and takes the weight given there", () => {
    const score = { enabled: [{ name: "ImageLocality", weight: 4 }, { name: "NodeAffinity" }] };
    const profile = profileOf({ score, multiPoint: { enabled: [{ name: "ImageLocality", weight: 9 }] } });
    expect(scores(profile)).toBe(
      "ImageLocality*4 NodeAffinity*1 TaintToleration*3 NodeResourcesFit*1 VolumeBinding*1 PodTopologySpread*2 " +
        "InterPodAffinity*2 DynamicResources*2 NodeResourcesBalancedAllocation*1",
    );
    expect(profile.preScore).toEqual(defaultProfile().preScore);
  });

  test("a plugin enabled there alone comes after those of multiPoint", () => {
    const disabled = [{ name: "NodeName" }];
    const profile = profileOf({
      multiPoint: { disabled },
      filter: { enabled: [{ name: "NodeName" }, { name: "NodePorts" }] },
    });
    expect(profile.filter[0]).toBe("NodePorts");
    expect(profile.filter.at(-1)).toBe("NodeName");
  });

  test("disabling there leaves the other points alone", () => {
    const profile = profileOf({ score: { disabled: [{ name: "NodeResourcesFit" }] } });
    expect(scores(profile)).toBe(DEFAULT_SCORES.replace(" NodeResourcesFit*1", ""));
    expect(profile.filter).toContain("NodeResourcesFit");
  });

  test("with * disabled its own list is all that runs", () => {
    const profile = profileOf({
      score: { disabled: [{ name: "*" }], enabled: [{ name: "ImageLocality", weight: 2 }] },
    });
    expect(scores(profile)).toBe("ImageLocality*2");
  });
});

describe("what cannot be placed", () => {
  test("is reported in kube-scheduler's words, with its path", () => {
    const plugins = {
      multiPoint: { enabled: [{ name: "Foo" }, { name: "NodeName" }, { name: "NodeName" }] },
      filter: { enabled: [{ name: "ImageLocality" }, { name: "Bar" }, { name: "NodePorts" }, { name: "NodePorts" }] },
      bind: { disabled: [{ name: "*" }] },
      queueSort: { disabled: [{ name: "PrioritySort" }] },
    };
    expect(errorsOf(plugins)).toEqual([
      'error filter.enabled[0].name: plugin "ImageLocality" does not extend FilterPlugin plugin',
      'error filter.enabled[1].name: FilterPlugin "Bar" does not exist',
      'error filter.enabled[3].name: plugin "NodePorts" already registered as "FilterPlugin"',
      'error multiPoint.enabled[0].name: PreFilterPlugin "Foo" does not exist',
      'error multiPoint.enabled[1].name: plugin "NodeName" already registered as "FilterPlugin"',
      'error queueSort: only one queue sort plugin required for profile with scheduler name "default-scheduler", but got 0',
      'error bind: at least one bind plugin is needed for profile with scheduler name "default-scheduler"',
    ]);
  });

  test("a misspelt disabled plugin is a warning: kube-scheduler disables nothing and says nothing", () => {
    expect(errorsOf({ score: { disabled: [{ name: "NodeResourceFit" }] } })).toEqual([
      'warning score.disabled[0].name: "NodeResourceFit" is no plugin, so nothing is disabled',
    ]);
  });

  test("a negative weight is refused where kube-scheduler's overflow guard trips over it, else a warning", () => {
    expect(errorsOf({ score: { enabled: [{ name: "NodeAffinity", weight: -3 }] } })).toEqual([
      "warning score.enabled[0].weight: a weight of -3 makes the nodes that NodeAffinity prefers lose",
      "error score: score plugins: total score of Score plugins could overflow",
    ]);
    const last = { multiPoint: { enabled: [{ name: "ImageLocality", weight: -2 }] } };
    expect(errorsOf(last)).toEqual([
      "warning multiPoint.enabled[0].weight: a weight of -2 makes the nodes that ImageLocality prefers lose",
    ]);
    expect(profileOf(last).score.at(-1)).toEqual({ name: "ImageLocality", weight: -2 });
  });

  test("an unknown plugin is missed at the first point that takes plugins from multiPoint", () => {
    const none = { disabled: [{ name: "*" }] };
    const plugins = { multiPoint: { enabled: [{ name: "EBSLimits" }] }, preFilter: none, filter: none };
    expect(errorsOf(plugins)).toEqual([
      'error multiPoint.enabled[0].name: PostFilterPlugin "EBSLimits" does not exist',
    ]);
  });

  test("a removed plugin is reported once, where its removal is known and where it is not", () => {
    const enabled = [{ name: "EBSLimits" }];
    expect(errorsOf({ filter: { enabled }, placementScore: { enabled } })).toEqual([
      'error filter.enabled[0]: Invalid value: "EBSLimits": was invalid in version "v1" (KubeSchedulerConfiguration is version "kubescheduler.config.k8s.io/v1")',
      'error placementScore.enabled[0].name: PlacementScorePlugin "EBSLimits" does not exist',
    ]);
  });

  test("two plugins that order the queue are one problem", () => {
    const enabled = [{ name: "PrioritySort" }, { name: "PrioritySort" }];
    expect(errorsOf({ queueSort: { enabled } })).toEqual([
      "error queueSort.enabled: Invalid value: 2: only one queue sort plugin can be enabled",
      'error queueSort.enabled[1].name: plugin "PrioritySort" already registered as "QueueSortPlugin"',
    ]);
  });

  test("makes buildProfiles throw every issue when it was not heeded", () => {
    const { config } = decodeConfig({
      profiles: [{ plugins: { filter: { enabled: [{ name: "A" }, { name: "B" }] } } }],
    });
    expect(() => buildProfiles(config)).toThrow(IssuesError);
    expect(() => buildProfiles(config)).toThrow(
      '2 problem(s) in the scheduler configuration: profiles[0].plugins.filter.enabled[0].name: FilterPlugin "A" does not exist',
    );
  });
});

describe("plugins of the user", () => {
  const known = new Map<string, readonly ExtensionPoint[]>([
    ["Licences", ["filter", "score"]],
    ["Fifo", ["queueSort"]],
  ]);

  test("are placed like any other, at the points that they implement", () => {
    const profile = profileOf({ multiPoint: { enabled: [{ name: "Licences", weight: 3 }] } }, known);
    expect(profile.filter).toEqual([...defaultProfile().filter, "Licences"]);
    expect(scores(profile)).toBe(`${DEFAULT_SCORES} Licences*3`);
    expect(profile.preFilter).toEqual(defaultProfile().preFilter);
  });

  test("may order the queue, in all profiles or in none", () => {
    const multiPoint = { enabled: [{ name: "Fifo" }], disabled: [{ name: "PrioritySort" }] };
    const profiles = [{ schedulerName: "a" }, { schedulerName: "b", plugins: { multiPoint } }];
    const { issues } = decodeConfig({ profiles }, { plugins: known });
    expect(issues.map((issue) => `${issue.path}: ${issue.message}`)).toEqual([
      'profiles[1].plugins: different queue sort plugins for profile "b": "Fifo", first: "PrioritySort"',
    ]);
  });
});

describe("percentageOfNodesToScore", () => {
  test("of a profile overrides that of the configuration, even with 0", () => {
    const profiles = [{ schedulerName: "a", percentageOfNodesToScore: 0 }, { schedulerName: "b" }];
    const { config } = decodeConfig({ percentageOfNodesToScore: 50, profiles });
    expect(buildProfiles(config).map((each) => each.percentageOfNodesToScore)).toEqual([0, 50]);
  });

  test("that nobody gives is not there", () => {
    expect(defaultProfile().percentageOfNodesToScore).toBeUndefined();
  });
});

describe("strategies", () => {
  test.each(Object.entries(STRATEGIES))("%s is a configuration without issues, also as a file", (_, strategy) => {
    expect(decodeConfig(strategy, { requireTypeMeta: true }).issues).toEqual([]);
  });

  test("least is the default, most packs, balanced raises one weight in place", () => {
    const [least, most, balanced] = ["least", "most", "balanced"].map(
      (name) => buildProfiles(decodeConfig(STRATEGIES[name as keyof typeof STRATEGIES]).config)[0]!,
    );
    expect(least).toEqual(defaultProfile());
    expect(most?.args.NodeResourcesFit.scoringStrategy.type).toBe("MostAllocated");
    expect({ ...most!, args: least!.args }).toEqual(least);
    expect(scores(balanced!)).toBe(DEFAULT_SCORES.replace("BalancedAllocation*1", "BalancedAllocation*10"));
  });
});

describe("any choice of plugins", () => {
  const names = [...IN_TREE_PLUGINS.keys()];
  const entries = fc.array(fc.record({ name: fc.constantFrom(...names), weight: fc.integer({ min: 0, max: 9 }) }), {
    maxLength: 3,
  });
  const set = fc.record({
    enabled: entries,
    disabled: fc.array(fc.record({ name: fc.constantFrom(...names, "*") }), { maxLength: 3 }),
  });
  const plugins = fc.dictionary(fc.constantFrom("multiPoint", ...CATALOG_1_36.points), set, { maxKeys: 3 });

  property.prop([plugins], { seed: SEED, numRuns: 500 })(
    "lists each plugin once a point, only where it is implemented, never where it is only disabled",
    (chosen) => {
      const { config, issues } = decodeConfig({ profiles: [{ plugins: chosen }] });
      fc.pre(!issues.some((issue) => issue.severity === "error"));
      const profile = buildProfiles(config)[0]!;
      for (const point of POD_POINTS) {
        const listed = profile[point].map((each) => (typeof each === "string" ? each : each.name));
        expect(new Set(listed).size).toBe(listed.length);
        for (const name of listed) {
          expect(IN_TREE_PLUGINS.get(name)).toContain(point);
          const isDisabled = chosen[point]?.disabled.some((each) => each.name === name || each.name === "*") ?? false;
          const isEnabled = chosen[point]?.enabled.some((each) => each.name === name) ?? false;
          expect(!isDisabled || isEnabled).toBe(true);
        }
      }
      expect(profile.score.every(({ weight }) => weight > 0)).toBe(true);
    },
  );
});
