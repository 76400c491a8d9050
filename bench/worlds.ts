/**
 * Seeded inputs for benches and simulations: nodes of four sizes in three zones, sixteen pod templates, and one family of
 * pods for each way through the engine. Same seed, same objects, on every machine.
 */

import type { Node, Pod, Taint } from "../src/kube/objects.js";
import type { SchedulerOptions } from "../src/scheduler/options.js";
import { type Random, randomOf } from "../test/helpers/random.js";

export const TEMPLATES = 16;
const ZONES = ["a", "b", "c"] as const;
const DEDICATED = { key: "dedicated", value: "batch", effect: "NoSchedule" } as const;
const AVOIDED = { key: "spot", value: "true", effect: "PreferNoSchedule" } as const;
const GPU = "nvidia.com/gpu";

/** cpu in cores, memory in GiB; the ratio differs, so that balance matters. */
const SIZES = [
  { type: "compute", cpu: 32, memoryGib: 64 },
  { type: "general", cpu: 16, memoryGib: 64 },
  { type: "memory", cpu: 16, memoryGib: 128 },
  { type: "large", cpu: 64, memoryGib: 256 },
] as const;

/** `plain`: no taints. `tainted`: every tenth node keeps pods away, every seventh is avoided. */
export type WorldKind = "plain" | "tainted";

/** Every fourth node has GPUs. Worlds of both kinds have the same nodes but for the taints. */
export function worldNodes(count: number, kind: WorldKind, seed: string): Node[] {
  const random = randomOf(`${seed} nodes`);
  return Array.from({ length: count }, (_, index) => worldNode(index, kind, random));
}

function worldNode(index: number, kind: WorldKind, random: Random): Node {
  const { type, cpu, memoryGib } = random.pick(SIZES);
  const name = `node-${index}`;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "node.kubernetes.io/instance-type": type,
        "topology.kubernetes.io/zone": random.pick(ZONES),
      },
    },
    spec: { taints: kind === "tainted" ? taintsOf(index) : [] },
    status: {
      allocatable: {
        cpu: `${cpu * 1000 - random.int(0, 400)}m`,
        memory: `${memoryGib * 1024 * 1024 - random.int(0, 900_000)}Ki`,
        "ephemeral-storage": "107374182400",
        pods: "110",
        ...(index % 4 === 3 ? { [GPU]: "16" } : {}),
      },
    },
  } as Node;
}

function taintsOf(index: number): Taint[] {
  return [...(index % 10 === 9 ? [DEDICATED] : []), ...(index % 7 === 6 ? [AVOIDED] : [])];
}

/** What a family changes of a template's pod spec. */
type SpecPart = Readonly<Record<string, unknown>>;

/** Pods of one kind under one configuration. */
export interface Family {
  readonly name: string;
  /** What the core does for it: a scan of bounds, or one scalar evaluation a node. */
  readonly path: "bounds" | "scalar";
  readonly outcome: "placed" | "unschedulable";
  readonly world: WorldKind;
  readonly specOf: (template: number) => SpecPart;
  /** Arguments of NodeResourcesFit, where not the default ones. */
  readonly fitArgs?: SpecPart;
  readonly tieBreak?: NonNullable<SchedulerOptions["tieBreak"]>;
}

const RESOURCES = [
  { name: "cpu", weight: 1 },
  { name: "memory", weight: 1 },
];

export const FAMILIES: readonly Family[] = [
  { name: "plain", path: "bounds", outcome: "placed", world: "plain", specOf: () => ({}) },
  { name: "tainted-nodes", path: "bounds", outcome: "placed", world: "tainted", specOf: () => ({}) },
  { name: "affinity-and-taints", path: "bounds", outcome: "placed", world: "tainted", specOf: affinityOf },
  {
    name: "extended-resource",
    path: "bounds",
    outcome: "placed",
    world: "plain",
    specOf: () => requesting({ [GPU]: "1" }),
  },
  { name: "host-ports", path: "bounds", outcome: "placed", world: "plain", specOf: hostPortOf },
  {
    name: "most-allocated",
    path: "bounds",
    outcome: "placed",
    world: "plain",
    specOf: () => ({}),
    fitArgs: { scoringStrategy: { type: "MostAllocated", resources: RESOURCES } },
  },
  {
    name: "requested-to-capacity-ratio",
    path: "scalar",
    outcome: "placed",
    world: "plain",
    specOf: () => ({}),
    fitArgs: { scoringStrategy: { type: "RequestedToCapacityRatio", resources: RESOURCES, ...ratioShape() } },
  },
  {
    name: "random-tie-break",
    path: "bounds",
    outcome: "placed",
    world: "plain",
    specOf: () => ({}),
    tieBreak: "random",
  },
  {
    name: "unschedulable",
    path: "bounds",
    outcome: "unschedulable",
    world: "plain",
    specOf: () => requesting({ cpu: "1000" }),
  },
];

/** The plain family: what the headline figures are measured with. */
export const PLAIN: Family = FAMILIES[0]!;

