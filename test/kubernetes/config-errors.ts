/**
 * Our issues as kube-scheduler would print them. It stops at the first step that finds something (decode, validate, build);
 * ours are of all steps at once, so they are told apart here.
 */

import type { Issue } from "../../src/errors.js";
import { parsePath } from "../../src/kube/path.js";

export type Stage = "decode" | "validate" | "build";

const DECODE_CODES = new Set(["unknown-field", "wrong-type", "unsupported-version"]);
const BUILD_CODES = new Set([
  "unknown-plugin",
  "wrong-extension-point",
  "duplicate-plugin",
  "bad-profile",
  "bad-extender",
]);
const TYPE_META = /^(apiVersion|kind)$|\.args\.(apiVersion|kind)$/;

/** @param fitPaths where the args of NodeResourcesFit stand: upstream validates them when it builds the plugin. */
export function stageOf({ code, path }: Issue, fitPaths: readonly string[]): Stage {
  if (DECODE_CODES.has(code) || TYPE_META.test(path)) return "decode";
  if (BUILD_CODES.has(code) || fitPaths.some((fit) => path.startsWith(`${fit}.`))) return "build";
  return "validate";
}

/** `path: sentence`, with what we add to upstream's sentence or path taken off again. */
export function upstreamLine({ path, message }: Issue): string {
  if (message.startsWith("Duplicate value: {}: ")) return `${path}: Duplicate value: {}`;
  return `${upstreamPath(path)}: ${message}`;
}

/** Paths that upstream itself does not write as they stand in the file. */
function upstreamPath(path: string): string {
  return path
    .replace(/\.queueSort\.enabled$/, ".queueSort.Enabled")
    .replace(/(\.preferredDuringSchedulingIgnoredDuringExecution\[\d+\])\.preference/, "$1")
    .replace(/^(profiles\[\d+\]\.pluginConfig)\[\d+\]\.args$/, "$1.args");
}

/** Upstream's one text for unknown fields alone; those of plugin args are nested in it, a plugin at a time. */
export function unknownFieldsText(issues: readonly Issue[], pluginAt: (path: string) => string): string {
  const plain: string[] = [];
  const nested = new Map<string, string[]>();
  for (const { path } of issues) {
    const [, entry, inside = ""] = /^(profiles\[\d+\]\.pluginConfig\[\d+\])\.args\b(.*)$/.exec(path) ?? [];
    if (entry === undefined) plain.push(`unknown field "${unquoted(path)}"`);
    else nested.set(entry, [...(nested.get(entry) ?? []), `unknown field "${unquoted(inside)}"`]);
  }
  const parts = [...nested].map(([entry, fields]) => {
    const inner = `strict decoding error: ${fields.join(", ")}`;
    return `decoding .${entry}: strict decoding error: decoding args for plugin ${pluginAt(entry)}: ${inner}`;
  });
  return `strict decoding error: ${[...plain, ...parts].join(", ")}`;
}

/** Upstream joins all names by dots, whatever is in them. */
function unquoted(path: string): string {
  return parsePath(path).reduce<string>((text, segment) => {
    if (typeof segment === "number") return `${text}[${segment}]`;
    return text === "" ? segment : `${text}.${segment}`;
  }, "");
}

/** Upstream's text for one problem found while building. */
export function buildTexts(issues: readonly Issue[], fitPaths: readonly string[]): readonly string[] {
  const ofFit = fitPaths.flatMap((fit) => {
    const inside = issues.filter(({ path }) => path.startsWith(`${fit}.`));
    if (inside.length === 0) return [];
    const lines = [...new Set(inside.map(({ path, message }) => `${path.slice(fit.length + 1)}: ${message}`))];
    return [`initializing plugin "NodeResourcesFit": ${lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`}`];
  });
  return [...ofFit, ...issues.map(({ message }) => message)];
}
