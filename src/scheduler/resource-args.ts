/**
 * Arguments of NodeResourcesFit and NodeResourcesBalancedAllocation (k8s 1.36 pkg/scheduler/apis/config/v1/defaults.go and
 * validation/validation_pluginargs.go).
 */

import { labelKeyErrors } from "../kube/names.js";
import type { Quirks } from "./compat.js";
import { int32, int64, list, object, string, type Value } from "./decoder.js";
import { FieldIssues } from "./field-issues.js";

export interface ResourceSpec {
  readonly name: string;
  /** 1 to 100. */
  readonly weight: number;
}

export interface UtilizationShapePoint {
  /** Percent, 0 to 100. */
  readonly utilization: number;
  /** 0 to 10, as written: a tenth of a node score. */
  readonly score: number;
}

/** How NodeResourcesFit scores a node. */
export type ScoringStrategy =
  | { readonly type: "LeastAllocated" | "MostAllocated"; readonly resources: readonly ResourceSpec[] }
  | {
      readonly type: "RequestedToCapacityRatio";
      readonly resources: readonly ResourceSpec[];
      /** At least one point, with strictly increasing utilization. */
      readonly requestedToCapacityRatio: { readonly shape: readonly UtilizationShapePoint[] };
    };

export interface NodeResourcesFitArgs {
  /** Extended resources that the filter does not look at, by name. */
  readonly ignoredResources: readonly string[];
  /** The same, by the part of the name before the slash. */
  readonly ignoredResourceGroups: readonly string[];
  readonly scoringStrategy: ScoringStrategy;
}

export interface NodeResourcesBalancedAllocationArgs {
  /** Names are unique and every weight is 1. */
  readonly resources: readonly ResourceSpec[];
}

export const utilizationShape = list(object({ utilization: int32, score: int32 }));
const resourceSpecs = list(object({ name: string, weight: int64 }));
const scoringStrategy = object({
  type: string,
  resources: resourceSpecs,
  requestedToCapacityRatio: object({ shape: utilizationShape }),
});
const fitArgs = object({
  ignoredResources: list(string),
  ignoredResourceGroups: list(string),
  scoringStrategy,
});
const balancedAllocationArgs = object({ resources: resourceSpecs });

const STRATEGY_TYPES = ["LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"];
const DEFAULT_RESOURCES: readonly ResourceSpec[] = [
  { name: "cpu", weight: 1 },
  { name: "memory", weight: 1 },
];
const DEFAULT_STRATEGY: ScoringStrategy = { type: "LeastAllocated", resources: DEFAULT_RESOURCES };

/** Reads, and as upstream leaves the rest to {@link checkFitArgs}, later. */
export function readFitArgs(
  value: unknown,
  path: string,
  issues: FieldIssues,
  { lateFitArgs }: Pick<Quirks, "lateFitArgs">,
): NodeResourcesFitArgs {
  const args = fitArgs.decode(value, path, issues) ?? fitArgs.zero;
  if (!lateFitArgs) checkFitArgs(value, true, path, issues);
  const { ignoredResources = [], ignoredResourceGroups = [], scoringStrategy: strategy } = args;
  const ownStrategy = strategy === undefined ? DEFAULT_STRATEGY : readStrategy(strategy);
  return { ignoredResources, ignoredResourceGroups, scoringStrategy: ownStrategy };
}

/**
 * Validates args that {@link readFitArgs} has read. Upstream's validator knows them by a wrong name, so they are validated
 * when the plugin is made for a profile that enables it, and not at all where none does (k8s 1.36
 * pkg/scheduler/framework/plugins/noderesources/fit.go, NewFit).
 *
 * @param hasOwnIgnored false where extenders have replaced `ignoredResources`; what was written is then not looked at.
 */
export function checkFitArgs(value: unknown, hasOwnIgnored: boolean, path: string, issues: FieldIssues): void {
  const args = fitArgs.decode(value, path, new FieldIssues()) ?? fitArgs.zero;
  const { ignoredResources = [], ignoredResourceGroups = [], scoringStrategy: strategy } = args;
  if (hasOwnIgnored) {
    ignoredResources.forEach((name, index) => {
      checkLabelName(name, `${path}.ignoredResources[${index}]`, issues);
    });
  }
  ignoredResourceGroups.forEach((group, index) => {
    const at = `${path}.ignoredResourceGroups[${index}]`;
    if (group.includes("/")) issues.invalid(at, group, "resource group name can't contain '/'");
    checkLabelName(group, at, issues);
  });
  if (strategy !== undefined) checkStrategy(strategy, `${path}.scoringStrategy`, issues);
}

