/** The table of nodes: a node a row, with what it has given away and its pods. */

import type { PlanNode } from "../../planning/plan.js";
import type { Look } from "../terminal.js";
import { bar } from "./bar.js";
import { type ResourceColumn, resourceColumns } from "./node-columns.js";
import { workloadList } from "./pod-list.js";
import { renderTextTable, type TextCell, type TextColumn } from "./text-table.js";
import type { PlanView } from "./view.js";

/** From so many neighbours that differ in nothing but their names, one row stands for all. */
const LEAST_ALIKE = 3;
/** Where the pods would get less room than this, the bars make way. */
const BARS_NEED_WIDTH = 100;

/**
 * The table for people. Neighbouring nodes that differ in nothing but their names share a row that says how many they are,
 * unless `isWide`, which also lists every pod by its full name.
 */
export async function nodeTable(view: PlanView, isWide: boolean, look: Look): Promise<string> {
  const resources = resourceColumns(view.plan, isWide);
  const withBars = look.width >= BARS_NEED_WIDTH;
  const columns: TextColumn[] = [
    { title: "NODE" },
    ...resources.map(({ unit }) => ({ title: unit.title })),
    { title: isWide ? "NAMES" : "WORKLOADS", isFlexible: true },
  ];
  const groups = isWide ? view.plan.nodes.map((node) => [node]) : alikeNeighbours(view, resources, look);
  const rows = groups.map((nodes) => row(nodes, resources, view, isWide, withBars, look));
  return renderTextTable(columns, rows, look);
}

function row(
  nodes: readonly PlanNode[],
  resources: readonly ResourceColumn[],
  view: PlanView,
  isWide: boolean,
  withBars: boolean,
  look: Look,
): TextCell[] {
  const [first, last] = [nodes[0]!, nodes.at(-1)!];
  const name = nodes.length === 1 ? first.name : `${first.name} to\n${last.name}\n(${nodes.length} nodes, each:)`;
  const cells = resources.map(({ resource, text, share }) => {
    const hasBar = withBars && resource !== "pods" && (first.allocatable[resource] ?? 0) > 0;
    return hasBar ? `${text(first)} ${bar(share(first), look)}` : text(first);
  });
  const pods = (width: number) => (isWide ? first.pods.join(", ") : workloadList(first.pods, view, width, look));
  return [name, ...cells, pods];
}

/** Runs of nodes that read the same; a run that is too short to be worth it is one node each. */
function alikeNeighbours(view: PlanView, resources: readonly ResourceColumn[], look: Look): PlanNode[][] {
  const runs: PlanNode[][] = [];
  let previous: string | undefined;
  for (const node of view.plan.nodes) {
    const workloads = workloadList(node.pods, view, Number.POSITIVE_INFINITY, look);
    const key = JSON.stringify([resources.map(({ text }) => text(node)), workloads]);
    if (key === previous) runs.at(-1)?.push(node);
    else runs.push([node]);
    previous = key;
  }
  return runs.flatMap((run) => (run.length >= LEAST_ALIKE ? [run] : run.map((node) => [node])));
}
