/**
 * Everything that moves what pods have to do with each other, as commands for fast-check. After each of them a scheduler
 * that has lived through it all answers as one does that has just begun with what is there.
 */

import fc from "fast-check";
import { expect } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Pod } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { ClusterModel, type PodKind } from "./cluster-model.js";
import { observe, observePreemption } from "./cluster-probes.js";
import {
  keyOf,
  NODE_NAMES,
  type NodeKind,
  nodeKind,
  nodeOf,
  OBJECTS,
  POD_NAMES,
  type PodName,
  PROBES,
  podKind,
  podOf,
  type RelatedPodKind,
} from "./relation-kinds.js";

/** Default constraints that are hard, and weights that are unlike the usual ones. */
const ODD_ARGS = {
  PodTopologySpread: {
    defaultingType: "List",
    defaultConstraints: [
      { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule" },
      { maxSkew: 2, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" },
    ],
  },
  InterPodAffinity: { hardPodAffinityWeight: 7, ignorePreferredTermsOfExistingPods: true },
};

const MOST_PROBES = 4;

const CONFIGS = [
  {},
  { profiles: [{ pluginConfig: Object.entries(ODD_ARGS).map(([name, args]) => ({ name, args })) }] },
];

/** The cluster under test, and a scheduler of each configuration that lives as long as it does. */
export interface RelatedReal {
  readonly cluster: Cluster;
  readonly schedulers: readonly Scheduler[];
  /** The few pods that are asked about, so that each of them is asked about again and again. */
  readonly probes: readonly Pod[];
}

/** What a sequence of commands begins with: the kinds of its first nodes, and which probes it asks about. */
export interface Beginning {
  readonly nodes: readonly NodeKind[];
  readonly probes: readonly number[];
}

export const beginning: fc.Arbitrary<Beginning> = fc.record({
  nodes: fc.array(nodeKind, { minLength: 2, maxLength: NODE_NAMES.length }),
  probes: fc.uniqueArray(fc.nat(PROBES.length - 1), { minLength: 3, maxLength: MOST_PROBES }),
});

/** A cluster with its first nodes, and its model. */
export function beginWith({ nodes, probes }: Beginning): {
  readonly model: ClusterModel;
  readonly real: RelatedReal;
} {
  const [model, cluster] = [new ClusterModel(), new Cluster()];
  const schedulers = CONFIGS.map((config) => new Scheduler(cluster, { config }));
  const real = { cluster, schedulers, probes: probes.map((index) => PROBES[index]!) };
  for (const [index, kind] of nodes.entries()) upsertNode(NODE_NAMES[index]!, kind)[1](model, real);
  return { model, real };
}

type Run = (model: ClusterModel, real: RelatedReal) => void;

/** Which scheduler is asked after a step, and about which of the probes: often none, so that what is remembered grows old. */
interface Question {
  readonly config: number;
  readonly picks: readonly number[];
}

const question: fc.Arbitrary<Question> = fc.record({
  config: fc.nat(CONFIGS.length - 1),
  picks: fc.oneof(fc.constant([]), fc.uniqueArray(fc.nat(MOST_PROBES - 1), { minLength: 1, maxLength: 3 })),
});

class Step implements fc.Command<ClusterModel, RelatedReal> {
  readonly #words: string;
  readonly #run: Run;
  readonly #question: Question;

  constructor(words: string, run: Run, asked: Question) {
    this.#words = words;
    this.#run = run;
    this.#question = asked;
  }

  check(): boolean {
    return true;
  }

  run(model: ClusterModel, real: RelatedReal): void {
    this.#run(model, real);
    const { config, picks } = this.#question;
    compareToFresh(model, real, config, picks);
  }

  toString(): string {
    const { config, picks } = this.#question;
    return picks.length === 0 ? this.#words : `${this.#words}; ask ${config} about ${picks.join(", ")}`;
  }
}

/** The long-lived scheduler of a configuration answers as a new one on a new cluster does, about all probes or some of them. */
export function compareToFresh(
  model: ClusterModel,
  real: RelatedReal,
  config: number,
  picks?: readonly number[],
): void {
  const { cluster, schedulers, probes } = real;
  expect([cluster.nodeCount, cluster.podCount]).toEqual([model.nodes.size, model.pods.size]);
  const asked = probes.filter((_, index) => picks === undefined || picks.includes(index));
  const [first] = asked;
  if (first === undefined) return;
  using fresh = clusterOf(model);
  const young = new Scheduler(fresh, { config: CONFIGS[config] });
  const old = schedulers[config]!;
  expect(observe(old, asked)).toBe(observe(young, asked));
  expect(observePreemption(old, first)).toBe(observePreemption(young, first));
}

/** A cluster that has never been anything else. */
function clusterOf(model: ClusterModel): Cluster {
  const cluster = new Cluster();
  for (const object of model.objects.values()) cluster.upsertObject(object);
  for (const node of model.nodes.values()) cluster.upsertNode(node);
  for (const { pod, node } of model.pods.values()) {
    cluster.upsertPod({ ...pod, spec: { ...pod.spec, nodeName: node } });
  }
  for (const pod of model.waiting.values()) cluster.upsertPod(pod);
  return cluster;
}

/** Half a dozen words of a command, and what it does. */
type Action = readonly [words: string, run: Run];

const nodeName = fc.constantFrom(...NODE_NAMES);
const podName = fc.constantFrom(...POD_NAMES);
const objectName = fc.constantFrom(...Object.keys(OBJECTS));
/** Where a pod is said to be: on a node, on one that is never there, or nowhere. */
const place = fc.constantFrom(...NODE_NAMES, ...NODE_NAMES, "ghost", "");

const nodeComes = fc.tuple(nodeName, nodeKind).map(([name, kind]) => upsertNode(name, kind));
const podComes = fc.tuple(podName, podKind, place).map(([name, kind, node]) => upsertPod(name, kind, node, ""));
const podIsAssumed = fc.tuple(podName, podKind, nodeName).map(([name, kind, node]) => assume(name, kind, node));

const objectComes = objectName.map((name): Action => {
  const run: Run = (model, { cluster }) => {
    cluster.upsertObject(OBJECTS[name]!);
    model.putObject(OBJECTS[name]!);
  };
  return [`there is ${name}`, run];
});

/** What fills the cluster stands there more than once, so that sequences do not work on an empty one. */
const ACTIONS: readonly fc.Arbitrary<Action>[] = [
  ...[nodeComes, nodeComes, podComes, podComes, podComes, podIsAssumed, podIsAssumed],
  nodeName.map((name): Action => {
    const run: Run = (model, { cluster }) => expect(cluster.removeNode(name)).toBe(model.dropNode(name));
    return [`node ${name} goes`, run];
  }),
  fc.tuple(podName, podKind, nodeName).map(([name, kind, node]) => upsertPod(name, kind, "", node)),
  podName.map((name): Action => {
    const run: Run = (model, { cluster }) => expect(cluster.removePod(keyOf(name))).toBe(model.dropPod(keyOf(name)));
    return [`pod ${name} goes`, run];
  }),
  fc.tuple(podName, podKind, fc.nat(CONFIGS.length - 1)).map(([name, kind, config]) => placePod(name, kind, config)),
  fc.nat(4).map((pick) => endPromise("confirm", pick)),
  fc.nat(4).map((pick) => endPromise("forget", pick)),
  objectComes,
  objectComes,
  objectName.map((name): Action => {
    const object = OBJECTS[name]!;
    const run: Run = (model, { cluster }) => {
      const { namespace, name: own = "" } = object.metadata ?? {};
      expect(cluster.removeObject(object.kind as "Service", own, namespace)).toBe(model.dropObject(object));
    };
    return [`there is no ${name}`, run];
  }),
  fc.constant<Action>(["begin", begin]),
  fc.constant<Action>(["rollback", rollback]),
  fc.constant<Action>(["commit", commit]),
];

export const relationCommands: fc.Arbitrary<fc.Command<ClusterModel, RelatedReal>>[] = ACTIONS.map((action) =>
  fc.tuple(action, question).map(([[words, run], asked]) => new Step(words, run, asked)),
);

function sizesOf({ cpuMilli }: RelatedPodKind): PodKind {
  return { cpu: cpuMilli, memory: 0, gpu: 0, hostIps: [], avoids: false };
}

function upsertNode(name: string, kind: NodeKind): Action {
  const node = nodeOf(name, kind);
  const run: Run = (model, { cluster }) => {
    cluster.upsertNode(node);
    model.putNode(name, node);
  };
  return [`node ${name} is ${JSON.stringify(kind)}`, run];
}

function upsertPod(name: PodName, kind: RelatedPodKind, node: string, nominated: string): Action {
  const pod = podOf(name, kind, node, nominated);
  const run: Run = (model, { cluster }) => {
    cluster.upsertPod(pod);
    model.upsertPod(keyOf(name), pod, node, sizesOf(kind), false);
  };
  const where = nominated === "" ? `on ${node || "no node"}` : `waits for ${nominated}`;
  return [`pod ${name} ${where} ${JSON.stringify(kind)}`, run];
}

function assume(name: PodName, kind: RelatedPodKind, node: string): Action {
  const pod = podOf(name, kind);
  const run: Run = (model, { cluster }) => {
    if (!model.nodes.has(node) || model.pods.has(keyOf(name))) return;
    model.addPod(keyOf(name), { pod, node, requests: sizesOf(kind), token: cluster.assume(pod, node) });
  };
  return [`assume ${name} on ${node} ${JSON.stringify(kind)}`, run];
}

function placePod(name: PodName, kind: RelatedPodKind, config: number): Action {
  const pod = podOf(name, kind);
  const run: Run = (model, { schedulers }) => {
    if (model.pods.has(keyOf(name))) return;
    const decision = schedulers[config]!.place(pod);
    if (decision.status !== "placed") return;
    const { node, token } = decision;
    model.addPod(keyOf(name), { pod, node, requests: sizesOf(kind), token: token! });
  };
  return [`${config} places ${name} ${JSON.stringify(kind)}`, run];
}

function endPromise(verb: "confirm" | "forget", pick: number): Action {
  const run: Run = (model, { cluster }) => {
    const token = model.promises()[pick]?.[1].token;
    if (token === undefined) return;
    cluster[verb](token);
    model[verb](token);
  };
  return [`${verb} promise ${pick}`, run];
}

function begin(model: ClusterModel, { cluster }: RelatedReal): void {
  cluster.begin();
  model.begin("");
}

export function rollback(model: ClusterModel, { cluster }: RelatedReal): void {
  if (model.rollback() !== undefined) cluster.rollback();
}

function commit(model: ClusterModel, { cluster }: RelatedReal): void {
  if (model.commit()) cluster.commit();
}
