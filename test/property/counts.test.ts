// What numbers of bins prove, against an exact search and against a check that shares no code: no bound above the least cost,
// and what is written down proves it alone.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { highsSolver } from "../../src/highs.js";
import { provenByCounts } from "../../src/packing/count-proof.js";
import { CountTree, type Limit, limitOf, manyPrices, mostBelow } from "../../src/packing/counts.js";
import { Effort } from "../../src/packing/effort.js";
import { packedInto, pricesAgainst } from "../../src/packing/given-bins.js";
import { costOf, type Model, modelOf } from "../../src/packing/model.js";
import type { CountProof, Problem } from "../../src/packing/problem.js";
import { volumePrices } from "../../src/packing/proof.js";
import { costProvenBy, mostWorth } from "../helpers/count-check.js";
import { leastCost } from "../helpers/exact-packing.js";

/** Up to seven items, some bins of which there are few or that are there already, some not open to every kind. */
const smallProblem = fc
  .record({
    kinds: fc.array(
      fc.record({
        sizes: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(9)),
        count: fc.integer({ min: 1, max: 3 }),
        price: fc.nat(20),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    types: fc.array(
      fc.record({
        capacity: fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })),
        cost: fc.integer({ min: 1, max: 30 }),
        most: fc.option(fc.nat(2), { nil: undefined, freq: 4 }),
        closed: fc.option(fc.nat(3), { nil: undefined, freq: 4 }),
        isFree: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    spare: fc.nat(3),
  })
  .map(({ kinds, types, spare }) => ({
    problem: {
      kinds: kinds.map(({ sizes, count }) => ({ sizes, count })),
      types: types.map(({ capacity, cost, most, closed, isFree }) => ({
        capacity,
        cost: most !== undefined && isFree ? 0 : cost,
        ...(most !== undefined && { most }),
        admits: (kind: number) => kind !== closed,
      })),
    } satisfies Problem,
    prices: Float64Array.from(kinds, ({ price }) => price),
    spare,
    text: JSON.stringify({ kinds, types, spare }),
  }));

function limitsOf(model: Model, prices: Float64Array, below: number, effort: Effort): Limit[] {
  const limits: Limit[] = [];
  let most = mostBelow(model, below);
  for (const one of manyPrices(model, [volumePrices(model), prices])) {
    const limit = limitOf(model, one, most, effort);
    if (limit === undefined) continue;
    limits.push(limit);
    if (limits.length === 1) most = new CountTree(model, limits, below, effort).root.rest!.most;
  }
  return limits;
}

/** The first type is said to hold a little less than it can. */
function withLowerCeiling(problem: Problem, { limits, ...proof }: CountProof): CountProof {
  const [first, ...others] = limits;
  const [type] = first!.ceilings.keys();
  const lower = mostWorth(problem, type!, first!.prices) - 1;
  return { ...proof, limits: [{ ...first!, ceilings: new Map(first!.ceilings).set(type!, lower) }, ...others] };
}

describe("a bound by numbers of bins", () => {
  test("is never above the least cost, and is what its proof proves", async () => {
    const solver = await highsSolver();
    let [proofs, above, faults] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(smallProblem, async ({ problem, prices, spare }) => {
        const least = leastCost(problem);
        const model = modelOf(problem);
        if (least === undefined || least === 0 || model.typeCount === 0) return;
        const effort = new Effort(1e6);
        const below = least + spare;
        const limits = limitsOf(model, prices, below, effort);
        if (limits.length === 0) return;
        const tree = new CountTree(model, limits, below, effort);
        for (let fleet = tree.next(200, 1); fleet !== undefined; fleet = tree.next(200, 1)) {
          const cost = fleet.reduce((sum, count, type) => sum + count * model.cost[type]!, 0);
          const packed = await packedInto(model, solver, fleet, effort);
          if (packed !== undefined) expect(costOf(model, packed)).toBeGreaterThanOrEqual(least);
          const against = await pricesAgainst(model, solver, fleet, [], effort);
          if (against === undefined) continue;
          expect(packed).toBe(undefined);
          limits.push(limitOf(model, against, mostBelow(model, below), effort)!);
          expect(cost).toBeLessThan(below);
        }
        for (const some of [limits.slice(0, 1), limits]) {
          const grown = new CountTree(model, some, below, effort);
          while (grown.next(200, 1) !== undefined);
          const { cost, proof } = provenByCounts(model, some, grown.root, below);
          expect(cost).toBeLessThanOrEqual(least);
          const checked = costProvenBy(problem, proof);
          // Costs have a divisor in common more often than not; what is written down does not know of it.
          expect(checked).toBeLessThanOrEqual(cost);
          expect(checked).toBeGreaterThan(cost - model.cost.reduce((most, one) => Math.max(most, one), 1));
          proofs++;
          if (cost === least) above++;
          if (proof.limits.length === 0) continue;
          faults++;
          expect(() => costProvenBy(problem, withLowerCeiling(problem, proof))).toThrow("more than");
        }
      }),
      { numRuns: 300 },
    );
    expect(Math.min(proofs, above, faults)).toBeGreaterThan(50);
  });
});
