/** Inputs for the bench of sizing: manifests many times over, mixes of kinds, traces and published instances. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Pod } from "../src/kube/objects.js";
import { parseManifests } from "../src/manifests.js";
import type { BinType, ItemKind, Problem } from "../src/packing/problem.js";
import { randomOf } from "../test/helpers/random.js";

/** A catalogue type: milli cpu, MiB, pods, and millionths of a dollar an hour. */
export interface CatalogueType {
  readonly name: string;
  readonly category: string;
  readonly extended: string;
  readonly cpuMilli: number;
  readonly memoryMib: number;
  readonly pods: number;
  readonly cost: number;
}

/** The amd64 types of a list of offers, without burstable ones. */
export function catalogue(file: string): CatalogueType[] {
  const lines = readFileSync(file, "utf8").trim().split("\n").slice(1);
  return lines
    .map((line) => line.split(","))
    .filter((cells) => cells[1] === "amd64" && cells[7] !== "t")
    .map((cells) => ({
      name: cells[0]!,
      category: cells[7]!,
      extended: cells[6]!,
      cpuMilli: Number(cells[2]),
      memoryMib: Number(cells[3]),
      pods: Number(cells[5]),
      cost: Math.round(Number(cells[9]) * 1e6),
    }));
}

export function binsOf(types: readonly CatalogueType[]): BinType[] {
  return types.map(({ cpuMilli, memoryMib, pods, cost }) => ({ capacity: [cpuMilli, memoryMib, pods], cost }));
}

/** Requests as of Karpenter's own benchmark: thirty pairs of cpu and memory, equally often. */
export function karpenterMix(pods: number): ItemKind[] {
  const pairs = [100, 250, 500, 1000, 1500].flatMap((cpu) =>
    [100, 256, 512, 1024, 2048, 4096].map((memory) => [cpu, memory, 1]),
  );
  return pairs.map((sizes) => ({ sizes, count: Math.ceil(pods / pairs.length) }));
}

/** Shapes log-uniform over two decades. */
export function manyKinds(kinds: number, pods: number, seed: string): ItemKind[] {
  const random = randomOf(seed);
  const logUniform = (least: number): number => Math.round(least * 100 ** (random.int(0, 1_000_000) / 1_000_000));
  return Array.from({ length: kinds }, () => ({
    sizes: [logUniform(50), logUniform(64), 1],
    count: Math.max(1, Math.round((pods / kinds) * (random.int(500, 1500) / 1000))),
  }));
}

/** The pods of manifests whose workloads have so many times as many replicas. */
export function manifestPods(paths: readonly string[], times: number): Pod[] {
  const files = paths.flatMap((path) =>
    statSync(path).isDirectory()
      ? readdirSync(path)
          .sort()
          .map((name) => join(path, name))
      : [path],
  );
  const texts = files
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => ({ file, text: readFileSync(file, "utf8") }));
  const { objects } = parseManifests(texts);
  const pods = objects.filter(({ kind }) => kind === "Pod") as Pod[];
  return Array.from({ length: times }, (_, time) =>
    pods.map((pod) => ({ ...pod, metadata: { ...pod.metadata, name: `${pod.metadata?.name}-x${time}` } })),
  ).flat();
}

/** A trace of the FGD paper: whole GPUs, shares counted as thousandths of a pool, on its own nodes or on catalogue types. */
export function openb(folder: string, types: readonly CatalogueType[] | undefined): Problem | undefined {
  const file = join(folder, "openb_pod_list_default.csv.gz");
  if (!existsSync(file)) return undefined;
  const rows = gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n").slice(1);
  const byShape = new Map<string, ItemKind & { count: number }>();
  for (const row of rows) {
    const [, cpu = "0", memory = "0", count = "0", milli = "0"] = row.split(",");
    const gpu = types === undefined ? Number(count) * Number(milli) : Number(count) * 1000;
    const sizes = [Number(cpu), Number(memory), gpu, 1];
    const known = byShape.get(sizes.join());
    if (known === undefined) byShape.set(sizes.join(), { sizes, count: 1 });
    else known.count++;
  }
  const bins = types === undefined ? ownTypes(folder) : gpuTypes(types);
  const kinds = [...byShape.values()].filter(({ sizes }) =>
    bins.some(({ capacity }) => capacity.every((room, d) => room >= (sizes[d] ?? 0))),
  );
  return { kinds, types: bins };
}

/** Distinct shapes of the trace's nodes, at invented prices: a core 0.04, a GiB 0.005, a GPU 1. */
function ownTypes(folder: string): BinType[] {
  const rows = readFileSync(join(folder, "openb_node_list_all_node.csv"), "utf8").trim().split("\n").slice(1);
  const shapes = new Map(
    rows.map((row) => [row.split(",").slice(1, 4).join(), row.split(",").slice(1, 4).map(Number)]),
  );
  return [...shapes.values()].map(([cpu = 0, memory = 0, gpu = 0]) => ({
    capacity: [cpu, memory, gpu * 1000, 250],
    cost: Math.round((cpu / 1000) * 40_000 + (memory / 1024) * 5_000 + gpu * 1_000_000),
  }));
}

function gpuTypes(types: readonly CatalogueType[]): BinType[] {
  return types.map(({ cpuMilli, memoryMib, pods, cost, extended }) => {
    const gpus = Number(/nvidia\.com\/gpu=(\d+)/.exec(extended)?.[1] ?? 0);
    return { capacity: [cpuMilli, memoryMib, gpus * 1000, pods], cost };
  });
}

/** A published instance, or undefined where one of its sizes is below 0, which is no item. */
export function vectorpackInstance(text: string): Problem | undefined {
  const [dimensions = 0, ...numbers] = text.trim().split(/\s+/).map(Number);
  const capacity = numbers.slice(0, dimensions);
  const rows = numbers.slice(dimensions + 1);
  const kinds = Array.from({ length: numbers[dimensions] ?? 0 }, (_, item) => {
    const start = item * (dimensions + 1);
    return { sizes: rows.slice(start, start + dimensions), count: rows[start + dimensions] ?? 1 };
  });
  if (kinds.some(({ sizes }) => sizes.some((size) => size < 0))) return undefined;
  return { kinds, types: [{ capacity, cost: 1 }] };
}
