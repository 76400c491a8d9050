/** Why a pod goes where it goes and nowhere else: `scheduler.explain(pod)`. */

import type { Pod } from "../kube/objects.js";
import type { Decision, Preemption } from "./decision.js";
import type { GivenRejection } from "./explain.js";
import type { Findings, RejectionTable } from "./explain-cycle.js";
import { type ExplanationDocument, explanationDocument } from "./explanation-document.js";
import type { FilterFailure, NodeExplanation } from "./node-explanation.js";
import type { PreFilterVerdict } from "./pre-filter-story.js";

/** Nodes that are not feasible for the same reasons. */
export interface RejectedNodes {
  /** Names, in the order in which the nodes were added. */
  readonly nodes: readonly string[];
  readonly failures: readonly FilterFailure[];
  /** See {@link NodeExplanation.rejection}. */
  readonly rejection: FilterFailure;
}

/**
 * What made the choice. `only`: no other node is feasible. `score`: no other node has as many points. `first`, `random`,
 * `heap`: the scheduler's `tieBreak`, between equals. `nominated`: the node that the pod is nominated to is taken unscored.
 */
export type DecidedBy = "only" | "score" | "first" | "random" | "heap" | "nominated";

export interface ExplanationSource {
  readonly decision: Decision;
  readonly findings: Findings;
  /** Names of the score plugins with their weights, in the profile's order. */
  readonly weights: readonly { readonly name: string; readonly weight: number }[];
  readonly tieBreak: "first" | "random" | "heap";
  readonly preempt: () => Preemption;
}

/**
 * A decision with all that led to it. Verdicts and scores are those of the moment at which it was made, and stay when the
 * cluster changes; they are kept as numbers, and what a method returns is made for that call.
 */
export class Explanation {
  /** As `scheduler.schedule` gives it. */
  readonly decision: Decision;
  /** What PreFilter said, in the profile's order; it ends where the pod is rejected for good. Empty without a cycle. */
  readonly preFilter: readonly PreFilterVerdict[];
  /** The filters that were asked, in the profile's order: those whose PreFilter did not skip the pod. */
  readonly filters: readonly string[];
  /** The score plugins that ran, in the profile's order; empty where no node was scored. */
  readonly scores: readonly { readonly name: string; readonly weight: number }[];
  /** Why no node was scored although some are feasible: upstream's sentence. */
  readonly scoreError: string | undefined;
  readonly #source: ExplanationSource;
  #slots: Map<string, number> | undefined;
  #preemption: Preemption | undefined;

  /** @internal */
  constructor(source: ExplanationSource) {
    const { decision, findings, weights } = source;
    this.#source = source;
    this.decision = decision;
    this.preFilter = findings.preFilter;
    this.filters = [...findings.filters.keys()];
    const ran = new Set(findings.scores.map(({ name }) => name));
    this.scores = weights.filter(({ name }) => ran.has(name));
    this.scoreError = findings.scoreError;
  }

  /** Whether the filters were run: neither PreFilter nor anything before it decided. */
  get isJudged(): boolean {
    return this.#source.findings.isJudged;
  }

  get pod(): Pod {
    return this.decision.pod;
  }

  /** A count of nodes. */
  get nodeCount(): number {
    return this.#source.findings.names.reduce((count, name) => count + Number(name !== undefined), 0);
  }

