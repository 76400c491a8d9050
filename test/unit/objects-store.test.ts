/**
 * Method: fast-check draws puts, removals and nested what-ifs and runs them against a list that is copied at each begin;
 * directed tests say what names, kinds and versions mean.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import { ClusterObjects } from "../../src/cluster/objects.js";
import { UndoLog } from "../../src/cluster/undo.js";
import type { NamedObject, ObjectKind } from "../../src/kube/objects.js";

const SEED = 4_136;
const RUNS = 200;

function newStore(): { undo: UndoLog; objects: ClusterObjects } {
  const undo = new UndoLog();
  return { undo, objects: new ClusterObjects(undo) };
}

function service(name: string, namespace?: string): NamedObject {
  return { kind: "Service", metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

function namesOf(objects: ClusterObjects, kind: ObjectKind): (string | undefined)[] {
  return [...objects.list(kind)].map(({ metadata }) => metadata?.name);
}

describe("the store", () => {
  test("tells objects of a namespaced kind apart by namespace, which is default when missing", () => {
    const { objects } = newStore();
    const [here, there] = [service("a"), service("a", "shop")];
    objects.put(here);
    objects.put(there);
    expect(objects.get("Service", "a")).toBe(here);
    expect(objects.get("Service", "a", "default")).toBe(here);
    expect(objects.get("Service", "a", "shop")).toBe(there);
    expect(objects.get("Service", "b")).toBeUndefined();
    expect(objects.remove("Service", "a", "shop")).toBe(true);
    expect([...objects.list("Service")]).toEqual([here]);
  });

  test("finds objects of a cluster-scoped kind whatever namespace is said", () => {
    const { objects } = newStore();
    const volume = { kind: "PersistentVolume", metadata: { name: "v", namespace: "stray" } };
    objects.put(volume);
    expect(objects.get("PersistentVolume", "v")).toBe(volume);
    expect(objects.get("PersistentVolume", "v", "other")).toBe(volume);
    expect(objects.remove("PersistentVolume", "v", "third")).toBe(true);
    expect(objects.count("PersistentVolume")).toBe(0);
  });

  test("lists in order of arrival; a changed object keeps its place and one that comes again goes to the end", () => {
    const { objects } = newStore();
    for (const name of ["a", "b", "c"]) objects.put(service(name));
    const changed = { ...service("a"), spec: { selector: { app: "a" } } };
    objects.put(changed);
    expect(objects.get("Service", "a")).toBe(changed);
    expect(namesOf(objects, "Service")).toEqual(["a", "b", "c"]);
    objects.remove("Service", "b");
    objects.put(service("b"));
    expect(namesOf(objects, "Service")).toEqual(["a", "c", "b"]);
  });

  test("counts versions of each kind by itself, and only changes", () => {
    const { objects } = newStore();
    const one = service("a");
    expect(objects.version("Service")).toBe(0);
    objects.put(one);
    objects.put(one);
    expect([objects.version("Service"), objects.version("CSINode")]).toEqual([1, 0]);
    objects.put({ ...one });
    expect(objects.remove("Service", "b")).toBe(false);
    expect(objects.version("Service")).toBe(2);
    objects.remove("Service", "a");
    expect(objects.version("Service")).toBe(3);
  });

  test("brings everything back by a rollback, order included, and counts that as a change", () => {
    const { undo, objects } = newStore();
    const originals = ["a", "b", "c"].map((name) => service(name));
    for (const object of originals) objects.put(object);
    undo.begin();
    objects.remove("Service", "a");
    objects.put({ ...service("b"), spec: {} });
    objects.put(service("a"));
    objects.remove("Service", "c");
    objects.put(service("d"));
    const version = objects.version("Service");
    undo.rollback();
    expect([...objects.list("Service")]).toEqual(originals);
    expect(objects.get("Service", "a")).toBe(originals[0]);
    expect(objects.version("Service")).toBeGreaterThan(version);
  });
});

interface Step {
  readonly do: "put" | "remove" | "begin" | "rollback" | "commit";
  readonly kind: ObjectKind;
  readonly name: string;
  readonly namespace: string;
}

const KINDS: readonly ObjectKind[] = ["Service", "StorageClass"];

const steps: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom("put", "put", "put", "remove", "remove", "begin", "rollback", "commit"),
  kind: fc.constantFrom(...KINDS),
  name: fc.constantFrom("a", "b", "c", "d", "e"),
  namespace: fc.constantFrom("default", "shop"),
});

/** Lists of objects, and what they were at each begin. */
class Model {
  objects: readonly NamedObject[] = [];
  readonly begun: (readonly NamedObject[])[] = [];

  ofKind(kind: string): readonly NamedObject[] {
    return this.objects.filter((one) => one.kind === kind);
  }

