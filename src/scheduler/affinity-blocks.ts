/** What InterPodAffinity asks for a pod, written into the core's memory (assembly/layout.ts, AFFINITY_* and TERMS_LIST). */

import { type CarriedTerm, type Kin, TERM_KINDS } from "../cluster/kin.js";
import { writable } from "../cluster/kinship.js";
import type { ClusterState } from "../cluster/state.js";
import type { Pod, StringMap } from "../kube/objects.js";
import { namespaceOf } from "../kube/objects.js";
import {
  isAbout,
  type PodTerm,
  type PodTerms,
  preferredPodTerms,
  requiredPodTerms,
  selects,
} from "../kube/pod-affinity.js";
import { joinProblems, matchesAll } from "../kube/requirement.js";
import type { Holdings } from "./holdings.js";
import type { InterPodAffinityArgs } from "./plugin-args.js";

/** A pod's own terms, or why they do not parse. */
export type OwnTerms =
  | {
      readonly ok: true;
      readonly affinity: readonly PodTerm[];
      readonly antiAffinity: readonly PodTerm[];
      readonly preferred: readonly PodTerm[];
      readonly avoided: readonly PodTerm[];
    }
  | { readonly ok: false; readonly error: string };

interface Addend {
  /** A tally's column. */
  readonly counts: number;
  readonly weight: number;
  readonly topologyKey: string;
}

export function ownTerms(pod: Pod): OwnTerms {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const problems: string[] = [];
  const read = (name: string, list: PodTerms): readonly PodTerm[] => {
    if (list.ok) return list.terms;
    problems.push(`${name}: ${list.error}`);
    return [];
  };
  const terms = {
    affinity: read("requiredAffinityTerms", requiredPodTerms(podAffinity, pod)),
    antiAffinity: read("requiredAntiAffinityTerms", requiredPodTerms(podAntiAffinity, pod)),
    preferred: read("preferredAffinityTerms", preferredPodTerms(podAffinity, pod)),
    avoided: read("preferredAntiAffinityTerms", preferredPodTerms(podAntiAffinity, pod)),
  };
  return problems.length > 0 ? { ok: false, error: joinProblems(problems) } : { ok: true, ...terms };
}

export class AffinityBlocks {
  readonly #state: ClusterState;
  readonly #args: InterPodAffinityArgs;
  /** Whether selectors of namespaces go on to match by themselves, as a bug of k8s 1.34 to 1.36 has it. */
  readonly #leaksNamespaceSelector: boolean;

  constructor(state: ClusterState, args: InterPodAffinityArgs, leaksNamespaceSelector: boolean) {
    this.#state = state;
    this.#args = args;
    this.#leaksNamespaceSelector = leaksNamespaceSelector;
  }

