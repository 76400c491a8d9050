/** On one node: whom a pod may preempt, in which order they may come back, and whom that leaves as victims. */

import type { NodeRecord, PodRecord } from "../cluster/node-record.js";
import { type Pod, priorityOf } from "../kube/objects.js";
import type { Candidate, Victim } from "./decision.js";
import { type Budget, breakBudgets, byImportance } from "./disruption.js";

/** What the fate of potential victims depends on beside themselves. */
export interface VictimRules {
  /** See {@link PreemptOptions}. */
  readonly nowMs: number;
  readonly budgets: readonly Budget[];
  /** See {@link breakBudgets}. */
  readonly chargesAllBudgets: boolean;
}

/** Potential victims in the order in which they may come back. */
export interface Returning {
  readonly order: readonly PodRecord[];
  /** How many of them, the first ones, would break a budget by going. */
  readonly violating: number;
}

/** The pods of lower priority, in order of arrival. */
export function potentialVictims({ pods }: NodeRecord, priority: number): PodRecord[] {
  const potential: PodRecord[] = [];
  for (const each of pods.values()) if (priorityOf(each.pod) < priority) potential.push(each);
  return potential;
}

/** Those who break budgets come back first, and the more important ones before others. */
export function returningOf(potential: readonly PodRecord[], rules: VictimRules): Returning {
  const sorted = byImportance(potential, podOf, rules.nowMs);
  if (rules.budgets.length === 0) return { order: sorted, violating: 0 };
  const broken = breakBudgets(sorted.map(podOf), rules.budgets, rules.chargesAllBudgets);
  const violating = sorted.filter((_, index) => broken[index]);
  const others = sorted.filter((_, index) => !broken[index]);
  return { order: [...violating, ...others], violating: violating.length };
}

/** The node with those as victims who cannot come back. `leaves` is asked once for each, in order. */
export function candidateOf(
  node: string,
  { order, violating }: Returning,
  leaves: (each: PodRecord, index: number) => boolean,
  nowMs: number,
): Candidate {
  const victims: Victim[] = [];
  let pdbViolations = 0;
  for (const [index, each] of order.entries()) {
    if (!leaves(each, index)) continue;
    const violatesBudget = index < violating;
    pdbViolations += Number(violatesBudget);
    victims.push({ key: each.key, pod: each.pod, violatesBudget });
  }
  const isMixed = violating > 0 && violating < order.length;
  return { node, victims: isMixed ? byImportance(victims, podOf, nowMs) : victims, pdbViolations };
}

function podOf({ pod }: { readonly pod: Pod }): Pod {
  return pod;
}
