/**
 * YAML text to plain values as kubectl reads it (sigs.k8s.io/yaml 1.6 over go-yaml 2: YAML 1.1 booleans and octal, no
 * sexagesimal numbers, timestamps stay text). The only file that knows the parser; why this one: docs/adr/0003.
 */

import {
  boolYaml11Tag,
  constructFromEvents,
  defineScalarTag,
  dump,
  EVENT_ID,
  type Event,
  FAILSAFE_SCHEMA,
  floatCoreTag,
  getScalarValue,
  intCoreTag,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  nullCoreTag,
  parseEvents,
  type Schema,
  seqTag,
  strTag,
  YAMLException,
} from "js-yaml";
import type { TextRange } from "./json.js";
import { formatPath, type PathTree, type Segment } from "./path.js";

export interface YamlProblem {
  readonly code: "syntax" | "duplicate-key" | "too-deep" | "too-large" | "alias";
  readonly message: string;
  readonly path: string;
  /** Characters from the start of the text. */
  readonly offset: number;
}

export interface YamlRead {
  /** The documents of the text, in order; empty when there are problems. */
  readonly documents: readonly unknown[];
  readonly problems: readonly YamlProblem[];
}

/** An alias costs nothing to read, but all that walks the value pays: aliases may stand for this many nodes in all. */
const MAX_ALIASED_NODES = 1_000_000;

/** Directives stand within so much text before their document. */
const MAX_PROLOGUE_CHARS = 4096;

const SCHEMA = kubectlSchema();

/** Plain data as YAML text, one line a scalar however long it is. */
export function writeYaml(value: unknown): string {
  return dump(value, { noRefs: true, lineWidth: -1 });
}

/** Reads one chunk of YAML. @param maxDepth how many lists and maps may be open at once */
export function readYaml(text: string, maxDepth: number): YamlRead {
  let events: Event[];
  try {
    events = parseEvents(text, { maxDepth });
  } catch (error) {
    return { documents: [], problems: [problemOf(error, text)] };
  }
  const bomb = aliasProblem(text, events, maxDepth);
  if (bomb !== undefined) return { documents: [], problems: [bomb] };
  try {
    return { documents: constructFromEvents(events, { source: text, schema: SCHEMA }), problems: [] };
  } catch (error) {
    return { documents: [], problems: constructProblems(text, events, error) };
  }
}

/** Fills in the offsets of the wanted paths; a path starts with the number of its document within the text. */
export function locateYaml(text: string, maxDepth: number, wanted: PathTree): void {
  walkKeys(text, parseEvents(text, { maxDepth }), (path, offset) => {
    let at: PathTree | undefined = wanted;
    for (const segment of path) at = at?.children.get(segment);
    if (at !== undefined) at.offset = offset;
  });
}

/**
 * Cuts a stream into chunks at its `---` lines, so that a document that cannot be read hides no other. A marker with
 * nothing after it is no chunk; one chunk that holds only directives stays with the document after it.
 */
export function* splitDocuments(text: string): Generator<TextRange> {
  const marker = /(?:^|\n)(?=---(?:[ \t\r\n]|$))/g;
  let start = 0;
  let markers = 0;
  for (let match = marker.exec(text); match !== null; match = marker.exec(text)) {
    const end = match.index + match[0].length;
    marker.lastIndex = end + 1;
    markers += 1;
    if (end === start || (markers === 1 && isPrologue(text, start, end))) continue;
    if (end - start > "---\n".length) yield { start, end };
    start = end;
  }
  yield { start, end: text.length };
}

/** The `items:` of a kubectl dump at the left margin, as the text of each item and the text around them. */
export interface SplitItems {
  readonly header: string;
  readonly items: readonly TextRange[];
}

/**
 * Cuts a document with a top-level `items:` list between its items, which keeps memory small and the items apart.
 * By YAML's indentation rules nothing else can stand at the column where an item's dash stands.
 */
