/** The best nodes: the parts of their scores side by side, the runner-up, and what decided between equals. */

import type { PodStory } from "../../planning/explain.js";
import type { Explanation } from "../../scheduler/explanation.js";
import type { NodeExplanation } from "../../scheduler/node-explanation.js";
import type { Look } from "../terminal.js";
import { wrapped } from "./prose.js";
import { renderTextTable } from "./text-table.js";

/** Names of ties that are spelled out. */
const MOST_NAMES = 5;

/** The table and the lines below it; empty where no node was scored. */
export async function rankingText(story: PodStory, top: number, isWide: boolean, look: Look): Promise<string> {
  const { explanation } = story;
  const best = explanation.ranking();
  if (best.length === 0) return explanation.scoreError === undefined ? "" : `No scores: ${explanation.scoreError}\n`;
  const shown = best.slice(0, top);
  const differing = isWide ? explanation.scores : explanation.scores.filter(({ name }) => differs(name, best));
  const columns = [
    { title: "BEST NODES" },
    ...differing.map(({ name, weight }) => ({ title: headingOf(name, weight, look) })),
    { title: "TOTAL" },
  ];
  const rows = shown.map((node) => [
    node.node,
    ...differing.map(({ name }) => scoreText(node, name, isWide, look)),
    `${node.total ?? ""}`,
  ]);
  const table = shown.length === 0 ? "" : await renderTextTable(columns, rows, look);
  const lines = [
    moreLine(shown.length, best.length),
    isWide ? "" : sameLine(explanation, best),
    tieLine(explanation),
    runnerUpLine(explanation, best),
  ];
  return table + lines.map((line) => (line === "" ? "" : `${wrapped(line, look.width)}\n`)).join("");
}

function differs(plugin: string, nodes: readonly NodeExplanation[]): boolean {
  return nodes.some(({ scores }) => scores?.[plugin]?.weighted !== nodes[0]?.scores?.[plugin]?.weighted);
}

/** A plugin's name broken between its words, with the weight that its points are multiplied by. */
function headingOf(name: string, weight: number, { unicode }: Look): string {
  const words = name.split(/(?<=[a-z])(?=[A-Z])/).join("\n");
  return weight === 1 ? words : `${words} ${unicode ? "×" : "*"}${weight}`;
}

/** The weighted points; in the wide table also the raw score and what it was normalized to. */
function scoreText({ scores }: NodeExplanation, plugin: string, isWide: boolean, { unicode }: Look): string {
  const score = scores?.[plugin];
  if (score === undefined) return "-";
  return isWide ? `${score.weighted}\n(${score.raw} ${unicode ? "→" : "->"} ${score.normalized})` : `${score.weighted}`;
}

function moreLine(shown: number, all: number): string {
  return shown < all ? `(${shown} of ${all} nodes; --top ${all} shows them all)` : "";
}

function sameLine({ scores }: Explanation, nodes: readonly NodeExplanation[]): string {
  const same = scores.filter(({ name }) => !differs(name, nodes));
  if (same.length === 0) return "";
  const parts = same.map(({ name }) => `${name} ${nodes[0]?.scores?.[name]?.weighted ?? 0}`);
  return `${nodes.length === 1 ? "Points" : "The same everywhere"}: ${parts.join(", ")}.`;
}

/** Who comes next, and where the gap comes from; equals are the business of {@link tieLine}. */
function runnerUpLine({ decision, scores }: Explanation, best: readonly NodeExplanation[]): string {
  const [first] = best;
  const next = best.find(({ total }) => total !== first?.total);
  if (decision.status !== "placed" || first?.total === undefined || next?.total === undefined) return "";
  const gap = first.total - next.total;
  const parts = scores.flatMap(({ name }) => {
    const ahead = (first.scores?.[name]?.weighted ?? 0) - (next.scores?.[name]?.weighted ?? 0);
    return ahead === 0 ? [] : [`${name} ${ahead > 0 ? "+" : ""}${ahead}`];
  });
  const relation = gap > 0 ? `${gap} behind` : `${-gap} ahead of`;
  const name = next === best[1] ? "Runner-up" : "Next best";
  return `${name}: ${next.node} with ${next.total}, ${relation} ${first.node} (${parts.join(", ")}).`;
}

function tieLine(explanation: Explanation): string {
  const ties = explanation.ties();
  const rest = ties.length > MOST_NAMES ? `, +${ties.length - MOST_NAMES} more` : "";
  const names = `${ties.length} nodes have as many points: ${ties.slice(0, MOST_NAMES).join(", ")}${rest}.`;
  switch (explanation.decidedBy()) {
    case "first":
      return `${names} The one listed first was taken.`;
    case "random":
      return `${names} The seed drew one of them.`;
    case "heap":
      return `${names} kube-scheduler's heap has the one taken on top.`;
    case "nominated":
      return "It was nominated to this node before, so kube-scheduler takes it without a look at scores.";
    default:
      return "";
  }
}
