/**
 * Method: the real kube-scheduler's plugins and the engine place the pods of seeded worlds; every rejection, score,
 * total, choice and message must be equal. Skipped, saying why, where the oracle is not built.
 */

import { describe, expect, test } from "vitest";
import { tries } from "../helpers/tries.js";
import { worldOf } from "../helpers/worlds.js";
import { compareWorld } from "./compare.js";
import { engineVerdicts } from "./engine-verdicts.js";
import { askOracle, oracleAvailable } from "./oracle.js";

const WORLDS = tries(120, 300);

const unavailable = oracleAvailable();
if (unavailable !== undefined) console.warn(`skipped: ${unavailable}`);

describe.skipIf(unavailable !== undefined)("the engine and kube-scheduler", () => {
  test("agree on every rejection, score, choice and message of random worlds", async () => {
    const seeds = Array.from({ length: WORLDS }, (_, index) => `engine-${index}`);
    const worlds = seeds.map((seed) => worldOf(seed));
    const answers = await askOracle(worlds);
    const lines = worlds.flatMap((world, index) =>
      compareWorld(answers[index], engineVerdicts(world)).map((line) => `${seeds[index]}: ${line}`),
    );
    expect(lines).toEqual([]);
  });
});
