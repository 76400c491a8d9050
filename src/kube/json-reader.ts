/**
 * JSON to values, entry by entry, where equal text at an equal place becomes the same value: pods of one workload repeat
 * their specs or large parts of them, and what was read before need not be scanned, parsed, or kept a second time.
 *
 * The reader takes nothing that JSON.parse refuses, and refuses some of what it takes: a key that stands twice in its
 * object, too deep a nesting, keys that every object has (`__proto__`). It then throws {@link NotSound} and leaves the
 * value to `scanJsonValue`, which says what is wrong, or that nothing is.
 */

import { BACKSLASH, CLOSE_LIST, CLOSE_OBJECT, COLON, COMMA, OPEN_LIST, OPEN_OBJECT, QUOTE } from "./json-marks.js";
/** Thrown where the text has to be looked at more closely. */
export class NotSound extends Error {}

type Fields = Record<string, unknown>;
/** Reads the value at an offset, leaving its end in the reader. */
type ReadField = (key: string, at: number, place: Place | undefined) => unknown;

/** Values are read entry by entry down to so many levels below an object: `spec.containers[0].env` is the third. */
const SHARED_LEVELS = 3;
/** Texts remembered at one place, the latest; more templates than this in turn are parsed again. */
const MAX_TEXTS = 32;
/** After so many texts in a row that were new at a place, each is compared with the one before it only. */
const MAX_MISSES = 64;
/** Keys told apart at one place; the values of others are read on their own. */
const MAX_KEYS = 256;

/** A place in objects of one kind, whatever the index in a list, and what stood there lately. */
class Place {
  /** The key that leads here. */
  readonly key: string;
  private readonly texts: string[] = [];
  private readonly values: unknown[] = [];
  /** By key as it is written. */
  private readonly children = new Map<string, Place>();
  private latest = 0;
  private misses = 0;

  constructor(key: string) {
    this.key = key;
  }

  /** The place behind a key in double quotes; none when there are too many. @throws SyntaxError when it is no string */
  child(quotedKey: string): Place | undefined {
    const known = this.children.get(quotedKey);
    if (known !== undefined || this.children.size >= MAX_KEYS) return known;
    const child = new Place(JSON.parse(quotedKey) as string);
    this.children.set(quotedKey, child);
    return child;
  }

  /**
   * Which of the texts that stood here begins at an offset of the text, the latest first. A list or an object ends where
   * its brackets say, so what begins with it is the whole value.
   */
  find(text: string, at: number): { readonly value: unknown; readonly length: number } | undefined {
    const count = this.misses > MAX_MISSES ? 1 : this.texts.length;
    for (let age = 0; age < count; age += 1) {
      const index = (this.latest + MAX_TEXTS - age) % MAX_TEXTS;
      const known = this.texts[index];
      if (known === undefined || !startsWith(text, at, known)) continue;
      this.misses = 0;
      return { value: this.values[index], length: known.length };
    }
    this.misses += 1;
    return undefined;
  }

  remember(text: string, value: unknown): void {
    this.latest = (this.latest + 1) % MAX_TEXTS;
    this.texts[this.latest] = text;
    this.values[this.latest] = value;
  }
}

/** As String.startsWith; most of what differs does so in the two characters that are looked at first. */
function startsWith(text: string, at: number, known: string): boolean {
  const { length } = known;
  const middle = length >> 1;
  return (
    text.charCodeAt(at + length - 1) === known.charCodeAt(length - 1) &&
    text.charCodeAt(at + middle) === known.charCodeAt(middle) &&
    text.slice(at, at + length) === known
  );
}

export class JsonReader {
  private readonly text: string;
  private readonly maxDepth: number;
  /** Places at the top of an object, by the depth at which it stands: the same text is as deep as it was. */
  private readonly roots: Place[] = [];
  private depth = 0;
  /** Keys in the value that {@link skip} went over. */
  private keys = 0;
  /** Where the value that was read last ends (exclusive), in characters. */
  end = 0;

  /** @param maxDepth how many lists and objects may be open at once */
  constructor(text: string, maxDepth: number) {
    this.text = text;
    this.maxDepth = maxDepth;
  }

  /** Where the next token stands. */
  skipSpace(start: number): number {
    const { text } = this;
    let at = start;
    let code = text.charCodeAt(at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at);
    return at;
  }

  /**
   * A value of its own, that no other value is. Parts of it may be shared, so nothing of it may be changed.
   *
   * @throws NotSound or SyntaxError
   */
  value(at: number): unknown {
    return this.text.charCodeAt(at) === OPEN_OBJECT ? this.fields(at, () => false) : this.alone(at);
  }

  /**
   * An object of its own, as by {@link value}.
   *
   * @param take may read the value of a field by another method of this class and say so; the field is then null
   * @throws as {@link value}
   */
  fields(start: number, take: (key: string, at: number) => boolean): Fields {
    this.roots[this.depth] ??= new Place("");
    return this.object(start, this.roots[this.depth]!, (key, at, place) => {
      if (take(key, at)) return null;
      // In lists of lists stand objects of their own.
      return key === "items" ? this.alone(at) : this.shared(at, place, SHARED_LEVELS);
    });
  }

  /** A list whose items the caller reads, by {@link value}. @throws as {@link value} */
  list(start: number, read: (at: number, index: number) => void): void {
    const { text } = this;
    this.open();
    let at = this.skipSpace(start + 1);
    for (let index = 0; text.charCodeAt(at) !== CLOSE_LIST; index += 1) {
      if (index > 0) at = this.skipComma(at);
      read(at, index);
      at = this.skipSpace(this.end);
    }
    this.close(at);
  }