function ratioShape(): SpecPart {
  const shape = [
    { utilization: 0, score: 0 },
    { utilization: 70, score: 10 },
    { utilization: 100, score: 2 },
  ];
  return { requestedToCapacityRatio: { shape } };
}

function affinityOf(template: number): SpecPart {
  const zones = ZONES.filter((_, index) => index !== template % ZONES.length);
  const preferred = SIZES[template % SIZES.length]!.type;
  return {
    tolerations: [{ key: DEDICATED.key, operator: "Equal", value: DEDICATED.value, effect: DEDICATED.effect }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [expression("topology.kubernetes.io/zone", zones)] }],
        },
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 10 + template,
            preference: { matchExpressions: [expression("node.kubernetes.io/instance-type", [preferred])] },
          },
        ],
      },
    },
  };
}

function expression(key: string, values: readonly string[]): SpecPart {
  return { key, operator: "In", values };
}

function requesting(requests: Readonly<Record<string, string>>): SpecPart {
  return { containers: [{ name: "extra", image: "registry.example/extra:1", resources: { requests } }] };
}

function hostPortOf(template: number): SpecPart {
  const port = 30_000 + template;
  const ports = [{ containerPort: 8080, hostPort: port, protocol: "TCP" }];
  return { containers: [{ name: "port", image: "registry.example/port:1", ports }] };
}

/** A KubeSchedulerConfiguration of the family; `plugin` is enabled behind the default ones. */
export function configOf(family: Family, plugin?: string): SpecPart {
  const multiPoint = plugin === undefined ? {} : { plugins: { multiPoint: { enabled: [{ name: plugin }] } } };
  const pluginConfig = family.fitArgs === undefined ? [] : [{ name: "NodeResourcesFit", args: family.fitArgs }];
  return {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    percentageOfNodesToScore: 100,
    profiles: [{ schedulerName: "default-scheduler", pluginConfig, ...multiPoint }],
  };
}

/** The spec of a template: two or three containers with what an API server would send, 1.9 kB of JSON a pod. */
export function templateSpec(family: Family, template: number, seed: string): SpecPart {
  const random = randomOf(`${seed} template ${template}`);
  const part = family.specOf(template);
  const own = random.list(1, 2, (index) => containerOf(`c${index}`, template, random));
  const containers = [...own, ...((part.containers as SpecPart[] | undefined) ?? [])];
  return {
    serviceAccountName: "default",
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    priority: 0,
    tolerations: [
      { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
      { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
    ],
    ...part,
    containers,
  };
}

function containerOf(name: string, template: number, random: Random): SpecPart {
  const requests = { cpu: `${random.int(1, 10) * 25}m`, memory: `${random.int(1, 16) * 32}Mi` };
  const probe = { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 10, timeoutSeconds: 1 };
  return {
    name,
    image: `registry.example/team/app-${template}:v1.${template}`,
    imagePullPolicy: "IfNotPresent",
    env: [
      { name: "LOG_LEVEL", value: "info" },
      { name: "POD_NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
    ],
    ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
    resources: { requests, limits: requests },
    livenessProbe: { ...probe, failureThreshold: 3 },
    readinessProbe: { ...probe, initialDelaySeconds: 5 },
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  };
}

/** Pods number `from` to before `from + count`, template after template in a seeded order, sharing their specs. */
export function worldPods(family: Family, from: number, count: number, seed: string): Pod[] {
  const specs = Array.from({ length: TEMPLATES }, (_, template) => templateSpec(family, template, seed));
  const random = randomOf(`${seed} pods ${from}`);
  return Array.from({ length: count }, (_, index) => {
    const template = random.int(0, TEMPLATES - 1);
    return podOf(`${family.name}-${from + index}`, template, specs[template]!);
  });
}

/** One pod of each template, in order. */
export function templatePods(family: Family, seed: string): Pod[] {
  return Array.from({ length: TEMPLATES }, (_, template) =>
    podOf(`${family.name}-template-${template}`, template, templateSpec(family, template, seed)),
  );
}

function podOf(name: string, template: number, spec: SpecPart): Pod {
  const app = `app-${template}`;
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: app, uid: `uid-${template}`, controller: true };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      uid: `00000000-0000-4000-8000-${name}`,
      labels: { app, "pod-template-hash": `hash-${template}` },
      ownerReferences: [owner],
    },
    spec,
    status: { phase: "Pending", qosClass: "Burstable" },
  } as Pod;
}

/** Where pods run already: two to six small ones a node, by node name. */
export function worldLoad(nodes: readonly Node[], seed: string): { readonly pod: Pod; readonly node: string }[] {
  const random = randomOf(`${seed} load`);
  const specs = Array.from({ length: TEMPLATES }, (_, template) => templateSpec(PLAIN, template, `${seed} load`));
  let number = 0;
  return nodes.flatMap((node) =>
    random.list(2, 6, () => {
      const template = random.int(0, TEMPLATES - 1);
      const pod = podOf(`load-${number++}`, template, specs[template]!);
      return { pod, node: node.metadata?.name ?? "" };
    }),
  );
}
