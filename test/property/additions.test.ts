/**
 * Method: what is to be added is bought: the same random world is made anew with the nodes in it, and each failure that was
 * meant is tried there by `survive`. No pod may pend but those that were named as having no node all the same.
 * STOWAGE_WORLDS sets how many worlds, STOWAGE_SEED which.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { additionsFor } from "../../src/planning/additions.js";
import type { Level } from "../../src/planning/failures.js";
import { type Offer, offerNode } from "../../src/planning/offers.js";
import type { Addition } from "../../src/planning/survival.js";
import { survive } from "../../src/planning/survive.js";
import { worldArbitrary } from "../helpers/world-arbitraries.js";
import { ALL_THEMES, type World } from "../helpers/worlds.js";
import { openWorld } from "../unit/explain-worlds.js";

const WORLDS = Number(process.env.STOWAGE_WORLDS ?? 25);
const SEED = Number(process.env.STOWAGE_SEED ?? 20_261_130);
const ZONE = "topology.kubernetes.io/zone";
const LEVELS: readonly Level[] = [{ level: "node" }, { level: "domain", key: ZONE }, { level: "drain" }];
const OFFERS: readonly Offer[] = [
  { name: "small", price: 1, allocatable: { cpu: 2, memory: "8Gi", pods: 8 }, zones: ["a", "b", "c"] },
  { name: "large", price: 3, allocatable: { cpu: 8, memory: "32Gi", "ephemeral-storage": "100Gi", pods: 30 } },
];

test(`with what is added no pod pends, on ${WORLDS} random worlds (STOWAGE_SEED=${SEED})`, {
  timeout: 3_600_000,
}, async () => {
  let enough = 0;
  const property = fc.asyncProperty(worldArbitrary({ among: ALL_THEMES }), fc.boolean(), async (world, isRequired) => {
    for (const addition of await additionsOf(owned(world), isRequired ? LEVELS : [])) {
      const { cluster, scheduler } = openWorld(owned(world));
      for (const { name, offer, zone } of addition.nodes) {
        cluster.upsertNode(
          offerNode(OFFERS.find((one) => one.name === offer)!, name, zone, { headroom: 0, reserve: {} }),
        );
      }
      const { level, key, name: meant } = addition;
      const { cases } = await survive(cluster, scheduler, [], { levels: [{ level, ...(key && { key }) }] });
      const pending = cases.filter(({ name }) => meant === undefined || name === meant).flatMap((one) => one.pending);
      const named = addition.unplaceable.reduce((sum, { count }) => sum + count, 0);
      expect(pending.length).toBeLessThanOrEqual(named);
      expect(addition.isEnough).toBe(named === 0);
      if (addition.isEnough) enough++;
      cluster.dispose();
    }
  });
  await fc.assert(property, { numRuns: WORLDS, seed: SEED });
  expect(enough).toBeGreaterThan(0);
});

/** A sample of nodes that moves on would make another question of the second one. */
async function additionsOf(world: World, required: readonly Level[]): Promise<Addition[]> {
  const { cluster, scheduler } = openWorld(world);
  try {
    if (!scheduler.isRepeatable) return [];
    const survival = await survive(cluster, scheduler, [], { levels: LEVELS });
    return await additionsFor(cluster, scheduler, [], survival, { offers: OFFERS, required });
  } finally {
    cluster.dispose();
  }
}

/** Most pods come back when their node is gone. */
function owned(world: World): World {
  return {
    ...world,
    pods: world.pods.map((pod, at) => {
      const ownerReferences = pod.metadata?.ownerReferences ?? [
        { kind: "ReplicaSet", name: "owner", controller: true },
      ];
      return at % 5 === 0 ? pod : { ...pod, metadata: { ...pod.metadata, ownerReferences } };
    }),
  };
}
