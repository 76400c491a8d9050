// What one bin can hold: the linear programme against its own certificate, the search against trying everything.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Effort } from "../../src/packing/effort.js";
import { byKind } from "../../src/packing/frame.js";
import { Knapsacks } from "../../src/packing/knapsack.js";
import { modelOf } from "../../src/packing/model.js";
import { OpenColumns } from "../../src/packing/open-columns.js";
import { type DenseProgram, type DenseSolution, DualSimplex } from "../../src/packing/simplex.js";

const part = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);

/** Up to four rows and thirty columns, degenerate ones among them, and values to begin with that are not its own. */
const programme = fc
  .record({ rows: fc.integer({ min: 1, max: 4 }), columns: fc.integer({ min: 1, max: 30 }) })
  .chain(({ rows, columns }) =>
    fc.record({
      values: fc.array(part, { minLength: columns, maxLength: columns }),
      others: fc.array(part, { minLength: columns, maxLength: columns }),
      upper: fc.array(fc.nat(9), { minLength: columns, maxLength: columns }),
      cells: fc.array(part, { minLength: rows * columns, maxLength: rows * columns }),
      right: fc.array(part, { minLength: rows, maxLength: rows }),
    }),
  )
  .map(({ values, others, upper, cells, right }) => ({
    given: {
      values: Float64Array.from(values),
      upper: Float64Array.from(upper),
      rows: Float64Array.from(cells),
      right: Float64Array.from(right),
    },
    others: Float64Array.from(others),
  }));

/** A solution that keeps to the limits and multipliers that allow no more than it: neither can be improved. */
function expectOptimal({ values, upper, rows, right }: DenseProgram, { amounts: x, multipliers }: DenseSolution) {
  const columns = values.length;
  let value = 0;
  let bound = 0;
  for (let column = 0; column < columns; column++) {
    expect(x[column]).toBeGreaterThanOrEqual(0);
    expect(x[column]).toBeLessThanOrEqual(upper[column]!);
    value += values[column]! * x[column]!;
    let gain = values[column]!;
    for (let row = 0; row < right.length; row++) gain -= multipliers[row]! * rows[row * columns + column]!;
    bound += Math.max(0, gain) * upper[column]!;
  }
  for (let row = 0; row < right.length; row++) {
    expect(multipliers[row]).toBeGreaterThanOrEqual(0);
    const used = x.reduce((sum, amount, column) => sum + amount * rows[row * columns + column]!, 0);
    expect(used).toBeLessThanOrEqual(right[row]! + 1e-6);
    bound += multipliers[row]! * right[row]!;
  }
  expect(value).toBeCloseTo(bound, 6);
}

