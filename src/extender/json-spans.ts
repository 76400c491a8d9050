/**
 * Where the parts of a JSON text lie, without parsing them. A body with thousands of whole nodes is taken apart by this, and
 * those that pass are answered as the bytes they came as. The brackets and strings of a skipped value must match; what it
 * says is left to whoever parses it.
 */

/** Bytes `start` up to `end`, which is not part of it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A text that is no JSON, with the offset in bytes at which it ends to be any. */
export class JsonError extends Error {
  override readonly name: string = "JsonError";
}

/** Deeper than any Kubernetes object, and shallow enough for functions that call themselves. */
const MAX_DEPTH = 256;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * What to do with a value that begins at `start`: a reader of it gives the offset behind it, and the value is not walked twice;
 * undefined skips it.
 */
type Visit<Name extends unknown[]> = (...seen: [...Name, start: number]) => number | undefined;

/** Where the first value begins. What stands behind it is not looked at, as Go's decoder has it. */
export function valueStart(bytes: Uint8Array): number {
  return skipSpace(bytes, 0);
}

/** Visits the members of the object at `start`, in its order; `key` is the span of the name with its quotes. Returns its end. */
export function eachMember(bytes: Uint8Array, start: number, visit: Visit<[key: Span]>): number {
  let at = expectByte(bytes, start, OPEN_BRACE, "an object");
  if (bytes[at] === CLOSE_BRACE) return at + 1;
  for (;;) {
    if (bytes[at] !== QUOTE) throw errorAt(bytes, at, "a name in quotes");
    const key = { start: at, end: skipString(bytes, at) };
    const value = expectByte(bytes, skipSpace(bytes, key.end), COLON, "a colon");
    at = skipSpace(bytes, visit(key, value) ?? skipValue(bytes, value));
    if (bytes[at] === CLOSE_BRACE) return at + 1;
    at = expectByte(bytes, at, COMMA, "a comma or }");
  }
}

/** Visits the elements of the array at `start`, in order. Returns its end. */
export function eachElement(bytes: Uint8Array, start: number, visit: Visit<[]>): number {
  let at = expectByte(bytes, start, OPEN_BRACKET, "an array");
  if (bytes[at] === CLOSE_BRACKET) return at + 1;
  for (;;) {
    at = skipSpace(bytes, visit(at) ?? skipValue(bytes, at));
    if (bytes[at] === CLOSE_BRACKET) return at + 1;
    at = expectByte(bytes, at, COMMA, "a comma or ]");
  }
}

/** The value that begins at `start`. */
export function valueAt(bytes: Uint8Array, start: number): Span {
  return { start, end: skipValue(bytes, start) };
}

/** Whether the span is exactly this ASCII text. */
export function isText(bytes: Uint8Array, { start, end }: Span, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let index = 0; index < text.length; index++) if (bytes[start + index] !== text.charCodeAt(index)) return false;
  return true;
}

/** Whether the value that begins at `start` is null. */
export function isNull(bytes: Uint8Array, start: number): boolean {
  return isText(bytes, { start, end: start + 4 }, "null");
}

function skipValue(bytes: Uint8Array, start: number): number {
  switch (bytes[start]) {
    case QUOTE:
      return skipString(bytes, start);
    case OPEN_BRACE:
    case OPEN_BRACKET:
      return skipContainer(bytes, start);
    default:
      return skipLiteral(bytes, start);
  }
}

/** To the bracket that closes the one at `start`. */
function skipContainer(bytes: Uint8Array, start: number): number {
  // One bit a level, set for braces: the loop below runs over every byte of the largest bodies.
  const kinds: boolean[] = [];
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = skipString(bytes, at) - 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (depth === MAX_DEPTH) throw errorAt(bytes, at, `at most ${MAX_DEPTH} brackets inside each other`);
      kinds[depth++] = byte === OPEN_BRACE;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (kinds[--depth] !== (byte === CLOSE_BRACE)) throw errorAt(bytes, at, "the other bracket");
      if (depth === 0) return at + 1;
    }
  }
  throw errorAt(bytes, bytes.length, "a closing bracket");
}

/** Behind the closing quote of the string that begins at `start`. */
function skipString(bytes: Uint8Array, start: number): number {
  const { length } = bytes;
  for (let at = start + 1; at < length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at++;
  }
  throw errorAt(bytes, length, "a closing quote");
}

/** A number, true, false or null. */
function skipLiteral(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && isLiteral(bytes[at]!)) at++;
  if (at === start) throw errorAt(bytes, at, "a value");
  return at;
}

/** Letters, digits and the signs of numbers. */
function isLiteral(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x45 ||
    byte === 0x2b
  );
}

function expectByte(bytes: Uint8Array, at: number, byte: number, what: string): number {
  if (bytes[at] !== byte) throw errorAt(bytes, at, what);
  return skipSpace(bytes, at + 1);
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

function errorAt(bytes: Uint8Array, at: number, expected: string): JsonError {
  const where = at >= bytes.length ? `the body ends after ${bytes.length} bytes` : `byte ${at}`;
  return new JsonError(`no JSON: ${where}, where ${expected} should be`);
}
