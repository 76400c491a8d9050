/** An answer to a question of size, planned once more by a cluster and a scheduler of its own. */

import { expect } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import { type Node, namespacedName, type Pod } from "../../src/kube/objects.js";
import { type Offer, offerNode } from "../../src/planning/offers.js";
import { plan } from "../../src/planning/plan.js";
import type { Size } from "../../src/planning/size-document.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { STRATEGIES } from "../../src/scheduler/strategies.js";

/**
 * Plans all pods on the nodes that the answer names, in the order that it says: they must end where it has them.
 *
 * @returns how many have a place
 */
export async function replay(
  { schedulable }: Size,
  pods: readonly Pod[],
  offers: readonly Offer[],
  existing: readonly Node[] = [],
): Promise<number> {
  using cluster = new Cluster();
  for (const node of existing) cluster.upsertNode(node);
  // Nodes of the fleet in the order of the answer, behind those that were there.
  for (const { name, offer: bought, zone } of schedulable!.placement) {
    const found = offers.find((one) => one.name === bought);
    if (found !== undefined) cluster.upsertNode(offerNode(found, name, zone, { headroom: 0, reserve: {} }));
  }
  const { strategy, order, sequence } = schedulable!.repair;
  const scheduler = new Scheduler(cluster, strategy === "most" ? { config: STRATEGIES.most } : {});
  const byName = new Map(pods.map((pod) => [namespacedName(pod), pod]));
  const listed = order === "fleet" ? sequence!.map((key) => byName.get(key)!) : pods;
  const { summary, nodes } = await plan(cluster, scheduler, listed, [], {
    order: order === "fleet" ? "listed" : order,
  });
  expect(nodes.map(({ name, pods: here }) => [name, here])).toEqual(
    expect.arrayContaining(schedulable!.placement.map(({ name, pods: here }) => [name, here])),
  );
  return summary.placed;
}
