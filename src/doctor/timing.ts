/** `httpTimeout`: how long one call may hold up the scheduling of every other pod. */

import type { ExtenderConfig } from "../scheduler/extender-config.js";
import { type Draft, fieldOf } from "./finding.js";

/** What kube-scheduler waits when nothing is set (k8s 1.36 pkg/scheduler/extender.go). */
const DEFAULT_TIMEOUT_MS = 5_000;
/** One call of filter or prioritize stops the whole loop for as long. */
const LONG_TIMEOUT_MS = 10_000;
/** How long Go's client keeps an idle connection. */
export const GO_IDLE_MS = 90_000;

export function timeoutMs({ httpTimeout }: ExtenderConfig): number {
  const ms = httpTimeout?.ms ?? 0;
  return ms <= 0 ? DEFAULT_TIMEOUT_MS : ms;
}

export function checkTimeout(config: ExtenderConfig, index: number): Draft[] {
  const ms = timeoutMs(config);
  const isWaitedFor = (config.filterVerb ?? "") !== "" || (config.prioritizeVerb ?? "") !== "";
  if (ms <= LONG_TIMEOUT_MS || !isWaitedFor) return [];
  const path = fieldOf(index, "httpTimeout");
  const message = `one answer that does not come stops the scheduling of every pod for ${ms / 1000} s`;
  const fix: Draft["fix"] = { text: "set httpTimeout to 5s", changes: [{ kind: "set", path, value: "5s" }] };
  return [{ code: "timeout-long", severity: "warning", path, message, fix }];
}

/** @param budgetMs after which the server answers by itself, as it says */
export function checkBudget(config: ExtenderConfig, index: number, budgetMs: number): Draft[] {
  const ms = timeoutMs(config);
  const path = fieldOf(index, "httpTimeout");
  const evidence = `httpTimeout ${ms / 1000} s, budget ${budgetMs / 1000} s`;
  if (ms > budgetMs) {
    const message = "the server answers within its budget before kube-scheduler gives up";
    return [{ code: "timeout-fits", severity: "ok", path, message, evidence }];
  }
  const value = `${Math.ceil((2 * budgetMs) / 1000)}s`;
  const message =
    "kube-scheduler gives up before the server's own budget ends, so what the server does then never counts";
  const fix: Draft["fix"] = { text: `set httpTimeout to ${value}`, changes: [{ kind: "set", path, value }] };
  return [{ code: "timeout-short", severity: "broken", path, message, evidence, fix }];
}

/** @param keepAliveMs how long the server keeps an idle connection, as it says or as was seen */
export function checkKeepAlive(index: number, keepAliveMs: number, evidence: string): Draft[] {
  const path = fieldOf(index, "urlPrefix");
  if (keepAliveMs > GO_IDLE_MS) {
    return [
      { code: "keep-alive", severity: "ok", path, message: "idle connections outlive kube-scheduler's own", evidence },
    ];
  }
  const message =
    "the server closes idle connections before kube-scheduler does (90 s): a call that falls into the gap fails with EOF and is not tried again";
  const fix = { text: "raise the server's keep-alive time above 90 s, 120 s for instance" };
  return [{ code: "keep-alive-short", severity: "warning", path, message, evidence, fix }];
}
