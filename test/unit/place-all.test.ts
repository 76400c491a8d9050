/** Method: pods that share their spec, placed together, beside fresh copies of the same pods, each with a spec of its own. */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Pod } from "../../src/kube/objects.js";
import type { SchedulerOptions } from "../../src/scheduler/options.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const HOSTNAME = "kubernetes.io/hostname";

function clusterOf(nodes: number): Cluster {
  const cluster = new Cluster();
  for (let index = 0; index < nodes; index++) {
    const name = `n${index}`;
    cluster.upsertNode({
      metadata: { name, labels: { [HOSTNAME]: name } },
      status: { allocatable: { cpu: 2 + (index % 3), memory: "8Gi", pods: 20 } },
    });
  }
  return cluster;
}

/** Runs of pods of one spec each, whose labels differ now and then. */
function podsOf(count: number, specs: readonly Pod["spec"][], more: Pod["metadata"] = {}): Pod[] {
  return Array.from({ length: count }, (_, index) => ({
    metadata: { name: `pod-${index}`, namespace: "shop", labels: { app: index % 7 < 5 ? "web" : "api" }, ...more },
    spec: specs[Math.floor((index * specs.length) / count)]!,
  }));
}

function requesting(cpu: string, more: Pod["spec"] = {}): Pod["spec"] {
  return { containers: [{ name: "main", resources: { requests: { cpu, memory: "256Mi" } } }], ...more };
}

const WEB = { matchLabels: { app: "web" } };
const apart = {
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: WEB, topologyKey: HOSTNAME }],
  },
};
const spread = [{ maxSkew: 1, topologyKey: HOSTNAME, whenUnsatisfiable: "DoNotSchedule", labelSelector: WEB }];
const owner = { ownerReferences: [{ kind: "ReplicaSet", name: "web", uid: "u1", controller: true }] };

const CASES: readonly (readonly [string, Pod[], SchedulerOptions])[] = [
  ["pods without rules", podsOf(150, [requesting("300m"), requesting("400m")]), {}],
  ["pods without rules, equals drawn", podsOf(150, [requesting("300m")]), { tieBreak: "random", seed: 3 }],
  ["more pods than there is room for", podsOf(700, [requesting("900m"), requesting("100m")]), {}],
  ["pods that keep apart", podsOf(90, [requesting("100m", { affinity: apart }), requesting("300m")]), {}],
  ["pods that spread", podsOf(90, [requesting("100m", { topologySpreadConstraints: spread })]), {}],
  ["pods with host ports", podsOf(50, [{ containers: [{ name: "a", ports: [{ hostPort: 80 }] }] }]), {}],
  ["pods with volumes", podsOf(50, [requesting("1", { volumes: [{ name: "v", emptyDir: {} }] })]), {}],
  ["pods that are being deleted", podsOf(20, [requesting("1")], { deletionTimestamp: "2026-01-01T00:00:00Z" }), {}],
  ["pods of a controller", podsOf(60, [requesting("100m")], owner), {}],
  ["pods without index", podsOf(80, [requesting("300m")]), { isIndexed: false }],
  ["pods in the order of a heap", podsOf(80, [requesting("300m")]), { tieBreak: "heap" }],
];

describe("many pods", () => {
  test.each(CASES)("go where they would with a spec each: %s", async (_, pods, options) => {
    const [shared, own] = [clusterOf(40), clusterOf(40)];
    const found = await new Scheduler(shared, options).placeAll(pods);
    const expected = await new Scheduler(own, options).placeAll(pods.map((pod) => structuredClone(pod)));
    expect(found).toEqual(expected);
    expect([...shared.nodes()].map(({ pods: here, requested }) => [here, requested])).toEqual(
      [...own.nodes()].map(({ pods: here, requested }) => [here, requested]),
    );
  });

  test("are gone after a rollback, and find the same places again", async () => {
    const cluster = clusterOf(30);
    const scheduler = new Scheduler(cluster);
    const pods = podsOf(120, [requesting("300m", { affinity: apart }), requesting("200m")]);
    const attempt = async () => {
      cluster.begin();
      const decisions = await scheduler.placeAll(pods);
      cluster.rollback();
      return decisions.map((decision) => ({ ...decision, token: 0 }));
    };
    const first = await attempt();
    expect([...cluster.nodes()].flatMap(({ pods: here }) => here)).toEqual([]);
    expect(await attempt()).toEqual(first);
  });

  test("may not come twice", async () => {
    const pods = podsOf(20, [requesting("100m")]);
    const twice = [...pods, pods[15]!];
    await expect(new Scheduler(clusterOf(5)).placeAll(twice)).rejects.toThrow("shop/pod-15");
  });
});
