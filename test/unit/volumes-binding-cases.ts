/** Golden cases of VolumeBinding, and of what 1.37 adds: clusters and what kube-scheduler says of the last incoming pod. */

import {
  boundClaim,
  claim,
  claimed,
  csiNode,
  node,
  on,
  pod,
  storageClass,
  usableFrom,
  type VolumeCase,
  type VolumeWorld,
  volume,
} from "./volumes-world.js";

const ZONE = "topology.kubernetes.io/zone";
const DRIVER = "csi.example.com";
const MIGRATED = "storage.alpha.kubernetes.io/migrated-plugins";

const UNRESOLVABLE = "UnschedulableAndUnresolvable";
const NO_VOLUME = `VolumeBinding ${UNRESOLVABLE}: node(s) didn't find available persistent volumes to bind`;
const WRONG_NODE = `VolumeBinding ${UNRESOLVABLE}: node(s) didn't match PersistentVolume's node affinity`;
const TOO_SMALL = `VolumeBinding ${UNRESOLVABLE}: node(s) did not have enough free storage`;

const SLOW = storageClass("slow");
const THREE = [node("n0"), node("n1"), node("n2")];

const IMMEDIATE = `PreFilter VolumeBinding ${UNRESOLVABLE}: pod has unbound immediate PersistentVolumeClaims`;

const ephemeralPod = pod("new", [{ ephemeral: {} }]);

function alone(...objects: NonNullable<VolumeWorld["objects"]>): VolumeWorld {
  return { nodes: THREE, incoming: [pod("new", [claimed("data")])], objects };
}

export const CLAIMS: readonly VolumeCase[] = [
  {
    name: "waits for the claim of an ephemeral volume",
    world: { nodes: THREE, incoming: [ephemeralPod] },
    expected: [
      `PreFilter VolumeBinding ${UNRESOLVABLE}: waiting for ephemeral volume controller to create the persistentvolumeclaim "new-v0"`,
    ],
  },
  {
    name: "does not take somebody else's claim for an ephemeral volume",
    world: { nodes: THREE, incoming: [ephemeralPod], objects: [claim("new-v0"), SLOW] },
    expected: [
      `PreFilter VolumeBinding ${UNRESOLVABLE}: PVC default/new-v0 was not created for pod default/new (pod is not owner)`,
    ],
  },
  {
    name: "rejects a claim that has lost its volume",
    world: alone(claim("data", { volumeName: "v" }, {}, "Lost"), volume("v")),
    expected: [
      `PreFilter VolumeBinding ${UNRESOLVABLE}: persistentvolumeclaim "data" bound to non-existent persistentvolume "v"`,
    ],
  },
  {
    name: "rejects a claim that is being deleted",
    world: alone(claim("data", {}, { deletionTimestamp: "2030-01-01T00:00:00Z", finalizers: ["x/y"] } as object), SLOW),
    expected: [`PreFilter VolumeBinding ${UNRESOLVABLE}: persistentvolumeclaim "data" is being deleted`],
  },
  {
    name: "waits for a claim that names a volume and is not bound to it yet",
    world: alone(claim("data", { volumeName: "v" }), volume("v"), SLOW),
    expected: [IMMEDIATE],
  },
];

const PROVISIONED = storageClass("slow", { provisioner: DRIVER });
const COUNTED = { kind: "CSIDriver", metadata: { name: DRIVER }, spec: { storageCapacity: true } };
const pool = (name: string, hostname: string, fields: object) => ({
  kind: "CSIStorageCapacity",
  metadata: { name, namespace: "default" },
  storageClassName: "slow",
  nodeTopology: { matchLabels: { "kubernetes.io/hostname": hostname } },
  ...fields,
});

