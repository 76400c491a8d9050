// Which of kube-scheduler's candidates remain, and with whom: never one without a victim.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Pod } from "../../src/kube/objects.js";
import { definePlugin } from "../../src/scheduler/plugin.js";
import { ask, ChangingSource, extenderOf, GPU, nodeOf, podOf } from "../helpers/extender-world.js";

const gpu = (count: number): Record<string, string> => ({ [GPU]: String(count) });
const victims = (...pods: readonly Pod[]) => ({
  Pods: pods.map(({ metadata }) => ({ UID: metadata?.uid })),
  NumPDBViolations: 0,
});
const whole = (...pods: readonly Pod[]) => ({ Pods: pods, NumPDBViolations: 0 });

describe("preempt", () => {
  const incoming = podOf("p", { requests: { ...gpu(2), cpu: "1" }, priority: 10 });
  const plain = podOf("plain", { requests: { cpu: "4" }, node: "a", priority: 1 });
  const holder1 = podOf("holder1", { requests: gpu(1), node: "a", priority: 5 });
  const holder2 = podOf("holder2", { requests: gpu(1), node: "a", priority: 2 });
  const equal = podOf("equal", { requests: gpu(2), node: "b", priority: 10 });
  const low = podOf("low", { requests: { cpu: "4" }, node: "b", priority: 0 });
  const source = () =>
    new ChangingSource(
      [nodeOf("a", gpu(2)), nodeOf("b", gpu(2)), nodeOf("c", gpu(0))],
      [plain, holder1, holder2, equal, low],
    );
  const preempt = (body: object) =>
    ask(extenderOf(source(), { managedResources: [GPU] }), "preempt", { Pod: incoming, ...body });

  test("names further pods that hold what it manages, the most important first, and drops nodes that do not help", async () => {
    const { json } = await preempt({
      NodeNameToVictims: null,
      NodeNameToMetaVictims: { a: victims(plain), b: victims(low), c: victims(), unknown: victims(plain) },
    });
    expect(json).toEqual({ NodeNameToMetaVictims: { a: victims(holder1, holder2, plain) } });
  });

  test("takes whole victims, and answers by uid all the same", async () => {
    const { json } = await preempt({
      NodeNameToVictims: { a: whole(plain, holder1, holder2) },
      NodeNameToMetaVictims: null,
    });
    expect(json).toEqual({ NodeNameToMetaVictims: { a: victims(plain, holder1, holder2) } });
  });

  test("keeps victims that it does not know, for the scheduler does", async () => {
    const other = podOf("unseen");
    const { json } = await preempt({ NodeNameToMetaVictims: { a: victims(other, holder1, holder2) } });
    expect(json).toEqual({ NodeNameToMetaVictims: { a: victims(other, holder1, holder2) } });
  });

  test("counts the budgets that further victims break", async () => {
    const changing = source();
    changing.cluster.upsertObject({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "all", namespace: "default" },
      spec: { selector: { matchLabels: { app: "db" } } },
      status: { disruptionsAllowed: 0 },
    });
    changing.put({ ...holder1, metadata: { ...holder1.metadata, labels: { app: "db" } } });
    const extender = extenderOf(changing, { managedResources: [GPU] });
    const { json } = await ask(extender, "preempt", { Pod: incoming, NodeNameToMetaVictims: { a: victims(plain) } });
    expect(json.NodeNameToMetaVictims.a.NumPDBViolations).toBe(1);
  });

  test("leaves out nodes that a plugin rejects with the victims gone, and lets the others be as they were found", async () => {
    const noA = definePlugin({
      name: "NoA",
      filter: (cycle) => cycle.eachNode(({ name }) => (name === "a" ? "not here" : undefined)),
    });
    const { json } = await ask(extenderOf(source(), { plugins: [noA] }), "preempt", {
      Pod: podOf("q", { priority: 10 }),
      NodeNameToMetaVictims: { a: victims(plain), b: victims(low) },
    });
    expect(json).toEqual({ NodeNameToMetaVictims: { b: victims(low) } });
  });

  test("answers what a real kube-scheduler sent, and leaves the cluster as it was", async () => {
    const body = readFileSync(new URL("../fixtures/extender/preempt-nodes.json", import.meta.url), "utf8");
    const {
      Pods: [victim],
    } = JSON.parse(body).NodeNameToVictims.n0;
    const changing = new ChangingSource([nodeOf("n0", { cpu: "2" })], [victim]);
    const { json } = await ask(extenderOf(changing, { config: {} }), "preempt", body);
    expect(json).toEqual({ NodeNameToMetaVictims: { n0: victims(victim) } });
    expect(changing.cluster.pod("default/a0")?.node).toBe("n0");
  });
});
