/** The rules about where pods go that scheduler_perf's templates are made of. */

import type { Affinity, NodeSelectorTerm, PodAffinityTerm, TopologySpreadConstraint } from "../kube/objects.js";

export const HOSTNAME = "kubernetes.io/hostname";
export const ZONE = "topology.kubernetes.io/zone";
export const NAMESPACE = "sched-1";

type PodKind = "podAffinity" | "podAntiAffinity";

/** Pods of this color, by this topology. */
export function near(color: string, topologyKey: string): PodAffinityTerm {
  return { labelSelector: { matchLabels: { color } }, topologyKey, namespaces: [NAMESPACE] };
}

export function required(kind: PodKind, term: PodAffinityTerm): { readonly affinity: Affinity } {
  return { affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
}

export function preferred(kind: PodKind, podAffinityTerm: PodAffinityTerm): { readonly affinity: Affinity } {
  return {
    affinity: { [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm }] } },
  };
}

export function onNodes(term: NodeSelectorTerm): { readonly affinity: Affinity } {
  return {
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } },
    },
  };
}

export function inZones(...values: string[]): NodeSelectorTerm {
  return { matchExpressions: [{ key: ZONE, operator: "In", values }] };
}

/** Over zones, at most 5 pods of this color apart. */
export function spread(
  color: string,
  whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway",
  more: Partial<TopologySpreadConstraint> = {},
): { readonly topologySpreadConstraints: readonly TopologySpreadConstraint[] } {
  const labelSelector = { matchLabels: { color } };
  return {
    topologySpreadConstraints: [{ maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable, labelSelector, ...more }],
  };
}
