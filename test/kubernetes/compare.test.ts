/**
 * Method: one answer of the oracle, written out, and a verdict that agrees with it; then the verdict is spoilt in one
 * place at a time and the comparison must name exactly that place. What a side lacks must be left out, and counted.
 */

import { expect, describe as group, test } from "vitest";
import { compare, compareWorld, judgeWorld, NOTHING_MISSING } from "./compare.js";
import { describe } from "./difference.js";
import type { OracleAnswer } from "./oracle.js";
import type { Verdict } from "./verdict.js";

const reasons = ["Insufficient cpu"];
const insufficient = { plugin: "NodeResourcesFit", code: "Unschedulable", reasons };
const ports = { plugin: "NodePorts", code: "Unschedulable", reasons };
const excluded = {
  plugin: "NodeAffinity",
  code: "UnschedulableAndUnresolvable",
  reasons: ["node(s) didn't satisfy plugin(s) [NodeAffinity]"],
};
const answer: OracleAnswer = {
  pod: "default/p",
  skipFilter: ["NodePorts"],
  nodes: [
    { name: "a", ok: true },
    { name: "b", ok: false, first: insufficient, filters: { NodeResourcesFit: { code: "Unschedulable", reasons } } },
    { name: "c", ok: false, excluded: true, first: excluded },
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
const nothing = { raw: 0, normalized: 0, weighted: 0 };
const scores = { TaintToleration: { raw: 0n, normalized: 100, weighted: 300n }, DynamicResources: nothing };
const agreed: Verdict = {
  pod: "default/p",
  status: "placed",
  selected: "a",
  skipFilter: ["NodePorts"],
  rejections: { b: insufficient, c: excluded },
  filters: { b: { NodeResourcesFit: { code: "Unschedulable", reasons } } },
  scores: { a: scores },
  totals: { a: 300n },
};
const unfit: OracleAnswer = {
  pod: "default/p",
  nodes: [{ name: "b", ok: false, first: insufficient }],
  filterMessage: "0/1 nodes are available: 1 Insufficient cpu.",
  message: "0/1 nodes are available: 1 Insufficient cpu. preemption: found",
  preemption: {
    candidates: [{ node: "b", victims: ["default/v", "default/w"], pdbViolations: 1 }],
    statuses: { c: { code: "Unschedulable", reasons } },
    nominated: "b",
    victims: ["default/v", "default/w"],
  },
};
const preemption = {
  candidates: [{ node: "b", victims: ["default/v", "default/w"], pdbViolations: 1 }],
  statuses: { c: { code: "Unschedulable", reasons } },
  nominated: "b",
};
const preempting: Verdict = {
  pod: "default/p",
  status: "unschedulable",
  message: "0/1 nodes are available: 1 Insufficient cpu.",
  fullMessage: "0/1 nodes are available: 1 Insufficient cpu. preemption: found",
  rejections: { b: insufficient },
  preemption,
};

function lines(real: OracleAnswer, ours: Verdict): string[] {
  return compare(real, ours).map(describe);
}

group("comparing a verdict with the real scheduler's answer", () => {
  test("says nothing when both agree", () => {
    expect(lines(answer, agreed)).toEqual([]);
    expect(lines(unfit, preempting)).toEqual([]);
  });

  test.each<[string, Partial<Verdict>]>([
    ["selected", { selected: "b" }],
    ["status", { status: "unschedulable" }],
    ["message", { message: "0/3 nodes are available." }],
    ["node b", { rejections: { b: ports, c: excluded } }],
    ["node d", { rejections: { ...agreed.rejections, d: ports } }],
    ["filter NodeResourcesFit on b", { filters: {} }],
    ["filter NodePorts on a", { filters: { ...agreed.filters, a: { NodePorts: ports } } }],
    ["PreFilter of NodePorts", { skipFilter: [] }],
    ["total of a", { totals: { a: 299 } }],
    ["preFilter", { preFilter: excluded }],
    ["score of TaintToleration on a", { scores: { a: { DynamicResources: nothing } } }],
    ["score of ImageLocality on a", { scores: { a: { ...scores, ImageLocality: nothing } } }],
  ])("names what differs: %s", (place, spoilt) => {
    const found = lines(answer, { ...agreed, ...spoilt });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`default/p: ${place}: `);
  });

  test.each<[string, Partial<Verdict>]>([
    ["message with PostFilter", { fullMessage: "0/1 nodes are available." }],
    ["nominated node", { preemption: { candidates: preemption.candidates, statuses: preemption.statuses } }],
    [
      "victims on b",
      { preemption: { ...preemption, candidates: [{ ...preemption.candidates[0]!, pdbViolations: 0 }] } },
    ],
    ["candidates", { preemption: { ...preemption, candidates: [] } }],
    ["dry run on c", { preemption: { ...preemption, statuses: {} } }],
  ])("names what differs in preemption: %s", (place, spoilt) => {
    const found = lines(unfit, { ...preempting, ...spoilt });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`default/p: ${place}: `);
  });

  test("compares an error by its phase and plugin, not by the parser's wording", () => {
    const error = 'running PreScore plugin "NodeAffinity": [0].key: Invalid value';
    const failed: OracleAnswer = { pod: "default/p", upstream: { error }, scoreError: error };
    const verdict: Verdict = {
      pod: "default/p",
      status: "error",
      message: 'running PreScore plugin "NodeAffinity": bad',
    };
    expect(lines(failed, verdict)).toEqual([]);
    expect(lines(failed, { ...verdict, message: 'running PreScore plugin "X": bad' })).toHaveLength(1);
  });

  test("a world without an answer is a difference", () => {
    expect(compareWorld({ error: "panic" }, [agreed])).toHaveLength(2);
  });
});

