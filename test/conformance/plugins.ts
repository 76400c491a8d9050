/** Plugins as their users would write them: one for each thing that a plugin can do. */

import { definePlugin, type Plugin } from "../../src/scheduler/plugin.js";

/** A filter on a label, in five lines. */
export const onlySsd = definePlugin({
  name: "OnlySsd",
  filter: (cycle) => cycle.eachNode((node) => (node.labels.disk === "ssd" ? undefined : "node(s) had no SSD")),
});

/** A score that is 0..100 as it is. */
export const emptiest = definePlugin({
  name: "Emptiest",
  score: (cycle) => cycle.eachNode((node) => Math.max(0, 100 - 20 * node.pods.length)),
});

/** A score of any size, scaled by "default". */
export const mostMemory = definePlugin({
  name: "MostMemory",
  normalize: "default",
  score: (cycle) => cycle.eachNode((node) => node.allocatable.memory ?? 0),
});

/** A score of any size, upside down, with a weight of its own. */
export const leastCpu = definePlugin({
  name: "LeastCpu",
  weight: 5,
  normalize: "reverse",
  score: (cycle) => cycle.eachNode((node) => node.allocatable.cpu ?? 0),
});

/** Prepares once a pod what every node needs; batches over slots; normalizes by itself; rejects for good. */
export const zoneQuota = definePlugin({
  name: "ZoneQuota",
  prepare(_pod, cluster) {
    const pods = new Map<string, number>();
    for (const { labels, pods: here } of cluster.nodes()) {
      const zone = labels.zone ?? "";
      pods.set(zone, (pods.get(zone) ?? 0) + here.length);
    }
    return pods;
  },
  filter(cycle) {
    for (const slot of cycle.slots) {
      const isFull = (cycle.state.get(cycle.node(slot).labels.zone ?? "") ?? 0) >= 5;
      if (isFull) cycle.reject(slot, "node(s) were in a zone that is full", { unresolvable: true });
    }
  },
  score: (cycle) => cycle.eachNode((node) => -(cycle.state.get(node.labels.zone ?? "") ?? 0)),
  normalize(cycle) {
    for (const slot of cycle.slots) cycle.set(slot, Math.max(0, 100 + cycle.get(slot)));
  },
});

/** Remembers what it was given: a factory, so that every cluster begins with an empty ledger. */
export function ledger(): Plugin {
  const placed: string[] = [];
  return definePlugin({
    name: "Ledger",
    score: (cycle) => cycle.eachNode((node) => Math.min(100, placed.filter((name) => name === node.name).length)),
    reserve: (_pod, node) => {
      placed.push(node.name);
    },
  });
}
