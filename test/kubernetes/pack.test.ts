/** Method: answers in which each part that packing leaves out is there, is empty, or is not what follows from the rest. */

import { describe, expect, test } from "vitest";
import type { OracleAnswer } from "./oracle.js";
import { pack, unpack } from "./pack.js";

const status = { code: "Unschedulable", reasons: ["Too many pods"] };
const scores = [{ plugin: "ImageLocality", weight: 2, raw: [1, 5], norm: [1, 5], weighted: [2, 10] }];
const cases: Readonly<Record<string, OracleAnswer>> = {
  "a gated pod": { pod: "default/p", gated: { plugin: "SchedulingGates", ...status } },
  "a node that one plugin rejects": {
    pod: "default/p",
    nodes: [{ name: "a", ok: false, first: { plugin: "NodePorts", ...status }, filters: { NodePorts: status } }],
  },
  "a node that is full only with the pods nominated to it": {
    pod: "default/p",
    nodes: [{ name: "a", ok: false, first: { plugin: "NodePorts", ...status } }],
  },
  "scores of two nodes": {
    pod: "default/p",
    nodes: [
      { name: "a", ok: true },
      { name: "b", ok: true },
    ],
    feasible: ["a", "b"],
    scores,
    totals: [2, 10],
    best: ["b"],
  },
  "a profile that scores nothing": {
    pod: "default/p",
    nodes: [{ name: "a", ok: true }],
    feasible: ["a"],
    totals: [0],
    best: ["a"],
  },
  "scoring that failed": { pod: "default/p", nodes: [{ name: "a", ok: true }], feasible: ["a"], scoreError: "bad" },
};

describe("packing an answer", () => {
  test.each(Object.entries(cases))("loses nothing of %s", (_, result) => {
    expect(unpack(pack({ results: [result] }))).toEqual({ results: [result] });
  });

  test("refuses an answer whose sums do not follow from its parts", () => {
    const wrong = { ...cases["scores of two nodes"]!, totals: [3, 10] };
    expect(() => pack({ results: [wrong] })).toThrow("cannot be packed");
  });
});