export const BINDING: readonly VolumeCase[] = [
  {
    name: "lets a pod onto the nodes only that its volume can be used from",
    world: alone(boundClaim("data", "v"), volume("v", usableFrom("kubernetes.io/hostname", "n1"))),
    expected: [`n0 ${WRONG_NODE}`, `n2 ${WRONG_NODE}`],
  },
  {
    name: "does not look at the fields of a volume's affinity",
    world: alone(
      boundClaim("data", "v"),
      volume("v", {
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["n9"] }] }],
          },
        },
      }),
    ),
    expected: [],
  },
  {
    name: "finds volumes for the smallest claim first",
    world: {
      nodes: [node("n0")],
      incoming: [pod("new", [claimed("large"), claimed("small")])],
      objects: [
        SLOW,
        claim("large", { resources: { requests: { storage: "5Gi" } } }),
        claim("small"),
        volume("v5", { capacity: { storage: "6Gi" } }),
        volume("v2"),
      ],
    },
    expected: [],
  },
  {
    name: "takes no volume of other modes, attributes, size, labels or phase, nor one that goes away or is promised",
    world: alone(
      SLOW,
      claim("data", { selector: { matchLabels: { tier: "gold" } } }),
      ...[
        volume("v0", { volumeMode: "Block" }, { labels: { tier: "gold" } }),
        volume("v1", { volumeAttributesClassName: "fast", capacity: { storage: "3Gi" } }, { labels: { tier: "gold" } }),
        volume("v2", { capacity: { storage: "1023Mi" } }, { labels: { tier: "gold" } }),
        volume("v3", { capacity: { storage: "4Gi" } }, { labels: { tier: "silver" } }),
        volume("v4", { capacity: { storage: "5Gi" } }, { labels: { tier: "gold" } }, "Released"),
        volume("v5", { accessModes: ["ReadOnlyMany"], capacity: { storage: "6Gi" } }, { labels: { tier: "gold" } }),
        volume("v6", { capacity: { storage: "7Gi" } }, {
          labels: { tier: "gold" },
          deletionTimestamp: "2030-01-01T00:00:00Z",
          finalizers: ["x/y"],
        } as object),
        volume(
          "v7",
          { claimRef: { namespace: "default", name: "other" }, capacity: { storage: "8Gi" } },
          { labels: { tier: "gold" } },
        ),
        volume("v8", { storageClassName: "fast", capacity: { storage: "9Gi" } }, { labels: { tier: "gold" } }),
      ],
    ),
    expected: THREE.map(({ metadata }) => `${metadata?.name} ${NO_VOLUME}`),
  },
  {
    name: "takes the volume that is promised to the claim or none, whatever else is free",
    world: alone(
      SLOW,
      claim("data"),
      volume("v0"),
      volume(
        "v1",
        {
          claimRef: { namespace: "default", name: "data" },
          capacity: { storage: "9Gi" },
          ...usableFrom("kubernetes.io/hostname", "n2"),
        },
        {},
        "Bound",
      ),
    ),
    expected: [`n0 ${NO_VOLUME}`, `n1 ${NO_VOLUME}`],
  },
  {
    name: "keeps to the node for which a volume is being made",
    world: alone(
      PROVISIONED,
      claim("data", {}, { annotations: { "volume.kubernetes.io/selected-node": "n1" } }),
      volume("v0"),
    ),
    expected: [`n0 ${NO_VOLUME}`, `n2 ${NO_VOLUME}`],
  },
  {
    name: "makes volumes where the class allows them",
    world: {
      nodes: [node("n0", { [ZONE]: "a" }), node("n1", { [ZONE]: "b" }), node("n2")],
      incoming: [pod("new", [claimed("data")])],
      objects: [
        storageClass("slow", {
          provisioner: DRIVER,
          allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values: ["b", "c"] }] }, {}],
        }),
        claim("data"),
      ],
    },
    expected: [`n0 ${NO_VOLUME}`, `n2 ${NO_VOLUME}`],
  },
  {
    name: "makes volumes where the driver has room, and believes the largest size before the capacity",
    world: alone(
      PROVISIONED,
      COUNTED,
      claim("data"),
      pool("c0", "n0", { capacity: "1Gi" }),
      pool("c1", "n1", { capacity: "9Gi", maximumVolumeSize: "1023Mi" }),
      pool("c2", "n2", {}),
    ),
    expected: [`n1 ${TOO_SMALL}`, `n2 ${TOO_SMALL}`],
  },
  {
    name: "names both the claim that is bound elsewhere and the one that finds nothing",
    world: {
      nodes: [node("n0")],
      incoming: [pod("new", [claimed("data"), claimed("more")])],
      objects: [SLOW, boundClaim("data", "v"), volume("v", usableFrom("kubernetes.io/hostname", "n9")), claim("more")],
    },
    expected: [`n0 ${WRONG_NODE}, node(s) didn't find available persistent volumes to bind`],
  },
  {
    name: "looks for in-tree volumes under the driver's zones on the nodes that were migrated",
    world: {
      nodes: [
        node("n0", { [ZONE]: "a" }),
        node("n1", { "topology.gke.io/zone": "a" }),
        node("n2", { [ZONE]: "a", "topology.gke.io/zone": "b" }),
      ],
      incoming: [pod("new", [claimed("data")])],
      objects: [
        boundClaim("data", "v"),
        volume("v", { csi: undefined, gcePersistentDisk: { pdName: "d" }, ...usableFrom(ZONE, "a") }),
        ...["n1", "n2"].map((name) => csiNode(name, {}, { [MIGRATED]: "kubernetes.io/aws-ebs,kubernetes.io/gce-pd" })),
      ],
    },
    expected: [`n2 ${WRONG_NODE}`],
  },
  {
    name: "fails where a migrated volume cannot be translated",
    world: {
      nodes: [node("n0")],
      incoming: [pod("new", [claimed("data")])],
      objects: [
        boundClaim("data", "v"),
        volume(
          "v",
          { csi: undefined, gcePersistentDisk: { pdName: "d" } },
          { labels: { [ZONE]: "us-east1-a__us-west1-a" } },
        ),
        csiNode("n0", {}, { [MIGRATED]: "kubernetes.io/gce-pd" }),
      ],
    },
    expected: [
      "n0 VolumeBinding Error: could not translate pv: failed to get region from zones: multiple or no regions gotten from zones, got: map[us-east1:{} us-west1:{}]",
    ],
  },
  {
    name: "fails where a claim's selector cannot be read",
    world: alone(SLOW, claim("data", { selector: { matchExpressions: [{ key: "tier", operator: "Like" }] } })),
    expected: THREE.map(
      ({ metadata }) =>
        `${metadata?.name} VolumeBinding Error: error creating internal label selector for claim: default/data: "Like" is not a valid label selector operator`,
    ),
  },
];

