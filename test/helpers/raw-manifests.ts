/**
 * Objects as people write them and API servers take them: fields left out, null, empty or zero, quantities of every
 * form, halves of what a controller would have added. Nothing in them would be refused by a decoder of the API.
 */

import type { Container, KubeObject, LabelSelector, Node, Pod, QuantityText } from "../../src/kube/objects.js";
import type { Random } from "./random.js";
import { rawPod } from "./raw-pods.js";

/** By the names that the oracle gives to lists of objects. */
export interface RawManifests {
  readonly nodes: readonly Node[];
  /** With a node, though nothing else of an API server. */
  readonly pods: readonly Pod[];
  readonly incoming: readonly Pod[];
  readonly namespaces: readonly KubeObject[];
  readonly services: readonly KubeObject[];
  readonly replicationControllers: readonly KubeObject[];
  readonly replicaSets: readonly KubeObject[];
  readonly statefulSets: readonly KubeObject[];
  readonly persistentVolumes: readonly KubeObject[];
  readonly persistentVolumeClaims: readonly KubeObject[];
  readonly storageClasses: readonly KubeObject[];
  readonly csiNodes: readonly KubeObject[];
  readonly csiDrivers: readonly KubeObject[];
  readonly csiStorageCapacities: readonly KubeObject[];
  readonly volumeAttachments: readonly KubeObject[];
  readonly podDisruptionBudgets: readonly KubeObject[];
}

type Fields = Readonly<Record<string, unknown>>;

const RESOURCES = [
  "cpu",
  "memory",
  "ephemeral-storage",
  "hugepages-2Mi",
  "hugepages-1Gi",
  "example.com/gpu",
  "storage",
];
/** Borders of zero, of whole milli, of formats and of letters; null is a zero, too. */
const QUANTITIES: readonly (QuantityText | null)[] = [
  ...["0", "0m", "0Ki", "+1", "00.50", ".5", "1.", "1n", "1u", "999u", "1000u", "1001u", "1.0001", "0.1Ki", "0.0001Gi"],
  ...["1e3", "1E3", "1e-3", "1e-4", "12e-1", "100m", "1500m", "3", "1Mi", "1.5Gi", "1048576Ki", "2k", "4Ti", "1023Ki"],
  ...[0, 1, 2.5, 0.001, 0.0001, 1e-7, 1_048_576, null],
];
const LABEL_KEYS = ["app", "tier", "pod-template-hash", "empty"];
const VALUES = ["web", "front", "abc", ""];
/** What decodes to nothing in every field that is not a list. */
const NOTHING = [undefined, null] as const;

