/**
 * `npm run bench:scale -- --nodes 100000 --pods 1000000`: loading nodes as objects, then placing pods of sixteen templates in
 * turns by `placeMany`, with the books kept. Prints CPU seconds and memory; checks that every pod stands where it was counted.
 */

import { strictEqual } from "node:assert/strict";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { loadBuilt } from "./built.js";
import { environmentOf } from "./report.js";
import { PLAIN, TEMPLATES, templatePods, worldNodes } from "./worlds.js";

/** Pods of one template at a time. */
const TURN = 64;
const MIB = 2 ** 20;

async function main(): Promise<void> {
  const { nodes: nodeCount, pods: podCount } = await yargs(hideBin(process.argv))
    .usage("npm run bench:scale -- [options]")
    .options({
      nodes: { type: "number", default: 100_000 },
      pods: { type: "number", default: 1_000_000 },
    })
    .strict()
    .parseAsync();
  const { library } = await loadBuilt();
  const nodes = worldNodes(nodeCount, "plain", "1");
  const loading = process.cpuUsage();
  const cluster = new library.Cluster();
  for (const node of nodes) cluster.upsertNode(node);
  const loadSeconds = secondsSince(loading);
  const scheduler = new library.Scheduler(cluster);
  const templates = templatePods(PLAIN, "1").map((pod) => scheduler.class(pod));
  const begun = process.cpuUsage();
  const startMs = performance.now();
  let placed = 0;
  for (let turn = 0; placed < podCount; turn++) {
    const placements = scheduler.placeMany(templates[turn % TEMPLATES]!, Math.min(TURN, podCount - placed));
    placed += placements.placed;
    if (placements.unplaced !== undefined) break;
  }
  const placeSeconds = secondsSince(begun);
  const wallSeconds = (performance.now() - startMs) / 1e3;
  strictEqual(cluster.podCount, placed);
  let counted = 0;
  for (const { requested } of cluster.nodes()) counted += requested.pods ?? 0;
  strictEqual(counted, placed);
  const { rss, heapUsed } = process.memoryUsage();
  const report = {
    environment: environmentOf("1", ["npm run bench:scale --", ...hideBin(process.argv)].join(" ")),
    nodes: nodeCount,
    pods: placed,
    loadSeconds,
    placeSeconds,
    wallSeconds,
    podsPerCpuSecond: placed / placeSeconds,
    rssMib: rss / MIB,
    heapMib: heapUsed / MIB,
    coreMib: cluster.state.engine.usedBytes / MIB,
  };
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
}

/** CPU time of the process, compiling and collecting included. */
function secondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
