/** What to add so that no pod pends, as a table: a row a failure, or a level. */

import type { Addition, Survival } from "../../planning/survival.js";
import type { Look } from "../terminal.js";
import { grouped } from "./groups.js";
import { escaped } from "./markdown.js";
import { levelWord } from "./survive-columns.js";
import { renderTextTable } from "./text-table.js";

/** So many pods are named that no addition helps. */
const MOST_NAMED = 3;

interface Column {
  readonly title: string;
  readonly text: (addition: Addition) => string;
  readonly isFlexible?: boolean;
}

export async function additionTable(
  { survival, currency }: { readonly survival: Survival; readonly currency: string },
  format: string,
  look: Look,
): Promise<string> {
  const { additions } = survival;
  const columns = columnsFor(additions, currency);
  const titles = columns.map(({ title, isFlexible }) => ({ title, ...(isFlexible && { isFlexible }) }));
  const rows = additions.map((one) => columns.map(({ text }) => text(one)));
  if (format !== "markdown") return renderTextTable(titles, rows, look);
  const { markdownTable } = await import("markdown-table");
  return `${markdownTable([titles.map(({ title }) => title), ...rows.map(escaped)])}\n`;
}

/** Prices where there are any; pods where some have no node all the same. */
function columnsFor(additions: readonly Addition[], currency: string): Column[] {
  const hasPrices = additions.some(({ perHour }) => perHour !== undefined);
  const isAllEnough = additions.every(({ isEnough }) => isEnough);
  return [
    { title: "TO SURVIVE", text: lossOf },
    { title: "ADD", text: mixOf, isFlexible: true },
    ...(hasPrices
      ? [{ title: `${currency} AN HOUR`, text: ({ perHour }: Addition) => perHour?.toFixed(4) ?? "" }]
      : []),
    ...(isAllEnough ? [] : [{ title: "STILL WITHOUT A NODE", text: withoutOf, isFlexible: true }]),
  ];
}

function lossOf(addition: Addition): string {
  const { level, name } = addition;
  if (name === undefined) return `any ${levelWord(addition)}`;
  return level === "drain" ? `${name} drained` : name;
}

/** How many of which, by zone where they have one. */
function mixOf({ nodes, perHour }: Addition): string {
  if (nodes.length === 0) return "nothing helps";
  const word = perHour === undefined ? "like " : "";
  const alike = grouped(nodes, ({ offer, zone }) => `${word}${offer}${zone === undefined ? "" : ` in ${zone}`}`);
  return [...alike].map(([kind, { length }]) => `${length} ${kind}`).join(", ");
}

/** The pods, and what most offers say to the first of them. */
function withoutOf({ unplaceable }: Addition): string {
  const lines = unplaceable.slice(0, MOST_NAMED).map(({ pod, count, reasons }) => {
    const more = count > 1 ? ` and ${count - 1} like it` : "";
    return `${pod}${more}${reasons[0] === undefined ? "" : `: ${reasons[0].reason}`}`;
  });
  const rest = unplaceable.slice(MOST_NAMED).reduce((sum, { count }) => sum + count, 0);
  return [...lines, ...(rest > 0 ? [`+${rest} more`] : [])].join("\n");
}
