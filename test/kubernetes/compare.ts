/** Holds what a side decided against what the real kube-scheduler's plugins answered. */

import { comparePreemption } from "./compare-preemption.js";
import { type Difference, describe, differ, say, sayStatus } from "./difference.js";
import type { OracleAnswer, OracleWorldAnswer } from "./oracle.js";
import { whyNotJudged } from "./scope.js";
import type { Missing, Verdict, VerdictScore } from "./verdict.js";

export type { Verdict, VerdictScore } from "./verdict.js";

export const NOTHING_MISSING: Missing = { filters: new Set(), scores: new Set(), preemption: false };

export interface CompareOptions {
  readonly missing?: Missing;
  /** The pods were judged one by one and none was placed. */
  readonly diagnose?: boolean;
  /** The choice was upstream's own, from a share of the nodes and by its heap. */
  readonly sampling?: boolean;
  /** Only what this plugin says is compared. */
  readonly only?: string;
}

export interface Comparison {
  readonly differences: readonly Difference[];
  /** Counts of pods: those that were compared, and why the others were not. */
  readonly judged: number;
  readonly notJudged: ReadonlyMap<string, number>;
}

/** Goes over a world's incoming pods, which both sides must have in the same order. */
export function judgeWorld(
  answer: OracleWorldAnswer | undefined,
  verdicts: readonly Verdict[],
  options: CompareOptions = {},
): Comparison {
  const results = answer?.results ?? [];
  const differences: Difference[] = [answer?.error, ...(answer?.warnings ?? [])]
    .filter((text) => text !== undefined)
    .map((text) => ({ pod: "the world", what: "oracle", plugins: [], real: text, ours: "no such thing" }));
  if (results.length !== verdicts.length) {
    const [real, ours] = [`${results.length} pods`, `${verdicts.length}`];
    differences.push({ pod: "the world", what: "pods", plugins: [], real, ours });
  }
  const notJudged = new Map<string, number>();
  const skip = (reason: string, pods: number) => notJudged.set(reason, (notJudged.get(reason) ?? 0) + pods);
  let judged = 0;
  for (const [index, result] of results.entries()) {
    const verdict = verdicts[index];
    if (verdict === undefined) break;
    const reason = whyNotJudged(result, verdict, options);
    if (reason === undefined) {
      judged++;
      differences.push(...compare(result, verdict, options));
    } else if (options.diagnose !== true && reason.movesTheWorld) {
      skip(reason.text, results.length - index);
      break;
    } else skip(reason.text, 1);
  }
  const { only } = options;
  return {
    differences: only === undefined ? differences : differences.filter(({ plugins }) => plugins.includes(only)),
    judged,
    notJudged,
  };
}

/** The same as readable lines, one a difference; none when both agree. */
export function compareWorld(
  answer: OracleWorldAnswer | undefined,
  verdicts: readonly Verdict[],
  options: CompareOptions = {},
): string[] {
  return judgeWorld(answer, verdicts, options).differences.map(describe);
}

/** All differences about one pod; none when both agree. */
export function compare(answer: OracleAnswer, verdict: Verdict, options: CompareOptions = {}): Difference[] {
  const found = doubts(answer);
  found.push(...differ("pod", answer.pod, verdict.pod));
  const status = statusOf(answer);
  found.push(...differ("status", status, verdict.status));
  if (status === "gated") {
    found.push(...differ("message", say(answer.gated?.reasons), verdict.message, ["SchedulingGates"]));
  } else if (status !== "ignored") {
    const { missing = NOTHING_MISSING } = options;
    found.push(...compareMessage(answer, verdict));
    found.push(...differ("selected", answer.selected ?? "nothing", verdict.selected ?? "nothing"));
    found.push(...comparePreemption(answer, verdict, missing));
    found.push(...comparePhases(answer, verdict, missing));
  }
  return found.map((difference) => ({ ...difference, pod: answer.pod }));
}

/**
 * Which of several equal nodes upstream's preemption takes depends on Go's map order and is not compared; an error that
 * ends the cycle is compared as such.
 */
function doubts({ problems = [], upstream }: OracleAnswer): Difference[] {
  return problems
    .filter((problem) => problem !== `RunScorePlugins: ${upstream?.error}`)
    .flatMap((problem) => differ("the oracle's check of itself", problem, "no doubt"));
}

/** Of the first attempt: a pod that then preempts is unschedulable, and has a node nevertheless. */
export function statusOf(answer: OracleAnswer): Verdict["status"] {
  if (answer.ignored === true) return "ignored";
  if (answer.gated !== undefined) return "gated";
  if (errorOf(answer) !== undefined) return "error";
  return answer.filterMessage === undefined ? "placed" : "unschedulable";
}

