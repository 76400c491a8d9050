/** What a server says of itself at `/version` and `/readyz`; only stowage's own says all of it. */

import { firstJson } from "./answers.js";
import type { Caller, Outcome } from "./caller.js";
import { type Draft, fieldOf } from "./finding.js";

export interface ServerFacts {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly budgetMs: number | undefined;
  readonly keepAliveMs: number | undefined;
  readonly bodyLimitBytes: number | undefined;
  /** Resources that it counts. */
  readonly managedResources: readonly string[] | undefined;
}

/** @param outcome of `GET /version` */
export function serverFactsOf(outcome: Outcome): ServerFacts {
  const isRead = outcome.kind === "answered" && outcome.status === 200;
  const value = isRead ? firstJson(outcome.text)?.value : undefined;
  const fields = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof fields[name] === "string" ? (fields[name] as string) : undefined);
  const number = (name: string) => (typeof fields[name] === "number" ? (fields[name] as number) : undefined);
  return {
    name: text("name"),
    version: text("version"),
    budgetMs: number("budgetMs"),
    keepAliveMs: number("keepAliveMs") ?? keepAliveOf(outcome),
    bodyLimitBytes: number("bodyLimitBytes"),
    managedResources: Array.isArray(fields.managedResources) ? fields.managedResources.map(String) : undefined,
  };
}

/** From `Keep-Alive: timeout=5`, which Node's servers send, or `Connection: close`. */
export function keepAliveOf(outcome: Outcome): number | undefined {
  if (outcome.kind === "failed") return undefined;
  if (outcome.headers.connection?.toLowerCase() === "close") return 0;
  const [, seconds] = /timeout=(\d+)/.exec(String(outcome.headers["keep-alive"] ?? "")) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

export async function checkReady(caller: Caller, origin: string, index: number): Promise<Draft[]> {
  const outcome = await caller.get(`${origin}/readyz`);
  if (outcome.kind === "failed" || outcome.status !== 503) return [];
  const message = "the server says that it is not ready, so its answers may not count yet";
  const evidence = `GET ${origin}/readyz: 503 ${outcome.text.trim().slice(0, 120)}`.trim();
  return [{ code: "not-ready", severity: "warning", path: fieldOf(index, "urlPrefix"), message, evidence }];
}
