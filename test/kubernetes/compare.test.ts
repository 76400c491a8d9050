/**
 * Method: one answer of the oracle, written out, and a verdict that agrees with it; then the verdict is spoilt in one
 * place at a time and the comparison must name exactly that place.
 */

import { describe, expect, test } from "vitest";
import { compare, compareWorld, type Verdict } from "./compare.js";
import type { OracleAnswer } from "./oracle.js";

const reasons = ["Insufficient cpu"];
const answer: OracleAnswer = {
  pod: "default/p",
  nodes: [
    { name: "a", ok: true },
    { name: "b", ok: false, first: { plugin: "NodeResourcesFit", code: "Unschedulable", reasons } },
    { name: "c", ok: false, excluded: true },
  ],
  feasible: ["a"],
  scores: [
    { plugin: "TaintToleration", weight: 3, raw: [0], norm: [100], weighted: [300] },
    { plugin: "DynamicResources", weight: 2, raw: [0], norm: [0], weighted: [0] },
  ],
  totals: [300],
  selected: "a",
  upstream: { host: "a" },
};
const agreed: Verdict = {
  pod: "default/p",
  status: "placed",
  selected: "a",
  rejections: {
    b: { plugin: "NodeResourcesFit", code: "Unschedulable", reasons },
    c: {
      plugin: "NodeAffinity",
      code: "UnschedulableAndUnresolvable",
      reasons: ["node(s) didn't satisfy plugin(s) [NodeAffinity]"],
    },
  },
  scores: { a: { TaintToleration: { raw: 0n, normalized: 100, weighted: 300n } } },
  totals: { a: 300n },
};

describe("comparing a verdict with the real scheduler's answer", () => {
  test("says nothing when both agree", () => {
    expect(compare(answer, agreed)).toEqual([]);
  });

  test.each<[string, Partial<Verdict>]>([
    ["selected", { selected: "b" }],
    ["status", { status: "unschedulable" }],
    ["message", { message: "0/3 nodes are available." }],
    ["node b", { rejections: { ...agreed.rejections, b: { plugin: "NodePorts", code: "Unschedulable", reasons } } }],
    ["node d", { rejections: { ...agreed.rejections, d: { plugin: "NodePorts", code: "Unschedulable", reasons } } }],
    ["total of a", { totals: { a: 299 } }],
    ["preFilter", { preFilter: { plugin: "NodeAffinity", code: "Unschedulable", reasons } }],
    ["score of TaintToleration on a", { scores: { a: {} } }],
    [
      "score of ImageLocality on a",
      { scores: { a: { ...agreed.scores?.a, ImageLocality: { raw: 0, normalized: 0, weighted: 0 } } } },
    ],
  ])("names what differs: %s", (place, spoilt) => {
    const lines = compare(answer, { ...agreed, ...spoilt });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`default/p: ${place}: `);
  });

  test("names a plugin that the real scheduler alone counts", () => {
    const spread = { plugin: "PodTopologySpread", weight: 2, raw: [1], norm: [100], weighted: [200] };
    expect(compare({ ...answer, scores: [...answer.scores!, spread] }, agreed)).toEqual([
      "default/p: score of PodTopologySpread on a: kube-scheduler alone counts it, raw 1, normalized 100, weighted 200",
    ]);
  });

  test("compares an error by its phase and plugin, not by the parser's wording", () => {
    const error = 'running PreScore plugin "NodeAffinity": [0].key: Invalid value';
    const failed: OracleAnswer = { pod: "default/p", upstream: { error }, scoreError: error };
    const verdict: Verdict = {
      pod: "default/p",
      status: "error",
      message: 'running PreScore plugin "NodeAffinity": bad',
    };
    expect(compare(failed, verdict)).toEqual([]);
    expect(compare(failed, { ...verdict, message: 'running PreScore plugin "X": bad' })).toHaveLength(1);
  });

  test("a world without an answer is a difference", () => {
    expect(compareWorld({ error: "panic" }, [agreed])).toEqual(["panic", "0 answers, 1 verdicts"]);
  });
});
