/**
 * Method: the real scheduler's SchedulePod places the pods of a family's small world with every node looked at; each choice must
 * be among our equals, and is forced into ours. Then a wrong choice is planted. Skipped, saying why, where there is no oracle.
 */

import { describe, expect, test } from "vitest";
import { courseOf } from "../../src/bench/course.js";
import { FAMILIES } from "../../src/bench/families.js";
import { settle } from "../../src/bench/setting.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { type BenchCheck, compareChoices } from "./bench-check.js";
import { askBench, type BenchPod } from "./bench-oracle.js";
import { benchWorld, EVERY_NODE } from "./bench-world.js";
import { oracleAvailable } from "./oracle.js";

const unavailable = oracleAvailable();
if (unavailable !== undefined) console.warn(`skipped: ${unavailable}`);

const [NODES, CLASSES, PODS] = [50, 3, 100];

/** @param spoil makes other answers of the real ones */
async function compare(family: string, spoil = (pods: readonly BenchPod[]) => pods): Promise<BenchCheck> {
  const world = FAMILIES.find(({ name }) => name === family)!;
  const setting = { world, nodes: NODES, classes: CLASSES, seed: 1 };
  const course = courseOf(setting, PODS);
  using cluster = settle(setting);
  for (const object of course.objects) cluster.upsertObject(object);
  const { pods } = await askBench(benchWorld(setting, cluster, course, EVERY_NODE), cluster.compat, 60);
  return compareChoices(cluster, new Scheduler(cluster), course.turns, spoil(pods));
}

/** The answer of one pod, changed. */
function changed(at: number, change: (pod: BenchPod, all: readonly BenchPod[]) => Partial<BenchPod>) {
  return (pods: readonly BenchPod[]) => pods.with(at, { ...pods[at]!, ...change(pods[at]!, pods) });
}

describe.skipIf(unavailable !== undefined)("SchedulePod and the scheduler", () => {
  test.each(FAMILIES.map(({ name }) => name))("agree on every choice of %s", async (family) => {
    expect(await compare(family)).toEqual({ agreed: PODS });
  });

  test("differ where a node is taken that the pod may not have", async () => {
    const { agreed, difference } = await compare(
      "PodAntiAffinity",
      changed(CLASSES, (_, [first]) => ({ node: first!.node! })),
    );
    expect(agreed).toBe(CLASSES);
    expect(difference).toMatchObject({ pod: `sched-1/pod-${CLASSES}`, ours: expect.stringMatching(/^any of node-/) });
  });

  test("differ where another pod has to go", async () => {
    const check = await compare(
      "Preemption",
      changed(2, ({ victims = [] }) => ({ victims: victims.slice(1) })),
    );
    expect(check).toMatchObject({ agreed: 2, difference: { pod: "sched-1/pod-2" } });
  });

  test("differ where a pod fits nowhere for another reason, or fits", async () => {
    const reason = await compare(
      "Unschedulable",
      changed(9, () => ({ message: "0/50 nodes are available" })),
    );
    expect(reason).toMatchObject({ agreed: 9, difference: { real: "0/50 nodes are available" } });
    const fits = await compare(
      "Unschedulable",
      changed(9, () => ({ node: "node-1" })),
    );
    expect(fits).toMatchObject({ agreed: 9, difference: { real: "node-1", ours: expect.stringContaining("cpu") } });
  });
});
