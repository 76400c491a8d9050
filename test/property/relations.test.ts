/**
 * Method: fast-check moves pods, nodes, terms and objects; after each step a scheduler that has lived through it must answer as
 * a new one does on a cluster built from the model. STOWAGE_CHURN sets how many sequences, STOWAGE_SEED which.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { beginning, beginWith, compareToFresh, relationCommands, rollback } from "../helpers/relation-commands.js";
import { tries } from "../helpers/tries.js";

const SEQUENCES = Number(process.env.STOWAGE_CHURN ?? tries(35, 100));
const SEED = Number(process.env.STOWAGE_SEED ?? 20_260);
const MAX_COMMANDS = 60;

describe(`pods that have to do with each other, ${SEQUENCES} sequences (STOWAGE_SEED=${SEED})`, () => {
  test("are decided after every step as if the cluster had never been otherwise", { timeout: 3_600_000 }, () => {
    const sequences = fc.commands(relationCommands, { maxCommands: MAX_COMMANDS, size: "max" });
    let steps = 0;
    const property = fc.property(beginning, sequences, (begun, commands) => {
      const { model, real } = beginWith(begun);
      using _ = real.cluster;
      fc.modelRun(() => ({ model, real }), commands);
      while (model.open.length > 0) rollback(model, real);
      for (const config of [0, 1]) compareToFresh(model, real, config);
      steps += [...commands].length;
    });
    fc.assert(property, { seed: SEED, numRuns: SEQUENCES });
    expect(steps).toBeGreaterThan(10 * SEQUENCES);
  });
});
