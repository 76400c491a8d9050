/**
 * Method: fast-check draws sequences of everything that can happen to a cluster; a scheduler with indexes must answer each
 * question as one without does, byte for byte. Cores with a planted fault must be told from the right one.
 * STOWAGE_INDEX sets how many sequences of up to 40 steps, STOWAGE_SEED which.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coreModule } from "../../src/core/module.js";
import { FAULTS, faultyCore } from "../helpers/faulty-core.js";
import { beginIndex, indexCommands, indexSetting } from "../helpers/index-commands.js";
import { tries } from "../helpers/tries.js";

const SEQUENCES = Number(process.env.STOWAGE_INDEX ?? tries(50, 150));
const SEED = Number(process.env.STOWAGE_SEED ?? 20_261);
const MAX_COMMANDS = 40;
/** Sequences in which a fault must show itself, and a seed by which all of them do early. */
const FAULTY_SEQUENCES = 400;
const FAULTY_SEED = tries(5, SEED);

interface Outcome {
  readonly steps: number;
  /** Decisions that an index made, nodes found and none found. */
  readonly answers: number;
  /** Indexes that list their nodes. */
  readonly lists: number;
}

/** Runs the sequences on a core until they differ or end. */
function runSequences(
  sequences: number,
  module: WebAssembly.Module,
  { seed = SEED, endOnFailure = false } = {},
): { check: () => void; outcome: () => Outcome } {
  let [steps, answers, lists] = [0, 0, 0];
  const commands = fc.commands(indexCommands(), { maxCommands: MAX_COMMANDS, size: "max" });
  const property = fc.property(indexSetting, commands, (setting, drawn) => {
    const real = beginIndex(setting, module);
    using _ = real.cluster;
    const { core } = real.cluster.state.engine;
    const { indexRun: run, indexGroups } = core;
    core.indexRun = (index, isRandom, seed, decision) => {
      const slot = run(index, isRandom, seed, decision);
      if (slot >= -1) answers++;
      return slot;
    };
    core.indexGroups = (index) => {
      const groups = indexGroups(index);
      if (groups === 0) lists++;
      return groups;
    };
    fc.modelRun(() => ({ model: {}, real }), drawn);
    steps += [...drawn].length;
    expect(real.differences).toEqual([]);
  });
  return {
    check: () => fc.assert(property, { seed, numRuns: sequences, endOnFailure }),
    outcome: () => ({ steps, answers, lists }),
  };
}

describe(`a scheduler with indexes, ${SEQUENCES} sequences (STOWAGE_SEED=${SEED})`, () => {
  test.each([
    ["vector", false],
    ["scalar", true],
  ])("answers as one without, on the %s core", { timeout: 36_000_000 }, (_, scalar) => {
    const { check, outcome } = runSequences(SEQUENCES, coreModule({ scalar }));
    check();
    const { steps, answers, lists } = outcome();
    console.log(`${steps} steps, ${answers} answers of indexes, of which ${lists} list their nodes`);
    expect(steps).toBeGreaterThan(10 * SEQUENCES);
    expect(answers).toBeGreaterThan(5 * SEQUENCES);
    expect(lists).toBeGreaterThan(SEQUENCES / 20);
  });

  test.each(FAULTS)("is told from one whose core $what", { timeout: 600_000 }, async (fault) => {
    const { check } = runSequences(FAULTY_SEQUENCES, await faultyCore(fault), {
      seed: FAULTY_SEED,
      endOnFailure: true,
    });
    expect(check).toThrow(/Property failed/);
  });
});
