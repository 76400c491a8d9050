/**
 * Method: sizes for which a rounded quotient is most likely to fall on the wrong side of an integer (whole per cents and
 * their neighbours, equal fractions, the largest sizes that vectors take) go through both binaries; totals must be equal.
 */

import { expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import { coreModule } from "../../src/core/module.js";
import type { Pod } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { type Random, randomOf } from "../helpers/random.js";
import { tries } from "../helpers/tries.js";

/** floor(2^53 / 100): the largest size for which 100 times a part of it is exact. */
const LARGEST = 90_071_992_547_409;
/** The largest cpu that f32 holds 100 times, in thousandths; see assembly/rows.ts. */
const LARGEST_IN_F32 = 167_772;
const ROUNDS = tries(15, 40);
const FEW_ROUNDS = tries(150, 400);

test(`vectors and scalar code agree on sizes next to whole per cents, ${ROUNDS} clusters of 203 nodes`, () => {
  for (let round = 0; round < ROUNDS; round++) {
    const seed = `exactness ${round}`;
    const [vectors, scalar] = [false, true].map((isScalar) => decide(seed, isScalar));
    expect(vectors, seed).toEqual(scalar);
  }
});

test(`indexes and scalar scans agree on such sizes, ${FEW_ROUNDS} clusters of 5 nodes`, () => {
  for (let round = 0; round < FEW_ROUNDS; round++) {
    const seed = `index exactness ${round}`;
    expect(decideInTurns(seed, false), seed).toEqual(decideInTurns(seed, true));
  }
});

/** Allocatable, taken and requested amounts where `percent` per cent are taken, `delta` units beside the whole number. */
const EDGES: Readonly<Record<string, (percent: number, delta: number) => Edge>> = {
  "cpu quotients a hair below whole numbers": (percent, delta) => ({
    // 100 parts of 1,000 and one more: k thousand of it are k hundred-thousandths below k per cent.
    allocatable: [100_001, 2 ** 40],
    taken: [100_001 - percent * 1_000 - 1 + delta, 2 ** 37],
    requests: [1, 1],
  }),
  "memory quotients at whole numbers": (percent, delta) => ({
    allocatable: [64_000, 100 * 2 ** 30],
    taken: [0, percent * 2 ** 30 - 1_000 + delta],
    requests: [1, 1_000],
  }),
  "requests of all the memory that is free": (percent, delta) => ({
    allocatable: [64_000, 100 * 2 ** 30],
    taken: [0, percent * 2 ** 30 + delta],
    requests: [1, (100 - percent) * 2 ** 30],
  }),
  "shares that a pod makes equal": (percent, delta) => ({
    allocatable: [64_000, 64_000 * 2 ** 20],
    taken: [percent * 600, (percent * 600 + 1_920) * 2 ** 20 + delta],
    requests: [1_960, 40 * 2 ** 20],
  }),
};

interface Edge {
  /** Thousandths of a core, bytes. */
  readonly allocatable: readonly [number, number];
  readonly taken: readonly [number, number];
  readonly requests: readonly [number, number];
}

test.each(Object.keys(EDGES))("indexes and scalar scans agree on %s", (what) => {
  for (let percent = 1; percent < 100; percent += 7) {
    for (const delta of [-1, 0, 1]) {
      const edge = EDGES[what]!(percent, delta);
      expect(decideAtEdge(edge, false), `${percent} %, ${delta}`).toEqual(decideAtEdge(edge, true));
    }
  }
});

/** Four equal nodes, so that an index evaluates four a vector when it is made. */
function decideAtEdge({ allocatable, taken, requests }: Edge, isPlain: boolean): unknown[] {
  using cluster = new Cluster({ module: coreModule({ scalar: isPlain }) });
  for (let index = 0; index < 4; index++) {
    const [cpu, memory] = allocatable;
    cluster.upsertNode({
      metadata: { name: `n${index}` },
      status: { allocatable: { cpu: `${cpu}m`, memory, pods: 9 } },
    });
    cluster.upsertPod(podOf(`b${index}`, `n${index}`, ...taken));
    // It asks for no memory but counts in scores, so that what just fits is not what just scores.
    const containers = [{ name: "c", resources: { requests: { cpu: "0" } } }];
    cluster.upsertPod({ metadata: { name: `u${index}` }, spec: { containers, nodeName: `n${index}` } });
  }
  const scheduler = new Scheduler(cluster, { isIndexed: !isPlain });
  return Array.from({ length: 3 }, (_, index) => {
    const decision = scheduler.place(podOf(`p${index}`, "", ...requests));
    return decision.status === "placed" ? [decision.node, decision.score] : decision.message;
  });
}

/** Few nodes, so that most of them are the best sometime; pods of four kinds in turns, each kind's index catching up. */
function decideInTurns(seed: string, isPlain: boolean): unknown[] {
  const random = randomOf(seed);
  using cluster = new Cluster({ module: coreModule({ scalar: isPlain }) });
  for (let index = 0; index < 5; index++) addNode(cluster, random, index);
  const scheduler = new Scheduler(cluster, { isIndexed: !isPlain });
  const kinds = Array.from({ length: 4 }, () => [random.int(0, 900), sizeOf(random, 2 ** random.int(20, 40))] as const);
  return Array.from({ length: 20 }, (_, index) => {
    const decision = scheduler.place(podOf(`p${index}`, "", ...kinds[index % kinds.length]!));
    return decision.status === "placed" ? [decision.node, decision.score] : decision.message;
  });
}

function decide(seed: string, scalar: boolean): unknown[] {
  const random = randomOf(seed);
  using cluster = new Cluster({ module: coreModule({ scalar }) });
  for (let index = 0; index < 203; index++) addNode(cluster, random, index);
  const strategy = random.pick(["LeastAllocated", "MostAllocated"]);
  const args = {
    scoringStrategy: {
      type: strategy,
      resources: [
        { name: "cpu", weight: 1 },
        { name: "memory", weight: 1 },
      ],
    },
  };
  const scheduler = new Scheduler(cluster, {
    config: { profiles: [{ pluginConfig: [{ name: "NodeResourcesFit", args }] }] },
  });
  return Array.from({ length: 30 }, (_, index) => {
    const decision = scheduler.place(
      podOf(`p${index}`, "", random.int(0, 900), sizeOf(random, 2 ** random.int(20, 40))),
    );
    return decision.status === "placed" ? [decision.node, decision.score] : decision.message;
  });
}

/** A node of which a pod has taken a whole number of per cents, give or take two units. */
function addNode(cluster: Cluster, random: Random, index: number): void {
  const name = `n${index}`;
  const cpu = sizeOf(random, random.pick([1_000, 64_000, LARGEST_IN_F32, 2 * LARGEST_IN_F32, 2 ** 40]));
  const memory = sizeOf(random, random.pick([2 ** 32, 2 ** 40, LARGEST]));
  const percent = random.int(0, 99);
  const taken = (size: number) => Math.max(0, Math.floor((size * percent) / 100) + random.int(-2, 2));
  cluster.upsertNode({ metadata: { name }, status: { allocatable: { cpu: `${cpu}m`, memory, pods: 20 } } });
  cluster.upsertPod(podOf(`b${index}`, name, taken(cpu), random.chance(50) ? taken(memory) : 0));
}

/** A size up to `most`: often a multiple of 100, so that per cents are whole. */
function sizeOf(random: Random, most: number): number {
  const size = random.chance(30) ? most : random.int(1, most);
  return random.chance(60) ? Math.max(100, size - (size % 100)) : size;
}

function podOf(name: string, nodeName: string, cpuMilli: number, memory: number): Pod {
  const containers = [{ name: "c", resources: { requests: { cpu: `${cpuMilli}m`, memory } } }];
  return { metadata: { name, namespace: "default" }, spec: { containers, ...(nodeName === "" ? {} : { nodeName }) } };
}
