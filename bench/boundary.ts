/** The wall itself: what a call through it costs, what a cycle allocates, what a node and the binaries weigh. */

import { readFileSync } from "node:fs";
import type { Allocations } from "./allocations.js";
import { type Built, builtUrl, repositoryPath } from "./built.js";
import { run } from "./child.js";
import type { Counter, Figure } from "./report.js";
import { type Budget, sample, sampledOfRuns } from "./sampling.js";
import type { Stage } from "./stage.js";
import { worldNodes } from "./worlds.js";

const CALLS = 1_000;
const IMPORTS = 20;

/** No cycle allocates: the smallest object takes more than this. */
const HEAP_BYTES_A_CYCLE = 1;
/** Tiles, bounds, columns of five resources and of the running cycle; and what growing leaves in free lists. */
const BYTES_A_SLOT = 384;
const WASM_BYTES = { "core.wasm": 58_368, "core.scalar.wasm": 49_152 } as const;

/** One call into the module that does next to nothing. */
export function measureCrossing(stage: Stage, budget: Budget): Figure {
  const { core } = stage.cluster.state.engine;
  const crossing = (): void => {
    for (let call = 0; call < CALLS; call++) core.nodesCount();
  };
  const { meanNs, p50Ns, p99Ns, samples } = sample("crossing", { run: crossing }, budget);
  return {
    name: `one call through the wall, mean of ${CALLS}`,
    boundary: "engine",
    nodes: 0,
    perSecond: (CALLS * 1e9) / meanNs,
    p50Ns: p50Ns / CALLS,
    p99Ns: p99Ns / CALLS,
    samples,
  };
}

/** Memory of the core for each node that there is room for, on a cluster that holds nothing but nodes. */
export function countBytes({ library }: Built, nodeCount: number, seed: string): Counter {
  using cluster = new library.Cluster();
  for (const node of worldNodes(nodeCount, "plain", seed)) cluster.upsertNode(node);
  const { engine } = cluster.state;
  const value = engine.usedBytes / engine.core.nodesCapacity();
  return { name: "bytes of the core's memory a slot", nodes: nodeCount, value, limit: BYTES_A_SLOT };
}

export function countBinaries(): Counter[] {
  return Object.entries(WASM_BYTES).map(([name, limit]) => {
    const value = readFileSync(repositoryPath(`build/${name}`)).length;
    return { name: `bytes of ${name}`, nodes: 0, value, limit };
  });
}

/** Counts what cycles allocate, in a process of its own. @throws Error when that process fails */
export async function countAllocations(seed: string): Promise<Counter[]> {
  const young = ["--max-semi-space-size=256", "--min-semi-space-size=256"];
  const args = ["--expose-gc", ...young, "--import", "tsx", repositoryPath("bench/allocations.ts"), seed];
  const { stdout, exitCode } = await run(process.execPath, args);
  if (exitCode !== 0) throw new Error(`counting allocations ended with exit code ${exitCode}`);
  return (JSON.parse(stdout) as Allocations[]).flatMap(({ family, nodes, heapBytesACycle, arenaBytes }) => [
    { name: `heap bytes a cycle, ${family}`, nodes, value: heapBytesACycle, limit: HEAP_BYTES_A_CYCLE },
    { name: `core memory grown by 100,000 cycles and more, ${family}`, nodes, value: arenaBytes, limit: 0 },
  ]);
}

/** Importing the library, and importing it and making a cluster, each in fresh processes. */
export async function measureImport(runs = IMPORTS): Promise<Figure[]> {
  const library = JSON.stringify(builtUrl("index.js"));
  const imported = `const { Cluster } = await import(${library});`;
  return [
    await timeInside("import of the library", imported, runs),
    await timeInside("import and a first Cluster", `${imported} new Cluster();`, runs),
  ];
}

async function timeInside(name: string, code: string, runs: number): Promise<Figure> {
  const timed = `const start = performance.now(); ${code} console.log(performance.now() - start);`;
  const millis: number[] = [];
  for (let turn = 0; turn < runs; turn++) {
    const { stdout, exitCode } = await run(process.execPath, ["--input-type=module", "--eval", timed]);
    if (exitCode !== 0) throw new Error(`${name} ended with exit code ${exitCode}`);
    millis.push(Number(stdout));
  }
  const { p50Ns, p99Ns, samples } = sampledOfRuns(millis);
  return { name, boundary: "end to end", nodes: 0, p50Ns, p99Ns, samples };
}