describe("the linear programme of a bin", () => {
  test("is solved from no basis, and from that of other values", () => {
    fc.assert(
      fc.property(programme, ({ given, others }) => {
        const { values, right } = given;
        const simplex = new DualSimplex(values.length, right.length);
        expectOptimal(given, simplex.maximize(given));
        const { basis } = simplex.maximize({ ...given, values: others });
        expectOptimal(given, simplex.maximize(given, basis));
      }),
      { numRuns: 500 },
    );
  });

  test("is the same without the columns that have no room", () => {
    fc.assert(
      fc.property(programme, ({ given, others }) => {
        const { values, upper, right } = given;
        const open = new OpenColumns(values.length, right.length);
        const { basis } = open.maximize({ ...given, values: others }, undefined);
        const [narrow, wide] = [open, new DualSimplex(values.length, right.length)].map((by) =>
          by.maximize(given, basis),
        );
        expectOptimal(given, narrow!);
        expect([narrow!.amounts, narrow!.multipliers, narrow!.basis]).toEqual([
          wide!.amounts,
          wide!.multipliers,
          wide!.basis,
        ]);
        for (const column of upper.keys()) {
          if (upper[column]! > 0) expect(narrow!.gains[column]).toBe(wide!.gains[column]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** Up to five kinds with whole prices, in a bin with two dimensions. */
const bin = fc.record({
  kinds: fc.array(
    fc.record({ sizes: fc.tuple(fc.nat(12), fc.nat(12)), count: fc.integer({ min: 1, max: 4 }), price: fc.nat(30) }),
    { minLength: 1, maxLength: 5 },
  ),
  capacity: fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 })),
});

/** By trying every content. */
function mostWorth(
  kinds: readonly { sizes: readonly number[]; count: number; price: number }[],
  room: number[],
): number {
  const [first, ...rest] = kinds;
  if (first === undefined) return 0;
  let most = 0;
  for (let taken = 0; taken <= first.count; taken++) {
    const left = room.map((amount, d) => amount - taken * first.sizes[d]!);
    if (left.some((amount) => amount < 0)) break;
    most = Math.max(most, taken * first.price + mostWorth(rest, left));
  }
  return most;
}

describe("the search for the content of a bin", () => {
  test("finds the most valuable one, and no bound or exchange goes wrong on the way", () => {
    fc.assert(
      fc.property(bin, ({ kinds, capacity }) => {
        const model = modelOf({ kinds, types: [{ capacity, cost: 1 }] });
        if (model.typeCount === 0) return;
        const prices = Float64Array.from(kinds, ({ price }) => price);
        const knapsacks = new Knapsacks(model, new Effort(1e6));
        const most = mostWorth(kinds, [...capacity]);
        const worth = (counts: Int32Array): number => counts.reduce((sum, count, k) => sum + count * prices[k]!, 0);
        const relaxed = knapsacks.relax(0, prices);
        expect(relaxed.bound).toBeGreaterThanOrEqual(most - 1e-9);
        expect(knapsacks.boundFrom(0, prices, relaxed.multipliers)).toBeGreaterThanOrEqual(most - 1e-9);
        const counts = byKind(relaxed.frame, knapsacks.round(relaxed).counts, model.kindCount);
        const exchanged = byKind(relaxed.frame, knapsacks.exchange(relaxed).counts, model.kindCount);
        expect(model.holds(0, exchanged)).toBe(true);
        expect(worth(exchanged)).toBeGreaterThanOrEqual(worth(counts));
        const found = knapsacks.search(0, prices, 0, 10_000);
        expect([found.value, worth(found.counts), model.holds(0, found.counts)]).toEqual([most, most, true]);
        expect(found.bound).toBeCloseTo(most, 6);
        // Asked for more than there is, it shows that there is no more.
        expect(knapsacks.search(0, prices, most, 10_000).bound).toBeLessThanOrEqual(most + 1e-6);
      }),
      { numRuns: 500 },
    );
  });

  test("says the same when it was asked about other bins and prices in between", () => {
    fc.assert(
      fc.property(
        bin,
        bin,
        fc.array(fc.nat(30), { minLength: 5, maxLength: 5 }),
        ({ kinds, capacity }, other, drawn) => {
          const types = [capacity, other.capacity].map((room) => ({ capacity: room, cost: 1 }));
          const model = modelOf({ kinds, types });
          const [prices, others] = [kinds.map(({ price }) => price), drawn.slice(0, kinds.length)].map((some) =>
            Float64Array.from(some),
          );
          const knapsacks = new Knapsacks(model, new Effort(1e6));
          for (const [type, origin] of model.origin.entries()) {
            const most = mostWorth(kinds, [...types[origin]!.capacity]);
            for (const one of [prices!, others!, prices!]) {
              // None of a kind, as where it has run out: the frame is narrower then.
              const few = model.demand.map((count, kind) => (kind === 0 ? 0 : count));
              const box = knapsacks.relax(type, one, few);
              const { value, counts } = knapsacks.round(box);
              expect(value).toBeLessThanOrEqual(box.bound);
              expect(byKind(box.frame, counts, model.kindCount)[0]).toBe(0);
              const found = knapsacks.search(type, one, 0, 10_000);
              expect(found.counts.reduce((sum, count, kind) => sum + count * one[kind]!, 0)).toBe(found.value);
              expect(model.holds(type, found.counts)).toBe(true);
              if (one === prices) expect(found.value).toBe(most);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("counts units of a dimension that has few, and no bound goes wrong by it", () => {
    const unitBin = fc.record({
      kinds: fc.array(
        fc.record({
          sizes: fc.tuple(fc.nat(9), fc.constantFrom(0, 1000, 2000, 3000, 4000)),
          count: fc.integer({ min: 1, max: 4 }),
          price: fc.nat(20),
        }),
        { minLength: 1, maxLength: 5 },
      ),
      capacity: fc.tuple(fc.integer({ min: 1, max: 30 }), fc.constantFrom(1000, 2000, 5500, 8000)),
    });
    let closer = 0;
    fc.assert(
      fc.property(unitBin, ({ kinds, capacity }) => {
        const model = modelOf({ kinds, types: [{ capacity, cost: 1 }] });
        if (model.typeCount === 0) return;
        const prices = Float64Array.from(kinds, ({ price }) => price);
        const knapsacks = new Knapsacks(model, new Effort(1e6));
        const most = mostWorth(kinds, [...capacity]);
        const { bound, linear, multipliers } = knapsacks.relax(0, prices);
        if (bound < linear - 1e-6) closer++;
        expect(Math.min(bound, knapsacks.boundFrom(0, prices, multipliers))).toBeGreaterThanOrEqual(most - 1e-9);
        const { value, bound: ceiling } = knapsacks.search(0, prices, 0, 10_000);
        expect(value).toBe(most);
        expect(ceiling).toBeCloseTo(most, 6);
        expect(knapsacks.search(0, prices, 0, 1).bound).toBeGreaterThanOrEqual(most - 1e-9);
      }),
      { numRuns: 500 },
    );
    expect(closer).toBeGreaterThan(50);
  });
});

test("what a bin can hold is not told to be less than a threshold up to which nobody looked", () => {
  const kinds = [
    { sizes: [2, 5], count: 2 },
    { sizes: [2, 1], count: 3 },
    { sizes: [1, 7], count: 2 },
  ];
  const model = modelOf({ kinds, types: [{ capacity: [6, 7], cost: 1, admits: () => true }] });
  const found = new Knapsacks(model, new Effort(1e6)).search(0, Float64Array.of(60, 20, 100), 100 + 1e-7, 100, 16);
  // One of the first and two of the second kind, or one of the third.
  expect(found.bound).toBeGreaterThanOrEqual(100);
});
