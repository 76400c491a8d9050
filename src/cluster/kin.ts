/** Pods that no selector of another pod can tell apart, and the affinity terms that they carry. */

import type { StringMap } from "../kube/objects.js";
import type { PodTerm } from "../kube/pod-affinity.js";

export const TERM_KINDS = [
  "requiredAffinity",
  "requiredAntiAffinity",
  "preferredAffinity",
  "preferredAntiAffinity",
] as const;
export type TermKind = (typeof TERM_KINDS)[number];

/** A term that pods here carry; equal terms of equal namespaces are one. */
export interface CarriedTerm {
  readonly key: string;
  readonly kind: TermKind;
  readonly term: PodTerm;
  /** How many kins carry it. */
  carriers: number;
}

export interface Kin {
  /** The content as one text. */
  readonly key: string;
  /** Namespace, labels, whether they are terminating, and their affinity and anti-affinity as written. */
  readonly content: readonly [string, StringMap | null | undefined, boolean, unknown, unknown];
  readonly namespace: string;
  readonly labels: StringMap | null | undefined;
  readonly isTerminating: boolean;
  /** One entry for each time that a pod of this kin names the term. */
  readonly terms: readonly CarriedTerm[];
  holders: number;
  /** Where its list of tallies lies (assembly/tallies.ts); 0 = it is in none. */
  list: number;
}
