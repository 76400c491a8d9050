/** Bound volumes, one a pod, as scheduler_perf has them: in three zones. */

import type { CSINode, ObjectMeta, PersistentVolumeSpec } from "../kube/objects.js";
import { inZones, NAMESPACE, ZONE } from "./pod-rules.js";
import type { FamilyNodeSpec, FamilyVolumes } from "./worlds.js";

/** Of what kind volumes are: what says so in a spec, by the volume's name and zone. */
export type VolumeKind = (
  name: string,
  zone: string,
) => { readonly spec: PersistentVolumeSpec; readonly labels: Labels };
type Labels = Readonly<Record<string, string>>;

const DRIVER = "ebs.csi.aws.com";
/** What a node takes of the driver's volumes. */
const MOST_VOLUMES = 39;
const ZONES = 3;

export const IN_TREE_VOLUMES: VolumeKind = (volumeID, zone) => ({
  spec: { awsElasticBlockStore: { volumeID } },
  labels: { [ZONE]: zone },
});

export const CSI_VOLUMES: VolumeKind = (volumeHandle, zone) => ({
  spec: {
    csi: { driver: DRIVER, volumeHandle },
    nodeAffinity: { required: { nodeSelectorTerms: [inZones(zone)] } },
  },
  labels: {},
});

/** A pod's volume, its claim, and the two bound to each other. */
export function boundVolume(pod: string, index: number, kindOf: VolumeKind): FamilyVolumes {
  const [claim, volume] = [`claim-${pod}`, `volume-${pod}`];
  const { spec, labels } = kindOf(volume, `zone-${index % ZONES}`);
  const accessModes = ["ReadOnlyMany"];
  return {
    volumes: [{ name: "data", persistentVolumeClaim: { claimName: claim, readOnly: true } }],
    objects: [
      {
        kind: "PersistentVolume",
        metadata: { name: volume, labels },
        spec: {
          accessModes,
          capacity: { storage: "1Gi" },
          claimRef: { name: claim, namespace: NAMESPACE },
          storageClassName: "",
          ...spec,
        },
        status: { phase: "Bound" },
      },
      {
        kind: "PersistentVolumeClaim",
        metadata: {
          name: claim,
          namespace: NAMESPACE,
          annotations: { "pv.kubernetes.io/bind-completed": "true" },
        },
        spec: { accessModes, resources: { requests: { storage: "1Gi" } }, storageClassName: "", volumeName: volume },
        status: { phase: "Bound" },
      },
    ],
  };
}

/** What a node says of the driver. */
export function csiNode(name: string, metadata: ObjectMeta = {}): CSINode & { readonly kind: "CSINode" } {
  return {
    kind: "CSINode",
    metadata: { name, ...metadata },
    spec: { drivers: [{ name: DRIVER, nodeID: name, allocatable: { count: MOST_VOLUMES } }] },
  };
}

/** The zone in the driver's own label, which volumes of the plugin in the tree are then bound to. */
export function migratedNode(index: number): FamilyNodeSpec {
  return { labels: { "topology.ebs.csi.aws.com/zone": `zone-${index % ZONES}` } };
}

/** What a node says of the driver where volumes of the plugin in the tree are the driver's. */
export function migratedCsiNode(name: string): CSINode & { readonly kind: "CSINode" } {
  return csiNode(name, {
    annotations: { "storage.alpha.kubernetes.io/migrated-plugins": "kubernetes.io/aws-ebs" },
  });
}
