/**
 * Changes of a few fields as edits of lines, and those as a unified diff. A change is only handed out when the changed
 * text, read again, is the object that was meant, so a layout that this file does not understand yields no diff rather
 * than a wrong one.
 */

import { isDeepStrictEqual } from "node:util";
import { formatPath, parsePath, type Segment } from "../kube/path.js";
import { readSources, type SourceText } from "./source.js";

/** One field to set, take away or rename, a map that is not there yet, or an item to put into a list. */
export type Change =
  | { readonly kind: "set"; readonly path: string; readonly value: string | number | boolean }
  | { readonly kind: "map"; readonly path: string; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "rename"; readonly path: string; readonly name: string }
  | { readonly kind: "item"; readonly path: string; readonly value: string | Readonly<Record<string, unknown>> };

/** `removed` lines from `line` (from 1) on give way to `lines`; with none removed these go before `line`. */
export interface LineEdit {
  readonly line: number;
  readonly removed: number;
  readonly lines: readonly string[];
}

type Holder = Record<Segment, unknown>;

const CONTEXT_LINES = 3;

/** The edits that make the changes; undefined where the text's layout does not allow them, or a secret would show. */
export function editsOf(source: SourceText, changes: readonly Change[]): readonly LineEdit[] | undefined {
  const lines = source.text.split("\n");
  const edits: LineEdit[] = [];
  for (const change of changes) {
    const edit = editOf(source, lines, change);
    if (edit === undefined) return undefined;
    const touched = lines.slice(edit.line - 1, edit.line - 1 + edit.removed);
    if (touched.some(isSecret)) return undefined;
    edits.push(edit);
  }
  return meansTheSame(source, lines, edits, changes) ? edits : undefined;
}

function editOf(source: SourceText, lines: readonly string[], change: Change): LineEdit | undefined {
  const segments = parsePath(change.path);
  const key = segments.at(-1);
  const holder = valueAt(source.object, segments.slice(0, -1));
  if (key === undefined || typeof holder !== "object" || holder === null) return undefined;
  const line = source.lineOf(change.path) ?? 0;
  const text = lines[line - 1] ?? "";
  if (change.kind === "item") return itemEdit(source, lines, change);
  const parts = fieldParts(text, String(key));
  const exists = Object.hasOwn(holder, key);
  if (!exists && (change.kind === "set" || change.kind === "map")) {
    return insertion(source, lines, change, holder as Holder);
  }
  if (!exists || parts === undefined || change.kind === "map") return undefined;
  const { lead, name, separator, value, rest } = parts;
  switch (change.kind) {
    case "set": {
      const written = scalar(change.value, name.startsWith('"'));
      return { line, removed: 1, lines: [`${lead}${name}${separator}${written}${rest}`] };
    }
    case "rename":
      return {
        line,
        removed: 1,
        lines: [`${lead}${name.replace(String(key), change.name)}${separator}${value}${rest}`],
      };
    default:
      return removal(lines, line, lead);
  }
}

/** A line that holds one field: what stands before its name, the name with its quotes, and what follows. */
function fieldParts(text: string, key: string) {
  const name = key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = new RegExp(`^(\\s*(?:- +)*)(["']?${name}["']?)(\\s*:\\s*)(.*?)(,?(?:\\s+#.*)?\\s*)$`);
  const [, lead = "", found = "", separator = "", value = "", rest = ""] = pattern.exec(text) ?? [];
  return found === "" ? undefined : { lead, name: found, separator, value, rest };
}

