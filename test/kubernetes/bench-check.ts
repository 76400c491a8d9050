/**
 * Holds the real scheduler's choices against ours, turn by turn: it may take any node that no score of ours tells from the
 * best. Its choice is then forced into our cluster, so that both see the same at the next turn.
 */

import { applyChange } from "../../src/bench/course-run.js";
import type { Turn } from "../../src/bench/turns.js";
import type { Cluster } from "../../src/cluster/cluster.js";
import type { Decision } from "../../src/scheduler/decision.js";
import type { Scheduler } from "../../src/scheduler/scheduler.js";
import type { BenchPod } from "./bench-oracle.js";
import { onNode } from "./bench-world.js";

/** A pod about which both differ, and what each said. */
export interface BenchDifference {
  /** `namespace/name`. */
  readonly pod: string;
  readonly real: string;
  readonly ours: string;
}

export interface BenchCheck {
  /** Pods on which both agree: all, or those before the first difference. */
  readonly agreed: number;
  readonly difference?: BenchDifference;
}

/** Nodes of a difference that are named; the others are counted. */
const NAMED = 8;

/** @param scheduler of this cluster, which is the settled one of the world that was asked about, its course's objects in it */
export function compareChoices(
  cluster: Cluster,
  scheduler: Scheduler,
  turns: readonly Turn[],
  real: readonly BenchPod[],
): BenchCheck {
  for (const [index, answer] of real.entries()) {
    const turn = turns[index]!;
    for (const change of turn.changes) applyChange(cluster, change);
    const ours = answer.victims === undefined ? choice(scheduler, turn, answer) : preemption(scheduler, turn, answer);
    if (ours !== undefined) return { agreed: index, difference: { pod: answer.pod, real: said(answer), ours } };
    for (const victim of answer.victims ?? []) cluster.removePod(victim);
    if (answer.node !== undefined) cluster.upsertPod(onNode(turn.pod, answer.node));
  }
  return { agreed: real.length };
}

/** What we say instead; undefined where we agree. */
function choice(scheduler: Scheduler, { pod, preempts }: Turn, { node, gated = false, message }: BenchPod) {
  const explanation = scheduler.explain(pod);
  const { decision } = explanation;
  if (node !== undefined) {
    const equals = explanation.ties();
    return equals.includes(node) ? undefined : placedSaid(decision, equals);
  }
  if (decision.status !== (gated ? "gated" : "unschedulable")) return placedSaid(decision, explanation.ties());
  if (!gated && decision.message !== message) return decision.message;
  const victims = preempts && !gated ? scheduler.preempt(pod) : undefined;
  return victims?.node === undefined ? undefined : `victims on ${listed(victims.best)}`;
}

/** The same where the real one made room: its node must be one of our best, with the same victims. */
function preemption(scheduler: Scheduler, { pod }: Turn, { node, victims = [], message }: BenchPod) {
  const decision = scheduler.schedule(pod);
  if (decision.status !== "unschedulable" || decision.message !== message) return placedSaid(decision, []);
  const { best, candidates } = scheduler.preempt(pod);
  if (!best.includes(node!)) return `victims on ${listed(best)}`;
  const ours = candidates.find((candidate) => candidate.node === node)?.victims.map(({ key }) => key) ?? [];
  return ours.join() === victims.join() ? undefined : `${node} instead of ${ours.join(", ")}`;
}

function said({ node, victims, message = "" }: BenchPod): string {
  if (node === undefined) return message;
  return victims === undefined ? node : `${node} instead of ${victims.join(", ")}`;
}

function placedSaid(decision: Decision, equals: readonly string[]): string {
  return decision.status === "placed" ? `${listed(equals)}, score ${decision.score}` : decision.message;
}

function listed(nodes: readonly string[]): string {
  const more = nodes.length > NAMED ? ` and ${nodes.length - NAMED} more` : "";
  return `any of ${nodes.slice(0, NAMED).join(", ")}${more}`;
}
