/**
 * Method: random pods with rules about each other on offers of which there are only some, so that fleets have to be repaired
 * and to survive a node: no answer may have more of an offer than there are. STOWAGE_SEED sets which worlds.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Pod } from "../../src/kube/objects.js";
import { size } from "../../src/planning/size.js";
import { tries } from "../helpers/tries.js";

const SEED = Number(process.env.STOWAGE_SEED ?? 20_261_130);
const RUNS = tries(15, 40);

const workload = fc.record({
  replicas: fc.integer({ min: 1, max: 8 }),
  cpu: fc.integer({ min: 1, max: 25 }),
  memory: fc.integer({ min: 1, max: 25 }),
  rule: fc.constantFrom("none", "none", "podAffinity", "podAntiAffinity", "spread"),
});
const world = fc.record({
  workloads: fc.array(workload, { minLength: 2, maxLength: 5 }),
  cheap: fc.integer({ min: 1, max: 4 }),
  middle: fc.integer({ min: 1, max: 4 }),
  survive: fc.constantFrom(undefined, undefined, "node" as const),
});

function podsOf(
  { replicas, cpu, memory, rule }: typeof workload extends fc.Arbitrary<infer W> ? W : never,
  at: number,
) {
  const labels = { app: `w${at}` };
  const term = { labelSelector: { matchLabels: labels }, topologyKey: "kubernetes.io/hostname" };
  const spread = { ...term, maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" };
  return Array.from({ length: replicas }, (_, replica): Pod => {
    const requests = { cpu: `${100 * cpu}m`, memory: `${128 * memory}Mi` };
    return {
      metadata: { name: `w${at}-${replica}`, namespace: "default", labels },
      spec: {
        containers: [{ name: "c", resources: { requests } }],
        ...(rule.startsWith("pod") && {
          affinity: { [rule]: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
        }),
        ...(rule === "spread" && { topologySpreadConstraints: [spread] }),
      },
    };
  });
}

test(`no fleet has more of an offer than there are, repaired or not (STOWAGE_SEED=${SEED})`, {
  timeout: 600_000,
}, async () => {
  let repaired = 0;
  const property = fc.asyncProperty(world, async ({ workloads, cheap, middle, survive }) => {
    using cluster = new Cluster();
    const offers = [
      { name: "big", price: 2, allocatable: { cpu: 4, memory: "8Gi", pods: 20 } },
      { name: "cheap", price: 0.5, allocatable: { cpu: 3, memory: "6Gi", pods: 20 }, max: cheap },
      { name: "middle", price: 0.9, allocatable: { cpu: 4, memory: "4Gi", pods: 20 }, max: middle },
    ];
    const options = { budget: 10_000, ...(survive && { survive }) };
    const { schedulable, packable } = await size(cluster, workloads.flatMap(podsOf), offers, options);
    for (const { offer, count } of [...(schedulable?.mix ?? []), ...(packable?.mix ?? [])]) {
      expect([offer, count <= ({ cheap, middle }[offer] ?? count)]).toEqual([offer, true]);
    }
    repaired += Number((schedulable?.repair.addedNodes ?? 0) > 0);
  });
  await fc.assert(property, { numRuns: RUNS, seed: SEED });
  expect(repaired).toBeGreaterThan(0);
});