export function readBalancedAllocationArgs(
  value: unknown,
  path: string,
  issues: FieldIssues,
): NodeResourcesBalancedAllocationArgs {
  const args = balancedAllocationArgs.decode(value, path, issues) ?? balancedAllocationArgs.zero;
  const resources = withDefaults(args.resources);
  const seen = new Set<string>();
  resources.forEach(({ name, weight }, index) => {
    const at = `${path}.resources[${index}]`;
    if (seen.has(name)) issues.duplicate(`${at}.name`, name);
    seen.add(name);
    if (weight !== 1) issues.invalid(`${at}.weight`, weight, "must be 1");
  });
  return { resources };
}

function readStrategy(value: Value<typeof scoringStrategy>): ScoringStrategy {
  const { type, requestedToCapacityRatio: ratio } = value;
  const resources = withDefaults(value.resources);
  if (type === "RequestedToCapacityRatio") {
    return { type, resources, requestedToCapacityRatio: { shape: readShape(ratio?.shape ?? []) } };
  }
  return { type: type === "MostAllocated" ? type : "LeastAllocated", resources };
}

/** The type has no default once `scoringStrategy` is there. */
function checkStrategy(value: Value<typeof scoringStrategy>, path: string, issues: FieldIssues): void {
  const { type = "", requestedToCapacityRatio: ratio } = value;
  const ratioPath = `${path}.requestedToCapacityRatio`;
  if (!STRATEGY_TYPES.includes(type)) issues.unsupported(`${path}.type`, type, STRATEGY_TYPES);
  withDefaults(value.resources).forEach(({ name, weight }, index) => {
    if (weight > 0 && weight <= 100) return;
    const detail = `resource weight of ${name} not in valid range (0, 100]`;
    issues.invalid(`${path}.resources[${index}].weight`, weight, detail);
  });
  if (type !== "RequestedToCapacityRatio") {
    if (ratio !== undefined) issues.forbidden(ratioPath, "must be nil when type is not RequestedToCapacityRatio");
  } else if (ratio === undefined) issues.required(ratioPath, `must be specified when type is ${type}`);
  else checkShape(readShape(ratio.shape ?? []), `${ratioPath}.shape`, issues);
}

export function readShape(shape: Value<typeof utilizationShape>): readonly UtilizationShapePoint[] {
  return shape.map(({ utilization = 0, score = 0 }) => ({ utilization, score }));
}

export function checkShape(shape: readonly UtilizationShapePoint[], path: string, issues: FieldIssues): void {
  if (shape.length === 0) issues.required(path, "at least one point must be specified");
  const unsorted = shape.findIndex(
    ({ utilization }, index) => utilization <= (shape[index - 1]?.utilization ?? -Infinity),
  );
  if (unsorted > 0) {
    const detail = "values must be sorted in increasing order";
    issues.invalid(`${path}[${unsorted}].utilization`, shape[unsorted]?.utilization, detail);
  }
  shape.forEach(({ utilization, score }, index) => {
    const at = `${path}[${index}]`;
    if (utilization < 0 || utilization > 100) {
      issues.invalid(`${at}.utilization`, utilization, "not in valid range [0, 100]");
    }
    if (score < 0 || score > 10) issues.invalid(`${at}.score`, score, "not in valid range [0, 10]");
  });
}

/** No resources: cpu and memory. A weight of 0, written or not, is 1. */
function withDefaults(resources: Value<typeof resourceSpecs> = []): readonly ResourceSpec[] {
  if (resources.length === 0) return DEFAULT_RESOURCES;
  return resources.map(({ name = "", weight = 0 }) => ({ name, weight: weight === 0 ? 1 : weight }));
}

function checkLabelName(name: string, path: string, issues: FieldIssues): void {
  for (const error of labelKeyErrors(name)) issues.invalid(path, name, error);
}
