/**
 * Method: differences worked out by hand for small configurations, and properties over random ones: what differs, applied to
 * the first profile, gives the second, and nothing differs from itself.
 */

import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { decodeConfig } from "../../src/scheduler/config.js";
import { IN_TREE_PLUGINS, POD_POINTS, type PodPoint } from "../../src/scheduler/default-plugins.js";
import { buildProfiles, defaultProfile, type Profile } from "../../src/scheduler/profile.js";
import { diffProfiles } from "../../src/scheduler/profile-diff.js";

const SEED = 13;

function profileOf(profile: object): Profile {
  const { config, issues } = decodeConfig({ profiles: [profile] });
  expect(issues.filter(({ severity }) => severity === "error")).toEqual([]);
  return buildProfiles(config)[0]!;
}

function namesAt(profile: Profile, point: PodPoint): readonly string[] {
  return point === "score" ? profile.score.map(({ name }) => name) : profile[point];
}

describe("the difference of two profiles", () => {
  test("names the points that a plugin gains and loses, and its weight", () => {
    const plugins = {
      score: { enabled: [{ name: "NodeAffinity", weight: 7 }], disabled: [{ name: "ImageLocality" }] },
      permit: { enabled: [{ name: "GangScheduling" }] },
    };
    const { plugins: changes } = diffProfiles(defaultProfile(), profileOf({ plugins }));
    expect(changes).toEqual([
      { name: "NodeAffinity", addedPoints: [], removedPoints: [], weight: { before: 2, after: 7 }, args: [] },
      {
        name: "ImageLocality",
        addedPoints: [],
        removedPoints: ["score"],
        weight: { before: 1, after: null },
        args: [],
      },
      {
        name: "GangScheduling",
        addedPoints: ["permit"],
        removedPoints: [],
        weight: { before: null, after: null },
        args: [],
      },
    ]);
  });

  test("names args by their path, durations as a configuration writes them, lists as one value", () => {
    const pluginConfig = [
      { name: "DynamicResources", args: { filterTimeout: "90s" } },
      { name: "InterPodAffinity", args: { hardPodAffinityWeight: 5 } },
      { name: "NodeResourcesFit", args: { scoringStrategy: { type: "MostAllocated", resources: [{ name: "cpu" }] } } },
      { name: "VolumeBinding", args: { bindTimeoutSeconds: 600 } },
      { name: "NodeAffinity", args: { addedAffinity: {} } },
    ];
    const { plugins } = diffProfiles(defaultProfile(), profileOf({ pluginConfig }));
    expect(plugins.flatMap(({ name, args }) => args.map((arg) => ({ name, ...arg })))).toEqual([
      { name: "NodeAffinity", path: "addedAffinity", before: null, after: {} },
      {
        name: "NodeResourcesFit",
        path: "scoringStrategy.type",
        before: "LeastAllocated",
        after: "MostAllocated",
      },
      {
        name: "NodeResourcesFit",
        path: "scoringStrategy.resources",
        before: [
          { name: "cpu", weight: 1 },
          { name: "memory", weight: 1 },
        ],
        after: [{ name: "cpu", weight: 1 }],
      },
      { name: "InterPodAffinity", path: "hardPodAffinityWeight", before: 1, after: 5 },
      { name: "DynamicResources", path: "filterTimeout", before: "10s", after: "1m30s" },
    ]);
  });

  test("leaves out the args of a plugin that does not run", () => {
    const plugins = { multiPoint: { disabled: [{ name: "InterPodAffinity" }] } };
    const pluginConfig = [{ name: "InterPodAffinity", args: { hardPodAffinityWeight: 5 } }];
    const { plugins: changes } = diffProfiles(defaultProfile(), profileOf({ plugins, pluginConfig }));
    expect(changes.map(({ name, args }) => [name, args])).toEqual([["InterPodAffinity", []]]);
  });

  test("names the fewest plugins that moved", () => {
    const plugins = { filter: { enabled: [{ name: "NodePorts" }] }, score: { enabled: [{ name: "ImageLocality" }] } };
    const { order, plugins: changes } = diffProfiles(defaultProfile(), profileOf({ plugins }));
    expect(order.map(({ point, moved }) => [point, moved])).toEqual([
      ["filter", [{ name: "NodePorts", before: 5, after: 1 }]],
      ["score", [{ name: "ImageLocality", before: 9, after: 1 }]],
    ]);
    expect(changes).toEqual([]);
  });
});

describe("any two profiles", () => {
  const names = [...IN_TREE_PLUGINS.keys()].filter((name) => name !== "PrioritySort" && name !== "DefaultBinder");
  const entry = fc.record({ name: fc.constantFrom(...names), weight: fc.integer({ min: 0, max: 9 }) });
  const set = fc.record({
    enabled: fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 4 }),
    disabled: fc.array(fc.record({ name: fc.constantFrom(...names) }), { maxLength: 4 }),
  });
  const profile = fc.record({ plugins: fc.record({ multiPoint: set }) }).map(profileOf);

  property.prop([profile, profile], { seed: SEED, numRuns: 100 })(
    "are told apart by what their difference says",
    (before, after) => {
      const { plugins, order } = diffProfiles(before, after);
      for (const point of POD_POINTS) {
        const added = plugins.filter(({ addedPoints }) => addedPoints.includes(point)).map(({ name }) => name);
        const removed = plugins.filter(({ removedPoints }) => removedPoints.includes(point)).map(({ name }) => name);
        const kept = namesAt(before, point).filter((name) => !removed.includes(name));
        expect([...kept, ...added].sort()).toEqual([...namesAt(after, point)].sort());
        const moved = order.find((change) => change.point === point)?.moved.map(({ name }) => name) ?? [];
        const unmoved = (list: readonly string[]) =>
          list.filter((name) => kept.includes(name) && !moved.includes(name));
        expect(unmoved(namesAt(after, point))).toEqual(unmoved(namesAt(before, point)));
      }
      expect(diffProfiles(after, after)).toEqual({ plugins: [], order: [] });
    },
  );
});
