/**
 * What is kept of each kind of object: what src/kube, src/cluster and the plugins read, and nothing else. An API server
 * sends ten times as much (managedFields, env, probes, conditions' messages).
 */

import { IN_TREE_SOURCES } from "../kube/volume-sources.js";
import type { Resource } from "./resources.js";

/** `all`: the value as it is. `shared`: equal values are kept once. A map: these fields of an object, or of each of a list. */
export type Fields =
  | "all"
  | { readonly shared: Fields }
  | { readonly fields: Readonly<Record<string, Fields>> }
  | { readonly list: Fields };

const all: Fields = "all";
const only = (fields: Readonly<Record<string, Fields>>): Fields => ({ fields });
const listOf = (list: Fields): Fields => ({ list });
const shared = (inner: Fields = all): Fields => ({ shared: inner });

const ownerReferences = shared(listOf(only({ apiVersion: all, kind: all, name: all, uid: all, controller: all })));
const metadata = only({
  name: all,
  namespace: shared(),
  uid: all,
  creationTimestamp: all,
  deletionTimestamp: all,
  labels: shared(),
  ownerReferences,
  // Which of them: see trim.ts.
  annotations: shared(),
});

const resources = only({ requests: all, limits: all, claims: all });
const containers = shared(
  listOf(
    only({
      name: all,
      image: all,
      resources,
      ports: listOf(only({ name: all, containerPort: all, hostPort: all, hostIP: all, protocol: all })),
      restartPolicy: all,
    }),
  ),
);
const containerStatuses = shared(listOf(only({ name: all, resources, allocatedResources: all })));
const conditions = shared(listOf(only({ type: all, status: all, reason: all })));

/** The sources of volumes that plugins look at; volumes of other sources are left out. */
export const VOLUME_SOURCES = [
  "persistentVolumeClaim",
  "ephemeral",
  "csi",
  "image",
  "iscsi",
  "rbd",
  ...IN_TREE_SOURCES,
] as const;
const sources = Object.fromEntries(VOLUME_SOURCES.map((name) => [name, all]));

const pod = only({
  metadata,
  spec: only({
    nodeName: shared(),
    schedulerName: shared(),
    priority: all,
    priorityClassName: shared(),
    preemptionPolicy: shared(),
    nodeSelector: shared(),
    affinity: shared(),
    tolerations: shared(),
    topologySpreadConstraints: shared(),
    containers,
    initContainers: containers,
    volumes: shared(listOf(only({ name: all, ...sources }))),
    resources: shared(resources),
    resourceClaims: all,
    overhead: shared(),
    runtimeClassName: shared(),
    hostNetwork: all,
    restartPolicy: shared(),
    schedulingGates: shared(),
  }),
  status: only({
    phase: shared(),
    nominatedNodeName: shared(),
    startTime: all,
    conditions,
    containerStatuses,
    initContainerStatuses: containerStatuses,
    resources: shared(resources),
    allocatedResources: shared(),
  }),
});

const node = only({
  metadata,
  spec: only({ unschedulable: all, taints: shared(listOf(only({ key: all, value: all, effect: all }))) }),
  status: only({
    allocatable: shared(),
    capacity: shared(),
    images: listOf(shared(only({ names: all, sizeBytes: all }))),
    conditions: shared(listOf(only({ type: all, status: all }))),
    declaredFeatures: shared(),
  }),
});

const selecting = only({ metadata, spec: only({ selector: all }) });

export const FIELDS: Readonly<Record<Resource["kind"], Fields>> = {
  Node: node,
  Pod: pod,
  Namespace: only({ metadata }),
  Service: selecting,
  ReplicationController: selecting,
  ReplicaSet: selecting,
  StatefulSet: selecting,
  PersistentVolume: only({
    metadata,
    spec: only({
      capacity: shared(),
      accessModes: shared(),
      claimRef: only({ kind: all, namespace: all, name: all, uid: all }),
      storageClassName: shared(),
      volumeMode: shared(),
      volumeAttributesClassName: shared(),
      nodeAffinity: shared(),
      ...sources,
      csi: only({ driver: shared(), volumeHandle: all }),
    }),
    status: only({ phase: shared() }),
  }),
  PersistentVolumeClaim: only({
    metadata,
    spec: only({
      accessModes: shared(),
      selector: shared(),
      resources: shared(resources),
      volumeName: all,
      storageClassName: shared(),
      volumeMode: shared(),
      volumeAttributesClassName: shared(),
    }),
    status: only({ phase: shared() }),
  }),
  StorageClass: only({ metadata, provisioner: all, volumeBindingMode: all, allowedTopologies: all }),
  CSINode: only({
    metadata,
    spec: only({
      drivers: listOf(only({ name: shared(), nodeID: all, topologyKeys: shared(), allocatable: shared() })),
    }),
  }),
  CSIDriver: only({ metadata, spec: only({ storageCapacity: all, preventPodSchedulingIfMissing: all }) }),
  CSIStorageCapacity: only({
    metadata,
    nodeTopology: shared(),
    storageClassName: shared(),
    capacity: all,
    maximumVolumeSize: all,
  }),
  VolumeAttachment: only({
    metadata,
    spec: only({ attacher: shared(), nodeName: shared(), source: only({ persistentVolumeName: all }) }),
  }),
  PodDisruptionBudget: only({
    metadata,
    spec: only({ selector: all }),
    status: only({ disruptionsAllowed: all, disruptedPods: all }),
  }),
};
