/** A plan as text, in the format asked for. */

import { type Issue, IssuesError } from "../../errors.js";
import type { Plan, PlanNode } from "../../planning/plan.js";
import type { Look } from "../terminal.js";
import { csvColumns, csvText } from "./csv.js";
import { evictionTable } from "./evictions.js";
import { jsonParts } from "./json-parts.js";
import { leftOverTable } from "./left-over.js";
import { markdownText } from "./markdown.js";
import { resourceColumns } from "./node-columns.js";
import { nodeTable } from "./node-table.js";
import { onScreen } from "./prose.js";
import { type SortColumn, sortRows } from "./sort.js";
import { summaryLine } from "./summary.js";
import type { PlanView } from "./view.js";

export const FORMATS = ["table", "wide", "json", "yaml", "csv", "markdown"] as const;

export type Format = (typeof FORMATS)[number];

/**
 * The whole text in parts, ending in a line break.
 *
 * @param sort column to sort by, `-` before it for descending: of the nodes, or in csv of the pods.
 * @throws IssuesError ERR_INPUT where there is no such column.
 */
export async function printPlan(
  view: PlanView,
  format: Format,
  sort: string | undefined,
  look: Look,
): Promise<Iterable<string>> {
  if (format === "csv") {
    const columns = csvColumns(view);
    return [await csvText(sorted(view.plan.decisions, columns, sort), columns)];
  }
  const plan: Plan = { ...view.plan, nodes: sorted(view.plan.nodes, nodeColumns(view.plan), sort) };
  const ordered: PlanView = { ...view, plan };
  switch (format) {
    case "json":
      return jsonParts(plan);
    case "yaml":
      return [await yamlText(plan)];
    case "markdown":
      return [await markdownText(ordered, look)];
    default:
      return [await tableText(ordered, format === "wide", look)];
  }
}

async function tableText(view: PlanView, isWide: boolean, look: Look): Promise<string> {
  const parts = [
    await evictionTable(view, isWide, look),
    await nodeTable(view, isWide, look),
    await leftOverTable(view, isWide, look),
    `${onScreen(summaryLine(view), look)}\n`,
  ];
  return parts.filter((part) => part !== "").join("\n");
}

async function yamlText(plan: Plan): Promise<string> {
  const { writeYaml } = await import("../../kube/yaml.js");
  return writeYaml(plan);
}

/** A resource sorts by the share that is requested, `pods` by its count. */
function nodeColumns(plan: Plan): SortColumn<PlanNode>[] {
  return [
    { name: "name", value: (node) => node.name },
    ...resourceColumns(plan, true).map(({ resource, share }) => ({
      name: resource,
      value: (node: PlanNode) => (resource === "pods" ? node.pods.length : share(node)),
    })),
  ];
}

function sorted<Row>(
  rows: readonly Row[],
  columns: readonly SortColumn<Row>[],
  sort: string | undefined,
): readonly Row[] {
  if (sort === undefined) return rows;
  const result = sortRows(rows, columns, sort);
  if (result !== undefined) return result;
  const message = `there is no such column; there are ${columns.map((column) => column.name).join(", ")}`;
  const issue: Issue = { code: "bad-flag", severity: "error", path: `--sort ${sort}`, message };
  throw new IssuesError("ERR_INPUT", [issue]);
}
