/** A plan as text, in the format asked for. */

import { type Issue, IssuesError } from "../../errors.js";
import { type MadePlan, type PlanNode, rowsOf } from "../../planning/plan.js";
import type { Look } from "../terminal.js";
import { csvColumns, csvParts } from "./csv.js";
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
import { yamlParts } from "./yaml-parts.js";

export const FORMATS = ["table", "wide", "json", "yaml", "csv", "markdown"] as const;

export type Format = (typeof FORMATS)[number];

/**
 * The whole text in parts, ending in a line break.
 *
 * @param sort column to sort by, `-` before it for descending: of the nodes, or in csv of the pods.
 * @throws IssuesError ERR_INPUT before the first part where there is no such column.
 */
export async function* printPlan(
  view: PlanView,
  format: Format,
  sort: string | undefined,
  look: Look,
): AsyncGenerator<string> {
  if (format === "csv") {
    const columns = csvColumns(view);
    yield* csvParts(sorted(view.plan.decisions, columns, sort), columns);
    return;
  }
  const plan: MadePlan = { ...view.plan, nodes: sorted(view.plan.nodes, nodeColumns(view.plan), sort) };
  const ordered: PlanView = { ...view, plan };
  switch (format) {
    case "json":
      yield* jsonParts({ ...plan, decisions: rowsOf(plan) });
      break;
    case "yaml":
      yield* yamlParts({ ...plan, decisions: rowsOf(plan) });
      break;
    case "markdown":
      yield await markdownText(ordered, look);
      break;
    default:
      yield* tableParts(ordered, format === "wide", look);
  }
}

async function* tableParts(view: PlanView, isWide: boolean, look: Look): AsyncGenerator<string> {
  for (const text of [await evictionTable(view, isWide, look), await nodeTable(view, isWide, look)]) {
    if (text !== "") yield `${text}\n`;
  }
  let isLeft = false;
  for await (const part of leftOverTable(view, isWide, look)) {
    yield part;
    isLeft = true;
  }
  yield `${isLeft ? "\n" : ""}${onScreen(summaryLine(view), look)}\n`;
}

/** A resource sorts by the share that is requested, `pods` by its count. */
function nodeColumns(plan: MadePlan): SortColumn<PlanNode>[] {
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
