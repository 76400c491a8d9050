/**
 * `npm run bench:karpenter`: Karpenter's scheduler and `size` on the same pods and types of nodes, one after the other in one
 * run. Ours is `size` of the built package, from objects to a checked answer, ended at its first plan; then all of it. A first
 * plan is told thrice: cold, the first call of a process; after a question of fewer pods; and warm, the fifth call of a process.
 * Every plan of ours is placed again, and every pod of Karpenter's counted, before a time counts. Exit code 77: there is no Go.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { type Built, loadBuilt } from "../../../bench/built.js";
import { Cluster } from "../../../src/cluster/cluster.js";
import { highsSolver } from "../../../src/highs.js";
import { namespacedName, type Pod } from "../../../src/kube/objects.js";
import { type Offer, offerNode } from "../../../src/planning/offers.js";
import { plan } from "../../../src/planning/plan.js";
import type { Size } from "../../../src/planning/size-document.js";
import { Scheduler } from "../../../src/scheduler/scheduler.js";
import { STRATEGIES } from "../../../src/scheduler/strategies.js";
import { askGoProgram, buildGoProgram, type GoProgram, hasGo, outputOf } from "../go-program.js";
import { diversePods, offers, plainPods } from "./worlds.js";

const KARPENTER: GoProgram = { name: "karpenter", sources: fileURLToPath(new URL("./", import.meta.url)) };
const NO_GO = 77;
const SEED = "42";
/** Pods of a question that comes first. */
const WARM_UP = 1000;
/** V8 compiles what runs often, as Go has done beforehand: after so many calls next to nothing is left to compile. */
const CALLS = 5;
const MIXES = { plain: plainPods, diverse: diversePods } as const;
type Mix = keyof typeof MIXES;

/** What main.go answers. */
interface Answer {
  readonly nodes: readonly { readonly type: string; readonly price: number; readonly pods: readonly string[] }[];
  readonly errors: Readonly<Record<string, string>>;
  readonly seconds: number;
  readonly cpu: number;
}

interface Figure {
  readonly seconds: number;
  /** Seconds of processor, all threads together: what a loaded machine leaves comparable. */
  readonly cpu: number;
  readonly nodes: number;
  readonly cost: number;
}

async function main(): Promise<number> {
  const args = await yargs(hideBin(process.argv))
    .options({
      pods: { type: "string", default: "5000,20000", describe: "Numbers of pods" },
      mix: { choices: Object.keys(MIXES) as Mix[], array: true, default: Object.keys(MIXES) },
      all: { type: "boolean", default: true, describe: "Also the whole of size; --no-all ends with the first plan" },
      calls: {
        type: "number",
        hidden: true,
        describe: "Only so many first plans; figures of the first and the last as JSON",
      },
    })
    .strict()
    .parse();
  if (args.calls !== undefined) return firstPlans(args.mix[0] as Mix, Number(args.pods), args.calls);
  if (!hasGo()) {
    process.stdout.write("skipped: no Go, so Karpenter cannot be built\n");
    return NO_GO;
  }
  await buildGoProgram(KARPENTER);
  const built = await loadBuilt();
  for (const mix of args.mix as Mix[]) await firstPlan(built, MIXES[mix](WARM_UP, SEED));
  process.stdout.write(
    "| pods | who | seconds | pods/s | times | CPU s | times | nodes | an hour |\n|---|---|---|---|---|---|---|---|---|\n",
  );
  for (const mix of args.mix as Mix[]) {
    for (const count of args.pods.split(",").map(Number)) {
      const pods = MIXES[mix](count, SEED);
      const theirs = await askKarpenter(pods);
      print(`${count} ${mix}`, "Karpenter", count, theirs, theirs);
      const [cold, warm] = await coldAndWarm(mix, count);
      print("", "stowage, first plan, cold", count, cold, theirs);
      print("", "stowage, first plan", count, await firstPlan(built, pods), theirs);
      print("", "stowage, first plan, warm", count, warm, theirs);
      if (args.all) print("", "stowage", count, await wholeSize(built, pods), theirs);
    }
  }
  return 0;
}

