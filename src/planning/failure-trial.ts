/** One failure, tried in a what-if: whose node is gone, where they go, and who finds none. */

import type { Cluster } from "../cluster/cluster.js";
import { namespacedName, type Pod, priorityOf } from "../kube/objects.js";
import { BudgetCharges } from "./budget-charges.js";
import { type Blocked, cordon, takeEvictable } from "./drain.js";
import type { Failure } from "./failures.js";
import { Fullness } from "./fullness.js";
import { podsOn } from "./mover.js";
import type { Eviction, Outcome, PreemptivePlacement } from "./preempting.js";
import { hasLivingController, isOfNode, recreated } from "./recreation.js";
import type { FailureCase, Move, PendingPod } from "./survival.js";

/** Places pods in queue order. `gone`: pods that are gone, for the budgets that cover them. */
export type Placer = (
  pods: readonly Pod[],
  gone: readonly Pod[],
) => Promise<Pick<PreemptivePlacement, "outcomes" | "evictions">>;

/** The last word on a pod that found no node. */
export type LeftOver = Exclude<Outcome, { status: "placed" | "evicted" }>;

/** What was found out so far of a failure. */
interface Findings {
  readonly outcomes: Map<string, Outcome>;
  readonly evictions: Eviction[];
  /** Nodes of the pods that were displaced, by `namespace/name`. */
  readonly from: Map<string, string>;
  readonly lost: string[];
  ofNode: number;
  blocked: readonly Blocked[];
}

/** Tries failures on a cluster that nobody else changes meanwhile. */
export class FailureTrial {
  readonly #cluster: Cluster;
  readonly #place: Placer;
  readonly #allowsLost: boolean;
  readonly #fullness: Fullness;
  /** What controllers make of pods: the same object each time, for its shape is known then. */
  readonly #recreated = new WeakMap<Pod, Pod>();

  constructor(cluster: Cluster, place: Placer, allowsLost: boolean) {
    this.#cluster = cluster;
    this.#place = place;
    this.#allowsLost = allowsLost;
    this.#fullness = new Fullness(cluster);
  }

  /** @param whileFailed is told which pods have no node, while the nodes are gone and the others have theirs */
  async run(failure: Failure, whileFailed?: (pending: readonly LeftOver[]) => Promise<void>): Promise<FailureCase> {
    const findings: Findings = {
      outcomes: new Map(),
      evictions: [],
      from: new Map(),
      lost: [],
      ofNode: 0,
      blocked: [],
    };
    this.#cluster.begin();
    try {
      if (failure.level === "drain") await this.#drain(failure.nodes, findings);
      else await this.#fail(failure.nodes, findings);
      if (whileFailed !== undefined) await whileFailed(withoutNode(findings));
      return this.#caseOf(failure, findings);
    } finally {
      this.#cluster.rollback();
    }
  }