export function splitItems(text: string, chunk: TextRange): SplitItems | undefined {
  const body = text.slice(chunk.start, chunk.end);
  const heading = /^items:[ \t]*(?:#.*)?\r?\n((?:[ \t]*(?:#.*)?\r?\n)*)( *)- /m.exec(body);
  if (heading === null) return undefined;
  const indent = heading[2]?.length ?? 0;
  const first = heading.index + heading[0].length - indent - 2;
  const boundary = new RegExp(`\\n(?= {0,${indent}}[^ \\t\\r\\n#])`, "g");
  boundary.lastIndex = first;
  const items: TextRange[] = [];
  let start = first;
  let end = body.length;
  for (let match = boundary.exec(body); match !== null; match = boundary.exec(body)) {
    const next = match.index + 1;
    items.push({ start: chunk.start + start, end: chunk.start + next });
    start = next;
    if (!body.startsWith(`${" ".repeat(indent)}- `, next)) {
      end = next;
      break;
    }
  }
  if (end === body.length) items.push({ start: chunk.start + start, end: chunk.end });
  return { header: `${body.slice(0, first)}\n${body.slice(end)}`, items };
}

/** Tags resolved as go-yaml 2 does. Tags of an application's own (`!foo`) are ignored, as kubectl ignores them. */
function kubectlSchema(): Schema {
  const whole = defineScalarTag<number>(intCoreTag.tagName, { ...intCoreTag, resolve: resolveInteger });
  const broken = defineScalarTag<number>(floatCoreTag.tagName, { ...floatCoreTag, resolve: resolveFloat });
  const asText = (name: string) => ({ ...strTag, tagName: `tag:yaml.org,2002:${name}` });
  const own = { tagName: "!", matchByTagPrefix: true };
  return FAILSAFE_SCHEMA.withTags(
    [nullCoreTag, boolYaml11Tag, whole, broken, mergeTag, asText("timestamp"), asText("binary")],
    [
      { ...strTag, ...own },
      { ...mapTag, ...own },
      { ...seqTag, ...own },
    ],
  );
}

const INTEGER = /^([-+]?)(?:(0b[01]+)|0o?([0-7]+)|(0x[0-9a-f]+)|(0|[1-9][0-9]*))$/i;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:e[-+]?[0-9]+)?$/i;

function resolveInteger(source: string): number | typeof NOT_RESOLVED {
  const match = INTEGER.exec(source.replaceAll("_", ""));
  if (match === null) return NOT_RESOLVED;
  const [, sign, binary, octal, hex, decimal] = match;
  const magnitude = Number(binary ?? hex ?? decimal ?? `0o${octal}`);
  return sign === "-" && magnitude !== 0 ? -magnitude : magnitude;
}

function resolveFloat(source: string, isExplicit: boolean, tagName: string): number | typeof NOT_RESOLVED {
  const plain = source.replaceAll("_", "");
  if (!FLOAT.test(plain)) return floatCoreTag.resolve(source, isExplicit, tagName);
  const value = Number(plain);
  return Number.isFinite(value) ? value : NOT_RESOLVED;
}

/** The parser stops at the first; duplicate keys are all looked for, then what else is wrong. */
function constructProblems(text: string, events: readonly Event[], error: unknown): YamlProblem[] {
  const problems = duplicateKeys(text, events);
  if (problems.length === 0) return [problemOf(error, text)];
  try {
    constructFromEvents([...events], { source: text, schema: SCHEMA, json: true });
  } catch (other) {
    problems.push(problemOf(other, text));
  }
  return problems;
}

