/**
 * Nodes, pods and objects for churn among pods that have to do with each other. Every part has a name, so that a sequence
 * of commands reads as what happened.
 */

import fc from "fast-check";
import type {
  Affinity,
  LabelSelector,
  Node,
  ObjectKind,
  ObjectOf,
  Pod,
  PodAffinityTerm,
  Taint,
  TopologySpreadConstraint,
} from "../../src/kube/objects.js";

const HOSTNAME = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";

export const NODE_NAMES = ["n1", "n2", "n3", "n4", "n5"] as const;

/** Namespaces by pod name. */
const NAMESPACES = { p1: "default", p2: "default", p3: "default", p4: "default", q1: "other", q2: "other" } as const;
export type PodName = keyof typeof NAMESPACES;
export const POD_NAMES = Object.keys(NAMESPACES) as PodName[];

export function keyOf(name: PodName): string {
  return `${NAMESPACES[name]}/${name}`;
}

const TAINTS: Readonly<Record<string, readonly Taint[]>> = {
  clean: [],
  soft: [{ key: "dedicated", effect: "PreferNoSchedule" }],
  hard: [{ key: "dedicated", value: "batch", effect: "NoSchedule" }],
};

export interface NodeKind {
  readonly zone: string | undefined;
  readonly hasHostname: boolean;
  readonly taints: keyof typeof TAINTS;
  readonly cpuMilli: number;
  readonly isUnschedulable: boolean;
}

export const nodeKind: fc.Arbitrary<NodeKind> = fc.record({
  zone: fc.constantFrom("a", "b", "b", "", undefined),
  hasHostname: fc.constantFrom(true, true, true, false),
  taints: fc.constantFrom("clean", "clean", ...Object.keys(TAINTS)),
  cpuMilli: fc.constantFrom(1_000, 4_000),
  isUnschedulable: fc.constantFrom(false, false, false, true),
});

export function nodeOf(name: string, { zone, hasHostname, taints, cpuMilli, isUnschedulable }: NodeKind): Node {
  const labels = { ...(zone === undefined ? {} : { [ZONE]: zone }), ...(hasHostname ? { [HOSTNAME]: name } : {}) };
  return {
    metadata: { name, labels },
    spec: { unschedulable: isUnschedulable, taints: TAINTS[taints]! },
    status: { allocatable: { cpu: `${cpuMilli}m`, memory: "8Gi", pods: 6 } },
  };
}

function term(app: string | undefined, topologyKey: string, more: PodAffinityTerm = {}): PodAffinityTerm {
  return { labelSelector: app === undefined ? {} : { matchLabels: { app } }, topologyKey, ...more };
}

function ofTeam(operator: "In" | "NotIn"): LabelSelector {
  return { matchExpressions: [{ key: "team", operator, values: ["red"] }] };
}

const required = (...terms: PodAffinityTerm[]) => ({ requiredDuringSchedulingIgnoredDuringExecution: terms });
const preferred = (weight: number, podAffinityTerm: PodAffinityTerm) => ({
  preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm }],
});

const AFFINITIES: Readonly<Record<string, Affinity>> = {
  none: {},
  "needs web in its zone": { podAffinity: required(term("web", ZONE)) },
  "needs web in its zone and on its node": { podAffinity: required(term("web", ZONE), term("web", HOSTNAME)) },
  "shuns web on its node": { podAntiAffinity: required(term("web", HOSTNAME)) },
  "shuns db in its zone, twice": { podAntiAffinity: required(term("db", ZONE), term("db", ZONE)) },
  "shuns red teams on its node": {
    podAntiAffinity: required(term(undefined, HOSTNAME, { namespaceSelector: ofTeam("In") })),
  },
  "shuns all but red teams in its zone": {
    podAntiAffinity: required(term("web", ZONE, { namespaceSelector: ofTeam("NotIn") })),
  },
  "likes db in its zone": { podAffinity: preferred(10, term("db", ZONE, { namespaces: ["default", "other"] })) },
  "avoids web on its node": { podAntiAffinity: preferred(3, term("web", HOSTNAME)) },
  "likes web, needs db": { podAffinity: { ...required(term("db", ZONE)), ...preferred(1, term("web", HOSTNAME)) } },
};

function spread(topologyKey: string, more: TopologySpreadConstraint = {}): TopologySpreadConstraint {
  const labelSelector = { matchLabels: { app: "web" } };
  return { maxSkew: 1, topologyKey, whenUnsatisfiable: "DoNotSchedule", labelSelector, ...more };
}

