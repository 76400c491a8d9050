/** What preemption would do on the nodes that it is tried on. */

import { bestOf } from "./candidate-rank.js";
import type { Candidate, Preemption } from "./decision.js";
import type { RejectionGroup } from "./explain.js";

/** A node that was tried in vain, and why. */
export type Refusal = Preemption["rejected"][number];
export type Trial = Candidate | Refusal;

/** The lists are worked out when they are asked for, and are of the moment of the dry run nevertheless. */
export interface DryRun {
  /** The first of the best candidates. */
  readonly chosen: Candidate | undefined;
  /** Why nodes were tried in vain; no other node was tried without a candidate. */
  readonly refusals: readonly RejectionGroup[];
  /** What filters failed with. */
  readonly errors: readonly string[];
  readonly lists: () => DryRunLists;
}

export type DryRunLists = Pick<Preemption, "best" | "candidates" | "rejected">;

const PLUGIN = "DefaultPreemption";
export const NO_VICTIMS = {
  plugin: PLUGIN,
  reasons: ["No preemption victims found for incoming pod"],
  code: "UnschedulableAndUnresolvable",
} as const;

/** A dry run node by node, which ends when there are enough candidates, one of them without violations of budgets. */
export function dryRunOf(trials: Iterable<Trial>, enough: number, nowMs: number): DryRun {
  const { candidates, rejected } = gather(trials, enough);
  const best = bestOf(candidates, nowMs);
  return {
    chosen: best[0],
    refusals: rejected.map(({ reasons }) => ({ plugin: PLUGIN, reasons })),
    errors: rejected.filter(({ code }) => code === "Error").map(({ reasons }) => reasons.join(", ")),
    lists: () => ({ best: best.map(({ node }) => node), candidates, rejected }),
  };
}

/** A dry run of all nodes whose outcome is known already. `counts` has how many nodes refused for which reasons. */
export function knownDryRun(
  trials: Iterable<Trial>,
  chosen: Candidate | undefined,
  counts: ReadonlyMap<readonly string[], number>,
  nowMs: number,
): DryRun {
  return {
    chosen,
    refusals: [...counts].map(([reasons, nodes]) => ({ plugin: PLUGIN, reasons, nodes })),
    errors: [],
    lists: () => dryRunOf(trials, Number.POSITIVE_INFINITY, nowMs).lists(),
  };
}

function gather(trials: Iterable<Trial>, enough: number): Pick<Preemption, "candidates" | "rejected"> {
  const harmless: Candidate[] = [];
  const violating: Candidate[] = [];
  const rejected: Refusal[] = [];
  for (const trial of trials) {
    if ("reasons" in trial) rejected.push(trial);
    else if (trial.victims.length === 0) rejected.push({ node: trial.node, code: "Error", reasons: [noVictim(trial)] });
    else if (trial.pdbViolations === 0) harmless.push(trial);
    else if (violating.length < enough) violating.push(trial);
    if (harmless.length > 0 && harmless.length + violating.length >= enough) break;
  }
  return { candidates: [...harmless, ...violating], rejected };
}

function noVictim({ node }: Candidate): string {
  return `expected at least one victim pod on node "${node}"`;
}
