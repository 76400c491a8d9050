/** For every plugin a pod that gives it work, on a cluster where every node has a pod with a port, a disk and a claim. */

import type { KubeObject, Node, Pod } from "../src/kube/objects.js";
import { PLAIN, templateSpec, worldLoad, worldNodes } from "./worlds.js";

/** What of a plugin is measured. */
export interface Scene {
  readonly plugin: string;
  readonly phase: "filter" | "score" | "dry run";
  readonly pod: Pod;
}

export interface PluginWorld {
  readonly nodes: readonly Node[];
  readonly bound: readonly Pod[];
  readonly objects: readonly KubeObject[];
}

const ZONE = "topology.kubernetes.io/zone";
const HOSTNAME = "kubernetes.io/hostname";
const DRIVER = "csi.example.com";
/** Taken on every node, and on every other one. */
const EVERYWHERE = 9_000;
const HERE_AND_THERE = 9_001;
const FEATURE = "UserNamespacesHostNetworkSupport";
const APP = "app-1";

type SpecPart = Readonly<Record<string, unknown>>;

/** Every other node declares a feature; one volume may be attached to a node beside the one that is. */
export function pluginWorld(count: number, seed: string): PluginWorld {
  const nodes = worldNodes(count, "tainted", seed).map((node, index) => {
    const declaredFeatures = index % 2 === 0 ? [FEATURE] : [];
    const images = [{ names: [`registry.example/image:${index % 10}`], sizeBytes: 500_000_000 }];
    return { ...node, status: { ...node.status, declaredFeatures, images } } as Node;
  });
  const load = worldLoad(nodes, seed).map(({ pod, node }) => ({ ...pod, spec: { ...pod.spec, nodeName: node } }));
  return { nodes, bound: [...load, ...nodes.map(residentOf)] as Pod[], objects: objectsOf(nodes) };
}

/** The pod that a preemption evicts. */
function residentOf(node: Node, index: number): Pod {
  const volumes = [
    { name: "disk", gcePersistentDisk: { pdName: `disk-${index % 2}` } },
    { name: "claim", persistentVolumeClaim: { claimName: "bound" } },
  ];
  const ports = index % 2 === 0 ? [EVERYWHERE, HERE_AND_THERE] : [EVERYWHERE];
  const spec = { nodeName: node.metadata?.name, ...takingPorts(ports), volumes };
  return { metadata: { name: `resident-${index}`, namespace: "default", labels: { app: "resident" } }, spec } as Pod;
}

function objectsOf(nodes: readonly Node[]): KubeObject[] {
  const access = { accessModes: ["ReadWriteMany"], storageClassName: "later" };
  const terms = [{ matchExpressions: [{ key: ZONE, operator: "In", values: ["a", "b"] }] }];
  const claim = (name: string, volumeName?: string) => ({
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: "default", annotations: { "pv.kubernetes.io/bind-completed": "yes" } },
    spec: { ...access, resources: { requests: { storage: "1Gi" } }, ...(volumeName && { volumeName }) },
  });
  const volume = (name: string) => ({
    kind: "PersistentVolume",
    metadata: { name, labels: { [ZONE]: "a" } },
    spec: {
      ...access,
      capacity: { storage: "1Gi" },
      csi: { driver: DRIVER, volumeHandle: name },
      nodeAffinity: { required: { nodeSelectorTerms: terms } },
    },
  });
  const waiting = { provisioner: DRIVER, volumeBindingMode: "WaitForFirstConsumer" };
  const drivers = (index: number) => [{ name: DRIVER, nodeID: "n", allocatable: { count: 1 + (index % 2) } }];
  return [
    { kind: "StorageClass", metadata: { name: "later" }, ...waiting },
    claim("bound", "volume-1"),
    claim("other", "volume-2"),
    volume("volume-1"),
    volume("volume-2"),
    ...nodes.map((node, index) => ({ kind: "CSINode", metadata: node.metadata, spec: { drivers: drivers(index) } })),
  ] as KubeObject[];
}

/** In the order of the default profile. */
export function scenesOf(seed: string): Scene[] {
  const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "other" } }];
  const disks = [{ name: "v", gcePersistentDisk: { pdName: "disk-1" } }];
  const scene = (plugin: string, phase: Scene["phase"], part: SpecPart = {}): Scene => {
    const metadata = { name: `${plugin}-${phase}`, namespace: "default", labels: { app: APP } };
    return { plugin, phase, pod: { metadata, spec: { ...templateSpec(PLAIN, 1, seed), ...part } } as Pod };
  };
  return [
    scene("TaintToleration", "filter"),
    scene("TaintToleration", "score"),
    scene("NodeAffinity", "filter", nodeAffinity()),
    scene("NodeAffinity", "score", nodeAffinity()),
    scene("NodePorts", "filter", takingPorts([HERE_AND_THERE])),
    scene("NodeResourcesFit", "filter", requesting("20")),
    scene("NodeResourcesFit", "score"),
    scene("VolumeRestrictions", "filter", { volumes: disks }),
    scene("NodeVolumeLimits", "filter", { volumes }),
    scene("VolumeBinding", "filter", { volumes }),
    scene("VolumeZone", "filter", { volumes }),
    scene("PodTopologySpread", "filter", spreading("DoNotSchedule")),
    scene("PodTopologySpread", "score", spreading("ScheduleAnyway")),
    scene("InterPodAffinity", "filter", podAffinity()),
    scene("InterPodAffinity", "score", podAffinity()),
    scene("NodeResourcesBalancedAllocation", "score"),
    scene("ImageLocality", "score", { containers: [{ name: "c", image: "registry.example/image:1" }] }),
    scene("NodeDeclaredFeatures", "filter", { hostNetwork: true, hostUsers: false }),
    scene("DefaultPreemption", "dry run", { priority: 10, ...takingPorts([EVERYWHERE]) }),
  ];
}

function requesting(cpu: string): SpecPart {
  return { containers: [{ name: "c", resources: { requests: { cpu } } }] };
}

function takingPorts(hostPorts: readonly number[]): SpecPart {
  const ports = hostPorts.map((hostPort) => ({ containerPort: hostPort, hostPort, protocol: "TCP" }));
  return { containers: [{ name: "c", ports }] };
}

function nodeAffinity(): SpecPart {
  const inZones = (...values: string[]) => ({ matchExpressions: [{ key: ZONE, operator: "In", values }] });
  return {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [inZones("a", "b")] },
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 7, preference: inZones("a") }],
      },
    },
  };
}

/** By zone and by node, as is usual. */
function spreading(whenUnsatisfiable: string): SpecPart {
  const labelSelector = { matchLabels: { app: APP } };
  const constraint = (topologyKey: string) => ({ maxSkew: 1, topologyKey, whenUnsatisfiable, labelSelector });
  return { topologySpreadConstraints: [constraint(ZONE), constraint(HOSTNAME)] };
}

/** To a zone with pods of another app, and away from nodes with pods of its own; the same preferred. */
function podAffinity(): SpecPart {
  const term = (app: string, topologyKey: string) => ({ labelSelector: { matchLabels: { app } }, topologyKey });
  const both = (one: object) => ({
    requiredDuringSchedulingIgnoredDuringExecution: [one],
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, podAffinityTerm: one }],
  });
  return { affinity: { podAffinity: both(term("app-2", ZONE)), podAntiAffinity: both(term(APP, HOSTNAME)) } };
}
