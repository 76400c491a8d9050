/** The plan in Markdown: the same tables and line as for people, for a pull request or a ticket. */

import type { Look } from "../terminal.js";
import { evictionGroups } from "./evictions.js";
import { leftOvers } from "./left-over.js";
import { resourceColumns } from "./node-columns.js";
import { workloadList } from "./pod-list.js";
import { summaryLine } from "./summary.js";
import type { PlanView } from "./view.js";

/** GitHub-flavoured Markdown; a node a row, workloads uncut. */
export async function markdownText(view: PlanView, look: Look): Promise<string> {
  const { markdownTable } = await import("markdown-table");
  const resources = resourceColumns(view.plan, false);
  const nodes = [
    ["NODE", ...resources.map(({ unit }) => unit.title), "WORKLOADS"],
    ...view.plan.nodes.map((node) => [
      node.name,
      ...resources.map(({ text }) => text(node)),
      workloadList(node.pods, view, Number.POSITIVE_INFINITY, look),
    ]),
  ];
  const left = leftOvers(view).map((entry) => [entry.pods, entry.status, entry.message, entry.nearest ?? ""]);
  const evicted = evictionGroups(view, false).map((group) => [
    group.evicted,
    String(group.priority),
    group.by,
    String(group.byPriority),
    group.from,
    group.violatesBudget ? "broken" : "kept",
    group.afterwards,
  ]);
  const tables = [markdownTable(nodes.map(escaped), { align: ["l", ...resources.map(() => "r"), "l"] })];
  if (evicted.length > 0) {
    const titles = ["EVICTED", "PRIORITY", "BY", "PRIORITY", "FROM", "BUDGET", "THEN"];
    tables.unshift(markdownTable([titles, ...evicted.map(escaped)], { align: ["l", "r", "l", "r"] }));
  }
  if (left.length > 0) {
    tables.push(markdownTable([["LEFT OVER", "STATUS", "WHY", "NEAREST"], ...left.map(escaped)]));
  }
  return `${[...tables, summaryLine(view)].join("\n\n")}\n`;
}

/** Cells that no text can break out of. */
export function escaped(cells: readonly string[]): string[] {
  return cells.map((cell) => cell.replace(/[\\`*_<>|[\]]/g, "\\$&").replace(/\s*[\r\n]\s*/g, "<br>"));
}
