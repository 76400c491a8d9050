/** What must hold of packings, whatever they took. */

import { strictEqual } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Packed, pack } from "../src/packing/pack.js";
import type { Problem } from "../src/packing/problem.js";
import type { LinearSolver } from "../src/packing/solver.js";
import { vectorpackInstance } from "./size-worlds.js";

/** Everything is in a bin with room for it, before the time counts. */
export function assertHolds({ kinds, types }: Problem, { packing, bound }: Packed): void {
  const held = kinds.map(() => 0);
  for (const { type, counts, times } of packing!.bins) {
    for (const [d, room] of types[type]!.capacity.entries()) {
      strictEqual(kinds.reduce((sum, { sizes }, kind) => sum + (sizes[d] ?? 0) * counts[kind]!, 0) <= room, true);
    }
    for (const [kind, count] of counts.entries()) held[kind]! += count * times;
  }
  for (const [kind, { count }] of kinds.entries()) strictEqual(held[kind], count);
  strictEqual(bound.cost <= packing!.cost, true);
}

export const VECTORPACK = ["Panigrahy", "New", "Triplet"];

/** Of one set of published instances, each `stride`th. */
export interface InstanceCounts {
  readonly instances: number;
  readonly proven: number;
  /** Of how many the optimum is known. */
  readonly known: number;
  /** How many bounds are above it: there must be none. */
  readonly above: number;
  /** What packings cost beyond known optima, as parts of these, added up. */
  readonly over: number;
}

/** Gives the work a folder with the instances of another, which has them as they are published or unpacked. */
export async function withUnpacked<T>(folder: string, work: (unpacked: string) => Promise<T>): Promise<T> {
  const unpacked = mkdtempSync(join(tmpdir(), "stowage-vectorpack-"));
  try {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      if (name.endsWith(".tar.gz")) execFileSync("tar", ["-xzf", join(folder, name), "-C", unpacked]);
      else if (name.endsWith(".tsv") || VECTORPACK.includes(name)) {
        cpSync(join(folder, name), join(unpacked, name), { recursive: true });
      }
    }
    return await work(unpacked);
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

/** Undefined where the set is not in the folder, its instances unpacked. @throws AssertionError */
export async function packInstances(
  folder: string,
  set: string,
  stride: number,
  options: { readonly solver: LinearSolver; readonly effort: number },
): Promise<InstanceCounts | undefined> {
  const summary = join(folder, `${set}_summary.tsv`);
  if (!existsSync(summary) || !existsSync(join(folder, set))) return undefined;
  const counts = { instances: 0, known: 0, above: 0, proven: 0, over: 0 };
  const rows = readFileSync(summary, "utf8").trim().split("\n").slice(1);
  const optima = new Map(rows.map((line) => [line.split("\t")[0]!, Number(line.split("\t")[2])]));
  const names = readdirSync(join(folder, set)).sort();
  for (const name of names.filter((_, at) => at % stride === 0)) {
    const problem = vectorpackInstance(readFileSync(join(folder, set, name), "utf8"));
    if (problem === undefined) continue;
    const packed = await pack(problem, options);
    assertHolds(problem, packed);
    counts.instances++;
    if (packed.packing!.cost === packed.bound.cost) counts.proven++;
    const optimum = optima.get(name.replace(".vbp", "")) ?? -1;
    if (optimum < 0) continue;
    counts.known++;
    if (packed.bound.cost > optimum) counts.above++;
    counts.over += packed.packing!.cost / optimum - 1;
  }
  strictEqual(counts.above, 0);
  return counts;
}
