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

/** Rows to be gone through more than once. */
type Rows = Iterable<readonly TextCell[]>;

/**
 * Renders the rows below their headings. Cells may hold line breaks; colours only where a cell does not wrap. What a
 * terminal would obey is shown, see {@link visible}.
 */
export async function renderTextTable(columns: readonly TextColumn[], rows: Rows, look: Look): Promise<string> {
  let text = "";
  for await (const part of textTableParts(columns, rows, look)) text += part;
  return text;
}

/** As {@link renderTextTable}, a part of the rows after the other: a million would be a text longer than V8 allows. */
export async function* textTableParts(titled: readonly TextColumn[], cells: Rows, look: Look): AsyncGenerator<string> {
  const { default: Table } = await import("cli-table3");
  const columns = titled.map((column) => ({ ...column, title: visible(column.title, look.color) }));
  const rows = visibleRows(cells, look);
  const room = columnWidths(columns, rows, look.width);
  const widest = widestOf(columns, rows, room);
  const colWidths = room.map((width, i) => Math.min(width, widest[i]!));
  const rule = look.unicode ? "─" : "-";
  const chars = { ...NO_FRAME, mid: rule, "mid-mid": rule.repeat(GAP.length), middle: GAP };
  const style = { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true };
  const tableOf = (head: string[]) => new Table({ head, chars, colWidths, style });
  let table = tableOf(columns.map((column) => column.title));
  for (const row of rows) {
    const texts = row.map((cell, i) => textIn(cell, room[i]!));
    for (const line of linesApart(texts, colWidths)) {
      if (table.length === ROWS_AT_A_TIME) {
        yield textOf(table);
        table = tableOf([]);
      }
      table.push(line.map((text, i) => wrappingCell(text, colWidths[i]!)));
    }
  }
  yield textOf(table);
}

/**
 * A row of which one cell alone has several lines, as a row a line, which looks the same: for each line that it draws the table
 * printer looks at all of the cell once a character. Colours may reach over lines, so what has any stays whole.
 */
function linesApart(texts: readonly string[], widths: readonly number[]): readonly (readonly string[])[] {
  const long = texts.findIndex((text) => text.includes("\n"));
  const isAlone = texts.every((text, i) => i === long || (!text.includes("\n") && textWidth(text) <= widths[i]!));
  if (long < 0 || !isAlone || texts[long]!.includes("\u001b")) return [texts];
  const lines = texts[long]!.split("\n");
  return lines.map((line, at) => texts.map((text, i) => (i === long ? line : at === 0 ? text : "")));
}

function visibleRows(rows: Rows, { color }: Look): Rows {
  const shown = (cell: TextCell): TextCell =>
    typeof cell === "string" ? visible(cell, color) : (width) => visible(cell(width), color);
  return {
    *[Symbol.iterator]() {
      for (const row of rows) yield row.map(shown);
    },
  };
}

function textOf(table: object): string {
  return `${String(table).replace(/[ \t]+$/gm, "")}\n`;
}

function textIn(cell: TextCell, width: number): string {
  return typeof cell === "string" ? cell : cell(width);
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
function columnWidths(columns: readonly TextColumn[], rows: Rows, screen: number): number[] {
  const most = Math.floor(screen * MOST_FIXED_PART);
  const widest = widestOf(columns, rows);
  const fixed = columns.map((column, i) =>
    column.isFlexible ? 0 : Math.min(widest[i]!, Math.max(most, textWidth(column.title))),
  );
  const left = fixed.reduce((rest, width) => rest - width, screen - GAP.length * (columns.length - 1));
  const flexible = columns.filter((column) => column.isFlexible).length;
  return fixed.map((width) => width || Math.max(LEAST_FLEXIBLE, Math.floor(left / flexible)));
}

/** The widest text of each column. Where the room is not known yet, texts that are made for it count for nothing. */
function widestOf(columns: readonly TextColumn[], rows: Rows, room?: readonly number[]): number[] {
  const widest = columns.map(({ title }) => textWidth(title));
  for (const row of rows) {
    for (const [i, cell] of row.entries()) {
      if (typeof cell !== "string" && room === undefined) continue;
      widest[i] = Math.max(widest[i]!, textWidth(textIn(cell, room?.[i] ?? 0)));
    }
  }
  return widest;
}

/** Screen columns of the widest line: never less than the table printer counts, which would cut the text short. */
function textWidth(text: string): number {
  return Math.max(0, ...text.split("\n").map((line) => lineWidth(stripVTControlCharacters(line))));
}

function lineWidth(line: string): number {
  const wide = line.match(EACH_MAYBE_WIDE);
  return wide === null ? line.length : [...line].length + wide.length;
}
