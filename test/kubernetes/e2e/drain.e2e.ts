/** Method: two replicas behind an address that goes to those that are ready, as a Service's does; one after the other is
 * asked to end and started again in the middle of a burst. */

import { expect } from "vitest";
import { Balancer } from "./balancer.js";
import { freePorts } from "./child.js";
import { isHealthy } from "./control-plane.js";
import { extenderAt } from "./scheduler-config.js";
import { onStage } from "./stage.js";

onStage("replicas are replaced in a burst, and no request is lost", async (stage) => {
  const { observer } = stage;
  const ports = await freePorts(2);
  const replicas = await Promise.all(
    ports.map((port, index) => stage.stowage({ name: `stowage-${index}`, port, drainDelay: "1s" })),
  );
  const balancer = await Balancer.start(
    ports.map((port) => ({ port, isReady: () => isHealthy(`http://127.0.0.1:${port}/readyz`) })),
  );
  stage.after(() => balancer.stop());
  const url = `http://127.0.0.1:${balancer.port}`;
  await stage.plane.startScheduler({ extenders: [extenderAt(url, { bindVerb: "bind" })] });
  await stage.createNodes(50);
  const created = stage.createPods(600);
  for (const [index, replica] of replicas.entries()) {
    await observer.untilBound(100 + 200 * index);
    expect(await replica.child.stop()).toBe(0);
    await stage.stowage({ name: `stowage-${index}-again`, port: replica.port });
  }
  await created;
  await observer.untilBound(600);
  expect(await stage.warnings()).toEqual([]);
  return { pods: 600, binder: "stowage" };
});
