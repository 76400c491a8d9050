// The worlds of `stowage bench`: the same setting makes the same world, another seed another one, and indexes agree with scans.
import { describe, expect, test } from "vitest";
import { compareAnswers } from "../../src/bench/answers.js";
import { type Course, courseOf } from "../../src/bench/course.js";
import { measureCourseEngine } from "../../src/bench/course-engine.js";
import { CourseRun } from "../../src/bench/course-run.js";
import { FAMILIES } from "../../src/bench/families.js";
import { type Setting, settle } from "../../src/bench/setting.js";
import { familyNodes, familyObjects, residentPods } from "../../src/bench/worlds.js";
import type { Cluster } from "../../src/cluster/cluster.js";

const setting = (name: string, seed = 1): Setting => {
  const world = FAMILIES.find((family) => family.name === name);
  if (world === undefined) throw new Error(`there is no family ${name}`);
  return { world, nodes: 20, classes: 3, seed };
};
const names = FAMILIES.map(({ name }) => name);

/** Everything that a world is made of, as text. */
function textOf({ world, nodes, classes, seed }: Setting): string {
  const parts = [
    familyNodes(world, nodes, seed),
    familyObjects(world, nodes, classes),
    residentPods(world, nodes, classes),
    courseOf({ world, nodes, classes, seed }, 120),
  ];
  return JSON.stringify(parts);
}

describe.each(names)("%s", (name) => {
  test("is the same for the same seed, and another for another", () => {
    expect(textOf(setting(name))).toBe(textOf(setting(name)));
    expect(textOf(setting(name, 2))).not.toBe(textOf(setting(name)));
  });

  test("is answered alike by index and scan, in a cluster that is then as it was", () => {
    using cluster = settle(setting(name));
    const { objects, turns } = courseOf(setting(name), 120);
    for (const object of objects) cluster.upsertObject(object);
    const before = [cluster.podCount, cluster.nodeCount, [...cluster.nodes()].map(({ requested }) => requested)];
    compareAnswers(cluster, turns);
    expect([cluster.podCount, cluster.nodeCount, [...cluster.nodes()].map(({ requested }) => requested)]).toEqual(
      before,
    );
  });
});

/** What becomes of the pods of a family's first turns, by status. */
function statuses(name: string, count: number): Record<string, number> {
  using cluster = settle(setting(name));
  const course: Course = courseOf(setting(name), count);
  for (const object of course.objects) cluster.upsertObject(object);
  const run = new CourseRun(cluster, true);
  const found: Record<string, number> = {};
  for (const turn of course.turns) {
    const { decision, preemption } = run.take(turn);
    const status = preemption === undefined ? decision.status : `${decision.status} after ${preemption.victims.length}`;
    found[status] = (found[status] ?? 0) + 1;
  }
  return found;
}

test.each([
  ["Unschedulable", 100, { placed: 90, unschedulable: 10 }],
  ["MixedChurn", 100, { placed: 98, unschedulable: 2 }],
  ["Gated", 90, { placed: 60, gated: 30 }],
  ["Preemption", 10, { "placed after 3": 10 }],
  ["CSIPVs", 90, { placed: 90 }],
  ["MigratedInTreePVs", 90, { placed: 90 }],
])("%s: of %i pods become what the family is about", (name, count, expected) => {
  expect(statuses(name, count)).toEqual(expected);
});

/** Where the pods stand after the first turns of a family, by who placed them. */
function places(name: string, count: number): Record<"engine" | "api", readonly string[]> {
  const course = courseOf(setting(name), count);
  using engine = settle(setting(name));
  using api = settle(setting(name));
  for (const object of course.objects) for (const cluster of [engine, api]) cluster.upsertObject(object);
  const { isIndexed, times } = measureCourseEngine(engine, course.turns, Number.POSITIVE_INFINITY);
  expect([isIndexed, times.length]).toEqual([true, count]);
  const all = (cluster: Cluster) =>
    [...cluster.nodes()].flatMap((node) => node.pods.map((key) => `${node.name} ${key}`));
  // One pod of each kind stays at the engine boundary; here they come first, too.
  for (const like of all(engine).filter((line) => line.includes("/like-"))) {
    const [nodeName, key] = like.split(" ");
    const { pod } = engine.pod(key!)!;
    api.upsertPod({ ...pod, spec: { ...pod.spec, nodeName: nodeName! } });
  }
  const run = new CourseRun(api, true);
  for (const turn of course.turns) run.take(turn);
  return { engine: all(engine), api: all(api) };
}

test.each(
  FAMILIES.filter(({ turnOf, narrowest }) => turnOf !== undefined && narrowest !== "api").map(({ name }) => name),
)("%s: the engine boundary places each pod where a scheduler does", (name) => {
  const { engine, api } = places(name, 110);
  expect([...engine].sort()).toEqual([...api].sort());
});

test("a planted difference between index and scan is found", () => {
  using cluster = settle(setting("SchedulingBasic"));
  const [turn] = courseOf(setting("SchedulingBasic"), 1).turns;
  let asked = 0;
  // The second to be asked about the pod hears of a larger one.
  const planted = {
    ...turn!,
    get pod() {
      const { spec } = turn!.pod;
      const containers = [{ name: "pause", resources: { requests: { cpu: asked++ === 0 ? "1" : "9" } } }];
      return { ...turn!.pod, spec: { ...spec, containers } };
    },
  };
  expect(() => compareAnswers(cluster, [planted])).toThrow(
    /this is a bug in stowage: turn 0: every node looked at says/,
  );
});
