/**
 * The workloads of kube-scheduler's scheduler_perf as worlds: nodes of 4 cores and 32 GiB, pods that run already, and pods to
 * place, of as many classes as asked for. Classes of one family differ in memory, and in the label that they look for.
 */

import type { Node, ObjectKind, ObjectOf, Pod } from "../kube/objects.js";
import { randomOf } from "../packing/random.js";

export interface FamilyWorld {
  readonly name: string;
  /** How many zones the nodes lie in. */
  readonly zones: number;
  /** How many pods run before, by count of nodes. */
  readonly residents: (nodes: number) => number;
  /** Whether residents are of the classes that are measured; otherwise they are plain. */
  readonly hasAlikeResidents: boolean;
  readonly specOf: (color: string, index: number) => Record<string, unknown>;
  readonly labelsOf?: (color: string) => Record<string, string>;
  readonly objectsOf?: (color: string) => ObjectOf<ObjectKind>[];
  readonly nodeOf?: (index: number) => { labels?: Record<string, string>; taints?: object[]; allocatable?: object };
}

const HOSTNAME = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";
const GPU = "example.com/gpu";
const NAMESPACE = "sched-1";

const term = (color: string, topologyKey: string, more: object = {}) => ({
  labelSelector: { matchLabels: { color } },
  topologyKey,
  namespaces: [NAMESPACE],
  ...more,
});
const required = (kind: string, one: object) => ({
  affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [one] } },
});
const preferred = (kind: string, podAffinityTerm: object) => ({
  affinity: { [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm }] } },
});
const spread = (color: string, whenUnsatisfiable: string, more: object = {}) => ({
  topologySpreadConstraints: [
    { maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable, labelSelector: { matchLabels: { color } }, ...more },
  ],
});
const inZones = (...values: string[]) => ({
  nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: "In", values }] }],
});

const fifth = (nodes: number) => Math.floor(nodes / 5);
const all = (nodes: number) => nodes;
const base = { zones: 1, residents: fifth, hasAlikeResidents: true, specOf: () => ({}) };

export const FAMILY_WORLDS: readonly FamilyWorld[] = [
  { ...base, name: "SchedulingBasic" },
  {
    ...base,
    name: "Daemonset",
    hasAlikeResidents: false,
    specOf: () => ({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["node-7"] }] }],
          },
        },
      },
    }),
  },
  {
    ...base,
    name: "ExtendedResource",
    hasAlikeResidents: false,
    specOf: () => ({ extended: { [GPU]: "1" } }),
    nodeOf: () => ({ allocatable: { [GPU]: "8" } }),
  },
  {
    ...base,
    name: "NodeAffinity",
    residents: all,
    hasAlikeResidents: false,
    specOf: () => ({
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: inZones("zone-0", "zone-1") } },
    }),
  },
  {
    ...base,
    name: "PreferredNodeAffinityAndTaints",
    zones: 3,
    residents: all,
    hasAlikeResidents: false,
    specOf: (_, index) => ({
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 10, preference: inZones(`zone-${index % 3}`).nodeSelectorTerms[0] },
          ],
        },
      },
    }),
    nodeOf: (index) => ({ taints: index % 7 === 6 ? [{ key: "spot", effect: "PreferNoSchedule" }] : [] }),
  },
  {
    ...base,
    name: "PodAffinity",
    residents: all,
    specOf: (color) => required("podAffinity", term(color, ZONE)),
  },
  { ...base, name: "PodAntiAffinity", specOf: (color) => required("podAntiAffinity", term(color, HOSTNAME)) },
  {
    ...base,
    name: "PreferredPodAffinity",
    residents: all,
    specOf: (color) => preferred("podAffinity", term(color, HOSTNAME)),
  },
  {
    ...base,
    name: "PreferredPodAntiAffinity",
    residents: all,
    specOf: (color) => preferred("podAntiAffinity", term(color, HOSTNAME)),
  },
  {
    ...base,
    name: "AntiAffinityNSSelector",
    specOf: (color) =>
      required("podAntiAffinity", {
        ...term(color, HOSTNAME),
        namespaces: [],
        namespaceSelector: { matchLabels: { team: "devops" } },
      }),
    objectsOf: () => [{ kind: "Namespace", metadata: { name: NAMESPACE, labels: { team: "devops" } } }],
  },
  {
    ...base,
    name: "TopologySpreading",
    zones: 3,
    residents: all,
    hasAlikeResidents: false,
    specOf: (color) => spread(color, "DoNotSchedule"),
  },
  {
    ...base,
    name: "PreferredTopologySpreading",
    zones: 3,
    residents: all,
    hasAlikeResidents: false,
    specOf: (color) => spread(color, "ScheduleAnyway"),
  },
  {
    ...base,
    name: "DefaultSpreading",
    zones: 3,
    residents: all,
    hasAlikeResidents: false,
    objectsOf: (color) => [
      { kind: "Service", metadata: { name: color, namespace: NAMESPACE }, spec: { selector: { color } } },
    ],
  },
  {
    ...base,
    name: "NodeInclusionPolicy",
    zones: 3,
    residents: all,
    hasAlikeResidents: false,
    specOf: (color) => spread(color, "DoNotSchedule", { nodeTaintsPolicy: "Honor", maxSkew: 1 }),
    nodeOf: (index) => ({ taints: index % 10 === 9 ? [{ key: "foo", effect: "NoSchedule" }] : [] }),
  },
  {
    ...base,
    name: "HostPorts",
    hasAlikeResidents: false,
    specOf: (_, index) => ({ hostPort: 30_000 + index }),
  },
];

