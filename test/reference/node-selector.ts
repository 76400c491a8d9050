/** Node selectors and node affinity terms: k8s 1.36 component-helpers scheduling/corev1/nodeaffinity. */

import type { Node, NodeSelector, NodeSelectorTerm, Requirement, StringMap } from "../../src/kube/objects.js";
import { isLabelValue, isQualifiedName } from "./names.js";

const MAX_INT64 = 2n ** 63n - 1n;

/** `invalid`: the term cannot be parsed. `empty`: it has no requirement at all. Neither matches any node. */
export type TermMatch = "yes" | "no" | "invalid" | "empty";

export function matchTerm(term: NodeSelectorTerm | undefined, node: Node): TermMatch {
  const expressions = term?.matchExpressions ?? [];
  const fields = term?.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return "empty";
  if (!expressions.every(isValidExpression) || !fields.every(isValidField)) return "invalid";
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

/** Every key present with exactly that value. */
export function matchLabelMap(selector: StringMap, labels: StringMap): boolean {
  return Object.entries(selector).every(([key, value]) => labelOf(labels, key) === value);
}

function labelOf(labels: StringMap, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function isValidExpression(requirement: Requirement): boolean {
  const values = requirement.values ?? [];
  if (!isQualifiedName(requirement.key ?? "") || !values.every(isLabelValue)) return false;
  switch (requirement.operator) {
    case "In":
    case "NotIn":
      return values.length > 0;
    case "Exists":
    case "DoesNotExist":
      return values.length === 0;
    case "Gt":
    case "Lt":
      return values.length === 1 && parseInteger(values[0]!) !== undefined;
    default:
      return false;
  }
}

function isValidField(requirement: Requirement): boolean {
  const isKnown = requirement.operator === "In" || requirement.operator === "NotIn";
  return isKnown && (requirement.values ?? []).length === 1;
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

/** Base 10 and within int64, as Go's ParseInt reads it. */
function parseInteger(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.replace("+", ""));
  return value > MAX_INT64 || value < -MAX_INT64 - 1n ? undefined : value;
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
