/** Method: two replicas take turns request by request, so that filter, prioritize and bind of a pod meet different ones. */

import { expect } from "vitest";
import { FaultyProxy } from "./faulty-proxy.js";
import { extenderAt } from "./scheduler-config.js";
import { onStage } from "./stage.js";

const NODE_COUNT = 1000;
const POD_COUNT = 2000;
const DURATIONS = "stowage_framework_extension_point_duration_seconds_count";

onStage("2,000 pods come onto 1,000 nodes through two replicas behind one address", async (stage) => {
  await stage.createNodes(NODE_COUNT, { allocatable: { cpu: "4", memory: "16Gi" } });
  const replicas = [await stage.stowage({ name: "stowage-a" }), await stage.stowage({ name: "stowage-b" })];
  const proxy = await FaultyProxy.start({ targets: replicas.map(({ url }) => url) });
  stage.after(() => proxy.stop());
  await stage.plane.startScheduler({ extenders: [extenderAt(proxy.url, { bindVerb: "bind", weight: 100 })] });
  await stage.createPods(POD_COUNT, { requests: { cpu: "500m", memory: "1Gi" } });
  await stage.observer.untilBound(POD_COUNT, 120_000);
  // The watch shows the last pod bound before the answer that says so has come through the proxy.
  await expect.poll(() => proxy.answers.get("bind 200")).toBe(POD_COUNT);
  expect([...proxy.answers.keys()].sort()).toEqual(["bind 200", "filter 200", "prioritize 200"]);
  const metrics = await Promise.all(replicas.map((replica) => replica.metrics()));
  for (const [point, verb] of [
    ["Filter", "filter"],
    ["Score", "prioritize"],
    ["Bind", "bind"],
  ] as const) {
    const counts = metrics.map((each) => each.sum(DURATIONS, { extension_point: point }));
    expect(counts.every((count) => count > POD_COUNT / 4)).toBe(true);
    expect(counts[0]! + counts[1]!).toBe(proxy.answers.get(`${verb} 200`));
  }
  return { pods: POD_COUNT, binder: "stowage" };
});
