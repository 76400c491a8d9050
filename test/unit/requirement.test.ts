// Golden rows for every operator, rule and sentence (the sentences as kube-scheduler prints them), and properties that
// hold the canonical form against the operators' plain meaning, written out again here.
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { LabelSelector, Requirement, StringMap } from "../../src/kube/objects.js";
import {
  joinProblems,
  matchesAll,
  matchesRequirement,
  matchesTerm,
  type ParsedSelector,
  parseLabelSelector,
  parseNodeSelectorTerm,
  parseSelectorText,
  requirementsOfMap,
} from "../../src/kube/requirement.js";

const NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const term = (...matchExpressions: Requirement[]) => parseNodeSelectorTerm({ matchExpressions });
const errorOf = (parsed: { ok: boolean; error?: string }): string => parsed.error ?? "no error";

/** Whether a selector matches; fails the test when it was not read. */
function selects(parsed: ParsedSelector, labels: StringMap): boolean {
  if (!parsed.ok) throw new Error(parsed.error);
  return !parsed.nothing && matchesAll(parsed.requirements, labels);
}

describe("node selector terms", () => {
  test.each<[requirement: Requirement, matching: (string | undefined)[], others: (string | undefined)[]]>([
    [{ key: "k", operator: "In", values: ["a", ""] }, ["a", ""], ["b", undefined]],
    [{ key: "k", operator: "NotIn", values: ["a"] }, ["b", "", undefined], ["a"]],
    [{ key: "k", operator: "Exists" }, ["", "a"], [undefined]],
    [{ key: "k", operator: "DoesNotExist" }, [undefined], ["", "a"]],
    [
      { key: "k", operator: "Gt", values: ["5"] },
      ["6", "+6", "0006", "9223372036854775807"],
      ["5", "-9", "", "6x", "9223372036854775808", undefined],
    ],
    [
      { key: "k", operator: "Lt", values: ["005"] },
      ["4", "-7", "-9223372036854775808"],
      ["5", "1e0", " 4", "4.0", "-9223372036854775809", undefined],
    ],
  ])("%j matches exactly what its operator means", (requirement, matching, others) => {
    const parsed = term(requirement);
    const matches = (value: string | undefined) => matchesTerm(parsed, value === undefined ? {} : { k: value }, "n");
    expect(matching.filter((value) => !matches(value))).toEqual([]);
    expect(others.filter(matches)).toEqual([]);
  });

  test("all of a term's requirements must hold, and a missing label set is an empty one", () => {
    const parsed = term({ key: "a", operator: "Exists" }, { key: "b", operator: "DoesNotExist" });
    expect(matchesTerm(parsed, { a: "" }, "n")).toBe(true);
    expect(matchesTerm(parsed, { a: "", b: "" }, "n")).toBe(false);
    expect(matchesTerm(parsed, undefined, "n")).toBe(false);
    expect(matchesTerm(term({ key: "b", operator: "DoesNotExist" }), null, "n")).toBe(true);
  });

  test("a label is the object's own, never what every JavaScript object has", () => {
    expect(matchesTerm(term({ key: "constructor", operator: "Exists" }), {}, "n")).toBe(false);
    const labels = JSON.parse('{"toString":"a"}') as StringMap;
    expect(matchesTerm(term({ key: "toString", operator: "In", values: ["a"] }), labels, "n")).toBe(true);
  });

  test("a term without requirements is empty and matches nothing", () => {
    for (const empty of [{}, { matchExpressions: [] }, { matchExpressions: null, matchFields: [] }]) {
      const parsed = parseNodeSelectorTerm(empty);
      expect(parsed).toMatchObject({ ok: true, empty: true });
      expect(matchesTerm(parsed, { a: "b" }, "n")).toBe(false);
    }
  });

  test("fields are the node's name, and every other field is empty", () => {
    const field = (key: string, operator: string, value: string) =>
      matchesTerm(parseNodeSelectorTerm({ matchFields: [{ key, operator, values: [value] }] }), {}, "n1");
    expect(field("metadata.name", "In", "n1")).toBe(true);
    expect(field("metadata.name", "In", "n2")).toBe(false);
    expect(field("metadata.name", "NotIn", "n1")).toBe(false);
    expect(field("metadata.uid", "In", "n1")).toBe(false);
    expect(field("metadata.uid", "In", "")).toBe(true);
    expect(field("metadata.uid", "NotIn", "n1")).toBe(true);
  });

  test.each<[Requirement, string]>([
    [
      { key: "k", operator: "In" },
      "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty",
    ],
    [
      { key: "k", operator: "NotIn", values: [] },
      "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
    ],
    [
      { key: "k", operator: "Exists", values: ["a"] },
      'values: Invalid value: ["a"]: values set must be empty for exists and does not exist',
    ],
    [
      { key: "k", operator: "Gt", values: ["1", "2"] },
      `values: Invalid value: ["1","2"]: for 'Gt', 'Lt' operators, exactly one value is required`,
    ],
    [
      { key: "k", operator: "Lt", values: ["x"] },
      `values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    [{ key: "k", operator: "Gt", values: ["-5"] }, `values[0][k]: Invalid value: "-5": ${VALUE_RULE}`],
    [{ key: "_k", operator: "Exists" }, `key: Invalid value: "_k": name part ${NAME_RULE}`],
    [
      { key: "k", operator: "gt", values: ["1"] },
      'operator: Unsupported value: "gt": supported values: "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"',
    ],
    [{}, 'operator: Unsupported value: "": supported values: "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"'],
  ])("%j is refused in upstream's words", (requirement, sentence) => {
    expect(errorOf(term(requirement))).toBe(`matchExpressions[0].${sentence}`);
  });

  test("every problem of a term is told, behind the place where it stands", () => {
    const parsed = parseNodeSelectorTerm(
      {
        matchExpressions: [{ key: "", operator: "Exists", values: ["<"] }],
        matchFields: [
          { key: "metadata.name", operator: "In", values: [] },
          { key: "metadata.name", operator: "Gt" },
        ],
      },
      "[2]",
    );
    const problems = [
      `[2].matchExpressions[0].key: Invalid value: "": name part must be non-empty; name part ${NAME_RULE}`,
      '[2].matchExpressions[0].values: Invalid value: ["\\u003c"]: values set must be empty for exists and does not exist',
      `[2].matchExpressions[0].values[0][]: Invalid value: "<": ${VALUE_RULE}`,
      "[2].matchFields[0].values: Invalid value: []: must have one element",
      '[2].matchFields[1].operator: Unsupported value: "Gt": supported values: "In", "NotIn"',
    ];
    expect(parsed).toEqual({ ok: false, error: `[${problems.join(", ")}]`, problems });
    expect(matchesTerm(parsed, {}, "n")).toBe(false);
  });

  test("problems that are alike are told once", () => {
    expect(joinProblems(["a", "a"])).toBe("a");
    expect(joinProblems(["a", "b", "a"])).toBe("[a, b]");
  });
});

describe("label selectors", () => {
  test("null matches nothing and an empty one everything", () => {
    expect([parseLabelSelector(null), parseLabelSelector(undefined)].some((parsed) => selects(parsed, {}))).toBe(false);
    for (const empty of [{}, { matchLabels: {} }, { matchLabels: null, matchExpressions: null }]) {
      expect(selects(parseLabelSelector(empty), { a: "b" })).toBe(true);
    }
  });

  test("equal selectors give equal requirements in whatever order they were written", () => {
    const a = parseLabelSelector({
      matchLabels: { x: "1", b: "2" },
      matchExpressions: [{ key: "c", operator: "Exists" }],
    });
    const b = parseLabelSelector({
      matchLabels: { b: "2", x: "1" },
      matchExpressions: [{ key: "c", operator: "Exists" }],
    });
    expect(a).toEqual(b);
    expect(JSON.stringify(a)).toBe(JSON.stringify(b));
  });

  test.each<[LabelSelector, string]>([
    [
      { matchExpressions: [{ key: "k", operator: "Gt", values: ["1"] }] },
      '"Gt" is not a valid label selector operator',
    ],
    [
      { matchExpressions: [{ key: "k", operator: "In", values: [] }] },
      "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty",
    ],
    [{ matchLabels: { k: "-" } }, `values[0][k]: Invalid value: "-": ${VALUE_RULE}`],
    [
      { matchLabels: { "a/b/c": "x" } },
      `key: Invalid value: "a/b/c": a valid label key ${NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ],
  ])("%j is refused in upstream's words", (selector, sentence) => {
    expect(errorOf(parseLabelSelector(selector))).toBe(sentence);
  });

  test("a plain map is compared for equality and never refused", () => {
    expect(matchesAll(requirementsOfMap({ "not a key": "not a value!" }), { "not a key": "not a value!" })).toBe(true);
    expect(matchesAll(requirementsOfMap({ a: "1", b: "2" }), { a: "1" })).toBe(false);
    expect([null, undefined, {}].every((map) => matchesAll(requirementsOfMap(map), {}))).toBe(true);
  });
});

describe("selector texts", () => {
  test.each<[text: string, matching: StringMap[], others: StringMap[]]>([
    ["", [{}, { a: "b" }], []],
    ["a=b", [{ a: "b" }], [{ a: "c" }, {}]],
    ["a == b", [{ a: "b" }], [{ a: "" }]],
    ["a!=b", [{}, { a: "c" }], [{ a: "b" }]],
    ["a=", [{ a: "" }], [{ a: "b" }, {}]],
    ["a", [{ a: "" }], [{}]],
    ["!a", [{}], [{ a: "" }]],
    ["a in (b, c)", [{ a: "c" }], [{ a: "d" }, {}]],
    ["a in (b,)", [{ a: "" }, { a: "b" }], [{ a: "c" }]],
    ["a in ()", [{ a: "" }], [{ a: "b" }, {}]],
    ["a notin (b,c)", [{}, { a: "d" }], [{ a: "b" }]],
    ["a>5,a<9", [{ a: "6" }], [{ a: "5" }, { a: "x" }, {}]],
    ["in in (in,notin)", [{ in: "notin" }], [{ in: "a" }]],
    ["example.com/k=v,\tb", [{ "example.com/k": "v", b: "" }], [{ b: "" }]],
  ])("%j", (text, matching, others) => {
    const parsed = parseSelectorText(text);
    expect(matching.filter((labels) => !selects(parsed, labels))).toEqual([]);
    expect(others.filter((labels) => selects(parsed, labels))).toEqual([]);
  });

  test.each([
    [",a", "found ',', expected: !, identifier, or 'end of string'"],
    ["a,", "found '', expected: identifier after ','"],
    ["a,,b", "found ',', expected: identifier after ','"],
    ["a=b=c", "found '=', expected: ',' or 'end of string'"],
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["!", "unable to parse requirement: found '', expected: identifier"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["a in (b", "unable to parse requirement: found '', expected: ',' or ')'"],
    ["a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"],
    ["a in (=)", "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
    ["a==!", "unable to parse requirement: found '!', expected: identifier"],
    [
      "a>b",
      `unable to parse requirement: values[0]: Invalid value: "b": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
  ])("%j is refused: %s", (text, sentence) => {
    expect(errorOf(parseSelectorText(text))).toBe(sentence);
  });
});

const value = fc.constantFrom("", "a", "b", "1", "2", "10", "x1");
const requirement = fc.oneof(
  fc.record({
    key: fc.constant("k"),
    operator: fc.constantFrom("In", "NotIn"),
    values: fc.array(value, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    key: fc.constant("k"),
    operator: fc.constantFrom("Exists", "DoesNotExist"),
    values: fc.constant<string[]>([]),
  }),
  fc.record({
    key: fc.constant("k"),
    operator: fc.constantFrom("Gt", "Lt"),
    values: fc.tuple(fc.constantFrom("0", "1", "2", "10")),
  }),
);

/** What the operator says, without any canonical form. */
function means(operator: string, values: readonly string[], label: string | undefined): boolean {
  const number = label !== undefined && /^\d+$/.test(label) ? Number(label) : Number.NaN;
  switch (operator) {
    case "In":
      return label !== undefined && values.includes(label);
    case "NotIn":
      return label === undefined || !values.includes(label);
    case "Exists":
      return label !== undefined;
    case "DoesNotExist":
      return label === undefined;
    case "Gt":
      return number > Number(values[0]);
    default:
      return number < Number(values[0]);
  }
}

describe("properties", () => {
  property.prop([requirement, fc.option(value, { nil: undefined })])(
    "the canonical form means what the operator says",
    ({ key, operator, values }, label) => {
      const parsed = term({ key, operator, values });
      const [canonical] = parsed.ok ? parsed.expressions : [];
      if (canonical === undefined) throw new Error("not read");
      expect(matchesRequirement(canonical, label)).toBe(means(operator, values, label));
    },
  );

  property.prop([fc.string({ unit: fc.constantFrom(..."ab5!=<>(),/- int"), maxLength: 16 })])(
    "any selector text is read or refused with a sentence",
    (text) => {
      const parsed = parseSelectorText(text);
      expect(parsed.ok || parsed.error.length > 0).toBe(true);
    },
  );
});
