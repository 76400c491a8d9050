/**
 * A Kubernetes list, read item by item while it comes. Lists run to hundreds of megabytes of which little is kept: an item
 * is garbage before the next one is parsed, and no text is ever longer than one item.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

const IS_MARK = new Uint8Array(256);
for (const mark of [QUOTE, COMMA, OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST]) IS_MARK[mark] = 1;

/** The level of what stands in `items`: a list in an object. */
const ITEMS_DEPTH = 2;

/** What a list has beside its items. */
export interface ListHead {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: unknown;
}

/** An item that is longer than allowed, or a text that is no list. */
export class NoList extends Error {}

/**
 * Hands over each item, and returns the list without them.
 *
 * @throws NoList when the text ends early, is not JSON or no list, or has an item of more than `maxItemBytes`
 */
export async function readList(
  chunks: AsyncIterable<Uint8Array>,
  maxItemBytes: number,
  onItem: (item: unknown) => void,
): Promise<ListHead> {
  const splitter = new Splitter(maxItemBytes);
  for await (const chunk of chunks) {
    for (const item of splitter.push(chunk)) onItem(parse(item));
  }
  const head = parse(splitter.rest());
  if (typeof head !== "object" || head === null || Array.isArray(head)) throw new NoList("this is no list");
  const { items } = head as ListHead;
  if (items !== undefined && items !== null && !Array.isArray(items)) throw new NoList("its items are no list");
  return head;
}

/** Cuts objects out of the list that stands in the outermost object. */
class Splitter {
  readonly #maxItemBytes: number;
  /** What of the current item, and of all around the items, came in earlier chunks. */
  #item: Uint8Array[] = [];
  #itemBytes = 0;
  readonly #around: Uint8Array[] = [];
  #aroundBytes = 0;
  #depth = 0;
  #isInText = false;
  /** How many of the next bytes belong to an escape that the last chunk began. */
  #escapedBytes = 0;
  #isInItem = false;
  #isInList = false;

  constructor(maxItemBytes: number) {
    this.#maxItemBytes = maxItemBytes;
  }

  /** The texts of the items that end in this chunk. */
  push(chunk: Uint8Array): readonly string[] {
    const items: string[] = [];
    let start = 0;
    let index = 0;
    while (index < chunk.length) {
      if (this.#isInText) {
        index = this.#endOfText(chunk, index);
        continue;
      }
      index = nextMark(chunk, index);
      const byte = chunk[index];
      if (byte === QUOTE) this.#isInText = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        if (byte === OPEN_OBJECT && this.#isBetweenItems) {
          this.#keepAround(chunk.subarray(start, index));
          start = index;
          this.#isInItem = true;
        }
        this.#depth++;
        if (this.#depth === ITEMS_DEPTH) this.#isInList = byte === OPEN_LIST;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        this.#depth--;
        if (this.#isInItem && this.#depth === ITEMS_DEPTH) {
          this.#keepItem(chunk.subarray(start, index + 1));
          start = index + 1;
          items.push(this.#takeItem());
        }
      } else if (byte === COMMA && this.#isBetweenItems) {
        this.#keepAround(chunk.subarray(start, index));
        start = index + 1;
      }
      index++;
    }
    if (this.#isInItem) this.#keepItem(chunk.subarray(start));
    else this.#keepAround(chunk.subarray(start));
    return items;
  }

  /** The text without its items. */
  rest(): string {
    if (this.#depth !== 0 || this.#isInText) throw new NoList("the list ends early");
    return Buffer.concat(this.#around).toString("utf8");
  }

  get #isBetweenItems(): boolean {
    return this.#depth === ITEMS_DEPTH && this.#isInList && !this.#isInItem;
  }

  /** The place behind the text that the chunk is in at `index`, or behind the chunk. */
  #endOfText(chunk: Uint8Array, index: number): number {
    let at = index + this.#escapedBytes;
    this.#escapedBytes = 0;
    while (at < chunk.length && chunk[at] !== QUOTE) at += chunk[at] === BACKSLASH ? 2 : 1;
    if (at < chunk.length) {
      this.#isInText = false;
      return at + 1;
    }
    this.#escapedBytes = at - chunk.length;
    return chunk.length;
  }

  #keepItem(part: Uint8Array): void {
    this.#itemBytes += part.length;
    if (this.#itemBytes > this.#maxItemBytes) throw new NoList(`an item of more than ${this.#maxItemBytes} bytes`);
    this.#item.push(part);
  }

  #keepAround(part: Uint8Array): void {
    this.#aroundBytes += part.length;
    if (this.#aroundBytes > this.#maxItemBytes) throw new NoList("this is no list");
    if (part.length > 0) this.#around.push(part);
  }

  #takeItem(): string {
    const text = Buffer.concat(this.#item).toString("utf8");
    this.#item = [];
    this.#itemBytes = 0;
    this.#isInItem = false;
    return text;
  }
}

/** The place of the next byte that has a meaning outside of texts, or behind the chunk. */
function nextMark(chunk: Uint8Array, index: number): number {
  let at = index;
  while (at < chunk.length && IS_MARK[chunk[at]!] === 0) at++;
  return at;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NoList("it is not JSON", { cause });
  }
}
