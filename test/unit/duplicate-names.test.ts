/** Method: directed objects, two names whose hashes are known to meet, and random ones against a comparison of all pairs. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { duplicateNames } from "../../src/kube/duplicate-names.js";
import type { KubeObject } from "../../src/kube/objects.js";

const SEED = 1_127;

test("a name is taken once for each kind and namespace", () => {
  const pod = (name: string, namespace?: string): KubeObject => ({
    kind: "Pod",
    metadata: { name, ...(namespace ? { namespace } : {}) },
  });
  const objects = [
    pod("a"),
    pod("a", "other"),
    pod("a", "default"),
    { kind: "Node", metadata: { name: "a" } },
    pod("a"),
  ];
  expect(duplicateNames(objects)).toEqual([
    { first: objects[0], again: objects[2] },
    { first: objects[0], again: objects[4] },
  ]);
});

test("names whose hashes meet are told apart", () => {
  const objects = ["n4uzx", "nf2ad"].map((name) => ({ kind: "Namespace", metadata: { name } }));
  expect(duplicateNames(objects)).toEqual([]);
  expect(duplicateNames([...objects, ...objects])).toEqual([
    { first: objects[0], again: objects[0] },
    { first: objects[1], again: objects[1] },
  ]);
});

test("what has no name, or is of a kind that is not read, takes none", () => {
  const unread = { kind: "ConfigMap", metadata: { name: "a" } };
  const nameless: KubeObject[] = [
    { kind: "Pod", metadata: { generateName: "a" } },
    { kind: "Pod", metadata: { name: "" } },
    { kind: "Pod" },
    { kind: "Pod", metadata: { name: 1 } } as unknown as KubeObject,
  ];
  expect(duplicateNames([unread, unread, ...nameless, ...nameless])).toEqual([]);
});

const text = fc.constantFrom("a", "b", "default", "");
const anyObject: fc.Arbitrary<KubeObject> = fc.record({
  kind: fc.constantFrom("Pod", "Service", "Namespace", "Secret"),
  metadata: fc.record({ name: text, namespace: text }, { requiredKeys: [] }),
});

function isSame(a: KubeObject, b: KubeObject): boolean {
  const scope = ({ kind, metadata }: KubeObject) => (kind === "Namespace" ? "" : metadata?.namespace || "default");
  return a.kind === b.kind && a.metadata?.name === b.metadata?.name && scope(a) === scope(b);
}

test(`agrees with a comparison of all pairs (with seed=${SEED})`, () => {
  fc.assert(
    fc.property(fc.array(anyObject, { maxLength: 30 }), (objects) => {
      const named = objects.filter(({ kind, metadata }) => kind !== "Secret" && metadata?.name);
      const expected = named.flatMap((again, index) => {
        const first = named.findIndex((one) => isSame(one, again));
        return first < index ? [[first, index]] : [];
      });
      const found = duplicateNames(objects).map(({ first, again }) => [named.indexOf(first), named.indexOf(again)]);
      expect(found).toEqual(expected);
    }),
    { seed: SEED, numRuns: 300 },
  );
});
