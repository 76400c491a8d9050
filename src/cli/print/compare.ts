/** A comparison as text, in the format asked for. */

import type { Comparison, MoveReason, VariantMove, VariantResult } from "../../planning/comparison.js";
import type { Look } from "../terminal.js";
import { comparisonRows } from "./compare-rows.js";
import { grouped } from "./groups.js";
import { escaped } from "./markdown.js";
import { counted, emphasis, onScreen } from "./prose.js";
import { renderTextTable } from "./text-table.js";

export type CompareFormat = "table" | "wide" | "json" | "yaml" | "markdown";

export interface ComparisonView {
  readonly comparison: Comparison;
  /** What must not have come true and did, each as "variant: condition". */
  readonly failed: readonly string[];
}

/** Moves of each variant that the short table lists. */
const MOST_MOVES = 10;
const MOVE_TITLES = ["MOVED", "FROM", "TO", "BECAUSE"];

/** The whole text, ending in a line break. */
export async function printComparison(view: ComparisonView, format: CompareFormat, look: Look): Promise<string> {
  const { comparison } = view;
  if (format === "json") return `${JSON.stringify(comparison, null, 2)}\n`;
  if (format === "yaml") return (await import("../../kube/yaml.js")).writeYaml(comparison);
  const [first, ...others] = comparison.variants;
  const titles = ["", ...comparison.variants.map(({ name }) => name)];
  const rows = comparisonRows(comparison.variants);
  const parts = [await table(titles, rows, format, look)];
  for (const variant of others) {
    const moves = comparison.moves.filter((move) => move.variant === variant.name);
    const shown = format === "wide" ? moves : moves.slice(0, MOST_MOVES);
    if (moves.length === 0) continue;
    const cells = shown.map(({ pod, from = "-", to = "-", because }) => [pod, from, to, reasonInWords(because)]);
    parts.push(
      `${await table(MOVE_TITLES, cells, format, look)}${onScreen(moveLine(first!, variant, moves, shown.length), look)}\n`,
    );
  }
  if (view.failed.length > 0)
    parts.push(`${view.failed.map((text) => emphasis(`failed: ${text}`, look)).join("\n")}\n`);
  return parts.join("\n");
}

async function table(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  format: CompareFormat,
  look: Look,
): Promise<string> {
  if (format === "markdown") {
    const { markdownTable } = await import("markdown-table");
    return `${markdownTable([titles, ...rows].map(escaped))}\n\n`;
  }
  const columns = titles.map((title, index) => ({
    title,
    isFlexible: index === titles.length - 1 && title === "BECAUSE",
  }));
  return renderTextTable(
    columns,
    rows.map((row) => row.map((cell, at) => (columns[at]!.isFlexible ? () => cell : cell))),
    look,
  );
}

/** "most: 31 pods are elsewhere than in least; NodeResourcesFit decided 25, a tie 3." */
function moveLine(
  first: VariantResult,
  { name, moved }: VariantResult,
  moves: readonly VariantMove[],
  shown: number,
): string {
  const known = moves.flatMap(({ because }) => (because === undefined ? [] : [because]));
  const deciders = [...grouped(known, deciderOf)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([decider, { length }]) => `${decider} ${length}`);
  const decided = deciders.length === 0 ? "" : `; decided by ${deciders.join(", ")}`;
  const asked = known.length > 0 && known.length < moves.length ? `, of ${known.length} asked about` : "";
  const more = shown < moves.length ? ` (-o wide lists all)` : "";
  const pods = `${counted(moved, "pod")} ${moved === 1 ? "is" : "are"}`;
  return `${name}: ${pods} elsewhere than in ${first.name}${decided}${asked}${more}.`;
}

function deciderOf(reason: MoveReason): string {
  switch (reason.kind) {
    case "tie":
      return "a tie";
    case "unschedulable":
      return "no room";
    default:
      return reason.plugin;
  }
}

function reasonInWords(reason: MoveReason | undefined): string {
  switch (reason?.kind) {
    case "score":
      return `${reason.plugin} +${reason.by} (total +${reason.total})`;
    case "filter":
      return `${reason.plugin} keeps it from there: ${reason.reasons.join(", ")}`;
    case "tie":
      return "both are equally good";
    case "unschedulable":
      return reason.message;
    default:
      return "";
  }
}
