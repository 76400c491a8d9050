/** Method: what stowage watches goes away in three ways, while pods wait to be bound. */

import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { NODES } from "./api.js";
import { Balancer } from "./balancer.js";
import { nodeOf } from "./objects.js";
import { deleteBound, SLOT_FLAGS, slots, startSlotScheduler } from "./slots.js";
import { onStage } from "./stage.js";

onStage("the API server is killed in a burst and comes back", async (stage) => {
  const { observer, plane } = stage;
  const { url } = await stage.stowage({ flags: SLOT_FLAGS });
  await startSlotScheduler(stage, url);
  await stage.createNodes(50, { allocatable: slots(6) });
  await stage.createPods(300, { requests: slots(1) });
  await observer.untilBound(60);
  await plane.killApiServer();
  await sleep(1000);
  await plane.startApiServer();
  await observer.untilBound(300, 90_000);
  return { pods: 300, binder: "stowage", mayMissBindings: true };
});

onStage("a watch is cut, and what it missed is compacted away", async (stage) => {
  const { api, observer, plane } = stage;
  const balancer = await Balancer.start([{ port: plane.apiPort }]);
  stage.after(() => balancer.stop());
  const kubeconfig = plane.kubeconfig("stowage", `https://127.0.0.1:${balancer.port}`);
  const { child, url } = await stage.stowage({ kubeconfig, flags: SLOT_FLAGS });
  await startSlotScheduler(stage, url);
  await stage.createNodes(10, { allocatable: slots(3) });
  await stage.createPods(30, { requests: slots(1) });
  await observer.untilBound(30);
  balancer.cut();
  // What is missed: pods that go, a node that goes, a node that comes.
  await deleteBound(stage, 10);
  await api.create(NODES, nodeOf("late", { allocatable: slots(5) }));
  await plane.compact();
  // An API server that has just started remembers nothing from before.
  await plane.killApiServer();
  await plane.startApiServer();
  balancer.mend();
  await stage.createPods(15, { requests: slots(1) }, "later");
  await observer.untilBound(35, 90_000);
  expect(child.log()).toMatch(/nodes: 410 Expired/);
  expect(child.log()).toMatch(/pods: 410 Expired/);
  return { pods: 35, binder: "stowage" };
});
