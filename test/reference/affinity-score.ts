/** InterPodAffinity's preferences: k8s 1.36 plugins/interpodaffinity/scoring.go. */

import type { StringMap } from "../../src/kube/objects.js";
import { matchesResolved, namespaceLabels, resolved } from "./affinity-filter.js";
import { podTerms, type Target, termMatches, type WeightedTerm } from "./affinity-terms.js";
import { type BoundPod, labelsOf, type NodeInfo, namespaceOf } from "./cluster.js";
import { type Cycle, SchedulerError, type ScorePlugin } from "./plugin.js";

/** By label key, then by label value. A domain that only terms of weight 0 speak of is there, with 0. */
type TopologyScores = Map<string, Map<string, number>>;

interface Preferences {
  readonly target: Target;
  readonly namespaceLabels: StringMap;
  readonly affinity: readonly WeightedTerm[];
  readonly antiAffinity: readonly WeightedTerm[];
  readonly hardPodAffinityWeight: number;
}

function addScore(scores: TopologyScores, info: NodeInfo, key: string, weight: number): void {
  if (!Object.hasOwn(info.labels, key)) return;
  const values = scores.get(key) ?? new Map<string, number>();
  scores.set(key, values);
  const value = info.labels[key]!;
  values.set(value, (values.get(value) ?? 0) + weight);
}

/** What one pod on a node is worth to the domains of its node, by either's terms. */
function addPod(scores: TopologyScores, preferences: Preferences, other: BoundPod, info: NodeInfo): void {
  for (const term of preferences.affinity) {
    if (matchesResolved(term, other)) addScore(scores, info, term.topologyKey, term.weight);
  }
  for (const term of preferences.antiAffinity) {
    if (matchesResolved(term, other)) addScore(scores, info, term.topologyKey, -term.weight);
  }
  const { target, namespaceLabels, hardPodAffinityWeight } = preferences;
  const { requiredAffinity, preferredAffinity, preferredAntiAffinity } = other.terms;
  for (const term of hardPodAffinityWeight > 0 ? requiredAffinity : []) {
    if (termMatches(term, target, namespaceLabels)) addScore(scores, info, term.topologyKey, hardPodAffinityWeight);
  }
  for (const term of preferredAffinity) {
    if (termMatches(term, target, namespaceLabels)) addScore(scores, info, term.topologyKey, term.weight);
  }
  for (const term of preferredAntiAffinity) {
    if (termMatches(term, target, namespaceLabels)) addScore(scores, info, term.topologyKey, -term.weight);
  }
}

function preferencesOf(cycle: Cycle): Preferences {
  const terms = podTerms(cycle.pod);
  if (terms.error !== undefined) throw new SchedulerError(`failed to parse pod: ${terms.error}`);
  return {
    target: { namespace: namespaceOf(cycle.pod), labels: labelsOf(cycle.pod) },
    namespaceLabels: namespaceLabels(cycle),
    affinity: resolved(cycle, terms.preferredAffinity),
    antiAffinity: resolved(cycle, terms.preferredAntiAffinity),
    hardPodAffinityWeight: cycle.args.hardPodAffinityWeight,
  };
}

/** In upstream's order of float64 operations, which is not that of an integer division. */
function normalize(scores: readonly bigint[]): bigint[] {
  const numbers = scores.map(Number);
  const min = Math.min(...numbers);
  const range = Math.max(...numbers) - min;
  return numbers.map((score) => (range > 0 ? BigInt(Math.trunc(100 * ((score - min) / range))) : 0n));
}

export const AFFINITY_SCORE: ScorePlugin = {
  name: "InterPodAffinity",
  without: { point: "preScore", error: 'failed to read "PreScoreInterPodAffinity" from cycleState: not found' },
  prepare(cycle) {
    const { podAffinity, podAntiAffinity } = cycle.pod.spec?.affinity ?? {};
    const hasPreferences =
      (podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).length > 0 ||
      (podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).length > 0;
    if (cycle.args.ignorePreferredTermsOfExistingPods && !hasPreferences) return undefined;
    const preferences = preferencesOf(cycle);
    const scores: TopologyScores = new Map();
    for (const info of cycle.nodes) {
      for (const other of info.pods) addPod(scores, preferences, other, info);
    }
    if (scores.size === 0) return undefined;
    return {
      score({ labels }) {
        let sum = 0;
        for (const [key, values] of scores) {
          if (Object.hasOwn(labels, key)) sum += values.get(labels[key]!) ?? 0;
        }
        return BigInt(sum);
      },
      normalize,
    };
  },
};
