/** A stream of JSON, one value a line, cut into its lines without ever holding more than one of them. */

const NEWLINE = 0x0a;

/** A line that is longer than allowed: what it said is lost. */
export class LineTooLong extends Error {}

/**
 * The lines of a stream of bytes, without their ends; empty ones are left out. What stands behind the last end is not a
 * line: its sender was cut off.
 *
 * @throws LineTooLong
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<string, void, undefined> {
  /** Parts of a line whose end has not come yet. */
  let parts: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      checkLength(heldBytes + end - start, maxLineBytes);
      const line = textOf(parts, chunk.subarray(start, end));
      parts = [];
      heldBytes = 0;
      start = end + 1;
      if (line.trim() !== "") yield line;
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    heldBytes += chunk.length - start;
    checkLength(heldBytes, maxLineBytes);
  }
}

/** Most lines come whole in one chunk, and are decoded where they lie. */
function textOf(parts: readonly Uint8Array[], last: Uint8Array): string {
  if (parts.length > 0) return Buffer.concat([...parts, last]).toString("utf8");
  return Buffer.from(last.buffer, last.byteOffset, last.byteLength).toString("utf8");
}

function checkLength(bytes: number, max: number): void {
  if (bytes > max) throw new LineTooLong(`a line of more than ${max} bytes`);
}
