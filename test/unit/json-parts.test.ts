// Against JSON.stringify, of documents with lists around the length that is put into one part.
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { jsonParts } from "../../src/cli/print/json-parts.js";

const value = fc.jsonValue();
const list = fc
  .tuple(value, fc.constantFrom(0, 1, 999, 1_000, 1_001, 2_000, 2_500))
  .map(([one, length]) => Array.from({ length }, (_, index) => (index % 2 === 0 ? one : index)));
const document = fc.dictionary(fc.string(), fc.oneof(value, list, fc.constant(undefined)), { maxKeys: 5 });

test.prop([document], { numRuns: 60 })("joined parts are the text of JSON.stringify", (given) => {
  const parts = [...jsonParts(given)];
  expect(parts.join("")).toBe(`${JSON.stringify(given, null, 2)}\n`);
});

test("a long list comes in parts", () => {
  const parts = [...jsonParts({ list: Array.from({ length: 10_000 }, (_, at) => at) })];
  expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(20_000);
});
