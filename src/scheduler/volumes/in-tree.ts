/**
 * In-tree volumes that CSI drivers have taken over: which driver, by which handle, and on which nodes.
 * Source: k8s 1.36 csi-translation-lib.
 */

import type { NodeSelector, NodeSelectorTerm, PersistentVolume, StringMap } from "../../kube/objects.js";
import type { AzureDiskVolumeSource, InTreeVolumeSources } from "../../kube/volume-sources.js";
import { BETA_REGION, BETA_ZONE, REGION, ZONE, ZONE_DELIMITER } from "./place-labels.js";

export interface InTreePlugin {
  /** As a StorageClass names it as its provisioner. */
  readonly name: string;
  readonly source: keyof InTreeVolumeSources;
  /** The CSI driver that took over. */
  readonly driver: string;
  /** Whether the scheduler takes a node's volumes of this plugin for the driver's. */
  readonly isMigrated: boolean;
  /** The node label under which the driver knows zones, where it translates them. */
  readonly zoneKey?: string;
}

type AzureDisk = AzureDiskVolumeSource & { readonly kind?: string | null };

/** What cannot be translated, in upstream's words. */
export interface TranslationError {
  readonly error: string;
}

const PLUGINS: readonly InTreePlugin[] = [
  {
    name: "kubernetes.io/gce-pd",
    source: "gcePersistentDisk",
    driver: "pd.csi.storage.gke.io",
    isMigrated: true,
    zoneKey: "topology.gke.io/zone",
  },
  {
    name: "kubernetes.io/aws-ebs",
    source: "awsElasticBlockStore",
    driver: "ebs.csi.aws.com",
    isMigrated: true,
    zoneKey: "topology.ebs.csi.aws.com/zone",
  },
  {
    name: "kubernetes.io/cinder",
    source: "cinder",
    driver: "cinder.csi.openstack.org",
    isMigrated: true,
    zoneKey: "topology.cinder.csi.openstack.org/zone",
  },
  { name: "kubernetes.io/azure-disk", source: "azureDisk", driver: "disk.csi.azure.com", isMigrated: true },
  { name: "kubernetes.io/portworx-volume", source: "portworxVolume", driver: "pxd.portworx.com", isMigrated: true },
  { name: "kubernetes.io/azure-file", source: "azureFile", driver: "file.csi.azure.com", isMigrated: false },
  {
    name: "kubernetes.io/vsphere-volume",
    source: "vsphereVolume",
    driver: "csi.vsphere.vmware.com",
    isMigrated: false,
  },
];

const UNSPECIFIED = "UNSPECIFIED";

const PLUGIN_OF = Object.fromEntries(PLUGINS.map((plugin) => [plugin.source, plugin])) as Readonly<
  Record<keyof InTreeVolumeSources, InTreePlugin>
>;

/** The plugin whose source is set, in a pod's volume or in a PersistentVolume's spec. Asked of every volume, most of CSI. */
export function inTreePluginOf(sources: InTreeVolumeSources | undefined): InTreePlugin | undefined {
  if (sources === undefined) return undefined;
  if (sources.gcePersistentDisk) return PLUGIN_OF.gcePersistentDisk;
  if (sources.awsElasticBlockStore) return PLUGIN_OF.awsElasticBlockStore;
  if (sources.cinder) return PLUGIN_OF.cinder;
  if (sources.azureDisk) return PLUGIN_OF.azureDisk;
  if (sources.portworxVolume) return PLUGIN_OF.portworxVolume;
  if (sources.azureFile) return PLUGIN_OF.azureFile;
  return sources.vsphereVolume ? PLUGIN_OF.vsphereVolume : undefined;
}

export function inTreePluginNamed(name: string): InTreePlugin | undefined {
  return PLUGINS.find((plugin) => plugin.name === name);
}

/**
 * The volume handle under which the driver of a migrated plugin knows a volume.
 *
 * @param labels those of the PersistentVolume; a pod's own volume has none
 */
export function csiHandleOf(
  { source }: InTreePlugin,
  sources: InTreeVolumeSources,
  labels: StringMap = {},
): string | TranslationError {
  switch (source) {
    case "gcePersistentDisk":
      return gceHandle(sources.gcePersistentDisk?.pdName ?? "", labels);
    case "awsElasticBlockStore":
      return ebsHandle(sources.awsElasticBlockStore?.volumeID ?? "");
    case "azureDisk":
      return azureHandle(sources.azureDisk ?? {});
    case "cinder":
      return sources.cinder?.volumeID ?? "";
    default:
      return sources.portworxVolume?.volumeID ?? "";
  }
}