function problemOf(error: unknown, text: string): YamlProblem {
  if (!(error instanceof YAMLException)) {
    return { code: "syntax", message: `not YAML: ${String(error)}`, path: "", offset: 0 };
  }
  const offset = Math.min(error.mark?.position ?? 0, text.length);
  const isDepth = error.reason.startsWith("nesting exceeded");
  const isTemplate = /\{\{/.test(text.slice(lineStart(text, offset), offset + 80));
  const hint = isTemplate ? " (this looks like a template: render it first, for example with helm template)" : "";
  const message = isDepth ? "nested too deep" : `not YAML: ${error.reason}${hint}`;
  return { code: isDepth ? "too-deep" : "syntax", message, path: "", offset };
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

function duplicateKeys(text: string, events: readonly Event[]): YamlProblem[] {
  const seen = new Set<string>();
  const problems: YamlProblem[] = [];
  let inside = "";
  walkKeys(text, events, (segments, offset) => {
    const path = `${segments[0]}:${formatPath(segments.slice(1))}`;
    const isBelowDuplicate = inside !== "" && path.startsWith(inside) && /^[.[]/.test(path.slice(inside.length));
    if (isBelowDuplicate) return;
    inside = seen.has(path) ? path : "";
    if (seen.has(path)) {
      const message = `key ${JSON.stringify(segments.at(-1))} stands here twice`;
      problems.push({ code: "duplicate-key", message, path: formatPath(segments.slice(1)), offset });
    }
    seen.add(path);
  });
  return problems;
}

/** A node that is open while events are walked. */
interface WalkFrame {
  readonly isMap: boolean;
  isKeyNext: boolean;
  count: number;
}

/** Calls `visit` with the path and place of every key and list item. The path is reused: copy it to keep it. */
function walkKeys(
  text: string,
  events: readonly Event[],
  visit: (path: readonly Segment[], offset: number) => void,
): void {
  const frames: WalkFrame[] = [];
  const path: Segment[] = [];
  let documents = 0;
  for (const event of events) {
    if (event.type === EVENT_ID.POP) {
      frames.pop();
      path.length = Math.max(frames.length, 0);
      continue;
    }
    if (event.type === EVENT_ID.DOCUMENT) {
      frames.push({ isMap: false, isKeyNext: false, count: documents });
      documents += 1;
      continue;
    }
    const frame = frames[frames.length - 1];
    if (frame === undefined) continue;
    const isKey = frame.isMap && frame.isKeyNext;
    if (isKey || !frame.isMap) {
      path.length = frames.length - 1;
      path.push(isKey ? keyText(text, event) : frame.count);
      visit(path, placeOf(event));
      frame.count += 1;
    }
    frame.isKeyNext = !isKey;
    if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) {
      frames.push({ isMap: event.type === EVENT_ID.MAPPING, isKeyNext: true, count: 0 });
    }
  }
}

function keyText(text: string, event: Event): string {
  return event.type === EVENT_ID.SCALAR ? getScalarValue(text, event) : "";
}

function placeOf(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) return event.valueStart;
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart;
  return "start" in event ? event.start : 0;
}

/** Size and depth of what an anchor stands for, aliases written out. */
interface Extent {
  nodes: number;
  depth: number;
}

/**
 * Refuses aliases that stand for more than could be written out (the "billion laughs"), and ones inside the value they
 * stand for. Linear in the events: the values themselves are never walked.
 */
function aliasProblem(text: string, events: readonly Event[], maxDepth: number): YamlProblem | undefined {
  if (!events.some((event) => event.type === EVENT_ID.ALIAS)) return undefined;
  const anchors = new Map<string, Extent>();
  const open: { readonly name: string; readonly extent: Extent }[] = [];
  let aliasedNodes = 0;
  for (const event of events) {
    const name = "anchorStart" in event && event.anchorStart >= 0 ? text.slice(event.anchorStart, event.anchorEnd) : "";
    if (event.type === EVENT_ID.POP) {
      const closed = open.pop();
      if (closed !== undefined) grow(open.at(-1)?.extent, closed.extent);
      if (closed !== undefined && closed.name !== "") anchors.set(closed.name, closed.extent);
    } else if (event.type === EVENT_ID.ALIAS) {
      if (open.some((node) => node.name === name)) return refuseAlias(event, `anchor ${name} contains itself`);
      const extent = anchors.get(name) ?? { nodes: 1, depth: 1 };
      grow(open.at(-1)?.extent, extent);
      aliasedNodes += extent.nodes;
      const isTooMuch = aliasedNodes > MAX_ALIASED_NODES || open.length + extent.depth > maxDepth + 1;
      if (isTooMuch) return refuseAlias(event, `alias ${name} stands for too much`);
    } else if (event.type === EVENT_ID.SCALAR) {
      grow(open.at(-1)?.extent, { nodes: 1, depth: 0 });
      if (name !== "") anchors.set(name, { nodes: 1, depth: 0 });
    } else {
      open.push({ name, extent: { nodes: 1, depth: 1 } });
    }
  }
  return undefined;
}

function grow(parent: Extent | undefined, child: Extent): void {
  if (parent === undefined) return;
  parent.nodes += child.nodes;
  parent.depth = Math.max(parent.depth, child.depth + 1);
}

function refuseAlias(event: Event, message: string): YamlProblem {
  return { code: "alias", message, path: "", offset: Math.max(placeOf(event), 0) };
}

/** Whether the text before a `---` belongs to the document after it: directives and nothing but comments. */
function isPrologue(text: string, start: number, end: number): boolean {
  if (text.startsWith("---", start)) return false;
  const lines = text.slice(start, Math.min(end, start + MAX_PROLOGUE_CHARS)).split("\n");
  return lines.some((line) => line.startsWith("%")) && lines.every((line) => /^(?:%.*|\s*(?:#.*)?)$/.test(line));
}