const bySelf = (name: string, claimName: string, nodeName: string) => pod(name, [claimed(claimName)], on(nodeName));

export const RESERVING: readonly VolumeCase[] = [
  {
    name: "does not give a volume twice",
    world: {
      nodes: THREE,
      incoming: [bySelf("first", "a", "n0"), pod("second", [claimed("b")])],
      objects: [SLOW, claim("a"), claim("b"), volume("v0")],
    },
    expected: THREE.map(({ metadata }) => `${metadata?.name} ${NO_VOLUME}`),
  },
  {
    name: "gives a second pod of a claim the volume that the first one got",
    world: {
      nodes: THREE,
      incoming: [bySelf("first", "a", "n1"), pod("second", [claimed("a")])],
      objects: [
        SLOW,
        claim("a"),
        volume("v0", { capacity: { storage: "3Gi" }, ...usableFrom("kubernetes.io/hostname", "n0") }),
        volume("v1", { capacity: { storage: "2Gi" }, ...usableFrom("kubernetes.io/hostname", "n1", "n2") }),
      ],
    },
    expected: [`n0 ${NO_VOLUME}`],
  },
  {
    name: "keeps a second pod of a claim to the node for which its volume is made",
    world: {
      nodes: THREE,
      incoming: [bySelf("first", "a", "n1"), pod("second", [claimed("a")])],
      objects: [PROVISIONED, claim("a")],
    },
    expected: [`n0 ${NO_VOLUME}`, `n2 ${NO_VOLUME}`],
  },
];

