/**
 * Method: sequences of everything that can happen to a cluster with volumes; a scheduler that keeps which nodes volumes close
 * must answer each question as one that asks the volume plugins about every node, byte for byte. Schedulers with a planted
 * fault must be told from the right one.
 * STOWAGE_VOLUMES sets how many sequences of up to 40 steps, STOWAGE_SEED which.
 */

import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { ChangeLog } from "../../src/cluster/change-log.js";
import { coreModule } from "../../src/core/module.js";
import { CoreChoice } from "../../src/scheduler/core-choice.js";
import { AttachedTallies } from "../../src/scheduler/volumes/attached-tallies.js";
import { ClosedNodes } from "../../src/scheduler/volumes/closed-nodes.js";
import { NodeTally } from "../../src/scheduler/volumes/node-tally.js";
import { beginIndex, indexCommands, indexSetting } from "../helpers/index-commands.js";
import { tries } from "../helpers/tries.js";
import { beginVolumes, volumeCommands } from "../helpers/volume-commands.js";

const SEQUENCES = Number(process.env.STOWAGE_VOLUMES ?? tries(50, 150));
const SEED = Number(process.env.STOWAGE_SEED ?? 20_261);
const MAX_COMMANDS = 40;
/** Sequences in which a fault must show itself. */
const FAULTY_SEQUENCES = 600;

interface Outcome {
  readonly steps: number;
  /** Pods with volumes that the core decided. */
  readonly answers: number;
}

/** Runs the sequences until they differ or end. */
function runSequences(numRuns: number, endOnFailure = false): Outcome {
  let [steps, answers] = [0, 0];
  const choose = CoreChoice.prototype.choose;
  using _spy = vi.spyOn(CoreChoice.prototype, "choose").mockImplementation(function (this: CoreChoice, ...args) {
    const found = choose.apply(this, args);
    answers += Number(args[0].nodeFilters.closed !== undefined && found !== undefined);
    return found;
  });
  const commands = fc.commands([...volumeCommands(), ...indexCommands()], { maxCommands: MAX_COMMANDS, size: "max" });
  const property = fc.property(indexSetting, commands, (setting, drawn) => {
    const real = beginIndex(setting, coreModule({ scalar: false }));
    using _ = real.cluster;
    beginVolumes(real);
    fc.modelRun(() => ({ model: {}, real }), drawn);
    steps += [...drawn].length;
    expect(real.differences).toEqual([]);
  });
  fc.assert(property, { seed: SEED, numRuns, endOnFailure });
  return { steps, answers };
}

/** What a scheduler does wrong. */
const FAULTS: readonly [string, () => Disposable][] = [
  [
    "does not count again what nodes have attached",
    () => {
      const { note } = ChangeLog.prototype;
      return vi.spyOn(ChangeLog.prototype, "note").mockImplementation(function (this: ChangeLog<unknown>, changed) {
        if (!(changed instanceof NodeTally)) note.call(this, changed);
      });
    },
  ],
  ["takes every volume for a new one", () => vi.spyOn(AttachedTallies.prototype, "isAttached").mockReturnValue(false)],
  ["does not hear of what happens to volumes", () => vi.spyOn(AttachedTallies.prototype, "sync").mockReturnValue()],
  [
    "does not look again at nodes that changed",
    () => {
      const { follow } = ClosedNodes.prototype;
      const seen = new WeakSet<ClosedNodes>();
      return vi.spyOn(ClosedNodes.prototype, "follow").mockImplementation(function (this: ClosedNodes) {
        if (!seen.has(this)) follow.call(this);
        seen.add(this);
      });
    },
  ],
];

describe(`a scheduler that keeps which nodes volumes close, ${SEQUENCES} sequences (STOWAGE_SEED=${SEED})`, () => {
  test("answers as one that asks node by node", { timeout: 36_000_000 }, () => {
    const { steps, answers } = runSequences(SEQUENCES);
    console.log(`${steps} steps, ${answers} pods with volumes decided in the core`);
    expect(answers).toBeGreaterThan(2 * SEQUENCES);
  });

  test.each(FAULTS)("is told from one that %s", { timeout: 600_000 }, (_, plant) => {
    using _fault = plant();
    expect(() => runSequences(FAULTY_SEQUENCES, true)).toThrow(/Property failed/);
  });
});
