// Binding once, and room that is never promised twice. A model of an API server with a watch that lags decides what is true:
// it binds whatever it is asked to, so that only the extender stands between the pods and a node that is too small.
//   STOWAGE_BIND=3000 npx vitest run test/extender/bind.test.ts --testTimeout 0        more sequences
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { Binding } from "../../src/extender/binder.js";
import { namespacedName, type Pod } from "../../src/kube/objects.js";
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

const needing = (gpus: number): Record<string, string> => ({ [GPU]: String(gpus) });
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setup(pods: readonly Pod[]) {
  const source = new ChangingSource([nodeOf("a", needing(1)), nodeOf("b", needing(1))], pods);
  const binder = new SlowBinder();
  const extender = extenderOf(source, { managedResources: [GPU], binder: binder.bind });
  return { source, binder, extender, bind: (pod: Pod, node: string) => ask(extender, "bind", bindArgs(pod, node)) };
}

describe("bind", () => {
  const pod = podOf("p", { requests: needing(1) });
  const rival = podOf("q", { requests: needing(1) });

  test("promises the room before it asks, and gives it back when the API server refuses", async () => {
    const { binder, bind, extender } = setup([pod, rival]);
    const first = bind(pod, "a");
    expect(extender.promised).toBe(1);
    expect((await bind(rival, "a")).json).toEqual({ Error: `node a: Insufficient ${GPU}` });
    binder.asked[0]?.fail(new Error("forbidden"));
    expect(await first).toMatchObject({ status: 200, json: { Error: "forbidden" } });
    const second = bind(rival, "a");
    binder.asked[1]?.succeed();
    expect((await second).json).toEqual({ Error: "" });
  });

  test("asks once for a pod that is asked for twice, and not at all for one that is there", async () => {
    const { source, binder, bind } = setup([pod]);
    const both = [bind(pod, "a"), bind(pod, "a")];
    binder.asked[0]?.succeed();
    expect((await Promise.all(both)).map(({ json }) => json)).toEqual([{ Error: "" }, { Error: "" }]);
    expect((await bind(pod, "a")).json).toEqual({ Error: "" });
    source.put(podOf("p", { requests: needing(1), node: "a" }));
    expect((await bind(pod, "a")).json).toEqual({ Error: "" });
    expect((await bind(pod, "b")).json).toEqual({ Error: "pod default/p is on node a already, not b" });
    expect(binder.asked).toHaveLength(1);
  });

  test("asks again for the same node after an answer was lost, and for no other", async () => {
    const { binder, bind } = setup([pod]);
    const lost = bind(pod, "a");
    binder.asked[0]?.fail(Object.assign(new Error("timed out"), { isOutcomeUnknown: true }));
    expect((await lost).json.Error).toBe("timed out");
    expect((await bind(pod, "b")).json.Error).toBe("pod default/p is on its way to node a, not b");
    const again = bind(pod, "a");
    binder.asked[1]?.succeed();
    expect((await again).json.Error).toBe("");
  });

  test("knows a pod from filter when the watch does not have it yet, and says which it does not know", async () => {
    const { binder, bind, extender } = setup([]);
    expect((await bind(pod, "a")).json.Error).toBe("pod default/p is not known here");
    await ask(extender, "filter", { Pod: pod, NodeNames: ["a"] });
    const bound = bind(pod, "a");
    binder.asked[0]?.succeed();
    expect((await bound).json.Error).toBe("");
    expect((await bind(rival, "z")).json.Error).toBe("pod default/q is not known here");
  });

  test("does not take a pod for the one that had its name before", async () => {
    const { source, bind } = setup([pod]);
    source.put(podOf("p", { uid: "new" }));
    expect((await bind(pod, "a")).json.Error).toBe("pod default/p is not the one with uid uid-p: it was made again");
  });

  test("is refused without an API server, for an unknown node, and in words for a body that is none", async () => {
    const still = extenderOf(new ChangingSource([nodeOf("a")], [pod]));
    expect((await ask(still, "bind", bindArgs(pod, "a"))).json.Error).toBe(
      "this extender does not bind: it has no API server to ask",
    );
    expect((await setup([pod]).bind(pod, "z")).json.Error).toBe("node z is not known here");
    expect(await ask(still, "bind", { PodName: "p" })).toMatchObject({
      status: 400,
      json: { Error: "PodNamespace: missing" },
    });
  });

  test("asks about a bound pod that nobody has seen for the TTL, and keeps its room until it knows", async () => {
    const source = new ChangingSource([nodeOf("a", needing(1))], [pod, rival]);
    const binder = new SlowBinder();
    const overdue: string[] = [];
    let now = 0;
    const extender = extenderOf(source, {
      managedResources: [GPU],
      binder: binder.bind,
      promiseTtlMs: 1_000,
      nowMs: () => now,
      onOverdue: ({ key }) => overdue.push(key),
    });
    const passes = async () => (await ask(extender, "filter", { Pod: rival, NodeNames: ["a"] })).json.NodeNames;
    const bound = ask(extender, "bind", bindArgs(pod, "a"));
    binder.asked[0]?.succeed();
    await bound;
    now = 999;
    expect(await passes()).toEqual([]);
    expect(overdue).toEqual([]);
    now = 1_000;
    expect(await passes()).toEqual([]);
    expect([overdue, binder.asked.length]).toEqual([["default/p"], 2]);
    binder.asked[1]?.fail(new Error("the API server is away"));
    await tick();
    expect(await passes()).toEqual([]);
    now = 2_000;
    expect(await passes()).toEqual([]);
    binder.asked[2]?.fail(Object.assign(new Error("no such pod"), { failure: "gone" }));
    await tick();
    expect(await passes()).toEqual(["a"]);
  });
});

