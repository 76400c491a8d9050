/** Golden cases: clusters and what kube-scheduler 1.36.3 says of the last incoming pod. */

import type { Volume } from "../../src/kube/objects.js";
import {
  boundClaim,
  claim,
  claimed,
  csiNode,
  node,
  pod,
  storageClass,
  type VolumeCase,
  type VolumeWorld,
  volume,
} from "./volumes-world.js";

const ZONE = "topology.kubernetes.io/zone";
const REGION = "topology.kubernetes.io/region";
const BETA_ZONE = "failure-domain.beta.kubernetes.io/zone";
const DRIVER = "csi.example.com";

const UNRESOLVABLE = "UnschedulableAndUnresolvable";
const DISK = "VolumeRestrictions Unschedulable: node(s) had no available disk";
const IN_USE =
  "VolumeRestrictions Unschedulable: node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod";
const LIMIT = "NodeVolumeLimits Unschedulable: node(s) exceed max volume count";
const WRONG_ZONE = `VolumeZone ${UNRESOLVABLE}: node(s) had no available volume zone`;

/** A pod with one volume comes to a node on which another with one volume runs. */
function besides(here: Volume, incoming: Volume): VolumeWorld {
  return {
    nodes: [node("n0"), node("n1")],
    pods: [pod("old", [here], { nodeName: "n0" })],
    incoming: [pod("new", [incoming])],
  };
}

const gce = (readOnly: boolean): Volume => ({ gcePersistentDisk: { pdName: "d", readOnly } });
const iscsi = (readOnly: boolean): Volume => ({ iscsi: { targetPortal: "10.0.0.1", iqn: "i", lun: 0, readOnly } });
const rbd = (monitors: readonly string[], pool: string, readOnly: boolean): Volume => ({
  rbd: { monitors, pool, image: "i", readOnly },
});
const EXCLUSIVE = { accessModes: ["ReadWriteOncePod"] };

export const RESTRICTIONS: readonly VolumeCase[] = [
  { name: "lets a GCE disk be shared for reading", world: besides(gce(true), gce(true)), expected: [] },
  {
    name: "keeps a GCE disk that one of two pods writes to off the other's node",
    world: besides(gce(true), gce(false)),
    expected: [`n0 ${DISK}`],
  },
  {
    name: "never lets an EBS volume be shared",
    world: besides(
      { awsElasticBlockStore: { volumeID: "vol-1", readOnly: true } },
      { awsElasticBlockStore: { volumeID: "vol-1", readOnly: true } },
    ),
    expected: [`n0 ${DISK}`],
  },
  {
    name: "keeps an iSCSI volume that is written to off the other's node",
    world: besides(iscsi(false), iscsi(true)),
    expected: [`n0 ${DISK}`],
  },
  { name: "lets an iSCSI volume be shared for reading", world: besides(iscsi(true), iscsi(true)), expected: [] },
  {
    name: "takes RBD images for the same when they share one monitor",
    world: besides(rbd(["a", "b"], "p", false), rbd(["b", "c"], "p", true)),
    expected: [`n0 ${DISK}`],
  },
  {
    name: "tells RBD images apart by pool",
    world: besides(rbd(["a"], "p", false), rbd(["a"], "q", false)),
    expected: [],
  },
  {
    name: "keeps a pod off every node while another uses its ReadWriteOncePod claim",
    world: {
      nodes: [node("n0"), node("n1")],
      pods: [pod("old", [claimed("data")], { nodeName: "n0" })],
      incoming: [pod("new", [claimed("data")])],
      objects: [boundClaim("data", "v", EXCLUSIVE), volume("v")],
    },
    expected: [`n0 ${IN_USE}`, `n1 ${IN_USE}`],
  },
  {
    name: "does not count pods whose node is not there, nor claims of that name elsewhere",
    world: {
      nodes: [node("n0")],
      pods: [
        pod("old", [claimed("data")], { nodeName: "gone" }),
        pod("far", [claimed("data")], { nodeName: "n0" }, { namespace: "elsewhere" }),
      ],
      incoming: [pod("new", [claimed("data")])],
      objects: [boundClaim("data", "v", EXCLUSIVE), volume("v")],
    },
    expected: [],
  },
  {
    name: "says first of all that a claim is missing, as the other plugins do",
    world: { nodes: [node("n0")], incoming: [pod("new", [claimed("data")])] },
    expected: [
      `PreFilter VolumeRestrictions ${UNRESOLVABLE}: persistentvolumeclaim "data" not found`,
      `PreFilter VolumeBinding ${UNRESOLVABLE}: persistentvolumeclaim "data" not found`,
      `PreFilter VolumeZone ${UNRESOLVABLE}: persistentvolumeclaim "data" not found`,
    ],
  },
];

