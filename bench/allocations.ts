/**
 * Run as a process of its own with --expose-gc and a young generation too large to fill: then nothing is collected while
 * cycles run, and the growth of the heap is what they allocated. A loop that allocates on purpose shows that it counts.
 */

import { type Built, loadBuilt } from "./built.js";
import { RawCycles } from "./kernels.js";
import { setStage, settle } from "./stage.js";
import { FAMILIES, type Family, PLAIN } from "./worlds.js";

export interface Allocations {
  readonly family: string;
  readonly nodes: number;
  readonly heapBytesACycle: number;
  /** Growth of the core's own memory over all rounds. */
  readonly arenaBytes: number;
}

const CYCLES = 100_000;
/** The least of several rounds: what cycles allocate shows in each, what compiling takes only in the first ones. */
const MOST_ROUNDS = 10;
/** Cycles before the counting, in which the runtime compiles. */
const WARMUP = 20_000;
/** Cycles between two undoings, which allocate nothing either. */
const BATCH = 16;
/** An object with one number takes at least this much. */
const SMALLEST_OBJECT_BYTES = 16;

function collect(): void {
  if (globalThis.gc === undefined) throw new Error("run this with --expose-gc");
  globalThis.gc();
}

/** Bytes of heap that one call of `work` takes, over `calls` calls. @throws Error when the heap was collected meanwhile */
function heapBytesACall(calls: number, work: (call: number) => void): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let call = 0; call < calls; call++) work(call);
  const bytes = (process.memoryUsage().heapUsed - before) / calls;
  if (bytes < -1) throw new Error("the heap was collected while it was watched: the young generation is too small");
  return bytes;
}

function assertCounts(): void {
  let last = { call: 0 };
  const bytes = heapBytesACall(CYCLES, (call) => {
    last = { call: call + last.call };
  });
  if (bytes < SMALLEST_OBJECT_BYTES) throw new Error(`the heap grew by ${bytes} bytes an object: nothing is counted`);
}

function countAllocations(built: Built, nodeCount: number, family: Family, seed: string): Allocations {
  const stage = setStage(built, nodeCount, family.world, seed);
  settle(stage, family);
  const { core } = stage.cluster.state.engine;
  const cycles = new RawCycles(stage, family);
  const cycle = (call: number): void => {
    cycles.decide();
    if (call % BATCH === BATCH - 1) cycles.undo();
  };
  heapBytesACall(WARMUP, cycle);
  const arenaBefore = core.arenaBytes();
  let heapBytesACycle = Number.POSITIVE_INFINITY;
  for (let round = 0; round < MOST_ROUNDS && heapBytesACycle > 0; round++) {
    heapBytesACycle = Math.min(heapBytesACycle, heapBytesACall(CYCLES, cycle));
  }
  return { family: family.name, nodes: nodeCount, heapBytesACycle, arenaBytes: core.arenaBytes() - arenaBefore };
}

async function main(): Promise<void> {
  const seed = process.argv[2] ?? "1";
  heapBytesACall(WARMUP, () => undefined);
  assertCounts();
  const built = await loadBuilt();
  const found = FAMILIES.map((family) => countAllocations(built, 40, family, seed));
  process.stdout.write(JSON.stringify([...found, countAllocations(built, 5_000, PLAIN, seed)]));
}

await main();
