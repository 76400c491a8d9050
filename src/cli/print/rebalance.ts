/** Moves as text, in the format asked for. */

import type { Pod } from "../../kube/objects.js";
import type { Goal, KeptNode, Rebalance, RebalanceMove } from "../../planning/rebalancing.js";
import type { Look } from "../terminal.js";
import { utilizationRows } from "./compare-rows.js";
import { nodesInWords } from "./evictions.js";
import { grouped } from "./groups.js";
import { escaped } from "./markdown.js";
import { counted, onScreen } from "./prose.js";
import { scriptText } from "./rebalance-script.js";
import { renderTextTable, type TextColumn } from "./text-table.js";

export type RebalanceFormat = "table" | "wide" | "json" | "yaml" | "markdown" | "script";

export interface RebalanceView {
  readonly rebalance: Rebalance;
  /** All pods of the input. */
  readonly pods: readonly Pod[];
  /** Names of nodes that are cordoned in the input. */
  readonly cordoned: ReadonlySet<string>;
}

/** Moves that the short table lists; the script has all of them. */
const MOST_MOVES = 20;
/** Reasons for which nodes stay that the short form tells. */
const MOST_REASONS = 5;
const GAIN_TITLES: Readonly<Record<Goal, string>> = {
  nodes: "NODES EMPTY",
  cost: "SAVED AN HOUR",
  stranding: "STRANDED",
};

/** The whole text, ending in a line break. */
export async function printRebalance(view: RebalanceView, format: RebalanceFormat, look: Look): Promise<string> {
  const { rebalance } = view;
  if (format === "json") return `${JSON.stringify(rebalance, null, 2)}\n`;
  if (format === "yaml") return (await import("../../kube/yaml.js")).writeYaml(rebalance);
  if (format === "script") return scriptText(rebalance, view.pods, view.cordoned);
  const { moves, goal, before, after, kept } = rebalance;
  const parts: string[] = [];
  if (moves.length > 0) {
    const shown = format === "wide" ? moves : moves.slice(0, MOST_MOVES);
    const rows = shown.map((move, index) => [String(index + 1), move.pod, move.from, move.to, gainText(move, goal)]);
    const more = shown.length < moves.length ? `and ${moves.length - shown.length} more (-o wide lists all)\n` : "";
    const table = await tableOf(["MOVE", "POD", "FROM", "TO", GAIN_TITLES[goal]], rows, format, look);
    parts.push(`${table}${more}`);
    parts.push(await tableOf(["", "before", "after"], utilizationRows([before, after]), format, look));
  }
  if (kept.length > 0) parts.push(await tableOf(["STAYS", "BECAUSE"], keptRows(kept, format === "wide"), format, look));
  return [...parts, `${onScreen(summary(rebalance), look)}\n`].join("\n");
}

async function tableOf(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  format: RebalanceFormat,
  look: Look,
): Promise<string> {
  if (format === "markdown") {
    const { markdownTable } = await import("markdown-table");
    return `${markdownTable([titles, ...rows].map(escaped))}\n`;
  }
  const columns: TextColumn[] = titles.map((title) => ({ title, isFlexible: title === "BECAUSE" }));
  const cells = rows.map((row) => row.map((cell, at) => (columns[at]!.isFlexible ? () => cell : cell)));
  return renderTextTable(columns, cells, look);
}

/** What is gained by then; where a move empties a node, that is said. */
function gainText({ gain, empties, from }: RebalanceMove, goal: Goal): string {
  const text = goal === "stranding" ? `-${(100 * gain).toFixed(2)} %` : String(gain);
  return empties ? `${text}: ${from} is empty` : text;
}

/** Nodes that stay for the same reason share a row. */
function keptRows(kept: readonly KeptNode[], isWide: boolean): string[][] {
  if (isWide) return kept.map(({ node, pod, why }) => [node, `${pod} ${why}`]);
  const groups = [...grouped(kept, ({ why }) => why).values()].sort((a, b) => b.length - a.length);
  const rows = groups.slice(0, MOST_REASONS).map((group) => {
    const [{ node, pod, why }] = group as [KeptNode];
    return group.length === 1
      ? [node, `${pod} ${why}`]
      : [`${group.length} nodes`, `on each a pod ${why}: ${pod}, ...`];
  });
  const more = groups.slice(MOST_REASONS).reduce((sum, { length }) => sum + length, 0);
  return more === 0 ? rows : [...rows, [`${more} nodes`, "for other reasons"]];
}

function summary({ moves, emptied, before, after, stoppedBy, isSurge }: Rebalance): string {
  const stopped = {
    done: "nothing else was found that helps",
    moves: "more would take more moves than --max-moves allows",
    budget: "the search ended with its --budget",
  }[stoppedBy];
  if (moves.length === 0) return stoppedBy === "done" ? "No move helps." : `No move helps; ${stopped}.`;
  const count = counted(moves.length, "move");
  const nodes = `${before.nodesUsed} to ${after.nodesUsed} nodes in use`;
  const names = emptied.length === 0 ? "" : `, ${nodesInWords(emptied)} empty`;
  const surge = isSurge ? ", each replacement before its pod goes" : "";
  return `${count}${surge}: ${nodes}${names}; ${stopped}.`;
}
