/**
 * Label requirements: every selector operator in one canonical form. Construction rules and sentences follow k8s 1.36
 * apimachinery pkg/labels and component-helpers scheduling/corev1/nodeaffinity.
 */

import { labelKeyErrors, labelValueErrors } from "./names.js";
import type { LabelSelector, NodeSelectorTerm, Requirement, StringMap } from "./objects.js";

/**
 * One requirement on one label. In is values; NotIn is absent, complement, values; Exists is complement of nothing;
 * DoesNotExist is absent and nothing else; Gt and Lt are Exists with a bound.
 */
export interface LabelRequirement {
  readonly key: string;
  /** Matches when the label is missing. */
  readonly absent: boolean;
  /** Matches the values that are not in `values`, instead of those that are. */
  readonly complement: boolean;
  readonly values: ReadonlySet<string>;
  /** The label must be a base-10 int64 above this. */
  readonly greaterThan?: bigint;
  /** The label must be a base-10 int64 below this. */
  readonly lessThan?: bigint;
}

/**
 * A node selector term. A term that is `empty` or not `ok` matches no node. `names` are requirements on fields: those
 * with the key "metadata.name" are matched with the node's name, every other with the empty string.
 */
export type ParsedTerm =
  | {
      readonly ok: true;
      readonly expressions: readonly LabelRequirement[];
      readonly names: readonly LabelRequirement[];
      readonly empty: boolean;
    }
  | {
      readonly ok: false;
      /** All of `problems`, in upstream's form: one bare, several in brackets. */
      readonly error: string;
      readonly problems: readonly string[];
    };

/** A label selector: `nothing` matches no object at all, no requirements match every object. */
export type ParsedSelector =
  | { readonly ok: true; readonly nothing: boolean; readonly requirements: readonly LabelRequirement[] }
  | { readonly ok: false; readonly error: string };

type Problems = { readonly problems: readonly string[] };
type Built = LabelRequirement | Problems;

/** The words and symbols of a selector text, and how many of them are read. */
interface Tokens {
  readonly list: readonly string[];
  next: number;
}

const NONE: ReadonlySet<string> = new Set();
const NODE_OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"];
const FIELD_OPERATORS = ["In", "NotIn"];
const SELECTOR_OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"];
const NODE_NAME_FIELD = "metadata.name";

const TOKEN = /==|!=|[=!<>(),]|[^=!<>(), \t\r\n]+/g;
const END = "";
const TEXT_OPERATORS: ReadonlyMap<string, string> = new Map([
  ["in", "In"],
  ["notin", "NotIn"],
  ["=", "In"],
  ["==", "In"],
  ["!=", "NotIn"],
  [">", "Gt"],
  ["<", "Lt"],
]);

/** Whether a label value satisfies a requirement; undefined means that the object does not have the label. */
export function matchesRequirement(requirement: LabelRequirement, value: string | undefined): boolean {
  if (value === undefined) return requirement.absent;
  if (requirement.values.has(value) === requirement.complement) return false;
  const { greaterThan, lessThan } = requirement;
  if (greaterThan === undefined && lessThan === undefined) return true;
  const number = parseInt64(value);
  if (number === undefined) return false;
  return (greaterThan === undefined || number > greaterThan) && (lessThan === undefined || number < lessThan);
}

/** Whether labels satisfy all of the requirements. Missing labels are no labels. */
export function matchesAll(requirements: readonly LabelRequirement[], labels: StringMap | null | undefined): boolean {
  return requirements.every((requirement) => {
    const { key } = requirement;
    return matchesRequirement(requirement, labels && Object.hasOwn(labels, key) ? labels[key] : undefined);
  });
}

/** Whether a node satisfies a term: its labels the expressions, and its name the names. */
export function matchesTerm(term: ParsedTerm, labels: StringMap | null | undefined, nodeName: string): boolean {
  if (!term.ok || term.empty) return false;
  return (
    matchesAll(term.expressions, labels) &&
    term.names.every((name) => matchesRequirement(name, name.key === NODE_NAME_FIELD ? nodeName : ""))
  );
}

/**
 * Reads one term of a node affinity, all of its problems at once.
 *
 * @param path where upstream says the term stands (`[0]` for the first of a list); its sentences begin with it
 */
export function parseNodeSelectorTerm(term: NodeSelectorTerm, path = ""): ParsedTerm {
  const prefix = path === "" ? "" : `${path}.`;
  const expressions = (term.matchExpressions ?? []).map((requirement, index) =>
    nodeRequirement(requirement, `${prefix}matchExpressions[${index}]`),
  );
  const names = (term.matchFields ?? []).map((requirement, index) =>
    fieldRequirement(requirement, `${prefix}matchFields[${index}]`),
  );
  const problems = [...expressions, ...names].flatMap((built) => ("problems" in built ? built.problems : []));
  if (problems.length > 0) return { ok: false, error: joinProblems(problems), problems };
  return {
    ok: true,
    expressions: sortByKey(expressions.filter(isRequirement)),
    names: sortByKey(names.filter(isRequirement)),
    empty: expressions.length + names.length === 0,
  };
}

