/** Bytes to text: UTF-8, or UTF-16 where a byte order mark says so (what some shells write into redirected files). */

export interface DecodedText {
  /** Without byte order mark; bytes that are not text are U+FFFD. */
  readonly text: string;
  /** Where such bytes were replaced, in characters: the first of each line, at most {@link MAX_DAMAGES} of them. */
  readonly damagedAt: readonly number[];
}

/** One file of the wrong encoding is one problem; more lines than this say nothing new. */
const MAX_DAMAGES = 20;
const BYTE_ORDER_MARK = "\ufeff";
const REPLACEMENT = "\ufffd";

/** A string is taken as it is. Never throws. */
export function decodeText(input: string | Uint8Array): DecodedText {
  if (typeof input === "string") {
    return { text: input.startsWith(BYTE_ORDER_MARK) ? input.slice(1) : input, damagedAt: [] };
  }
  const encoding = encodingOf(input);
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(input), damagedAt: [] };
  } catch {
    const text = new TextDecoder(encoding).decode(input);
    return { text, damagedAt: damagedLines(text) };
  }
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return "utf-8";
}

function damagedLines(text: string): number[] {
  const found: number[] = [];
  let at = text.indexOf(REPLACEMENT);
  while (at >= 0 && found.length < MAX_DAMAGES) {
    found.push(at);
    const lineEnd = text.indexOf("\n", at);
    at = lineEnd < 0 ? -1 : text.indexOf(REPLACEMENT, lineEnd);
  }
  return found;
}
