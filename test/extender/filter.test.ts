// Which nodes pass, in which form they are answered, and in whose words the others are rejected.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Node } from "../../src/kube/objects.js";
import { definePlugin } from "../../src/scheduler/plugin.js";
import {
  ask,
  bindArgs,
  ChangingSource,
  extenderOf,
  GPU,
  nodeOf,
  podOf,
  SlowBinder,
} from "../helpers/extender-world.js";

const gpu = (count: number): Record<string, string> => ({ [GPU]: String(count) });
const managing = { managedResources: [GPU] };
const wholeNodes = (nodes: readonly Node[]) => ({ metadata: {}, items: nodes });
const UNKNOWN = "node(s) the extender has not heard of";
/** Lets nodes pass whose name has no x. */
const noX = definePlugin({
  name: "NoX",
  filter: (cycle) => cycle.eachNode(({ name }) => (name.includes("x") ? "has an x" : undefined)),
});

describe("an answer", () => {
  test("is there at once, where only bind is waited for", async () => {
    const extender = extenderOf(new ChangingSource([nodeOf("a")], [podOf("p")]), { binder: new SlowBinder().bind });
    const body = new TextEncoder().encode(JSON.stringify({ Pod: podOf("p"), NodeNames: ["a"] }));
    expect(extender.answer("filter", body)).toMatchObject({ status: 200, decision: { result: "success", passed: 1 } });
    expect(extender.answer("prioritize", body)).toMatchObject({ status: 200, decision: { result: "success" } });
    expect(extender.answer("filter", new Uint8Array())).toMatchObject({ status: 400, decision: { result: "invalid" } });
    const none = new TextEncoder().encode(JSON.stringify(bindArgs(podOf("q"), "a")));
    const bound = extender.answer("bind", none);
    expect(bound).toBeInstanceOf(Promise);
    expect(await bound).toMatchObject({ status: 200, decision: { verb: "bind", result: "error" } });
  });

  test("heeds the nodes that PreFilter leaves out, also without any filter", async () => {
    const disabled = [{ name: "*" }];
    const plugins = { preFilter: { disabled, enabled: [{ name: "NodeAffinity" }] }, filter: { disabled } };
    const config = { profiles: [{ schedulerName: "default-scheduler", plugins }] };
    const extender = extenderOf(new ChangingSource([nodeOf("a"), nodeOf("b")]), { config });
    const { spec, ...pod } = podOf("p");
    const matchFields = [{ key: "metadata.name", operator: "In", values: ["b"] }];
    const nodeSelectorTerms = [{ matchFields }];
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
    const body = { Pod: { ...pod, spec: { ...spec, affinity } }, NodeNames: ["a", "b"] };
    expect((await ask(extender, "filter", body)).json.NodeNames).toEqual(["b"]);
  });
});

describe("the form of the answer", () => {
  test("is names in the order of the offer, with every field that Go has", async () => {
    const extender = extenderOf(new ChangingSource([nodeOf("a"), nodeOf("b"), nodeOf("c")]));
    const { status, raw } = await ask(extender, "filter", { Pod: podOf("p"), NodeNames: ["c", "a"], Nodes: null });
    expect(status).toBe(200);
    expect(raw).toBe(
      '{"Nodes":null,"NodeNames":["c","a"],"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":""}',
    );
  });

  test("is the very bytes of the whole nodes that pass", async () => {
    const extender = extenderOf(new ChangingSource([nodeOf("a"), nodeOf("x"), nodeOf("b")]), { plugins: [noX] });
    const texts = ["b", "x", "a"].map((name) => `{ "metadata" : {"name":"${name}"},\n "extra": [1.50, {"é": null}] }`);
    const body = `{"Pod":${JSON.stringify(podOf("p"))},"Nodes":{"metadata":{},"items":[${texts.join(" , ")}]},"NodeNames":null}`;
    const { raw, json } = await ask(extender, "filter", body);
    expect(raw).toContain(`"items":[${texts[0]},${texts[2]}]`);
    expect(json.NodeNames).toBeNull();
    expect(json.FailedNodes).toEqual({ x: "has an x" });
  });

  test("is the list as it came when all pass, and an empty one when none does", async () => {
    const all = await ask(
      extenderOf(new ChangingSource([nodeOf("n0"), nodeOf("n1"), nodeOf("n2")])),
      "filter",
      sample(),
    );
    expect(all.json.Nodes).toEqual(JSON.parse(sample()).Nodes);
    const none = await ask(extenderOf(new ChangingSource([nodeOf("x")]), { plugins: [noX] }), "filter", {
      Pod: podOf("p"),
      Nodes: wholeNodes([nodeOf("x")]),
    });
    expect(none.json).toMatchObject({ Nodes: { items: [] }, FailedNodes: { x: "has an x" } });
  });
});