/** A field that its map lacks goes below the last field before it that stands on one line. */
function insertion(
  source: SourceText,
  lines: readonly string[],
  { path, value }: Extract<Change, { kind: "set" | "map" }>,
  holder: Holder,
): LineEdit | undefined {
  const segments = parsePath(path);
  const key = String(segments.at(-1));
  const neighbour = Object.keys(holder).findLast((name) => typeof holder[name] !== "object");
  if (neighbour === undefined) return undefined;
  const line = source.lineOf(formatPath([...segments.slice(0, -1), neighbour])) ?? 0;
  const parts = fieldParts(lines[line - 1] ?? "", neighbour);
  if (parts === undefined) return undefined;
  const indent = parts.lead.replaceAll("-", " ");
  if (!parts.name.startsWith('"')) {
    return { line: line + 1, removed: 0, lines: blockOf({ [key]: value }).map((text) => `${indent}${text}`) };
  }
  // JSON: the last field of its map has no comma after it, so the new one goes before.
  if (typeof value === "object") return undefined;
  return { line, removed: 0, lines: [`${parts.lead}"${key}": ${scalar(value, true)},`] };
}

/** Where the field stood behind the dash of a list item, the next one takes its place there. */
function removal(lines: readonly string[], line: number, lead: string): LineEdit | undefined {
  if (!lead.includes("-")) return { line, removed: 1, lines: [] };
  const next = lines[line] ?? "";
  const indent = " ".repeat(lead.length);
  if (!next.startsWith(indent) || /^[\s#]/.test(next.slice(indent.length))) return undefined;
  return { line, removed: 2, lines: [`${lead}${next.slice(indent.length)}`] };
}

/** A text goes to the end of its list, a map to the start, for where a map ends is not known. */
function itemEdit(
  source: SourceText,
  lines: readonly string[],
  { path, value }: Extract<Change, { kind: "item" }>,
): LineEdit | undefined {
  const list = valueAt(source.object, parsePath(path));
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const isText = typeof value === "string";
  const line = source.lineOf(`${path}[${isText ? list.length - 1 : 0}]`) ?? 0;
  const [, indent] = /^(\s*)- /.exec(lines[line - 1] ?? "") ?? [];
  if (indent === undefined) return undefined;
  if (isText) return { line: line + 1, removed: 0, lines: [`${indent}- ${scalar(value, false)}`] };
  return { line, removed: 0, lines: blockOf(value).map((text, at) => `${indent}${at === 0 ? "- " : "  "}${text}`) };
}

function blockOf(value: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(value).flatMap(([key, each]) => {
    if (typeof each !== "object" || each === null) return [`${key}: ${scalar(each as string, false)}`];
    return [`${key}:`, ...blockOf(each as Readonly<Record<string, unknown>>).map((line) => `  ${line}`)];
  });
}

function scalar(value: string | number | boolean, isQuoted: boolean): string {
  if (typeof value !== "string") return String(value);
  const isWord =
    /^(?:--|\/)?[A-Za-z][\w./:=-]*$/.test(value) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(value);
  const isDuration = /^\d+(?:ms|s|m|h)$/.test(value);
  return (isWord || isDuration) && !isQuoted ? value : JSON.stringify(value);
}

function valueAt(object: unknown, segments: readonly Segment[]): unknown {
  let at = object;
  for (const segment of segments) at = (at as Holder | null | undefined)?.[segment];
  return at;
}

/** Reads the edited text and compares it with the changed object. */
function meansTheSame(
  source: SourceText,
  lines: readonly string[],
  edits: readonly LineEdit[],
  changes: readonly Change[],
): boolean {
  const before = readSources(source.text, source.file).sources.map(({ object }) => object);
  const after = readSources(applyEdits(lines, edits).join("\n"), source.file);
  const at = before.findIndex((object) => isDeepStrictEqual(object, source.object));
  if (at < 0 || after.issues.length > 0) return false;
  const wanted = before.map((object) => structuredClone(object) as unknown as Holder);
  for (const change of changes) makeChange(wanted[at]!, change);
  const found = after.sources.map(({ object }) => object);
  return isDeepStrictEqual(wanted.map(withoutEmpty), found.map(withoutEmpty));
}

function makeChange(object: Holder, change: Change): void {
  const segments = parsePath(change.path);
  const key = segments.at(-1)!;
  const holder = valueAt(object, segments.slice(0, -1)) as Holder;
  if (change.kind === "set" || change.kind === "map") holder[key] = change.value;
  else if (change.kind === "item") {
    const list = holder[key] as unknown[];
    holder[key] = typeof change.value === "string" ? [...list, change.value] : [change.value, ...list];
  } else {
    if (change.kind === "rename") holder[change.name] = holder[key];
    delete holder[key];
  }
}

/** A map that lost its last field is written as nothing. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).map(([key, each]) => [key, withoutEmpty(each)] as const);
  return Object.fromEntries(kept.filter(([, each]) => each !== null && !isEmptyMap(each)));
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** The lines with the edits made. Of edits that touch the same line the first is made. */
function applyEdits(lines: readonly string[], edits: readonly LineEdit[]): string[] {
  const result = [...lines];
  for (const { line, removed, lines: fresh } of compatible(edits).toReversed()) {
    result.splice(line - 1, removed, ...fresh);
  }
  return result;
}

/** In the order of the lines. Equal insertions are one, as when two findings have the same cure. */
function compatible(edits: readonly LineEdit[]): LineEdit[] {
  const kept: LineEdit[] = [];
  let free = 0;
  for (const edit of edits.toSorted((a, b) => a.line - b.line || a.removed - b.removed)) {
    if (edit.line < free || kept.some((other) => isDeepStrictEqual(other, edit))) continue;
    kept.push(edit);
    free = Math.max(free, edit.line + edit.removed);
  }
  return kept;
}

/** A unified diff that `patch -p0` takes; empty without edits. Lines with key material are no context. */
export function unifiedDiff(file: string, text: string, edits: readonly LineEdit[]): string {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const hunks: string[] = [];
  let shift = 0;
  for (const group of hunkGroups(lines, compatible(edits))) {
    const first = group[0]!;
    const last = group.at(-1)!;
    const start = reach(lines, first.line - 1, -1);
    const end = reach(lines, last.line - 1 + last.removed - 1, 1) + 1;
    const body: string[] = [];
    let at = start;
    for (const { line, removed, lines: fresh } of group) {
      body.push(...lines.slice(at, line - 1).map((same) => ` ${same}`));
      body.push(...lines.slice(line - 1, line - 1 + removed).map((gone) => `-${gone}`));
      body.push(...fresh.map((added) => `+${added}`));
      at = line - 1 + removed;
    }
    body.push(...lines.slice(at, end).map((same) => ` ${same}`));
    if (end === lines.length && !text.endsWith("\n")) body.push("\\ No newline at end of file");
    const added = group.reduce((sum, edit) => sum + edit.lines.length - edit.removed, 0);
    const old = end - start;
    hunks.push(`@@ -${old === 0 ? start : start + 1},${old} +${start + 1 + shift},${old + added} @@`, ...body);
    shift += added;
  }
  return hunks.length === 0 ? "" : `--- ${file}\n+++ ${file}\n${hunks.join("\n")}\n`;
}

/** How far context goes from a line, which is the last of its side that is not context. */
function reach(lines: readonly string[], from: number, step: 1 | -1): number {
  let at = from;
  for (let taken = 0; taken < CONTEXT_LINES; taken++) {
    const next = lines[at + step];
    if (next === undefined || isSecret(next)) break;
    at += step;
  }
  return at;
}

function hunkGroups(lines: readonly string[], edits: readonly LineEdit[]): LineEdit[][] {
  const groups: LineEdit[][] = [];
  for (const edit of edits) {
    const before = groups.at(-1)?.at(-1);
    const between = before === undefined ? [] : lines.slice(before.line - 1 + before.removed, edit.line - 1);
    const isNear = before !== undefined && between.length <= 2 * CONTEXT_LINES && !between.some(isSecret);
    if (isNear) groups.at(-1)!.push(edit);
    else groups.push([edit]);
  }
  return groups;
}

/** Key material, and addresses with a password in them. */
function isSecret(line: string): boolean {
  return /keyData|:\/\/[^/\s]*@|[A-Za-z0-9+/=]{60,}/.test(line);
}
