/** Paths into an object: `spec.containers[0].resources.requests["nvidia.com/gpu"]`, read and written without loss. */

/** A field or map key is a string, a place in a list a number. */
export type Segment = string | number;

const PLAIN_FIELD = /^[A-Za-z_$][\w$-]*$/;
const NEXT_SEGMENT = /\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;

/** Fields that are plain words are joined by dots; any other key stands quoted in brackets. The whole is "". */
export function formatPath(segments: readonly Segment[]): string {
  let path = "";
  for (const segment of segments) {
    if (typeof segment === "number") path += `[${segment}]`;
    else if (!PLAIN_FIELD.test(segment)) path += `[${JSON.stringify(segment)}]`;
    else path += path === "" ? segment : `.${segment}`;
  }
  return path;
}

/** The inverse of {@link formatPath}. What cannot be read ends the path. */
export function parsePath(path: string): Segment[] {
  const segments: Segment[] = [];
  NEXT_SEGMENT.lastIndex = 0;
  for (let match = NEXT_SEGMENT.exec(path); match !== null; match = NEXT_SEGMENT.exec(path)) {
    const [, field, index, quoted] = match;
    if (field !== undefined) segments.push(field);
    else if (index !== undefined) segments.push(Number(index));
    else segments.push(JSON.parse(quoted ?? '""') as string);
  }
  return segments;
}

/** Paths that somebody asks the place of, as a tree; `offset` is filled in by whoever reads the text. */
export interface PathTree {
  readonly children: Map<Segment, PathTree>;
  /** Characters from the start of the text, or -1 while unknown. */
  offset: number;
}

export function emptyPathTree(): PathTree {
  return { children: new Map(), offset: -1 };
}

/** Adds the path, and so all of its ancestors, to the tree. */
export function addPath(tree: PathTree, path: readonly Segment[]): void {
  let at = tree;
  for (const segment of path) {
    let child = at.children.get(segment);
    if (child === undefined) {
      child = emptyPathTree();
      at.children.set(segment, child);
    }
    at = child;
  }
}

/** The offset of the deepest part of the path that the text has: a missing field is reported where it is missing. */
export function offsetOf(tree: PathTree, path: readonly Segment[]): number {
  let offset = tree.offset;
  let at: PathTree | undefined = tree;
  for (const segment of path) {
    at = at.children.get(segment);
    if (at === undefined || at.offset < 0) return offset;
    offset = at.offset;
  }
  return offset;
}
