/** Method: the extender is killed in the middle of a burst, with what it knew, and is started again on the same port. */

import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { extenderAt } from "./scheduler-config.js";
import { SLOT_FLAGS, slots, startSlotScheduler } from "./slots.js";
import { onStage } from "./stage.js";

onStage(
  "killed in a burst, an extender that must be asked holds pods up, and sells nothing twice afterwards",
  async (stage) => {
    const { observer } = stage;
    const first = await stage.stowage({ flags: SLOT_FLAGS });
    await startSlotScheduler(stage, first.url);
    await stage.createNodes(50, { allocatable: slots(4) });
    const created = stage.createPods(260, { requests: slots(1) });
    await observer.untilBound(60);
    await first.child.kill();
    await created;
    await sleep(1000);
    const bound = observer.boundPods.length;
    await sleep(2000);
    expect(observer.boundPods.length).toBe(bound);
    expect(bound).toBeLessThan(200);
    await stage.stowage({ name: "stowage-again", port: first.port, flags: SLOT_FLAGS });
    await observer.untilBound(200);
    await sleep(2000);
    return { pods: 260, pending: observer.pendingNames, binder: "stowage" };
  },
);

onStage("killed in a burst, an extender that may be ignored holds nothing up", async (stage) => {
  const { observer } = stage;
  const first = await stage.stowage();
  await stage.plane.startScheduler({ extenders: [extenderAt(first.url, { bindVerb: "bind", ignorable: true })] });
  await stage.createNodes(50);
  const created = stage.createPods(300);
  await observer.untilBound(60);
  await first.child.kill();
  await created;
  await observer.untilBound(300);
  await stage.stowage({ name: "stowage-again", port: first.port });
  await stage.createPods(20, {}, "later");
  await observer.untilBound(320);
  const later = (): number =>
    stage.plane.bindings().filter(({ user, pod }) => user === "stowage" && pod.startsWith("later")).length;
  await expect.poll(later).toBe(20);
  return { pods: 320, binder: "either" };
});