/** A pod with a claim of a volume with these labels comes. */
function zoned(labels: Readonly<Record<string, string>>): VolumeWorld {
  return {
    nodes: [
      node("n0", { [ZONE]: "a" }),
      node("n1", { [ZONE]: "b", [REGION]: "r" }),
      node("n2", { [BETA_ZONE]: "a" }),
      node("n3"),
    ],
    incoming: [pod("new", [claimed("data")])],
    objects: [boundClaim("data", "v"), volume("v", {}, { labels })],
  };
}

/** A pod with one unbound claim comes. */
function unbound(spec: object, ...objects: NonNullable<VolumeWorld["objects"]>): VolumeWorld {
  return { nodes: [node("n0")], incoming: [pod("new", [claimed("data")])], objects: [claim("data", spec), ...objects] };
}

const IMMEDIATE = `PreFilter VolumeBinding ${UNRESOLVABLE}: pod has unbound immediate PersistentVolumeClaims`;

export const ZONES: readonly VolumeCase[] = [
  {
    name: "keeps a pod in the zone of its volume, and takes nodes without labels for one zone",
    world: zoned({ [ZONE]: "a" }),
    expected: [`n1 ${WRONG_ZONE}`, `n2 ${WRONG_ZONE}`],
  },
  {
    name: "finds a volume's beta label under the node's label of today",
    world: zoned({ [BETA_ZONE]: "a" }),
    expected: [`n1 ${WRONG_ZONE}`],
  },
  {
    name: "knows volumes of several zones",
    world: zoned({ [ZONE]: "a__b" }),
    expected: [`n2 ${WRONG_ZONE}`],
  },
  {
    name: "wants zone and region both",
    world: zoned({ [ZONE]: "b", [REGION]: "r" }),
    expected: [`n0 ${WRONG_ZONE}`, `n2 ${WRONG_ZONE}`],
  },
  { name: "passes over a label with an empty element", world: zoned({ [ZONE]: "b__" }), expected: [] },
  {
    name: "rejects an unbound claim without a class",
    world: unbound({ storageClassName: "" }),
    expected: [
      IMMEDIATE,
      `PreFilter VolumeZone ${UNRESOLVABLE}: PersistentVolumeClaim had no pv name and storageClass name`,
    ],
  },
  {
    name: "rejects an unbound claim whose class is missing",
    world: unbound({}),
    expected: [IMMEDIATE, `PreFilter VolumeZone ${UNRESOLVABLE}: storageclass.storage.k8s.io "slow" not found`],
  },
  {
    name: "rejects an unbound claim that should be bound already",
    world: unbound({}, storageClass("slow", { volumeBindingMode: "Immediate" })),
    expected: [IMMEDIATE, `PreFilter VolumeZone ${UNRESOLVABLE}: PersistentVolume had no name`],
  },
  {
    name: "rejects a claim whose volume is missing",
    world: {
      nodes: [node("n0")],
      incoming: [pod("new", [claimed("data")])],
      objects: [boundClaim("data", "gone")],
    },
    expected: [`PreFilter VolumeZone ${UNRESOLVABLE}: persistentvolume "gone" not found`],
  },
];

