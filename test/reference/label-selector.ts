/** Label selectors: k8s 1.36 apimachinery labels and meta/v1. */

import type { LabelSelector, Requirement, StringMap } from "../../src/kube/objects.js";
import { labelKeyProblems, labelValueProblems } from "./names.js";

/** Requirements that must all hold. Without any, everything is selected; `isNothing` selects nothing, whatever is added. */
export interface Selector {
  readonly isNothing: boolean;
  readonly requirements: readonly Requirement[];
}

/** A selector that Kubernetes refuses; the message is Kubernetes' own. */
export class InvalidSelector extends Error {}

export const NOTHING: Selector = { isNothing: true, requirements: [] };

const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"];

/** A missing selector selects nothing, an empty one everything.
 * @throws InvalidSelector
 */
export function parseSelector(selector: LabelSelector | null | undefined): Selector {
  if (selector == null) return NOTHING;
  const requirements = [...exactly(selector.matchLabels), ...(selector.matchExpressions ?? [])];
  for (const requirement of requirements) check(requirement);
  return { isNothing: false, requirements };
}

/** The selector of a plain map, taken as it is. */
export function selectorOfMap(map: StringMap): Selector {
  return { isNothing: false, requirements: exactly(map) };
}

export function addRequirements(selector: Selector, requirements: readonly Requirement[]): Selector {
  return { ...selector, requirements: [...selector.requirements, ...requirements] };
}

export function isEverything(selector: Selector): boolean {
  return !selector.isNothing && selector.requirements.length === 0;
}

export function selects(selector: Selector, labels: StringMap): boolean {
  return !selector.isNothing && selector.requirements.every((requirement) => holds(requirement, labels));
}

function exactly(map: StringMap | null | undefined): Requirement[] {
  return Object.entries(map ?? {}).map(([key, value]) => ({ key, operator: "In", values: [value] }));
}

function holds({ key = "", operator, values }: Requirement, labels: StringMap): boolean {
  const label = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "In":
      return label !== undefined && (values ?? []).includes(label);
    case "NotIn":
      return label === undefined || !(values ?? []).includes(label);
    case "Exists":
      return label !== undefined;
    default:
      return label === undefined;
  }
}

function check(requirement: Requirement): void {
  const { operator = "" } = requirement;
  if (!OPERATORS.includes(operator)) {
    throw new InvalidSelector(`${JSON.stringify(operator)} is not a valid label selector operator`);
  }
  // The list is copied on the way, which makes an empty one nil.
  const values = requirement.values?.length ? requirement.values : null;
  const problems = requirementProblems({ ...requirement, values }, "");
  if (problems.length > 0) throw new InvalidSelector(aggregate(problems));
}

/** What Kubernetes says about a requirement whose operator is known; `path` is where it stands, "" or with a dot behind. */
export function requirementProblems({ key = "", operator, values }: Requirement, path: string): string[] {
  const list = values ?? [];
  const problems: string[] = [];
  const keyProblems = labelKeyProblems(key);
  if (keyProblems.length > 0) problems.push(`${path}key: ${invalid(key, keyProblems)}`);
  const listProblem = valuesProblem(operator, list);
  if (listProblem !== undefined) problems.push(`${path}values: ${invalid(values ?? null, [listProblem])}`);
  for (const [index, value] of list.entries()) {
    const isOrder = operator === "Gt" || operator === "Lt";
    if (isOrder && parseInteger(value) === undefined) {
      problems.push(
        `${path}values[${index}]: ${invalid(value, ["for 'Gt', 'Lt' operators, the value must be an integer"])}`,
      );
    }
  }
  for (const [index, value] of list.entries()) {
    const valueProblems = labelValueProblems(value);
    if (valueProblems.length > 0) problems.push(`${path}values[${index}][${key}]: ${invalid(value, valueProblems)}`);
  }
  return problems;
}

function valuesProblem(operator: string | undefined, values: readonly string[]): string | undefined {
  switch (operator) {
    case "In":
    case "NotIn":
      return values.length > 0 ? undefined : "for 'in', 'notin' operators, values set can't be empty";
    case "Gt":
    case "Lt":
      return values.length === 1 ? undefined : "for 'Gt', 'Lt' operators, exactly one value is required";
    default:
      return values.length === 0 ? undefined : "values set must be empty for exists and does not exist";
  }
}

export function invalid(value: string | readonly string[] | null, problems: readonly string[]): string {
  return `Invalid value: ${JSON.stringify(value)}: ${problems.join("; ")}`;
}

/** How Kubernetes prints several errors as one; each is said once. */
export function aggregate(errors: readonly string[]): string {
  const different = [...new Set(errors)];
  return different.length === 1 ? different[0]! : `[${different.join(", ")}]`;
}

const MAX_INT64 = 2n ** 63n - 1n;

/** Base 10 and within int64, as Go's ParseInt reads it. */
export function parseInteger(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.replace("+", ""));
  return value > MAX_INT64 || value < -MAX_INT64 - 1n ? undefined : value;
}
