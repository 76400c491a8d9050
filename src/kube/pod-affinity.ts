/**
 * Inter-pod affinity terms, parsed. Source: k8s 1.36 kube-scheduler framework/types.go (AffinityTerm, NewPodInfo): a list
 * with one bad term is an error as a whole.
 */

import type { Pod, PodAffinity, PodAffinityTerm, StringMap } from "./objects.js";
import { namespaceOf } from "./objects.js";
import { matchesAll, type ParsedSelector, parseLabelSelector } from "./requirement.js";

/** A selector that parsed. */
export type Selector = Extract<ParsedSelector, { readonly ok: true }>;

export interface PodTerm {
  /** Namespaces by name; the owner's own where the term names none and selects none. */
  readonly namespaces: ReadonlySet<string>;
  /** Further namespaces, by their labels. */
  readonly namespaceSelector: Selector;
  readonly selector: Selector;
  readonly topologyKey: string;
  /** 0 for required terms. */
  readonly weight: number;
}

export type PodTerms =
  | { readonly ok: true; readonly terms: readonly PodTerm[] }
  | { readonly ok: false; readonly error: string };

export function requiredPodTerms(affinity: PodAffinity | null | undefined, owner: Pod): PodTerms {
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return parseTerms(
    terms.map((term) => ({ term, weight: 0 })),
    owner,
  );
}

export function preferredPodTerms(affinity: PodAffinity | null | undefined, owner: Pod): PodTerms {
  const terms = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return parseTerms(
    terms.map(({ podAffinityTerm = {}, weight = 0 }) => ({ term: podAffinityTerm, weight })),
    owner,
  );
}

function parseTerms(
  weighted: readonly { readonly term: PodAffinityTerm; readonly weight: number }[],
  owner: Pod,
): PodTerms {
  const terms: PodTerm[] = [];
  for (const { term, weight } of weighted) {
    const selector = parseLabelSelector(term.labelSelector);
    if (!selector.ok) return { ok: false, error: selector.error };
    const namespaceSelector = parseLabelSelector(term.namespaceSelector);
    if (!namespaceSelector.ok) return { ok: false, error: namespaceSelector.error };
    terms.push({
      namespaces: namespacesOf(term, owner),
      namespaceSelector,
      selector,
      topologyKey: term.topologyKey ?? "",
      weight,
    });
  }
  return { ok: true, terms };
}

function namespacesOf({ namespaces, namespaceSelector }: PodAffinityTerm, owner: Pod): ReadonlySet<string> {
  const isUnsaid = (namespaces ?? []).length === 0 && (namespaceSelector ?? undefined) === undefined;
  return new Set(isUnsaid ? [namespaceOf(owner)] : namespaces);
}

/** Whether a selector matches labels; missing labels are no labels. */
export function selects(selector: Selector, labels: StringMap | null | undefined): boolean {
  return !selector.nothing && matchesAll(selector.requirements, labels);
}

/** Whether a term is about a namespace, given its labels (undefined = unknown, as good as none). */
export function isAbout(term: PodTerm, namespace: string, namespaceLabels: StringMap | null | undefined): boolean {
  return term.namespaces.has(namespace) || selects(term.namespaceSelector, namespaceLabels);
}
