/** Sentences on a screen. */

import { stripVTControlCharacters, styleText } from "node:util";
import { DEFAULT_WIDTH, type Look } from "../terminal.js";

/** The word that a sentence is about. */
export function emphasis(text: string, { color }: Look): string {
  return color ? styleText("bold", text, { validateStream: false }) : text;
}

/** `1 pod`, `3 pods`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** Breaks a line between words where the screen ends; a word that is longer runs over. */
export function wrapped(line: string, width: number): string {
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    const next = current === "" ? word : `${current} ${word}`;
    if (current !== "" && stripVTControlCharacters(next).length > width) {
      lines.push(current);
      current = word;
    } else current = next;
  }
  return [...lines, current].join("\n");
}

/** Lines that stay whole, so that scripts find them, unless the screen is narrower than tables are where nobody looks. */
export function onScreen(lines: string, { width }: Look): string {
  if (width >= DEFAULT_WIDTH) return lines;
  return lines
    .split("\n")
    .map((line) => wrapped(line, width))
    .join("\n");
}
