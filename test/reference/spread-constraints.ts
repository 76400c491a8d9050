/** What spreading asks of a pod's topology constraints: k8s 1.36 plugins/podtopologyspread and plugins/helper/spread.go. */

import type { KubeObject, LabelSelector, Pod, StringMap, TopologySpreadConstraint } from "../../src/kube/objects.js";
import { labelsOf, type NodeInfo, namespaceOf } from "./cluster.js";
import {
  addRequirements,
  InvalidSelector,
  isEverything,
  parseSelector,
  type Selector,
  selectorOfMap,
  selects,
} from "./label-selector.js";
import { matchRequiredAffinity } from "./node-selector.js";
import { type Cycle, SchedulerError } from "./plugin.js";
import { hasUntoleratedTaint } from "./tolerations.js";

export interface Constraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly selector: Selector;
  readonly minDomains: number;
  readonly honorsAffinity: boolean;
  readonly honorsTaints: boolean;
}

type Action = "DoNotSchedule" | "ScheduleAnyway";

/**
 * The pod's own constraints of one kind or, when it has none of any kind, the default ones of that kind.
 * @throws SchedulerError when a selector cannot be parsed
 */
export function constraintsOf(cycle: Cycle, action: Action): Constraint[] {
  const { pod, args } = cycle;
  const own = pod.spec?.topologySpreadConstraints ?? [];
  try {
    if (own.length > 0) return parse(own, labelsOf(pod), action);
    const defaults = parse(args.defaultConstraints, labelsOf(pod), action);
    const selector = defaults.length === 0 ? undefined : defaultSelector(cycle);
    if (selector === undefined || isEverything(selector)) return [];
    return defaults.map((constraint) => ({ ...constraint, selector }));
  } catch (error) {
    if (!(error instanceof InvalidSelector)) throw error;
    const kind = action === "DoNotSchedule" ? "hard" : "soft";
    const what = own.length > 0 ? `obtaining pod's ${kind}` : `setting default ${kind}`;
    throw new SchedulerError(`${what} topology spread constraints: ${error.message}`);
  }
}

function parse(list: readonly TopologySpreadConstraint[], podLabels: StringMap, action: Action): Constraint[] {
  return list
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action)
    .map((constraint) => ({
      maxSkew: constraint.maxSkew ?? 0,
      topologyKey: constraint.topologyKey ?? "",
      selector: withLabelKeys(parseSelector(constraint.labelSelector), constraint.matchLabelKeys ?? [], podLabels),
      minDomains: constraint.minDomains ?? 1,
      honorsAffinity: (constraint.nodeAffinityPolicy ?? "Honor") === "Honor",
      honorsTaints: (constraint.nodeTaintsPolicy ?? "Ignore") === "Honor",
    }));
}

/** `matchLabelKeys`: pods must agree with the pod in those of the labels that it has. */
function withLabelKeys(selector: Selector, keys: readonly string[], podLabels: StringMap): Selector {
  const present = keys.filter((key) => Object.hasOwn(podLabels, key));
  return addRequirements(
    selector,
    present.map((key) => ({ key, operator: "In", values: [podLabels[key]!] })),
  );
}

/** What services and the controller that owns the pod select it by. */
function defaultSelector(cycle: Cycle): Selector {
  const { pod } = cycle;
  const namespace = namespaceOf(pod);
  let merged: StringMap = {};
  for (const service of cycle.list("services", namespace)) {
    const map = selectorField(service) as StringMap | null | undefined;
    if (map != null && selects(selectorOfMap(map), labelsOf(pod))) merged = { ...merged, ...map };
  }
  const owner = (pod.metadata?.ownerReferences ?? []).find(({ controller }) => controller === true);
  const list = owner && OWNER_LISTS[`${owner.apiVersion} ${owner.kind}`];
  if (list === undefined) return selectorOfMap(merged);
  const found = cycle.list(list, namespace).find(({ metadata }) => metadata?.name === owner?.name);
  if (found === undefined) return selectorOfMap(merged);
  if (list === "replicationControllers") return selectorOfMap({ ...merged, ...(selectorField(found) as StringMap) });
  return addRequirements(selectorOfMap(merged), ownerRequirements(found));
}

const OWNER_LISTS: Readonly<Record<string, string>> = {
  "v1 ReplicationController": "replicationControllers",
  "apps/v1 ReplicaSet": "replicaSets",
  "apps/v1 StatefulSet": "statefulSets",
};

function selectorField(object: KubeObject): unknown {
  return (object.spec as { readonly selector?: unknown } | undefined)?.selector;
}

/** A selector that is missing or cannot be parsed adds nothing. */
function ownerRequirements(owner: KubeObject): Selector["requirements"] {
  try {
    return parseSelector(selectorField(owner) as LabelSelector | null | undefined).requirements;
  } catch (error) {
    if (error instanceof InvalidSelector) return [];
    throw error;
  }
}

export function hasAllKeys(info: NodeInfo, constraints: readonly Constraint[]): boolean {
  return constraints.every(({ topologyKey }) => Object.hasOwn(info.labels, topologyKey));
}

/** Whether the node counts for this constraint at all. */
export function isIncluded(constraint: Constraint, pod: Pod, info: NodeInfo): boolean {
  if (constraint.honorsAffinity && !matchRequiredAffinity(pod, info.node)) return false;
  return !constraint.honorsTaints || !hasUntoleratedTaint(pod, info.node);
}

/** Pods of the namespace that are not going away. A selector that selects everything counts none. */
export function countPods(info: NodeInfo, selector: Selector, namespace: string): number {
  if (isEverything(selector)) return 0;
  let count = 0;
  for (const other of info.pods) {
    if (other.pod.metadata?.deletionTimestamp != null || other.namespace !== namespace) continue;
    if (selects(selector, other.labels)) count++;
  }
  return count;
}
