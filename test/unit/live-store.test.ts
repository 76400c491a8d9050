// What is kept of objects, and what happens to those that cannot be understood. The oracle for "nothing that is read is cut
// away" is the engine itself: whole and trimmed objects must decide alike.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StowageError } from "../../src/errors.js";
import type { NamedObject, Node, Pod } from "../../src/kube/objects.js";
import { podRequest } from "../../src/kube/pod-request.js";
import { ObjectStore, type StoreOptions } from "../../src/live/object-store.js";
import { Pool } from "../../src/live/pool.js";
import { type Resource, type ResourceName, resourceOf } from "../../src/live/resources.js";
import { trim } from "../../src/live/trim.js";
import { tries } from "../helpers/tries.js";
import type { World } from "../helpers/world-types.js";
import { worldOf } from "../helpers/worlds.js";
import { ENGINE } from "../kubernetes/engine-verdicts.js";

const options = (): StoreOptions & { told: string[] } => {
  const told: string[] = [];
  return {
    pool: new Pool(),
    annotations: new Set(["example.com/slots"]),
    onUnreadable: (object, reason) => told.push(`${object}: ${reason}`),
    told,
  };
};

function storeOf(resource: ResourceName, given: StoreOptions = options()) {
  const changes: string[] = [];
  const sink = {
    put: (object: NamedObject, previous?: NamedObject) =>
      void changes.push(`${previous === undefined ? "add" : "change"} ${object.metadata?.name}`),
    remove: (object: NamedObject) => void changes.push(`remove ${object.metadata?.name}`),
  };
  return { store: new ObjectStore(resourceOf(resource), sink, given), changes };
}

const node = (version: number, fields: object = {}, metadata: object = {}) => ({
  metadata: { name: "n1", uid: "u1", resourceVersion: String(version), ...metadata },
  status: { allocatable: { cpu: "4" }, ...fields },
});

describe("a store", () => {
  test("tells of changes in what is kept, and of nothing else", () => {
    const { store, changes } = storeOf("nodes");
    store.put(node(1));
    store.put(node(2, { conditions: [] }));
    store.put(node(3, { conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: "2026-01-01T00:00:00Z" }] }));
    store.put(node(4, { conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: "2026-01-01T00:00:10Z" }] }));
    store.put(node(5, { allocatable: { cpu: "8" } }));
    expect(changes).toEqual(["add n1", "change n1", "change n1", "change n1"]);
  });

  test("takes an object with another uid for another object", () => {
    const { store, changes } = storeOf("nodes");
    store.put(node(1));
    store.put(node(2, {}, { uid: "u2" }));
    expect(changes).toEqual(["add n1", "remove n1", "add n1"]);
  });

  test("keeps the version before one that cannot be understood, counts it and tells of it once", () => {
    const given = options();
    const { store, changes } = storeOf("nodes", given);
    store.put(node(1));
    store.put(node(2, { allocatable: { cpu: "many" } }));
    store.put(node(3, { allocatable: { cpu: "many" } }));
    expect(store.get("n1")?.metadata?.name).toBe("n1");
    expect((store.get("n1") as Node).status?.allocatable).toEqual({ cpu: "4" });
    expect([store.skipped, store.unreadable, store.size]).toEqual([2, 1, 1]);
    expect(given.told).toEqual([expect.stringMatching(/^Node n1: status\.allocatable\.cpu: "many"/)]);
    store.put(node(4));
    expect(store.unreadable).toBe(0);
    store.delete(node(5));
    expect(changes).toEqual(["add n1", "remove n1"]);
  });

  test("passes over what its receiver refuses, and keeps that apart from bugs", () => {
    const sink = {
      put: () => {
        throw new StowageError("ERR_CAPACITY", { limit: "nodes", max: 1 });
      },
      remove: () => undefined,
    };
    const store = new ObjectStore(resourceOf("nodes"), sink, options());
    store.put(node(1));
    expect([store.size, store.skipped]).toEqual([0, 1]);
    const broken = {
      ...sink,
      put: () => {
        throw new StowageError("ERR_INTERNAL", { reason: "x" });
      },
    };
    expect(() => new ObjectStore(resourceOf("nodes"), broken, options()).put(node(1))).toThrow("bug");
  });

  test("gives a node, its annotations still there, to mapNode, and passes over nodes that it refuses", () => {
    const given = options();
    const { store } = storeOf("nodes", {
      ...given,
      mapNode: (each) => {
        const slots = each.metadata?.annotations?.["vendor/slots"];
        if (slots === "x") throw new Error("vendor/slots is no number");
        return {
          ...each,
          status: { ...each.status, allocatable: { ...each.status?.allocatable, "vendor/slot": slots ?? 0 } },
        };
      },
    });
    store.put(node(1, {}, { annotations: { "vendor/slots": "3" } }));
    expect((store.get("n1") as Node).status?.allocatable).toEqual({ cpu: "4", "vendor/slot": "3" });
    store.put(node(2, {}, { annotations: { "vendor/slots": "x" } }));
    expect((store.get("n1") as Node).status?.allocatable).toEqual({ cpu: "4", "vendor/slot": "3" });
    expect(given.told).toEqual(["Node n1: mapNode: vendor/slots is no number"]);
  });

  test("counts about what it keeps, and nothing when it keeps nothing", () => {
    const { store } = storeOf("nodes");
    for (let index = 0; index < 100; index++) {
      store.put({ metadata: { name: `n${index}`, uid: `u${index}`, resourceVersion: "1" }, status: {} });
    }
    expect(store.keptBytes).toBeGreaterThan(100 * 100);
    expect(store.keptBytes).toBeLessThan(100 * 1000);
    store.keepOnly(new Set());
    expect([store.keptBytes, store.size]).toEqual([0, 0]);
  });

  test("never fails for what an object is", () => {
    const { store } = storeOf("pods");
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (spec, status, metadata) => {
        store.put({ metadata: { name: "p", namespace: "d", ...(metadata as object) }, spec, status });
        store.put({
          metadata: { name: "p", namespace: "d", labels: metadata },
          spec: { containers: spec, volumes: status, initContainers: metadata },
          status: { containerStatuses: spec, conditions: status },
        });
        store.put(spec);
        store.delete(spec);
      }),
      { seed: 7, numRuns: tries(200, 500) },
    );
  });
});

