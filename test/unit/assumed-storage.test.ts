// Method: inputs with claims of every kind, and with one storage object of each kind beside them; what is assumed is written
// down by hand, as an administrator would have to create it.
import { describe, expect, test } from "vitest";
import type { KubeObject, PersistentVolumeClaim, StorageClass } from "../../src/kube/objects.js";
import { parseManifests } from "../../src/manifests.js";

const claim = (name: string, spec: PersistentVolumeClaim["spec"], metadata: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name, ...metadata },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
});

const parse = (objects: readonly KubeObject[], isStorageAssumed?: boolean) =>
  parseManifests([{ text: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }), file: "f.json" }], {
    ...(isStorageAssumed !== undefined && { isStorageAssumed }),
  });

const classesOf = ({ objects }: ReturnType<typeof parse>) =>
  objects.filter(({ kind }) => kind === "StorageClass") as readonly StorageClass[];

describe("an input that says nothing of storage", () => {
  test("gets the classes that its claims name, and a default one for those that name none", () => {
    const beta = { annotations: { "volume.beta.kubernetes.io/storage-class": "old" } };
    const parsed = parse([
      claim("a", { storageClassName: "fast" }),
      claim("b", {}),
      claim("c", { storageClassName: "fast" }),
      claim("d", { storageClassName: "ignored" }, beta),
      claim("static", { storageClassName: "" }),
      claim("bound", { storageClassName: "gone", volumeName: "pv-1" }),
    ]);
    expect(parsed.issues).toEqual([]);
    expect(classesOf(parsed).map(({ metadata }) => metadata?.name)).toEqual(["fast", "assumed", "old"]);
    for (const one of classesOf(parsed)) {
      expect(one).toMatchObject({ provisioner: expect.any(String), volumeBindingMode: "WaitForFirstConsumer" });
    }
    expect(parsed.assumed).toEqual([
      { kind: "StorageClass", count: 3, reason: expect.stringContaining("nothing of storage") },
    ]);
    const classes = parsed.objects
      .filter(({ kind }) => kind === "PersistentVolumeClaim")
      .map(({ spec }) => (spec as PersistentVolumeClaim["spec"])?.storageClassName);
    expect(classes).toEqual(["fast", "assumed", "fast", "ignored", "", "gone"]);
  });

  test("gets nothing where no claim would be helped, or where it is not wanted", () => {
    for (const parsed of [
      parse([]),
      parse([claim("static", { storageClassName: "" }), claim("bound", { volumeName: "pv-1" })]),
      parse([claim("a", {})], false),
    ]) {
      expect([classesOf(parsed), parsed.assumed]).toEqual([[], []]);
    }
  });
});

test.each([
  { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "s" }, provisioner: "p" },
  { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "pv" }, spec: { capacity: { storage: "1Gi" } } },
  { apiVersion: "storage.k8s.io/v1", kind: "CSINode", metadata: { name: "n" }, spec: { drivers: [] } },
  { apiVersion: "storage.k8s.io/v1", kind: "CSIDriver", metadata: { name: "d" }, spec: {} },
  // Unusable, but whoever wrote it meant to say what storage there is.
  { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "pv" }, spec: { capacity: { storage: "much" } } },
])("nothing is assumed beside %j", (object) => {
  const parsed = parse([claim("a", {}), object]);
  expect(parsed.assumed).toEqual([]);
  expect(classesOf(parsed)).toHaveLength(object.kind === "StorageClass" ? 1 : 0);
});
