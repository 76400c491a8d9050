// Method: single rules by hand-made objects, and idempotence over seeded random ones. What the API server's own code does
// with thousands of random objects is compared in test/kubernetes/defaults-compare.test.ts.
import { describe, expect, test } from "vitest";
import { newDefaultContext } from "../../src/kube/admission.js";
import { defaultObject } from "../../src/kube/object-defaults.js";
import type { KubeObject, PersistentVolumeClaim, StorageClass } from "../../src/kube/objects.js";
import { randomOf } from "../helpers/random.js";
import { rawManifests } from "../helpers/raw-manifests.js";

const SEED = "objects-1";
const STABLE = "storageclass.kubernetes.io/is-default-class";
const BETA = "storageclass.beta.kubernetes.io/is-default-class";

function defaultClass(name: string, creationTimestamp?: string | Date, annotation = STABLE): StorageClass {
  const made = creationTimestamp === undefined ? {} : { creationTimestamp };
  return { metadata: { name, annotations: { [annotation]: "true" }, ...made } };
}

function claimWith(fields: Partial<PersistentVolumeClaim>): KubeObject {
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "c" }, ...fields };
}

/** The class that the claim has in the end. */
function classOf(claim: KubeObject, storageClasses: readonly StorageClass[]): string | null | undefined {
  const made: PersistentVolumeClaim = defaultObject(claim, newDefaultContext({ storageClasses }));
  return made.spec?.storageClassName;
}

describe("a claim", () => {
  const fast = [defaultClass("fast")];

  test("gets the default class when it names none, and an empty name is a name", () => {
    expect(classOf(claimWith({}), fast)).toBe("fast");
    expect(classOf(claimWith({ spec: { storageClassName: null } }), fast)).toBe("fast");
    expect(classOf(claimWith({ spec: { storageClassName: "" } }), fast)).toBe("");
    expect(classOf(claimWith({ spec: { storageClassName: "own" } }), fast)).toBe("own");
    expect(
      classOf(claimWith({}), [{ metadata: { name: "other", annotations: { [STABLE]: "false" } } }]),
    ).toBeUndefined();
  });

  test("names a class by the old annotation, too", () => {
    const annotations = { "volume.beta.kubernetes.io/storage-class": "" };
    expect(classOf(claimWith({ metadata: { name: "c", annotations } }), fast)).toBeUndefined();
  });

  test("that is stored gets the default class as long as it has no volume", () => {
    const metadata = { name: "c", creationTimestamp: "2026-01-01T00:00:00Z" };
    expect(classOf(claimWith({ metadata }), fast)).toBe("fast");
    expect(classOf(claimWith({ metadata, spec: { volumeName: "v" } }), fast)).toBeUndefined();
    expect(classOf(claimWith({ spec: { volumeName: "v" } }), fast)).toBe("fast");
  });

  test("is of the newest default class, and of equally new ones of the first by name", () => {
    const old = defaultClass("a", "2025-01-01T00:00:00Z");
    const young = defaultClass("z", new Date("2026-01-01T00:00:00Z"), BETA);
    const twin = defaultClass("y", "2026-01-01T00:00:00Z");
    for (const classes of [
      [old, young, twin],
      [twin, young, old],
    ]) {
      expect(classOf(claimWith({}), classes)).toBe("y");
    }
    expect(classOf(claimWith({}), [defaultClass("a"), old, defaultClass("0")])).toBe("a");
    expect(classOf(claimWith({}), [defaultClass("b"), defaultClass("a")])).toBe("a");
  });

  test("asks for a file system and whole milli, and is pending", () => {
    const claim = claimWith({ spec: { resources: { requests: { storage: "0.0001" } } } });
    expect(defaultObject(claim)).toEqual({
      ...claim,
      metadata: { name: "c", namespace: "default" },
      spec: { resources: { requests: { storage: "1m" } }, volumeMode: "Filesystem" },
      status: { phase: "Pending" },
    });
    expect(defaultObject(claimWith({ spec: { volumeMode: "Block" }, status: { phase: "Lost" } }))).toMatchObject({
      spec: { volumeMode: "Block" },
      status: { phase: "Lost" },
    });
  });
});

