/** The plan as comma-separated values: a pod a row, raw numbers. */

import { namespacedName } from "../../kube/objects.js";
import type { Decided } from "../../planning/plan.js";
import { grouped } from "./groups.js";
import { missInWords } from "./left-over.js";
import { inParts } from "./parts.js";
import type { SortColumn } from "./sort.js";
import { factsOfPod, type PlanView } from "./view.js";

export type CsvColumn = SortColumn<Decided>;

/**
 * namespace, pod, workload, status, node, score, the pod's request of each resource of the plan (cpu in milli, the rest in
 * base units), message, nearest; where preemption was allowed also postFilterMessage, evictedFrom, evictedBy.
 */
export function csvColumns(view: PlanView): CsvColumn[] {
  const resources = Object.keys(view.plan.summary.resources).filter((name) => name !== "pods");
  return [
    { name: "namespace", value: ({ pod }) => factsOfPod(pod).namespace },
    { name: "pod", value: ({ pod }) => factsOfPod(pod).name },
    { name: "workload", value: ({ pod }) => factsOfPod(pod).workload },
    { name: "status", value: ({ fate }) => fate.status },
    { name: "node", value: ({ fate }) => fate.node ?? "" },
    { name: "score", value: ({ fate }) => fate.score ?? "" },
    ...resources.map((name) => ({ name, value: ({ pod }: Decided) => factsOfPod(pod).request.get(name) ?? 0 })),
    { name: "message", value: ({ fate }) => fate.message ?? "" },
    { name: "nearest", value: ({ fate }) => (fate.nearest ?? []).map(missInWords).join("; ") },
    ...evictionColumns(view),
  ];
}

/** A pod that was evicted more than once has several nodes in its cell, and as many pods that took its place. */
function evictionColumns({ plan: { evictions } }: PlanView): CsvColumn[] {
  if (evictions === undefined) return [];
  const byPod = grouped(evictions, ({ pod }) => pod);
  const all = ({ pod }: Decided, field: "node" | "by"): string =>
    (byPod.get(namespacedName(pod)) ?? []).map((eviction) => eviction[field]).join("; ");
  return [
    { name: "postFilterMessage", value: ({ fate }) => fate.postFilterMessage ?? "" },
    { name: "evictedFrom", value: (decision) => all(decision, "node") },
    { name: "evictedBy", value: (decision) => all(decision, "by") },
  ];
}

/** RFC 4180 with `\n`; a text that a spreadsheet would take for a formula is made harmless by a leading quote. */
export async function* csvParts(rows: readonly Decided[], columns: readonly CsvColumn[]): AsyncGenerator<string> {
  const { stringify } = await import("csv-stringify/sync");
  yield stringify([columns.map((column) => column.name)], { escape_formulas: true });
  for (const part of inParts(rows)) {
    const cells = part.map((row) => columns.map((column) => column.value(row)));
    yield stringify(cells, { escape_formulas: true });
  }
}
