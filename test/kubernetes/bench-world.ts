/** A family's world as `oracle bench` reads it: the same nodes, objects, pods and turns that our side has. */

import type { Course } from "../../src/bench/course.js";
import type { Setting } from "../../src/bench/setting.js";
import type { AnyObject, Change } from "../../src/bench/turns.js";
import { familyNodes, familyObjects, residentPods } from "../../src/bench/worlds.js";
import type { Cluster } from "../../src/cluster/cluster.js";
import { type Node, namespacedName, type ObjectKind, type Pod } from "../../src/kube/objects.js";
import type { ObjectList } from "../helpers/world-types.js";

/** How the real scheduler is run. */
export interface BenchMode {
  /** A KubeSchedulerConfiguration; `parallelism` counts too. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** As kube-scheduler comes: it looks at a share of the nodes, by 16 workers. */
export const AS_IT_COMES: BenchMode = { config: {} };

/** So that its choices can be compared: every node, one after the other, and every candidate for preemption. */
export const EVERY_NODE: BenchMode = {
  config: {
    percentageOfNodesToScore: 100,
    parallelism: 1,
    profiles: [
      {
        schedulerName: "default-scheduler",
        pluginConfig: [{ name: "DefaultPreemption", args: { minCandidateNodesPercentage: 100 } }],
      },
    ],
  },
};

type Lists = Partial<Record<ObjectList | "nodes", readonly object[]>>;

export interface BenchWorld extends Lists, BenchMode {
  readonly mode: "schedule" | "preempt";
  readonly pods: readonly Pod[];
  readonly incoming: readonly Pod[];
  /** In the order of `before`, the place in `incoming`. What goes goes before what comes. */
  readonly changes: readonly { readonly before: number; readonly remove: readonly ObjectRef[]; readonly put: Lists }[];
}

interface ObjectRef {
  readonly kind: ObjectKind | "Node" | "Pod";
  readonly namespace?: string;
  readonly name: string;
}

const LIST_OF: Readonly<Record<ObjectKind, ObjectList>> = {
  Namespace: "namespaces",
  Service: "services",
  ReplicationController: "replicationControllers",
  ReplicaSet: "replicaSets",
  StatefulSet: "statefulSets",
  PersistentVolume: "persistentVolumes",
  PersistentVolumeClaim: "persistentVolumeClaims",
  StorageClass: "storageClasses",
  CSINode: "csiNodes",
  CSIDriver: "csiDrivers",
  CSIStorageCapacity: "csiStorageCapacities",
  VolumeAttachment: "volumeAttachments",
  PodDisruptionBudget: "podDisruptionBudgets",
};

/** @param cluster the settled one of this setting, which says where the pods are that run before */
export function benchWorld(setting: Setting, cluster: Cluster, course: Course, { config }: BenchMode): BenchWorld {
  const { world, nodes, classes, seed } = setting;
  const residents = residentPods(world, nodes, classes).flatMap((pod) => {
    const node = cluster.pod(namespacedName(pod))?.node;
    return node === undefined ? [] : [onNode(pod, node)];
  });
  return {
    mode: course.turns.some(({ preempts }) => preempts) ? "preempt" : "schedule",
    config,
    ...listed([...familyObjects(world, nodes, classes), ...course.objects], familyNodes(world, nodes, seed)),
    pods: residents,
    incoming: course.turns.map(({ pod }) => pod),
    changes: course.turns.flatMap(({ changes }, before) =>
      changes.length === 0 ? [] : [{ before, ...told(changes) }],
    ),
  };
}

/** The pod as one that a node has. */
export function onNode(pod: Pod, nodeName: string): Pod {
  return { ...pod, spec: { ...pod.spec, nodeName } };
}

function listed(objects: readonly AnyObject[], nodes: readonly Node[]): Lists {
  const lists = new Map<string, AnyObject[]>();
  for (const object of objects) {
    const name = LIST_OF[object.kind as ObjectKind];
    const list = lists.get(name) ?? [];
    list.push(object);
    lists.set(name, list);
  }
  return { nodes, ...Object.fromEntries(lists) };
}

function told(changes: readonly Change[]): Pick<BenchWorld["changes"][number], "remove" | "put"> {
  const objects = changes.flatMap((change) => (change.kind === "putObject" ? [change.object] : []));
  const nodes = changes.flatMap((change) => (change.kind === "putNode" ? [change.node] : []));
  return { remove: changes.flatMap(removed), put: listed(objects, nodes) };
}

function removed(change: Change): ObjectRef[] {
  if (change.kind === "removeNode") return [{ kind: "Node", name: change.name }];
  if (change.kind === "removeObject") return [{ kind: change.of, namespace: change.namespace, name: change.name }];
  if (change.kind !== "removePod") return [];
  const [namespace = "", name = ""] = change.key.split("/");
  return [{ kind: "Pod", namespace, name }];
}
