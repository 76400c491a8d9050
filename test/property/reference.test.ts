/**
 * Method: the engine, in both binaries, and the boring reference scheduler place the pods of random worlds; verdicts,
 * reasons, scores, totals, choices and messages must be equal. STOWAGE_WORLDS sets how many, STOWAGE_SEED which.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { worldArbitrary } from "../helpers/world-arbitraries.js";
import type { World } from "../helpers/worlds.js";
import type { Verdict } from "../kubernetes/compare.js";
import { engineVerdicts } from "../kubernetes/engine-verdicts.js";
import { referenceVerdicts } from "../kubernetes/reference-verdicts.js";

const WORLDS = Number(process.env.STOWAGE_WORLDS ?? 1_000);
const SEED = Number(process.env.STOWAGE_SEED ?? 20_261_124);

test(`the engine decides as the reference does on ${WORLDS} random worlds (STOWAGE_SEED=${SEED})`, {
  timeout: 3_600_000,
}, () => {
  const property = fc.property(worldArbitrary(), (world) => {
    const reference = comparable(referenceVerdicts(world));
    expect(comparable(engineVerdicts(world))).toEqual(reference);
    expect(comparable(engineVerdicts(world, { scalar: true }))).toEqual(reference);
  });
  fc.assert(property, { numRuns: WORLDS, seed: SEED });
});

test("a fault planted in one node's room is seen by the comparison", () => {
  const found = fc.check(
    fc.property(worldArbitrary({ nodes: 3 }), (world) => {
      expect(comparable(engineVerdicts(withLessRoom(world)))).toEqual(comparable(referenceVerdicts(world)));
    }),
    { numRuns: 200, seed: SEED, endOnFailure: true },
  );
  expect(found.failed).toBe(true);
});

/** The same world with one pod less allowed on its first node. */
function withLessRoom(world: World): World {
  const [first, ...others] = world.nodes;
  const { allocatable } = first?.status ?? {};
  const smaller = { ...first, status: { ...first?.status, allocatable: { ...allocatable, pods: 0 } } };
  return { ...world, nodes: [smaller, ...others] };
}

/** Integers as numbers; the words after the plugin's name in an error are a parser's own. */
function comparable(verdicts: readonly Verdict[]): unknown {
  return verdicts.map((verdict) => ({
    ...verdict,
    message: verdict.status === "error" ? /^.*?plugin "[^"]*"/.exec(verdict.message ?? "")?.[0] : verdict.message,
    scores: mapValues(verdict.scores, (parts) =>
      mapValues(parts, ({ raw, normalized, weighted }) => [raw, normalized, weighted].map(Number)),
    ),
    totals: mapValues(verdict.totals, Number),
  }));
}

function mapValues<T, U>(record: Readonly<Record<string, T>> | undefined, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record ?? {}).map(([key, value]) => [key, map(value)]));
}
