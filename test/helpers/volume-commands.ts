/**
 * Pods with volumes, and everything that moves what volumes close nodes for: claims and volumes that change or go, drivers
 * and their limits on nodes, attachments. Commands beside those of index-commands.ts.
 */

import fc from "fast-check";
import type { ObjectKind, ObjectOf, Pod, Volume } from "../../src/kube/objects.js";
import {
  type Demand,
  demand,
  demandingPod,
  type IndexReal,
  placeManyOf,
  placePod,
  type Run,
  Step,
} from "./index-commands.js";
import { podKind, type RelatedPodKind } from "./relation-kinds.js";

const ZONE = "topology.kubernetes.io/zone";
const BETA_ZONE = "failure-domain.beta.kubernetes.io/zone";
const DRIVER = "disk.example.com";
const EBS_DRIVER = "ebs.csi.aws.com";
const NODES = 17;

/** What a claim is bound to, and how. */
interface ClaimKind {
  readonly source: "csi" | "csi" | "ebs" | "nfs" | "gce";
  /** Several volumes may stand for one and the same. */
  readonly handle: "own" | "shared";
  readonly affinity: "none" | "zone" | "host" | "nonsense";
  readonly zoneLabel: "" | typeof ZONE | typeof BETA_ZONE;
  readonly zone: "a" | "b" | "a__b" | "us-east1-b__moon";
  readonly isExclusive: boolean;
  readonly state: "bound" | "open" | "waiting" | "without its volume";
}

/** The first so many times as often as each of the others. */
function often<const T>(first: T, times: number, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.constantFrom(...new Array<T>(times).fill(first), ...others);
}

const claimKind: fc.Arbitrary<ClaimKind> = fc.record({
  source: fc.constantFrom("csi", "csi", "csi", "ebs", "ebs", "nfs", "gce"),
  handle: often("own", 8, "shared"),
  affinity: often("none", 6, "zone", "zone", "zone", "host", "nonsense"),
  zoneLabel: often("", 6, ZONE, BETA_ZONE),
  zone: often("b", 4, "a", "a__b", "us-east1-b__moon"),
  isExclusive: often(false, 8, true),
  state: often("bound", 20, "open", "waiting", "without its volume"),
});

/** A pod's volume: with a claim of its own, with one that came before, or a disk that it names itself. */
type Wish =
  | { readonly of: "own"; readonly kind: ClaimKind }
  | { readonly of: "earlier"; readonly pick: number }
  | { readonly of: "inline"; readonly source: "azureDisk" | "awsElasticBlockStore" };

const wish: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 16, arbitrary: fc.record({ of: fc.constant("own" as const), kind: claimKind }) },
  { weight: 2, arbitrary: fc.record({ of: fc.constant("earlier" as const), pick: fc.nat(30) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      of: fc.constant("inline" as const),
      source: fc.constantFrom("azureDisk" as const, "awsElasticBlockStore" as const),
    }),
  },
);

type AnyObject = ObjectOf<ObjectKind>;

function volumeOf(name: string, { source, handle, affinity, zoneLabel, zone }: ClaimKind): AnyObject {
  const id = handle === "own" ? name : "vol-shared";
  const sources = {
    csi: { csi: { driver: DRIVER, volumeHandle: id } },
    ebs: { awsElasticBlockStore: { volumeID: id } },
    gce: { gcePersistentDisk: { pdName: id } },
    nfs: {},
  };
  const terms = {
    none: [],
    zone: [{ matchExpressions: [{ key: ZONE, operator: "In", values: [zone] }] }],
    host: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["m1", "m2"] }] }],
    nonsense: [{ matchExpressions: [{ key: ZONE, operator: "Sometimes" }] }],
  };
  return {
    kind: "PersistentVolume",
    metadata: { name, labels: zoneLabel === "" ? {} : { [zoneLabel]: zone } },
    spec: {
      ...sources[source],
      capacity: { storage: "1Gi" },
      ...(affinity === "none" ? {} : { nodeAffinity: { required: { nodeSelectorTerms: terms[affinity] } } }),
    },
    status: { phase: "Bound" },
  } as AnyObject;
}

function claimOf(name: string, { isExclusive, state }: ClaimKind): AnyObject {
  const isBound = state === "bound" || state === "without its volume";
  return {
    kind: "PersistentVolumeClaim",
    metadata: { name, ...(isBound ? { annotations: { "pv.kubernetes.io/bind-completed": "yes" } } : {}) },
    spec: {
      accessModes: [isExclusive ? "ReadWriteOncePod" : "ReadWriteOnce"],
      storageClassName: state === "waiting" ? "later" : "",
      ...(state === "waiting" ? {} : { volumeName: name }),
    },
  } as AnyObject;
}

function putClaim({ cluster }: IndexReal, name: string, kind: ClaimKind): void {
  if (kind.state !== "without its volume" && kind.state !== "waiting") cluster.upsertObject(volumeOf(name, kind));
  cluster.upsertObject(claimOf(name, kind));
}

function withVolumes(real: IndexReal, pod: Pod, wishes: readonly Wish[]): Pod {
  const volumes = wishes.map((wanted, index): Volume => {
    const name = `claim-${real.named++}`;
    if (wanted.of === "own") putClaim(real, name, wanted.kind);
    if (wanted.of === "inline") {
      const disk = wanted.source === "azureDisk" ? { diskURI: name } : { volumeID: "vol-1" };
      return { name: `v${index}`, [wanted.source]: disk };
    }
    const claimName = wanted.of === "own" ? name : `claim-${wanted.pick}`;
    return { name: `v${index}`, persistentVolumeClaim: { claimName } };
  });
  return { ...pod, spec: { ...pod.spec, volumes } } as Pod;
}

