/**
 * `npm run bench:families`: every family of scheduler_perf at the engine boundary (decision and assume in the core, making the
 * index included), with 1, 16 and 64 classes interleaved, beside the scan that it must agree with.
 */

import { strictEqual } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { markdownTable } from "markdown-table";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import type { Cluster, Scheduler } from "../src/index.js";
import type { Pod } from "../src/kube/objects.js";
import { VERSIONS } from "../src/scheduler/compat.js";
import { type Built, loadBuilt } from "./built.js";
import { classPod, colorOf, FAMILY_WORLDS, type FamilyWorld, familyNodes, residentPod } from "./family-worlds.js";
import { environmentOf } from "./report.js";

/** Decisions that index and scan are compared on before anything is timed. */
const COMPARED = 60;
/** Decisions that are timed one by one. */
const SINGLE = 4_000;
/** Decisions that are timed together for the throughput. */
const CHUNK = 32;
const NS_A_US = 1e3;

interface Row {
  readonly family: string;
  readonly nodes: number;
  readonly classes: number;
  /** Whether the core answered from an index. */
  readonly by: "index" | "scan";
  readonly pods: number;
  readonly podsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Median of one decision by a scheduler without index, API boundary. */
  readonly scanUs: number;
  /** Of the core's memory, for one class. */
  readonly bytesAClass: number;
}

interface Setting {
  readonly built: Built;
  readonly world: FamilyWorld;
  readonly nodes: number;
  readonly classes: number;
  readonly mostPods: number;
}

async function main(): Promise<void> {
  const args = await yargs(hideBin(process.argv))
    .usage("npm run bench:families -- [options]")
    .options({
      nodes: { type: "string", default: "1000,5000,15000", describe: "counts of nodes" },
      classes: { type: "string", default: "1,16,64", describe: "counts of classes, interleaved" },
      pods: { type: "number", default: 50_000, describe: "most pods that are placed" },
      family: { type: "string", array: true, describe: "only these", choices: FAMILY_WORLDS.map(({ name }) => name) },
      output: { alias: "o", choices: ["markdown", "json"] as const, default: "markdown" as const },
      file: { type: "string", describe: "write there instead of to stdout" },
    })
    .strict()
    .parseAsync();
  const built = await loadBuilt();
  const worlds = FAMILY_WORLDS.filter(({ name }) => args.family?.includes(name) ?? true);
  const rows: Row[] = [];
  for (const nodes of args.nodes.split(",").map(Number)) {
    for (const classes of args.classes.split(",").map(Number)) {
      for (const world of worlds) {
        process.stderr.write(`${world.name}, ${nodes} nodes, ${classes} classes\n`);
        rows.push(measure({ built, world, nodes, classes, mostPods: args.pods }));
      }
    }
  }
  const environment = environmentOf("none", ["npm run bench:families --", ...hideBin(process.argv)].join(" "));
  const text = args.output === "json" ? `${JSON.stringify({ environment, rows }, undefined, 2)}\n` : tableOf(rows);
  if (args.file === undefined) process.stdout.write(text);
  else writeFileSync(args.file, text);
}

function tableOf(rows: readonly Row[]): string {
  const head = ["family", "nodes", "classes", "by", "pods", "pods/s", "p50 us", "p99 us", "scan us", "bytes a class"];
  const cells = rows.map((row) => [
    row.family,
    row.nodes,
    row.classes,
    row.by,
    row.pods,
    Math.round(row.podsPerSecond),
    row.p50Us.toFixed(2),
    row.p99Us.toFixed(2),
    row.scanUs.toFixed(0),
    Math.round(row.bytesAClass),
  ]);
  return `${markdownTable([head, ...cells.map((line) => line.map(String))])}\n`;
}

/** A cluster with nodes, objects and residents, the residents where a scheduler put them. */
function settle({ built, world, nodes, classes }: Setting): Cluster {
  const cluster = new built.library.Cluster();
  for (let index = 0; index < classes; index++) {
    for (const object of world.objectsOf?.(colorOf(index)) ?? []) cluster.upsertObject(object);
  }
  for (const node of familyNodes(world, nodes)) cluster.upsertNode(node);
  const scheduler = new built.library.Scheduler(cluster);
  for (let index = 0; index < world.residents(nodes); index++) scheduler.place(residentPod(world, index, classes));
  return cluster;
}

