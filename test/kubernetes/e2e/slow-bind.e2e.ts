/** Method: answers to bind are lost after the pod was bound: on the way to kube-scheduler, and on the way to stowage. */

import { expect } from "vitest";
import { FaultyProxy } from "./faulty-proxy.js";
import { extenderAt } from "./scheduler-config.js";
import { onStage } from "./stage.js";

onStage("kube-scheduler does not hear that pods were bound, and asks again", async (stage) => {
  const { observer } = stage;
  const replica = await stage.stowage();
  const bodies: string[] = [];
  const proxy = await FaultyProxy.start({
    targets: [replica.url],
    fateOf: ({ path, body }) => {
      if (!path.endsWith("/bind") || bodies.length === 20) return {};
      bodies.push(body);
      return bodies.length % 2 === 0 ? { isAnswerLost: true } : { delayMs: 3000 };
    },
  });
  stage.after(() => proxy.stop());
  await stage.plane.startScheduler({
    podMaxBackoffSeconds: 1,
    extenders: [extenderAt(proxy.url, { bindVerb: "bind", httpTimeout: "1s" })],
  });
  await stage.createNodes(10);
  await stage.createPods(60);
  await observer.untilBound(60);
  for (const body of bodies) {
    const answer = await replica.ask("POST", "/bind", body);
    expect({ ...answer, body: JSON.parse(answer.body) }).toEqual({ status: 200, body: { Error: "" } });
  }
  return { pods: 60, binder: "stowage" };
});

onStage("stowage does not hear that pods were bound, looks, and says yes", async (stage) => {
  let lost = 0;
  const proxy = await FaultyProxy.start({
    targets: [`https://127.0.0.1:${stage.plane.apiPort}`],
    fateOf: ({ path }) => ({ isAnswerLost: path.endsWith("/binding") && ++lost % 2 === 1 }),
  });
  stage.after(() => proxy.stop());
  const { url } = await stage.stowage({ kubeconfig: stage.plane.kubeconfig("stowage", proxy.url) });
  await stage.plane.startScheduler({ extenders: [extenderAt(url, { bindVerb: "bind" })] });
  await stage.createNodes(10);
  await stage.createPods(60);
  await stage.observer.untilBound(60);
  expect(await stage.warnings()).toEqual([]);
  return { pods: 60, binder: "stowage" };
});