export function rawManifests(random: Random, count: number): RawManifests {
  const list = <T>(make: (random: Random, index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(random, index));
  return {
    nodes: list(node),
    pods: list((_, index) => placed(oddPod(random, index), index)),
    incoming: list(oddPod),
    namespaces: list((_, index) => object("v1", "Namespace", { metadata: metadata(random, `ns${index}`) })),
    services: list((_, index) => namespaced(random, index, "v1", "Service", { selector: labelMap(random) })),
    replicationControllers: list(replicationController),
    replicaSets: list((_, index) => selecting(random, index, "apps/v1", "ReplicaSet")),
    statefulSets: list((_, index) => selecting(random, index, "apps/v1", "StatefulSet")),
    persistentVolumes: list(persistentVolume),
    persistentVolumeClaims: list(claim),
    storageClasses: list(storageClass),
    csiNodes: list((_, index) => object("storage.k8s.io/v1", "CSINode", { metadata: metadata(random, `n${index}`) })),
    csiDrivers: list(csiDriver),
    csiStorageCapacities: list(storageCapacity),
    volumeAttachments: list((_, index) =>
      object("storage.k8s.io/v1", "VolumeAttachment", { metadata: metadata(random, `va${index}`) }),
    ),
    podDisruptionBudgets: list((_, index) => selecting(random, index, "policy/v1", "PodDisruptionBudget")),
  };
}

/** The fields that are not undefined; null stays. */
function object(apiVersion: string, kind: string, fields: Fields): KubeObject {
  return { apiVersion, kind, ...known(fields) };
}

function known(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The value, or sometimes what decodes to nothing, or one of `others`. */
function maybe<T>(random: Random, value: T, ...others: readonly unknown[]): T {
  return random.chance(60) ? value : (random.pick([...NOTHING, ...others]) as T);
}

function metadata(random: Random, name: string): Fields {
  return known({
    name,
    labels: maybe(random, labelMap(random), {}),
    annotations: random.chance(20)
      ? { "volume.beta.kubernetes.io/storage-class": random.pick(["old", ""]) }
      : undefined,
  });
}

function namespaced(random: Random, index: number, apiVersion: string, kind: string, spec: Fields): KubeObject {
  const name = `${kind.toLowerCase()}${index}`;
  const namespace = maybe(random, "team", "");
  const named = known({ ...metadata(random, name), namespace });
  return object(apiVersion, kind, { metadata: named, spec: known(spec) });
}

function selecting(random: Random, index: number, apiVersion: string, kind: string): KubeObject {
  return namespaced(random, index, apiVersion, kind, { selector: maybe(random, selector(random)) });
}

/** Labels; a value may be null, as templates render an empty one. */
function labelMap(random: Random): Record<string, string> | null | undefined {
  const entries = random.some(LABEL_KEYS, 60).map((key) => [key, random.pick([...VALUES, null])] as const);
  return maybe(random, Object.fromEntries(entries) as Record<string, string>, {});
}

function selector(random: Random): LabelSelector {
  const expression = () => {
    const operator = random.pick(["In", "NotIn", "Exists"]);
    const values =
      operator === "Exists" ? random.pick([undefined, null, []]) : random.list(1, 2, () => random.pick(VALUES));
    return known({ key: random.pick(LABEL_KEYS), operator, values });
  };
  return known({
    matchLabels: maybe(random, { app: "web" }, {}),
    matchExpressions: maybe(random, random.list(0, 2, expression), []),
  }) as LabelSelector;
}

function quantities(random: Random): Record<string, QuantityText> | null | undefined {
  const entries = random.some(RESOURCES, 45).map((name) => [name, random.pick(QUANTITIES)] as const);
  return maybe(random, Object.fromEntries(entries) as Record<string, QuantityText>, {});
}

function requirements(random: Random): Fields | null | undefined {
  return maybe(random, known({ requests: quantities(random), limits: quantities(random) }), {});
}

function node(random: Random, index: number): Node {
  const taint = () =>
    known({
      key: random.pick(["dedicated", "node.kubernetes.io/not-ready"]),
      value: maybe(random, "x", ""),
      effect: random.pick(["NoSchedule", "NoExecute", "PreferNoSchedule"]),
    });
  return object("v1", "Node", {
    metadata: metadata(random, `n${index}`),
    spec: maybe(
      random,
      known({ taints: maybe(random, random.list(0, 2, taint)), unschedulable: maybe(random, random.chance(50)) }),
      {},
    ),
    status: maybe(random, known({ capacity: quantities(random), allocatable: quantities(random) }), {}),
  }) as Node;
}

function placed(pod: Pod, index: number): Pod {
  return { ...pod, spec: { ...pod.spec, nodeName: `n${index}` } };
}

/** A pod that people write, with some of its fields replaced by odder ones. */
function oddPod(random: Random, index: number): Pod {
  const pod = rawPod(random, index);
  const { spec = {} } = pod;
  const isOdd = random.chance(80);
  if (!isOdd) return pod;
  const initContainers = random.list(0, 4, (at) => oddContainer(random, `i${at}`, true));
  const odd = known({
    ...spec,
    containers: random.list(1, 3, (at) => oddContainer(random, `c${at}`, false)),
    initContainers: maybe(random, initContainers, []),
    hostNetwork: maybe(random, random.chance(50)),
    resources: requirements(random),
    overhead: random.chance(30) ? quantities(random) : undefined,
    schedulerName: maybe(random, "other", ""),
    restartPolicy: maybe(random, "OnFailure", ""),
    priority: random.chance(20) ? random.pick([0, -1, 7, null]) : undefined,
    priorityClassName: maybe(random, random.pick(["high", "low"]), ""),
    preemptionPolicy: random.chance(20) ? random.pick(["Never", null]) : undefined,
    nodeSelector: labelMap(random),
    tolerations: maybe(
      random,
      random.list(0, 3, () => toleration(random)),
      [],
    ),
    volumes: maybe(
      random,
      random.list(0, 3, (at) => volume(random, `v${at}`)),
      [],
    ),
    ...topology(random),
    schedulingGates: maybe(random, [], [{ name: "wait" }]),
  });
  const named = { ...pod.metadata, namespace: maybe(random, "team", ""), labels: labelMap(random) };
  return { ...pod, metadata: known(named), spec: odd, ...status(random) } as Pod;
}

function oddContainer(random: Random, name: string, isInit: boolean): Container {
  const port = () =>
    known({
      containerPort: random.int(1, 65_535),
      hostPort: random.pick([undefined, null, 0, 80, 65_535]),
      hostIP: maybe(random, "127.0.0.1", "", "0.0.0.0"),
      protocol: random.pick([undefined, null, "", "TCP", "UDP", "SCTP"]),
    });
  return known({
    name,
    image: "app:1",
    resources: requirements(random),
    ports: maybe(random, random.list(0, 2, port), []),
    restartPolicy: isInit ? maybe(random, "Always") : undefined,
  }) as Container;
}

function toleration(random: Random): Fields {
  return known({
    key: maybe(
      random,
      random.pick(["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "dedicated"]),
      "",
    ),
    operator: random.pick([undefined, null, "", "Exists", "Equal"]),
    value: maybe(random, "x", ""),
    effect: random.pick([undefined, null, "", "NoExecute", "NoSchedule"]),
    tolerationSeconds: maybe(random, 0),
  });
}

function volume(random: Random, name: string): Fields {
  const readOnly = random.pick([undefined, null, true, false]);
  const sources: readonly Fields[] = [
    {},
    { emptyDir: {} },
    { persistentVolumeClaim: known({ claimName: "c", readOnly }) },
    { gcePersistentDisk: known({ pdName: "d", readOnly }) },
    { awsElasticBlockStore: { volumeID: "d" } },
    { iscsi: known({ targetPortal: "t", iqn: "i", lun: 0, readOnly }) },
    { rbd: known({ monitors: ["a"], image: "i", pool: random.pick([undefined, null, "", "rbd", "other"]), readOnly }) },
    { csi: { driver: "d" } },
  ];
  return { name, ...random.pick(sources) };
}

function topology(random: Random): Fields {
  const keys = () =>
    maybe(
      random,
      random.list(0, 3, () => random.pick([...LABEL_KEYS, "absent"])),
      [],
    );
  const term = () =>
    known({
      topologyKey: "zone",
      labelSelector: maybe(random, selector(random), {}),
      namespaces: maybe(random, ["team"], []),
      namespaceSelector: maybe(random, selector(random), {}),
      matchLabelKeys: keys(),
      mismatchLabelKeys: keys(),
    });
  const terms = () =>
    known({
      requiredDuringSchedulingIgnoredDuringExecution: maybe(random, random.list(0, 2, term), []),
      preferredDuringSchedulingIgnoredDuringExecution: maybe(
        random,
        random.list(0, 2, () => ({ weight: random.int(1, 100), podAffinityTerm: term() })),
      ),
    });
  const constraint = () =>
    known({
      maxSkew: random.int(1, 3),
      topologyKey: "zone",
      whenUnsatisfiable: random.pick(["DoNotSchedule", "ScheduleAnyway"]),
      labelSelector: maybe(random, selector(random), {}),
      minDomains: maybe(random, 2),
      nodeAffinityPolicy: maybe(random, "Ignore"),
      nodeTaintsPolicy: maybe(random, "Honor"),
      matchLabelKeys: keys(),
    });
  const affinity = known({ podAffinity: maybe(random, terms(), {}), podAntiAffinity: maybe(random, terms(), {}) });
  return {
    affinity: maybe(random, affinity, {}),
    topologySpreadConstraints: maybe(random, random.list(0, 2, constraint), []),
  };
}

function status(random: Random): Fields {
  if (random.chance(60)) return {};
  const one = (name: string) => () =>
    known({ name, resources: requirements(random), allocatedResources: quantities(random) });
  return {
    status: known({
      phase: random.pick([undefined, null, "", "Running", "Succeeded"]),
      containerStatuses: maybe(random, random.list(0, 2, one("c0")), []),
      initContainerStatuses: maybe(random, random.list(0, 2, one("i0")), []),
      resources: requirements(random),
      allocatedResources: quantities(random),
    }),
  };
}

function replicationController(random: Random, index: number): KubeObject {
  const template = known({ metadata: maybe(random, metadata(random, "t"), {}), spec: { containers: [] } });
  return namespaced(random, index, "v1", "ReplicationController", {
    selector: labelMap(random),
    template: maybe(random, template, {}),
  });
}

function persistentVolume(random: Random, index: number): KubeObject {
  const spec = known({
    capacity: quantities(random),
    accessModes: maybe(random, ["ReadWriteOnce"], []),
    storageClassName: maybe(random, "fast", ""),
    volumeMode: random.pick([undefined, null, "Block", "Filesystem"]),
    claimRef: maybe(random, { namespace: "team", name: "c" }),
    csi: { driver: "d", volumeHandle: "h" },
  });
  const phase = random.pick([undefined, null, "", "Pending", "Available", "Bound", "Released"]);
  return object("v1", "PersistentVolume", {
    metadata: metadata(random, `pv${index}`),
    spec,
    status: maybe(random, known({ phase }), {}),
  });
}

function claim(random: Random, index: number): KubeObject {
  const made = namespaced(random, index, "v1", "PersistentVolumeClaim", {
    accessModes: maybe(random, ["ReadWriteOnce"], []),
    selector: maybe(random, selector(random), {}),
    resources: requirements(random),
    volumeName: maybe(random, "pv1", ""),
    storageClassName: random.pick([undefined, null, "", "fast"]),
    volumeMode: random.pick([undefined, null, "Block", "Filesystem"]),
  });
  const phase = random.pick([undefined, null, "", "Pending", "Bound", "Lost"]);
  return { ...made, status: maybe(random, known({ phase }), {}) };
}

function storageClass(random: Random, index: number): KubeObject {
  return object("storage.k8s.io/v1", "StorageClass", {
    metadata: metadata(random, `sc${index}`),
    provisioner: "p",
    volumeBindingMode: random.pick([undefined, null, "", "Immediate", "WaitForFirstConsumer"]),
    allowedTopologies: maybe(random, [{ matchLabelExpressions: [{ key: "zone", values: ["a"] }] }], []),
  });
}

function csiDriver(random: Random, index: number): KubeObject {
  return object("storage.k8s.io/v1", "CSIDriver", {
    metadata: metadata(random, `d${index}`),
    spec: maybe(random, known({ storageCapacity: random.pick([undefined, null, true, false]) }), {}),
  });
}

function storageCapacity(random: Random, index: number): KubeObject {
  return object("storage.k8s.io/v1", "CSIStorageCapacity", {
    metadata: known({ ...metadata(random, `cap${index}`), namespace: maybe(random, "team", "") }),
    storageClassName: "fast",
    nodeTopology: maybe(random, selector(random), {}),
    capacity: random.pick(QUANTITIES),
    maximumVolumeSize: random.pick(QUANTITIES),
  });
}
