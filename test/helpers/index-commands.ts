/**
 * Everything that moves nodes, pods and what classes see of them, as commands for fast-check: after each, two schedulers on
 * one cluster, with and without index, are asked the same.
 */

import fc from "fast-check";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Token } from "../../src/cluster/node-record.js";
import type { Node, Pod } from "../../src/kube/objects.js";
import type { Decision } from "../../src/scheduler/decision.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { nodeKind, nodeOf, OBJECTS, podKind, podOf, type RelatedPodKind } from "./relation-kinds.js";

/** How an index and a scan differed. */
export interface Difference {
  readonly index: string;
  readonly scan: string;
}

export interface IndexReal {
  readonly cluster: Cluster;
  readonly indexed: Scheduler;
  readonly scanning: Scheduler;
  readonly tokens: Token[];
  open: number;
  named: number;
  readonly differences: Difference[];
}

export interface IndexSetting {
  readonly nodes: number;
  readonly tieBreak: "first" | "random";
  readonly config: number;
  /** So little that classes and indexes evict each other, or undefined. */
  readonly cacheBytes: number | undefined;
}

const GIB = 2 ** 30;
const GPU = "example.com/gpu";

const CONFIGS: readonly object[] = [
  {},
  args("NodeResourcesFit", { scoringStrategy: { type: "MostAllocated", resources: twoResources() } }),
  args("PodTopologySpread", {
    defaultingType: "List",
    defaultConstraints: [
      { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule" },
      { maxSkew: 2, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" },
    ],
  }),
  args("NodeResourcesFit", {
    scoringStrategy: {
      type: "LeastAllocated",
      resources: [...twoResources(), { name: GPU, weight: 3 }],
    },
  }),
];

function args(name: string, values: object): object {
  return { profiles: [{ pluginConfig: [{ name, args: values }] }] };
}

function twoResources(): object[] {
  return ["cpu", "memory"].map((name) => ({ name, weight: 1 }));
}

export const indexSetting: fc.Arbitrary<IndexSetting> = fc.record({
  nodes: fc.constantFrom(1, 3, 12, 70, 126, 140),
  tieBreak: fc.constantFrom("first", "random"),
  config: fc.nat(CONFIGS.length - 1),
  cacheBytes: fc.constantFrom(undefined, undefined, 1),
});

export function beginIndex(setting: IndexSetting, module?: WebAssembly.Module): IndexReal {
  const { nodes, tieBreak, config, cacheBytes } = setting;
  const cluster = new Cluster(module === undefined ? {} : { module });
  for (let index = 0; index < nodes; index++) {
    const zone = ["a", "b", "b", undefined][index % 4];
    const kind = { zone, hasHostname: index % 9 !== 8, taints: index % 5 === 4 ? "soft" : "clean", cpuMilli: 4_000 };
    cluster.upsertNode(richNode(`m${index}`, { ...kind, isUnschedulable: false }, index % 3));
  }
  const common = { tieBreak, seed: 11, config: CONFIGS[config]!, ...(cacheBytes === undefined ? {} : { cacheBytes }) };
  const indexed = new Scheduler(cluster, common);
  const scanning = new Scheduler(cluster, { ...common, isIndexed: false });
  return { cluster, indexed, scanning, tokens: [], open: 0, named: 0, differences: [] };
}

type Kind = Parameters<typeof nodeOf>[1];

/** A node with resources of its own kind: `size` 0 has nothing more, 1 has GPUs, 2 lacks memory altogether. */
function richNode(name: string, kind: Kind, size: number): Node {
  const node = nodeOf(name, kind);
  const memory = size === 2 ? 0 : (1 + size) * 8 * GIB;
  const allocatable = { cpu: `${kind.cpuMilli}m`, memory, pods: 6 + size, ...(size === 1 ? { [GPU]: 4 } : {}) };
  const images = size === 0 ? [{ names: ["shop:1"], sizeBytes: 2 ** 29 }] : [];
  return { ...node, status: { allocatable, images } };
}

/** What a pod asks for beside its relations. */
export interface Demand {
  readonly memoryMib: number;
  readonly gpu: number;
  readonly hostPort: number;
  readonly wantsZone: "" | "required" | "preferred";
  /** Nodes have it or, where classes can follow nodes that change, not. */
  readonly image: "shop:1" | "rare:1";
}

export const demand: fc.Arbitrary<Demand> = fc.record({
  memoryMib: fc.constantFrom(0, 64, 700),
  gpu: fc.constantFrom(0, 0, 1),
  hostPort: fc.constantFrom(0, 0, 0, 8_080),
  wantsZone: fc.constantFrom("", "", "required", "preferred"),
  image: fc.constantFrom("shop:1", "rare:1", "rare:1"),
});

export function demandingPod(
  name: string,
  kind: RelatedPodKind,
  { memoryMib, gpu, hostPort, wantsZone, image }: Demand,
): Pod {
  const pod = podOf("p1", { ...kind, isTerminating: false });
  const requests = { cpu: `${kind.cpuMilli}m`, memory: `${memoryMib}Mi`, ...(gpu === 0 ? {} : { [GPU]: gpu }) };
  const ports = hostPort === 0 ? [] : [{ containerPort: 80, hostPort }];
  const preference = {
    matchExpressions: [{ key: "topology.kubernetes.io/zone", operator: "In", values: ["b"] }],
  };
  const nodeAffinity = {
    ...(wantsZone === "required"
      ? { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [preference] } }
      : {}),
    ...(wantsZone === "preferred"
      ? { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 7, preference }] }
      : {}),
  };
  return {
    ...pod,
    metadata: { ...pod.metadata, name },
    spec: {
      ...pod.spec,
      affinity: { ...pod.spec?.affinity, ...(wantsZone === "" ? {} : { nodeAffinity }) },
      containers: [{ name: "main", image, resources: { requests }, ports }],
    },
  } as Pod;
}

