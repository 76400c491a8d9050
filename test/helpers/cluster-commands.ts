/** Everything that can be done to a cluster, as commands that fast-check draws, runs and shrinks. */

import fc from "fast-check";
import { expect } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Token } from "../../src/cluster/node-record.js";
import { StowageError } from "../../src/errors.js";
import type { Node, Pod } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import type { ClusterModel, PodKind } from "./cluster-model.js";
import { AVOIDING, freePortNodes, observe, PORT_IPS, portScheduler } from "./cluster-probes.js";

/** The cluster under test, a scheduler of the default profile, and one that looks at host ports alone. */
export interface Real {
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  readonly portScheduler: Scheduler;
}

export function realCluster(): Real {
  const cluster = new Cluster();
  return { cluster, scheduler: new Scheduler(cluster), portScheduler: portScheduler(cluster) };
}

type Run = (model: ClusterModel, real: Real) => void;

/** A command that can always run: what must not work is expected to fail, and to change nothing. */
class Step implements fc.Command<ClusterModel, Real> {
  readonly #words: string;
  readonly #run: Run;

  constructor(words: string, run: Run) {
    this.#words = words;
    this.#run = run;
  }

  check(): boolean {
    return true;
  }

  run(model: ClusterModel, real: Real): void {
    this.#run(model, real);
    compare(model, real);
  }

  toString(): string {
    return this.#words;
  }
}

const GIB = 2 ** 30;
const NODE_NAMES = ["n1", "n2", "n3"];
const POD_NAMES = ["p1", "p2", "p3", "p4", "p5"];
/** A node that is never there, and none at all. */
const NO_NODES = ["ghost", ""];

interface NodeKind {
  readonly cpu: number;
  readonly memory: number;
  readonly gpu: number;
  readonly maxPods: number;
  readonly zone: string;
  readonly isTainted: boolean;
  /** Of the one image, on this node; 0 = it has none. */
  readonly imageBytes: number;
}

const nodeKind: fc.Arbitrary<NodeKind> = fc.record({
  cpu: fc.constantFrom(1000, 4000, 8000),
  memory: fc.constantFrom(2 * GIB, 16 * GIB),
  gpu: fc.constantFrom(0, 2),
  maxPods: fc.constantFrom(2, 110),
  zone: fc.constantFrom("a", "b"),
  isTainted: fc.boolean(),
  imageBytes: fc.constantFrom(0, 2 ** 28, 2 ** 29),
});

const podKind: fc.Arbitrary<PodKind> = fc.record({
  cpu: fc.constantFrom(0, 100, 1500),
  memory: fc.constantFrom(0, GIB),
  gpu: fc.constantFrom(0, 1),
  hostIps: fc.constantFrom([], [], ["0.0.0.0"], ["10.0.0.1"], ["10.0.0.1", "10.0.0.2"]),
  avoids: fc.constantFrom(false, false, true),
});

const nodeName = fc.constantFrom(...NODE_NAMES);
const podName = fc.constantFrom(...POD_NAMES);
const anyNodeName = fc.constantFrom(...NODE_NAMES, ...NODE_NAMES, ...NO_NODES);

