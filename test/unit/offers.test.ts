// What a node on offer has for pods once something of it is kept free, against whole numbers.
import { expect, test } from "vitest";
import { allocatableOf, type Offer } from "../../src/planning/offers.js";

const offer = (milli: number, bytes: number): Offer => ({
  name: "any",
  price: 1,
  allocatable: { cpu: `${milli}m`, memory: bytes, pods: 110, "example.com/gpu": 3 },
});

test("a headroom is taken off exactly, and only of what grows", () => {
  for (let percent = 0; percent < 100; percent++) {
    for (const milli of [100, 110, 1100, 1930, 3920, 7910, 64_000]) {
      const bytes = milli * 2 ** 20;
      const kept = allocatableOf(offer(milli, bytes), { headroom: percent / 100, reserve: {} });
      const part = (whole: number): number => Number((BigInt(whole) * BigInt(100 - percent)) / 100n);
      expect([percent, kept]).toEqual([
        percent,
        { cpu: part(milli), memory: part(bytes), pods: 110, "example.com/gpu": 3 },
      ]);
    }
  }
});

test("what is reserved goes off as well, and no less than nothing is left", () => {
  const reserve = { cpu: 200, memory: 2 ** 20, pods: 200 };
  expect(allocatableOf(offer(1100, 2 ** 30), { headroom: 0.3, reserve })).toEqual({
    cpu: 570,
    memory: Math.floor(2 ** 30 * 0.7) - 2 ** 20,
    pods: 0,
    "example.com/gpu": 3,
  });
});