export type Run = (real: IndexReal) => void;

export class Step implements fc.Command<object, IndexReal> {
  readonly #words: string;
  readonly #run: Run;

  constructor([words, run]: readonly [string, Run]) {
    this.#words = words;
    this.#run = run;
  }

  check(): boolean {
    return true;
  }

  run(_model: object, real: IndexReal): void {
    this.#run(real);
  }

  toString(): string {
    return this.#words;
  }
}

function answerOf(decision: Decision): string {
  if (decision.status !== "placed") return `${decision.status}: ${decision.message}`;
  return `${decision.node} ${decision.score}`;
}

/** Both answer as decision of the same number; the pod stays where the index put it. */
function place(kind: RelatedPodKind, wants: Demand): Run {
  return (real) => placePod(real, demandingPod(`pod-${real.named++}`, kind, wants));
}

export function placePod(real: IndexReal, pod: Pod): void {
  const expected = real.scanning.place(pod);
  if (expected.status === "placed") real.cluster.forget(expected.token!);
  const found = real.indexed.place(pod);
  compare(real, answerOf(found), answerOf(expected));
  if (found.status === "placed") real.tokens.push(found.token!);
}

/** Is placed by neither, and counts as a decision. */
const NOBODYS: Pod = { metadata: { name: "nobodys" }, spec: { schedulerName: "another", containers: [] } };

/** Pods that fit nowhere; what else they lack, and where, changes with every pod that comes or goes. */
const HOPELESS: readonly Demand[] = [
  { memoryMib: 8_000, gpu: 4, hostPort: 0, wantsZone: "", image: "rare:1" },
  { memoryMib: 16_200, gpu: 0, hostPort: 8_080, wantsZone: "required", image: "rare:1" },
];

const ALONE: RelatedPodKind = {
  app: undefined,
  affinity: "none",
  spread: "none",
  cpuMilli: 100_000,
  priority: 0,
  isTerminating: false,
  tolerates: false,
};

/** Many at once, beside one after the other in a what-if. */
function placeMany(kind: RelatedPodKind, wants: Demand, count: number): Run {
  return (real) => placeManyOf(real, demandingPod(`many-${real.named++}`, kind, wants), count);
}

export function placeManyOf(real: IndexReal, template: Pod, count: number): void {
  const { cluster, scanning, indexed } = real;
  const expected: string[] = [];
  cluster.begin();
  for (let i = 0; i < count; i++) {
    const decision = scanning.place({ ...template, metadata: { ...template.metadata, name: `one-${i}` } });
    expected.push(answerOf(decision));
    if (decision.status !== "placed") break;
  }
  cluster.rollback();
  // The rollback has taken back how often the scanning scheduler decided, too.
  for (const _ of expected) scanning.place(NOBODYS);
  const many = indexed.placeMany(indexed.class(template), count);
  const found = [...many.slots].map((slot, i) => `${cluster.nodeAt(slot)?.name} ${many.scores[i]}`);
  if (many.unplaced !== undefined) found.push(answerOf(many.unplaced));
  for (let i = 0; i < many.placed; i++) real.tokens.push(many.token(i));
  compare(real, found.join(", "), expected.join(", "));
}

function compare({ differences }: IndexReal, index: string, scan: string): void {
  if (index !== scan) differences.push({ index, scan });
}

