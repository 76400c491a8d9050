/**
 * What JSON.parse does not tell: where a value starts and ends, which keys stand twice, where the text goes wrong. One
 * pass without recursion, so that depth is a limit and not a crash.
 */

import { BACKSLASH, CLOSE_LIST, CLOSE_OBJECT, COLON, COMMA, OPEN_LIST, OPEN_OBJECT, QUOTE } from "./json-marks.js";
import { formatPath, type PathTree, type Segment } from "./path.js";

export interface JsonProblem {
  readonly code: "syntax" | "duplicate-key" | "too-deep";
  readonly message: string;
  readonly path: string;
  /** Characters from the start of the text. */
  readonly offset: number;
}

/** Start (inclusive) and end (exclusive) of a value, in characters. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** A complete value; sound when no problem was found in it. */
export interface JsonValue extends TextRange {
  readonly isSound: boolean;
}

export interface JsonScan {
  /** Undefined when the text ends or goes wrong before the value does. */
  readonly value: JsonValue | undefined;
  /** Duplicate keys, the first of them where there are very many; a syntax error or too deep a nesting ends the scan. */
  readonly problems: readonly JsonProblem[];
}

const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
/** Duplicate keys beyond this many are not kept. */
const MAX_DUPLICATES = 10_000;
/** From here on a Set is faster than comparing a key with all before it. */
const MAX_KEYS_IN_LINE = 24;

/** Thrown inside this file only, to leave the scan at the first syntax error. */
class ScanEnd extends Error {}

/** One open object or list. */
interface Frame {
  readonly isList: boolean;
  /** Keys so far, as written; empty for a list. */
  keys: string[];
  keySet: Set<string> | undefined;
  /** Items so far, of a list. */
  count: number;
}

class JsonScanner {
  private readonly text: string;
  private readonly maxDepth: number;
  private at: number;
  private readonly frames: Frame[] = [];
  private duplicates = 0;
  private readonly problems: JsonProblem[] = [];

  constructor(text: string, start: number, maxDepth: number) {
    this.text = text;
    this.at = start;
    this.maxDepth = maxDepth;
  }

  scan(): JsonScan {
    const { problems } = this;
    try {
      this.skipSpace();
      const start = this.at;
      this.value();
      return { value: { start, end: this.at, isSound: problems.length === 0 }, problems };
    } catch (error) {
      if (!(error instanceof ScanEnd)) throw error;
      return { value: undefined, problems };
    }
  }

  /** One value and all in it. */
  private value(): void {
    let isOpen = this.open();
    while (this.frames.length > 0) {
      if (!isOpen) isOpen = this.next();
      else isOpen = this.first();
    }
  }

