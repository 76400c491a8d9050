/** Sources of volumes that come without a claim, as far as plugins read them: what tells one volume from another. */

export interface GCEPersistentDiskVolumeSource {
  readonly pdName?: string;
  readonly partition?: number;
  readonly readOnly?: boolean;
}

export interface AWSElasticBlockStoreVolumeSource {
  readonly volumeID?: string;
  readonly partition?: number;
  readonly readOnly?: boolean;
}

export interface ISCSIVolumeSource {
  readonly targetPortal?: string;
  readonly iqn?: string;
  readonly lun?: number;
  readonly readOnly?: boolean;
}

export interface RBDVolumeSource {
  readonly monitors?: readonly string[] | null;
  readonly image?: string;
  /** Missing: "rbd". */
  readonly pool?: string;
  readonly readOnly?: boolean;
}

export interface AzureDiskVolumeSource {
  readonly diskName?: string;
  readonly diskURI?: string;
}

/** In-tree sources that plugins read, of volumes of a pod and of PersistentVolumes alike. */
export interface InTreeVolumeSources {
  readonly awsElasticBlockStore?: AWSElasticBlockStoreVolumeSource | null;
  readonly azureDisk?: AzureDiskVolumeSource | null;
  readonly azureFile?: { readonly secretName?: string; readonly shareName?: string } | null;
  readonly cinder?: { readonly volumeID?: string } | null;
  readonly gcePersistentDisk?: GCEPersistentDiskVolumeSource | null;
  readonly portworxVolume?: { readonly volumeID?: string } | null;
  readonly vsphereVolume?: { readonly volumePath?: string } | null;
}

/** Sources that no plugin reads, in both. Named, since an index signature would refuse the types of other clients. */
export interface UnreadVolumeSources {
  readonly cephfs?: unknown;
  readonly fc?: unknown;
  readonly flexVolume?: unknown;
  readonly flocker?: unknown;
  readonly glusterfs?: unknown;
  readonly hostPath?: unknown;
  readonly nfs?: unknown;
  readonly photonPersistentDisk?: unknown;
  readonly quobyte?: unknown;
  readonly scaleIO?: unknown;
  readonly storageos?: unknown;
}

/** The names of {@link InTreeVolumeSources}. */
export const IN_TREE_SOURCES = [
  "awsElasticBlockStore",
  "azureDisk",
  "azureFile",
  "cinder",
  "gcePersistentDisk",
  "portworxVolume",
  "vsphereVolume",
] as const satisfies readonly (keyof InTreeVolumeSources)[];

/** Whether a driver may have to attach a volume of a pod: most volumes are files that the node writes. */
export function mayAttach(volume: ClaimedVolume): boolean {
  return Boolean(volume.persistentVolumeClaim ?? volume.ephemeral) || IN_TREE_SOURCES.some((source) => volume[source]);
}

/** Whether any volume of the pod is one of those. */
export function hasAttachable({ spec }: { readonly spec?: ClaimingSpec }): boolean {
  return spec?.volumes?.some(mayAttach) === true;
}

interface ClaimingSpec {
  readonly volumes?: readonly ClaimedVolume[] | null;
}

interface ClaimedVolume extends InTreeVolumeSources {
  readonly persistentVolumeClaim?: unknown;
  readonly ephemeral?: unknown;
}
