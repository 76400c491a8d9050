/**
 * Method: answers written by hand, in the oracle's shape, must be counted as the rows that a reader would name; 200 mixed
 * worlds must be such that kube-scheduler takes them as they are. That enough of them reach every row, the runner checks.
 */

import { describe, expect, test } from "vitest";
import type { Pod } from "../../src/kube/objects.js";
import type { World } from "../helpers/world-types.js";
import { ALL_THEMES, worldOf } from "../helpers/worlds.js";
import { Coverage, normalReason } from "./coverage.js";
import { listedFor } from "./coverage-list.js";
import { decidingCriterion } from "./coverage-preemption.js";
import { askOracle, type OracleAnswer, oracleAvailable } from "./oracle.js";

const EMPTY: World = { nodes: [], pods: [], incoming: [] };

/** Everything counted, as `plugin: what` to count. */
function counted(answer: Omit<OracleAnswer, "pod">, world: World = EMPTY): Record<string, number> {
  const coverage = new Coverage();
  coverage.add(world, { results: [{ pod: "default/p", ...answer }] });
  const rows = coverage.rows().filter(({ count }) => count > 0);
  return Object.fromEntries(rows.map(({ plugin, what, count }) => [`${plugin}: ${what}`, count]));
}

function pod(name: string, priority: number, startTime: string): Pod {
  return { metadata: { name }, spec: { priority }, status: { startTime } };
}

