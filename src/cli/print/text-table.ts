/** Rows of text set in columns by cli-table3, without frames, as wide as the screen allows. */

import { stripVTControlCharacters } from "node:util";
import type { CellOptions } from "cli-table3";
import type { Look } from "../terminal.js";
import { visible } from "./visible.js";

export interface TextColumn {
  readonly title: string;
  /** Takes the width that the other columns leave, and wraps. */
  readonly isFlexible?: boolean;
}

const GAP = "  ";
/** A flexible column is never narrower, even where lines then run over the edge of the screen. */
const LEAST_FLEXIBLE = 20;
/** A column that is not flexible wraps beyond this part of the screen, between any two characters. */
const MOST_FIXED_PART = 0.35;
/** Rows set at a time: the time that the table printer takes grows with the square of them. */
const ROWS_AT_A_TIME = 100;

/** Characters of East Asian scripts and pictures take two columns. Most of these do; what we print ourselves does not. */
const MAYBE_WIDE = /[\u1100-\u1FFF\u2C00-\u{10FFFF}]|\p{Emoji_Presentation}/u;
const EACH_MAYBE_WIDE = new RegExp(MAYBE_WIDE, "gu");

/** A text, or in a flexible column what makes one for the width that the column turns out to have. */
export type TextCell = string | ((width: number) => string);

/**
 * Renders the rows below their headings. Cells may hold line breaks; colours only where a cell does not wrap. What a
 * terminal would obey is shown, see {@link visible}.
 */
export async function renderTextTable(
  titled: readonly TextColumn[],
  cells: readonly (readonly TextCell[])[],
  look: Look,
): Promise<string> {
  const { default: Table } = await import("cli-table3");
  const shown = (text: string): string => visible(text, look.color);
  const columns = titled.map((column) => ({ ...column, title: shown(column.title) }));
  const rows = cells.map((row) => row.map((cell) => (typeof cell === "string" ? shown(cell) : cell)));
  const room = columnWidths(columns, rows, look.width);
  const texts = rows.map((row) => row.map((cell, i) => (typeof cell === "string" ? cell : shown(cell(room[i]!)))));
  const colWidths = room.map((width, i) => Math.min(width, widestOf(columns[i]!, texts, i)));
  const rule = look.unicode ? "─" : "-";
  const chars = { ...NO_FRAME, mid: rule, "mid-mid": rule.repeat(GAP.length), middle: GAP };
  const parts: string[] = [];
  for (let start = 0; start === 0 || start < texts.length; start += ROWS_AT_A_TIME) {
    const table = new Table({
      head: start === 0 ? columns.map((column) => column.title) : [],
      chars,
      colWidths,
      style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
    });
    for (const row of texts.slice(start, start + ROWS_AT_A_TIME)) {
      table.push(row.map((content, i) => wrappingCell(content, colWidths[i]!)));
    }
    parts.push(table.toString());
  }
  return `${parts.join("\n").replace(/[ \t]+$/gm, "")}\n`;
}

const NO_FRAME = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  right: "",
  "right-mid": "",
};

/** Wraps between words, but inside of them where one is too long: no name is ever cut short. */
function wrappingCell(content: string, width: number): CellOptions {
  const text = MAYBE_WIDE.test(content) ? withBreaks(content, width) : content;
  const longest = Math.max(0, ...text.split(/\s+/).map(textWidth));
  return { content: text, wordWrap: textWidth(text) > width, wrapOnWordBoundary: longest <= width };
}

/** Breaks words that are too long, for the table printer takes every character inside of them for one column. */
function withBreaks(text: string, width: number): string {
  const segments = new Intl.Segmenter("en", { granularity: "grapheme" });
  return text.replace(/\S+/g, (word) => {
    let room = width;
    const parts = [...segments.segment(word)].map(({ segment }) => {
      const taken = lineWidth(segment);
      const isFull = taken > room && room < width;
      room = (isFull ? width : room) - taken;
      return isFull ? `\n${segment}` : segment;
    });
    return textWidth(word) > width ? parts.join("") : word;
  });
}

/** What each column may take up: its widest text, or where it is flexible an equal share of what is left. */
function columnWidths(
  columns: readonly TextColumn[],
  rows: readonly (readonly TextCell[])[],
  screen: number,
): number[] {
  const most = Math.floor(screen * MOST_FIXED_PART);
  const fixed = columns.map((column, i) =>
    column.isFlexible ? 0 : Math.min(widestOf(column, rows, i), Math.max(most, textWidth(column.title))),
  );
  const left = fixed.reduce((rest, width) => rest - width, screen - GAP.length * (columns.length - 1));
  const flexible = columns.filter((column) => column.isFlexible).length;
  return fixed.map((width) => width || Math.max(LEAST_FLEXIBLE, Math.floor(left / flexible)));
}

function widestOf(column: TextColumn, rows: readonly (readonly TextCell[])[], index: number): number {
  return rows.reduce((widest, row) => {
    const text = row[index];
    return typeof text === "string" ? Math.max(widest, textWidth(text)) : widest;
  }, textWidth(column.title));
}

/** Screen columns of the widest line: never less than the table printer counts, which would cut the text short. */
function textWidth(text: string): number {
  return Math.max(0, ...text.split("\n").map((line) => lineWidth(stripVTControlCharacters(line))));
}

function lineWidth(line: string): number {
  const wide = line.match(EACH_MAYBE_WIDE);
  return wide === null ? line.length : [...line].length + wide.length;
}
