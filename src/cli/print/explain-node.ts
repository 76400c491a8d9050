/** One node in full: every filter, every score, and its room beside what the pod asks for. */

import type { PodStory } from "../../planning/explain.js";
import type { Explanation } from "../../scheduler/explanation.js";
import type { NodeExplanation } from "../../scheduler/node-explanation.js";
import type { Look } from "../terminal.js";
import { bar } from "./bar.js";
import { whyLines } from "./explain-rejected.js";
import { emphasis } from "./prose.js";
import { renderTextTable } from "./text-table.js";
import { amountInWords } from "./units.js";

/** @param name of a node that the cluster has */
export async function nodeDetails(story: PodStory, name: string, look: Look): Promise<string> {
  const { explanation } = story;
  const node = explanation.node(name);
  if (node === undefined) return "";
  const parts = [
    `${emphasis(name, look)}: ${verdictText(node, explanation)}\n`,
    await filterTable(story, node, look),
    await scoreTable(node, look),
    await roomTable(story, name, look),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function verdictText({ node, verdict, total }: NodeExplanation, { decision }: Explanation): string {
  if (decision.status === "placed" && decision.node === node) return "chosen";
  if (verdict === "rejected") return "cannot take the pod";
  if (verdict === "unvisited") return "was not looked at";
  return total === undefined ? "can take the pod" : `can take the pod, with ${total} points`;
}

async function filterTable({ explanation, rejected }: PodStory, node: NodeExplanation, look: Look): Promise<string> {
  if (!explanation.isJudged) return "";
  const group = rejected.find(({ nodes }) => nodes.includes(node.node));
  const why = group === undefined ? [] : whyLines(group);
  const words = new Map(why.map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]));
  const skipped = explanation.preFilter.filter(({ code }) => code === "Skip").map(({ plugin }) => plugin);
  const rows = [
    ...explanation.filters.map((plugin) => [plugin, () => words.get(plugin) ?? "passed"]),
    ...(skipped.length > 0 ? [["(not asked)", () => skipped.join(", ")]] : []),
  ];
  return renderTextTable([{ title: "FILTER" }, { title: "VERDICT", isFlexible: true }], rows, look);
}

async function scoreTable({ scores, total }: NodeExplanation, look: Look): Promise<string> {
  if (scores === undefined) return "";
  const columns = [{ title: "SCORE" }, { title: "RAW" }, { title: "NORMALIZED" }, { title: "WEIGHTED" }];
  const rows = Object.entries(scores).map(([plugin, { raw, normalized, weighted }]) => [
    plugin,
    `${raw}`,
    `${normalized}`,
    `${weighted}`,
  ]);
  return renderTextTable(columns, [...rows, ["total", "", "", `${total ?? ""}`]], look);
}

async function roomTable({ rooms, request }: PodStory, name: string, look: Look): Promise<string> {
  const room = rooms.get(name);
  if (room === undefined) return "";
  const asked = { ...request.effective, pods: 1 };
  const columns = ["ROOM", "ALLOCATABLE", "REQUESTED", "FREE", "THE POD", "LACKING"].map((title) => ({ title }));
  const rows = Object.entries(asked).map(([resource, amount]) => {
    const [has, gave] = [room.allocatable[resource] ?? 0, room.requested[resource] ?? 0];
    const write = (value: number) => writeAmount(resource, value);
    const lacking = amount > 0 && amount > has - gave ? write(amount - has + gave) : "";
    const taken = has > 0 ? `${write(gave)} ${bar(gave / has, look)}` : write(gave);
    return [resource, write(has), taken, write(has - gave), write(amount), lacking];
  });
  return renderTextTable(columns, rows, look);
}

function writeAmount(resource: string, amount: number): string {
  return resource === "pods" ? `${amount}` : amountInWords(resource, amount).split(" ")[0]!;
}
