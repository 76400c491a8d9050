/** Holds what an implementation decided against what the real kube-scheduler's plugins answered. */

import type { OracleAnswer, OracleStatus, OracleWorldAnswer } from "./oracle.js";

/** Integers may be numbers or bigints; they are compared by value. */
export type Integer = number | bigint;

export interface VerdictRejection {
  readonly plugin: string;
  readonly code: string;
  readonly reasons: readonly string[];
}

export interface VerdictScore {
  readonly raw: Integer;
  readonly normalized: Integer;
  readonly weighted: Integer;
}

/** What an implementation decided about one pod. Fields that a status has no use for are left out. */
export interface Verdict {
  /** `namespace/name`. */
  readonly pod: string;
  readonly status: "placed" | "unschedulable" | "error" | "gated";
  /** The chosen node, when placed. */
  readonly selected?: string;
  /** The FitError text without PostFilter's part, the error's text, or why the pod is gated. */
  readonly message?: string;
  /** The rejection of the pod as a whole by PreFilter. */
  readonly preFilter?: VerdictRejection;
  /** By node: the first plugin that rejected it. Left out when the pod is gated or was rejected as a whole. */
  readonly rejections?: Readonly<Record<string, VerdictRejection>>;
  /** By node and plugin, for every feasible node; plugins that skipped the pod are absent. Left out after an error. */
  readonly scores?: Readonly<Record<string, Readonly<Record<string, VerdictScore>>>>;
  /** By node, for every feasible node. */
  readonly totals?: Readonly<Record<string, Integer>>;
}

/** Plugins that only the real scheduler runs. They must not contribute to a total. */
export const REAL_ONLY: ReadonlySet<string> = new Set([
  "DynamicResources",
  "InterPodAffinity",
  "PodTopologySpread",
  "VolumeBinding",
]);

/** All differences over a world's incoming pods, which both sides must have in the same order. */
export function compareWorld(answer: OracleWorldAnswer | undefined, verdicts: readonly Verdict[]): string[] {
  const results = answer?.results ?? [];
  const lines = [...(answer?.error === undefined ? [] : [answer.error]), ...(answer?.warnings ?? [])];
  if (results.length !== verdicts.length) lines.push(`${results.length} answers, ${verdicts.length} verdicts`);
  for (const [index, result] of results.entries()) {
    const verdict = verdicts[index];
    if (verdict !== undefined) lines.push(...compare(result, verdict));
  }
  return lines;
}

/** One readable line a difference; none when both agree. */
export function compare(answer: OracleAnswer, verdict: Verdict): string[] {
  const lines = doubts(answer);
  differ(lines, "pod", answer.pod, verdict.pod);
  const status = statusOf(answer);
  differ(lines, "status", status, verdict.status);
  if (status === "gated") {
    differ(lines, "message", answer.gated?.reasons?.join(", "), verdict.message);
  } else {
    compareMessage(lines, answer, verdict);
    differ(lines, "selected", answer.selected ?? "", verdict.selected ?? "");
    differ(lines, "preFilter", statusText(answer.preFilterStatus), statusText(verdict.preFilter));
    if (answer.preFilterStatus === undefined) {
      compareRejections(lines, answer, verdict);
      compareScores(lines, answer, verdict);
    }
  }
  return lines.map((line) => `${answer.pod}: ${line}`);
}

/**
 * Which node preemption would nominate depends on Go's map order and is not compared; an error that ends the cycle
 * is compared as such.
 */
function doubts({ problems = [], upstream }: OracleAnswer): string[] {
  return problems
    .filter(
      (problem) => !problem.startsWith("upstream candidate ") && problem !== `RunScorePlugins: ${upstream?.error}`,
    )
    .map((problem) => `the oracle doubts itself: ${problem}`);
}

function differ(lines: string[], what: string, real: unknown, ours: unknown): void {
  if (real !== ours) lines.push(`${what}: kube-scheduler has ${real}, we have ${ours}`);
}

function statusOf(answer: OracleAnswer): Verdict["status"] {
  if (answer.gated !== undefined) return "gated";
  if (answer.upstream?.error !== undefined) return "error";
  return answer.filterMessage === undefined ? "placed" : "unschedulable";
}

function statusText(status: OracleStatus | undefined): string {
  if (status === undefined) return "none";
  return `${status.plugin} ${status.code} [${(status.reasons ?? []).join(" | ")}]`;
}

/** Of an error only the part that names phase and plugin is compared: the rest is a parser's wording. */
function compareMessage(lines: string[], answer: OracleAnswer, verdict: Verdict): void {
  const error = answer.upstream?.error;
  if (error === undefined) differ(lines, "message", answer.filterMessage ?? "", verdict.message ?? "");
  else differ(lines, "error", throughPlugin(error), throughPlugin(verdict.message ?? ""));
}

function throughPlugin(message: string): string {
  return /^.*?plugin "[^"]*"/.exec(message)?.[0] ?? message;
}

const EXCLUDED: OracleStatus = {
  plugin: "NodeAffinity",
  code: "UnschedulableAndUnresolvable",
  reasons: ["node(s) didn't satisfy plugin(s) [NodeAffinity]"],
};

function compareRejections(lines: string[], answer: OracleAnswer, verdict: Verdict): void {
  const left = new Set(Object.keys(verdict.rejections ?? {}));
  for (const node of answer.nodes ?? []) {
    left.delete(node.name);
    const real = node.excluded ? EXCLUDED : node.first;
    differ(lines, `node ${node.name}`, statusText(real), statusText(verdict.rejections?.[node.name]));
  }
  for (const name of left) lines.push(`node ${name}: rejected by us, unknown to kube-scheduler`);
}

function compareScores(lines: string[], answer: OracleAnswer, verdict: Verdict): void {
  const feasible = answer.feasible ?? [];
  if (answer.scoreError !== undefined || answer.upstream?.error !== undefined) return;
  const scored = Object.keys(verdict.scores ?? {});
  differ(lines, "scored nodes", [...feasible].sort().join(" "), scored.sort().join(" "));
  for (const [index, node] of feasible.entries()) {
    const left = new Set(Object.keys(verdict.scores?.[node] ?? {}));
    for (const { plugin, raw, norm, weighted } of answer.scores ?? []) {
      left.delete(plugin);
      const real = `raw ${raw[index]}, normalized ${norm[index]}, weighted ${weighted[index]}`;
      if (REAL_ONLY.has(plugin)) {
        if (weighted[index] !== 0) lines.push(`score of ${plugin} on ${node}: kube-scheduler alone counts it, ${real}`);
        continue;
      }
      differ(lines, `score of ${plugin} on ${node}`, real, scoreText(verdict.scores?.[node]?.[plugin]));
    }
    for (const plugin of left) lines.push(`score of ${plugin} on ${node}: counted by us alone`);
    differ(lines, `total of ${node}`, String(answer.totals?.[index]), String(verdict.totals?.[node]));
  }
}

function scoreText(score: VerdictScore | undefined): string {
  if (score === undefined) return "none";
  return `raw ${score.raw}, normalized ${score.normalized}, weighted ${score.weighted}`;
}
