/**
 * Method: indexes on both binaries and a scheduler without place the same pods on the same nodes, at sizes around blocks, rows of
 * tops and growth; slots and totals must be equal at every step.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import { coreModule } from "../../src/core/module.js";
import type { Pod } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { configurationOf, type Theme, type World } from "../helpers/world-types.js";
import { worldOf } from "../helpers/worlds.js";
import { startedPods } from "../kubernetes/incoming.js";

/** A row of tops has 16 blocks of 64 nodes: 1,024 nodes. */
const SIZES = [0, 1, 63, 64, 65, 127, 128, 129, 1_000, 1_025, 2_500];
const ROUNDS = 3;

const THEMES: readonly (readonly Theme[])[] = [
  ["tight"],
  ["taints", "affinity", "images"],
  ["spread"],
  ["defaultSpread"],
  ["interPod"],
  ["spread", "defaultSpread", "interPod", "taints", "affinity", "tight"],
];

describe.each(THEMES.map((themes) => [themes.join(", "), themes] as const))("with %s", (name, themes) => {
  test.each(SIZES)("indexes and scans agree on %i nodes", (size) => {
    const world = worldOf(`indexes of ${name} on ${size}`, { nodes: size, themes, incoming: size < 1_000 ? 8 : 4 });
    const indexed = run(world, false, true);
    expect(indexed).toEqual(run(world, false, false));
    expect(indexed).toEqual(run(world, true, true));
    expect(indexed).toHaveLength(ROUNDS * world.incoming.length);
  });
});

/** The same pods round after round, so that indexes catch up on what all of them did. */
function run(world: World, scalar: boolean, isIndexed: boolean): unknown[] {
  using cluster = new Cluster({ module: coreModule({ scalar }) });
  for (const object of Object.values(world.objects ?? {}).flat()) cluster.upsertObject(object);
  for (const node of world.nodes) cluster.upsertNode(node);
  for (const pod of world.pods) cluster.upsertPod(pod);
  const config = configurationOf(world) ?? {};
  const scheduler = new Scheduler(cluster, { config, tieBreak: "random", seed: 3, isIndexed });
  return Array.from({ length: ROUNDS }, (_, round) =>
    startedPods(world).map((pod) =>
      place(scheduler, { ...pod, metadata: { ...pod.metadata, name: `${pod.metadata?.name}-${round}` } }),
    ),
  ).flat();
}

function place(scheduler: Scheduler, pod: Pod): unknown {
  const { pod: _, ...decision } = scheduler.place(pod);
  return decision;
}
