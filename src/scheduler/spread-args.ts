/** Arguments of PodTopologySpread (k8s 1.36 pkg/scheduler/apis/config/validation, ValidatePodTopologySpreadArgs). */

import { labelKeyErrors } from "../kube/names.js";
import type { TopologySpreadConstraint } from "../kube/objects.js";
import { int32, list, map, object, string } from "./decoder.js";
import type { FieldIssues } from "./field-issues.js";

export interface PodTopologySpreadArgs {
  /** `System`: upstream's own soft defaults for hostname and zone. `List`: `defaultConstraints`, which may be empty. */
  readonly defaultingType: "System" | "List";
  /** Without label selectors: those are derived from each pod's services and owners. */
  readonly defaultConstraints: readonly TopologySpreadConstraint[];
}

const labelSelector = object({
  matchLabels: map(string),
  matchExpressions: list(object({ key: string, operator: string, values: list(string) })),
});
const constraint = object({
  maxSkew: int32,
  topologyKey: string,
  whenUnsatisfiable: string,
  labelSelector,
  minDomains: int32,
  nodeAffinityPolicy: string,
  nodeTaintsPolicy: string,
  matchLabelKeys: list(string),
});
const spreadArgs = object({ defaultConstraints: list(constraint), defaultingType: string });

const DEFAULTING_TYPES = ["System", "List"];
const ACTIONS = ["DoNotSchedule", "ScheduleAnyway"];

export function readSpreadArgs(value: unknown, path: string, issues: FieldIssues): PodTopologySpreadArgs {
  const args = spreadArgs.decode(value, path, issues) ?? spreadArgs.zero;
  const { defaultConstraints = [] } = args;
  const type = args.defaultingType || "System";
  const typePath = `${path}.defaultingType`;
  if (!DEFAULTING_TYPES.includes(type)) issues.unsupported(typePath, type, DEFAULTING_TYPES);
  if (type === "System" && defaultConstraints.length > 0) {
    issues.invalidTyped(typePath, type, "when .defaultConstraints are not empty");
  }
  checkConstraints(defaultConstraints, `${path}.defaultConstraints`, issues);
  return { defaultingType: type === "List" ? type : "System", defaultConstraints };
}

function checkConstraints(constraints: readonly TopologySpreadConstraint[], path: string, issues: FieldIssues): void {
  const seen = new Set<string>();
  constraints.forEach((each, index) => {
    const { topologyKey = "", whenUnsatisfiable = "" } = each;
    checkConstraint(each, `${path}[${index}]`, issues);
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
    if (seen.has(pair)) issues.duplicate(`${path}[${index}]`, pair);
    seen.add(pair);
  });
}

function checkConstraint(constraint: TopologySpreadConstraint, path: string, issues: FieldIssues): void {
  const { maxSkew = 0, topologyKey = "", whenUnsatisfiable: action = "" } = constraint;
  if (maxSkew <= 0) issues.invalid(`${path}.maxSkew`, maxSkew, "not in valid range (0, inf)");
  if (topologyKey === "") issues.required(`${path}.topologyKey`, "can not be empty");
  else {
    for (const error of labelKeyErrors(topologyKey)) issues.invalid(`${path}.topologyKey`, topologyKey, error);
  }
  if (action === "") issues.required(`${path}.whenUnsatisfiable`, "can not be empty");
  else if (!ACTIONS.includes(action)) issues.unsupported(`${path}.whenUnsatisfiable`, action, ACTIONS);
  if (constraint.labelSelector != null) {
    const detail = "constraint must not define a selector, as they deduced for each pod";
    issues.forbidden(`${path}.labelSelector`, detail);
  }
}
