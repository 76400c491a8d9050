/** Rules about what a line may say, and about the length of files and functions. */

import { isCode, lineAt, type Source, type Violation } from "./sources.js";

const MAX_FILE_LINES = 500;
const MAX_FUNCTION_LINES = 70;
const CODE = ["src", "assembly", "test", "bench", "examples", "scripts"];
const ENGINE = ["src/kube", "src/core", "src/cluster", "src/scheduler", "src/packing", "src/planning"];
/** It spells the words that it forbids. */
const WORD_LIST = "test/tidy/lines.ts";

interface LineRule {
  readonly rule: string;
  readonly instead: string;
  readonly pattern: RegExp;
  readonly concerns: (source: Source) => boolean;
  /** Searched: the code without comments, or all the text. */
  readonly where: "code" | "text";
}

const LINE_RULES: readonly LineRule[] = [
  {
    rule: "decisions read no clock and no dice",
    instead: "take the time or the seed as a parameter",
    pattern: /\bMath\.random\b|\bDate\.now\b|\bnew Date\(|\bDate\(\)|\bperformance\b|\bhrtime\b/g,
    concerns: (source) => isCode(source, ENGINE),
    where: "code",
  },
  {
    rule: "only src/core compiles and runs WebAssembly",
    instead: "call src/core; elsewhere only the type WebAssembly.Module may be named, to hand a module through",
    pattern: /\bWebAssembly\b\.(?!Module\b(?!\())/g,
    concerns: (source) => isCode(source, ["src"]) && !source.path.startsWith("src/core/"),
    where: "code",
  },
  {
    rule: "argv, streams and exit codes are main's",
    instead: "take a Terminal or return a code; src/cli/main.ts knows the process",
    pattern: /(?<![\w.])process\.\w+|(?<![\w.])console\.\w+/g,
    concerns: (source) => isCode(source, ["src"]) && source.path !== "src/cli/main.ts",
    where: "code",
  },
  {
    rule: "tests have seeds",
    instead: "draw from randomOf(seed) of test/helpers/random.ts, or from fast-check",
    pattern: /\bMath\.random\b/g,
    concerns: (source) => isCode(source, ["test", "bench", "examples"]),
    where: "code",
  },
  {
    rule: "no test is left out silently",
    instead: 'use test.skipIf with a printed reason, or context.skip("the reason")',
    pattern: /\b(?:test|it|describe)\.(?:only|skip|todo)\b|\.skip\(\s*\)/g,
    concerns: (source) => source.path.endsWith(".test.ts"),
    where: "code",
  },
  {
    rule: "nothing is left for later",
    instead: "do it, or open an issue and say nothing here",
    pattern: /\b(?:TODO|FIXME|XXX|HACK|WIP)\b/g,
    concerns: () => true,
    where: "text",
  },
  {
    rule: "checks are not switched off",
    instead: "make the code pass them",
    pattern: /@ts-(?:ignore|expect-error|nocheck)|biome-ignore|eslint-disable/g,
    concerns: (source) => isCode(source, CODE),
    where: "text",
  },
  {
    rule: "a published file knows nothing of the machine and the work that made it",
    instead: "say it in terms of the project",
    pattern:
      /(?<![\w.])\/(?:work|root|home|Users)\/\w|\bissue #?\d|\b(?:chat|coding|AI|LLM)[- ](?:session|agent|assistant)s?\b/gi,
    concerns: () => true,
    where: "text",
  },
  {
    rule: "plain words",
    instead: "say what it does, with a number where there is one",
    pattern:
      /\b(?:blazing(?:ly)?|seamless(?:ly)?|cutting[- ]edge|state[- ]of[- ]the[- ]art|supercharge[ds]?|game[- ]changing|world[- ]class)\b|\p{Emoji_Presentation}/giu,
    concerns: () => true,
    where: "text",
  },
];

export function lineViolations(sources: readonly Source[]): Violation[] {
  return sources
    .filter(({ path }) => path !== WORD_LIST)
    .flatMap((source) =>
      LINE_RULES.filter(({ concerns }) => concerns(source)).flatMap(({ rule, instead, pattern, where }) =>
        [...source[where].matchAll(pattern)].map((match) => ({
          path: source.path,
          line: lineAt(source[where], match.index),
          rule: `${rule} ("${match[0]}")`,
          instead,
        })),
      ),
    );
}

export function lengthViolations(sources: readonly Source[]): Violation[] {
  return sources
    .filter((source) => isCode(source, CODE))
    .flatMap((source) => [...longFile(source), ...longFunctions(source)]);
}

function longFile({ path, text }: Source): Violation[] {
  const lines = text.trimEnd().split("\n").length;
  if (lines <= MAX_FILE_LINES) return [];
  return [
    { path, line: lines, rule: `a file has at most ${MAX_FILE_LINES} lines`, instead: "it has two subjects: split it" },
  ];
}

/**
 * The formatter puts the end of a function under its beginning, so a function lasts from the line that opens it to the
 * next one of the same indentation that closes a bracket and opens none. A block of tests is a list, not a function.
 */
function longFunctions({ path, code }: Source): Violation[] {
  const lines = code.split("\n");
  const violations: Violation[] = [];
  for (const [opening, line] of lines.entries()) {
    const indent = OPENS_FUNCTION.exec(line)?.[1];
    if (indent === undefined || IS_NO_FUNCTION.test(line)) continue;
    const start = line.startsWith(`${indent})`) ? headOf(lines, opening, indent) : opening;
    const closes = new RegExp(`^${indent}[)}\\]](?!.*[({[]$)`);
    const length = lines.slice(opening + 1).findIndex((next) => closes.test(next)) + 2 + opening - start;
    if (length <= MAX_FUNCTION_LINES) continue;
    const rule = `a function has at most ${MAX_FUNCTION_LINES} lines (this one ${length})`;
    violations.push({ path, line: start + 1, rule, instead: "give its parts names" });
  }
  return violations;
}

/** The line on which a head begins that was broken over several lines and ends with `): Type {`. */
function headOf(lines: readonly string[], end: number, indent: string): number {
  const isHead = (line: string): boolean => line.startsWith(indent) && /^[^\s)}]/.test(line.slice(indent.length));
  return lines.slice(0, end).findLastIndex(isHead);
}

/** A declaration, an arrow, a method, or the last line of a head of several lines. */
const OPENS_FUNCTION =
  /^( *)(?:.*\bfunction\b.*\{|.*=> [({[]+|(?:(?:static|async|get|set) )*[*#]?\w+(?:<.*>)?\(.*\).* \{|\).* \{)$/;
const IS_NO_FUNCTION = /^ *(?:if|for|while|switch|catch|with)\b|\bdescribe\b.*=> \{$/;
