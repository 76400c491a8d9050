/**
 * `--load`: filter and prioritize at the cluster's size, by a bounded number of calls in a bounded time, and how long they
 * took. Every call is one that kube-scheduler makes for a pod; binds are left out.
 */

import type { ExtenderConfig } from "../scheduler/extender-config.js";
import { verbUrl } from "./address.js";
import { judgeFilter, judgePrioritize } from "./answers.js";
import { filterBody, nameOf, samplePod } from "./bodies.js";
import { formOf, type Probe } from "./calls.js";
import { type Draft, fieldOf } from "./finding.js";
import { timeoutMs } from "./timing.js";

/** What the load showed of one verb. */
export interface LoadResult {
  readonly extender: number;
  readonly verb: "filter" | "prioritize";
  readonly nodes: number;
  readonly calls: number;
  readonly errors: number;
  /** Of the calls that were answered; 0 where none was. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly callsPerSecond: number;
  readonly requestBytes: number;
  readonly largestAnswerBytes: number;
}

export interface LoadSettings {
  /** Calls of each verb at most. */
  readonly calls: number;
  /** Calls under way at a time: kube-scheduler makes one, several schedulers make more. */
  readonly parallel: number;
  /** For each verb; no call begins after it. */
  readonly seconds: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const SLOW_PART = 0.5;

export async function load(probe: Probe, settings: LoadSettings): Promise<LoadResult[]> {
  const verbs = (["filter", "prioritize"] as const).filter((verb) => probe.config[`${verb}Verb`]);
  const results: LoadResult[] = [];
  for (const verb of verbs) results.push(await loadVerb(probe, verb, settings, results.length, verbs.length));
  return results;
}

async function loadVerb(
  { config, index, caller, nodes }: Probe,
  verb: LoadResult["verb"],
  { calls, parallel, seconds, onProgress, signal }: LoadSettings,
  before: number,
  verbs: number,
): Promise<LoadResult> {
  const form = formOf(config);
  const body = filterBody(samplePod(config), nodes, form);
  const names = nodes.map(nameOf);
  const url = verbUrl(config, config[`${verb}Verb`] ?? "");
  const times: number[] = [];
  let [begun, errors, largest] = [0, 0, 0];
  const start = performance.now();
  const end = start + seconds * 1000;
  const isGood = (text: string): boolean => {
    const problems = verb === "filter" ? judgeFilter(text, names, form).problems : judgePrioritize(text, names);
    return problems.every(({ severity }) => severity !== "broken");
  };
  const work = async (): Promise<void> => {
    while (begun < calls && performance.now() < end && signal?.aborted !== true) {
      begun++;
      const outcome = await caller.post(url, body, signal);
      if (outcome.kind === "answered" && outcome.status === 200) {
        times.push(outcome.ms);
        largest = Math.max(largest, Buffer.byteLength(outcome.text));
        // The first answers are read, all alike as they are; reading each would time the reader.
        if (times.length <= parallel && !isGood(outcome.text)) errors++;
      } else errors++;
      onProgress?.(before * calls + times.length + errors, verbs * calls);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  const elapsedMs = performance.now() - start;
  times.sort((a, b) => a - b);
  return {
    extender: index,
    verb,
    nodes: nodes.length,
    calls: begun,
    errors,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    maxMs: quantile(times, 1),
    callsPerSecond: Math.round((times.length * 1000) / elapsedMs),
    requestBytes: Buffer.byteLength(body),
    largestAnswerBytes: largest,
  };
}

/** The least of the sorted values that so large a part of them does not exceed, to the hundredth. */
export function quantile(sorted: readonly number[], part: number): number {
  const at = Math.max(0, Math.ceil(sorted.length * part) - 1);
  return Math.round((sorted[at] ?? 0) * 100) / 100;
}

export function judgeLoad(config: ExtenderConfig, result: LoadResult): Draft {
  const limit = timeoutMs(config);
  const { verb, errors, calls, p50Ms, p99Ms, nodes, requestBytes, largestAnswerBytes } = result;
  const path = fieldOf(result.extender, `${verb}Verb`);
  const evidence = `${calls} calls, ${nodes} nodes: p50 ${p50Ms} ms, p99 ${p99Ms} ms, bodies of ${requestBytes} and ${largestAnswerBytes} bytes`;
  if (errors > 0) {
    const message = `${errors} of ${calls} calls of ${verb} under load got no usable answer`;
    return { code: "load-errors", severity: "broken", path, message, evidence };
  }
  if (p99Ms > limit * SLOW_PART) {
    const message = `under load ${verb} takes more than half of httpTimeout`;
    return { code: "load-slow", severity: "warning", path, message, evidence };
  }
  return { code: "load", severity: "ok", path, message: `${verb} holds the load`, evidence };
}