  /** A count of the nodes that could take the pod, as far as the search came. */
  get feasibleCount(): number {
    let count = 0;
    for (const slot of this.#liveSlots()) count += Number(this.#isFeasible(slot));
    return count;
  }

  /** Every node, in the order in which they were added. */
  *nodes(): IterableIterator<NodeExplanation> {
    for (const slot of this.#liveSlots()) yield this.#node(slot);
  }

  /** One node by name. */
  node(name: string): NodeExplanation | undefined {
    this.#slots ??= new Map([...this.#liveSlots()].map((slot) => [this.#source.findings.names[slot]!, slot]));
    const slot = this.#slots.get(name);
    return slot === undefined ? undefined : this.#node(slot);
  }

  /** The best feasible nodes: the chosen one, then by total, equals in the order in which they were added. */
  ranking(count = Number.POSITIVE_INFINITY): NodeExplanation[] {
    if (!this.#isScored()) return [];
    const { names, totals } = this.#source.findings;
    const chosen = this.decision.status === "placed" ? this.decision.node : undefined;
    const slots = [...this.#liveSlots()].filter((slot) => this.#isFeasible(slot));
    slots.sort((a, b) => Number(names[b] === chosen) - Number(names[a] === chosen) || totals[b]! - totals[a]! || a - b);
    return slots.slice(0, count).map((slot) => this.#node(slot));
  }

  /** Names of all nodes with as many points as the chosen one, which is among them; empty when the pod is not placed. */
  ties(): string[] {
    const { decision } = this;
    if (decision.status !== "placed") return [];
    // kube-scheduler takes an only node unscored, also where scoring would have failed.
    if (!this.#isScored()) return [decision.node];
    const { names, totals } = this.#source.findings;
    const best = totals[names.indexOf(decision.node)];
    const slots = [...this.#liveSlots()].filter((slot) => this.#isFeasible(slot) && totals[slot] === best);
    return slots.map((slot) => names[slot]!);
  }

  /** What made the choice; undefined when the pod is not placed. */
  decidedBy(): DecidedBy | undefined {
    if (this.decision.status !== "placed") return undefined;
    if (this.#source.findings.isNominated) return "nominated";
    if (this.feasibleCount === 1) return "only";
    return this.ties().length > 1 ? this.#source.tieBreak : "score";
  }

  /** The nodes that are not feasible, those with the same reasons together; most nodes first. */
  rejections(): RejectedNodes[] {
    const groups = new Map<string, number[]>();
    const tables = [...this.#source.findings.filters.values(), this.#source.findings.cycle];
    for (const slot of this.#liveSlots()) {
      if (this.#groupIn(this.#source.findings.cycle, slot) === undefined) continue;
      const key = tables.map((table) => table?.groupOf[slot] ?? 0).join();
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [slot]);
      else group.push(slot);
    }
    return [...groups.values()]
      .sort((a, b) => b.length - a.length || a[0]! - b[0]!)
      .map((slots) => ({
        nodes: slots.map((slot) => this.#source.findings.names[slot]!),
        failures: this.#failures(slots[0]!),
        rejection: this.#groupIn(this.#source.findings.cycle, slots[0]!)!,
      }));
  }

  /**
   * Whom the pod could preempt, where it fits nowhere; undefined where it does, or was not decided. Worked out when first
   * asked for, and then of the cluster as it is by that time.
   */
  preemption(): Preemption | undefined {
    if (this.decision.status !== "unschedulable") return undefined;
    this.#preemption ??= this.#source.preempt();
    return this.#preemption;
  }

  /** The whole document of schema/explain.v1.json, which `JSON.stringify` asks for. See {@link preemption}. */
  toJSON(): ExplanationDocument {
    return explanationDocument(this);
  }

  #node(slot: number): NodeExplanation {
    const { names, cycle, scores, totals } = this.#source.findings;
    const rejection = this.#groupIn(cycle, slot);
    const isFeasible = this.#isFeasible(slot);
    return {
      node: names[slot]!,
      verdict: rejection !== undefined ? "rejected" : isFeasible ? "feasible" : "unvisited",
      failures: this.#failures(slot),
      ...(rejection && { rejection }),
      ...(isFeasible &&
        this.#isScored() && {
          scores: Object.fromEntries(
            scores.map(({ name, weight, raw, normalized }) => [
              name,
              { raw: raw[slot]!, normalized: normalized[slot]!, weighted: normalized[slot]! * weight },
            ]),
          ),
          total: totals[slot]!,
        }),
    };
  }

  #failures(slot: number): FilterFailure[] {
    return [...this.#source.findings.filters.values()].flatMap((table) => this.#groupIn(table, slot) ?? []);
  }

  #groupIn(table: RejectionTable | undefined, slot: number): GivenRejection | undefined {
    const group = table?.groupOf[slot] ?? 0;
    return group === 0 ? undefined : table?.groups[group - 1];
  }

  #isFeasible(slot: number): boolean {
    const { isJudged, cycle, unvisited } = this.#source.findings;
    return isJudged && (cycle?.groupOf[slot] ?? 0) === 0 && !unvisited.has(slot);
  }

  #isScored(): boolean {
    return this.#source.findings.totals.length > 0;
  }

  *#liveSlots(): IterableIterator<number> {
    for (const [slot, name] of this.#source.findings.names.entries()) if (name !== undefined) yield slot;
  }
}
