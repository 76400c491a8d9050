/** Method: the control plane alone and with an extender that changes nothing, so that a failure elsewhere is stowage's. */

import { expect } from "vitest";
import { NODES, PODS } from "./api.js";
import { FaultyProxy } from "./faulty-proxy.js";
import { nodeOf, podOf } from "./objects.js";
import { startPassThrough } from "./pass-through.js";
import { extenderAt } from "./scheduler-config.js";
import { onStage, type Stage } from "./stage.js";

async function bindSome(stage: Stage): Promise<void> {
  await stage.createNodes(10);
  await stage.createPods(30);
  await stage.observer.untilBound(30);
}

onStage("kube-scheduler binds pods without an extender", async (stage) => {
  await stage.plane.startScheduler();
  await bindSome(stage);
  return { pods: 30, binder: "system:kube-scheduler" };
});

onStage("kube-scheduler asks an extender that lets everything through, in turn and through a proxy", async (stage) => {
  const { child, port } = await startPassThrough(stage.folder);
  stage.after(() => child.stop());
  const proxy = await FaultyProxy.start({ targets: [`http://127.0.0.1:${port}`] });
  stage.after(() => proxy.stop());
  await stage.plane.startScheduler({ extenders: [extenderAt(proxy.url)] });
  await bindSome(stage);
  expect(Object.fromEntries(proxy.answers)).toEqual({ "filter 200": 30, "prioritize 200": 30 });
  return { pods: 30, binder: "system:kube-scheduler" };
});

onStage(
  "what is asked after every case sees a node with too much on it, a Binding by another and a pod left",
  async (stage) => {
    const { api, observer } = stage;
    await api.create(NODES, nodeOf("n0", { allocatable: { cpu: "1" } }));
    for (const name of ["p0", "p1", "p2"]) await api.create(PODS, podOf(name, { requests: { cpu: "900m" } }));
    for (const name of ["p0", "p1"]) {
      const target = { apiVersion: "v1", kind: "Node", name: "n0" };
      await api.call("POST", `${PODS}/${name}/binding`, {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name },
        target,
      });
    }
    await observer.untilBound(2);
    const problems = [
      "p2 is on no node: not tried yet",
      "p0 is on n0, and was bound 1 times (to n0 by admin: 201)",
      "p1 is on n0, and was bound 1 times (to n0 by admin: 201)",
      "n0 had too little cpu when p1 came",
    ];
    return { pods: 3, binder: "system:kube-scheduler", problems };
  },
);
