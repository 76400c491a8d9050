/**
 * `npx tsx bench/size.ts --data FOLDER`: packable cost over bound, and what it took. Boundary: the packing alone for mixes,
 * traces and instances; all of `size` with its checks for manifests. FOLDER holds manifests/, openb/ and vectorpack/ (as
 * published or unpacked); rows whose data is not there are left out and named. `--short` checks counters alone, see size-short.ts.
 */

import { strictEqual } from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { readOffers } from "../src/cli/offers-file.js";
import { Cluster } from "../src/cluster/cluster.js";
import { highsSolver } from "../src/highs.js";
import { pack } from "../src/packing/pack.js";
import type { Problem } from "../src/packing/problem.js";
import type { LinearSolver } from "../src/packing/solver.js";
import { size } from "../src/planning/size.js";
import { SIZE_TARGET } from "../src/planning/size-context.js";
import { assertHolds, type InstanceCounts, packInstances, VECTORPACK, withUnpacked } from "./size-checks.js";
import { checkShort } from "./size-short.js";
import { binsOf, catalogue, karpenterMix, manifestPods, manyKinds, openb } from "./size-worlds.js";

const LIST = "offers/aws-us-east-1.csv";
/** Of the budget of a row, for each of the published instances. */
const INSTANCE_SHARE = 0.15;

interface Row {
  readonly name: string;
  readonly cost: number;
  readonly bound: number;
  readonly nodes: number;
  readonly cpuMs: number;
  readonly more: string;
}

async function main(): Promise<void> {
  const args = await yargs(hideBin(process.argv))
    .options({
      data: { type: "string", default: "", describe: "Folder with manifests/, openb/ and vectorpack/" },
      budget: { type: "number", default: 2_000_000, describe: "Steps a row" },
      short: {
        type: "boolean",
        default: false,
        describe: "Only what must hold, by counters: exit 1 where it does not",
      },
      stride: { type: "number", default: 14, describe: "Every so many of the vectorpack instances; 1 for all" },
      only: { type: "string", default: "", describe: "Rows whose name has this in it" },
    })
    .strict()
    .parse();
  const solver = await highsSolver();
  const types = catalogue(LIST);
  if (args.short) {
    process.exitCode = (await checkShort(types, solver, args.data)) ? 0 : 1;
    return;
  }
  const families = types.filter(({ category }) => /^[cmr]$/.test(category));
  const packings: [string, Problem | undefined][] = [
    ["Karpenter-like mix, 20,000 pods", { kinds: karpenterMix(20_000), types: binsOf(types) }],
    ["60 kinds, 5,000 pods", { kinds: manyKinds(60, 5_000, "60"), types: binsOf(types) }],
    ["300 kinds, 20,000 pods", { kinds: manyKinds(300, 20_000, "300"), types: binsOf(types) }],
    ["300 kinds, 20,000 pods, c m r", { kinds: manyKinds(300, 20_000, "300"), types: binsOf(families) }],
    ["openb default, own types", openb(join(args.data, "openb"), undefined)],
    ["openb default, AWS types", openb(join(args.data, "openb"), types)],
  ];
  const print = ({ name, cost, bound, nodes, cpuMs, more }: Row): void => {
    const gap = bound > 0 ? ((cost / bound - 1) * 100).toFixed(2) : "-";
    console.log(
      `| ${name} | ${nodes} | ${(cost / 1e6).toFixed(4)} | ${gap} % | ${(cpuMs / 1000).toFixed(1)} s | ${more} |`,
    );
  };
  console.log("| what | nodes | cost an hour | gap | CPU | |\n|---|---|---|---|---|---|");
  for (const [name, problem] of packings) {
    if (!name.includes(args.only)) continue;
    if (problem === undefined) console.log(`| ${name} | no data | | | | |`);
    else print(await measurePacking(name, problem, solver, args.budget));
  }
  await measureManifests(args.data, args.only, args.budget, solver, print);
  if ("vectorpack".includes(args.only)) {
    const effort = INSTANCE_SHARE * args.budget;
    await measureInstances(join(args.data, "vectorpack"), args.stride, { solver, effort });
  }
}

async function measureInstances(
  folder: string,
  stride: number,
  options: { readonly solver: LinearSolver; readonly effort: number },
): Promise<void> {
  await withUnpacked(folder, async (unpacked) => {
    for (const set of VECTORPACK) {
      const begun = process.cpuUsage();
      const counts = await packInstances(unpacked, set, stride, options);
      if (counts === undefined) console.log(`| vectorpack ${set} | no data | | | | |`);
      else console.log(instanceRow(set, counts, cpuSince(begun)));
    }
  });
}

function instanceRow(set: string, { instances, proven, over, known, above }: InstanceCounts, cpuMs: number): string {
  const share = ((100 * over) / Math.max(1, known)).toFixed(2);
  return `| vectorpack ${set} | ${instances} instances | ${proven} proven | +${share} % over ${known} optima | ${(cpuMs / 1000).toFixed(1)} s | ${above} bounds above an optimum |`;
}

async function measurePacking(name: string, problem: Problem, solver: LinearSolver, effort: number): Promise<Row> {
  const begun = process.cpuUsage();
  const packed = await pack(problem, { solver, effort, target: SIZE_TARGET });
  const cpuMs = cpuSince(begun);
  assertHolds(problem, packed);
  const nodes = packed.packing!.bins.reduce((sum, { times }) => sum + times, 0);
  return { name, cost: packed.packing!.cost, bound: packed.bound.cost, nodes, cpuMs, more: packed.bound.method };
}

function cpuSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

async function measureManifests(
  data: string,
  only: string,
  budget: number,
  solver: LinearSolver,
  print: (row: Row) => void,
): Promise<void> {
  const folder = join(data, "manifests");
  const [boutique, prometheus] = [join(folder, "online-boutique.yaml"), join(folder, "kube-prometheus")];
  const { offers } = await readOffers("aws/us-east-1");
  const chosen = offers.filter(
    ({ category, labels }) => category !== "t" && labels?.["kubernetes.io/arch"] === "amd64",
  );
  const rows: [string, string[], "node" | undefined][] = [
    ["online-boutique x 30", [boutique], undefined],
    ["kube-prometheus x 30", [prometheus], undefined],
    ["both x 30", [boutique, prometheus], undefined],
    ["both x 30, any node may fail", [boutique, prometheus], "node"],
  ];
  for (const [name, paths, survive] of rows) {
    if (!name.includes(only)) continue;
    if (!existsSync(paths[0]!)) {
      console.log(`| ${name} | no data | | | | |`);
      continue;
    }
    const pods = manifestPods(paths, 30);
    using cluster = new Cluster();
    const begun = process.cpuUsage();
    const found = await size(cluster, pods, chosen, { solver, budget, ...(survive && { survive }) });
    const cpuMs = cpuSince(begun);
    const { schedulable, packable, bound, survives } = found;
    strictEqual(survives?.lost.length ?? 0, 0);
    print({
      name,
      cost: packable!.perHour * 1e6,
      bound: bound!.perHour * 1e6,
      nodes: packable!.nodes,
      cpuMs,
      more: `${bound!.method}; schedulable +${((schedulable!.perHour / packable!.perHour - 1) * 100).toFixed(1)} %`,
    });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
