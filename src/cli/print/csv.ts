/** The plan as comma-separated values: a pod a row, raw numbers. */

import type { PlanDecision } from "../../planning/plan.js";
import { grouped } from "./groups.js";
import { missInWords } from "./left-over.js";
import type { SortColumn } from "./sort.js";
import { factsOf, type PlanView } from "./view.js";

export type CsvColumn = SortColumn<PlanDecision>;

/**
 * namespace, pod, workload, status, node, score, the pod's request of each resource of the plan (cpu in milli, the rest in
 * base units), message, nearest; where preemption was allowed also postFilterMessage, evictedFrom, evictedBy.
 */
export function csvColumns(view: PlanView): CsvColumn[] {
  const facts = (decision: PlanDecision) => factsOf(view, decision.pod);
  const resources = Object.keys(view.plan.summary.resources).filter((name) => name !== "pods");
  return [
    { name: "namespace", value: (decision) => facts(decision).namespace },
    { name: "pod", value: (decision) => facts(decision).name },
    { name: "workload", value: (decision) => facts(decision).workload },
    { name: "status", value: ({ status }) => status },
    { name: "node", value: ({ node }) => node ?? "" },
    { name: "score", value: ({ score }) => score ?? "" },
    ...resources.map((name) => ({
      name,
      value: (decision: PlanDecision) => facts(decision).request.get(name) ?? 0,
    })),
    { name: "message", value: ({ message }) => message ?? "" },
    { name: "nearest", value: ({ nearest }) => (nearest ?? []).map(missInWords).join("; ") },
    ...evictionColumns(view),
  ];
}

/** A pod that was evicted more than once has several nodes in its cell, and as many pods that took its place. */
function evictionColumns({ plan: { evictions } }: PlanView): CsvColumn[] {
  if (evictions === undefined) return [];
  const byPod = grouped(evictions, ({ pod }) => pod);
  const all = (decision: PlanDecision, field: "node" | "by"): string =>
    (byPod.get(decision.pod) ?? []).map((eviction) => eviction[field]).join("; ");
  return [
    { name: "postFilterMessage", value: ({ postFilterMessage }) => postFilterMessage ?? "" },
    { name: "evictedFrom", value: (decision) => all(decision, "node") },
    { name: "evictedBy", value: (decision) => all(decision, "by") },
  ];
}

/** RFC 4180 with `\n`; a text that a spreadsheet would take for a formula is made harmless by a leading quote. */
export async function csvText(rows: readonly PlanDecision[], columns: readonly CsvColumn[]): Promise<string> {
  const { stringify } = await import("csv-stringify/sync");
  const cells = rows.map((row) => columns.map((column) => column.value(row)));
  return stringify([columns.map((column) => column.name), ...cells], { escape_formulas: true });
}