const onNode = (pod: Pod, node: string): Pod => ({ ...pod, spec: { ...pod.spec!, nodeName: node } });

/** What is true, and a watch that tells it late, in order. */
class ApiServer {
  readonly pods = new Map<string, { pod: Pod; node: string | undefined }>();
  readonly watch: (() => void)[] = [];
  readonly source: ChangingSource;

  constructor(source: ChangingSource) {
    this.source = source;
  }

  create(pod: Pod): void {
    const key = namespacedName(pod);
    if (this.pods.has(key)) return;
    this.pods.set(key, { pod, node: undefined });
    this.watch.push(() => this.source.put(pod));
  }

  delete(key: string): void {
    if (this.pods.delete(key)) this.watch.push(() => this.source.remove(key));
  }

  /** The watch is cut, and a list tells what is there now: what came and went in between nobody hears of. */
  relist(): void {
    this.watch.length = 0;
    for (const seen of this.source.pods()) {
      const there = this.pods.get(namespacedName(seen));
      if (there?.pod.metadata?.uid !== seen.metadata?.uid) this.source.remove(namespacedName(seen));
    }
    for (const { pod, node } of this.pods.values()) this.source.put(node === undefined ? pod : onNode(pod, node));
  }

  /** Binds, whatever else is on the node. */
  bind({ pod, node }: Binding): void {
    const key = `${pod.namespace}/${pod.name}`;
    const entry = this.pods.get(key);
    if (entry === undefined || entry.pod.metadata?.uid !== pod.uid)
      throw Object.assign(new Error("gone"), { failure: "gone" });
    if (entry.node === node) return;
    if (entry.node !== undefined) throw Object.assign(new Error("elsewhere"), { failure: "elsewhere" });
    entry.node = node;
    this.watch.push(() => this.source.put(onNode(entry.pod, node)));
  }

  /** Another scheduler binds, to a node of its own. */
  bindElsewhere(key: string, node: string): void {
    const entry = this.pods.get(key);
    if (entry === undefined || entry.node !== undefined) return;
    entry.node = node;
    this.watch.push(() => this.source.put(onNode(entry.pod, node)));
  }

  /** GPUs of the pods that are really there. */
  used(node: string): number {
    const there = [...this.pods.values()].filter((entry) => entry.node === node);
    return there.reduce((sum, { pod }) => sum + Number(pod.spec?.containers?.[0]?.resources?.requests?.[GPU] ?? 0), 0);
  }
}