describe("other objects of storage", () => {
  test("a volume holds a file system and waits for a claim, unless it says something else", () => {
    const volume = { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "v" } };
    expect(defaultObject({ ...volume, spec: { capacity: { storage: "0.0001" } } })).toEqual({
      ...volume,
      spec: { capacity: { storage: "1m" }, volumeMode: "Filesystem" },
      status: { phase: "Available" },
    });
    const released = { ...volume, spec: { volumeMode: "Block" }, status: { phase: "Released" } };
    expect(defaultObject(released)).toEqual(released);
  });

  test("a class binds at once, and a driver has no capacity to report, unless they say something else", () => {
    const storageClass = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "s" } };
    expect(defaultObject(storageClass)).toEqual({ ...storageClass, volumeBindingMode: "Immediate" });
    const waiting = { ...storageClass, volumeBindingMode: "WaitForFirstConsumer" };
    expect(defaultObject(waiting)).toEqual(waiting);
    const driver = { apiVersion: "storage.k8s.io/v1", kind: "CSIDriver", metadata: { name: "d" } };
    expect(defaultObject(driver)).toEqual({ ...driver, spec: { storageCapacity: false } });
    expect(defaultObject({ ...driver, spec: { storageCapacity: true } })).toMatchObject({
      spec: { storageCapacity: true },
    });
  });
});

describe("objects that select pods", () => {
  test("a replication controller without a selector selects what its template is labelled with", () => {
    const template = { metadata: { labels: { app: "web" } } };
    const controller = { apiVersion: "v1", kind: "ReplicationController", metadata: { name: "r" } };
    const selectorOf = (spec: object) =>
      (defaultObject({ ...controller, spec }) as KubeObject & Selecting).spec?.selector;
    expect(selectorOf({ template })).toEqual({ app: "web" });
    expect(selectorOf({ selector: {}, template })).toEqual({ app: "web" });
    expect(selectorOf({ selector: { app: "own" }, template })).toEqual({ app: "own" });
    expect(selectorOf({})).toBeUndefined();
  });

  test("a service's selector without a value selects the empty one, and no selector stays none", () => {
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "s" } };
    expect(defaultObject({ ...service, spec: { selector: { app: null } } })).toMatchObject({
      spec: { selector: { app: "" } },
    });
    expect(defaultObject({ ...service, spec: {} })).toMatchObject({ spec: {} });
  });

  test("a disruption budget keeps the status it has: nothing here counts its pods", () => {
    const budget = { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "b", namespace: "team" } };
    expect(defaultObject(budget)).toEqual(budget);
  });
});

interface Selecting {
  readonly spec?: { readonly selector?: unknown };
}

test("namespaced objects are in a namespace, others in none, and a namespace carries its name as a label", () => {
  expect(defaultObject({ apiVersion: "v1", kind: "Service", metadata: { name: "s" } }).metadata).toEqual({
    name: "s",
    namespace: "default",
  });
  expect(defaultObject({ apiVersion: "storage.k8s.io/v1", kind: "CSINode", metadata: { name: "n" } }).metadata).toEqual(
    {
      name: "n",
    },
  );
  expect(defaultObject({ apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } }).metadata?.labels).toEqual({
    "kubernetes.io/metadata.name": "team",
  });
});

test("objects of kinds that plugins do not look at stay the same", () => {
  for (const object of [
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" } },
    { apiVersion: "serving.knative.dev/v1", kind: "Service", metadata: { name: "s" } },
    { apiVersion: "v1", kind: "Node", metadata: { name: "n" } },
  ]) {
    expect(defaultObject(object)).toBe(object);
  }
});

test("defaults applied twice are defaults applied once, and the given object stays as it is", () => {
  console.log(`seed ${SEED}`);
  const context = newDefaultContext({ storageClasses: [defaultClass("fast")] });
  const { nodes, pods, incoming, ...lists } = rawManifests(randomOf(SEED), 100);
  for (const raw of Object.values(lists).flat()) {
    const before = structuredClone(raw);
    const once = defaultObject(raw, context);
    expect(raw).toEqual(before);
    expect(defaultObject(once as KubeObject, context)).toEqual(once);
  }
});
