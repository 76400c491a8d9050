/** Pods that packing cannot tell apart, whatever workload they belong to. */

import {
  namespaceOf,
  type Pod,
  type PodAffinityTerm,
  type PodSpec,
  type TopologySpreadConstraint,
} from "../kube/objects.js";
import { isSchedulerResource } from "../kube/pod-request.js";
import { matchesAll, parseLabelSelector } from "../kube/requirement.js";
import { HOSTNAME_LABEL } from "./offers.js";
import { readableRequest } from "./request.js";

export interface PodGroup {
  /** Equal of groups of which the filters say the same on a node without pods. */
  readonly alike: string;
  /** In the order given; at least one. */
  readonly pods: readonly Pod[];
  /** By resource name; each pod also takes one of `pods`. */
  readonly request: ReadonlyMap<string, number>;
  /** Whether a node holds one of them at most. */
  readonly isAlone: boolean;
  /** Topology keys that a node must have a label of for the pods to go there. */
  readonly keys: readonly string[];
  /** Constraints on other pods that packing leaves to the check: what they are called. */
  readonly relations: readonly string[];
  /** Things of which a node can give each to one pod: host ports, and rules that keep pods of several groups apart. */
  readonly exclusive: readonly string[];
}

/** Volumes that any node can have. */
const EVERYWHERE = ["configMap", "secret", "emptyDir", "projected", "downwardAPI", "hostPath"];

export function groupPods(pods: readonly Pod[]): PodGroup[] {
  const bySpec = new Map<PodSpec | undefined, SpecGroups>();
  const known = new Map<string, NodeNeeds>();
  const groups: { readonly needs: NodeNeeds; readonly pods: Pod[] }[] = [];
  for (const pod of pods) {
    let spec = bySpec.get(pod.spec);
    if (spec === undefined) {
      spec = specGroupsOf(pod);
      bySpec.set(pod.spec, spec);
    }
    const own = spec.isOwn ? ownText(pod) : "";
    let members = spec.byOwn.get(own);
    if (members === undefined) {
      const made = needsOf(pod);
      const needs = known.get(made.key) ?? made;
      known.set(needs.key, needs);
      const relation = relationKeyOf(pod);
      members = needs.byRelation.get(relation) ?? [];
      if (members.length === 0) groups.push({ needs, pods: members });
      needs.byRelation.set(relation, members);
      spec.byOwn.set(own, members);
    }
    members.push(pod);
  }
  return groups.map(({ needs, pods: members }) => groupOf(needs, members));
}

/** Pods of one spec by what else matters of them. */
interface SpecGroups {
  /** Whether anything does: volumes may go by the pod's name, and whom it keeps away from may be those like itself. */
  readonly isOwn: boolean;
  readonly byOwn: Map<string, Pod[]>;
}

function specGroupsOf({ spec }: Pod): SpecGroups {
  const isOwn = boundVolumes(spec).length > 0 || Boolean(spec?.affinity?.podAntiAffinity);
  return { isOwn, byOwn: new Map() };
}

/** What {@link needsOf} and {@link relationKeyOf} read beside the spec. */
function ownText({ metadata, spec }: Pod): string {
  const name = boundVolumes(spec).length > 0 && metadata?.name;
  return JSON.stringify([metadata?.namespace, name, metadata?.labels]);
}

/** The pod without what it wants of other pods, to be asked about on empty nodes. */
export function withoutRelations(pod: Pod): Pod {
  const nodeAffinity = pod.spec?.affinity?.nodeAffinity;
  return {
    ...pod,
    spec: { ...pod.spec, topologySpreadConstraints: [], affinity: nodeAffinity ? { nodeAffinity } : {} },
  };
}

/** Whether it can matter to the pod in which zone an empty node is: by labels that it asks for, or by its volumes. */
export function asksForPlaces({ spec }: Pod): boolean {
  const { nodeSelector, affinity } = spec ?? {};
  return nodeSelector !== undefined || affinity?.nodeAffinity !== undefined || boundVolumes(spec).length > 0;
}

/** Volumes that not every node can have. */
function boundVolumes(spec: PodSpec | undefined) {
  return (spec?.volumes ?? []).filter((volume) => !EVERYWHERE.some((kind) => kind in volume));
}

/** Whether the pods must be spread over the zones, or other parts, of this topology key. */
export function isSpreadOver(pod: Pod, key: string): boolean {
  return hardConstraints(pod.spec).some(({ topologyKey }) => topologyKey === key);
}