const SPREADS: Readonly<Record<string, readonly TopologySpreadConstraint[]>> = {
  none: [],
  "over zones": [spread(ZONE)],
  "over three zones": [spread(ZONE, { minDomains: 3 })],
  "over clean nodes": [spread(HOSTNAME, { nodeTaintsPolicy: "Honor" })],
  "anything over nodes": [spread(HOSTNAME, { labelSelector: {} })],
  "its own app over nodes": [spread(HOSTNAME, { labelSelector: {}, matchLabelKeys: ["app"] })],
  "its own app over zones": [spread(ZONE, { labelSelector: {}, matchLabelKeys: ["app"], maxSkew: 2 })],
  "over zones, softly": [spread(ZONE, { whenUnsatisfiable: "ScheduleAnyway" })],
  "over nodes and zones, softly": [HOSTNAME, ZONE].map((key) => spread(key, { whenUnsatisfiable: "ScheduleAnyway" })),
};

export interface RelatedPodKind {
  readonly app: "web" | "db" | undefined;
  readonly affinity: keyof typeof AFFINITIES;
  readonly spread: keyof typeof SPREADS;
  readonly cpuMilli: number;
  readonly priority: number;
  readonly isTerminating: boolean;
  readonly tolerates: boolean;
}

export const podKind: fc.Arbitrary<RelatedPodKind> = fc.record({
  app: fc.constantFrom("web", "web", "db", undefined),
  // Often none, so that pods are alike but for one thing.
  affinity: fc.constantFrom(...Array(8).fill("none"), ...Object.keys(AFFINITIES)),
  spread: fc.constantFrom("none", "none", ...Object.keys(SPREADS)),
  cpuMilli: fc.constantFrom(0, 100, 700),
  priority: fc.constantFrom(0, 0, 5, 10),
  isTerminating: fc.constantFrom(false, false, false, true),
  tolerates: fc.constantFrom(false, true),
});

/** `nodeName` and `nominatedNodeName` are empty where the pod has none. */
export function podOf(name: PodName, kind: RelatedPodKind, nodeName = "", nominatedNodeName = ""): Pod {
  return makePod(name, NAMESPACES[name], kind, nodeName, nominatedNodeName);
}

function makePod(name: string, namespace: string, kind: RelatedPodKind, nodeName: string, nominated: string): Pod {
  const { app, affinity, spread: constraints, cpuMilli, priority, isTerminating, tolerates } = kind;
  return {
    metadata: {
      name,
      namespace,
      labels: app === undefined ? {} : { app },
      ...(isTerminating ? { deletionTimestamp: "2030-01-01T00:00:00Z" } : {}),
    },
    spec: {
      ...(nodeName === "" ? {} : { nodeName }),
      priority,
      affinity: AFFINITIES[affinity]!,
      topologySpreadConstraints: SPREADS[constraints]!,
      tolerations: tolerates ? [{ key: "dedicated", operator: "Exists" }] : [],
      containers: [{ name: "main", resources: { requests: { cpu: `${cpuMilli}m` } } }],
    },
    status: nominated === "" ? {} : { nominatedNodeName: nominated },
  };
}

const PLAIN = { app: "web", cpuMilli: 100, priority: 5, isTerminating: false, tolerates: false } as const;

/** A pod that is only asked about, for every affinity without spreading and the other way round, in both namespaces. */
export const PROBES: readonly Pod[] = [
  ...Object.keys(AFFINITIES).map((affinity) => ({ ...PLAIN, affinity, spread: "none" })),
  ...Object.keys(SPREADS).map((constraints) => ({ ...PLAIN, affinity: "none", spread: constraints })),
  { ...PLAIN, app: "db" as const, affinity: "none", spread: "none", tolerates: true },
].flatMap((kind) => ["default", "other"].map((namespace) => makePod("probe", namespace, kind, "", "")));

/** Namespaces and services, which move what selectors mean, and budgets, which move whom preemption spares. */
export const OBJECTS: Readonly<Record<string, ObjectOf<ObjectKind>>> = {
  "namespace other of team red": { kind: "Namespace", metadata: { name: "other", labels: { team: "red" } } },
  "namespace other of team blue": { kind: "Namespace", metadata: { name: "other", labels: { team: "blue" } } },
  "namespace default without a team": { kind: "Namespace", metadata: { name: "default" } },
  "service of web": { kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" } } },
  "service of db under the same name": {
    kind: "Service",
    metadata: { name: "web" },
    spec: { selector: { app: "db" } },
  },
  "service of web in other": {
    kind: "Service",
    metadata: { name: "web", namespace: "other" },
    spec: { selector: { app: "web" } },
  },
  "budget of web": {
    kind: "PodDisruptionBudget",
    metadata: { name: "web", namespace: "default" },
    spec: { selector: { matchLabels: { app: "web" } } },
    status: { disruptionsAllowed: 0 },
  },
};
