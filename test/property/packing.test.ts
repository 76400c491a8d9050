// Packing against an exact search that shares no code with it, and against known optima of published instances. A bound
// above an optimum, or a packing that does not hold what it says, is a bug whatever it costs.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { highsSolver } from "../../src/highs.js";
import { type Packed, pack } from "../../src/packing/pack.js";
import type { Problem } from "../../src/packing/problem.js";
import { leastCost } from "../helpers/exact-packing.js";

const solver = highsSolver();
const vectorpack = join(import.meta.dirname, "../fixtures/vectorpack");

/** Up to eight items of up to four kinds, up to four types, some of them limited or not open to every kind. */
const smallProblem = fc
  .record({
    kinds: fc.array(
      fc.record({
        sizes: fc.tuple(fc.nat(9), fc.nat(9)),
        count: fc.integer({ min: 1, max: 3 }),
        mostPerBin: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined, freq: 4 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    types: fc.array(
      fc.record({
        capacity: fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })),
        cost: fc.integer({ min: 1, max: 12 }),
        most: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined, freq: 3 }),
        closed: fc.option(fc.nat(3), { nil: undefined, freq: 3 }),
        isFree: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ kinds, types }): Problem & { readonly text: string } => ({
    kinds: kinds.map(({ sizes, count, mostPerBin }) => ({ sizes, count, ...(mostPerBin && { mostPerBin }) })),
    types: types.map(({ capacity, cost, most, closed, isFree }) => ({
      capacity,
      cost: most !== undefined && isFree ? 0 : cost,
      ...(most !== undefined && { most }),
      admits: (kind) => kind !== closed,
    })),
    text: JSON.stringify({ kinds, types }),
  }));

/** Everything is in a bin that has room for it, and the cost is that of the bins. */
function expectSound({ kinds, types }: Problem, { packing }: Packed): void {
  const held = kinds.map(() => 0);
  const bought = types.map(() => 0);
  for (const { type, counts, times } of packing?.bins ?? []) {
    bought[type]! += times;
    for (const [d, room] of types[type]!.capacity.entries()) {
      expect(kinds.reduce((sum, { sizes }, kind) => sum + (sizes[d] ?? 0) * counts[kind]!, 0)).toBeLessThanOrEqual(
        room,
      );
    }
    for (const [kind, count] of counts.entries()) {
      held[kind]! += count * times;
      expect(count).toBeLessThanOrEqual(kinds[kind]!.mostPerBin ?? count);
      if (count > 0) expect(types[type]!.admits?.(kind)).not.toBe(false);
    }
  }
  expect(held).toEqual(kinds.map(({ count }) => count));
  for (const [type, { most = Number.POSITIVE_INFINITY }] of types.entries()) {
    expect(bought[type]!).toBeLessThanOrEqual(most);
  }
  expect(packing?.cost).toBe(bought.reduce((sum, count, type) => sum + count * types[type]!.cost, 0));
}

describe("packing", () => {
  for (const hasSolver of [true, false]) {
    const name = hasSolver ? "with a solver" : "without a solver";
    test(`${name} holds everything, costs no less than the least, and proves no more than that`, async () => {
      const options = { effort: 20_000, ...(hasSolver && { solver: await solver }) };
      await fc.assert(
        fc.asyncProperty(smallProblem, async (problem) => {
          const least = leastCost(problem);
          const packed = await pack(problem, options);
          // Of bins that there are too few of, a search that is no exact one may miss the only way.
          if (problem.types.every(({ most }) => most === undefined)) {
            expect(packed.packing === undefined).toBe(least === undefined);
          }
          if (packed.packing === undefined) return;
          expectSound(problem, packed);
          expect(least).toBeLessThanOrEqual(packed.packing.cost);
          expect(packed.bound.cost).toBeLessThanOrEqual(least!);
        }),
        { numRuns: hasSolver ? 150 : 300 },
      );
    });
  }

  test("gives the same packing for the same seed", async () => {
    const kinds = [7, 11, 13, 17, 23].map((size, at) => ({ sizes: [size, 30 - size], count: 20 + at }));
    const types = [40, 64, 100].map((room) => ({ capacity: [room, room], cost: room * 10 - (room % 7) }));
    const options = { solver: await solver, effort: 100_000, seed: 5 };
    const [one, other] = [await pack({ kinds, types }, options), await pack({ kinds, types }, options)];
    expect(other).toEqual(one);
    expectSound({ kinds, types }, one);
    expect(one.packing!.cost / one.bound.cost).toBeLessThan(1.02);
  });

  test("ends when it is told to, with a packing", async () => {
    const kinds = Array.from({ length: 40 }, (_, at) => ({ sizes: [7 + at * 3, 150 - at], count: 50 }));
    const types = [{ capacity: [997, 1009], cost: 10 }];
    const packed = await pack({ kinds, types }, { solver: await solver, effort: 1e9, isOver: () => true });
    expect(packed.wasCut).toBe(true);
    expectSound({ kinds, types }, packed);
  });
});

describe("published instances of vector bin packing", () => {
  const known = new Map(
    readFileSync(join(vectorpack, "optima.tsv"), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split("\t") as [string, string]),
  );
  const files = readdirSync(vectorpack).filter((name) => name.endsWith(".vbp"));

  test.each(files)("%s: no bound above the known optimum", async (name) => {
    const problem = instanceOf(readFileSync(join(vectorpack, name), "utf8"));
    const packed = await pack(problem, { solver: await solver, effort: 30_000 });
    expectSound(problem, packed);
    const optimum = Number(known.get(name.replace(".vbp", "")));
    expect(packed.bound.cost).toBeLessThanOrEqual(optimum);
    expect(packed.packing!.cost).toBeGreaterThanOrEqual(optimum);
  });
});

/** Dimensions, capacities, number of items, then each item's sizes and demand. */
function instanceOf(text: string): Problem {
  const [dimensions = 0, ...numbers] = text.trim().split(/\s+/).map(Number);
  const capacity = numbers.slice(0, dimensions);
  const rows = numbers.slice(dimensions + 1);
  const kinds = Array.from({ length: numbers[dimensions] ?? 0 }, (_, item) => {
    const start = item * (dimensions + 1);
    return { sizes: rows.slice(start, start + dimensions), count: rows[start + dimensions] ?? 1 };
  });
  return { kinds, types: [{ capacity, cost: 1 }] };
}
