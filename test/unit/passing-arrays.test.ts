/** Method: many arrays cut from common buffers, each written to, beside what was written. */

import { expect, test } from "vitest";
import { passingCopy, passingDoubles } from "../../src/packing/arrays.js";

test("arrays that do not last begin as they are said to, and none is part of another", () => {
  const made = Array.from({ length: 400 }, (_, at) => {
    const length = at % 50 === 0 ? 2000 : (at * 13) % 301;
    const doubles = passingDoubles(length);
    expect(doubles.every((one) => one === 0)).toBe(true);
    const ints = passingCopy(Int32Array.from({ length }, (__, index) => at + index));
    doubles.fill(at);
    return { length, doubles, ints };
  });
  for (const [at, { length, doubles, ints }] of made.entries()) {
    expect([doubles.length, ints.length]).toEqual([length, length]);
    expect(doubles.every((one) => one === at)).toBe(true);
    expect(ints.every((one, index) => one === at + index)).toBe(true);
  }
});
