// Conditions of --fail-on on numbers that floating point does not hold exactly, and those that could never come true.
import { expect, test } from "vitest";
import { parseFailOn } from "../../src/cli/fail-on-flag.js";
import type { VariantResult } from "../../src/planning/comparison.js";

const variant = (cost: number): VariantResult => ({
  name: "one",
  pods: 0,
  pending: 0,
  moved: 0,
  added: 0,
  removed: 0,
  nodes: 1,
  nodesUsed: 1,
  cost,
  resources: {},
});

function isMet(text: string, one: number, first: number): boolean {
  const { conditions, issues } = parseFailOn([text], true);
  expect(issues).toEqual([]);
  return conditions[0]!.isMet(variant(one), variant(first));
}

test.each([
  // In doubles 0.4 - 0.3 is more than 0.1, and 0.3 - 0.1 less than 0.2.
  ["cost>+0.1", 0.4, 0.3, false],
  ["cost>+0.1", 0.400001, 0.3, true],
  ["cost>=+0.2", 0.3, 0.1, true],
  ["cost>=+0.2", 0.299999, 0.1, false],
  ["cost<-0.1", 0.3, 0.4, false],
  ["cost<=-0.1", 0.3, 0.4, true],
  ["cost>+10%", 0.33, 0.3, false],
  ["cost>=+10%", 0.33, 0.3, true],
  ["cost>+0", 0.3, 0.3, false],
])("%s of %d after %d: %s", (text, one, first, met) => {
  expect(isMet(text, one, first)).toBe(met);
});

test.each([
  ["requested.cpus>+0", "cpus is no resource of a node"],
  ["stranded.example.com/gpu>0", "only cpu and memory are stranded"],
  ["nodes>+-1", "is not METRIC, one of > >= < <=, and a value, as in nodes>+0"],
])("refuses %s, which no comparison could come to", (text, message) => {
  expect(parseFailOn([text], true).issues.map((issue) => issue.message)).toEqual([message]);
});
