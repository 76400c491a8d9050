/**
 * `npm run bench:soak`: ten million pods that come and go, in a cluster whose nodes are replaced and whose kinds of pods change.
 * Prints memory as it goes. Exits 1 when the core's memory grows after warm-up beyond what is stated here, or the books are
 * wrong.
 */

import { strictEqual } from "node:assert/strict";
import { markdownTable } from "markdown-table";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import type { Cluster, PodTemplate, Scheduler, Token } from "../src/index.js";
import { type Built, loadBuilt } from "./built.js";
import { environmentOf } from "./report.js";

/** What pods of a generation look like: each kind in as many classes. */
const KINDS = ["SchedulingBasic", "PodAntiAffinity", "TopologySpreading", "PreferredPodAffinity"];
const CLASSES = 4;
/** Placements after which other classes come. */
const GENERATION = 50_000;
/** After so many generations their classes come again: more than the budget of the caches holds. */
const GENERATIONS = 40;
/** Pods of one class that come in one call. */
const TURN = 64;
/** Placements after which a node is replaced. Gaps that nodes leave are closed once they are the larger part: while warming up. */
const NODE_LIFE = 200;
const PODS_A_NODE = 5;
/** Classes, relations and indexes may take so much each: the budget is reached while warming up. */
const CACHE_BYTES = 8 * 2 ** 20;
/** Warming up: every class has been there twice. */
const WARM_UP = 2 * GENERATION * GENERATIONS;
/** Bytes of the core at the end, in parts of those after warm-up. */
const MOST_GROWTH = 1.01;
const LINES = 20;
const MIB = 2 ** 20;

interface Sample {
  readonly placed: number;
  readonly coreBytes: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** A cluster in which pods and nodes come and go. */
class Soak {
  readonly #built: Built;
  readonly cluster: Cluster;
  readonly #scheduler: Scheduler;
  /** Of pods that run, the oldest first from `#gone` on. */
  #running: Token[] = [];
  #gone = 0;
  #templates: readonly PodTemplate[] = [];
  placed = 0;

  constructor(built: Built, nodes: number) {
    this.#built = built;
    this.cluster = new built.library.Cluster();
    this.#scheduler = new built.library.Scheduler(this.cluster, { cacheBytes: CACHE_BYTES });
    for (let index = 0; index < nodes; index++) this.cluster.upsertNode(this.#node(index));
  }

  get running(): number {
    return this.#running.length - this.#gone;
  }

  /** Places pods of one class; the oldest that run go when there are too many. */
  turn(count: number): void {
    const { nodeCount } = this.cluster;
    const generation = Math.floor(this.placed / GENERATION) % GENERATIONS;
    if (this.placed % GENERATION < TURN) this.#templates = this.#newTemplates(generation);
    const template = this.#templates[Math.floor(this.placed / TURN) % this.#templates.length]!;
    const placements = this.#scheduler.placeMany(template, count);
    strictEqual(placements.placed, count, placements.unplaced?.message);
    for (let index = 0; index < count; index++) this.#running.push(placements.token(index));
    while (this.running > nodeCount * PODS_A_NODE) this.#forgetOldest();
    const before = Math.floor(this.placed / NODE_LIFE);
    this.placed += count;
    if (Math.floor(this.placed / NODE_LIFE) > before) this.#replaceNode(before % nodeCount);
  }

  #newTemplates(generation: number): PodTemplate[] {
    const { families, worlds } = this.#built;
    return KINDS.flatMap((kind) => {
      const world = families.FAMILIES.find(({ name }) => name === kind)!;
      return Array.from({ length: CLASSES }, (_, index) => {
        const pod = worlds.classPod(world, generation * CLASSES + index);
        return this.#scheduler.class(worlds.named(pod, `${kind}-${generation}-${index}`.toLowerCase()));
      });
    });
  }

  #forgetOldest(): void {
    this.cluster.forget(this.#running[this.#gone++]!);
    if (this.#gone < TURN * this.cluster.nodeCount) return;
    this.#running = this.#running.slice(this.#gone);
    this.#gone = 0;
  }

  /** Under its name, behind all others; its pods stay on the books and are there again. */
  #replaceNode(index: number): void {
    this.cluster.removeNode(`node-${index}`);
    this.cluster.upsertNode(this.#node(index));
  }

  #node(index: number) {
    return this.#built.worlds.nodeNamed(`node-${index}`, `zone-${index % 3}`);
  }

  /** @throws AssertionError when a pod that runs is not on a node, or one that is on a node does not run */
  check(): void {
    let counted = 0;
    for (const { requested } of this.cluster.nodes()) counted += requested.pods ?? 0;
    strictEqual(this.cluster.podCount, this.running);
    strictEqual(counted, this.running);
  }
}

async function main(): Promise<void> {
  const { nodes, pods } = await yargs(hideBin(process.argv))
    .usage("npm run bench:soak -- [options]")
    .options({
      nodes: { type: "number", default: 5_000 },
      pods: { type: "number", default: 10_000_000, describe: "placements; the first four million warm up" },
    })
    .strict()
    .parseAsync();
  const soak = new Soak(await loadBuilt(), nodes);
  const samples: Sample[] = [];
  for (let line = 1; line <= LINES; line++) {
    while (soak.placed < (pods * line) / LINES) soak.turn(TURN);
    soak.check();
    samples.push(sampleOf(soak));
    process.stderr.write(`${soak.placed} placed\n`);
  }
  const { commit, cpu, runtime } = environmentOf("none", "");
  const command = ["npm run bench:soak --", ...hideBin(process.argv)].join(" ");
  process.stdout.write(`\`${command}\`, commit ${commit}; ${runtime}; ${cpu}\n\n${tableOf(samples)}\n`);
  const warm = samples.find(({ placed }) => placed >= WARM_UP) ?? samples[0]!;
  const growth = samples.at(-1)!.coreBytes / warm.coreBytes;
  process.stdout.write(`\nThe core's memory after warm-up: times ${growth.toFixed(4)}; the limit is ${MOST_GROWTH}.\n`);
  if (growth > MOST_GROWTH) process.exitCode = 1;
}

function sampleOf({ placed, cluster }: Soak): Sample {
  const { heapUsed, rss } = process.memoryUsage();
  return { placed, coreBytes: cluster.state.engine.usedBytes, heapBytes: heapUsed, rssBytes: rss };
}

function tableOf(samples: readonly Sample[]): string {
  const rows = samples.map(({ placed, coreBytes, heapBytes, rssBytes }) => [
    placed.toLocaleString("en-US"),
    ...[coreBytes, heapBytes, rssBytes].map((bytes) => (bytes / MIB).toFixed(2)),
  ]);
  return markdownTable([["placed", "core MiB", "heap MiB", "process MiB"], ...rows], { align: "r" });
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
