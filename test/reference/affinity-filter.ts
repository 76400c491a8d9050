/** InterPodAffinity's required terms: k8s 1.36 plugins/interpodaffinity/filtering.go. */

import type { StringMap } from "../../src/kube/objects.js";
import { podTerms, type Target, type Term, termMatches } from "./affinity-terms.js";
import { type BoundPod, labelsOf, type NodeInfo, namespaceOf } from "./cluster.js";
import { isEverything, NOTHING, selects } from "./label-selector.js";
import {
  type Cycle,
  type FilterPlugin,
  type FilterStatus,
  type NodeFilter,
  PASS,
  unresolvable,
  unschedulable,
} from "./plugin.js";

const NO_LABELS: StringMap = {};

/** The labels of the incoming pod's namespace; none when the namespace is not known. */
export function namespaceLabels(cycle: Cycle): StringMap {
  const name = namespaceOf(cycle.pod);
  return cycle.list("namespaces").find(({ metadata }) => metadata?.name === name)?.metadata?.labels ?? {};
}

/**
 * The incoming pod's own terms, with the namespaces that they select written out. A selector of every namespace stays
 * as it is. What becomes of the others depends on the version.
 */
export function resolved<T extends Term>(cycle: Cycle, terms: readonly T[]): T[] {
  return terms.map((term) => {
    if (isEverything(term.namespaceSelector)) return term;
    const selected = cycle
      .list("namespaces")
      .filter(({ metadata }) => selects(term.namespaceSelector, metadata?.labels ?? {}))
      .map(({ metadata }) => metadata?.name ?? "");
    const namespaces = new Set([...term.namespaces, ...selected]);
    if (cycle.behaviour.asksNamespaceSelectorAgain) return { ...term, namespaces };
    return { ...term, namespaces, namespaceSelector: NOTHING };
  });
}

/** Whether a pod matches a resolved term; its namespace's labels are no longer looked at. */
export function matchesResolved(term: Term, target: Target): boolean {
  return termMatches(term, target, NO_LABELS);
}

function matchesAll(terms: readonly Term[], target: Target): boolean {
  return terms.length > 0 && terms.every((term) => matchesResolved(term, target));
}

/** How often something holds in a topology domain, by label key and value. A domain where it never holds is absent. */
class DomainCounts {
  readonly #counts: Map<string, number>;

  constructor(counts = new Map<string, number>()) {
    this.#counts = counts;
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  add(info: NodeInfo, key: string, change: number): void {
    if (!Object.hasOwn(info.labels, key)) return;
    const domain = domainKey(key, info.labels[key]!);
    const count = (this.#counts.get(domain) ?? 0) + change;
    if (count === 0) this.#counts.delete(domain);
    else this.#counts.set(domain, count);
  }

  has(key: string, value: string): boolean {
    return (this.#counts.get(domainKey(key, value)) ?? 0) > 0;
  }

  copy(): DomainCounts {
    return new DomainCounts(new Map(this.#counts));
  }
}

function domainKey(key: string, value: string): string {
  return `${key}\0${value}`;
}

/** The incoming pod's side of the question. */
interface Incoming {
  readonly target: Target;
  readonly namespaceLabels: StringMap;
  readonly affinity: readonly Term[];
  readonly antiAffinity: readonly Term[];
}

interface Counts {
  /** Anti-affinity terms of pods on nodes that match the incoming pod. */
  readonly existing: DomainCounts;
  /** Pods that match all of the incoming pod's affinity terms. */
  readonly affinity: DomainCounts;
  /** Pods that match one of its anti-affinity terms. */
  readonly antiAffinity: DomainCounts;
}

class AffinityFilter implements NodeFilter {
  readonly #incoming: Incoming;
  readonly #counts: Counts;

  constructor(incoming: Incoming, counts: Counts) {
    this.#incoming = incoming;
    this.#counts = counts;
  }

  get hasNothingToSay(): boolean {
    const { affinity, antiAffinity } = this.#incoming;
    return this.#counts.existing.isEmpty && affinity.length === 0 && antiAffinity.length === 0;
  }

  filter(info: NodeInfo): FilterStatus | undefined {
    const { labels } = info;
    const { existing, antiAffinity } = this.#counts;
    if (!this.#satisfiesAffinity(labels)) return unresolvable("node(s) didn't match pod affinity rules");
    const isHostile = ({ topologyKey: key }: Term) => Object.hasOwn(labels, key) && antiAffinity.has(key, labels[key]!);
    if (this.#incoming.antiAffinity.some(isHostile)) {
      return unschedulable("node(s) didn't match pod anti-affinity rules");
    }
    if (Object.entries(labels).some(([key, value]) => existing.has(key, value))) {
      return unschedulable("node(s) didn't satisfy existing pods anti-affinity rules");
    }
    return undefined;
  }

  /** The first pod of a series that wants to be together matches nothing but itself. */
  #satisfiesAffinity(labels: StringMap): boolean {
    const { affinity: terms, target } = this.#incoming;
    const { affinity } = this.#counts;
    if (!terms.every(({ topologyKey }) => Object.hasOwn(labels, topologyKey))) return false;
    if (terms.every(({ topologyKey: key }) => affinity.has(key, labels[key]!))) return true;
    return affinity.isEmpty && matchesAll(terms, target);
  }

  update(other: BoundPod, info: NodeInfo, change: 1 | -1): void {
    const incoming = this.#incoming;
    const { existing, affinity, antiAffinity } = this.#counts;
    for (const term of other.terms.requiredAntiAffinity) {
      if (termMatches(term, incoming.target, incoming.namespaceLabels)) existing.add(info, term.topologyKey, change);
    }
    if (matchesAll(incoming.affinity, other)) {
      for (const term of incoming.affinity) affinity.add(info, term.topologyKey, change);
    }
    for (const term of incoming.antiAffinity) {
      if (matchesResolved(term, other)) antiAffinity.add(info, term.topologyKey, change);
    }
  }

  copy(): AffinityFilter {
    const { existing, affinity, antiAffinity } = this.#counts;
    return new AffinityFilter(this.#incoming, {
      existing: existing.copy(),
      affinity: affinity.copy(),
      antiAffinity: antiAffinity.copy(),
    });
  }
}

export const AFFINITY_FILTER: FilterPlugin = {
  name: "InterPodAffinity",
  withoutPreFilter: 'error reading "PreFilterInterPodAffinity" from cycleState: not found',
  prepare(cycle) {
    const terms = podTerms(cycle.pod);
    if (terms.error !== undefined) {
      return { rejection: unresolvable(`parsing pod: ${terms.error}`), nodeFilter: PASS };
    }
    const incoming: Incoming = {
      target: { namespace: namespaceOf(cycle.pod), labels: labelsOf(cycle.pod) },
      namespaceLabels: namespaceLabels(cycle),
      affinity: resolved(cycle, terms.requiredAffinity),
      antiAffinity: resolved(cycle, terms.requiredAntiAffinity),
    };
    const counts = { existing: new DomainCounts(), affinity: new DomainCounts(), antiAffinity: new DomainCounts() };
    const nodeFilter = new AffinityFilter(incoming, counts);
    for (const info of cycle.nodes) {
      for (const other of info.pods) nodeFilter.update(other, info, 1);
    }
    return nodeFilter.hasNothingToSay ? { skip: true, nodeFilter: PASS } : { nodeFilter };
  },
};
