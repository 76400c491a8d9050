/** What a cluster offers to claims: volumes, classes, drivers, their limits on nodes, and free capacity. */

import type { KubeObject } from "../../src/kube/objects.js";
import type { Random } from "./random.js";
import type { WorldContext, WorldObjects } from "./world-types.js";
import { BETA_ZONE, HOSTNAME, REGION, ZONE, ZONES } from "./world-vocabulary.js";

export const AWS_ZONE = "topology.ebs.csi.aws.com/zone";
export const GCE_ZONE = "topology.gke.io/zone";
const DISK_DRIVER = "disk.example.com";
const CAPPED_DRIVER = "lvm.example.com";
const DRIVERS = [DISK_DRIVER, CAPPED_DRIVER, "ebs.csi.aws.com", "pd.csi.storage.gke.io", "disk.csi.azure.com"];
const MIGRATED = ["kubernetes.io/aws-ebs", "kubernetes.io/gce-pd", "kubernetes.io/azure-disk", "kubernetes.io/cinder"];

export function storageOf(isPlenty: boolean, context: WorldContext): WorldObjects {
  const random = context.stream("storage");
  const unitGi = random.pick([4, 4, 20, 100, 1000, 1000]);
  const freeVolumes = isPlenty ? random.list(4, 14, (index) => spareVolumeOf(index, unitGi, context)) : [];
  const capacity = random.pick(["3Gi", "10Gi", "100Gi"]);
  return {
    storageClasses: storageClassesOf(random),
    persistentVolumes: [...freeVolumes, ...promisedOnce(random.list(0, 8, (index) => freeVolumeOf(index, context)))],
    csiNodes: random.some(context.nodeNames, 75).map((name) => csiNodeOf(name, random)),
    csiDrivers: csiDriversOf(random),
    csiStorageCapacities: random.list(0, 4, (index) => capacityOf(index, capacity, context)),
    volumeAttachments: random.list(0, 6, (index) => attachmentOf(index, context)),
  };
}

function storageClassesOf(random: Random): KubeObject[] {
  const terms = random.list(0, 2, () => topologyTermOf(random));
  const classes: readonly [string, string, string | undefined, object][] = [
    ["fast", DISK_DRIVER, "WaitForFirstConsumer", {}],
    ["local", "kubernetes.io/no-provisioner", "WaitForFirstConsumer", {}],
    ["zonal", DISK_DRIVER, "WaitForFirstConsumer", { allowedTopologies: terms }],
    ["capped", CAPPED_DRIVER, "WaitForFirstConsumer", {}],
    ["aws", "kubernetes.io/aws-ebs", "WaitForFirstConsumer", {}],
    ["nowhere", "", "WaitForFirstConsumer", {}],
    ["now", DISK_DRIVER, "Immediate", {}],
    // An API server defaults the mode; without it both plugins that read it give up.
    ["modeless", DISK_DRIVER, undefined, {}],
  ];
  return random.some(classes, 94).map(([name, provisioner, volumeBindingMode, rest]) => ({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name },
    provisioner,
    ...(volumeBindingMode === undefined ? {} : { volumeBindingMode }),
    ...rest,
  }));
}

function topologyTermOf(random: Random): object {
  if (random.chance(10)) return {};
  const key = random.pick([ZONE, ZONE, REGION]);
  const values = key === ZONE ? random.some(ZONES, 60) : random.some(["east", "west"], 60);
  return { matchLabelExpressions: [{ key, values: values.length > 0 ? values : ["a"] }] };
}

/** A volume that any claim of its class may take that is no larger; a world's are near to its claims or far above. */
function spareVolumeOf(index: number, unitGi: number, context: WorldContext): KubeObject {
  const volume = volumeOf(`pv-spare-${index}`, undefined, context);
  const spec = {
    ...(volume.spec as object),
    capacity: { storage: `${(index + 1) * unitGi}Gi` },
    accessModes: ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"],
    storageClassName: "local",
  };
  return { ...volume, spec, status: { phase: "Available" } };
}