describe("what is kept", () => {
  const keep = <T extends NamedObject>(object: T, kind: Resource["kind"], pool: Pool): T =>
    trim(JSON.parse(JSON.stringify(object)), kind, { pool, annotations: new Set() }).object as T;

  test("decides as the whole object does, over worlds of every theme", () => {
    for (let index = 0; index < 60; index++) {
      const world = worldOf(`kept-${index}`);
      const pool = new Pool();
      const lists = Object.entries(world.objects ?? {}).map(([list, objects]) => [
        list,
        list === "priorityClasses" ? objects : objects.map((each) => keep(each, each.kind as Resource["kind"], pool)),
      ]);
      const kept: World = {
        ...world,
        nodes: world.nodes.map((each) => keep(each, "Node", pool)),
        pods: world.pods.map((each) => keep(each, "Pod", pool)),
        incoming: world.incoming.map((each) => keep(each, "Pod", pool)),
        objects: Object.fromEntries(lists),
      };
      expect(ENGINE.decide(kept, { compat: "1.37" }), `world kept-${index}`).toEqual(
        ENGINE.decide(world, { compat: "1.37" }),
      );
    }
  });

  test("of a running pod leaves out what repeats its spec, unless a resize is under way", () => {
    const requests = { cpu: "100m" };
    const pod = (status: Pod["status"]): Pod => ({
      metadata: { name: "p", namespace: "d" },
      spec: { containers: [{ name: "c", resources: { requests } }], volumes: [{ name: "tmp", emptyDir: {} }] },
      status: { phase: "Running", ...status },
    });
    const same = [{ name: "c", resources: { requests }, allocatedResources: requests }];
    const more = [{ name: "c", resources: { requests: { cpu: "200m" } } }];
    const keptOf = (status: Pod["status"]): Pod => keep(pod(status), "Pod", new Pool());
    expect(keptOf({ containerStatuses: same })).toEqual({
      kind: "Pod",
      metadata: { name: "p", namespace: "d" },
      spec: { containers: [{ name: "c", resources: { requests } }] },
      status: { phase: "Running" },
    });
    expect(podRequest(keptOf({ containerStatuses: more }), { statusResources: true }).get("cpu")).toBe(200);
    const infeasible = [{ type: "PodResizePending", status: "True", reason: "Infeasible" }];
    expect(keptOf({ containerStatuses: same, conditions: infeasible }).status?.containerStatuses).toHaveLength(1);
  });

  test("of annotations are those that were asked for, and of volumes all but kubectl's", () => {
    const annotations = { "example.com/slots": "3", "kubectl.kubernetes.io/last-applied-configuration": "{}", x: "y" };
    const metadata = { name: "a", annotations };
    const given = { pool: new Pool(), annotations: new Set(["example.com/slots"]) };
    expect(trim({ metadata }, "Node", given).object.metadata?.annotations).toEqual({ "example.com/slots": "3" });
    expect(trim({ metadata }, "PersistentVolume", given).object.metadata?.annotations).toEqual({
      "example.com/slots": "3",
      x: "y",
    });
  });

  test("is shared where it is equal, also after the pool has begun anew", () => {
    const pool = new Pool(10);
    const first = pool.share({ cpu: "1" }).value;
    expect(pool.share({ cpu: "1" })).toEqual({ value: first, isNew: false });
    for (let index = 0; index < 10; index++) pool.share({ index });
    expect(pool.share({ cpu: "1" }).isNew).toBe(true);
  });
});
