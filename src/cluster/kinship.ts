/**
 * Pods as other pods' selectors see them. Pods that no selector can tell apart are of one kin: the same namespace, labels
 * and affinity terms, and terminating or not. For each question about pods (a spread constraint's selector, an affinity
 * term) a tally counts on every node the pods that answer it with yes; it moves with each pod that comes or goes.
 *
 * Nothing is kept before somebody asks, so clusters without spreading and inter-pod affinity pay nothing.
 */

import type { Engine } from "../core/engine.js";
import type { Pod, StringMap } from "../kube/objects.js";
import { namespaceOf } from "../kube/objects.js";
import { type PodTerm, type PodTerms, preferredPodTerms, requiredPodTerms } from "../kube/pod-affinity.js";
import { type CarriedTerm, type Kin, TERM_KINDS, type TermKind } from "./kin.js";
import { NO_SLOT, type PodRecord } from "./node-record.js";
import { isEqual } from "./shape-content.js";
import { Siblings } from "./siblings.js";

/** How often a pod of a kin counts; most questions are answered by 0 or 1. */
export type CountOf = (kin: Kin) => number;

export interface Tally {
  readonly key: string;
  /** u32, one count a slot. */
  readonly column: number;
  readonly countOf: CountOf;
  holders: number;
}

/** log2 of the size of a u32. */
const WORD_SHIFT = 2;
const WORD_BYTES = 4;

export class Kinship {
  readonly #engine: Engine;
  readonly #pods: ReadonlyMap<string, PodRecord>;
  readonly #kins = new Map<string, Kin>();
  readonly #terms = new Map<string, CarriedTerm>();
  readonly #tallies = new Map<string, Tally>();
  readonly #siblings = new Siblings<Kin>();
  #isAwake = false;
  #termsVersion = 0;

  constructor(engine: Engine, pods: ReadonlyMap<string, PodRecord>) {
    this.#engine = engine;
    this.#pods = pods;
  }

  /** Grows whenever a term comes that no pod here carried, and when the last pod that carried one goes. */
  get termsVersion(): number {
    return this.#termsVersion;
  }

  /** The terms that pods here carry. */
  get terms(): Iterable<CarriedTerm> {
    return this.#terms.values();
  }

  get hasTerms(): boolean {
    return this.#terms.size > 0;
  }

  /** A pod came onto a node; call it once its record is among the pods. */
  add(record: PodRecord): void {
    if (this.#isAwake) this.#join(record);
    else if (carriesTerms(record.pod)) this.#wake();
  }

  /** A pod came that is of a kin known before, and that tallies count already. */
  joinCounted(record: PodRecord, kin: Kin): void {
    kin.holders++;
    record.kin = kin;
  }

  /** A pod left its node. */
  remove(record: PodRecord): void {
    const { kin } = record;
    if (kin === undefined) return;
    this.move(record, -1);
    record.kin = undefined;
    kin.holders--;
    if (kin.holders === 0) this.#drop(kin);
  }

  /** Counts a pod on its node (sign 1) or no longer (-1): also when the node comes and goes under it. */
  move({ kin, node }: PodRecord, sign: 1 | -1): void {
    if (kin === undefined || kin.list === 0 || node.slot === NO_SLOT) return;
    this.#engine.core.talliesMove(kin.list, node.slot, sign);
  }

  /** The tally of a question, held until {@link release}. `key` says all that `countOf` depends on. */
  hold(key: string, countOf: CountOf): Tally {
    this.#wake();
    const known = this.#tallies.get(key);
    if (known !== undefined) {
      known.holders++;
      return known;
    }
    const column = this.#engine.check(this.#engine.core.columnAdd(WORD_SHIFT));
    const tally: Tally = { key, column, countOf, holders: 1 };
    this.#tallies.set(key, tally);
    const counts = new Map<Kin, number>();
    for (const kin of this.#kins.values()) {
      const count = countOf(kin);
      if (count === 0) continue;
      counts.set(kin, count);
      this.#writeList(kin);
    }
    if (counts.size === 0) return tally;
    for (const { kin, node } of this.#pods.values()) {
      const count = kin === undefined || node.slot === NO_SLOT ? undefined : counts.get(kin);
      if (count !== undefined) this.#engine.core.tallyAdd(column, node.slot, count);
    }
    return tally;
  }

  /** The tally of the pods that carry a term, once for each time that they name it. */
  holdCarriers(carried: CarriedTerm): Tally {
    return this.hold(`carriers ${carried.key}`, ({ terms }) => terms.filter(({ key }) => key === carried.key).length);
  }

  release(tally: Tally): void {
    tally.holders--;
    if (tally.holders > 0) return;
    this.#tallies.delete(tally.key);
    this.#engine.core.columnFree(tally.column);
    for (const kin of this.#kins.values()) if (tally.countOf(kin) !== 0) this.#writeList(kin);
  }

  #wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    for (const record of this.#pods.values()) this.#join(record);
  }

  #join(record: PodRecord): void {
    const kin = this.#kinOf(record.pod);
    kin.holders++;
    record.kin = kin;
    this.move(record, 1);
  }