describe("coverage", () => {
  test("lists nothing twice, and misses all of it before there is an answer", () => {
    for (const compat of ["1.36", "1.37"] as const) {
      const lines = listedFor(compat).map(({ plugin, what }) => `${plugin}: ${what}`);
      expect(new Set(lines).size).toBe(lines.length);
      expect(new Coverage(compat).missing()).toEqual(lines);
    }
  });

  test("counts what every filter says about a node by itself, and who accepts it", () => {
    const cpu = { code: "Unschedulable", reasons: ["Insufficient cpu", "Too many pods"] };
    const rows = counted({
      nodes: [{ name: "a", ok: false, filters: { NodeResourcesFit: cpu } }],
      skipFilter: ["NodePorts"],
    });
    expect(rows).toMatchObject({
      "NodeResourcesFit: Filter Unschedulable: Insufficient cpu": 1,
      "NodeResourcesFit: Filter Unschedulable: Too many pods": 1,
      "NodePorts: PreFilter skip": 1,
      "NodeName: Filter accept": 1,
    });
    expect(Object.keys(rows)).not.toContain("NodePorts: Filter accept");
    expect(Object.keys(rows)).not.toContain("NodeResourcesFit: Filter accept");
  });

  test("takes silence for acceptance only where no plugin is switched off", () => {
    const nodes = [{ name: "a", ok: true }];
    const off: World = { ...EMPTY, config: { disabled: ["NodeName"] } };
    expect(counted({ nodes })).toMatchObject({ "NodeName: Filter accept": 1 });
    expect(counted({ nodes }, off)).not.toHaveProperty(["TaintToleration: Filter accept"]);
  });

  test("sorts scores into tenths with 100 by itself", () => {
    const scores = [{ plugin: "ImageLocality", weight: 1, raw: [], norm: [0, 9, 10, 99, 100], weighted: [] }];
    expect(counted({ feasible: ["a"], scores })).toMatchObject({
      "ImageLocality: score 0-9": 2,
      "ImageLocality: score 10-19": 1,
      "ImageLocality: score 90-99": 1,
      "ImageLocality: score 100": 1,
    });
  });

  test("tells the ways apart in which a pod is placed", () => {
    const two = { feasible: ["a", "b"] };
    expect(counted({ ...two, totals: [3, 4] })).toHaveProperty(["(decision): placed on the best node"]);
    expect(counted({ ...two, totals: [4, 4] })).toHaveProperty(["(decision): placed on the first among equals"]);
    expect(counted({ feasible: ["a"] })).toHaveProperty(["(decision): placed on the only node that fits"]);
    const upstream = { host: "b", feasible: 2 };
    const sampled = counted({ ...two, totals: [4, 4], upstream }, { ...EMPTY, sampling: true });
    expect(sampled).toHaveProperty(["(decision): sampled, and not the first among equals"]);
  });

  test("takes preemption's message apart", () => {
    const none = "1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling";
    const message = `no new claims to deallocate, preemption: 0/3 nodes are available: ${none}.`;
    expect(counted({ filterMessage: "0/3 nodes are available: 3 Too many pods.", preemption: { message } })).toEqual({
      "(decision): unschedulable": 1,
      "DefaultPreemption: message: no new claims to deallocate": 1,
      "DefaultPreemption: message: No preemption victims found for incoming pod": 1,
      "DefaultPreemption: message: Preemption is not helpful for scheduling": 1,
    });
  });

  test("names the criterion that left one candidate, in upstream's order", () => {
    const pods = [
      pod("low", 1, "2029-01-01T00:00:00Z"),
      pod("high", 9, "2029-01-01T00:01:00Z"),
      pod("late", 1, "2029-01-01T00:02:00Z"),
      pod("nothing", -(2 ** 31), "2029-01-01T00:03:00Z"),
    ];
    const world = { ...EMPTY, pods };
    const on = (node: string, ...names: string[]) => ({ node, victims: names.map((name) => `default/${name}`) });
    expect(decidingCriterion(world, [on("a", "low")])).toBe("there being one node");
    expect(decidingCriterion(world, [{ ...on("a", "low"), pdbViolations: 1 }, on("b", "high")])).toBe(
      "budget violations",
    );
    expect(decidingCriterion(world, [on("a", "low"), on("b", "high")])).toBe("the highest priority");
    expect(decidingCriterion(world, [on("a", "low"), on("b", "late", "low")])).toBe("the sum of priorities");
    expect(decidingCriterion(world, [on("a", "low"), on("b", "late", "nothing")])).toBe("the number of victims");
    expect(decidingCriterion(world, [on("a", "low"), on("b", "late")])).toBe("the latest start");
  });

  test("leaves names and numbers out of reasons, but not the names of resources", () => {
    expect(normalReason('persistentvolumeclaim "data-1" not found')).toBe('persistentvolumeclaim "..." not found');
    expect(normalReason("Insufficient example.com/gpu")).toBe("Insufficient example.com/gpu");
    expect(normalReason("PVC default/p-v was not created for pod default/p (pod is not owner)")).toBe(
      "PVC ... was not created for pod ... (pod is not owner)",
    );
    expect(normalReason("parsing pod: anything at all")).toBe("parsing pod: ...");
  });

  test("prints a table that Markdown can show", () => {
    expect(new Coverage().table().split("\n").slice(0, 3)).toEqual([
      "| plugin | what | count |",
      "|---|---|---:|",
      "| (decision) | placed on the best node | 0 |",
    ]);
  });
});

const unavailable = oracleAvailable();
if (unavailable !== undefined) console.warn(`skipped: ${unavailable}`);

describe.skipIf(unavailable !== undefined)("kube-scheduler", () => {
  test("takes worlds of every theme without an error or a warning, and agrees with itself on them", async () => {
    const worlds = Array.from({ length: 200 }, (_, index) => worldOf(`taken-${index}`, { among: ALL_THEMES }));
    const answers = await askOracle(worlds);
    const lines = answers.flatMap(({ error, warnings = [], results = [] }, index) => {
      const problems = results.flatMap((result) => result.problems ?? []);
      // What a pod's selectors cannot be parsed for is reported twice: here, and as InterPodAffinity's rejection.
      const doubts = problems.filter((problem) => !problem.startsWith("NewPodInfo: "));
      return [...(error === undefined ? [] : [error]), ...warnings, ...doubts].map((line) => `${index}: ${line}`);
    });
    expect(lines).toEqual([]);
  });
});
