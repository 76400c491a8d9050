/** What failures do, as text, in the format asked for. */

import type { Level } from "../../planning/failures.js";
import type { FailureCase, Survival } from "../../planning/survival.js";
import { DEFAULT_WIDTH, type Look } from "../terminal.js";
import { escaped } from "./markdown.js";
import { counted, emphasis, onScreen } from "./prose.js";
import { additionTable } from "./survive-additions.js";
import { levelTitle, levelWord, survivalColumns } from "./survive-columns.js";
import { renderTextTable, type TextColumn } from "./text-table.js";
import type { PodNames } from "./view.js";

export type SurviveFormat = "table" | "wide" | "json" | "yaml" | "markdown";

export interface SurvivalView extends PodNames {
  readonly survival: Survival;
  /** Levels that must be survived. */
  readonly required: readonly Level[];
  /** Those of them that are not. */
  readonly unmet: readonly Level[];
  /** Of the prices of what is to be added. */
  readonly currency: string;
}

/** Failures of a level that the short table shows. */
const MOST_CASES = 10;

/** The whole text, ending in a line break. */
export async function printSurvival(view: SurvivalView, format: SurviveFormat, look: Look): Promise<string> {
  const { survival } = view;
  if (format === "json") return `${JSON.stringify(survival, null, 2)}\n`;
  if (format === "yaml") return (await import("../../kube/yaml.js")).writeYaml(survival);
  const parts: string[] = [];
  for (const level of survival.levels) {
    const cases = survival.cases.filter((one) => one.level === level.level && one.key === level.key);
    const shown = format === "wide" ? cases : worthShowing(cases);
    const table =
      format === "markdown"
        ? await markdownPart(view, level, shown, look)
        : await tablePart(view, level, shown, format === "wide", look);
    parts.push(`${table}${moreLine(cases.slice(shown.length))}`);
  }
  const added = survival.additions.length === 0 ? [] : [await additionTable(view, format, look)];
  return `${[...parts, ...added, `${onScreen(summary(view, look), look)}\n`].join("\n")}`;
}

/** All where they are few; else the worst that were not survived, and at least the worst. */
function worthShowing(cases: readonly FailureCase[]): readonly FailureCase[] {
  if (cases.length <= MOST_CASES) return cases;
  const count = cases.filter(({ isSurvived }) => !isSurvived).length;
  return cases.slice(0, Math.min(MOST_CASES, Math.max(1, count)));
}

async function tablePart(
  view: SurvivalView,
  level: Level,
  cases: readonly FailureCase[],
  isWide: boolean,
  look: Look,
): Promise<string> {
  const columns = survivalColumns(view, cases, isWide, look);
  const titles: TextColumn[] = [
    { title: levelTitle(level) },
    ...columns.map(({ title, isFlexible }) => ({ title: titleOn(look, title), ...(isFlexible && { isFlexible }) })),
  ];
  const rows = cases.map((one) => [
    one.name,
    ...columns.map(({ text, isFlexible }) => (isFlexible ? (width: number) => text(one, width) : text(one, 0))),
  ]);
  return renderTextTable(titles, rows, look);
}

/** On a narrow screen a heading of two words takes two lines, so that reasons have room beside the counts. */
function titleOn({ width }: Look, title: string): string {
  return width < DEFAULT_WIDTH ? title.replace(/^REST /, "REST\n") : title;
}

async function markdownPart(
  view: SurvivalView,
  level: Level,
  cases: readonly FailureCase[],
  look: Look,
): Promise<string> {
  const { markdownTable } = await import("markdown-table");
  const columns = survivalColumns(view, cases, false, look);
  const rows = cases.map((one) => [one.name, ...columns.map(({ text }) => text(one, Number.POSITIVE_INFINITY))]);
  const align = ["l", ...columns.map(({ isFlexible }) => (isFlexible ? "l" : "r"))];
  return `${markdownTable([[levelTitle(level), ...columns.map(({ title }) => title)], ...rows.map(escaped)], { align })}\n`;
}

/** What is not shown: the better ones. */
function moreLine(cases: readonly FailureCase[]): string {
  if (cases.length === 0) return "";
  const survived = cases.filter(({ isSurvived }) => isSurvived).length;
  const rest = cases.length - survived;
  const parts = [...(rest > 0 ? [`${rest} not survived`] : []), ...(survived > 0 ? [`${survived} survived`] : [])];
  return `and ${cases.length} more that cost less: ${parts.join(", ")} (-o wide shows them)\n`;
}

/** One line a level, then what is wrong before anything fails. */
function summary({ survival, required, unmet }: SurvivalView, look: Look): string {
  const isIn = (levels: readonly Level[], { level, key }: Level): boolean =>
    levels.some((one) => one.level === level && one.key === key);
  const lines = survival.levels.map((level) => {
    const { cases, survived } = level;
    const demand = isIn(unmet, level) ? "required, not met: " : isIn(required, level) ? "required, met: " : "";
    const word = `${levelWord(level)}: ${demand}${survived} of ${cases} survived`;
    return isIn(unmet, level) ? emphasis(word, look) : word;
  });
  const { nodes, pods, leftOver } = survival.summary;
  const left = leftOver === 0 ? "" : `; ${leftOver} more have none before anything fails (stowage plan says why)`;
  return [
    ...lines,
    `${counted(pods, "pod")} ${pods === 1 ? "has" : "have"} a node, of ${counted(nodes, "node")}${left}.`,
  ].join("\n");
}