  #kinOf(pod: Pod): Kin {
    const content = contentOf(pod);
    const family = `${content[0]} ${firstOf(pod.metadata?.labels)}`;
    const sibling = this.#siblings.find(
      family,
      (kin) => isEqual(kin.content, content) && this.#kins.get(kin.key) === kin,
    );
    return sibling ?? this.#kinByKey(pod, content, family);
  }

  #kinByKey(pod: Pod, content: Kin["content"], family: string): Kin {
    const key = JSON.stringify(content);
    let kin = this.#kins.get(key);
    if (kin === undefined) {
      const [namespace, labels, isTerminating] = content;
      const terms = termsOf(pod).map(([kind, term]) => this.#carry(kind, term));
      kin = { key, content, namespace, labels, isTerminating, terms, holders: 0, list: 0 };
      this.#kins.set(key, kin);
      this.#writeList(kin);
    }
    this.#siblings.note(family, kin);
    return kin;
  }

  #carry(kind: TermKind, term: PodTerm): CarriedTerm {
    const key = `${kind} ${termKey(term)}`;
    let carried = this.#terms.get(key);
    if (carried === undefined) {
      carried = { key, kind, term, carriers: 0 };
      this.#terms.set(key, carried);
      this.#termsVersion++;
    }
    carried.carriers++;
    return carried;
  }

  #drop(kin: Kin): void {
    this.#kins.delete(kin.key);
    this.#engine.core.arenaFree(kin.list);
    for (const carried of kin.terms) {
      carried.carriers--;
      if (carried.carriers > 0) continue;
      this.#terms.delete(carried.key);
      this.#termsVersion++;
    }
  }

  /** Writes the list of tallies that pods of this kin are in. */
  #writeList(kin: Kin): void {
    const entries: number[] = [];
    for (const { column, countOf } of this.#tallies.values()) {
      const count = countOf(kin);
      if (count !== 0) entries.push(column, count);
    }
    this.#engine.core.arenaFree(kin.list);
    kin.list = 0;
    if (entries.length === 0) return;
    kin.list = this.#engine.alloc((1 + entries.length) * WORD_BYTES);
    this.#engine.wordsAt(kin.list, 1 + entries.length).set([entries.length / 2, ...entries]);
  }
}

/** All of a pod that another pod's selectors and terms see. */
function contentOf(pod: Pod): Kin["content"] {
  const { metadata, spec } = pod;
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  const isTerminating = (metadata?.deletionTimestamp ?? "") !== "";
  return [namespaceOf(pod), metadata?.labels, isTerminating, podAffinity, podAntiAffinity];
}

/** The value of the first label that an object names. */
export function firstOf(labels: StringMap | null | undefined): string {
  for (const key in labels) return labels[key]!;
  return "";
}

function carriesTerms({ spec }: Pod): boolean {
  return (spec?.affinity?.podAffinity ?? spec?.affinity?.podAntiAffinity ?? undefined) !== undefined;
}

function termsOf(pod: Pod): [TermKind, PodTerm][] {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const lists: Record<TermKind, PodTerms> = {
    requiredAffinity: requiredPodTerms(podAffinity, pod),
    requiredAntiAffinity: requiredPodTerms(podAntiAffinity, pod),
    preferredAffinity: preferredPodTerms(podAffinity, pod),
    preferredAntiAffinity: preferredPodTerms(podAntiAffinity, pod),
  };
  return TERM_KINDS.flatMap((kind) => {
    const parsed = lists[kind];
    return parsed.ok ? parsed.terms.map((term): [TermKind, PodTerm] => [kind, term]) : [];
  });
}

/** A text that says all of a term. */
export function termKey({ namespaces, namespaceSelector, selector, topologyKey, weight }: PodTerm): string {
  return JSON.stringify([[...namespaces].sort(), namespaceSelector, selector, topologyKey, weight], writable);
}

/** JSON has neither sets nor bigints. */
export function writable(_key: string, value: unknown): unknown {
  if (value instanceof Set) return [...value];
  return typeof value === "bigint" ? String(value) : value;
}