/** What pods ask of a node where no other pod is. */
interface NodeNeeds {
  /** All that the filters read there. */
  readonly key: string;
  readonly request: ReadonlyMap<string, number>;
  readonly ports: readonly string[];
  /** Pods that need this, by what packing knows of their rules about others. */
  readonly byRelation: Map<string, Pod[]>;
}

function needsOf(pod: Pod): NodeNeeds {
  const { metadata, spec } = pod;
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const volumes = boundVolumes(spec);
  const request = requestOf(pod);
  const ports = hostPorts(spec);
  const key = JSON.stringify([
    [...request].sort(([a], [b]) => (a < b ? -1 : 1)),
    spec?.nodeSelector,
    required,
    spec?.tolerations,
    ports,
    spec?.schedulerName,
    spec?.schedulingGates,
    volumes.length > 0 && [volumes, namespaceOf(pod), volumes.some(({ ephemeral }) => ephemeral) && metadata?.name],
  ]);
  return { key, request, ports, byRelation: new Map() };
}

/**
 * What packing knows of a pod's rules about others: which pods it keeps away from, for that is a limit of a node; of all else
 * only by which key, whatever pods are meant.
 */
function relationKeyOf(pod: Pod): string {
  const { apart, together, hard } = rulesOf(pod);
  if (apart.length > 0) return JSON.stringify([apart, together, hard, namespaceOf(pod), pod.metadata?.labels]);
  return hard.length + together.length === 0 ? "" : JSON.stringify(leftToCheck(hard, together));
}

function rulesOf({ spec }: Pod) {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  return {
    apart: podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
    together: podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
    hard: hardConstraints(spec),
  };
}

function leftToCheck(hard: readonly TopologySpreadConstraint[], together: readonly PodAffinityTerm[]): string[] {
  return [
    ...hard.map(({ topologyKey = "" }) => `spreading over ${topologyKey}`),
    ...together.map(({ topologyKey = "" }) => `pod affinity by ${topologyKey}`),
  ];
}

function groupOf({ key: alike, request, ports }: NodeNeeds, pods: readonly Pod[]): PodGroup {
  const pod = pods[0]!;
  const { apart, together, hard } = rulesOf(pod);
  const own = apart.filter((term) => term.topologyKey === HOSTNAME_LABEL && selects(term, pod));
  return {
    alike,
    pods,
    request,
    isAlone: own.length > 0 || ports.length > 0,
    keys: [...hard, ...together].map(({ topologyKey = "" }) => topologyKey),
    relations: [
      ...leftToCheck(hard, together),
      ...apart
        .filter((term) => !own.includes(term))
        .map(({ topologyKey = "" }) => `pod anti-affinity by ${topologyKey}`),
    ],
    exclusive: [
      ...ports.map((port) => `port ${port}`),
      ...own
        .filter(({ matchLabelKeys }) => !matchLabelKeys?.length)
        .map(({ labelSelector }) => JSON.stringify([namespaceOf(pod), labelSelector])),
    ],
  };
}

function requestOf(pod: Pod): Map<string, number> {
  const named = [...readableRequest(pod)].filter(
    ([name, amount]) => amount > 0 && name !== "pods" && isSchedulerResource(name),
  );
  return new Map([...named, ["pods", 1]]);
}

function hostPorts(spec: PodSpec | undefined): string[] {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return containers
    .flatMap(({ ports }) => ports ?? [])
    .flatMap(({ hostPort, protocol = "TCP", hostIP = "" }) => (hostPort ? [`${protocol} ${hostPort} ${hostIP}`] : []))
    .sort();
}

function hardConstraints(spec: PodSpec | undefined): TopologySpreadConstraint[] {
  return (spec?.topologySpreadConstraints ?? []).filter(
    ({ whenUnsatisfiable = "DoNotSchedule" }) => whenUnsatisfiable === "DoNotSchedule",
  );
}

/** Whether a term of the pod means pods like itself. */
function selects(term: PodAffinityTerm, pod: Pod): boolean {
  const { labelSelector, namespaces, namespaceSelector, mismatchLabelKeys } = term;
  if (mismatchLabelKeys?.length) return false;
  const isHere = namespaces?.length ? namespaces.includes(namespaceOf(pod)) : !namespaceSelector;
  const selector = parseLabelSelector(labelSelector);
  return isHere && selector.ok && !selector.nothing && matchesAll(selector.requirements, pod.metadata?.labels);
}
