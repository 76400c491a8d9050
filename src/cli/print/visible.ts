/** Text that a screen shows as it is, whatever stands in the names of an input. */

/**
 * Control characters (not line breaks and tabs), and what turns the direction of writing or ends a line besides those:
 * a terminal would obey them instead of showing them. With what would make a style of an escape.
 */
const OBEYED = /(?:[^\P{Cc}\n\t]|[\u200E\u200F\u2028-\u202E\u2066-\u2069])(?:\[\d+m)?/gu;
/** Bold, yellow and blue, and their ends: all the styles that are printed here. */
const STYLES: ReadonlySet<string> = new Set([1, 22, 33, 34, 39].map((code) => `\u001B[${code}m`));

/**
 * The text with all that a terminal would obey written as in JSON, `\u001b`: inside the strings of JSON that is the same
 * text. Our own styles stay where there may be `color`.
 */
export function visible(text: string, color: boolean): string {
  return text.replace(OBEYED, (found) => (color && STYLES.has(found) ? found : escaped(found)));
}

function escaped(found: string): string {
  return `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}${found.slice(1)}`;
}