/** Of volumes that are meant for one claim upstream takes any, so each claim is promised one at most. */
function promisedOnce(volumes: readonly KubeObject[]): KubeObject[] {
  const nameOf = ({ spec }: KubeObject) => (spec as { claimRef?: { name?: string } }).claimRef?.name;
  return volumes.filter((volume, index) => {
    const name = nameOf(volume);
    return name === undefined || volumes.findIndex((other) => nameOf(other) === name) === index;
  });
}

/** A volume that waits for a claim; capacities are distinct, because upstream takes any of the equally small. */
function freeVolumeOf(index: number, context: WorldContext): KubeObject {
  const random = context.stream("storage");
  const claimName = random.chance(25) ? `claim-${random.int(0, 6)}` : undefined;
  const uid = random.chance(50) ? { uid: random.chance(80) ? `pvc-default-${claimName}` : "stranger" } : {};
  const claimRef = claimName === undefined ? undefined : { namespace: "default", name: claimName, ...uid };
  const volume = volumeOf(`pv-free-${index}`, claimRef, context);
  const { metadata, spec } = volume as { metadata: object; spec: object };
  const gigabytes = random.pick([1, 2, 5, 10, 100]);
  return {
    ...volume,
    metadata: {
      ...metadata,
      labels: { tier: random.pick(["gold", "silver"]) },
      ...(random.chance(5) ? { deletionTimestamp: "2030-01-01T00:00:00Z" } : {}),
    },
    spec: {
      ...spec,
      capacity: { storage: `${gigabytes * 1024 + 500 + index}Mi` },
      accessModes: random.pick([
        ["ReadWriteOnce"],
        ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"],
        ["ReadWriteOncePod"],
      ]),
      storageClassName: random.pick(["local", "local", "fast", "zonal", ""]),
      ...(random.chance(10) ? { volumeMode: "Block" } : {}),
      ...(random.chance(5) ? { volumeAttributesClassName: "gold" } : {}),
    },
    status: { phase: random.pick(["Available", "Available", "Available", "Available", "Released", "Pending"]) },
  };
}

/** A volume that a claim is bound to, or is meant for. */
export function volumeOf(name: string, claimRef: object | undefined, context: WorldContext): KubeObject {
  const random = context.stream("storage");
  const source = sourceOf(name, random);
  const labels = zoneLabelsOf("gcePersistentDisk" in source ? GCE_ZONES : SOME_ZONES, random);
  const nodeAffinity = random.chance(40) ? { required: volumeAffinityOf(random, context) } : undefined;
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, ...(Object.keys(labels).length > 0 ? { labels } : {}) },
    spec: {
      capacity: { storage: "10Gi" },
      accessModes: ["ReadWriteOnce"],
      storageClassName: "fast",
      ...source,
      ...(claimRef && { claimRef }),
      ...(nodeAffinity && { nodeAffinity }),
    },
    status: { phase: "Bound" },
  };
}

/** One zone, several, or a text that is neither. */
const SOME_ZONES = ["a", "b", "a__b", "b__ c", "a__", "", "z"];
/** The region of several zones is read out of their names, and one that has none is an error. */
const GCE_ZONES = ["a", "b", "", "us-east1-b__us-east1-c"];

function zoneLabelsOf(zones: readonly string[], random: Random): Record<string, string> {
  if (random.chance(65)) return {};
  const key = random.pick([ZONE, ZONE, BETA_ZONE, REGION]);
  if (key === REGION) return { [REGION]: random.pick(["east", "west", "east__west"]) };
  return { [key]: random.pick(zones) };
}

function volumeAffinityOf(random: Random, { nodeNames }: WorldContext): object {
  const matchExpressions = random.pick([
    [{ key: ZONE, operator: "In", values: random.pick([["a"], ["a", "b"], ["b", "c"]]) }],
    [{ key: ZONE, operator: "In", values: ["a", "b"] }],
    [{ key: HOSTNAME, operator: "In", values: random.some(["elsewhere", ...nodeNames.slice(0, 8)], 50) }],
    [{ key: HOSTNAME, operator: "NotIn", values: ["n0"] }],
    [{ key: "disk", operator: "Exists" }],
  ]);
  if (random.chance(4)) return { nodeSelectorTerms: [{}] };
  const matchFields = [{ key: "metadata.name", operator: "In", values: ["n0"] }];
  return { nodeSelectorTerms: [random.chance(4) ? { matchFields } : { matchExpressions }] };
}

