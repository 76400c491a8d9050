/** Node selectors and node affinity terms: k8s 1.36 component-helpers scheduling/corev1/nodeaffinity. */

import type { Node, NodeSelector, NodeSelectorTerm, Pod, Requirement, StringMap } from "../../src/kube/objects.js";
import { invalid, parseInteger, requirementProblems } from "./label-selector.js";

const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"];
const FIELD_OPERATORS = ["In", "NotIn"];

/** `invalid`: the term cannot be parsed. `empty`: it has no requirement at all. Neither matches any node. */
export type TermMatch = "yes" | "no" | "invalid" | "empty";

export function matchTerm(term: NodeSelectorTerm | undefined, node: Node): TermMatch {
  const expressions = term?.matchExpressions ?? [];
  const fields = term?.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return "empty";
  if (termProblems({ matchExpressions: expressions, matchFields: fields }, "").length > 0) return "invalid";
  const labels = node.metadata?.labels ?? {};
  const matches =
    expressions.every((expression) => matchExpression(expression, labels)) &&
    fields.every((field) => matchField(field, node.metadata?.name ?? ""));
  return matches ? "yes" : "no";
}

/** Terms are ORed; a selector without terms matches no node. */
export function matchNodeSelector(selector: NodeSelector, node: Node): boolean {
  return (selector.nodeSelectorTerms ?? []).some((term) => matchTerm(term, node) === "yes");
}

/** The pod's own node selector and required node affinity, both. */
export function matchRequiredAffinity(pod: Pod, node: Node): boolean {
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return (
    matchLabelMap(pod.spec?.nodeSelector ?? {}, node.metadata?.labels ?? {}) &&
    (required == null || matchNodeSelector(required, node))
  );
}

/** Every key present with exactly that value. */
function matchLabelMap(selector: StringMap, labels: StringMap): boolean {
  return Object.entries(selector).every(([key, value]) => labelOf(labels, key) === value);
}

function labelOf(labels: StringMap, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** What Kubernetes says about a term that it cannot parse; `path` is where the term stands. */
export function termProblems(term: NodeSelectorTerm, path: string): string[] {
  const expressions = (term.matchExpressions ?? []).map((each, index) =>
    expressionProblems(each, `${path}.matchExpressions[${index}]`),
  );
  const fields = (term.matchFields ?? []).map((each, index) => fieldProblems(each, `${path}.matchFields[${index}]`));
  return [...expressions, ...fields].flat();
}

function expressionProblems(requirement: Requirement, path: string): string[] {
  const { operator = "" } = requirement;
  if (!OPERATORS.includes(operator)) return [unsupported(`${path}.operator`, operator, OPERATORS)];
  return requirementProblems(requirement, `${path}.`);
}

function fieldProblems({ operator = "", values }: Requirement, path: string): string[] {
  if (!FIELD_OPERATORS.includes(operator)) return [unsupported(`${path}.operator`, operator, FIELD_OPERATORS)];
  if (values?.length === 1) return [];
  return [`${path}.values: ${invalid(values ?? null, ["must have one element"])}`];
}

function unsupported(path: string, operator: string, supported: readonly string[]): string {
  const names = supported.map((name) => JSON.stringify(name)).join(", ");
  return `${path}: Unsupported value: ${JSON.stringify(operator)}: supported values: ${names}`;
}

function matchExpression(requirement: Requirement, labels: StringMap): boolean {
  const label = labelOf(labels, requirement.key ?? "");
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case "In":
      return label !== undefined && values.includes(label);
    case "NotIn":
      return label === undefined || !values.includes(label);
    case "Exists":
      return label !== undefined;
    case "DoesNotExist":
      return label === undefined;
    default:
      return label !== undefined && matchOrder(requirement, label);
  }
}

function matchOrder(requirement: Requirement, label: string): boolean {
  const left = parseInteger(label);
  const right = parseInteger(requirement.values?.[0] ?? "");
  if (left === undefined || right === undefined) return false;
  return requirement.operator === "Gt" ? left > right : left < right;
}

/** The only field is the node's name; any other key reads as "". */
function matchField(requirement: Requirement, nodeName: string): boolean {
  const field = requirement.key === "metadata.name" ? nodeName : "";
  const isEqual = field === requirement.values?.[0];
  return requirement.operator === "In" ? isEqual : !isEqual;
}

/**
 * The node names that a required affinity can match at all, when every term pins some; undefined when any term does
 * not. Within a term the value lists are intersected, and the terms' sets are united.
 */
export function pinnedNodeNames(selector: NodeSelector): Set<string> | undefined {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) return undefined;
  const union = new Set<string>();
  for (const term of terms) {
    let names: Set<string> | undefined;
    for (const field of term.matchFields ?? []) {
      if (field.key !== "metadata.name" || field.operator !== "In") continue;
      const values = new Set(field.values ?? []);
      names = names === undefined ? values : new Set([...names].filter((name) => values.has(name)));
    }
    if (names === undefined) return undefined;
    for (const name of names) union.add(name);
  }
  return union;
}