function sample(): string {
  return readFileSync(new URL("../fixtures/extender/filter-nodes.json", import.meta.url), "utf8");
}

describe("nodes that the source does not know", () => {
  test("are rejected by name, since nothing can be said of them", async () => {
    const { json } = await ask(extenderOf(new ChangingSource([nodeOf("a")])), "filter", {
      Pod: podOf("p"),
      NodeNames: ["a", "z"],
    });
    expect(json).toMatchObject({ NodeNames: ["a"], FailedAndUnresolvableNodes: { z: UNKNOWN } });
  });

  test("make an error of an answer that no node passes, for nothing would wake the pod when they are known", async () => {
    const source = new ChangingSource([nodeOf("x")]);
    const { json } = await ask(extenderOf(source, { plugins: [noX] }), "filter", {
      Pod: podOf("p"),
      NodeNames: ["x", "z"],
    });
    expect(json.Error).toBe("the cluster is not up to date here: node z is not known");
  });

  test("are taken from the body when they come whole, and forgotten again", async () => {
    const source = new ChangingSource([nodeOf("a", gpu(0))]);
    const { json } = await ask(extenderOf(source, managing), "filter", {
      Pod: podOf("p", { requests: gpu(1) }),
      Nodes: wholeNodes([nodeOf("a", gpu(8)), nodeOf("z", gpu(1))]),
    });
    expect(json.Nodes.items.map(({ metadata }: Node) => metadata?.name)).toEqual(["z"]);
    expect(source.cluster.node("z")).toBeUndefined();
  });
});

describe("managed resources", () => {
  test("are filtered, whatever the profile filters, by what the cluster's pods have left", async () => {
    const taken = podOf("t", { requests: gpu(3), node: "a" });
    const source = new ChangingSource([nodeOf("a", gpu(4)), nodeOf("b", gpu(4)), nodeOf("c", gpu(1))], [taken]);
    const { json } = await ask(extenderOf(source, managing), "filter", {
      Pod: podOf("p", { requests: gpu(2), priority: -1 }),
      NodeNames: ["a", "b", "c"],
    });
    expect(json).toMatchObject({
      NodeNames: ["b"],
      FailedNodes: { a: `Insufficient ${GPU}` },
      FailedAndUnresolvableNodes: { c: `Insufficient ${GPU}` },
    });
  });

  test("of whole nodes are counted with the pods that the cluster has there, not as if empty", async () => {
    const source = new ChangingSource([nodeOf("a", gpu(1))], [podOf("t", { requests: gpu(1), node: "a" })]);
    const { json } = await ask(extenderOf(source, managing), "filter", {
      Pod: podOf("p", { requests: gpu(1) }),
      Nodes: wholeNodes([nodeOf("a", gpu(1))]),
    });
    expect(json.Nodes.items).toEqual([]);
  });
});

