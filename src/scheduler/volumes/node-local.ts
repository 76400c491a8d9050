/** Looking for the first of many candidates that suits a node, without looking at those that are meant for others. */

import type { LabelRequirement } from "../../kube/requirement.js";
import type { NodeTerms, VolumeNode } from "./node-terms.js";

/**
 * Candidates in their order, found by a label that a node needs for them: of many local volumes, each bound to one node, a
 * node looks at its own.
 */
export class NodeLocal<T extends { readonly terms: NodeTerms }> {
  readonly #items: readonly T[];
  /** By label key and value: ranks of the items that a node with this label may satisfy. */
  readonly #byLabel = new Map<string, Map<string, number[]>>();
  /** Ranks of the items that no single label decides. */
  readonly #elsewhere: number[] = [];

  constructor(items: readonly T[]) {
    this.#items = items;
    for (const [rank, { terms }] of items.entries()) {
      const labels = neededLabels(terms);
      if (labels === undefined) this.#elsewhere.push(rank);
      else for (const { key, values } of labels) this.#add(key, values, rank);
    }
  }

  /** The first item that may be on the node and that passes. */
  find({ node }: VolumeNode, passes: (item: T) => boolean): T | undefined {
    let best = this.#firstOf(this.#elsewhere, Number.POSITIVE_INFINITY, passes);
    const labels = node?.metadata?.labels ?? {};
    for (const [key, ranks] of this.#byLabel) {
      const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
      if (value !== undefined) best = this.#firstOf(ranks.get(value) ?? [], best, passes);
    }
    return this.#items[best];
  }

  /** The first of ascending ranks below `limit` whose item passes, else `limit`. */
  #firstOf(ranks: readonly number[], limit: number, passes: (item: T) => boolean): number {
    for (const rank of ranks) {
      if (rank >= limit) return limit;
      if (passes(this.#items[rank]!)) return rank;
    }
    return limit;
  }

  #add(key: string, values: ReadonlySet<string>, rank: number): void {
    const byValue = this.#byLabel.get(key) ?? new Map<string, number[]>();
    this.#byLabel.set(key, byValue);
    for (const value of values) {
      const ranks = byValue.get(value);
      if (ranks === undefined) byValue.set(value, [rank]);
      else ranks.push(rank);
    }
  }
}

/** For each term that a node can satisfy, a requirement of the form "this label is one of these"; undefined: one has none. */
function neededLabels(terms: NodeTerms): LabelRequirement[] | undefined {
  if (terms === undefined) return undefined;
  const labels: LabelRequirement[] = [];
  for (const term of terms) {
    if (!term.ok || term.empty) continue;
    const label = term.expressions.find(({ absent, complement }) => !absent && !complement);
    if (label === undefined) return undefined;
    labels.push(label);
  }
  return labels;
}
