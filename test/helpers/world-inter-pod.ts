/** Affinity and anti-affinity between pods, and the namespaces that terms select. */

import type {
  KubeObject,
  LabelSelector,
  PodAffinity,
  PodAffinityTerm,
  WeightedPodAffinityTerm,
} from "../../src/kube/objects.js";
import type { Random } from "./random.js";
import { podSelectorOf } from "./world-labels.js";
import type { Mutable, PodDraft, PodRole, WorldContext } from "./world-types.js";
import { HOSTNAME, NAMESPACES, TOPOLOGY_KEYS, ZONE } from "./world-vocabulary.js";

/** Running pods have fewer terms than those to be scheduled, or hardly anything would fit. */
export function addPodAffinity(pod: PodDraft, role: PodRole, { stream }: WorldContext): void {
  const random = stream("interPod");
  const percent = role === "bound" ? 25 : 70;
  const podAffinity = random.chance(percent) ? termsOf(random, 45, 70) : undefined;
  const podAntiAffinity = random.chance(percent) ? termsOf(random, 45, 55) : undefined;
  if (podAffinity === undefined && podAntiAffinity === undefined) return;
  pod.spec.affinity = {
    ...pod.spec.affinity,
    ...(podAffinity && { podAffinity }),
    ...(podAntiAffinity && { podAntiAffinity }),
  };
}

function termsOf(random: Random, requiredPercent: number, preferredPercent: number): PodAffinity {
  const affinity: Mutable<PodAffinity> = {};
  if (random.chance(requiredPercent)) {
    affinity.requiredDuringSchedulingIgnoredDuringExecution = random.list(0, 2, () => termOf(random));
  }
  if (random.chance(preferredPercent)) {
    affinity.preferredDuringSchedulingIgnoredDuringExecution = random.list(0, 3, () => weightedTermOf(random));
  }
  return affinity;
}

function weightedTermOf(random: Random): WeightedPodAffinityTerm {
  return { weight: random.pick([1, 1, 2, 3, 5, 7, 10, 33, 50, 100]), podAffinityTerm: termOf(random) };
}

function termOf(random: Random): PodAffinityTerm {
  const labelSelector = podSelectorOf(random, 2);
  const term: Mutable<PodAffinityTerm> = { topologyKey: random.pick([...TOPOLOGY_KEYS, HOSTNAME, ZONE]) };
  if (labelSelector !== undefined) term.labelSelector = labelSelector;
  if (random.chance(20)) term.namespaces = random.some([...NAMESPACES, "absent"], 45);
  if (random.chance(20)) term.namespaceSelector = namespaceSelectorOf(random);
  if (random.chance(5)) term.matchLabelKeys = ["pod-template-hash"];
  if (random.chance(5)) term.mismatchLabelKeys = ["version"];
  return term;
}

function namespaceSelectorOf(random: Random): LabelSelector {
  return random.pick<LabelSelector>([
    {},
    { matchLabels: { team: "red" } },
    { matchLabels: { team: "blue" } },
    { matchExpressions: [{ key: "team", operator: "In", values: ["red", "blue"] }] },
    { matchExpressions: [{ key: "team", operator: "NotIn", values: ["red"] }] },
    { matchExpressions: [{ key: "team", operator: "Exists" }] },
    { matchExpressions: [{ key: "team", operator: "DoesNotExist" }] },
    random.chance(30) ? { matchExpressions: [{ key: "team", operator: "In", values: [] }] } : {},
  ]);
}

/** Some of the namespaces pods are in; what is missing has no labels. */
export function namespacesOf({ stream }: WorldContext): KubeObject[] {
  const random = stream("namespaces");
  return random.some(NAMESPACES, 85).map((name) => {
    const team = random.pick(["red", "blue", undefined]);
    const labels = { "kubernetes.io/metadata.name": name, ...(team && { team }) };
    return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
  });
}
