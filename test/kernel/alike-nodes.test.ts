/**
 * Method: nodes come in runs that are alike, of which an index evaluates one and takes its byte over for the others. Kinds of pods
 * come one after the other, so that indexes are made between placements, forgets and changes of nodes that end a likeness. A
 * scheduler with indexes on the vector core must decide as one without on the scalar core; a core with a planted fault must be told
 * from it.
 */

import { expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Token } from "../../src/cluster/node-record.js";
import { coreModule } from "../../src/core/module.js";
import type { Node, Pod } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { ALIKE_FAULT, faultyCore } from "../helpers/faulty-core.js";
import { type Random, randomOf } from "../helpers/random.js";

/** Around fours, vectors of sixteen, blocks, and the nodes that are evaluated in one call. */
const SIZES = [9, 64, 131, 300, 2_100];
/** Each is asked about three times, so that its index is made and asked. */
const KINDS = 60;

test.each(SIZES)("indexes of %i nodes of which many are alike agree with scans", (nodes) => {
  const scans = decisions(nodes, coreModule({ scalar: true }), false);
  expect(scans.filter((node) => node !== "none").length).toBeGreaterThan(KINDS / 2);
  expect(decisions(nodes, coreModule({ scalar: false }), true)).toEqual(scans);
});

test(`a core that ${ALIKE_FAULT.what} is told from the right one`, { timeout: 120_000 }, async () => {
  const module = await faultyCore(ALIKE_FAULT);
  const isTold = SIZES.some((nodes) => {
    const right = decisions(nodes, coreModule({ scalar: true }), false);
    return decisions(nodes, module, true).join() !== right.join();
  });
  expect(isTold).toBe(true);
});

/** The node of each pod with its score, or "none". */
function decisions(nodes: number, module: WebAssembly.Module, isIndexed: boolean): string[] {
  const random = randomOf(`alike ${nodes}`);
  using cluster = new Cluster({ module });
  for (let index = 0; index < nodes; index++) cluster.upsertNode(nodeOf(index, index >> 4));
  const scheduler = new Scheduler(cluster, { isIndexed, tieBreak: "random", seed: 7 });
  const tokens: Token[] = [];
  const places: string[] = [];
  for (let kind = 0; kind < KINDS; kind++) {
    disturb(random, cluster, nodes, tokens);
    const pod = podOf(random, kind);
    for (let copy = 0; copy < 3; copy++) {
      const decision = scheduler.place({ ...pod, metadata: { ...pod.metadata, name: `p${kind}-${copy}` } });
      if (decision.status === "placed") {
        tokens.push(decision.token!);
        places.push(`${decision.node} ${decision.score}`);
      } else places.push("none");
    }
  }
  return places;
}

function disturb(random: Random, cluster: Cluster, nodes: number, tokens: Token[]): void {
  if (random.chance(40)) {
    const [gone] = tokens.splice(random.int(0, tokens.length), 1);
    if (gone !== undefined) cluster.forget(gone);
  }
  if (random.chance(10)) cluster.upsertNode(nodeOf(random.int(0, nodes - 1), random.int(0, 2)));
}

function nodeOf(index: number, sort: number): Node {
  const allocatable = { cpu: ["4", "6", "200"][sort % 3]!, memory: ["16Gi", "100G"][sort % 2]!, pods: 20 };
  return {
    metadata: { name: `n${index}`, labels: { "kubernetes.io/hostname": `n${index}` } },
    status: { allocatable },
  };
}

/** Memory in whole per cents of a node too, so that f32 cannot tell what most of them score. */
function podOf(random: Random, kind: number): Pod {
  const requests = { cpu: random.pick(["100m", "1", "3"]), memory: random.pick([`${kind + 1}Mi`, "1G", "10G"]) };
  const apart = {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { kind: `k${kind}` } } },
      ],
    },
  };
  return {
    metadata: { name: `k${kind}`, labels: { kind: `k${kind}` } },
    spec: { containers: [{ name: "c", resources: { requests } }], ...(random.chance(30) && { affinity: apart }) },
  };
}
