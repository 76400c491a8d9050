/**
 * Which constraints of PodTopologySpread a pod has: its own, or the profile's defaults with a selector made from the
 * services and the controller that select it. Source: k8s 1.36 plugins/podtopologyspread/common.go, plugins/helper/spread.go.
 */

import type { ClusterObjects } from "../cluster/objects.js";
import type { Pod, StringMap, TopologySpreadConstraint } from "../kube/objects.js";
import { controllerOf, namespaceOf } from "../kube/objects.js";
import type { Selector } from "../kube/pod-affinity.js";
import { type LabelRequirement, parseLabelSelector, requirementsOfMap } from "../kube/requirement.js";
import type { SelectingServices } from "./selecting-services.js";
import type { PodTopologySpreadArgs } from "./spread-args.js";

export interface SpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly selector: Selector;
  readonly minDomains: number;
  /** Whether only nodes count that satisfy the pod's node affinity; that have no taint the pod does not tolerate. */
  readonly honorsAffinity: boolean;
  readonly honorsTaints: boolean;
}

export type SpreadConstraints =
  | { readonly ok: true; readonly constraints: readonly SpreadConstraint[] }
  | { readonly ok: false; readonly error: string };

/** What the selector of default constraints is made from. */
export interface SpreadingSelectors {
  readonly objects: ClusterObjects;
  readonly services: SelectingServices;
}

export type SpreadAction = "DoNotSchedule" | "ScheduleAnyway";

const SYSTEM_DEFAULTS: readonly TopologySpreadConstraint[] = [
  { topologyKey: "kubernetes.io/hostname", maxSkew: 3, whenUnsatisfiable: "ScheduleAnyway" },
  { topologyKey: "topology.kubernetes.io/zone", maxSkew: 5, whenUnsatisfiable: "ScheduleAnyway" },
];

/** The kinds whose objects the selector of default constraints is made from. */
export const SPREADING_KINDS = ["Service", "ReplicationController", "ReplicaSet", "StatefulSet"] as const;

export function ownConstraints({ spec }: Pod): readonly TopologySpreadConstraint[] {
  return spec?.topologySpreadConstraints ?? [];
}

export function defaultConstraints(args: PodTopologySpreadArgs): readonly TopologySpreadConstraint[] {
  return args.defaultingType === "System" ? SYSTEM_DEFAULTS : args.defaultConstraints;
}

/** Hard (DoNotSchedule) or soft (ScheduleAnyway) constraints. An error is a selector that does not parse. */
export function spreadConstraintsOf(
  pod: Pod,
  action: SpreadAction,
  args: PodTopologySpreadArgs,
  selectors: SpreadingSelectors,
): SpreadConstraints {
  const own = ownConstraints(pod);
  const parsed = parseConstraints(own.length > 0 ? own : defaultConstraints(args), action, pod.metadata?.labels);
  if (!parsed.ok || own.length > 0 || parsed.constraints.length === 0) return parsed;
  const selector = defaultSelector(pod, selectors);
  if (selector.requirements.length === 0) return { ok: true, constraints: [] };
  return { ok: true, constraints: parsed.constraints.map((constraint) => ({ ...constraint, selector })) };
}

function parseConstraints(
  constraints: readonly TopologySpreadConstraint[],
  action: SpreadAction,
  labels: StringMap | null | undefined,
): SpreadConstraints {
  const parsed: SpreadConstraint[] = [];
  for (const constraint of constraints) {
    if (constraint.whenUnsatisfiable !== action) continue;
    const selector = parseLabelSelector(constraint.labelSelector);
    if (!selector.ok) return selector;
    parsed.push({
      maxSkew: constraint.maxSkew ?? 0,
      topologyKey: constraint.topologyKey ?? "",
      selector: withLabelKeys(selector, constraint.matchLabelKeys ?? [], labels),
      minDomains: constraint.minDomains ?? 1,
      honorsAffinity: (constraint.nodeAffinityPolicy ?? "Honor") === "Honor",
      honorsTaints: (constraint.nodeTaintsPolicy ?? "Ignore") === "Honor",
    });
  }
  return { ok: true, constraints: parsed };
}

/** The selector, and the pod's own values of the keys that it has. */
function withLabelKeys(selector: Selector, keys: readonly string[], labels: StringMap | null | undefined): Selector {
  if (selector.nothing || !labels) return selector;
  const own = Object.fromEntries(
    keys.filter((key) => Object.hasOwn(labels, key)).map((key) => [key, labels[key] ?? ""]),
  );
  return { ...selector, requirements: [...requirementsOfMap(own), ...selector.requirements] };
}

/** Whether a pod's controller is of a kind by whose selectors pods spread by default, and objects of that kind are here. */
export function hasSpreadingController(pod: Pod, objects: ClusterObjects): boolean {
  const kind = controllerOf(pod)?.kind;
  return kind !== undefined && SPREADING_KINDS.some((spreading) => spreading === kind && objects.count(spreading) > 0);
}

/** Whether a service or the pod's controller selects it, so that it spreads by default. */
export function spreadsByDefault(pod: Pod, selectors: SpreadingSelectors): boolean {
  return defaultSelector(pod, selectors).requirements.length > 0;
}

/** Everything that the pod's services and its controller select by; no requirements when there are none. */
function defaultSelector(pod: Pod, { objects, services }: SpreadingSelectors): Selector {
  const { map, requirements } = controllerSelector(pod, objects);
  const pairs = { ...services.selectorOf(pod), ...map };
  return { ok: true, nothing: false, requirements: [...requirementsOfMap(pairs), ...requirements] };
}

interface ControllerSelector {
  readonly map?: StringMap | null | undefined;
  readonly requirements: readonly LabelRequirement[];
}

function controllerSelector(pod: Pod, objects: ClusterObjects): ControllerSelector {
  const namespace = namespaceOf(pod);
  const { apiVersion, kind, name = "" } = controllerOf(pod) ?? {};
  if (apiVersion === "v1" && kind === "ReplicationController") {
    return { map: objects.get(kind, name, namespace)?.spec?.selector, requirements: [] };
  }
  if (apiVersion === "apps/v1" && (kind === "ReplicaSet" || kind === "StatefulSet")) {
    const selector = parseLabelSelector(objects.get(kind, name, namespace)?.spec?.selector);
    if (selector.ok && !selector.nothing) return { requirements: selector.requirements };
  }
  return { requirements: [] };
}
