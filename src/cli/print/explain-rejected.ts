/** Why not there: nodes that cannot take the pod, those with the same reasons in one row. */

import type { PodStory, RejectedGroup } from "../../planning/explain.js";
import type { FilterFailure } from "../../scheduler/node-explanation.js";
import type { PreFilterVerdict } from "../../scheduler/pre-filter-story.js";
import type { Look } from "../terminal.js";
import { wrapped } from "./prose.js";
import { renderTextTable } from "./text-table.js";

/** Names in a row; the wide table has them all. */
const MOST_NAMES = 2;
/** Rows; the wide table has them all. */
const MOST_ROWS = 12;

/** The table; a line where PreFilter rejected the pod as a whole; empty where every node can take it. */
export async function rejectedTable({ explanation, rejected }: PodStory, isWide: boolean, look: Look): Promise<string> {
  const early = explanation.preFilter.filter(({ code }) => code !== "Success" && code !== "Skip");
  if (early.length > 0) return early.map((verdict) => `${wrapped(earlyLine(verdict), look.width)}\n`).join("");
  if (rejected.length === 0) return "";
  const shown = isWide ? rejected : rejected.slice(0, MOST_ROWS);
  const columns = [{ title: "NOT THERE" }, { title: "NODES" }, { title: "WHY", isFlexible: true }];
  const rows = shown.map((group) => [
    namesText(group.nodes, isWide),
    `${group.nodes.length}`,
    () => whyLines(group).join("\n"),
  ]);
  const table = await renderTextTable(columns, rows, look);
  const others = rejected.slice(shown.length);
  if (others.length === 0) return table;
  const nodes = others.reduce((sum, group) => sum + group.nodes.length, 0);
  return `${table}(${nodes} more nodes with ${others.length} other combinations of reasons; -o wide shows them all)\n`;
}

function earlyLine({ plugin, code, reasons }: PreFilterVerdict): string {
  return `${plugin} ${code === "Error" ? "failed" : "rejects the pod"} before any node is looked at: ${reasons.join(", ")}.`;
}

function namesText(names: readonly string[], isWide: boolean): string {
  if (isWide || names.length <= MOST_NAMES + 1) return names.join("\n");
  return [...names.slice(0, MOST_NAMES), `+${names.length - MOST_NAMES} more`].join("\n");
}

/** A line a plugin. */
export function whyLines({ failures, rejection, taints }: Omit<RejectedGroup, "nodes">): string[] {
  if (failures.length === 0) {
    const { plugin, reasons } = rejection;
    return [`${plugin}: ${reasons.join(", ")}, together with pods that are nominated to the node`];
  }
  return failures.map((failure) => `${failure.plugin}: ${failure.reasons.join(", ")}${detailOf(failure, taints)}`);
}

function detailOf({ plugin, code }: FilterFailure, taints: readonly string[]): string {
  if (plugin === "TaintToleration" && taints.length > 0) return ` (${taints.join(", ")})`;
  const isTooSmall = plugin === "NodeResourcesFit" && code === "UnschedulableAndUnresolvable";
  return isTooSmall ? " (more than the node has, even when it is empty)" : "";
}
