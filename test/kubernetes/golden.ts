/**
 * Golden vectors: worlds, and what the real scheduler of every version answered, kept so that Node alone can compare.
 * `npm run golden` writes them anew; it needs Go.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import type { Compat } from "../../src/scheduler/compat.js";
import type { World } from "../helpers/world-types.js";
import type { OracleWorldAnswer } from "./oracle.js";
import { type PackedWorldAnswer, pack, unpack } from "./pack.js";

const FOLDER = new URL("./golden/", import.meta.url);

/** Answers of this version are kept whole; of the others those that differ from it. */
const BASE: Compat = "1.36";

/** What made a file: its first line. */
export interface Maker {
  /** Of k8s.io/kubernetes; absent for the worlds. */
  readonly kubernetes?: string;
  readonly seed: string;
  readonly worlds: number;
}

/** What is kept, read one by one: all of it at once would be a heap that costs more to collect than to read. */
export interface Kept<T> {
  readonly length: number;
  at(index: number): T;
}

export interface GoldenAnswers {
  readonly maker: Maker;
  readonly answers: Kept<OracleWorldAnswer>;
}

export interface GoldenWorld {
  readonly name: string;
  readonly world: World;
}

/** The worlds by their names. */
export function readGoldenWorlds(): Kept<GoldenWorld> {
  const [, ...lines] = readLines("worlds");
  return { length: lines.length, at: (index) => JSON.parse(lines[index]!) as GoldenWorld };
}

/** One answer a world, in their order. */
export function readGoldenAnswers(compat: Compat): GoldenAnswers {
  const [maker, ...lines] = readLines(compat);
  const base = compat === BASE ? undefined : readGoldenAnswers(BASE).answers;
  const answerAt = (index: number) => {
    const packed = JSON.parse(lines[index]!) as PackedWorldAnswer | null;
    return packed === null ? base!.at(index) : unpack(packed);
  };
  return { maker: JSON.parse(maker!) as Maker, answers: { length: lines.length, at: answerAt } };
}

export function writeGoldenWorlds(maker: Maker, worlds: readonly { name: string; world: World }[]): number {
  return writeLines("worlds", [maker, ...worlds]);
}

/** Returns a count of bytes. `base` are the answers of the version that is kept whole. */
export function writeGoldenAnswers(
  compat: Compat,
  { maker, answers }: { readonly maker: Maker; readonly answers: readonly OracleWorldAnswer[] },
  base: readonly OracleWorldAnswer[],
): number {
  const isBase = compat === BASE;
  const lines = answers.map((answer, index) => {
    const packed = pack(answer);
    const isSame = !isBase && JSON.stringify(packed) === JSON.stringify(pack(base[index]!));
    return isSame ? null : packed;
  });
  return writeLines(compat, [maker, ...lines]);
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`${name}.jsonl.br`, FOLDER));
}

function readLines(name: string): string[] {
  return brotliDecompressSync(readFileSync(pathOf(name)))
    .toString()
    .trimEnd()
    .split("\n");
}

function writeLines(name: string, lines: readonly unknown[]): number {
  const text = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 9,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
  };
  const bytes = brotliCompressSync(text, { params });
  writeFileSync(pathOf(name), bytes);
  return bytes.length;
}
