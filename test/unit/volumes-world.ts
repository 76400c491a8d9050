/** Small clusters about volumes, and what the four volume plugins say of their pods, as lines that can be compared. */

import { AssumedVolumes } from "../../src/cluster/assumed-volumes.js";
import { ClaimUses } from "../../src/cluster/claim-uses.js";
import { NO_SLOT } from "../../src/cluster/node-record.js";
import { ClusterObjects } from "../../src/cluster/objects.js";
import { UndoLog } from "../../src/cluster/undo.js";
import type { KubeObject, Node, ObjectMeta, Pod, StringMap, Volume } from "../../src/kube/objects.js";
import { AttachedVolumes } from "../../src/scheduler/volumes/attached-volumes.js";
import { nodeVolumeLimits } from "../../src/scheduler/volumes/node-volume-limits.js";
import { type BindingState, reserveVolumes, volumeBinding } from "../../src/scheduler/volumes/volume-binding.js";
import type { VolumeCycle, VolumePlugin, VolumeRejection } from "../../src/scheduler/volumes/volume-cycle.js";
import { VolumeIndex } from "../../src/scheduler/volumes/volume-index.js";
import { volumeRestrictions } from "../../src/scheduler/volumes/volume-restrictions.js";
import { volumeZone } from "../../src/scheduler/volumes/volume-zone.js";

/** Nodes, pods on them and pods that come, in this order; `objects` are told apart by their kind. */
export interface VolumeWorld {
  readonly nodes: readonly Node[];
  readonly pods?: readonly Pod[];
  readonly incoming: readonly Pod[];
  readonly objects?: readonly KubeObject[];
}

/** What kube-scheduler says of the last of the incoming pods, when those before it were placed. */
export interface VolumeCase {
  readonly name: string;
  readonly world: VolumeWorld;
  readonly expected: readonly string[];
}

interface Place {
  readonly name: string;
  readonly slot: number;
  readonly node: Node | undefined;
  readonly pods: Set<{ readonly pod: Pod }>;
}

const PLUGINS: readonly VolumePlugin<unknown>[] = [
  volumeRestrictions as VolumePlugin<unknown>,
  nodeVolumeLimits as VolumePlugin<unknown>,
  volumeBinding as VolumePlugin<unknown>,
  volumeZone as VolumePlugin<unknown>,
];
const HOSTNAME = "kubernetes.io/hostname";

/** A cluster of volumes without an engine. */
export class VolumeCluster {
  readonly undo = new UndoLog();
  readonly objects = new ClusterObjects(this.undo);
  readonly #assumed = new AssumedVolumes(this.undo);
  readonly #index = new VolumeIndex(this.objects);
  readonly #attached = new AttachedVolumes(this.objects);
  readonly #records = new Map<string, Parameters<ClaimUses["add"]>[0]>();
  readonly #uses = new ClaimUses(this.#records);
  readonly #places = new Map<string, Place>();
  readonly #isMissingDriverRejected: boolean;

  constructor({ nodes, pods = [], objects = [] }: Omit<VolumeWorld, "incoming">, isMissingDriverRejected = false) {
    this.#isMissingDriverRejected = isMissingDriverRejected;
    for (const object of objects) this.objects.put(object);
    for (const [slot, node] of nodes.entries()) {
      const name = node.metadata?.name ?? "";
      this.#places.set(name, { name, slot, node, pods: new Set() });
    }
    for (const pod of pods) this.occupy(pod, pod.spec?.nodeName ?? "");
  }

  occupy(pod: Pod, nodeName: string): void {
    const place = this.#places.get(nodeName) ?? { name: nodeName, slot: NO_SLOT, node: undefined, pods: new Set() };
    this.#places.set(nodeName, place);
    const record = { pod, node: place } as unknown as Parameters<ClaimUses["add"]>[0];
    place.pods.add(record);
    this.#records.set(`${this.#records.size}`, record);
    this.#uses.add(record);
  }