  /** The affinity block of the filter; 0 = PreFilter skips. */
  writeFilter(pod: Pod, own: OwnTerms & { ok: true }, holdings: Holdings): number {
    const existing = [...this.#bearing(pod, ["requiredAntiAffinity"])].map((carried) =>
      this.#carried(carried, 1, holdings),
    );
    const { affinity, antiAffinity } = own;
    if (affinity.length + antiAffinity.length + existing.length === 0) return 0;
    const matches = affinity.map((term) => this.#matcher(term));
    const self = kinOf(pod);
    const all = matches.map(({ key }) => key).join("\n");
    const counts =
      affinity.length === 0
        ? -1
        : holdings.tally(`all ${all}`, (kin) => Number(matches.every(({ matches }) => matches(kin))));
    const ownAddends = affinity.map(({ topologyKey }) => ({ counts, weight: 1, topologyKey }));
    const anti = antiAffinity.map((term) => this.#own(term, 1, holdings));
    const isSelf = affinity.length > 0 && matches.every(({ matches }) => matches(self));
    return holdings.doubles([
      this.#terms(ownAddends, holdings),
      this.#terms(anti, holdings),
      this.#terms(existing, holdings),
      Number(isSelf),
    ]);
  }

  /** The term block of the score; 0 = PreScore skips. */
  writeScore(pod: Pod, own: OwnTerms & { ok: true }, holdings: Holdings): number {
    const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
    const hasPreferences = [podAffinity, podAntiAffinity].some(
      (affinity) => (affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).length > 0,
    );
    if (this.#args.ignorePreferredTermsOfExistingPods && !hasPreferences) return 0;
    const addends = [
      ...own.preferred.map((term) => this.#own(term, term.weight, holdings)),
      ...own.avoided.map((term) => this.#own(term, -term.weight, holdings)),
      ...this.#ofExisting(pod, holdings),
    ];
    return this.#terms(addends, holdings);
  }

  *#ofExisting(pod: Pod, holdings: Holdings): Iterable<Addend> {
    const hard = this.#args.hardPodAffinityWeight;
    if (hard > 0) {
      for (const carried of this.#bearing(pod, ["requiredAffinity"])) yield this.#carried(carried, hard, holdings);
    }
    for (const carried of this.#bearing(pod, ["preferredAffinity", "preferredAntiAffinity"])) {
      const { weight } = carried.term;
      yield this.#carried(carried, carried.kind === "preferredAffinity" ? weight : -weight, holdings);
    }
  }

  /** A text that changes when a term of pods here which is about the pod comes or goes. */
  bearingKey(pod: Pod): string {
    if (!this.#state.kinship.hasTerms) return "";
    return [...this.#bearing(pod, TERM_KINDS)].map(({ key }) => key).join("\n");
  }

  /** Terms of pods that are here and match the pod. */
  *#bearing(pod: Pod, kinds: readonly CarriedTerm["kind"][]): Iterable<CarriedTerm> {
    const namespace = namespaceOf(pod);
    const namespaceLabels = this.#state.objects.get("Namespace", namespace)?.metadata?.labels;
    const labels = pod.metadata?.labels;
    for (const carried of this.#state.kinship.terms) {
      if (!kinds.includes(carried.kind) || !isAbout(carried.term, namespace, namespaceLabels)) continue;
      if (selects(carried.term.selector, labels)) yield carried;
    }
  }

  #carried(carried: CarriedTerm, weight: number, holdings: Holdings): Addend {
    const counts = holdings.keep(this.#state.kinship.holdCarriers(carried));
    return { counts, weight, topologyKey: carried.term.topologyKey };
  }

  #own(term: PodTerm, weight: number, holdings: Holdings): Addend {
    const { key, matches } = this.#matcher(term);
    const counts = holdings.tally(key, (kin) => Number(matches(kin)));
    return { counts, weight, topologyKey: term.topologyKey };
  }

  /** Whether pods of a kin match a term of the pod that comes, whose namespace selector stands for names. */
  #matcher(term: PodTerm): { readonly key: string; readonly matches: (kin: SeenPod) => boolean } {
    const names = new Set(term.namespaces);
    const { requirements, nothing } = term.namespaceSelector;
    if (!nothing && requirements.length > 0) {
      for (const { metadata } of this.#state.objects.list("Namespace")) {
        if (matchesAll(requirements, metadata?.labels)) names.add(metadata?.name ?? "");
      }
    }
    const isAnywhere =
      !nothing && (requirements.length === 0 || (this.#leaksNamespaceSelector && matchesAll(requirements, undefined)));
    const { selector } = term;
    return {
      key: JSON.stringify(["term", isAnywhere, [...names].sort(), selector], writable),
      matches: ({ namespace, labels }) => (isAnywhere || names.has(namespace)) && selects(selector, labels),
    };
  }

  /** A term block; 0 when there is nothing to add. Equal topology keys share their sums, as upstream's maps do. */
  #terms(addends: readonly Addend[], holdings: Holdings): number {
    if (addends.length === 0) return 0;
    const keys = [...new Set(addends.map(({ topologyKey }) => topologyKey))];
    const keyFields = keys.flatMap((key) => {
      const label = this.#state.labelColumn(key);
      return [label.column, label.size, holdings.doubles(label.size)];
    });
    const addendFields = addends.flatMap(({ counts, weight, topologyKey }) => [
      counts,
      weight,
      keys.indexOf(topologyKey),
    ]);
    return holdings.doubles([keys.length, addends.length, ...keyFields, ...addendFields]);
  }
}

/** What selectors see of a pod. */
type SeenPod = Pick<Kin, "namespace" | "labels">;

function kinOf(pod: Pod): { namespace: string; labels: StringMap | null | undefined } {
  return { namespace: namespaceOf(pod), labels: pod.metadata?.labels };
}
