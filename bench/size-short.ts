/**
 * `npm run bench:size -- --short`: what must hold of sizing, by counters and not by time. Every packing is checked, no bound may be
 * above a known optimum, and no gap may be worse than the one recorded here; the same input, seed and budget give the same gap on
 * every machine.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { pack } from "../src/packing/pack.js";
import type { Problem } from "../src/packing/problem.js";
import type { LinearSolver } from "../src/packing/solver.js";
import { assertHolds, packInstances, VECTORPACK, withUnpacked } from "./size-checks.js";
import { binsOf, type CatalogueType, karpenterMix, manyKinds } from "./size-worlds.js";

const BUDGET = 200_000;
/** Every so many of the published instances. */
const STRIDE = 60;

interface Recorded {
  readonly name: string;
  /** Cost over bound, less 1, in per cent: what BUDGET steps came to when this was written. */
  readonly gap: number;
  readonly problem: (types: readonly CatalogueType[]) => Problem;
}

const RECORDED: readonly Recorded[] = [
  {
    name: "Karpenter-like mix, 5,000 pods",
    gap: 0.469,
    problem: (types) => ({ kinds: karpenterMix(5_000), types: binsOf(types) }),
  },
  {
    name: "20 kinds, 2,000 pods",
    gap: 0.245,
    problem: (types) => ({ kinds: manyKinds(20, 2_000, "20"), types: binsOf(types) }),
  },
];

/** Prints a line a check. @param data folder with vectorpack/, as it is published or unpacked. @returns whether all hold */
export async function checkShort(
  types: readonly CatalogueType[],
  solver: LinearSolver,
  data: string,
): Promise<boolean> {
  let isGood = true;
  for (const { name, gap, problem } of RECORDED) {
    const given = problem(types);
    const packed = await pack(given, { solver, effort: BUDGET, target: 0.0005 });
    assertHolds(given, packed);
    const now = 100 * (packed.packing!.cost / packed.bound.cost - 1);
    const isWorse = now > gap;
    isGood &&= !isWorse;
    console.log(`${name}: gap ${now.toFixed(3)} %, ${isWorse ? "WORSE than" : "recorded"} ${gap} %`);
  }
  return (await checkInstances(join(data, "vectorpack"), solver)) && isGood;
}

async function checkInstances(folder: string, solver: LinearSolver): Promise<boolean> {
  if (!existsSync(folder)) {
    console.log(`skipped: no published instances in ${folder} (--data FOLDER)`);
    return true;
  }
  return withUnpacked(folder, async (unpacked) => {
    for (const set of VECTORPACK) {
      const counts = await packInstances(unpacked, set, STRIDE, { solver, effort: BUDGET / 4 });
      if (counts === undefined) console.log(`skipped: no instances of ${set} in ${folder}`);
      else console.log(`vectorpack ${set}: ${counts.known} known optima, ${counts.above} bounds above one`);
    }
    return true;
  });
}
