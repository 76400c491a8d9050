/** Answers before speed: a scheduler with indexes and one that looks at every node must say the same before anything is timed. */

import type { Cluster } from "../cluster/cluster.js";
import { StowageError } from "../errors.js";
import { median, nowUs } from "./clock.js";
import { type Answer, CourseRun } from "./course-run.js";
import type { Turn } from "./turns.js";

/**
 * Takes the turns with both, and takes all of it back.
 *
 * @returns the median time of one turn of the one that looks at every node, microseconds
 * @throws StowageError ERR_INTERNAL where two answers differ
 */
export function compareAnswers(cluster: Cluster, turns: readonly Turn[]): number {
  const scanned = answersOf(cluster, turns, false);
  const indexed = answersOf(cluster, turns, true);
  for (const [turn, { text }] of scanned.entries()) {
    const found = indexed[turn]!.text;
    if (text === found) continue;
    const reason = `turn ${turn}: every node looked at says ${text}; the index says ${found}`;
    throw new StowageError("ERR_INTERNAL", { reason });
  }
  return median(scanned.map(({ us }) => us));
}

function answersOf(
  cluster: Cluster,
  turns: readonly Turn[],
  isIndexed: boolean,
): { readonly text: string; readonly us: number }[] {
  const run = new CourseRun(cluster, isIndexed);
  cluster.begin();
  try {
    return turns.map((turn) => {
      const start = nowUs();
      const answer = run.take(turn);
      return { us: nowUs() - start, text: textOf(answer) };
    });
  } finally {
    cluster.rollback();
  }
}

function textOf({ decision, preemption }: Answer): string {
  const answer = decision.status === "placed" ? `${decision.node}, score ${decision.score}` : decision.message;
  if (preemption === undefined) return `${decision.key}: ${answer}`;
  const victims = preemption.victims.map(({ key }) => key);
  return `${decision.key}: ${answer}, instead of ${victims.join(" ")}`;
}
