/** What a family's cluster is made of, and the pods that come to it. */

import type { Node, Pod, Volume } from "../kube/objects.js";
import { randomOf } from "../packing/random.js";
import { HOSTNAME, NAMESPACE, ZONE } from "./pod-rules.js";
import type { AnyObject, Turn, TurnPlan } from "./turns.js";

/** Classes of one family differ in memory, and in the label that they look for, their color. */
export interface FamilyWorld {
  readonly name: string;
  /** What it is about, in a line. */
  readonly about: string;
  /** How many zones the nodes lie in. */
  readonly zones: number;
  /** How many pods run before, by count of nodes. */
  readonly residents: (nodes: number) => number;
  /** What a pod of a class asks for. */
  readonly specOf: (color: string, index: number) => FamilyPodSpec;
  /** Of a pod that runs before. Missing: it is of the classes, which take turns. */
  readonly residentOf?: (index: number) => { readonly spec: FamilyPodSpec; readonly labels: Record<string, string> };
  /** Where pods that run before stand. Missing: where a scheduler puts them. */
  readonly residentNodeOf?: (index: number) => string;
  readonly nodeOf?: (index: number) => FamilyNodeSpec;
  /** What there is for a class beside nodes and pods. */
  readonly objectsOf?: (color: string) => AnyObject[];
  /** What there is for a node beside it. */
  readonly objectsOfNode?: (name: string) => AnyObject[];
  /** The volumes of a pod, each pod having its own. */
  readonly volumesOf?: (pod: string, index: number) => FamilyVolumes;
  /** What belongs to one pod's turn, where it is more than a placement. Missing: pods are placed one after the other. */
  readonly turnOf?: (plan: TurnPlan) => Partial<Turn>;
  /** The narrowest boundary that it can be measured at. Missing: the engine. */
  readonly narrowest?: Boundary;
  /** Turns whose answers are compared; 60 unless one turn takes long. */
  readonly compared?: number;
}

/** A pod's spec, and in short what its one container asks for: by default 100m of cpu and memory by class. */
export interface FamilyPodSpec extends Omit<NonNullable<Pod["spec"]>, "containers"> {
  readonly requests?: Readonly<Record<string, string>>;
  readonly hostPort?: number;
}

export interface FamilyNodeSpec {
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: NonNullable<Node["spec"]>["taints"];
  readonly allocatable?: Readonly<Record<string, string>>;
}

export interface FamilyVolumes {
  readonly volumes: readonly Volume[];
  readonly objects: readonly AnyObject[];
}

const FIRST_START_MS = Date.UTC(2026, 0, 1);
const MS_A_SECOND = 1_000;

/**
 * What a figure includes. engine: decision and assume in the core, with what has to be followed and read before. api: objects
 * in, decisions out, with all that belongs to a pod's turn.
 */
export type Boundary = "engine" | "api";

/** The narrowest that a family can be measured at. */
export function boundaryOf({ narrowest = "engine" }: FamilyWorld): Boundary {
  return narrowest;
}

/** The nodes, in an order drawn by the seed. */
export function familyNodes(world: FamilyWorld, count: number, seed: number): Node[] {
  const nodes = Array.from({ length: count }, (_, index) =>
    nodeNamed(`node-${index}`, `zone-${index % world.zones}`, world.nodeOf?.(index)),
  );
  return shuffled(nodes, seed);
}

/** scheduler_perf's node: 4 cores, 32 GiB, 110 pods. */
export function nodeNamed(
  name: string,
  zone: string,
  { labels = {}, taints = [], allocatable = {} }: FamilyNodeSpec = {},
): Node {
  return {
    metadata: { name, labels: { [HOSTNAME]: name, [ZONE]: zone, ...labels } },
    spec: { taints },
    status: { allocatable: { cpu: "4", memory: "32Gi", pods: "110", ...allocatable } },
  };
}

/** The same in a drawn order (Fisher and Yates). */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = randomOf(seed);
  const drawn = [...items];
  for (let end = drawn.length - 1; end > 0; end--) {
    const at = Math.floor(random() * (end + 1));
    [drawn[end], drawn[at]] = [drawn[at]!, drawn[end]!];
  }
  return drawn;
}

/** What else the cluster has before pods come: services, namespaces, CSINodes, volumes of pods that run. */
export function familyObjects(world: FamilyWorld, nodes: number, classes: number): AnyObject[] {
  const { objectsOf, objectsOfNode, volumesOf } = world;
  return [
    ...range(classes).flatMap((index) => objectsOf?.(colorOf(index)) ?? []),
    ...range(nodes).flatMap((index) => objectsOfNode?.(`node-${index}`) ?? []),
    ...range(world.residents(nodes)).flatMap((index) => volumesOf?.(residentName(index), index).objects ?? []),
  ];
}

/**
 * Pods that run before the others come; a scheduler places those without a node. Each has started a second after the one before
 * it, so that preemption can tell them apart.
 */
export function residentPods(world: FamilyWorld, nodes: number, classes: number): Pod[] {
  return range(world.residents(nodes)).map((index) => {
    const pod = withVolumes(world, residentPod(world, index, classes), index);
    const nodeName = world.residentNodeOf?.(index);
    const startTime = new Date(FIRST_START_MS + index * MS_A_SECOND).toISOString();
    return {
      ...pod,
      ...(nodeName !== undefined && { spec: { ...pod.spec, nodeName } }),
      status: { phase: "Running", startTime },
    };
  });
}

function residentPod(world: FamilyWorld, index: number, classes: number): Pod {
  const name = residentName(index);
  if (world.residentOf === undefined) return named(classPod(world, index % classes), name);
  const { spec, labels } = world.residentOf(index);
  return podOf(name, labels, 0, spec);
}

/** A pod of each class, in the order in which they take turns. */
export function classPods(world: FamilyWorld, classes: number): Pod[] {
  return range(classes).map((index) => classPod(world, index));
}

/** The pod of a class, named after it. */
export function classPod({ specOf }: FamilyWorld, index: number): Pod {
  const color = colorOf(index);
  return podOf(`class-${index}`, { color }, index, specOf(color, index));
}

/**
 * A pod with the volumes that are its own, as a client parses it: V8 gives each object that is spread and added to a hidden class
 * of its own, which slows down whoever reads it, and no parsed object has that.
 */
export function withVolumes({ volumesOf }: FamilyWorld, pod: Pod, index: number): Pod {
  if (volumesOf === undefined) return pod;
  const { volumes } = volumesOf(pod.metadata?.name ?? "", index);
  return JSON.parse(JSON.stringify({ ...pod, spec: { ...pod.spec, volumes } })) as Pod;
}

/** The pod under another name. */
export function named(pod: Pod, name: string): Pod {
  return { ...pod, metadata: { ...pod.metadata, name } };
}

function colorOf(index: number): string {
  return `color-${index}`;
}

function residentName(index: number): string {
  return `resident-${index}`;
}

function podOf(name: string, labels: Record<string, string>, index: number, podSpec: FamilyPodSpec): Pod {
  const { requests: asked, hostPort, ...spec } = podSpec;
  const requests = { cpu: "100m", memory: `${500 + index}Mi`, ...asked };
  const ports = [{ containerPort: 80, protocol: "TCP", ...(hostPort !== undefined && { hostPort }) }];
  return {
    metadata: { name, namespace: NAMESPACE, labels },
    spec: {
      containers: [{ name: "pause", image: "registry.k8s.io/pause:3.10.2", ports, resources: { requests } }],
      ...spec,
    },
    status: { phase: "Pending" },
  };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