/** What ends the cycle without being a rejection, in the search for a node or in reserving it. */
function errorOf({ upstream, reserve }: OracleAnswer): string | undefined {
  return upstream?.error ?? (reserve?.code === "Error" ? (reserve.reasons ?? []).join(", ") : undefined);
}

/** Of an error only the part that names phase and plugin is compared: the rest is a parser's wording. */
function compareMessage(answer: OracleAnswer, verdict: Verdict): Difference[] {
  const error = errorOf(answer);
  if (error !== undefined) return differ("error", throughPlugin(error), throughPlugin(verdict.message ?? ""));
  const found = differ("message", answer.filterMessage ?? "none", verdict.message ?? "none");
  if (verdict.fullMessage === undefined || answer.message === undefined) return found;
  return [...found, ...differ("message with PostFilter", answer.message, verdict.fullMessage)];
}

function throughPlugin(message: string): string {
  return /^.*?plugin "[^"]*"/.exec(message)?.[0] ?? message;
}

function comparePhases(answer: OracleAnswer, verdict: Verdict, missing: Missing): Difference[] {
  const { preFilterStatus: real } = answer;
  if (real?.code === "Error") return [];
  const plugins = [real?.plugin ?? "", verdict.preFilter?.plugin ?? ""];
  const found = differ("preFilter", sayStatus(real), sayStatus(verdict.preFilter), plugins);
  if (verdict.skipFilter !== undefined) found.push(...compareSkips(answer.skipFilter ?? [], verdict.skipFilter));
  if (real !== undefined) return found;
  return [
    ...found,
    ...compareRejections(answer, verdict),
    ...compareFilters(answer, verdict, missing),
    ...compareScores(answer, verdict, missing),
  ];
}

function compareSkips(real: readonly string[], ours: readonly string[]): Difference[] {
  return [...new Set([...real, ...ours])].flatMap((plugin) => {
    const text = (list: readonly string[]) => (list.includes(plugin) ? "skipped" : "not skipped");
    return differ(`PreFilter of ${plugin}`, text(real), text(ours), [plugin]);
  });
}

function compareRejections(answer: OracleAnswer, { rejections = {} }: Verdict): Difference[] {
  const unknown = new Set(Object.keys(rejections));
  const found: Difference[] = [];
  for (const { name, first } of answer.nodes ?? []) {
    unknown.delete(name);
    const ours = rejections[name];
    found.push(...differ(`node ${name}`, sayStatus(first), sayStatus(ours), [first?.plugin ?? "", ours?.plugin ?? ""]));
  }
  for (const name of unknown) found.push(...differ(`node ${name}`, "no such node", sayStatus(rejections[name])));
  return found;
}

function compareFilters(answer: OracleAnswer, { filters }: Verdict, missing: Missing): Difference[] {
  if (filters === undefined) return [];
  return (answer.nodes ?? []).flatMap(({ name, filters: real = {} }) => {
    const ours = filters[name] ?? {};
    const plugins = [...new Set([...Object.keys(real), ...Object.keys(ours)])];
    return plugins
      .filter((plugin) => !missing.filters.has(plugin))
      .flatMap((plugin) =>
        differ(`filter ${plugin} on ${name}`, sayStatus(real[plugin]), sayStatus(ours[plugin]), [plugin]),
      );
  });
}

function compareScores(answer: OracleAnswer, verdict: Verdict, missing: Missing): Difference[] {
  if (answer.scoreError !== undefined || answer.upstream?.error !== undefined) return [];
  const { feasible = [], scores = [], totals = [] } = answer;
  const ours = verdict.scores ?? {};
  const found = differ("scored nodes", say([...feasible].sort()), say(Object.keys(ours).sort()));
  for (const [index, node] of feasible.entries()) {
    const alone = new Set(Object.keys(ours[node] ?? {}));
    for (const { plugin, raw, norm, weighted } of scores) {
      alone.delete(plugin);
      if (missing.scores.has(plugin)) continue;
      const real = sayScore({ raw: raw[index]!, normalized: norm[index]!, weighted: weighted[index]! });
      found.push(...differ(`score of ${plugin} on ${node}`, real, sayScore(ours[node]?.[plugin]), [plugin]));
    }
    for (const plugin of alone) {
      found.push(...differ(`score of ${plugin} on ${node}`, "none", sayScore(ours[node]?.[plugin]), [plugin]));
    }
    found.push(...differ(`total of ${node}`, String(totals[index]), String(verdict.totals?.[node])));
  }
  return found;
}

function sayScore(score: VerdictScore | undefined): string {
  if (score === undefined) return "none";
  return `raw ${score.raw}, normalized ${score.normalized}, weighted ${score.weighted}`;
}