  private object(start: number, place: Place, read: ReadField): Fields {
    const { text } = this;
    const object: Fields = {};
    this.open();
    let at = this.skipSpace(start + 1);
    for (let isFirst = true; text.charCodeAt(at) !== CLOSE_OBJECT; isFirst = false) {
      if (!isFirst) at = this.skipComma(at);
      const keyEnd = this.endOfString(at);
      const quotedKey = text.slice(at, keyEnd);
      const child = place.child(quotedKey);
      const key = child?.key ?? (JSON.parse(quotedKey) as string);
      // Inherited ones too: assigning to `__proto__` makes no field.
      if (object[key] !== undefined) throw new NotSound();
      at = this.skipSpace(keyEnd);
      if (text.charCodeAt(at) !== COLON) throw new NotSound();
      object[key] = read(key, this.skipSpace(at + 1), child);
      at = this.skipSpace(this.end);
    }
    this.close(at);
    return object;
  }

  /** What stood at this place before, or is remembered from now on. */
  private shared(at: number, place: Place | undefined, levels: number): unknown {
    const code = this.text.charCodeAt(at);
    if (place === undefined || (code !== OPEN_OBJECT && code !== OPEN_LIST)) return this.alone(at);
    const known = place.find(this.text, at);
    if (known !== undefined) {
      this.end = at + known.length;
      return known.value;
    }
    const value = levels === 0 || this.isFlat(at) ? this.parse(at) : this.entries(at, place, levels - 1);
    place.remember(this.text.slice(at, this.end), value);
    return value;
  }

  /** Whether nothing that could be shared stands in a list or an object. */
  private isFlat(start: number): boolean {
    const { text } = this;
    let at = start + 1;
    for (let code = text.charCodeAt(at); code !== OPEN_OBJECT && code !== OPEN_LIST; code = text.charCodeAt(at)) {
      if (code === CLOSE_OBJECT || code === CLOSE_LIST) return true;
      at = code === QUOTE ? this.endOfString(at) : at + 1;
      if (at >= text.length) throw new NotSound();
    }
    return false;
  }

  private entries(start: number, place: Place, levels: number): unknown {
    if (this.text.charCodeAt(start) === OPEN_OBJECT) {
      return this.object(start, place, (_, at, child) => this.shared(at, child, levels));
    }
    const items: unknown[] = [];
    const itemPlace = place.child('""');
    this.list(start, (at) => {
      items.push(this.shared(at, itemPlace, levels));
    });
    return items;
  }

  private alone(at: number): unknown {
    const code = this.text.charCodeAt(at);
    if (code === OPEN_OBJECT || code === OPEN_LIST) return this.parse(at);
    this.end = code === QUOTE ? this.endOfString(at) : this.endOfLiteral(at);
    return JSON.parse(this.text.slice(at, this.end));
  }

  /** A list or an object by JSON.parse. A key that stands twice is written and not kept, so it is enough to count. */
  private parse(at: number): unknown {
    this.end = this.skip(at);
    const value: unknown = JSON.parse(this.text.slice(at, this.end));
    if (keysIn(value) !== this.keys) throw new NotSound();
    return value;
  }

  /** Where a list or an object ends, if it is JSON; the keys in it are counted. */
  private skip(start: number): number {
    const { text } = this;
    let open = 0;
    let keys = 0;
    let at = start;
    do {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        at = this.endOfString(at);
        continue;
      }
      if (code === COLON) keys += 1;
      else if (code === OPEN_OBJECT || code === OPEN_LIST) {
        open += 1;
        if (this.depth + open > this.maxDepth) throw new NotSound();
      } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) open -= 1;
      else if (at >= text.length) throw new NotSound();
      at += 1;
    } while (open > 0);
    this.keys = keys;
    return at;
  }

  private endOfString(start: number): number {
    const { text } = this;
    if (text.charCodeAt(start) !== QUOTE) throw new NotSound();
    let at = text.indexOf('"', start + 1);
    while (text.charCodeAt(at - 1) === BACKSLASH && this.isEscaped(at)) at = text.indexOf('"', at + 1);
    if (at < 0) throw new NotSound();
    return at + 1;
  }

  /** Whether an odd number of backslashes stands before a character. */
  private isEscaped(at: number): boolean {
    let first = at;
    while (this.text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    return (at - first) % 2 === 1;
  }

  /** Where what may be a number, true, false or null ends. */
  private endOfLiteral(start: number): number {
    const { text } = this;
    let at = start;
    for (let code = text.charCodeAt(at); isOfLiteral(code); code = text.charCodeAt(at)) at += 1;
    return at;
  }

  private skipComma(at: number): number {
    if (this.text.charCodeAt(at) !== COMMA) throw new NotSound();
    return this.skipSpace(at + 1);
  }

  private open(): void {
    this.depth += 1;
    if (this.depth > this.maxDepth) throw new NotSound();
  }

  private close(at: number): void {
    this.depth -= 1;
    this.end = at + 1;
  }
}

/** Own keys of a value and of all in it, which is no deeper than the reader's limit. */
function keysIn(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) for (const one of value) keys += keysIn(one);
  else for (const key in value) keys += 1 + keysIn((value as Fields)[key]);
  return keys;
}

/** Digits, letters, plus, minus and point; false behind the end of the text. */
function isOfLiteral(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x2b ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x45
  );
}
