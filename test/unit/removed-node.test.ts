/** Method: a class whose index is made after nodes went hears of three changes at once; beside a scan of all nodes. */

import { expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { ResourceList } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

/** Where the pod goes, and its total, after `gone` nodes went and pods came. */
function chosen(isIndexed: boolean, before: number, gone: number) {
  const cluster = new Cluster();
  const scheduler = new Scheduler(cluster, { isIndexed });
  const add = (name: string, zone: string | undefined, allocatable: ResourceList) =>
    cluster.upsertNode({ metadata: { name, ...(zone && { labels: { zone } }) }, status: { allocatable } });
  for (let node = 0; node < before; node++) add(`gone-${node}`, undefined, { cpu: 1, memory: "1Gi", pods: 1 });
  add("small", "b", { cpu: 4, memory: "4Gi", pods: 10 });
  add("none", undefined, { cpu: 4, memory: "8Gi", pods: 10 });
  add("large", "b", { cpu: 4, memory: "8Gi", pods: 10 });
  for (let node = 0; node < gone; node++) cluster.removeNode(`gone-${node}`);
  const spread = { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" };
  const pod = {
    metadata: { name: "asks" },
    spec: { containers: [{ name: "c" }], topologySpreadConstraints: [spread] },
  };
  const bound = (name: string, nodeName: string) =>
    cluster.upsertPod({
      metadata: { name },
      spec: { nodeName, containers: [{ name: "c", resources: { requests: { cpu: 1, memory: "3Gi" } } }] },
    });
  scheduler.schedule(pod);
  bound("one", "none");
  bound("two", "large");
  bound("three", "large");
  const decision = scheduler.schedule(pod);
  return decision.status === "placed" ? [decision.node, decision.score] : [decision.status];
}

test("nodes that went before an index was made hide none of those that are there", () => {
  for (let before = 0; before <= 6; before++) {
    for (let gone = 0; gone <= before; gone++) {
      expect([before, gone, chosen(true, before, gone)]).toEqual([before, gone, chosen(false, before, gone)]);
    }
  }
});
