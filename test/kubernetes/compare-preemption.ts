/** Holds what a side says about preemption against what DefaultPreemption's dry run found. */

import { type Difference, differ, say, sayStatus } from "./difference.js";
import type { OracleAnswer } from "./oracle.js";
import type { Missing, Verdict, VerdictStatus } from "./verdict.js";

const PLUGIN = ["DefaultPreemption"];

interface Candidate {
  readonly node: string;
  readonly victims: readonly string[];
  readonly pdbViolations?: number;
}

export function comparePreemption(answer: OracleAnswer, verdict: Verdict, missing: Missing): Difference[] {
  const { preemption: real } = answer;
  const { preemption: ours } = verdict;
  if (missing.preemption || real === undefined || ours === undefined) return [];
  const candidates = (list: readonly Candidate[]) => new Map(list.map((each) => [each.node, each] as const));
  const [realBy, oursBy] = [candidates(real.candidates ?? []), candidates(ours.candidates)];
  const found = differ("nominated node", real.nominated ?? "none", ours.nominated ?? "none", PLUGIN);
  found.push(...differ("candidates", say([...realBy.keys()]), say([...oursBy.keys()]), PLUGIN));
  for (const [node, candidate] of realBy) {
    const other = oursBy.get(node);
    if (other !== undefined) {
      found.push(...differ(`victims on ${node}`, sayCandidate(candidate), sayCandidate(other), PLUGIN));
    }
  }
  if (ours.statuses === undefined) return found;
  for (const node of new Set([...Object.keys(real.statuses ?? {}), ...Object.keys(ours.statuses)])) {
    const said = sayDryRun(real.statuses?.[node]);
    found.push(...differ(`dry run on ${node}`, said, sayDryRun(ours.statuses[node]), PLUGIN));
  }
  return found;
}

function sayCandidate({ victims, pdbViolations = 0 }: Candidate): string {
  return `${victims.join(", ")} (${pdbViolations} against budgets)`;
}

/** Upstream does not keep which plugin it was. */
function sayDryRun(status: VerdictStatus | undefined): string {
  return status === undefined ? "none" : sayStatus({ code: status.code, reasons: status.reasons ?? [] });
}