/** The nodes that a PersistentVolume of a migrated plugin can be used from, in the driver's labels. */
export function csiNodeAffinityOf(
  plugin: InTreePlugin,
  { metadata, spec }: PersistentVolume,
): { readonly required: NodeSelector | undefined } | TranslationError {
  const handle = csiHandleOf(plugin, spec ?? {}, metadata?.labels);
  if (typeof handle !== "string") return handle;
  const required = spec?.nodeAffinity?.required ?? undefined;
  if (plugin.zoneKey === undefined) return { required };
  return { required: translateTopology(required, metadata?.labels ?? {}, plugin.zoneKey) };
}

function gceHandle(disk: string, labels: StringMap): string | TranslationError {
  const zones = (labels[BETA_ZONE] || labels[ZONE] || "").split(ZONE_DELIMITER);
  if (zones.length === 1) return `projects/${UNSPECIFIED}/zones/${zones[0] || UNSPECIFIED}/disks/${disk}`;
  const regions = new Set<string>();
  for (const zone of zones) {
    const parts = zone.split("-");
    if (parts.length !== 3) {
      const problem = `zone in unexpected format, expected: {locale}-{region}-{zone}, got: ${zone}`;
      return { error: `failed to get region from zones: ${problem}` };
    }
    regions.add(`${parts[0]}-${parts[1]}`);
  }
  const [region, ...others] = [...regions].sort();
  if (others.length === 0) return `projects/${UNSPECIFIED}/regions/${region}/disks/${disk}`;
  const found = [region, ...others].map((name) => `${name}:{}`).join(" ");
  return { error: `failed to get region from zones: multiple or no regions gotten from zones, got: map[${found}]` };
}

/** `vol-...` as it is, or out of `aws://ZONE/vol-...`. */
function ebsHandle(id: string): string | TranslationError {
  if (!id.startsWith("aws://")) return id;
  const path = /^aws:\/\/[^/?#]*([^?#]*)/.exec(id)?.[1] ?? "";
  const volume = path.replace(/^\/+|\/+$/g, "");
  if (/^vol-[^/]*$/.test(volume)) return volume;
  return { error: `failed to translate Kubernetes ID to EBS Volume ID Invalid format for AWS volume (${id})` };
}

function azureHandle({ diskURI = "", kind }: AzureDisk): string | TranslationError {
  const isManaged = kind === undefined || kind === null || kind.toLowerCase() === "managed";
  return isManaged ? diskURI : { error: `kind(${kind}) is not supported in csi migration` };
}

/**
 * Zones of the node affinity go under the driver's key; where it names none, those of the volume's zone label are added to
 * every term. Regions of the beta label go under the label that replaced it.
 */
function translateTopology(
  required: NodeSelector | undefined,
  labels: StringMap,
  zoneKey: string,
): NodeSelector | undefined {
  const terms = required?.nodeSelectorTerms ?? [];
  const isBeta = hasBetaTopology(terms, labels);
  const [zoneLabel, regionLabel] = isBeta ? [BETA_ZONE, BETA_REGION] : [ZONE, REGION];
  const renamed = new Map<string, string>();
  let added: NodeSelectorTerm["matchExpressions"] = [];
  if (hasValues(terms, zoneLabel)) renamed.set(zoneLabel, zoneKey);
  else {
    const values = zonesOf(labels[zoneLabel] ?? "");
    if (values.length > 0) added = [{ key: zoneKey, operator: "In", values }];
  }
  if (isBeta && hasValues(terms, regionLabel)) renamed.set(regionLabel, REGION);
  if (renamed.size === 0 && added.length === 0) return required;
  const translated = (terms.length === 0 ? [{}] : terms).map((term: NodeSelectorTerm) => ({
    ...term,
    matchExpressions: [
      ...(term.matchExpressions ?? []).map((one) => ({ ...one, key: renamed.get(one.key ?? "") ?? one.key ?? "" })),
      ...added,
    ],
  }));
  return { nodeSelectorTerms: translated };
}

/** Node affinity goes before labels, and in each the label of today before the beta label. */
function hasBetaTopology(terms: readonly NodeSelectorTerm[], labels: StringMap): boolean {
  const hasKey = (key: string) => terms.some((term) => term.matchExpressions?.some((one) => one.key === key));
  if (hasKey(ZONE)) return false;
  if (hasKey(BETA_ZONE)) return true;
  return !Object.hasOwn(labels, ZONE) && Object.hasOwn(labels, BETA_ZONE);
}

function hasValues(terms: readonly NodeSelectorTerm[], key: string): boolean {
  return terms.some((term) => term.matchExpressions?.some((one) => one.key === key && (one.values?.length ?? 0) > 0));
}

function zonesOf(label: string): string[] {
  const zones = label.split(ZONE_DELIMITER).map((zone) => zone.trim());
  return [...new Set(zones)].filter((zone) => zone !== "").sort();
}