  /** At a value: steps over a scalar, or into a list or object; true if there is now something to read inside. */
  private open(): boolean {
    const code = this.text.charCodeAt(this.at);
    if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (this.frames.length >= this.maxDepth) this.fail("too-deep", `nested deeper than ${this.maxDepth}`);
      this.frames.push({ isList: code === OPEN_LIST, keys: [], keySet: undefined, count: 0 });
      this.at += 1;
      return true;
    }
    if (code === QUOTE) this.string();
    else this.literal();
    return false;
  }

  /** After an opening bracket: the first entry, or the end. */
  private first(): boolean {
    const frame = this.top();
    this.skipSpace();
    if (this.text.charCodeAt(this.at) === (frame.isList ? CLOSE_LIST : CLOSE_OBJECT)) return this.close();
    return this.entry(frame);
  }

  /** After an entry: a comma and the next one, or the end. */
  private next(): boolean {
    const frame = this.top();
    this.skipSpace();
    const code = this.text.charCodeAt(this.at);
    if (code === (frame.isList ? CLOSE_LIST : CLOSE_OBJECT)) return this.close();
    if (code !== COMMA) this.unexpected(`a comma or a closing ${frame.isList ? "]" : "}"}`);
    this.at += 1;
    this.skipSpace();
    return this.entry(frame);
  }

  private entry(frame: Frame): boolean {
    if (frame.isList) frame.count += 1;
    else this.key(frame);
    return this.open();
  }

  private close(): boolean {
    this.at += 1;
    this.frames.pop();
    return false;
  }

  private key(frame: Frame): void {
    const start = this.at;
    if (this.text.charCodeAt(start) !== QUOTE) this.unexpected("a key in double quotes");
    this.string();
    const written = this.text.slice(start + 1, this.at - 1);
    const key = written.includes("\\") ? (JSON.parse(`"${written}"`) as string) : written;
    const isKnown = frame.keySet === undefined ? frame.keys.includes(key) : frame.keySet.has(key);
    frame.keys.push(key);
    if (frame.keySet !== undefined) frame.keySet.add(key);
    else if (frame.keys.length > MAX_KEYS_IN_LINE) frame.keySet = new Set(frame.keys);
    if (isKnown) this.duplicate(key, start);
    this.skipSpace();
    if (this.text.charCodeAt(this.at) !== COLON) this.unexpected("a colon");
    this.at += 1;
    this.skipSpace();
  }

  private duplicate(key: string, offset: number): void {
    this.duplicates += 1;
    if (this.duplicates > MAX_DUPLICATES) return;
    this.report("duplicate-key", `key ${JSON.stringify(key)} stands here twice`, offset);
  }

  private string(): void {
    const { text } = this;
    let at = this.at + 1;
    for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
      if (code === BACKSLASH) {
        ESCAPE.lastIndex = at;
        const found = ESCAPE.exec(text);
        if (found === null) this.failAt(at, "unknown escape in a string");
        else at += found[0].length;
      } else if (code >= 0x20) at += 1;
      else this.failAt(at, at < text.length ? "a control character in a string" : "the text ends inside a string");
    }
    this.at = at + 1;
  }

  private literal(): void {
    LITERAL.lastIndex = this.at;
    const match = LITERAL.exec(this.text);
    if (match === null) this.unexpected("a value");
    else this.at += match[0].length;
  }

  private skipSpace(): void {
    const { text } = this;
    let code = text.charCodeAt(this.at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      this.at += 1;
      code = text.charCodeAt(this.at);
    }
  }

  private top(): Frame {
    return this.frames[this.frames.length - 1]!;
  }

  private unexpected(wanted: string): never {
    const found = this.at < this.text.length ? JSON.stringify(this.text.charAt(this.at)) : "the end of the text";
    return this.fail("syntax", `not JSON: found ${found} instead of ${wanted}`);
  }

  private failAt(offset: number, reason: string): never {
    this.at = offset;
    return this.fail("syntax", `not JSON: ${reason}`);
  }

  private fail(code: "syntax" | "too-deep", message: string): never {
    this.report(code, message, this.at);
    throw new ScanEnd();
  }

  private report(code: JsonProblem["code"], message: string, offset: number): void {
    const path: Segment[] = [];
    for (const frame of this.frames) {
      const segment = frame.isList ? frame.count - 1 : frame.keys[frame.keys.length - 1];
      if (segment !== undefined) path.push(segment);
    }
    const shown = code === "too-deep" ? path.slice(0, 4) : path;
    this.problems.push({ code, message, path: formatPath(shown), offset });
  }
}

/**
 * Checks one JSON value (RFC 8259) of a text.
 *
 * @param start where the value begins, in characters; white space is passed over
 * @param maxDepth how many lists and objects may be open at once
 */
export function scanJsonValue(text: string, start: number, maxDepth: number): JsonScan {
  return new JsonScanner(text, start, maxDepth).scan();
}

/** Fills in the offsets of the wanted paths of one value. The text has passed {@link scanJson}. */
export function locateJson(text: string, start: number, wanted: PathTree): void {
  wanted.offset = start;
  locateIn(text, skipSpace(text, start), wanted);
}

/** Returns where the value ends. Recursion is as deep as the wanted paths, not as the text. */
function locateIn(text: string, start: number, wanted: PathTree): number {
  const open = text.charCodeAt(start);
  if (wanted.children.size === 0 || (open !== OPEN_OBJECT && open !== OPEN_LIST)) return endOfValue(text, start);
  let at = skipSpace(text, start + 1);
  for (let index = 0; text.charCodeAt(at) !== CLOSE_LIST && text.charCodeAt(at) !== CLOSE_OBJECT; index += 1) {
    const entryStart = at;
    let segment: Segment = index;
    if (open === OPEN_OBJECT) {
      at = endOfValue(text, at);
      segment = JSON.parse(text.slice(entryStart, at)) as string;
      at = skipSpace(text, skipSpace(text, at) + 1);
    }
    const child = wanted.children.get(segment);
    if (child !== undefined) child.offset = entryStart;
    at = skipSpace(text, child === undefined ? endOfValue(text, at) : locateIn(text, at, child));
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1);
  }
  return at + 1;
}

function endOfValue(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      continue;
    }
    if (code === OPEN_OBJECT || code === OPEN_LIST) depth += 1;
    else if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth -= 1;
    else if (depth === 0) return endOfLiteral(text, at);
    at += 1;
  } while (depth > 0);
  return at;
}

function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at + 1;
}

/** Whether an odd number of backslashes stands before a character. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}

function endOfLiteral(text: string, start: number): number {
  LITERAL.lastIndex = start;
  return start + (LITERAL.exec(text)?.[0].length ?? 1);
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}
