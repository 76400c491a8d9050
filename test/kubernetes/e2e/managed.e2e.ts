/**
 * Method: more pods than slots. What is on a node is added up from the watch, for every moment; what stowage says of itself
 * plays no part.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { NODES } from "./api.js";
import { FaultyProxy } from "./faulty-proxy.js";
import { nodeOf } from "./objects.js";
import { deleteBound, SLOT_FLAGS, SLOTS_ANNOTATION, slots, startSlotScheduler } from "./slots.js";
import { onStage, type Stage } from "./stage.js";

/** Names of the pods that have no node, when as many have one as there are slots. */
async function pendingWhenFull({ observer }: Stage, slotCount: number): Promise<readonly string[]> {
  await observer.untilBound(slotCount);
  // Whoever oversells has the time to do it.
  await sleep(2000);
  return observer.pendingNames;
}

onStage("a resource that kube-scheduler ignores is never oversold, and what is freed is given again", async (stage) => {
  const { url } = await stage.stowage({ flags: SLOT_FLAGS });
  await startSlotScheduler(stage, url);
  await stage.createNodes(20, { allocatable: slots(4) });
  await stage.createPods(130, { requests: slots(1) });
  await stage.observer.untilBound(80);
  await deleteBound(stage, 20);
  const pending = await pendingWhenFull(stage, 80);
  return { pods: 110, pending, binder: "stowage" };
});

onStage("capacity that an annotation tells is never oversold, and a node that tells none has none", async (stage) => {
  const { url } = await stage.stowage({ flags: [...SLOT_FLAGS, `--capacity-from=${SLOTS_ANNOTATION}`] });
  await startSlotScheduler(stage, url);
  await stage.createNodes(10, { annotations: { [SLOTS_ANNOTATION]: "3" } });
  await stage.api.create(NODES, nodeOf("silent"));
  await stage.createPods(40, { requests: slots(1) });
  const pending = await pendingWhenFull(stage, 30);
  return { pods: 40, pending, binder: "stowage" };
});

onStage("a watch that is silent for longer than a promise lasts, and then late, sells nothing twice", async (stage) => {
  let lagMs = 0;
  const proxy = await FaultyProxy.start({
    targets: [`https://127.0.0.1:${stage.plane.apiPort}`],
    fateOf: ({ path }) => (path.includes("watch=") ? { lagMs: () => lagMs } : {}),
  });
  stage.after(() => proxy.stop());
  const kubeconfig = stage.plane.kubeconfig("stowage", proxy.url);
  const { url } = await stage.stowage({ kubeconfig, flags: [...SLOT_FLAGS, "--promise-ttl=1s"] });
  await startSlotScheduler(stage, url);
  await stage.createNodes(10, { allocatable: slots(2) });
  await stage.createPods(1, { requests: slots(1) }, "first");
  await stage.observer.untilBound(1);
  lagMs = Number.POSITIVE_INFINITY;
  await stage.createPods(25, { requests: slots(1) });
  // Promises come to their end, in silence and then while their pods are shown one by one, and pods go on asking.
  for (const round of [0, 1, 2, 3, 4, 5, 6, 7]) {
    if (round === 4) lagMs = 200;
    await sleep(1000);
    await stage.createPods(2, { requests: slots(1) }, `later${round}-`);
  }
  lagMs = 0;
  const pending = await pendingWhenFull(stage, 20);
  return { pods: 42, pending, binder: "stowage" };
});