const podNumber = fc.nat(3);
const step = fc.oneof(
  fc.record({ do: fc.constant("create" as const), pod: podNumber, gpus: fc.integer({ min: 2, max: 3 }) }),
  fc.record({ do: fc.constant("bind" as const), pod: podNumber, node: fc.constantFrom("a", "b") }),
  fc.record({
    do: fc.constant("answer" as const),
    which: fc.nat(3),
    how: fc.constantFrom("bound", "bound, answer lost", "not bound, answer lost", "refused"),
  }),
  fc.record({ do: fc.constant("watch" as const) }),
  fc.record({ do: fc.constant("relist" as const) }),
  fc.record({ do: fc.constant("bound by another" as const), pod: podNumber }),
  fc.record({ do: fc.constant("delete" as const), pod: podNumber }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(100, 2_000) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The watch is one pod of that name behind: it has the first; the second is gone already, too, the third is promised. */
const MADE_AGAIN: Step[] = [
  { do: "delete", pod: 0 },
  { do: "create", pod: 0, gpus: 2 },
  { do: "bind", pod: 0, node: "a" },
  { do: "answer", which: 0, how: "bound" },
  { do: "watch" },
  { do: "watch" },
  { do: "watch" },
  { do: "bind", pod: 2, node: "a" },
  { do: "answer", which: 0, how: "bound" },
];

/** The first of its name was promised and nobody saw it go; the second is listed, bound by another, and must be counted. */
const SKIPPED: Step[] = [
  { do: "bind", pod: 3, node: "a" },
  { do: "answer", which: 0, how: "not bound, answer lost" },
  { do: "delete", pod: 3 },
  { do: "create", pod: 3, gpus: 3 },
  { do: "bound by another", pod: 3 },
  { do: "relist" },
];

class Run {
  readonly source = new ChangingSource([nodeOf("a", needing(3)), nodeOf("b", needing(4)), nodeOf("c", needing(99))]);
  readonly server = new ApiServer(this.source);
  readonly binder = new SlowBinder();
  #now = 0;
  #uids = 0;
  readonly extender = extenderOf(this.source, {
    managedResources: [GPU],
    binder: this.binder.bind,
    promiseTtlMs: 1_000,
    nowMs: () => this.#now,
  });

  async take(each: Step): Promise<void> {
    const name = "pod" in each ? `p${each.pod}` : "";
    if (each.do === "create")
      this.server.create(podOf(name, { requests: needing(each.gpus), uid: `u${this.#uids++}` }));
    if (each.do === "delete") this.server.delete(`default/${name}`);
    if (each.do === "watch") this.server.watch.shift()?.();
    if (each.do === "relist") this.server.relist();
    if (each.do === "bound by another") this.server.bindElsewhere(`default/${name}`, "c");
    if (each.do === "wait") this.#now += each.ms;
    if (each.do === "bind") await this.#bind(name, each.node);
    if (each.do === "answer") this.#answer(each.which, each.how);
    await tick();
  }

  /** As kube-scheduler does: filter first, with the pod as the API server has it. */
  async #bind(name: string, node: string): Promise<void> {
    const entry = this.server.pods.get(`default/${name}`);
    if (entry === undefined) return;
    const { json } = await ask(this.extender, "filter", { Pod: entry.pod, NodeNames: [node] });
    if (json.NodeNames.length > 0) void ask(this.extender, "bind", bindArgs(entry.pod, node));
  }

  #answer(which: number, how: string): void {
    const open = this.binder.asked.splice(which % Math.max(1, this.binder.asked.length), 1)[0];
    if (open === undefined) return;
    try {
      if (how.startsWith("bound")) this.server.bind(open.binding);
    } catch (error) {
      open.fail(error as Error);
      return;
    }
    if (how === "bound") open.succeed();
    else open.fail(Object.assign(new Error(how), { isOutcomeUnknown: how.endsWith("lost") }));
  }
}

describe("room", () => {
  property.prop([fc.array(step, { minLength: 10, maxLength: 40, size: "max" })], {
    numRuns: Number(process.env.STOWAGE_BIND ?? 100),
    examples: [[MADE_AGAIN], [SKIPPED]],
  })("is never promised twice, however binds, answers, deletions and the watch interleave", async (steps) => {
    const run = new Run();
    for (const pod of [0, 1, 2, 3]) await run.take({ do: "create", pod, gpus: 2 });
    for (const _ of [0, 1]) await run.take({ do: "watch" });
    for (const each of steps) {
      await run.take(each);
      expect(run.server.used("a")).toBeLessThanOrEqual(3);
      expect(run.server.used("b")).toBeLessThanOrEqual(4);
    }
    // When all is answered and seen, nothing is promised any more, and the cluster is as the API server has it.
    for (let round = 0; round < 3; round++) {
      await run.take({ do: "wait", ms: 2_000 });
      await ask(run.extender, "filter", { Pod: podOf("any"), NodeNames: [] });
      while (run.binder.asked.length > 0) await run.take({ do: "answer", which: 0, how: "bound" });
      while (run.server.watch.length > 0) await run.take({ do: "watch" });
    }
    expect(run.extender.promised).toBe(0);
    for (const node of ["a", "b", "c"]) {
      expect(run.source.cluster.node(node)?.requested[GPU] ?? 0).toBe(run.server.used(node));
    }
  });
});