function changeNode(name: string, kind: Kind, size: number): Run {
  return ({ cluster }) => cluster.upsertNode(richNode(name, kind, size));
}

/** Pods that others have placed. */
function bind(kind: RelatedPodKind, wants: Demand, nodes: readonly string[]): Run {
  return (real) => {
    for (const nodeName of nodes) {
      const pod = demandingPod(`bound-${real.named++}`, kind, wants);
      real.cluster.upsertPod({ ...pod, spec: { ...pod.spec, nodeName } } as Pod);
    }
  };
}

const nodeName = fc.nat(16).map((index) => `m${index}`);
/** One, or so many that they are read by rows. */
const comingTo = fc.oneof(
  nodeName.map((name) => [name]),
  fc.array(nodeName, { minLength: 3, maxLength: 6 }),
);
const objectName = fc.constantFrom(...Object.keys(OBJECTS));

const placed = fc
  .tuple(podKind, demand)
  .map(([kind, wants]): [string, Run] => [`place ${JSON.stringify([kind, wants])}`, place(kind, wants)]);
const ONE_DEMAND: Demand = { memoryMib: 64, gpu: 0, hostPort: 0, wantsZone: "", image: "rare:1" };

/** Of one class, whatever they have to do with others: their indexes share what they keep of the nodes. */
const placedAlike = podKind.map((kind): [string, Run] => {
  const alike = { ...kind, cpuMilli: 100, tolerates: false };
  return [`place alike ${JSON.stringify(alike)}`, place(alike, ONE_DEMAND)];
});
const placedMany = fc
  .tuple(podKind, demand, fc.integer({ min: 1, max: 12 }))
  .map(([kind, wants, count]): [string, Run] => [
    `place ${count} ${JSON.stringify([kind, wants])}`,
    placeMany(kind, wants, count),
  ]);

const placedInVain = fc
  .constantFrom(...HOPELESS)
  .map((wants): [string, Run] => [`place in vain ${JSON.stringify(wants)}`, place(ALONE, wants)]);

/** A promise ends; in an open what-if too, so that a rollback has something to bring back. */
const forgotten = fc.nat(40).map((pick): [string, Run] => [
  `forget ${pick}`,
  ({ cluster, tokens }) => {
    const [token] = tokens.splice(pick % Math.max(1, tokens.length), 1);
    if (token !== undefined && cluster.reservations.isLive(token)) cluster.forget(token);
  },
]);

/** A few kinds of pods again and again, so that their indexes grow old. */
export function indexCommands(): fc.Arbitrary<fc.Command<object, IndexReal>>[] {
  return [
    ...[
      placed,
      placed,
      placed,
      placedAlike,
      placedAlike,
      placedMany,
      placedMany,
      placedInVain,
      placedInVain,
      forgotten,
    ],
    fc
      .tuple(nodeName, nodeKind, fc.nat(2))
      .map(([name, kind, size]): [string, Run] => [
        `node ${name} is ${JSON.stringify([kind, size])}`,
        changeNode(name, kind, size),
      ]),
    nodeName.map((name): [string, Run] => [`node ${name} goes`, ({ cluster }) => void cluster.removeNode(name)]),
    fc
      .tuple(podKind, demand, comingTo)
      .map(([kind, wants, nodes]): [string, Run] => [
        `pods come to ${nodes.join(", ")} ${JSON.stringify([kind, wants])}`,
        bind(kind, wants, nodes),
      ]),
    fc.tuple(podKind, demand, nodeName, comingTo).map(([kind, wants, gone, nodes]): [string, Run] => [
      `node ${gone} goes, pods come to ${nodes.join(", ")}, and before and after ${JSON.stringify([kind, wants])}`,
      (real) => {
        real.cluster.removeNode(gone);
        place(kind, wants)(real);
        bind(kind, wants, nodes)(real);
        place(kind, wants)(real);
      },
    ]),
    objectName.map((name): [string, Run] => [name, ({ cluster }) => cluster.upsertObject(OBJECTS[name]!)]),
    fc.constant<[string, Run]>([
      "begin",
      (real) => {
        real.cluster.begin();
        real.open++;
      },
    ]),
    fc.constant<[string, Run]>(["rollback", (real) => end(real, "rollback")]),
    fc.constant<[string, Run]>(["commit", (real) => end(real, "commit")]),
  ].map((action) => action.map((each) => new Step(each)));
}

function end(real: IndexReal, verb: "rollback" | "commit"): void {
  if (real.open === 0) return;
  real.open--;
  real.cluster[verb]();
}
