/** A small bar that shows how full something is. */

import { styleText } from "node:util";
import type { Look } from "../terminal.js";

/** Cells of a bar. */
export const BAR_WIDTH = 6;
/** Fuller than this is drawn in the warm colour. */
const NEARLY_FULL = 0.9;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/**
 * BAR_WIDTH cells wide. Blue below 90 %, yellow (the nearest of the sixteen terminal colours to orange) from there on: the
 * two are told apart by every common kind of colour vision, and the length says the same without colour.
 *
 * @param share what is taken, 0 to 1; beyond either end it is drawn as that end.
 */
export function bar(share: number, look: Look): string {
  const cells = Math.min(1, Math.max(0, share || 0)) * BAR_WIDTH;
  const text = look.unicode ? blocks(cells) : "#".repeat(Math.round(cells)).padEnd(BAR_WIDTH, ".");
  if (!look.color) return text;
  return styleText(share >= NEARLY_FULL ? "yellow" : "blue", text, { validateStream: false });
}

function blocks(cells: number): string {
  const eighths = Math.round(cells * EIGHTHS.length);
  const full = Math.floor(eighths / EIGHTHS.length);
  return `${"█".repeat(full)}${EIGHTHS[eighths % EIGHTHS.length]}`.padEnd(BAR_WIDTH, "░");
}
