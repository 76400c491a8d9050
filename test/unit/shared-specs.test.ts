/** Method: examples. */

import { expect, test } from "vitest";
import type { Pod } from "../../src/kube/objects.js";
import { isFromPlain, toPod } from "../../src/kube/plain.js";
import { sharingSpecs } from "../../src/planning/shared-specs.js";

function podOf(name: string, cpu: string): Pod {
  return { metadata: { name }, spec: { containers: [{ name: "main", resources: { requests: { cpu } } }] } };
}

test("pods whose specs say the same share one, and keep what is their own", () => {
  const pods = [podOf("a", "1"), podOf("b", "2"), podOf("c", "1"), { metadata: { name: "d" } }];
  const shared = sharingSpecs(pods);
  expect(shared).toEqual(pods);
  expect(shared[2]?.spec).toBe(shared[0]?.spec);
  expect(shared[1]?.spec).not.toBe(shared[0]?.spec);
});

test("plain pods stay plain, and share nothing with others", () => {
  const plain = ["a", "b"].map((name) => toPod({ name, requests: { cpu: 1 } }));
  const [first, second, other] = sharingSpecs([...plain, { ...plain[0]!, spec: structuredClone(plain[0]!.spec!) }]);
  expect([first, second, other].map((pod) => isFromPlain(pod!))).toEqual([true, true, false]);
  expect(other?.spec).not.toBe(first?.spec);
});

test("what JSON cannot hold is left to whoever reads it", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const pod = { metadata: { name: "a" }, spec: { nodeSelector: cyclic } } as unknown as Pod;
  expect(sharingSpecs([pod])).toEqual([pod]);
});
