/**
 * What preemption would do on every node for pods of one class and priority, kept from question to question: only nodes that
 * changed, or whose pods did, are tried again. For pods that a node takes or refuses by its spec and its resources alone.
 */

import type { PodRecord } from "../cluster/node-record.js";
import type { ClusterState } from "../cluster/state.js";
import { rankOf, Tournament } from "./candidate-rank.js";
import type { Candidate } from "./decision.js";
import { type DryRun, dryRunOf, knownDryRun, NO_VICTIMS, type Refusal, type Trial } from "./dry-run.js";
import { type BudgetChange, type Coverage, KeptBudgets } from "./kept-budgets.js";
import type { NodeDryRun } from "./node-dry-run.js";
import type { PodClass } from "./pod-class.js";
import type { PreemptionContext } from "./preemption.js";
import { SlotVector } from "./slot-vector.js";
import { candidateOf, potentialVictims, returningOf, type VictimRules } from "./victims.js";

type Asked = Pick<PreemptionContext, "nowMs" | "chargesAllBudgets" | "enough">;

export class PreemptionIndex {
  readonly podClass: PodClass;
  readonly priority: number;
  readonly #state: ClusterState;
  readonly #nodes: NodeDryRun;
  /** How far it has read the journal; in the core's memory. */
  readonly #reader: number;
  readonly #budgets = new KeptBudgets();
  /** What the trials depend on beside their nodes; undefined when they cannot be believed. */
  #rules: VictimRules | undefined;
  /** For how many slots there is room. */
  #capacity = 0;
  #trials = new SlotVector<Trial>(0);
  #tournament = new Tournament(0);
  /** By slot: the budgets that its trial depends on. By budget: the most pods of one node that it has covered. */
  #coverage: (readonly Coverage[] | undefined)[] = [];
  #mostCovered: number[] = [];
  /** How many nodes could be tried, and how many refuse for which reasons. */
  #potential = 0;
  #refusals = new Map<readonly string[], number>();
  /** Equal reasons by their text. */
  readonly #reasons = new Map<string, readonly string[]>();

  constructor(state: ClusterState, nodes: NodeDryRun, podClass: PodClass, priority: number) {
    this.#state = state;
    this.#nodes = nodes;
    this.podClass = podClass;
    this.priority = priority;
    this.#reader = state.engine.alloc(8);
  }

  free(): void {
    this.#state.engine.core.arenaFree(this.#reader);
  }

  /** The dry run on all nodes, as of this moment. No node is feasible now. */
  run({ nowMs, chargesAllBudgets, enough }: Asked): DryRun {
    this.#catchUp(nowMs, chargesAllBudgets);
    const trials = this.#trials.snapshot();
    const wanted = enough(this.#potential);
    if (wanted !== Number.POSITIVE_INFINITY) return dryRunOf(trials, wanted, nowMs);
    const { best } = this.#tournament;
    const chosen = best < 0 ? undefined : (this.#trials.get(best) as Candidate);
    return knownDryRun(trials, chosen, this.#refusals, nowMs);
  }

  #catchUp(nowMs: number, chargesAllBudgets: boolean): void {
    const { engine, objects } = this.#state;
    const known = this.#rules;
    // Whatever ends this too early makes the next question begin anew.
    this.#rules = undefined;
    const found = engine.core.journalRead(this.#reader);
    const changes = this.#budgets.catchUp(objects);
    const rules = { nowMs, chargesAllBudgets, budgets: this.#budgets.list };
    const isKept = known?.nowMs === nowMs && this.#capacity === engine.core.nodesCapacity();
    if (!isKept || changes === undefined || found < 0) this.#tryAll(rules);
    else {
      const changed = found === 0 ? [] : [...engine.wordsAt(engine.core.journalFound(), found)];
      for (const slot of [...changed, ...this.#dependents(changes)]) this.#tryOne(slot, rules);
    }
    this.#rules = rules;
  }

  #tryAll(rules: VictimRules): void {
    const { bySlot, engine } = this.#state;
    this.#capacity = engine.core.nodesCapacity();
    this.#trials = new SlotVector(this.#capacity);
    this.#tournament = new Tournament(this.#capacity);
    this.#coverage = new Array<undefined>(this.#capacity).fill(undefined);
    this.#mostCovered = rules.budgets.map(() => 0);
    this.#potential = 0;
    this.#refusals = new Map();
    for (let slot = 0; slot < bySlot.length; slot++) this.#tryOne(slot, rules);
  }

  /** The slots whose trials may come out otherwise now that budgets let more or fewer pods go. */
  #dependents(changes: readonly BudgetChange[]): readonly number[] {
    const felt = changes.filter(({ at, least }) => least < this.#mostCovered[at]!);
    if (felt.length === 0) return [];
    const depends = (coverage: readonly Coverage[] | undefined) =>
      coverage?.some(({ at, pods }) => felt.some((change) => change.at === at && change.least < pods));
    return [...this.#coverage.keys()].filter((slot) => depends(this.#coverage[slot]));
  }

  #tryOne(slot: number, rules: VictimRules): void {
    const trial = this.#trialOn(slot, rules);
    this.#count(this.#trials.get(slot), -1);
    this.#count(trial, 1);
    this.#trials.set(slot, trial);
    const isCandidate = trial !== undefined && !isRefusal(trial);
    this.#tournament.set(slot, isCandidate ? rankOf(trial, rules.nowMs) : undefined);
  }

  #count(trial: Trial | undefined, change: 1 | -1): void {
    if (trial === undefined) return;
    this.#potential += change;
    if (!isRefusal(trial)) return;
    const nodes = (this.#refusals.get(trial.reasons) ?? 0) + change;
    if (nodes === 0) this.#refusals.delete(trial.reasons);
    else this.#refusals.set(trial.reasons, nodes);
  }

  /** Undefined where preemption is not tried. */
  #trialOn(slot: number, rules: VictimRules): Trial | undefined {
    this.#coverage[slot] = undefined;
    const record = this.#state.bySlot[slot];
    if (record === undefined) return undefined;
    const potential = potentialVictims(record, this.priority);
    const returning = returningOf(potential, rules);
    const leaving = this.#nodes.leaving(this.podClass.block, slot, returning.order);
    if (leaving === "useless") return undefined;
    if (potential.length === 0) return this.#refusal(record.name, NO_VICTIMS);
    if ("reasons" in leaving) return this.#refusal(record.name, leaving);
    this.#cover(slot, potential);
    return candidateOf(record.name, returning, (_, index) => leaving[index] === 1, rules.nowMs);
  }

  /** Notes on which budgets the fate of these pods depends. */
  #cover(slot: number, potential: readonly PodRecord[]): void {
    if (this.#budgets.list.length === 0) return;
    const coverage = this.#budgets.coverageOf(potential);
    this.#coverage[slot] = coverage;
    for (const { at, pods } of coverage) this.#mostCovered[at] = Math.max(this.#mostCovered[at]!, pods);
  }

  #refusal(node: string, { code, reasons }: Omit<Refusal, "node">): Refusal {
    const text = reasons.join("\n");
    const shared = this.#reasons.get(text) ?? reasons;
    this.#reasons.set(text, shared);
    return { node, code, reasons: shared };
  }
}

function isRefusal(trial: Trial): trial is Refusal {
  return "reasons" in trial;
}