const FULL = csiNode("n0", { [DRIVER]: 1 });

/** n0 can hold one volume of the driver; a pod with this volume comes. */
function limited(
  incoming: Volume,
  here: readonly Volume[],
  ...objects: NonNullable<VolumeWorld["objects"]>
): VolumeWorld {
  return {
    nodes: [node("n0"), node("n1")],
    pods: here.length === 0 ? [] : [pod("old", here, { nodeName: "n0" })],
    incoming: [pod("new", [incoming])],
    objects,
  };
}

const attachment = (name: string, persistentVolumeName: string) => ({
  kind: "VolumeAttachment",
  metadata: { name },
  spec: { attacher: DRIVER, nodeName: "n0", source: { persistentVolumeName } },
});
const TWO_BOUND = [boundClaim("a", "va"), volume("va"), boundClaim("b", "vb"), volume("vb")];
const EBS = { awsElasticBlockStore: { volumeID: "aws://z/vol-1" } };

export const LIMITS: readonly VolumeCase[] = [
  {
    name: "rejects a node whose driver takes no further volume",
    world: limited(claimed("a"), [claimed("b")], ...TWO_BOUND, FULL),
    expected: [`n0 ${LIMIT}`],
  },
  {
    name: "counts a volume once that several pods use",
    world: limited(claimed("a"), [claimed("a")], ...TWO_BOUND, FULL),
    expected: [],
  },
  {
    name: "counts volumes that are attached though no pod uses them",
    world: limited(claimed("a"), [], ...TWO_BOUND, FULL, attachment("x", "vb")),
    expected: [`n0 ${LIMIT}`],
  },
  {
    name: "counts the pod's own volume twice when it is attached and no pod uses it",
    world: limited(claimed("a"), [], ...TWO_BOUND, FULL, attachment("x", "va")),
    expected: [`n0 ${LIMIT}`],
  },
  {
    name: "counts a volume that is yet to be made, by the driver of its class",
    world: limited(
      claimed("a"),
      [claimed("b")],
      claim("a"),
      boundClaim("b", "vb"),
      volume("vb"),
      storageClass("slow", { provisioner: DRIVER }),
      FULL,
    ),
    expected: [`n0 ${LIMIT}`],
  },
  {
    name: "counts in-tree volumes for the driver that took over, whatever plugins the node says were migrated",
    world: limited(
      claimed("a"),
      [EBS],
      boundClaim("a", "va"),
      volume("va", { csi: undefined, awsElasticBlockStore: { volumeID: "vol-2" } }),
      csiNode("n0", { "ebs.csi.aws.com": 1 }),
    ),
    expected: [`n0 ${LIMIT}`],
  },
  {
    name: "knows an in-tree volume again under its driver's handle",
    world: limited(
      claimed("a"),
      [EBS],
      boundClaim("a", "va"),
      volume("va", { csi: { driver: "ebs.csi.aws.com", volumeHandle: "vol-1" } }),
      csiNode("n0", { "ebs.csi.aws.com": 1 }),
    ),
    expected: [],
  },
  {
    name: "fails where an in-tree volume of a running pod cannot be translated",
    world: limited(
      claimed("a"),
      [{ awsElasticBlockStore: { volumeID: "aws://vol-1" } }],
      ...TWO_BOUND,
      csiNode("n0", { other: 1 }),
    ),
    expected: [
      "n0 NodeVolumeLimits Error: converting volume(v0) from inline to csi: failed to translate Kubernetes ID to EBS Volume ID Invalid format for AWS volume (aws://vol-1)",
    ],
  },
  {
    name: "fails where a claim has the name of a running pod's ephemeral volume and is not the pod's",
    world: limited(claimed("a"), [{ ephemeral: {} }], ...TWO_BOUND, claim("old-v0"), FULL),
    expected: ["n0 NodeVolumeLimits Error: PVC default/old-v0 was not created for pod default/old (pod is not owner)"],
  },
];
