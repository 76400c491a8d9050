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

/** floor(2^53 / 100): the largest size for which 100 times a part of it is exact. */
const LARGEST = 90_071_992_547_409;
const ROUNDS = 40;

test(`vectors and scalar code agree on sizes next to whole per cents, ${ROUNDS} clusters of 203 nodes`, () => {
  for (let round = 0; round < ROUNDS; round++) {
    const seed = `exactness ${round}`;
    const [vectors, scalar] = [false, true].map((isScalar) => decide(seed, isScalar));
    expect(vectors, seed).toEqual(scalar);
  }
});

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
  const cpu = sizeOf(random, random.pick([1_000, 64_000, 2 ** 40]));
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
