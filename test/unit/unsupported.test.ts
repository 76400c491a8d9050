/**
 * Method: pods that claim devices, which no plugin here can give them, and the sentence that says so; then everything that
 * makes the claim harmless, and what of a pod is kept from being decided wrongly.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Pod, PodSpec } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const CLAIMS: PodSpec = { resourceClaims: [{ name: "gpu" }] };
const MESSAGE = "spec.resourceClaims needs the plugin DynamicResources, which stowage does not have yet";

function oneNode(): Cluster {
  const cluster = new Cluster();
  cluster.upsertNode({ metadata: { name: "n1" }, status: { allocatable: { cpu: 4, memory: "8Gi", pods: 10 } } });
  return cluster;
}

function pod(name: string, spec: PodSpec): Pod {
  return { metadata: { name, namespace: "default" }, spec };
}

function schedulerOf(cluster: Cluster, disabled: object = {}): Scheduler {
  return new Scheduler(cluster, { config: { profiles: [{ plugins: disabled }] } });
}

const without = (point: string) => ({ [point]: { disabled: [{ name: "DynamicResources" }] } });

describe("a pod with resource claims", () => {
  test("is not placed as if it had none: the answer names the field and the plugin", () => {
    const cluster = oneNode();
    const scheduler = schedulerOf(cluster);
    const expected = { status: "unsupported", key: "default/p", message: MESSAGE, reasons: [] };
    expect(scheduler.schedule(pod("p", CLAIMS))).toMatchObject(expected);
    expect(scheduler.place(pod("p", CLAIMS))).toMatchObject(expected);
    expect(cluster.podCount).toBe(0);
  });

  test("is asked in vain whom it could preempt", () => {
    const asked = schedulerOf(oneNode()).preempt(pod("p", CLAIMS));
    expect(asked).toMatchObject({ status: "undecided", message: MESSAGE, victims: [] });
  });

  test("is placed where the profile does without the plugin, and not where it filters or scores by it", () => {
    const statusWithout = (disabled: object) => schedulerOf(oneNode(), disabled).schedule(pod("p", CLAIMS)).status;
    expect(statusWithout(without("multiPoint"))).toBe("placed");
    expect(statusWithout({ ...without("filter"), ...without("score") })).toBe("placed");
    expect(statusWithout(without("filter"))).toBe("unsupported");
    expect(statusWithout(without("score"))).toBe("unsupported");
  });

  test("is left alone where no profile is its own, and waits where it is gated", () => {
    const scheduler = schedulerOf(oneNode());
    expect(scheduler.schedule(pod("p", { ...CLAIMS, schedulerName: "other" })).status).toBe("ignored");
    expect(scheduler.schedule(pod("p", { ...CLAIMS, schedulingGates: [{ name: "later" }] })).status).toBe("gated");
  });

  test("takes its room once it is bound, as any other does", () => {
    const cluster = oneNode();
    const containers = [{ name: "main", resources: { requests: { cpu: 3 } } }];
    cluster.upsertPod(pod("p", { ...CLAIMS, nodeName: "n1", containers }));
    expect(schedulerOf(cluster).schedule(pod("q", { containers })).status).toBe("unschedulable");
  });
});

test.each<[string, PodSpec]>([
  ["no claims", { resourceClaims: [] }],
  ["a null instead of claims", { resourceClaims: null }],
  ["claims of containers alone", { containers: [{ name: "main", resources: { claims: [{ name: "gpu" }] } }] }],
])("a pod with %s is placed", (_what, spec) => {
  expect(schedulerOf(oneNode()).schedule(pod("p", spec)).status).toBe("placed");
});
