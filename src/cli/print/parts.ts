/** Documents in parts: one text of a million entries would be longer than V8 allows, and weigh more than what it tells of. */

/** Entries that are put into one part: texts beyond 128 KiB stay until the whole heap is collected. */
const PART = 100;

/** Lists of so many entries, and what is left of them; nothing of what has none. */
export function* inParts<T>(entries: Iterable<T>): Generator<readonly T[]> {
  let part: T[] = [];
  for (const entry of entries) {
    part.push(entry);
    if (part.length < PART) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

/** A list, or what gives the entries of one; no text. */
export function isList(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}
