/**
 * Method: each verb decides something that kube-scheduler alone would decide otherwise, in both forms of the protocol:
 * with the names of nodes, and with whole nodes.
 */

import { fileURLToPath } from "node:url";
import { describe, expect } from "vitest";
import { eventually, NODES, PODS } from "./api.js";
import { nodeOf, type PodOptions, podOf } from "./objects.js";
import { scheduledMessage } from "./observer.js";
import { extenderAt } from "./scheduler-config.js";
import { SLOT_FLAGS, slots, startSlotScheduler } from "./slots.js";
import { onStage, type Stage } from "./stage.js";

const RACK_PLUGIN = fileURLToPath(new URL("./rack-plugin.mjs", import.meta.url));

/** The next pod is created when the one before it has its node. */
async function oneByOne({ api, observer }: Stage, count: number, options: PodOptions): Promise<void> {
  for (let index = 0; index < count; index++) {
    await api.create(PODS, podOf(`p${index}`, options));
    await observer.untilBound(index + 1);
  }
}

function onNode(name: string): Readonly<Record<string, unknown>> {
  return { nodeSelector: { "kubernetes.io/hostname": name } };
}

describe.each([
  { form: "names", nodeCacheCapable: true },
  { form: "whole nodes", nodeCacheCapable: false },
])("with $form", ({ nodeCacheCapable }) => {
  onStage("prioritize packs pods onto few nodes, where kube-scheduler alone would spread them", async (stage) => {
    const { url } = await stage.stowage();
    // More than the scores of the default profile together.
    await stage.plane.startScheduler({ extenders: [extenderAt(url, { nodeCacheCapable, weight: 100 })] });
    await stage.createNodes(6, { allocatable: { cpu: "8" } });
    await oneByOne(stage, 18, { requests: { cpu: "1" } });
    const counts = new Map<string | undefined, number>();
    for (const { spec } of stage.observer.boundPods) counts.set(spec.nodeName, (counts.get(spec.nodeName) ?? 0) + 1);
    expect([...counts.values()].sort()).toEqual([2, 8, 8]);
    return { pods: 18, binder: "system:kube-scheduler" };
  });

  onStage("filter keeps pods to the nodes that a plugin lets pass, and its reason is told", async (stage) => {
    const { api, observer, plane } = stage;
    const { url } = await stage.stowage({ flags: [`--plugin=${RACK_PLUGIN}`] });
    await plane.startScheduler({ extenders: [extenderAt(url, { nodeCacheCapable })] });
    for (const [index, rack] of ["a", "a", "b", "b", "b"].entries()) {
      await api.create(NODES, nodeOf(`n${index}`, { labels: { rack } }));
    }
    await stage.createPods(10, { labels: { rack: "a" } });
    await api.create(PODS, podOf("lost", { labels: { rack: "c" } }));
    await observer.untilBound(10);
    // On one of them or on both: the scores pack, and kube-scheduler's spread.
    for (const { spec } of observer.boundPods) expect(["n0", "n1"]).toContain(spec.nodeName);
    const message = "0/5 nodes are available: 5 node(s) stood in another rack.";
    await eventually(`"${message}"`, async () => scheduledMessage((await api.pod("lost")).status).includes(message));
    return { pods: 11, pending: ["lost"], binder: "system:kube-scheduler" };
  });

  onStage("bind goes through stowage, once a pod", async (stage) => {
    const { url } = await stage.stowage();
    await stage.plane.startScheduler({ extenders: [extenderAt(url, { nodeCacheCapable, bindVerb: "bind" })] });
    await stage.createNodes(5);
    await stage.createPods(50);
    await stage.observer.untilBound(50);
    return { pods: 50, binder: "stowage" };
  });

  onStage("preempt adds the victims that kube-scheduler does not know to be in the way", async (stage) => {
    const { api, observer } = stage;
    const { url } = await stage.stowage({ flags: SLOT_FLAGS });
    await startSlotScheduler(stage, url, { nodeCacheCapable, preemptVerb: "preempt" });
    const priority = {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: "high" },
      value: 1000,
    };
    await api.create("/apis/scheduling.k8s.io/v1/priorityclasses", priority);
    // On both nodes one pod of 2 cpu is in the way of 3 cpu; on n0 one of 1 cpu has the slots, and n1 has none at all.
    await api.create(NODES, nodeOf("n0", { allocatable: { cpu: "4", ...slots(4) } }));
    await api.create(NODES, nodeOf("n1", { allocatable: { cpu: "4" } }));
    await api.create(PODS, podOf("cpu0", { requests: { cpu: "2" }, spec: onNode("n0") }));
    await api.create(PODS, podOf("slots0", { requests: { cpu: "1", ...slots(4) }, spec: onNode("n0") }));
    await api.create(PODS, podOf("cpu1", { requests: { cpu: "2" }, spec: onNode("n1") }));
    await observer.untilBound(3);
    const vip = podOf("vip", { requests: { cpu: "3", ...slots(4) }, spec: { priorityClassName: "high" } });
    await api.create(PODS, vip);
    await eventually("vip on n0", async () => (await api.pod("vip")).spec.nodeName === "n0");
    expect(observer.pods.map(({ metadata }) => metadata.name).sort()).toEqual(["cpu1", "vip"]);
    return { pods: 2, binder: "either" };
  });
});
