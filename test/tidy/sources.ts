/** The text of the repository as the house rules see it: files, and files without their comments. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Source {
  /** From the root of the repository, with slashes: `src/kube/quantity.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text with comments blanked; lines keep their numbers, strings stay. */
  readonly code: string;
}

/** Where a rule is broken. `line` counts from 1. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly instead: string;
}

const FOLDERS = ["src", "assembly", "test", "bench", "examples", "scripts", "docs", "schema", ".ci"];
const LEFT_OUT = new Set(["node_modules", "dist", "build", "fixtures", "testdata"]);
/** Written by a build or a package manager, or somebody else's text. */
const GENERATED = new Set(["src/core/binary.ts", "package-lock.json", "LICENSE"]);
const TEXT = /(?:\.(?:ts|mjs|js|json|jsonc|md|ya?ml|go|html|css)|^\.ci\/run)$/;

/** Every text file that is written by hand, in the order of their paths. */
export function readSources(): Source[] {
  const here = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isFile());
  const folders = FOLDERS.filter((folder) => existsSync(join(ROOT, folder)));
  return [...here.map(({ name }) => name), ...folders.flatMap((folder) => listFiles(ROOT, folder))]
    .filter((path) => TEXT.test(path) && !GENERATED.has(path) && !path.split("/").some((part) => LEFT_OUT.has(part)))
    .sort()
    .map((path) => sourceOf(path, readFileSync(join(ROOT, path), "utf8")));
}

/** Files below `root/under`, relative to the root, sorted. */
export function listFiles(root: string, under = ""): string[] {
  return readdirSync(join(root, under), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? listFiles(root, join(under, entry.name)) : [join(under, entry.name)]))
    .sort();
}

export function sourceOf(path: string, text: string): Source {
  return { path, text, code: path.endsWith(".ts") ? withoutComments(text) : text };
}

/** TypeScript or AssemblyScript in one of these top-level folders. */
export function isCode({ path }: Source, folders: readonly string[]): boolean {
  return path.endsWith(".ts") && folders.some((folder) => path.startsWith(`${folder}/`));
}

/** 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** `file:line: rule: what to do instead`, one a line. */
export function formatViolations(violations: readonly Violation[]): string {
  return violations.map(({ path, line, rule, instead }) => `${path}:${line}: ${rule}: ${instead}`).join("\n");
}

/**
 * Strings are matched first, so that `"https://..."` is none; they end at the end of their line at the latest, so a quote
 * in a regular expression misleads for that line alone.
 */
const STRING_OR_COMMENT =
  /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|(?<![\\[])\/\/.*/g;

function withoutComments(text: string): string {
  return text.replace(STRING_OR_COMMENT, (found) => (found.startsWith("/") ? found.replace(/[^\n]/g, " ") : found));
}
