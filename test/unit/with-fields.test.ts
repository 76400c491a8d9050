/** Method: what a spread of both makes is the expectation; identity and the given object are looked at beside it. */

import { expect, test } from "vitest";
import { withFields } from "../../src/kube/with-fields.js";

interface Sample {
  readonly name?: string | null;
  readonly size?: number;
}

test.each<[what: string, given: Sample, fields: Sample]>([
  ["a field that is new", { name: "a" }, { size: 1 }],
  ["a field that differs", { name: "a", size: 1 }, { name: "b" }],
  ["null for what is missing", {}, { name: null }],
  ["zero for a number", { size: 1 }, { size: 0 }],
])("gives a copy %s, as a spread does", (_, given, fields) => {
  const before = structuredClone(given);
  const made = withFields(given, fields);
  expect(made).toStrictEqual({ ...given, ...fields });
  expect(Object.keys(made)).toEqual(Object.keys({ ...given, ...fields }));
  expect([given, made === given]).toStrictEqual([before, false]);
});

test("gives back what has the fields already, and undefined says nothing", () => {
  const given: Sample = { name: null, size: 1 };
  expect(withFields(given, { size: 1, name: undefined })).toBe(given);
  expect(withFields(given, {})).toBe(given);
});

test("takes what is missing for an object without fields", () => {
  for (const given of [undefined, null]) {
    expect(withFields<Sample>(given, { size: 1 })).toStrictEqual({ size: 1 });
    expect(withFields<Sample>(given, { size: 1, name: undefined })).toStrictEqual({ size: 1 });
    expect(withFields<Sample>(given, { name: undefined })).toStrictEqual({});
  }
});

test("a field called __proto__ stays a field", () => {
  const given = JSON.parse('{"__proto__":{"hostNetwork":true},"a":1}') as { a: number; hostNetwork?: boolean };
  const copy = withFields(given, { a: 2 });
  expect(copy.hostNetwork).toBeUndefined();
  expect(JSON.stringify(copy)).toBe('{"__proto__":{"hostNetwork":true},"a":2}');
});
