/** `addedAffinity` of NodeAffinityArgs: its shape, and the terms that do not parse. */

import type { NodeAffinity, NodeSelectorTerm } from "../kube/objects.js";
import { parseNodeSelectorTerm } from "../kube/requirement.js";
import { int32, list, object, string } from "./decoder.js";
import type { FieldIssues } from "./field-issues.js";

const requirements = list(object({ key: string, operator: string, values: list(string) }));
const term = object({ matchExpressions: requirements, matchFields: requirements });

/** A v1 NodeAffinity. */
export const nodeAffinity = object({
  requiredDuringSchedulingIgnoredDuringExecution: object({ nodeSelectorTerms: list(term) }),
  preferredDuringSchedulingIgnoredDuringExecution: list(object({ weight: int32, preference: term })),
});

/**
 * Reports every term that does not parse (component-helpers 0.36 scheduling/corev1/nodeaffinity). Preferred terms of
 * weight 0 are not looked at, as they never count.
 */
export function checkAddedAffinity(affinity: NodeAffinity, path: string, issues: FieldIssues): void {
  const required = affinity.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const requiredPath = `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  required.forEach((each, index) => {
    checkTerm(each, `${requiredPath}[${index}]`, issues);
  });
  const preferred = affinity.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const preferredPath = `${path}.preferredDuringSchedulingIgnoredDuringExecution`;
  preferred.forEach(({ weight = 0, preference = {} }, index) => {
    if (weight !== 0) checkTerm(preference, `${preferredPath}[${index}].preference`, issues);
  });
}

function checkTerm(term: NodeSelectorTerm, path: string, issues: FieldIssues): void {
  const parsed = parseNodeSelectorTerm(term);
  if (parsed.ok) return;
  for (const problem of parsed.problems) {
    // "matchExpressions[0].values[1][the key]: Invalid value: ...": the key is no part of a path into the object.
    const field = /^\w+\[\d+\]\.\w+(?:\[\d+\])?/.exec(problem)?.[0] ?? "";
    const sentence = problem.slice(problem.search(/(?:Invalid|Unsupported) value: /));
    issues.error("invalid-value", `${path}.${field}`, sentence);
  }
}
