/** Volumes of pods: claims of a pool, ephemeral claims, and sources that stand in the pod itself. */

import type { KubeObject, Volume } from "../../src/kube/objects.js";
import type { Random } from "./random.js";
import { type Claim, claimOf, PLAIN_CLASSES } from "./world-claims.js";
import { AWS_ZONE, GCE_ZONE } from "./world-storage.js";
import type { NodeDraft, PodDraft, PodRole, Theme, WorldContext } from "./world-types.js";
import { NAMESPACES, ZONE } from "./world-vocabulary.js";

/** What a world's pods can claim; ephemeral claims are added as their pods are made. */
export interface ClaimPool {
  readonly claims: Claim[];
  /** Most claims are to be met, and from spare volumes. */
  readonly isPlenty: boolean;
}

export function claimPoolOf(context: WorldContext): ClaimPool {
  const random = context.stream("claims");
  const isPlenty = random.chance(50);
  const claims = NAMESPACES.flatMap((namespace) => {
    const most = namespace === "default" ? 14 : 4;
    return random.list(most / 2, most, (index) => claimOf(`claim-${index}`, namespace, isPlenty, context));
  });
  return { claims, isPlenty };
}

/** Drivers that took over from in-tree volumes look for a zone under names of their own. */
export function addDriverLabels({ metadata: { labels } }: NodeDraft, { stream }: WorldContext): void {
  const random = stream("volumes");
  const zone = labels[ZONE];
  if (zone === undefined) return;
  if (random.chance(60)) labels[AWS_ZONE] = zone;
  if (random.chance(60)) labels[GCE_ZONE] = zone;
}

export function addVolumes(pod: PodDraft, role: PodRole, pool: ClaimPool, context: WorldContext): void {
  const random = context.stream("volumes");
  if (random.chance(15)) return;
  const volumes = random.list(1, random.pick([1, 2, 2, 4]), (index): Volume => {
    const name = `v${index}`;
    const draw = random.int(1, 100);
    if (draw <= 58) return { name, persistentVolumeClaim: { claimName: claimNameOf(pod, role, pool, random) } };
    if (draw <= 72) return ephemeralOf(name, pod, role, pool, context);
    if (draw <= 95) return { name, ...inlineSourceOf(random) };
    return {
      name,
      ...random.pick([{ emptyDir: {} }, { configMap: { name: "settings" } }, { hostPath: { path: "/" } }]),
    };
  });
  pod.spec.volumes = withoutTwins(volumes, pool);
}

/**
 * Named twice by a pod, a claim is promised two volumes, and upstream takes any of the two for the next pod with it. Claims
 * that are bound may be named as often as one likes.
 */
function withoutTwins(volumes: readonly Volume[], { claims }: ClaimPool): Volume[] {
  const open = new Set(claims.filter(({ volume }) => volume === undefined).map(({ object }) => object.metadata?.name));
  const nameOf = ({ persistentVolumeClaim }: Volume) => persistentVolumeClaim?.claimName;
  return volumes.filter((volume, index) => {
    const name = nameOf(volume);
    return !open.has(name) || volumes.findIndex((other) => nameOf(other) === name) === index;
  });
}

/** Usually a claim that can be met; the others keep a pod from every node. */
function claimNameOf({ metadata }: PodDraft, role: PodRole, { claims }: ClaimPool, random: Random): string {
  if (random.chance(2)) return role === "incoming" && random.chance(50) ? "" : "absent";
  const own = claims.filter((claim) => claim.object.metadata?.namespace === (metadata.namespace ?? "default"));
  const usable = own.filter(({ isUsable }) => isUsable);
  const among = usable.length > 0 && random.chance(80) ? usable : own;
  return among.length === 0 ? "absent" : random.pick(among).object.metadata!.name!;
}

/**
 * With a claim of somebody else a pod is rejected by VolumeBinding. Where that is off, or where the pod is nominated and
 * so counted in all the same, every look at its node would be an error.
 */
const MAY_RUN_AT_ALL: readonly Theme[] = ["profiles", "points", "nominated", "preempt"];

/** A claim named after pod and volume, made by a controller that owns it for the pod, if all is well. */
function ephemeralOf(name: string, pod: PodDraft, role: PodRole, pool: ClaimPool, context: WorldContext): Volume {
  const random = context.stream("volumes");
  const { metadata } = pod;
  metadata.uid ??= `uid-${metadata.name}`;
  if (random.chance(90)) {
    const claim = claimOf(`${metadata.name}-${name}`, metadata.namespace ?? "default", pool.isPlenty, context);
    const isOwned = role === "bound" || MAY_RUN_AT_ALL.some(context.has) || random.chance(82);
    const owner = { apiVersion: "v1", kind: "Pod", name: metadata.name, uid: isOwned ? metadata.uid : "stranger" };
    const ownerReferences = [{ ...owner, controller: true }];
    const object: KubeObject = { ...claim.object, metadata: { ...claim.object.metadata, ownerReferences } };
    pool.claims.push({ ...claim, object, isUsable: false });
  }
  const spec = { accessModes: ["ReadWriteOnce"], storageClassName: random.pick(PLAIN_CLASSES) };
  return {
    name,
    ephemeral: { volumeClaimTemplate: { spec: { ...spec, resources: { requests: { storage: "1Gi" } } } } },
  };
}

/** Few disks, so that pods meet on them. */
function inlineSourceOf(random: Random): Record<string, unknown> {
  const number = random.int(1, 3);
  const readOnly = random.chance(45);
  const monitors = random.some(["10.1.0.1:6789", "10.1.0.2:6789"], 75);
  return random.pick<Record<string, unknown>>([
    { gcePersistentDisk: { pdName: `disk-${number}`, readOnly } },
    { gcePersistentDisk: { pdName: `disk-${number}`, readOnly } },
    { awsElasticBlockStore: { volumeID: random.pick([`vol-${number}`, `aws://us-east-1a/vol-${number}`]), readOnly } },
    { iscsi: { targetPortal: "10.0.0.9:3260", iqn: `iqn.2029-01.example:${number}`, lun: number, readOnly } },
    { rbd: { monitors, pool: random.pick(["rbd", "other"]), image: `image-${number}`, readOnly } },
    { azureDisk: { diskName: `azure-${number}`, diskURI: `/subscriptions/s/disks/azure-${number}`, kind: "Managed" } },
    { cinder: { volumeID: `cinder-${number}` } },
    { portworxVolume: { volumeID: `px-${number}` } },
    { vsphereVolume: { volumePath: `[store] disk-${number}.vmdk` } },
    { csi: { driver: "disk.example.com", readOnly } },
    { nfs: { server: "10.0.0.8", path: "/share" } },
  ]);
}
