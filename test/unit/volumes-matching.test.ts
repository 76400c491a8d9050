/**
 * Method: fast-check draws claims, free and promised volumes with node affinities; the search that is indexed by labels and
 * prepared once a claim is held against one loop over all volumes, written from kube-scheduler's description of it.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PersistentVolume, PersistentVolumeClaim } from "../../src/kube/objects.js";
import { parseQuantity } from "../../src/kube/quantity.js";
import { matchesTerm, parseNodeSelectorTerm } from "../../src/kube/requirement.js";
import { findVolume, matchOfClaim } from "../../src/scheduler/volumes/static-volumes.js";
import { claim, node, pod, VolumeCluster, volume } from "./volumes-world.js";

const SEED = 3_013;
const RUNS = 400;

const NODES = ["n0", "n1", "n2", "n3"].map((name, index) => {
  const labels = { zone: index < 2 ? "a" : "b", ...(index === 3 ? { disk: "ssd" } : {}) };
  return { name, node: node(name, labels) };
});

const requirement = fc.oneof(
  fc.record({
    key: fc.constant("kubernetes.io/hostname"),
    operator: fc.constant("In"),
    values: fc.subarray(["n0", "n1", "n2", "n3"], { minLength: 1 }),
  }),
  fc.record({ key: fc.constant("zone"), operator: fc.constantFrom("In", "NotIn"), values: fc.constant(["a"]) }),
  fc.record({ key: fc.constant("disk"), operator: fc.constantFrom("Exists", "DoesNotExist") }),
  fc.constant({ key: "disk", operator: "Like", values: ["ssd"] }),
);
const terms = fc.array(fc.record({ matchExpressions: fc.array(requirement, { maxLength: 2 }) }), { maxLength: 3 });

const volumes = fc
  .array(
    fc.record({
      size: fc.constantFrom("1Gi", "1024Mi", "2Gi", "3G", "0"),
      terms: fc.option(terms),
      owner: fc.constantFrom(undefined, undefined, undefined, "data", "other"),
      phase: fc.constantFrom("Available", "Available", "Bound"),
    }),
    { maxLength: 12 },
  )
  .map((drawn) =>
    drawn.map(({ size, terms, owner, phase }, index) => {
      const spec = {
        capacity: { storage: size },
        ...(terms === null ? {} : { nodeAffinity: { required: { nodeSelectorTerms: terms } } }),
        ...(owner === undefined ? {} : { claimRef: { namespace: "default", name: owner } }),
      };
      return volume(`v${index}`, spec, {}, phase);
    }),
  );

/** By upstream's description: a promised volume at once, else the smallest, and the first among equals. */
function search(
  claimed: PersistentVolumeClaim,
  all: readonly PersistentVolume[],
  place: (typeof NODES)[number],
  taken: ReadonlySet<string>,
): string | undefined {
  const sizeOf = (one: PersistentVolume) => parseQuantity(one.spec?.capacity?.storage ?? "0").nano;
  const wanted = parseQuantity(claimed.spec?.resources?.requests?.storage ?? "0").nano;
  const ascending = [...all].sort((a, b) => Number(sizeOf(a) - sizeOf(b)));
  let best: PersistentVolume | undefined;
  for (const one of ascending) {
    const owner = one.spec?.claimRef?.name;
    if (taken.has(one.metadata?.name ?? "") || sizeOf(one) < wanted) continue;
    if (owner !== undefined && owner !== claimed.metadata?.name) continue;
    const required = one.spec?.nodeAffinity?.required?.nodeSelectorTerms;
    const isUsable =
      !required ||
      required.some((term) => matchesTerm(parseNodeSelectorTerm(term), place.node.metadata?.labels, place.name));
    if (owner !== undefined) return isUsable ? one.metadata?.name : undefined;
    if (best === undefined && isUsable && one.status?.phase === "Available") best = one;
  }
  return best?.metadata?.name;
}

describe("the search for a claim's volume", () => {
  test("finds on every node what a loop over all volumes finds", () => {
    fc.assert(
      fc.property(
        volumes,
        fc.constantFrom("1Gi", "0", "1500M"),
        fc.subarray(["v0", "v1", "v2"]),
        (all, size, taken) => {
          const data = claim("data", { resources: { requests: { storage: size } } });
          const cluster = new VolumeCluster({ nodes: [], objects: [...all, data] });
          const match = matchOfClaim(cluster.cycle(pod("p", [])), data);
          for (const place of NODES) {
            const found = findVolume(match, place, new Set(taken))?.metadata?.name;
            expect(found).toBe(search(data, all, place, new Set(taken)));
          }
        },
      ),
      { seed: SEED, numRuns: RUNS },
    );
  });
});
