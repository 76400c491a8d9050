/**
 * Method: the fused cycle of the vector binary, of the scalar binary, and the phased cycle place the same pods on the
 * same nodes; slots and totals must be equal at every step, at sizes around vectors, blocks and growth.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import { coreModule } from "../../src/core/module.js";
import type { Node, Pod } from "../../src/kube/objects.js";
import type { Decision } from "../../src/scheduler/decision.js";
import type { SchedulerOptions } from "../../src/scheduler/options.js";
import { definePlugin } from "../../src/scheduler/plugin.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { type Random, randomOf } from "../helpers/random.js";

const SIZES = [0, 1, 3, 4, 5, 63, 64, 65, 127, 128, 129, 1_000];

/** It rejects nothing and scores nothing, and makes the scheduler take the phases. */
const OUTSIDER = definePlugin({ name: "Outsider", filter: () => {} });

interface Variant {
  readonly name: string;
  readonly options: SchedulerOptions;
  /** A value of this probability, in percent, sends a node to the scalar code. */
  readonly irregular?: number;
}

const VARIANTS: readonly Variant[] = [
  { name: "the default profile", options: {} },
  { name: "random ties", options: { tieBreak: "random", seed: 7 } },
  { name: "MostAllocated", options: { config: fitStrategy({ type: "MostAllocated" }) } },
  { name: "nodes that vectors do not take", options: {}, irregular: 30 },
  { name: "random ties among such nodes", options: { tieBreak: "random", seed: 8 }, irregular: 30 },
  {
    name: "RequestedToCapacityRatio",
    options: {
      config: fitStrategy({
        type: "RequestedToCapacityRatio",
        resources: [
          { name: "cpu", weight: 3 },
          { name: "example.com/gpu", weight: 2 },
        ],
        requestedToCapacityRatio: {
          shape: [
            { utilization: 0, score: 0 },
            { utilization: 70, score: 10 },
            { utilization: 100, score: 2 },
          ],
        },
      }),
    },
  },
];

describe.each(VARIANTS)("with $name", ({ options, irregular = 0 }) => {
  test.each(SIZES)("vectors, scalars and phases agree on %i nodes", (size) => {
    const nodes = nodesOf(randomOf(`nodes ${size}`), size, irregular);
    const pods = podsOf(randomOf(`pods ${size}`), size < 1_000 ? 60 : 20);
    const vectors = decide(nodes, pods, options, false);
    expect(decide(nodes, pods, options, true)).toEqual(vectors);
    expect(decide(nodes, pods, withOutsider(options), false)).toEqual(vectors);
  });
});

test("scores that rise with the slot, so that every bound beats the best so far, give the same choices", () => {
  const nodes = Array.from({ length: 1_000 }, (_, index) => node(`n${index}`, 4_000 + 40 * index, 2 ** 33));
  const pods = podsOf(randomOf("rising"), 40);
  expect(decide(nodes, pods, {}, true)).toEqual(decide(nodes, pods, {}, false));
});

test("choices stay equal while nodes and pods come and go", () => {
  const random = randomOf("churn");
  const nodes = nodesOf(random, 700, 5);
  const pods = podsOf(random, 300);
  const clusters = [false, true].map((scalar) => new Cluster({ module: coreModule({ scalar }) }));
  const schedulers = clusters.map((cluster) => new Scheduler(cluster));
  for (const cluster of clusters) for (const each of nodes) cluster.upsertNode(each);
  for (const [index, pod] of pods.entries()) {
    const [a, b] = schedulers.map((scheduler) => summary(scheduler.place(pod)));
    expect(a).toEqual(b);
    const gone = `n${random.int(0, 699)}`;
    const changed = node(`n${random.int(0, 699)}`, random.int(100, 9_000), 2 ** 33);
    const left = `default/p${random.int(0, index)}`;
    for (const cluster of clusters) {
      cluster.removeNode(gone);
      cluster.upsertNode(changed);
      cluster.removePod(left);
    }
  }
});

function decide(nodes: readonly Node[], pods: readonly Pod[], options: SchedulerOptions, scalar: boolean): unknown[] {
  using cluster = new Cluster({ module: coreModule({ scalar }) });
  for (const each of nodes) cluster.upsertNode(each);
  const scheduler = new Scheduler(cluster, options);
  return pods.map((pod) => summary(scheduler.place(pod)));
}

function summary(decision: Decision): unknown {
  return decision.status === "placed" ? [decision.node, decision.score] : [decision.status, decision.message];
}

/** The same options with the outsider enabled, by configuration where there is one. */
function withOutsider(options: SchedulerOptions): SchedulerOptions {
  if (options.config === undefined) return { ...options, plugins: [OUTSIDER] };
  const [profile] = (options.config as { profiles: object[] }).profiles;
  const plugins = { filter: { enabled: [{ name: OUTSIDER.name }] } };
  return { ...options, config: { profiles: [{ ...profile, plugins }] }, plugins: [OUTSIDER] };
}

function fitStrategy(scoringStrategy: {
  type: string;
  resources?: object[];
  requestedToCapacityRatio?: object;
}): object {
  const resources = [
    { name: "cpu", weight: 1 },
    { name: "memory", weight: 1 },
  ];
  const args = { scoringStrategy: { resources, ...scoringStrategy } };
  return { profiles: [{ pluginConfig: [{ name: "NodeResourcesFit", args }] }] };
}

function node(name: string, cpuMilli: number, memoryBytes: number, extra: object = {}, spec: Node["spec"] = {}): Node {
  const allocatable = { cpu: `${cpuMilli}m`, memory: memoryBytes, pods: 8, ...extra };
  return { metadata: { name, labels: { zone: `z${name.length % 2}` } }, spec, status: { allocatable } };
}

function nodesOf(random: Random, count: number, irregularPercent: number): Node[] {
  return Array.from({ length: count }, (_, index) => {
    const cpuMilli = random.chance(irregularPercent) ? 0 : 1_000 * random.int(1, 8);
    const memoryBytes = random.chance(irregularPercent) ? 2 ** 47 : 2 ** 30 * random.int(2, 32);
    const extra = random.chance(40) ? { "example.com/gpu": random.int(0, 8), "ephemeral-storage": "10Gi" } : {};
    const taints = random.chance(20) ? [{ key: "soft", effect: "PreferNoSchedule" }] : [];
    return node(`n${index}`, cpuMilli, memoryBytes, extra, { taints });
  });
}

function podsOf(random: Random, count: number): Pod[] {
  const preferred = [
    { weight: 5, preference: { matchExpressions: [{ key: "zone", operator: "In", values: ["z1"] }] } },
  ];
  return Array.from({ length: count }, (_, index): Pod => {
    const requests = {
      ...(random.chance(90) ? { cpu: `${random.int(0, 1_500)}m` } : {}),
      ...(random.chance(90) ? { memory: 2 ** 20 * random.int(0, 3_000) } : {}),
      ...(random.chance(15) ? { "example.com/gpu": random.int(0, 2) } : {}),
    };
    const ports = random.chance(15) ? [{ containerPort: 80, hostPort: random.int(80, 82) }] : [];
    const nodeAffinity = { preferredDuringSchedulingIgnoredDuringExecution: preferred };
    return {
      metadata: { name: `p${index}`, namespace: "default" },
      spec: {
        containers: [{ name: "c", resources: { requests }, ports }],
        ...(random.chance(30) ? { affinity: { nodeAffinity } } : {}),
      },
    };
  });
}