function measure(setting: Setting): Row {
  const { world, nodes, classes } = setting;
  const cluster = settle(setting);
  const pods = Array.from({ length: classes }, (_, index) => classPod(world, index));
  const scanUs = compare(setting.built, cluster, pods);
  const single = new IndexedCycles(setting.built, cluster, pods, "single").time(SINGLE);
  const core = new IndexedCycles(setting.built, cluster, pods, "first");
  const { placed, ns } = core.run(setting.mostPods);
  const row = {
    family: world.name,
    nodes,
    classes,
    by: core.isIndexed ? ("index" as const) : ("scan" as const),
    pods: placed,
    podsPerSecond: (placed * 1e9) / ns,
    p50Us: quantile(single, 0.5) / NS_A_US,
    p99Us: quantile(single, 0.99) / NS_A_US,
    scanUs,
    bytesAClass: core.bytesAClass,
  };
  cluster.dispose();
  return row;
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted.length === 0 ? Number.NaN : sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

/** Compares schedulers with and without index; everything placed is taken back. Returns the median of the latter, us. */
function compare(built: Built, cluster: Cluster, pods: readonly Pod[]): number {
  const [fast, boring] = [true, false].map((isIndexed) => new built.library.Scheduler(cluster, { isIndexed }));
  const placed: string[] = [];
  const scans: number[] = [];
  for (let turn = 0; turn < COMPARED; turn++) {
    const pod = named(pods[turn % pods.length]!, `compared-${turn}`);
    const start = nowNs();
    const expected = boring!.schedule(pod);
    scans.push(nowNs() - start);
    const found = fast!.place(pod);
    strictEqual(answerOf(found), answerOf(expected));
    if (found.status === "placed") placed.push(found.key);
  }
  for (const key of placed) cluster.removePod(key);
  return median(scans) / NS_A_US;
}

function answerOf(decision: ReturnType<Scheduler["place"]>): string {
  return decision.status === "placed" ? `${decision.node} ${decision.score}` : decision.status;
}

function named(pod: Pod, name: string): Pod {
  return { ...pod, metadata: { ...pod.metadata, name } };
}

/** Deciding and occupying in the core alone, from indexes that are made when the clock runs. */
class IndexedCycles {
  readonly #cluster: Cluster;
  readonly #orders: number[] = [];
  readonly #makers: (() => void)[] = [];
  readonly #results: number;
  isIndexed = true;
  bytesAClass = 0;

  constructor(built: Built, cluster: Cluster, pods: readonly Pod[], prefix: string) {
    this.#cluster = cluster;
    const { engine, shapes } = cluster.state;
    const { ids } = engine;
    const ready = built.profiles.readyProfiles(cluster, undefined, [], VERSIONS["1.36"]).get("default-scheduler")!;
    const scheduler = new built.library.Scheduler(cluster);
    // One pod of each class stays, so that kinds of pods and their tallies exist.
    const first = pods.map((pod) => scheduler.place(named(pod, `${prefix}-${pod.metadata?.name}`)));
    this.#results = engine.alloc(64);
    for (const pod of pods) {
      const podClass = ready.classes.of(shapes.of(pod));
      ready.relations.of(pod);
      const order = engine.alloc(ids.ORDER_FIELDS * 8);
      this.#orders.push(order);
      this.#makers.push(() => {
        const relations = ready.relations.of(pod);
        // A plain class gets its index when it is asked about for the second time.
        ready.indexes.find(podClass, relations);
        const index = ready.indexes.find(podClass, relations) >>> 0;
        const fields = engine.doublesAt(order, ids.ORDER_FIELDS);
        fields[ids.ORDER_INDEX] = index;
        fields[ids.ORDER_OCCUPANCY] = podClass.shape.occupancy.block;
        const { key } = first[this.#orders.indexOf(order)]!;
        fields[ids.ORDER_TALLIES] = cluster.state.pods.get(key)?.kin?.list ?? 0;
        fields[ids.ORDER_SLOTS] = this.#results;
        fields[ids.ORDER_TOTALS] = this.#results + 16;
        if (index === 0) this.isIndexed = false;
      });
    }
  }

  /** Makes the indexes and places up to `most` pods, class after class. A class that has no room left is passed over. */
  run(most: number): { readonly placed: number; readonly ns: number } {
    const { engine } = this.#cluster.state;
    const { core } = engine;
    const orders = this.#orders;
    const before = core.arenaBytes();
    const start = process.cpuUsage();
    for (const make of this.#makers) make();
    const { user, system } = process.cpuUsage(start);
    const buildNs = (user + system) * NS_A_US;
    if (!this.isIndexed) return { placed: 0, ns: Number.NaN };
    this.bytesAClass = (core.arenaBytes() - before) / orders.length;
    const chunks: number[] = [];
    let placed = 0;
    let full = 0;
    for (let turn = 0; placed < most && full < orders.length; ) {
      const begun = nowNs();
      for (const end = turn + CHUNK; turn < end; turn++) {
        const found = core.indexPlace(orders[turn % orders.length]!, 1);
        placed += found;
        full = found === 0 ? full + 1 : 0;
      }
      chunks.push(nowNs() - begun);
    }
    return { placed, ns: buildNs + undisturbed(chunks) };
  }

  /** Times decisions one by one, and takes them back. Nanoseconds, sorted. */
  time(count: number): Float64Array {
    const { engine } = this.#cluster.state;
    const { core, ids } = engine;
    for (const make of this.#makers) make();
    if (!this.isIndexed) return new Float64Array(0);
    const taken = new Float64Array(count);
    const undo: (() => void)[] = [];
    for (let turn = 0; turn < count; turn++) {
      const order = this.#orders[turn % this.#orders.length]!;
      const start = process.hrtime.bigint();
      const found = core.indexPlace(order, 1);
      taken[turn] = Number(process.hrtime.bigint() - start);
      if (found === 0) continue;
      const slot = engine.wordsAt(this.#results, 1)[0]!;
      const fields = engine.doublesAt(order, ids.ORDER_FIELDS);
      const [occupancy, tallies] = [fields[ids.ORDER_OCCUPANCY]!, fields[ids.ORDER_TALLIES]!];
      undo.push(() => {
        core.nodesOccupy(slot, occupancy, -1);
        if (tallies !== 0) core.talliesMove(tallies, slot, -1);
      });
    }
    for (const takeBack of undo) takeBack();
    return taken.sort();
  }
}

function nowNs(): number {
  return Number(process.hrtime.bigint());
}

/** As if all chunks had taken as long as the middle one: other programs have the processor in some of them. */
function undisturbed(chunks: readonly number[]): number {
  return median(chunks) * chunks.length;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
