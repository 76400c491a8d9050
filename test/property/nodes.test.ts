/**
 * Method: the nodes of one random world give way, one by one, to those of another. After each change a scheduler whose classes
 * and indexes follow the nodes decides all pods as one that works everything out anew, byte for byte. STOWAGE_WORLDS sets how
 * many pairs of worlds, STOWAGE_SEED which.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Node } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { worldArbitrary } from "../helpers/world-arbitraries.js";
import { configurationOf } from "../helpers/world-types.js";
import { ALL_THEMES, type World } from "../helpers/worlds.js";

const PAIRS = Number(process.env.STOWAGE_WORLDS ?? 60);
const SEED = Number(process.env.STOWAGE_SEED ?? 20_261_130);

const world = worldArbitrary({ among: ALL_THEMES.filter((theme) => theme !== "nominated") });
/** What becomes of each node of the first world: it goes, or a node of the second world comes in its place or under a new name. */
const fates = fc.array(fc.constantFrom("goes", "changes", "changes", "is joined"), { minLength: 1, maxLength: 12 });

type Fate = typeof fates extends fc.Arbitrary<(infer T)[]> ? T : never;

function change(cluster: Cluster, fate: Fate, name: string, node: Node | undefined): void {
  if (fate === "goes") cluster.removeNode(name);
  else if (node !== undefined) {
    const called = fate === "changes" ? name : `${name}-too`;
    cluster.upsertNode({ ...node, metadata: { ...node.metadata, name: called } });
  }
}

function clusterOf({ nodes, pods, objects = {} }: World): Cluster {
  const { priorityClasses: _, ...others } = objects;
  const cluster = new Cluster();
  for (const object of Object.values(others).flat()) cluster.upsertObject(object);
  for (const node of nodes) cluster.upsertNode(node);
  for (const pod of pods) cluster.upsertPod(pod);
  return cluster;
}

test(`what follows the nodes agrees with what is made anew, ${PAIRS} pairs of worlds (STOWAGE_SEED=${SEED})`, {
  timeout: 3_600_000,
}, () => {
  let compared = 0;
  const property = fc.property(world, world, fates, (first, second, drawn) => {
    using cluster = clusterOf(first);
    const config = configurationOf(first);
    const options = config === undefined ? {} : { config };
    const following = new Scheduler(cluster, options);
    const ask = (scheduler: Scheduler) => first.incoming.map((pod) => scheduler.schedule(pod));
    // Plain classes have an index from the second question on.
    ask(following);
    for (const [index, fate] of drawn.entries()) {
      const name = first.nodes[index % first.nodes.length]?.metadata?.name ?? `n${index}`;
      change(cluster, fate, name, second.nodes[index % Math.max(1, second.nodes.length)]);
      const anew = ask(new Scheduler(cluster, { ...options, isIndexed: false }));
      expect(ask(following)).toEqual(anew);
      compared += anew.length;
      const placed = anew.find(({ status, key }) => status === "placed" && cluster.pod(key) === undefined);
      if (placed?.status === "placed") cluster.assume(placed.pod, placed.node);
    }
  });
  fc.assert(property, { seed: SEED, numRuns: PAIRS });
  console.log(`${compared} decisions compared`);
  expect(compared).toBeGreaterThan(10 * PAIRS);
});