/** Reads a label selector; like upstream it stops at the first requirement that is wrong. Null matches nothing. */
export function parseLabelSelector(selector: LabelSelector | null | undefined): ParsedSelector {
  if (selector === null || selector === undefined) return { ok: true, nothing: true, requirements: [] };
  const requirements: LabelRequirement[] = [];
  for (const [key, value] of sortedEntries(selector.matchLabels ?? {})) {
    const built = buildRequirement(key, "In", [value], "");
    if ("problems" in built) return { ok: false, error: joinProblems(built.problems) };
    requirements.push(built);
  }
  for (const { key = "", operator = "", values } of selector.matchExpressions ?? []) {
    if (!SELECTOR_OPERATORS.includes(operator)) {
      return { ok: false, error: `${JSON.stringify(operator)} is not a valid label selector operator` };
    }
    // Upstream copies the values, which makes an empty list a missing one.
    const built = buildRequirement(key, operator, values?.length ? values : null, "");
    if ("problems" in built) return { ok: false, error: joinProblems(built.problems) };
    requirements.push(built);
  }
  return { ok: true, nothing: false, requirements: sortByKey(requirements) };
}

/**
 * Reads the text of kubectl's `--selector`: `a=b,c!=d,e in (x,y),f notin (z),g,!h,i>5`. Like upstream it stops at the
 * first requirement that is wrong. An empty text matches everything.
 * Source: k8s 1.36 apimachinery pkg/labels (Parse).
 */
export function parseSelectorText(text: string): ParsedSelector {
  const tokens: Tokens = { list: text.match(TOKEN) ?? [], next: 0 };
  const requirements: LabelRequirement[] = [];
  while (peek(tokens) !== END) {
    if (!isWord(peek(tokens)) && peek(tokens) !== "!") {
      const expected = requirements.length > 0 ? "identifier after ','" : "!, identifier, or 'end of string'";
      return { ok: false, error: unexpected(peek(tokens), expected) };
    }
    const built = readRequirement(tokens);
    if ("problems" in built)
      return { ok: false, error: `unable to parse requirement: ${joinProblems(built.problems)}` };
    requirements.push(built);
    const separator = take(tokens);
    if (separator === END) break;
    if (separator !== ",") return { ok: false, error: unexpected(separator, "',' or 'end of string'") };
    if (peek(tokens) === END) return { ok: false, error: unexpected(END, "identifier after ','") };
  }
  return { ok: true, nothing: false, requirements: sortByKey(requirements) };
}

/** The requirements of a plain map (a pod's nodeSelector, a Service's selector): every pair, not validated. */
export function requirementsOfMap(map: StringMap | null | undefined): LabelRequirement[] {
  return sortedEntries(map ?? {}).map(([key, value]) => canonical(key, "In", [value]));
}

/** Problems as upstream prints a list of errors: each once, one of them bare, several in brackets. */
export function joinProblems(problems: readonly string[]): string {
  const distinct = [...new Set(problems)];
  return distinct.length === 1 ? `${distinct[0]}` : `[${distinct.join(", ")}]`;
}

function nodeRequirement({ key = "", operator = "", values }: Requirement, path: string): Built {
  if (!NODE_OPERATORS.includes(operator)) return unsupportedOperator(operator, NODE_OPERATORS, path);
  return buildRequirement(key, operator, values, path);
}

function fieldRequirement({ key = "", operator = "", values }: Requirement, path: string): Built {
  if (!FIELD_OPERATORS.includes(operator)) return unsupportedOperator(operator, FIELD_OPERATORS, path);
  if (values?.length !== 1) return { problems: [invalid(`${path}.values`, values, "must have one element")] };
  return canonical(key, operator, values);
}

function unsupportedOperator(operator: string, supported: readonly string[], path: string): Built {
  const names = supported.map((name) => JSON.stringify(name)).join(", ");
  const bad = JSON.stringify(operator);
  return { problems: [`${path}.operator: Unsupported value: ${bad}: supported values: ${names}`] };
}