  cycle(pod: Pod): VolumeCycle {
    return {
      pod,
      objects: this.objects,
      assumed: this.#assumed,
      index: this.#index,
      attached: this.#attached,
      features: { volumeLimitScaling: this.#isMissingDriverRejected },
      podsOnNode: ({ name }) => this.#places.get(name)?.pods ?? [],
      isClaimUsed: (claim) => this.#uses.isUsed(claim),
    };
  }

  /** One line a rejection: by the PreFilter of a plugin, else by its filter on a node. */
  verdict(pod: Pod): string[] {
    const cycle = this.cycle(pod);
    const outcomes = PLUGINS.map((plugin) => ({ plugin, outcome: plugin.preFilter(cycle) }));
    const rejected = outcomes.flatMap(({ plugin, outcome }) =>
      "code" in outcome ? [lineOf("PreFilter", plugin.name, outcome)] : [],
    );
    if (rejected.length > 0) return rejected;
    return [...this.#places.values()].flatMap((place) =>
      outcomes.flatMap(({ plugin, outcome }) => {
        if (place.node === undefined || !("state" in outcome)) return [];
        const rejection = plugin.filter(cycle, outcome.state, place as never);
        return rejection === undefined ? [] : [lineOf(place.name, plugin.name, rejection)];
      }),
    );
  }

  /** Looks at every node, then takes one; returns what takes the volumes back. */
  place(pod: Pod, nodeName: string): () => void {
    const { cycle, state } = this.bind(pod);
    this.occupy(pod, nodeName);
    return state === undefined ? () => {} : reserveVolumes(cycle, state, nodeName);
  }

  /** VolumeBinding alone, asked about every node. */
  bind(pod: Pod): { readonly cycle: VolumeCycle; readonly state: BindingState | undefined } {
    const cycle = this.cycle(pod);
    const outcome = volumeBinding.preFilter(cycle);
    const state = "state" in outcome ? outcome.state : undefined;
    for (const place of this.#places.values()) {
      if (state !== undefined) volumeBinding.filter(cycle, state, place as never);
    }
    return { cycle, state };
  }
}

/** Places all incoming pods but the last, each on the node that it selects by hostname, and judges the last. */
export function verdictOf({ incoming, ...world }: VolumeWorld): string[] {
  const cluster = new VolumeCluster(world);
  for (const pod of incoming.slice(0, -1)) cluster.place(pod, pod.spec?.nodeSelector?.[HOSTNAME] ?? "");
  return cluster.verdict(incoming.at(-1)!);
}

export function lineOf(where: string, plugin: string, { code, reasons }: VolumeRejection): string {
  return `${where} ${plugin} ${code}: ${reasons.join(", ")}`;
}

export function node(name: string, labels: StringMap = {}): Node {
  return {
    metadata: { name, labels: { [HOSTNAME]: name, ...labels } },
    status: { allocatable: { cpu: "8", memory: "32Gi", pods: "100" } },
  };
}

/** A pod with these volumes; `nodeName` is where it runs, or for one that comes the only node that it accepts. */
export function pod(name: string, volumes: readonly Volume[], spec: Pod["spec"] = {}, meta: ObjectMeta = {}): Pod {
  return {
    metadata: { name, namespace: "default", uid: `uid-${name}`, ...meta },
    spec: {
      containers: [{ name: "c", image: "i" }],
      volumes: volumes.map((one, i) => ({ name: `v${i}`, ...one })),
      ...spec,
    },
  };
}

export function on(nodeName: string): Pod["spec"] {
  return { nodeSelector: { [HOSTNAME]: nodeName } };
}

export function claimed(claimName: string): Volume {
  return { persistentVolumeClaim: { claimName } };
}

/** A claim of 1Gi of the class "slow" that waits for its pod, changed by `spec`. */
export function claim(name: string, spec: object = {}, meta: ObjectMeta = {}, phase = "Pending"): KubeObject {
  return {
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: "default", uid: `uid-${name}`, ...meta },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      storageClassName: "slow",
      ...spec,
    },
    status: { phase },
  };
}

/** A claim that has its volume. */
export function boundClaim(name: string, volumeName: string, spec: object = {}): KubeObject {
  const annotations = { "pv.kubernetes.io/bind-completed": "yes" };
  return claim(name, { volumeName, ...spec }, { annotations }, "Bound");
}

/** A free volume of 2Gi of the class "slow", changed by `spec`. */
export function volume(name: string, spec: object = {}, meta: ObjectMeta = {}, phase = "Available"): KubeObject {
  return {
    kind: "PersistentVolume",
    metadata: { name, ...meta },
    spec: {
      capacity: { storage: "2Gi" },
      accessModes: ["ReadWriteOnce"],
      storageClassName: "slow",
      csi: { driver: "csi.example.com", volumeHandle: name },
      ...spec,
    },
    status: { phase },
  };
}

/** The spec of a volume that can be used from nodes with this label only. */
export function usableFrom(key: string, ...values: readonly string[]): object {
  const matchExpressions = [{ key, operator: "In", values }];
  return { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } } };
}

/** A class that waits for the pod and makes no volumes, changed by `fields`. */
export function storageClass(name: string, fields: object = {}): KubeObject {
  return {
    kind: "StorageClass",
    metadata: { name },
    provisioner: "kubernetes.io/no-provisioner",
    volumeBindingMode: "WaitForFirstConsumer",
    ...fields,
  };
}

export function csiNode(
  name: string,
  limits: Readonly<Record<string, number>>,
  annotations: StringMap = {},
): KubeObject {
  const drivers = Object.entries(limits).map(([driver, count]) => {
    return { name: driver, nodeID: name, topologyKeys: [], allocatable: { count } };
  });
  return { kind: "CSINode", metadata: { name, annotations }, spec: { drivers } };
}
