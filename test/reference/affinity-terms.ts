/** A pod's affinity and anti-affinity terms, parsed: k8s 1.36 kube-scheduler/framework and pkg/scheduler/framework. */

import type { Pod, PodAffinityTerm, StringMap, WeightedPodAffinityTerm } from "../../src/kube/objects.js";
import { aggregate, InvalidSelector, parseSelector, type Selector, selects } from "./label-selector.js";

export interface Term {
  readonly topologyKey: string;
  readonly namespaces: ReadonlySet<string>;
  readonly namespaceSelector: Selector;
  readonly selector: Selector;
}

export interface WeightedTerm extends Term {
  readonly weight: number;
}

export interface PodTerms {
  readonly requiredAffinity: readonly Term[];
  readonly requiredAntiAffinity: readonly Term[];
  readonly preferredAffinity: readonly WeightedTerm[];
  readonly preferredAntiAffinity: readonly WeightedTerm[];
  /** What could not be parsed. A list with one bad term is empty. */
  readonly error?: string;
}

const NO_TERMS: PodTerms = {
  requiredAffinity: [],
  requiredAntiAffinity: [],
  preferredAffinity: [],
  preferredAntiAffinity: [],
};

export function podTerms(pod: Pod): PodTerms {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  if (podAffinity == null && podAntiAffinity == null) return NO_TERMS;
  const errors: string[] = [];
  const required = (name: string, terms: readonly PodAffinityTerm[] | null | undefined) =>
    parseAll(name, terms, (term) => parseTerm(pod, term), errors);
  const preferred = (name: string, terms: readonly WeightedPodAffinityTerm[] | null | undefined) =>
    parseAll(name, terms, (term) => parseWeighted(pod, term), errors);
  const terms = {
    requiredAffinity: required("requiredAffinityTerms", podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAntiAffinity: required(
      "requiredAntiAffinityTerms",
      podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution,
    ),
    preferredAffinity: preferred(
      "preferredAffinityTerms",
      podAffinity?.preferredDuringSchedulingIgnoredDuringExecution,
    ),
    preferredAntiAffinity: preferred(
      "preferredAntiAffinityTerms",
      podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution,
    ),
  };
  return errors.length === 0 ? terms : { ...terms, error: aggregate(errors) };
}

function parseAll<T, U>(name: string, list: readonly T[] | null | undefined, parse: (item: T) => U, errors: string[]) {
  try {
    return (list ?? []).map(parse);
  } catch (error) {
    if (!(error instanceof InvalidSelector)) throw error;
    errors.push(`${name}: ${error.message}`);
    return [];
  }
}

function parseWeighted(pod: Pod, { weight = 0, podAffinityTerm = {} }: WeightedPodAffinityTerm): WeightedTerm {
  return { ...parseTerm(pod, podAffinityTerm), weight };
}

/** Without namespaces and without a selector of namespaces, the pod's own namespace is meant. */
function parseTerm(pod: Pod, term: PodAffinityTerm): Term {
  const selector = parseSelector(term.labelSelector);
  const names = term.namespaces ?? [];
  const isOwn = names.length === 0 && term.namespaceSelector == null;
  return {
    topologyKey: term.topologyKey ?? "",
    namespaces: new Set(isOwn ? [pod.metadata?.namespace || "default"] : names),
    namespaceSelector: parseSelector(term.namespaceSelector),
    selector,
  };
}

/** Who is asked about: a pod with the labels of its namespace as the asker knows them. */
export interface Target {
  readonly namespace: string;
  readonly labels: StringMap;
}

export function termMatches(term: Term, target: Target, namespaceLabels: StringMap): boolean {
  const isThere = term.namespaces.has(target.namespace) || selects(term.namespaceSelector, namespaceLabels);
  return isThere && selects(term.selector, target.labels);
}
