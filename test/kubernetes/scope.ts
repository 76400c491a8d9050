/** Which of the real scheduler's answers can be held against a side, and why the others cannot. */

import type { CompareOptions } from "./compare.js";
import type { OracleAnswer } from "./oracle.js";
import type { Missing, Verdict } from "./verdict.js";

export interface NotJudged {
  readonly text: string;
  /** The real scheduler changed the world for this pod, and the side could not follow. */
  readonly movesTheWorld: boolean;
}

export function whyNotJudged(
  answer: OracleAnswer,
  verdict: Verdict,
  { missing, sampling }: CompareOptions,
): NotJudged | undefined {
  const movesTheWorld = answer.selected !== undefined || (answer.preemption?.victims?.length ?? 0) > 0;
  if (verdict.status === "unsupported") {
    return { text: (verdict.message ?? "unsupported").replace(/\[\d+\]/g, "[]"), movesTheWorld };
  }
  const plugin = missing && missingPlugin(answer, missing);
  if (plugin !== undefined) return { text: `needs ${plugin}`, movesTheWorld: true };
  // A PreFilter node set is gone over in Go's map order, so that the heap's choice among equals is chance.
  // The set may leave no node out; it is gone over like that all the same.
  const isRestricted =
    answer.nodes?.some(({ excluded }) => excluded) === true || answer.preFilter?.some(({ nodes }) => nodes) === true;
  const isChance = sampling === true && (answer.best?.length ?? 0) > 1 && isRestricted;
  return isChance ? { text: "chosen by Go's map order", movesTheWorld: true } : undefined;
}

/** A plugin that matters to the answer and that the side does not have. */
function missingPlugin(answer: OracleAnswer, missing: Missing): string | undefined {
  const rejecting = [answer.preFilterStatus, ...(answer.nodes ?? []).map(({ first }) => first)];
  for (const status of rejecting) {
    for (const plugin of status?.plugin?.split(" ") ?? []) if (missing.filters.has(plugin)) return plugin;
  }
  // A dry run does not say which plugin rejected a node, so it counts what had something to say about the pod at all.
  const active = answer.preemption && [...missing.filters].find((plugin) => !answer.skipFilter?.includes(plugin));
  if (active !== undefined) return active;
  const scoring = answer.scores?.find(
    ({ plugin, weighted }) => missing.scores.has(plugin) && weighted.some((score) => score !== 0),
  );
  if (scoring !== undefined) return scoring.plugin;
  const preempts = answer.preemption?.nominated !== undefined && answer.selected !== undefined;
  return missing.preemption && preempts ? "DefaultPreemption" : undefined;
}
