/**
 * Method: the wall clock of the extender's process is set an hour forward and back (clock.mjs), and the process is stopped
 * for longer than a promise lasts, as a machine that is suspended: then the monotonic clock jumps too.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { SLOT_FLAGS, slots, startSlotScheduler } from "./slots.js";
import { onStage } from "./stage.js";

const CLOCK = new URL("./clock.mjs", import.meta.url);
const HOUR_MS = 3_600_000;

onStage("the clock jumps forward, back and over a pause, and nothing is sold twice", async (stage) => {
  const { observer } = stage;
  const offsetFile = join(stage.folder, "clock-offset");
  const env = { NODE_OPTIONS: `--import=${CLOCK}`, CLOCK_OFFSET_FILE: offsetFile };
  const { child, url } = await stage.stowage({ flags: [...SLOT_FLAGS, "--promise-ttl=2s"], env });
  await startSlotScheduler(stage, url);
  await stage.createNodes(30, { allocatable: slots(4) });
  const created = stage.createPods(150, { requests: slots(1) });
  for (const [round, offsetMs] of [HOUR_MS, -HOUR_MS, 0].entries()) {
    await observer.untilBound(20 * (round + 1));
    writeFileSync(offsetFile, String(offsetMs));
    child.signal("SIGUSR2");
  }
  await observer.untilBound(80);
  child.signal("SIGSTOP");
  await sleep(4000);
  child.signal("SIGCONT");
  await created;
  await observer.untilBound(120);
  await sleep(2000);
  expect(child.log().match(/the clock is -?\d+ ms off/g)).toHaveLength(3);
  return { pods: 150, pending: observer.pendingNames, binder: "stowage" };
});
