/** Several ways to place pods side by side: strategies, configurations or inputs, each against the first. */

import type { Cluster } from "../cluster/cluster.js";
import { StowageError } from "../errors.js";
import { namespacedName, type Pod } from "../kube/objects.js";
import type { PodInput } from "../kube/plain.js";
import type { Decision } from "../scheduler/decision.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import { pause } from "../scheduler/slices.js";
import {
  COMPARE_SCHEMA_VERSION,
  type Comparison,
  type MoveReason,
  type VariantMove,
  type VariantResult,
} from "./comparison.js";
import { type PriceOf, utilizationOf } from "./utilization.js";

/** One way. Several may share a cluster. */
export interface Variant {
  readonly name: string;
  readonly cluster: Cluster;
  /** Of this cluster. */
  readonly scheduler: Scheduler;
  /** Pods without a node. */
  readonly pending: readonly PodInput[];
}

export interface CompareOptions {
  readonly priceOf?: PriceOf;
  /** Of so many pods that move it is found out why, in each variant: it takes two questions to every node. Default 100. */
  readonly mostReasons?: number;
  readonly signal?: AbortSignal;
  /** Counts of pods, of all variants. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Pods decided between two yields to the event loop. */
const SLICE = 128;
const MOST_REASONS = 100;

/**
 * Places the pending pods of each variant in queue order and compares what comes of it. Every cluster is afterwards as it was;
 * nobody else may change one meanwhile.
 *
 * @throws StowageError ERR_ABORTED by the signal; ERR_ALREADY_PLACED for a pending pod that is in its cluster
 */
export async function compare(variants: readonly Variant[], options: CompareOptions = {}): Promise<Comparison> {
  const total = variants.reduce((sum, { pending }) => sum + pending.length, 0);
  const results: VariantResult[] = [];
  const moves: VariantMove[] = [];
  let first: Ends | undefined;
  let done = 0;
  for (const variant of variants) {
    const tick = async (): Promise<void> => {
      if (done++ % SLICE > 0) return;
      options.onProgress?.(done - 1, total);
      await pause();
      if (options.signal?.aborted === true) throw new StowageError("ERR_ABORTED", { done: done - 1, total });
    };
    const placing = new Placing(variant, first, options.mostReasons ?? MOST_REASONS);
    variant.cluster.begin();
    try {
      await placing.run(tick);
      results.push({ ...placing.counts(), ...utilizationOf(variant.cluster, options.priceOf) });
    } finally {
      variant.cluster.rollback();
    }
    moves.push(...placing.moves);
    first ??= placing.ends;
  }
  options.onProgress?.(total, total);
  return { schemaVersion: COMPARE_SCHEMA_VERSION, variants: results, moves };
}

/** Nodes by `namespace/name`; undefined for pods that end without one. */
type Ends = Map<string, string | undefined>;

class Placing {
  readonly ends: Ends = new Map();
  readonly moves: VariantMove[] = [];
  readonly #variant: Variant;
  readonly #first: Ends | undefined;
  readonly #mostReasons: number;

  constructor(variant: Variant, first: Ends | undefined, mostReasons: number) {
    this.#variant = variant;
    this.#first = first;
    this.#mostReasons = mostReasons;
    const { cluster } = variant;
    for (const { name, pods } of cluster.nodes()) for (const pod of pods) this.#note(pod, name, () => undefined);
  }

  async run(tick: () => Promise<void>): Promise<void> {
    const { scheduler, pending } = this.#variant;
    for (const pod of scheduler.sort(pending)) {
      await tick();
      const key = namespacedName(pod);
      const from = this.#first?.get(key);
      // What the other node would have scored is gone once the pod is placed.
      const asked = this.#wantsReason(key) ? scheduler.schedule(pod) : undefined;
      const to = asked?.status === "placed" ? asked.node : undefined;
      const reason = asked !== undefined && to !== from ? this.#reasonOf(pod, from, asked) : undefined;
      const decision = scheduler.place(pod);
      if (decision.status === "ignored") continue;
      this.#note(key, decision.status === "placed" ? decision.node : undefined, () => reason);
    }
  }

  counts(): Pick<VariantResult, "name" | "pods" | "pending" | "moved" | "added" | "removed"> {
    const first = this.#first ?? this.ends;
    return {
      name: this.#variant.name,
      pods: this.ends.size,
      pending: [...this.ends.values()].filter((node) => node === undefined).length,
      moved: this.moves.length,
      added: [...this.ends.keys()].filter((pod) => !first.has(pod)).length,
      removed: [...first.keys()].filter((pod) => !this.ends.has(pod)).length,
    };
  }

  #wantsReason(key: string): boolean {
    return this.#first?.has(key) === true && this.moves.length < this.#mostReasons;
  }

  #note(pod: string, to: string | undefined, reasonOf: () => MoveReason | undefined): void {
    this.ends.set(pod, to);
    const first = this.#first;
    if (first === undefined || !first.has(pod) || first.get(pod) === to) return;
    const from = first.get(pod);
    const because = reasonOf();
    this.moves.push({
      variant: this.#variant.name,
      pod,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(because && { because }),
    });
  }

  #reasonOf(pod: Pod, from: string | undefined, decision: Decision): MoveReason | undefined {
    if (decision.status !== "placed") return { kind: "unschedulable", message: decision.message };
    if (from === undefined) return undefined;
    const { scheduler } = this.#variant;
    const fit = scheduler.filter(pod);
    const rejection = fit.rejected.find(({ node }) => node === from);
    if (rejection) return { kind: "filter", plugin: rejection.plugin, reasons: rejection.reasons };
    const { plugins, nodes } = scheduler.score(pod, fit);
    const here = nodes.find(({ node }) => node === decision.node);
    const there = nodes.find(({ node }) => node === from);
    // The other variant may have other nodes.
    if (here === undefined || there === undefined) return undefined;
    const total = here.total - there.total;
    if (total === 0) return { kind: "tie" };
    const lead = (plugin: string): number => (here.parts[plugin]?.weighted ?? 0) - (there.parts[plugin]?.weighted ?? 0);
    const plugin = plugins.reduce((best, one) => (lead(one) > lead(best) ? one : best));
    return { kind: "score", plugin, by: lead(plugin), total };
  }
}
