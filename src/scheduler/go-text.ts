/** How Go writes values into messages, so that what is reported here reads as kube-scheduler's own report does. */

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\u000b": "\\v",
};
const NEEDS_ESCAPE = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
const HTML_OR_LINE_BREAK = /[<>&\u2028\u2029]/g;

/** A text as `%q` prints it (Go 1.26 strconv.Quote): what cannot be printed is escaped, everything else stands as it is. */
export function quoteText(text: string): string {
  return `"${text.replace(NEEDS_ESCAPE, (char) => SHORT_ESCAPES[char] ?? escaped(char))}"`;
}

/** A value as Go's encoding/json prints it: compact, and with `<`, `>` and `&` escaped. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value) ?? "null";
  return text.replace(HTML_OR_LINE_BREAK, (char) => `\\u${hex(char.charCodeAt(0), 4)}`);
}

function escaped(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  if (point < 0x20 || point === 0x7f) return `\\x${hex(point, 2)}`;
  return point < 0x1_0000 ? `\\u${hex(point, 4)}` : `\\U${hex(point, 8)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
