/** Where things stand in a text: lines of offsets, and of paths inside the documents that were read from it. */

import { locateJson, type TextRange } from "./json.js";
import { addPath, emptyPathTree, offsetOf, type PathTree, type Segment } from "./path.js";
import { locateYaml } from "./yaml.js";

/** Where a value stands: the part of the text it was read from and the path inside that part. */
export interface Origin {
  readonly range: TextRange;
  readonly path: readonly Segment[];
}

const NO_PATH: readonly Segment[] = [];

/** The origins of many objects, in a few bytes each: a dump may hold a million that are no longer than their origin was. */
export class OriginList {
  /** Start and end of each, in characters: a text has fewer than 2^32. */
  #ranges = new Uint32Array(64);
  #count = 0;
  /** Of those that have one; objects of JSON have none. */
  readonly #paths: (readonly Segment[] | undefined)[] = [];

  add({ range, path }: Origin): void {
    const at = 2 * this.#count;
    if (at === this.#ranges.length) this.#grow();
    this.#ranges[at] = range.start;
    this.#ranges[at + 1] = range.end;
    if (path.length > 0) this.#paths[this.#count] = path;
    this.#count += 1;
  }

  /** Forgets all but the first `count`. */
  cut(count: number): void {
    this.#count = count;
    if (this.#paths.length > count) this.#paths.length = count;
  }

  at(index: number): Origin {
    const range = { start: this.#ranges[2 * index]!, end: this.#ranges[2 * index + 1]! };
    return { range, path: this.#paths[index] ?? NO_PATH };
  }

  #grow(): void {
    const ranges = new Uint32Array(2 * this.#ranges.length);
    ranges.set(this.#ranges);
    this.#ranges = ranges;
  }
}

export class TextPlaces {
  private readonly text: string;
  private readonly isJson: boolean;
  private readonly maxDepth: number;
  private lineStarts: Uint32Array | undefined;

  constructor(text: string, isJson: boolean, maxDepth: number) {
    this.text = text;
    this.isJson = isJson;
    this.maxDepth = maxDepth;
  }

  /** The line (from 1) of an offset in characters. */
  lineAt(offset: number): number {
    this.lineStarts ??= lineStartsOf(this.text);
    let low = 0;
    let high = this.lineStarts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.lineStarts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The line of each value, or of what should hold it; every part of the text is read again once. */
  linesOf(origins: readonly Origin[]): number[] {
    /** By where the part begins: parts do not overlap. */
    const parts = new Map<number, { readonly range: TextRange; readonly tree: PathTree }>();
    for (const { range, path } of origins) {
      const part = parts.get(range.start) ?? { range, tree: emptyPathTree() };
      parts.set(range.start, part);
      addPath(part.tree, path);
    }
    for (const { range, tree } of parts.values()) this.fillOffsets(range, tree);
    return origins.map(({ range, path }) => {
      const offset = Math.max(offsetOf(parts.get(range.start)?.tree ?? emptyPathTree(), path), 0);
      return this.lineAt(this.isJson ? offset : range.start + offset);
    });
  }

  private fillOffsets(range: TextRange, tree: PathTree): void {
    if (this.isJson) locateJson(this.text, range.start, tree);
    else locateYaml(this.text.slice(range.start, range.end), this.maxDepth, tree);
  }
}

function lineStartsOf(text: string): Uint32Array {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines += 1;
  const starts = new Uint32Array(lines);
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts[line++] = at + 1;
  return starts;
}
