/**
 * Method: fast-check draws sequences of everything that moves whom a pod may preempt; a scheduler that keeps what it found out
 * answers as one that tries every node anew, byte for byte, its lists too, read when things have changed. Planted faults must be
 * found.
 * STOWAGE_PREEMPTION sets how many sequences of up to 40 steps, STOWAGE_SEED which.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.js";
import { coreModule } from "../../src/core/module.js";
import { faultyCore, PREEMPTION_FAULT } from "../helpers/faulty-core.js";
import { beginPreemption, preemptionCommands, preemptionSetting } from "../helpers/preemption-commands.js";
import { tries } from "../helpers/tries.js";

const SEQUENCES = Number(process.env.STOWAGE_PREEMPTION ?? tries(15, 40));
const SEED = Number(process.env.STOWAGE_SEED ?? 20_261);
const MAX_COMMANDS = 40;

interface Outcome {
  readonly steps: number;
  /** Nodes that were tried in numbers. */
  readonly tried: number;
}

/** Runs sequences until they differ or end; `spoil` may change what they run on. */
function runSequences(
  module: WebAssembly.Module,
  { endOnFailure = false, spoil = (_: Cluster): void => {} } = {},
): { readonly check: () => void; readonly outcome: () => Outcome } {
  let [steps, tried] = [0, 0];
  const commands = fc.commands(preemptionCommands(), { maxCommands: MAX_COMMANDS, size: "max" });
  const property = fc.property(preemptionSetting, commands, (setting, drawn) => {
    const real = beginPreemption(setting, module);
    using kept = real.kept.cluster;
    using _ = real.tried.cluster;
    spoil(kept);
    const { core } = kept.state.engine;
    const run = core.dryRun;
    core.dryRun = (...asked) => {
      tried++;
      return run(...asked);
    };
    fc.modelRun(() => ({ model: {}, real }), drawn);
    steps += [...drawn].length;
    expect(real.differences).toEqual([]);
  });
  return {
    check: () => fc.assert(property, { seed: SEED, numRuns: SEQUENCES, endOnFailure }),
    outcome: () => ({ steps, tried }),
  };
}

describe(`whom a pod may preempt, kept from question to question, ${SEQUENCES} sequences (STOWAGE_SEED=${SEED})`, () => {
  test("is what trying every node finds", { timeout: 36_000_000 }, () => {
    const { check, outcome } = runSequences(coreModule());
    check();
    const { steps, tried } = outcome();
    console.log(`${steps} steps, ${tried} nodes tried in numbers`);
    expect(steps).toBeGreaterThan(10 * SEQUENCES);
    expect(tried).toBeGreaterThan(steps);
  });

  test(`is told from what a core finds that ${PREEMPTION_FAULT.what}`, { timeout: 600_000 }, async () => {
    const { check } = runSequences(await faultyCore(PREEMPTION_FAULT), { endOnFailure: true });
    expect(check).toThrow(/Property failed/);
  });

  test("is told from what somebody finds who does not hear of budgets", () => {
    const spoil = ({ state }: Cluster): void => {
      const version = state.objects.version.bind(state.objects);
      state.objects.version = (kind) => (kind === "PodDisruptionBudget" ? 0 : version(kind));
    };
    const { check } = runSequences(coreModule(), { endOnFailure: true, spoil });
    expect(check).toThrow(/Property failed/);
  });
});