/** One requirement, or everything that is wrong with it. The operator is one of the six. */
function buildRequirement(
  key: string,
  operator: string,
  values: readonly string[] | null | undefined,
  path: string,
): Built {
  const prefix = path === "" ? "" : `${path}.`;
  const list = values ?? [];
  const problems: string[] = [];
  const keyProblems = labelKeyErrors(key);
  if (keyProblems.length > 0) problems.push(invalid(`${prefix}key`, key, keyProblems.join("; ")));
  const countProblem = valueCountProblem(operator, list.length);
  if (countProblem !== undefined) problems.push(invalid(`${prefix}values`, values, countProblem));
  if (operator === "Gt" || operator === "Lt") {
    list.forEach((value, index) => {
      if (parseInt64(value) !== undefined) return;
      problems.push(
        invalid(`${prefix}values[${index}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer"),
      );
    });
  }
  list.forEach((value, index) => {
    const valueProblems = labelValueErrors(value);
    if (valueProblems.length > 0) {
      problems.push(invalid(`${prefix}values[${index}][${key}]`, value, valueProblems.join("; ")));
    }
  });
  return problems.length > 0 ? { problems } : canonical(key, operator, list);
}

function valueCountProblem(operator: string, count: number): string | undefined {
  switch (operator) {
    case "In":
    case "NotIn":
      return count === 0 ? "for 'in', 'notin' operators, values set can't be empty" : undefined;
    case "Gt":
    case "Lt":
      return count !== 1 ? "for 'Gt', 'Lt' operators, exactly one value is required" : undefined;
    default:
      return count !== 0 ? "values set must be empty for exists and does not exist" : undefined;
  }
}

/** The canonical form; for Gt and Lt, `values` is known to hold one integer. */
function canonical(key: string, operator: string, values: readonly string[]): LabelRequirement {
  switch (operator) {
    case "In":
      return { key, absent: false, complement: false, values: new Set(values) };
    case "NotIn":
      return { key, absent: true, complement: true, values: new Set(values) };
    case "DoesNotExist":
      return { key, absent: true, complement: false, values: NONE };
    case "Gt":
      return { key, absent: false, complement: true, values: NONE, greaterThan: BigInt(values[0] ?? "") };
    case "Lt":
      return { key, absent: false, complement: true, values: NONE, lessThan: BigInt(values[0] ?? "") };
    default:
      return { key, absent: false, complement: true, values: NONE };
  }
}

/** Go's strconv.ParseInt(text, 10, 64): an optional sign and digits, within 64 bits. */
function parseInt64(text: string): bigint | undefined {
  const parts = /^([+-]?)0*(\d{1,19})$/.exec(text);
  if (parts === null) return undefined;
  const magnitude = BigInt(parts[2] ?? "");
  const number = parts[1] === "-" ? -magnitude : magnitude;
  return BigInt.asIntN(64, number) === number ? number : undefined;
}

/** A bad value and what is wrong with it, in the form of upstream's field errors. */
function invalid(path: string, value: string | readonly string[] | null | undefined, detail: string): string {
  const json = JSON.stringify(value ?? null);
  // Go's JSON, which prints lists, escapes what HTML would read; its quoting, which prints text, does not.
  const shown = typeof value === "string" ? json : json.replace(/[<>&]/g, escapeUnicode);
  return `${path}: Invalid value: ${shown}: ${detail}`;
}

function escapeUnicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function isRequirement(built: Built): built is LabelRequirement {
  return !("problems" in built);
}

function sortedEntries(map: StringMap): [string, string][] {
  return Object.entries(map).sort(([a], [b]) => compareText(a, b));
}

/** Equal selectors give equal lists, whatever the order they were written in. */
function sortByKey(requirements: readonly LabelRequirement[]): LabelRequirement[] {
  return [...requirements].sort((a, b) => compareText(a.key, b.key));
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function readRequirement(tokens: Tokens): Built {
  const isNegated = peek(tokens) === "!";
  if (isNegated) take(tokens);
  const key = take(tokens);
  if (!isWord(key)) return { problems: [unexpected(key, "identifier")] };
  if (isNegated) return buildRequirement(key, "DoesNotExist", [], "");
  if (peek(tokens) === END || peek(tokens) === ",") return buildRequirement(key, "Exists", [], "");

  const symbol = take(tokens);
  const operator = TEXT_OPERATORS.get(symbol);
  if (operator === undefined) return { problems: [unexpected(symbol, "in, notin, =, ==, !=, gt, lt")] };
  const values = symbol === "in" || symbol === "notin" ? readValueSet(tokens) : readValue(tokens);
  return "problems" in values ? values : buildRequirement(key, operator, values, "");
}

/** The value after a symbol; none is the empty string. */
function readValue(tokens: Tokens): readonly string[] | Problems {
  if (peek(tokens) === END || peek(tokens) === ",") return [""];
  const value = take(tokens);
  return isWord(value) ? [value] : { problems: [unexpected(value, "identifier")] };
}

/** `(x,y)`. A comma without a word on one of its sides stands next to an empty string, and so does nothing at all. */
function readValueSet(tokens: Tokens): readonly string[] | Problems {
  const open = take(tokens);
  if (open !== "(") return { problems: [`found '${open}' expected: '('`] };
  const values = new Set<string>();
  let isAfterWord = false;
  for (;;) {
    const token = take(tokens);
    if (isWord(token) && !isAfterWord) {
      values.add(token);
      isAfterWord = true;
    } else if (token === "," || token === ")") {
      if (!isAfterWord) values.add("");
      if (token === ")") return [...values].sort(compareText);
      isAfterWord = false;
    } else {
      return { problems: [unexpected(token, isAfterWord ? "',' or ')'" : "',', ')' or identifier")] };
    }
  }
}

function peek(tokens: Tokens): string {
  return tokens.list[tokens.next] ?? END;
}

function take(tokens: Tokens): string {
  const token = peek(tokens);
  tokens.next++;
  return token;
}

function isWord(token: string): boolean {
  return token !== END && !/[=!<>(),]/.test(token);
}

function unexpected(found: string, expected: string): string {
  return `found '${found}', expected: ${expected}`;
}