describe("rejections", () => {
  test("are unresolvable where a pod of lower priority would make preemption fail", async () => {
    const running = [podOf("low", { node: "x1", priority: 1 }), podOf("high", { node: "x2", priority: 9 })];
    const source = new ChangingSource([nodeOf("x1"), nodeOf("x2"), nodeOf("x3")], running);
    const { json } = await ask(extenderOf(source, { plugins: [noX] }), "filter", {
      Pod: podOf("p", { priority: 5 }),
      NodeNames: ["x1", "x2", "x3"],
    });
    expect(json.FailedAndUnresolvableNodes).toEqual({ x1: "has an x" });
    expect(json.FailedNodes).toEqual({ x2: "has an x", x3: "has an x" });
  });

  test("of a configured profile are kube-scheduler's sentences and codes", async () => {
    const source = new ChangingSource([nodeOf("a", { cpu: "1" }), { ...nodeOf("b"), spec: { unschedulable: true } }]);
    const { json } = await ask(extenderOf(source, { config: {} }), "filter", {
      Pod: podOf("p", { requests: { cpu: "2" } }),
      NodeNames: ["a", "b"],
    });
    expect(json.FailedAndUnresolvableNodes).toEqual({
      a: "Insufficient cpu",
      b: "node(s) were unschedulable",
    });
  });

  test("by a profile that there is none of, a plugin that fails and a cluster not known yet are errors with code 200", async () => {
    const source = new ChangingSource([nodeOf("a")]);
    const body = { Pod: podOf("p", { schedulerName: "other" }), NodeNames: ["a"] };
    const config = { profiles: [{ schedulerName: "one" }, { schedulerName: "two" }] };
    const unnamed = await ask(extenderOf(source, { config }), "filter", body);
    expect([unnamed.status, unnamed.json.Error]).toEqual([
      200,
      "pod default/p: no profile is called other; the configuration has one, two",
    ]);
    const broken = definePlugin({
      name: "Broken",
      filter: () => {
        throw new Error("it rains");
      },
    });
    const failed = await ask(extenderOf(source, { plugins: [broken] }), "filter", body);
    expect([failed.status, failed.json.Error]).toEqual([200, "plugin Broken: it rains"]);
    source.isSynced = false;
    const early = await ask(extenderOf(source), "filter", body);
    expect([early.status, early.json.Error]).toEqual([
      200,
      "the cluster is not known yet: its lists are still being read",
    ]);
    expect((await ask(extenderOf(source), "prioritize", body)).status).toBe(500);
  });

  test("of the only profile are for pods of any scheduler", async () => {
    const extender = extenderOf(new ChangingSource([nodeOf("a")]), {
      config: { profiles: [{ schedulerName: "one" }] },
    });
    const { json } = await ask(extender, "filter", { Pod: podOf("p", { schedulerName: "other" }), NodeNames: ["a"] });
    expect(json.NodeNames).toEqual(["a"]);
  });
});

describe("a pod that is on its way to a node", () => {
  test("passes that node alone, although it fills it", async () => {
    const pod = podOf("p", { requests: gpu(1) });
    const source = new ChangingSource([nodeOf("a", gpu(1)), nodeOf("b", gpu(1))], [pod]);
    const extender = extenderOf(source, { ...managing, binder: new SlowBinder().bind });
    void ask(extender, "bind", bindArgs(pod, "a"));
    const both = await ask(extender, "filter", { Pod: pod, NodeNames: ["b", "a"] });
    expect(both.json).toMatchObject({
      NodeNames: ["a"],
      FailedAndUnresolvableNodes: { b: "the pod is on its way to node a" },
    });
    const elsewhere = await ask(extender, "filter", { Pod: pod, NodeNames: ["b"] });
    expect(elsewhere.json.NodeNames).toEqual(["b"]);
    const other = await ask(extender, "filter", { Pod: podOf("q", { requests: gpu(1) }), NodeNames: ["a", "b"] });
    expect(other.json.NodeNames).toEqual(["b"]);
  });
});

describe("a call that waited longer than its budget", () => {
  const body = new TextEncoder().encode(JSON.stringify({ Pod: podOf("p"), NodeNames: ["x", "a"] }));
  const late = async (onBudget: "pass" | "fail", verb: "filter" | "prioritize", waitedMs: number) => {
    const source = new ChangingSource([nodeOf("x"), nodeOf("a")]);
    const extender = extenderOf(source, { plugins: [noX], budgetMs: 1_000, onBudget, nowMs: () => 5_000 });
    const { status, body: answer, decision } = await extender.handle(verb, body, 5_000 - waitedMs);
    const text = typeof answer === "string" ? answer : new TextDecoder().decode(answer);
    return { status, json: JSON.parse(text), result: decision.result };
  };

  test("fails by default, with its time in the sentence", async () => {
    expect(await late("fail", "filter", 1_001)).toEqual({
      status: 200,
      json: { Error: "the call waited 1001 ms, longer than its budget of 1000 ms" },
      result: "error",
    });
    expect((await late("fail", "prioritize", 1_001)).status).toBe(500);
    expect((await late("fail", "filter", 1_000)).json.NodeNames).toEqual(["a"]);
  });

  test("lets every node pass, all equal, where that is wished", async () => {
    expect(await late("pass", "filter", 1_001)).toMatchObject({ json: { NodeNames: ["x", "a"] }, result: "late" });
    expect((await late("pass", "prioritize", 1_001)).json).toEqual([
      { Host: "x", Score: 0 },
      { Host: "a", Score: 0 },
    ]);
  });
});
