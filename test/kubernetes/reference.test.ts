/**
 * Method: the real kube-scheduler's plugins and the reference scheduler place the pods of 300 seeded worlds; every
 * rejection, score, total, choice and message must be equal. Skipped, saying why, where the oracle is not built.
 */

import { describe, expect, test } from "vitest";
import { type World, worldOf } from "../helpers/worlds.js";
import { compareWorld } from "./compare.js";
import { askOracle, oracleAvailable } from "./oracle.js";
import { referenceVerdicts } from "./reference-verdicts.js";

const WORLDS = 300;
const SEED = "reference";

const unavailable = oracleAvailable();
if (unavailable !== undefined) console.warn(`skipped: ${unavailable}`);

describe.skipIf(unavailable !== undefined)("the reference scheduler and kube-scheduler", () => {
  test("agree on every rejection, score, choice and message of random worlds", async () => {
    const seeds = Array.from({ length: WORLDS }, (_, index) => `${SEED}-${index}`);
    expect(await differences(seeds.map((seed) => worldOf(seed)))).toEqual([]);
  });

  test("agree where pods wait for nodes that preemption promised them", async () => {
    const seeds = Array.from({ length: 100 }, (_, index) => `${SEED}-nominated-${index}`);
    const themes = ["nominated", "tight", "ports", "gates", "affinity"] as const;
    expect(await differences(seeds.map((seed) => worldOf(seed, { themes })))).toEqual([]);
  });

  test("agree on large clusters", async () => {
    const seeds = Array.from({ length: 10 }, (_, index) => `${SEED}-large-${index}`);
    expect(await differences(seeds.map((seed) => worldOf(seed, { nodes: 200 })))).toEqual([]);
  });

  test("agree that a score which leaves 0 to 100 by overflow is an error", async () => {
    const requests = { memory: "1Gi" };
    const world: World = {
      nodes: ["a", "b"].map((name) => ({ metadata: { name }, status: { allocatable: { memory: "950Pi", pods: 9 } } })),
      pods: [],
      incoming: [{ metadata: { name: "p" }, spec: { containers: [{ name: "c", resources: { requests } }] } }],
    };
    expect(referenceVerdicts(world)[0]?.status).toBe("error");
    expect(await differences([world])).toEqual([]);
  });
});

/** One line a difference, named after the world's place in the list. */
async function differences(worlds: readonly World[]): Promise<string[]> {
  const answers = await askOracle(worlds);
  return worlds.flatMap((world, index) =>
    compareWorld(answers[index], referenceVerdicts(world)).map((line) => `world ${index}: ${line}`),
  );
}