  /** The nodes are gone with all that was on them, at once. */
  async #fail(nodes: readonly string[], findings: Findings): Promise<void> {
    const gone: Pod[] = [];
    const displaced: Pod[] = [];
    for (const name of nodes) {
      for (const pod of podsOn(this.#cluster, name)) {
        this.#cluster.removePod(pod);
        if (isOfNode(pod)) findings.ofNode++;
        else {
          gone.push(pod);
          displaced.push(...this.#takeOff(pod, name, findings));
        }
      }
    }
    for (const name of nodes) this.#cluster.removeNode(name);
    await this.#placeAgain(displaced, gone, findings);
  }

  /**
   * Each node is cordoned and gives up its pods in rounds: all that may be evicted at once, then, when their replacements
   * have a node and count as healthy, those that had to wait for them.
   */
  async #drain(nodes: readonly string[], findings: Findings): Promise<void> {
    for (const name of nodes) cordon(this.#cluster, name);
    for (const name of nodes) {
      const pods = podsOn(this.#cluster, name);
      let left = pods.filter((pod) => !isOfNode(pod));
      findings.ofNode += pods.length - left.length;
      for (;;) {
        const round = takeEvictable(this.#cluster, left);
        if (round.length === 0) break;
        left = left.filter((pod) => !round.includes(pod));
        for (const pod of round) this.#cluster.removePod(pod);
        await this.#placeAgain(
          round.flatMap((pod) => this.#takeOff(pod, name, findings)),
          [],
          findings,
        );
        const budgets = new BudgetCharges(this.#cluster);
        const isHealthy = (pod: Pod): boolean => findings.outcomes.get(namespacedName(pod))?.status === "placed";
        for (const pod of round.filter(isHealthy)) budgets.giveBack(pod);
      }
      const budgets = new BudgetCharges(this.#cluster);
      const blocked = left.map((pod) => ({ pod: namespacedName(pod), budgets: budgets.refusing(pod) }));
      findings.blocked = [...findings.blocked, ...blocked];
    }
  }

  /** What comes in place of a pod that lost its node: itself again, or nothing. */
  #takeOff(pod: Pod, node: string, { from, lost }: Findings): Pod[] {
    if (hasLivingController(pod)) {
      from.set(namespacedName(pod), node);
      const again = this.#recreated.get(pod) ?? recreated(pod);
      this.#recreated.set(pod, again);
      return [again];
    }
    // One that was on its way out is nobody's loss.
    if (!pod.metadata?.deletionTimestamp) lost.push(namespacedName(pod));
    return [];
  }

  async #placeAgain(displaced: readonly Pod[], gone: readonly Pod[], findings: Findings): Promise<void> {
    if (displaced.length === 0) return;
    const { outcomes, evictions } = await this.#place(displaced, gone);
    for (const [key, outcome] of outcomes) findings.outcomes.set(key, outcome);
    findings.evictions.push(...evictions);
    for (const { pod, node } of evictions) if (!findings.from.has(pod)) findings.from.set(pod, node);
  }

  #caseOf(failure: Failure, { outcomes, evictions, from, lost, ofNode, blocked }: Findings): FailureCase {
    const moves: Move[] = [];
    const pending: PendingPod[] = [];
    const gone = [...lost];
    const takenBy = new Map(evictions.map(({ pod, by }) => [pod, by]));
    for (const [pod, outcome] of outcomes) {
      if (outcome.status === "placed") moves.push({ pod, from: from.get(pod) ?? "", to: outcome.node });
      else if (outcome.status === "evicted") gone.push(pod);
      else pending.push(pendingPod(outcome, takenBy.get(pod)));
    }
    const touched = new Set([...moves.map(({ to }) => to), ...evictions.map(({ node }) => node)]);
    const isLossCounted = !this.#allowsLost && gone.length > 0;
    return {
      ...failure,
      isSurvived: pending.length === 0 && blocked.length === 0 && !isLossCounted,
      moves,
      pending,
      lost: gone,
      blocked,
      ofNode,
      evictions,
      rest: this.#fullness.now(failure.nodes, touched),
    };
  }
}

function withoutNode({ outcomes }: Findings): LeftOver[] {
  return [...outcomes.values()].flatMap((outcome) =>
    outcome.status === "placed" || outcome.status === "evicted" ? [] : [outcome],
  );
}

/** A pod without a node. @param preemptedBy `namespace/name` of the pod that took its node */
export function pendingPod(outcome: Exclude<Outcome, { status: "placed" }>, preemptedBy?: string): PendingPod {
  const { key, pod, status } = outcome;
  const by = outcome.status === "evicted" ? outcome.by : preemptedBy;
  const { message, postFilterMessage } =
    outcome.status === "evicted" ? { message: "no controller makes it again" } : outcome;
  return {
    pod: key,
    priority: priorityOf(pod),
    status,
    message,
    ...(postFilterMessage !== undefined && { postFilterMessage }),
    ...(by !== undefined && { preemptedBy: by }),
  };
}