function place(kind: RelatedPodKind, wants: Demand, wishes: readonly Wish[]): Run {
  return (real) => placePod(real, withVolumes(real, demandingPod(`pod-${real.named++}`, kind, wants), wishes));
}

function placeMany(kind: RelatedPodKind, wants: Demand, wishes: readonly Wish[], count: number): Run {
  return (real) =>
    placeManyOf(real, withVolumes(real, demandingPod(`many-${real.named++}`, kind, wants), wishes), count);
}

/** A driver's word on a node. */
function csiNodeOf(name: string, limit: number | undefined, isMigrated: boolean): AnyObject {
  const migrated = { "storage.alpha.kubernetes.io/migrated-plugins": "kubernetes.io/aws-ebs" };
  const allocatable = limit === undefined ? {} : { allocatable: { count: limit } };
  return {
    kind: "CSINode",
    metadata: { name, annotations: isMigrated ? migrated : {} },
    spec: { drivers: [DRIVER, EBS_DRIVER].map((driver) => ({ name: driver, nodeID: name, ...allocatable })) },
  } as AnyObject;
}

const claimName = fc.nat(40).map((index) => `claim-${index}`);
const nodeName = fc.nat(NODES - 1).map((index) => `m${index}`);

/** What every sequence begins with: most nodes take one or two volumes of a driver. */
export function beginVolumes({ cluster }: IndexReal): void {
  for (let index = 0; index < NODES; index++) {
    if (index % 4 !== 3) cluster.upsertObject(csiNodeOf(`m${index}`, 1 + (index % 2), index % 4 === 2));
  }
}

const objectChanges: readonly fc.Arbitrary<[string, Run]>[] = [
  fc
    .tuple(nodeName, fc.constantFrom(0, 1, 2, undefined), fc.boolean())
    .map(([name, limit, isMigrated]) => [
      `${name} takes ${limit} volumes${isMigrated ? ", migrated" : ""}`,
      ({ cluster }) => cluster.upsertObject(csiNodeOf(name, limit, isMigrated)),
    ]),
  nodeName.map((name) => [`CSINode ${name} goes`, ({ cluster }) => void cluster.removeObject("CSINode", name)]),
  fc
    .tuple(claimName, claimKind)
    .map(([name, kind]) => [`${name} becomes ${JSON.stringify(kind)}`, (real) => putClaim(real, name, kind)]),
  fc
    .tuple(claimName, fc.constantFrom("PersistentVolume", "PersistentVolumeClaim"))
    .map(([name, kind]) => [`${kind} ${name} goes`, ({ cluster }) => void cluster.removeObject(kind, name)]),
  fc.tuple(fc.nat(5), nodeName, claimName).map(([index, node, volume]) => [
    `attachment ${index} of ${volume} to ${node}`,
    ({ cluster }) =>
      cluster.upsertObject({
        kind: "VolumeAttachment",
        metadata: { name: `attachment-${index}` },
        spec: { attacher: DRIVER, nodeName: node, source: { persistentVolumeName: volume } },
      } as AnyObject),
  ]),
  fc
    .nat(5)
    .map((index) => [
      `attachment ${index} goes`,
      ({ cluster }) => void cluster.removeObject("VolumeAttachment", `attachment-${index}`),
    ]),
  fc.constantFrom(DRIVER, "kubernetes.io/no-provisioner").map((provisioner) => [
    `class of ${provisioner}`,
    ({ cluster }) =>
      cluster.upsertObject({
        kind: "StorageClass",
        metadata: { name: "later" },
        provisioner,
        volumeBindingMode: "WaitForFirstConsumer",
      } as AnyObject),
  ]),
];

export function volumeCommands(): fc.Arbitrary<fc.Command<object, IndexReal>>[] {
  const wishes = fc.oneof(
    { weight: 3, arbitrary: fc.array(wish, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(wish, { minLength: 2, maxLength: 2 }) },
  );
  const placed = fc
    .tuple(podKind, demand, wishes)
    .map(([kind, wants, volumes]): [string, Run] => [
      `place ${JSON.stringify([kind, wants, volumes])}`,
      place(kind, wants, volumes),
    ]);
  const placedMany = fc
    .tuple(podKind, demand, wishes, fc.integer({ min: 1, max: 4 }))
    .map(([kind, wants, volumes, count]): [string, Run] => [
      `place ${count} ${JSON.stringify([kind, wants, volumes])}`,
      placeMany(kind, wants, volumes, count),
    ]);
  const bound = fc.tuple(podKind, demand, wishes, nodeName).map(([kind, wants, volumes, node]): [string, Run] => [
    `a pod comes to ${node} ${JSON.stringify([kind, wants, volumes])}`,
    (real) => {
      const pod = withVolumes(real, demandingPod(`bound-${real.named++}`, kind, wants), volumes);
      real.cluster.upsertPod({ ...pod, spec: { ...pod.spec, nodeName: node } } as Pod);
    },
  ]);
  return [placed, placed, placed, placed, placed, placedMany, bound, ...objectChanges].map((action) =>
    action.map((each) => new Step(each)),
  );
}