  indexOf(kind: string, name: string, namespace: string | undefined): number {
    return this.objects.findIndex(
      (one) =>
        one.kind === kind &&
        one.metadata?.name === name &&
        (kind === "StorageClass" || one.metadata.namespace === namespace),
    );
  }

  put(object: NamedObject): void {
    const { kind = "", metadata } = object;
    const index = this.indexOf(kind, metadata?.name ?? "", metadata?.namespace);
    this.objects = index < 0 ? [...this.objects, object] : this.objects.with(index, object);
  }

  remove(kind: string, name: string, namespace: string | undefined): boolean {
    const index = this.indexOf(kind, name, namespace);
    if (index >= 0) this.objects = this.objects.toSpliced(index, 1);
    return index >= 0;
  }
}

function apply(step: Step, model: Model, { undo, objects }: ReturnType<typeof newStore>): void {
  const { kind, name, namespace } = step;
  if (step.do === "begin") {
    undo.begin();
    model.begun.push(model.objects);
  } else if (step.do === "rollback" || step.do === "commit") {
    const before = model.begun.pop();
    if (before === undefined) return;
    undo[step.do]();
    if (step.do === "rollback") model.objects = before;
  } else if (step.do === "put") {
    const object = { kind, metadata: { name, namespace } };
    objects.put(object);
    model.put(object);
  } else {
    expect(objects.remove(kind, name, namespace)).toBe(model.remove(kind, name, namespace));
  }
}

function isSame(some: readonly NamedObject[], others: readonly NamedObject[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}

test(`agrees with a list after every step of ${RUNS} sequences from seed ${SEED}`, () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 60, size: "max" }), (sequence) => {
      const model = new Model();
      const store = newStore();
      for (const step of sequence) {
        const before = KINDS.map((kind) => ({ kind, version: store.objects.version(kind), was: model.ofKind(kind) }));
        apply(step, model, store);
        for (const { kind, version, was } of before) {
          const expected = model.ofKind(kind);
          expect(isSame([...store.objects.list(kind)], expected)).toBe(true);
          expect(store.objects.count(kind)).toBe(expected.length);
          const found = expected.map(({ metadata }) => store.objects.get(kind, metadata!.name!, metadata!.namespace)!);
          expect(isSame(found, expected)).toBe(true);
          const grew = store.objects.version(kind) - version;
          expect(grew).toBeGreaterThanOrEqual(isSame(was, expected) ? 0 : 1);
        }
      }
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

describe("a cluster", () => {
  test("takes objects in and gives them up, as often as is asked", () => {
    using cluster = new Cluster();
    const claim = { kind: "PersistentVolumeClaim", metadata: { name: "data", namespace: "shop" } };
    cluster.upsertObject(claim);
    cluster.upsertObject(claim);
    expect(cluster.state.objects.count("PersistentVolumeClaim")).toBe(1);
    expect(cluster.removeObject("PersistentVolumeClaim", "data")).toBe(false);
    expect(cluster.removeObject("PersistentVolumeClaim", "data", "shop")).toBe(true);
    expect(cluster.removeObject("PersistentVolumeClaim", "data", "shop")).toBe(false);
  });

  test("takes changes of objects back with those of nodes and pods", () => {
    using cluster = new Cluster();
    cluster.upsertObject(service("a"));
    cluster.begin();
    cluster.upsertNode({ name: "n", allocatable: { cpu: 1 } });
    cluster.removeObject("Service", "a");
    cluster.rollback();
    expect([cluster.nodeCount, cluster.state.objects.count("Service")]).toEqual([0, 1]);
  });

  test("refuses kinds that plugins do not look at, the same kind of another group, and what has no name", () => {
    using cluster = new Cluster();
    const refused: readonly [NamedObject, string][] = [
      [{ kind: "ConfigMap", metadata: { name: "c" } }, "kind: scheduling does not look at ConfigMap"],
      [{ kind: "Deployment", metadata: { name: "d" } }, "kind: scheduling does not look at Deployment"],
      [
        { apiVersion: "serving.knative.dev/v1", kind: "Service", metadata: { name: "k" } },
        "kind: scheduling does not look at Service of serving.knative.dev/v1",
      ],
      [{ metadata: { name: "x" } }, "kind: scheduling does not look at an object without a kind"],
      [{ kind: "Service" }, "metadata.name: a Service needs a name"],
      [{ kind: "Service", metadata: { name: "" } }, "metadata.name: a Service needs a name"],
    ];
    for (const [object, message] of refused) {
      expect(() => cluster.upsertObject(object)).toThrow(expect.objectContaining({ code: "ERR_OBJECT", message }));
    }
    expect(() => cluster.removeObject("Pod" as ObjectKind, "x")).toThrow(
      expect.objectContaining({ code: "ERR_OBJECT", message: "kind: scheduling does not look at Pod" }),
    );
  });
});