/** The nodes, in an order drawn by the seed. */
export function familyNodes({ zones, nodeOf }: FamilyWorld, count: number, seed: number): Node[] {
  const nodes = Array.from({ length: count }, (_, index) => {
    const { labels = {}, taints = [], allocatable = {} } = nodeOf?.(index) ?? {};
    const name = `node-${index}`;
    return {
      metadata: { name, labels: { [HOSTNAME]: name, [ZONE]: `zone-${index % zones}`, ...labels } },
      spec: { taints },
      status: { allocatable: { cpu: "4", memory: "32Gi", pods: "110", ...allocatable } },
    } as Node;
  });
  return shuffled(nodes, seed);
}

/** The same in a drawn order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = randomOf(seed);
  const drawn = [...items];
  for (let end = drawn.length - 1; end > 0; end--) {
    const at = Math.floor(random() * (end + 1));
    [drawn[end], drawn[at]] = [drawn[at]!, drawn[end]!];
  }
  return drawn;
}

/** What else the cluster has: services, namespaces. */
export function familyObjects({ objectsOf }: FamilyWorld, classes: number): ObjectOf<ObjectKind>[] {
  return Array.from({ length: classes }, (_, index) => objectsOf?.(colorOf(index)) ?? []).flat();
}

function colorOf(index: number): string {
  return `color-${index}`;
}

/** A pod of each class, in the order in which they take turns. */
export function classPods(world: FamilyWorld, classes: number): Pod[] {
  return Array.from({ length: classes }, (_, index) => classPod(world, index));
}

/** The pod of a class, named after it. */
export function classPod(world: FamilyWorld, index: number): Pod {
  const { extended, hostPort, ...spec } = world.specOf(colorOf(index), index);
  return podOf(`class-${index}`, { color: colorOf(index) }, index, spec, extended as object, hostPort as number);
}

/** Pods that run before the others come, without their nodes: a scheduler places them. */
export function residentPods(world: FamilyWorld, nodes: number, classes: number): Pod[] {
  return Array.from({ length: world.residents(nodes) }, (_, index) => residentPod(world, index, classes));
}

/** A pod that runs before: of the classes, or plain. */
function residentPod(world: FamilyWorld, index: number, classes: number): Pod {
  if (!world.hasAlikeResidents) return podOf(`resident-${index}`, {}, 0, {});
  const pod = classPod(world, index % classes);
  return { ...pod, metadata: { ...pod.metadata, name: `resident-${index}` } };
}

function podOf(
  name: string,
  labels: Record<string, string>,
  index: number,
  spec: object,
  extended: object = {},
  hostPort = 0,
): Pod {
  const requests = { cpu: "100m", memory: `${500 + index}Mi`, ...extended };
  const ports = [{ containerPort: 80, protocol: "TCP", ...(hostPort === 0 ? {} : { hostPort }) }];
  return {
    metadata: { name, namespace: NAMESPACE, labels },
    spec: {
      containers: [{ name: "pause", image: "registry.k8s.io/pause:3.10.2", ports, resources: { requests } }],
      ...spec,
    },
    status: { phase: "Pending" },
  } as Pod;
}