export const clusterCommands: fc.Arbitrary<fc.Command<ClusterModel, Real>>[] = [
  fc.tuple(nodeName, nodeKind, fc.boolean()).map(([name, kind, twice]) => upsertNode(name, kind, twice)),
  nodeName.map(
    (name) =>
      new Step(`removeNode ${name}`, (model, { cluster }) => {
        expect(cluster.removeNode(name)).toBe(model.dropNode(name));
      }),
  ),
  fc
    .tuple(podName, podKind, anyNodeName, fc.boolean(), fc.constantFrom(false, false, true))
    .map(([name, kind, node, twice, isFinished]) => upsertPod(name, kind, node, twice, isFinished)),
  podName.map(
    (name) =>
      new Step(`removePod ${name}`, (model, { cluster }) => {
        expect(cluster.removePod(`default/${name}`)).toBe(model.dropPod(`default/${name}`));
      }),
  ),
  fc.tuple(podName, podKind, anyNodeName, fc.option(fc.nat(20))).map(assume),
  fc.tuple(podName, podKind).map(place),
  fc.nat(9).map((pick) => endPromise("confirm", pick)),
  fc.nat(9).map((pick) => endPromise("forget", pick)),
  fc.nat(20).map(
    (nowMs) =>
      new Step(`expire ${nowMs}`, (model, { cluster }) => {
        expect(cluster.expire(nowMs)).toEqual(model.expire(nowMs));
      }),
  ),
  fc.constant(
    new Step("begin", (model, real) => {
      model.begin(observe(real.scheduler));
      real.cluster.begin();
    }),
  ),
  fc.constant(new Step("rollback", rollback)),
  fc.constant(
    new Step("commit", (model, { cluster }) => {
      if (model.commit()) cluster.commit();
      else expectCode("ERR_TRANSACTION", () => cluster.commit());
    }),
  ),
];

function upsertNode(name: string, kind: NodeKind, twice: boolean): Step {
  const node = nodeOf(name, kind);
  return new Step(`upsertNode ${name} ${JSON.stringify(kind)}${twice ? " twice" : ""}`, (model, { cluster }) => {
    for (let times = twice ? 2 : 1; times > 0; times--) cluster.upsertNode(node);
    model.putNode(name, node);
  });
}

function upsertPod(name: string, kind: PodKind, node: string, twice: boolean, isFinished: boolean): Step {
  const pod = podOf(name, kind, node, isFinished);
  const words = `upsertPod ${name} on ${node || "none"} ${JSON.stringify(kind)}`;
  return new Step(`${words}${isFinished ? " finished" : ""}${twice ? " twice" : ""}`, (model, { cluster }) => {
    for (let times = twice ? 2 : 1; times > 0; times--) cluster.upsertPod(pod);
    model.upsertPod(`default/${name}`, pod, node, kind, isFinished);
  });
}

function assume([name, kind, node, deadlineMs]: [string, PodKind, string, number | null]): Step {
  const pod = podOf(name, kind, "", false);
  const key = `default/${name}`;
  const options = deadlineMs === null ? {} : { nowMs: 0, ttlMs: deadlineMs };
  return new Step(`assume ${name} on ${node || "none"} ${JSON.stringify([kind, options])}`, (model, { cluster }) => {
    const act = () => cluster.assume(pod, node, options);
    if (!model.nodes.has(node)) expectCode("ERR_UNKNOWN_NODE", act);
    else if (model.pods.has(key)) expectCode("ERR_ALREADY_PLACED", act);
    else {
      model.addPod(key, { pod, node, requests: kind, token: act(), ...(deadlineMs === null ? {} : { deadlineMs }) });
    }
  });
}

function place([name, kind]: [string, PodKind]): Step {
  const pod = podOf(name, kind, "", false);
  const key = `default/${name}`;
  return new Step(`place ${name} ${JSON.stringify(kind)}`, (model, { cluster, scheduler }) => {
    if (model.pods.has(key)) {
      expectCode("ERR_ALREADY_PLACED", () => scheduler.place(pod));
      return;
    }
    const foreseen = scheduler.schedule(pod);
    const decision = scheduler.place(pod);
    expect({ ...decision, token: undefined }).toEqual({ ...foreseen, token: undefined });
    if (decision.status !== "placed") return;
    const { node, token } = decision;
    model.addPod(key, { pod, node, requests: kind, token: token! });
    const { allocatable, requested } = cluster.node(node)!;
    const asked = { cpu: kind.cpu, memory: kind.memory, "example.com/gpu": kind.gpu, pods: 1 };
    for (const [resource, amount] of Object.entries(asked)) {
      if (amount > 0) expect(requested[resource]).toBeLessThanOrEqual(allocatable[resource] ?? 0);
    }
  });
}

