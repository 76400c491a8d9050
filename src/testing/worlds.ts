/** Small clusters and pods that a plugin is tried on, made anew each time from a seed. */

import type { Node, Pod } from "../kube/objects.js";
import type { NodeInput, PodInput } from "../kube/plain.js";

export interface World {
  readonly name: string;
  readonly nodes: readonly NodeInput[];
  /** Pods that occupy nodes already. */
  readonly residents: readonly PodInput[];
  /** Pods to decide. */
  readonly pods: readonly PodInput[];
}

/** What a caller adds to every world that has nodes. */
export interface Extras {
  readonly nodes: readonly NodeInput[];
  readonly pods: readonly PodInput[];
}

const SIZES = [0, 1, 3, 40] as const;
const KIB = 1024;
/** Every node takes this many pods. */
const MAX_PODS = 5;
const IMAGE = "registry.example/shop:1";

type Draw = (below: number) => number;

/** Clusters of 0, 1, 3 and 40 nodes, and one of 3 that take no pod. The same seed gives equal objects. */
export function worldsOf(seed: number, extras: Extras): World[] {
  const worlds = SIZES.map((size) => worldOf(`${size} node${size === 1 ? "" : "s"}`, size, MAX_PODS, seed, extras));
  return [...worlds, worldOf("3 full nodes", 3, 0, seed, { nodes: [], pods: extras.pods })];
}

function worldOf(name: string, size: number, maxPods: number, seed: number, extras: Extras): World {
  const draw = drawing(seed + size);
  const own = Array.from({ length: size }, (_, index) => nodeOf(index, maxPods, draw));
  const added = size === 0 ? [] : extras.nodes;
  const residents = own.flatMap((_, index) => (draw(3) === 0 ? [residentOf(index, draw)] : []));
  return structuredClone({ name, nodes: [...own, ...added], residents, pods: [...podsToDecide(), ...extras.pods] });
}

function nodeOf(index: number, maxPods: number, draw: Draw): Node {
  const name = `node-${index + 1}`;
  const labels = { "kubernetes.io/hostname": name, zone: `zone-${draw(3)}`, disk: draw(2) === 0 ? "ssd" : "hdd" };
  const effect = (["NoSchedule", "PreferNoSchedule", "NoExecute"] as const)[draw(9)];
  return {
    metadata: { name, labels },
    spec: {
      unschedulable: draw(10) === 0,
      taints: effect === undefined ? [] : [{ key: "dedicated", value: "batch", effect }],
    },
    status: {
      allocatable: { cpu: `${1 + draw(8)}`, memory: `${1 + draw(16)}Gi`, pods: maxPods, "example.com/gpu": draw(3) },
      images: draw(3) === 0 ? [{ names: [IMAGE], sizeBytes: 300 * KIB * KIB }] : [],
    },
  };
}

function residentOf(index: number, draw: Draw): Pod {
  const resources = { requests: { cpu: `${100 * (1 + draw(20))}m`, memory: `${128 * (1 + draw(16))}Mi` } };
  const ports = draw(2) === 0 ? [{ hostPort: 8080, containerPort: 8080 }] : [];
  return {
    metadata: { name: `resident-${index + 1}`, namespace: "default", labels: { app: "resident" } },
    spec: { nodeName: `node-${index + 1}`, containers: [{ name: "main", resources, ports }] },
  };
}

/** One pod for each thing that the built-in plugins look at, one without requests, and one that fits nowhere. */
function podsToDecide(): Pod[] {
  const requests = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory } } });
  return [
    podOf("without-requests", {}),
    podOf("small", { containers: [{ name: "main", ...requests("250m", "256Mi") }] }),
    podOf("large", { containers: [{ name: "main", ...requests("3", "6Gi") }] }),
    podOf("enormous", { containers: [{ name: "main", ...requests("1000", "1Ti") }] }),
    podOf("gpu", { containers: [{ name: "main", resources: { requests: { "example.com/gpu": 1 } } }] }),
    podOf("host-port", { containers: [{ name: "main", ports: [{ hostPort: 8080, containerPort: 8080 }] }] }),
    podOf("image", { containers: [{ name: "main", image: IMAGE, ...requests("100m", "64Mi") }] }),
    podOf("tolerating", { tolerations: [{ key: "dedicated", operator: "Exists" }], priority: 1000 }),
    podOf("selecting", { nodeSelector: { disk: "ssd" } }),
    podOf("preferring", { affinity: { nodeAffinity: preferring("zone-1") } }),
    podOf("nowhere", { nodeSelector: { disk: "tape" } }),
  ];
}

function preferring(zone: string) {
  const preference = { matchExpressions: [{ key: "zone", operator: "In", values: [zone] }] };
  return { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, preference }] };
}

function podOf(name: string, spec: NonNullable<Pod["spec"]>): Pod {
  return { metadata: { name, namespace: "default", labels: { app: name } }, spec };
}

/** Whole numbers from 0 to below the argument: Marsaglia's xorshift32, started by a seed that is never 0. */
function drawing(seed: number): Draw {
  let state = Math.imul(seed | 1, 0x9e3779b1) | 0;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