function sourceOf(name: string, random: Random): Record<string, unknown> {
  const number = random.int(1, 4);
  const csi = {
    csi: { driver: random.pick([DISK_DRIVER, DISK_DRIVER, CAPPED_DRIVER]), volumeHandle: `handle-${name}` },
  };
  return random.pick<Record<string, unknown>>([
    csi,
    csi,
    csi,
    { csi: { driver: DISK_DRIVER, volumeHandle: `shared-${number}` } },
    { awsElasticBlockStore: { volumeID: `vol-${number}` } },
    { gcePersistentDisk: { pdName: `disk-${number}` } },
    { azureDisk: { diskName: name, diskURI: `/subscriptions/s/disks/${name}` } },
    { cinder: { volumeID: `cinder-${number}` } },
    { portworxVolume: { volumeID: `px-${number}` } },
    { local: { path: "/data" } },
    { nfs: { server: "10.0.0.8", path: "/share" } },
  ]);
}

function csiNodeOf(name: string, random: Random): KubeObject {
  const migrated = random.chance(60) ? random.some(MIGRATED, 75).join(",") : undefined;
  const annotations = migrated === undefined ? undefined : { "storage.alpha.kubernetes.io/migrated-plugins": migrated };
  const drivers = random.some(DRIVERS, 75).map((driver) => {
    const allocatable = random.pick([
      { count: 0 },
      { count: 1 },
      { count: 1 },
      { count: 2 },
      { count: 3 },
      {},
      undefined,
    ]);
    return { name: driver, nodeID: name, topologyKeys: [], ...(allocatable && { allocatable }) };
  });
  const metadata = { name, ...(annotations && { annotations }) };
  return { apiVersion: "storage.k8s.io/v1", kind: "CSINode", metadata, spec: { drivers } };
}

function csiDriversOf(random: Random): KubeObject[] {
  return random.some([DISK_DRIVER, CAPPED_DRIVER], 85).map((name) => ({
    apiVersion: "storage.k8s.io/v1",
    kind: "CSIDriver",
    metadata: { name },
    spec: name === CAPPED_DRIVER || random.chance(10) ? { storageCapacity: random.chance(95) } : {},
  }));
}

/** All of one `capacity`: of several that suffice, 1.37 scores by whichever comes first in Go's map order. */
function capacityOf(index: number, capacity: string, { stream, nodeNames }: WorldContext): KubeObject {
  const random = stream("storage");
  const isLimited = random.chance(35);
  const nodeTopology = random.pick([
    {},
    { matchLabels: { [ZONE]: random.pick(ZONES) } },
    { matchExpressions: [{ key: HOSTNAME, operator: "In", values: ["elsewhere", ...nodeNames.slice(0, 5)] }] },
    random.chance(50) ? undefined : { matchExpressions: [{ key: ZONE, operator: "Near", values: ["a"] }] },
  ]);
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "CSIStorageCapacity",
    metadata: { name: `capacity-${index}`, namespace: "default" },
    storageClassName: random.pick(["capped", "capped", "capped", "fast"]),
    ...(nodeTopology && { nodeTopology }),
    // Without a capacity 1.37 would follow a nil pointer.
    ...(isLimited || random.chance(90) ? { capacity } : {}),
    ...(isLimited ? { maximumVolumeSize: random.pick(["0", "3Gi", "20Gi", "200Gi"]) } : {}),
  };
}

function attachmentOf(index: number, { stream, nodeNames }: WorldContext): KubeObject {
  const random = stream("storage");
  const persistentVolumeName = random.pick([
    "pv-free-0",
    "pv-default-claim-0",
    "pv-default-claim-1",
    "pv-default-claim-2",
  ]);
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "VolumeAttachment",
    metadata: { name: `attachment-${index}` },
    spec: {
      attacher: random.pick(DRIVERS),
      nodeName: random.pick(["elsewhere", ...nodeNames]),
      source: { persistentVolumeName },
    },
    status: { attached: random.chance(80) },
  };
}