/** Ends the promise at a place among the live ones; beyond the last, one that is not live. */
function endPromise(verb: "confirm" | "forget", pick: number): Step {
  return new Step(`${verb} promise ${pick}`, (model, { cluster }) => {
    const token = model.promises()[pick]?.[1].token;
    if (token === undefined) expectCode("ERR_UNKNOWN_TOKEN", () => cluster[verb](1e9 as Token));
    else {
      cluster[verb](token);
      expect(model[verb](token)).toBe(true);
      expectCode("ERR_UNKNOWN_TOKEN", () => cluster[verb](token));
    }
  });
}

/** Takes back every open transaction, innermost first. */
export function rollbackAll(model: ClusterModel, real: Real): void {
  while (model.open.length > 0) {
    rollback(model, real);
    compare(model, real);
  }
}

function rollback(model: ClusterModel, { cluster, scheduler }: Real): void {
  const observed = model.rollback();
  if (observed === undefined) {
    expectCode("ERR_TRANSACTION", () => cluster.rollback());
    return;
  }
  cluster.rollback();
  expect(observe(scheduler)).toBe(observed);
}

/** Everything that can be read of the cluster is as the model has it. */
function compare(model: ClusterModel, { cluster, portScheduler }: Real): void {
  expect(cluster.nodeCount).toBe(model.nodes.size);
  expect(cluster.podCount).toBe(model.pods.size);
  expect([...cluster.nodes()].map(({ name }) => name)).toEqual([...model.nodes.keys()]);
  for (const [name, object] of model.nodes) {
    const view = cluster.node(name)!;
    expect(view.object).toBe(object);
    expect(view.pods).toEqual(model.podsOn(name).map(([key]) => key));
    expect(view.requested).toEqual(model.requestedOn(name));
  }
  for (const name of POD_NAMES) {
    const expected = model.pods.get(`default/${name}`);
    const found = cluster.pod(`default/${name}`);
    expect([found?.pod, found?.node, found?.token]).toEqual([expected?.pod, expected?.node, expected?.token]);
  }
  for (const ip of PORT_IPS) {
    const free = [...model.nodes.keys()].filter((name) => model.hasFreePort(name, ip));
    expect(freePortNodes(portScheduler, ip)).toEqual(free);
  }
}

function expectCode(code: string, act: () => unknown): void {
  let caught: unknown;
  try {
    act();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(StowageError);
  expect((caught as StowageError).code).toBe(code);
}

function nodeOf(name: string, kind: NodeKind): Node {
  const { cpu, memory, gpu, maxPods, zone, isTainted, imageBytes } = kind;
  return {
    metadata: { name, labels: { zone } },
    spec: { taints: isTainted ? [{ key: "dedicated", effect: "PreferNoSchedule" }] : [] },
    status: {
      allocatable: { cpu: `${cpu}m`, memory, pods: maxPods, "example.com/gpu": gpu },
      images: imageBytes === 0 ? [] : [{ names: ["shop:1"], sizeBytes: imageBytes }],
    },
  };
}

function podOf(name: string, kind: PodKind, nodeName: string, isFinished: boolean): Pod {
  const { cpu, memory, gpu, hostIps, avoids } = kind;
  const ports = hostIps.map((hostIP) => ({ containerPort: 80, hostPort: 80, hostIP }));
  const requests = { cpu: `${cpu}m`, memory, "example.com/gpu": gpu };
  return {
    metadata: { name, namespace: "default" },
    spec: {
      ...(nodeName === "" ? {} : { nodeName }),
      ...(avoids
        ? { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [AVOIDING] } } }
        : {}),
      containers: [{ name: "main", resources: { requests }, ports }],
    },
    status: { phase: isFinished ? "Succeeded" : "Running" },
  };
}