function print(what: string, who: string, pods: number, { seconds, cpu, nodes, cost }: Figure, theirs: Figure): void {
  const [rate, times] = [Math.round(pods / seconds), (theirs.seconds / seconds).toFixed(1)];
  const used = `${cpu.toFixed(3)} | ${(theirs.cpu / cpu).toFixed(1)}`;
  process.stdout.write(
    `| ${what} | ${who} | ${seconds.toFixed(3)} | ${rate} | ${times} | ${used} | ${nodes} | ${cost.toFixed(2)} |\n`,
  );
}

async function askKarpenter(pods: readonly Pod[]): Promise<Figure> {
  const types = offers().map(({ name, price, zones, allocatable }) => ({
    name,
    price,
    zones,
    allocatable: texts(allocatable),
  }));
  const { nodes, errors, seconds, cpu } = JSON.parse(
    await askGoProgram(KARPENTER, JSON.stringify({ pods, types })),
  ) as Answer;
  deepStrictEqual(errors, {});
  const placed = nodes.flatMap((node) => node.pods).sort();
  deepStrictEqual(placed, pods.map(({ metadata }) => metadata?.name ?? "").sort());
  return { seconds, cpu, nodes: nodes.length, cost: nodes.reduce((sum, { price }) => sum + price, 0) };
}

/** Go reads quantities from texts. */
function texts(amounts: Offer["allocatable"]): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, String(amount)]));
}

/** Ended as soon as the search has a plan: the same plan that its progress showed first, repaired and checked. */
async function firstPlan(built: Built, pods: readonly Pod[]): Promise<Figure> {
  let hasPlan = false;
  return measured(built, pods, {
    isOver: () => hasPlan,
    onProgress: ({ cost }: { cost: number }) => {
      hasPlan ||= Number.isFinite(cost);
    },
  });
}

/** In a process of their own. */
async function coldAndWarm(mix: Mix, count: number): Promise<[cold: Figure, warm: Figure]> {
  const args = ["--calls", CALLS, "--mix", mix, "--pods", count].map(String);
  const main = fileURLToPath(import.meta.url);
  return JSON.parse(await outputOf("stowage", process.execPath, ["--import", "tsx", main, ...args], "")) as [
    Figure,
    Figure,
  ];
}

async function firstPlans(mix: Mix, count: number, calls: number): Promise<number> {
  const built = await loadBuilt();
  const figures: Figure[] = [];
  for (let call = 0; call < calls; call++) figures.push(await firstPlan(built, MIXES[mix](count, SEED)));
  process.stdout.write(JSON.stringify([figures[0], figures.at(-1)]));
  return 0;
}

async function wholeSize(built: Built, pods: readonly Pod[]): Promise<Figure> {
  return measured(built, pods, { solver: await highsSolver() });
}

async function measured({ library }: Built, pods: readonly Pod[], options: object): Promise<Figure> {
  const types = offers();
  using cluster = new library.Cluster();
  const begun = performance.now();
  const used = process.cpuUsage();
  const found = await library.size(cluster, pods, types, options);
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(used);
  await assertHolds(found, pods, types);
  const { nodes, perHour } = found.schedulable!;
  return { seconds, cpu: (user + system) / 1e6, nodes, cost: perHour };
}

/** Placed again in a cluster of its own, by the way that the answer names: every pod, each onto the node it was said to get. */
async function assertHolds(found: Size, pods: readonly Pod[], types: readonly Offer[]): Promise<void> {
  strictEqual(found.status, "sized");
  const { repair, placement } = found.schedulable!;
  const byName = new Map(types.map((type) => [type.name, type]));
  using cluster = new Cluster();
  for (const { name, offer = "", zone } of placement) {
    cluster.upsertNode(offerNode(byName.get(offer)!, name, zone, { headroom: 0, reserve: {} }));
  }
  const scheduler = new Scheduler(cluster, repair.strategy === "most" ? { config: STRATEGIES.most } : {});
  const byKey = new Map(pods.map((pod) => [namespacedName(pod), pod]));
  const listed = repair.sequence === undefined ? pods : repair.sequence.map((key) => byKey.get(key)!);
  const order = repair.order === "fleet" ? "listed" : repair.order;
  const { nodes, summary } = await plan(cluster, scheduler, listed, [], { order });
  strictEqual(summary.placed, pods.length);
  const told = new Map(placement.map(({ name, pods: here }) => [name, here]));
  for (const node of nodes) deepStrictEqual(node.pods, told.get(node.name));
  for (const { allocatable, requested } of placement) {
    for (const [name, amount] of Object.entries(requested)) ok(amount <= (allocatable[name] ?? 0));
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