/** A case of kube-scheduler 1.37.2, which scores nodes by their storage. */
export interface ScoreCase {
  readonly name: string;
  readonly world: VolumeWorld;
  readonly shape?: readonly { readonly utilization: number; readonly score: number }[];
  /** By node. */
  readonly expected: Readonly<Record<string, number>>;
}

const FAST = storageClass("fast");
const TWO = [node("n0"), node("n1")];
const twoClaims = [claimed("data"), claimed("more")];
const ofFast = { storageClassName: "fast" };

export const SCORES: readonly ScoreCase[] = [
  {
    name: "likes the volume best of which most stays unused",
    world: {
      nodes: TWO,
      incoming: [pod("new", [claimed("data")])],
      objects: [
        SLOW,
        claim("data"),
        volume("v0", usableFrom("kubernetes.io/hostname", "n0")),
        volume("v1", { capacity: { storage: "3Gi" }, ...usableFrom("kubernetes.io/hostname", "n1") }),
      ],
    },
    expected: { n0: 50, n1: 67 },
  },
  {
    name: "rounds the mean over the classes half up",
    world: {
      nodes: TWO,
      incoming: [pod("new", twoClaims)],
      objects: [
        SLOW,
        FAST,
        claim("data"),
        claim("more", ofFast),
        volume("v0"),
        volume("v1", { ...ofFast, capacity: { storage: "3Gi" } }),
      ],
    },
    expected: { n0: 59, n1: 59 },
  },
  {
    name: "counts the storage of a class once for all volumes that are made of it",
    world: {
      nodes: TWO,
      incoming: [pod("new", twoClaims)],
      objects: [
        PROVISIONED,
        COUNTED,
        claim("data"),
        claim("more", { resources: { requests: { storage: "2Gi" } } }),
        pool("c0", "n0", { capacity: "10Gi" }),
        pool("c1", "n1", { capacity: "2Gi" }),
      ],
    },
    expected: { n0: 70, n1: 0 },
  },
  {
    name: "follows a line of its own, with divisions that truncate",
    world: {
      nodes: TWO,
      incoming: [pod("new", [claimed("data")])],
      objects: [
        SLOW,
        claim("data"),
        volume("v0", usableFrom("kubernetes.io/hostname", "n0")),
        volume("v1", { capacity: { storage: "9Gi" }, ...usableFrom("kubernetes.io/hostname", "n1") }),
      ],
    },
    shape: [
      { utilization: 0, score: 3 },
      { utilization: 33, score: 10 },
      { utilization: 71, score: 1 },
    ],
    expected: { n0: 60, n1: 53 },
  },
  {
    name: "has nothing to say of volumes whose storage nobody counts",
    world: { nodes: TWO, incoming: [pod("new", [claimed("data")])], objects: [PROVISIONED, claim("data")] },
    expected: { n0: 0, n1: 0 },
  },
];

/** Drivers that want to be on a node first, as 1.37.2 has it. */
export const MISSING_DRIVERS: readonly VolumeCase[] = [
  {
    name: "rejects nodes that lack a driver which asks for that",
    world: {
      nodes: THREE,
      incoming: [pod("new", [claimed("data")])],
      objects: [
        claim("data"),
        PROVISIONED,
        { kind: "CSIDriver", metadata: { name: DRIVER }, spec: { preventPodSchedulingIfMissing: true } },
        csiNode("n1", { other: 1 }),
        csiNode("n2", { [DRIVER]: 1 }),
      ],
    },
    expected: ["n0", "n1"].map(
      (name) => `${name} NodeVolumeLimits Unschedulable: ${DRIVER} CSI driver is not installed on the node`,
    ),
  },
];