group("judging a side that lacks something", () => {
  const missing = { ...NOTHING_MISSING, filters: new Set(["VolumeZone"]), scores: new Set(["ImageLocality"]) };
  const spread = { plugin: "ImageLocality", weight: 1, raw: [1], norm: [1], weighted: [1] };

  test("leaves out a plugin that adds nothing, and the rest of the world from where one matters", () => {
    const silent = { ...answer, scores: [...answer.scores!, { ...spread, norm: [0], weighted: [0] }] };
    expect(judgeWorld({ results: [silent] }, [agreed], { missing })).toMatchObject({ differences: [], judged: 1 });
    const loud = { ...answer, scores: [...answer.scores!, spread] };
    const { judged, notJudged } = judgeWorld({ results: [answer, loud, answer] }, [agreed, agreed, agreed], {
      missing,
    });
    expect([judged, [...notJudged]]).toEqual([1, [["needs ImageLocality", 2]]]);
  });

  test("goes on behind a pod that the side declines and that kube-scheduler did not place either", () => {
    const declined: Verdict = { pod: "default/p", status: "unsupported", message: "spec.volumes[3] needs more" };
    const results = [{ ...unfit, preemption: {} }, answer];
    const { judged, notJudged } = judgeWorld({ results }, [declined, agreed], { missing });
    expect([judged, [...notJudged]]).toEqual([1, [["spec.volumes[] needs more", 1]]]);
  });

  test("does not compare what the heap took of nodes that PreFilter handed on, even where it handed on all", () => {
    const tied = { ...answer, nodes: [{ name: "a", ok: true }], best: ["a", "b"] };
    const restricted = { ...tied, preFilter: [{ plugin: "NodeAffinity", code: "Success", nodes: ["a", "b"] }] };
    const reasonsOf = (result: OracleAnswer, sampling: boolean) => [
      ...judgeWorld({ results: [result] }, [agreed], { sampling }).notJudged.keys(),
    ];
    expect(reasonsOf(tied, true)).toEqual([]);
    expect(reasonsOf(restricted, true)).toEqual(["chosen by Go's map order"]);
    expect(reasonsOf(restricted, false)).toEqual([]);
    expect(reasonsOf({ ...answer, best: ["a", "b"] }, true)).toEqual(["chosen by Go's map order"]);
  });

  test("compares one plugin alone when asked to", () => {
    const spoilt: Verdict = { ...agreed, selected: "b", scores: { a: { DynamicResources: nothing } } };
    const { differences } = judgeWorld({ results: [answer] }, [spoilt], { only: "TaintToleration" });
    expect(differences.map(({ what }) => what)).toEqual(["score of TaintToleration on a"]);
  });
});
