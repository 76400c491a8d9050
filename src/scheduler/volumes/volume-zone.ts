/**
 * VolumeZone: a bound volume's zone and region labels must be the node's.
 * Source: k8s 1.36 pkg/scheduler/framework/plugins/volumezone.
 */

import type { PersistentVolume, PersistentVolumeClaim, StringMap } from "../../kube/objects.js";
import { quoteText } from "../go-text.js";
import type { VolumeNode } from "./node-terms.js";
import { BETA_REGION, BETA_ZONE, REGION, ZONE, ZONE_DELIMITER } from "./place-labels.js";
import { claimNotFound, classNotFound, classOfClaim, findClaim, volumeNotFound } from "./pod-claims.js";
import { unresolvable, type VolumeCycle, type VolumePlugin, type VolumeRejection } from "./volume-cycle.js";

const ZONE_CONFLICT = "node(s) had no available volume zone";

/** In the order in which they are looked at; a beta label may be met by the node's label that replaced it. */
export const TOPOLOGY_LABELS: ReadonlyMap<string, string> = new Map([
  [BETA_ZONE, ZONE],
  [BETA_REGION, REGION],
  [ZONE, ZONE],
  [REGION, REGION],
]);

export const TOPOLOGY_KEYS: readonly string[] = [...TOPOLOGY_LABELS.keys()];

/** Label by label, each by its own name: a loop over names takes as long as to find the volume. */
export function haveSameTopology(a: StringMap | undefined, b: StringMap | undefined): boolean {
  return (
    a?.[BETA_ZONE] === b?.[BETA_ZONE] &&
    a?.[BETA_REGION] === b?.[BETA_REGION] &&
    a?.[ZONE] === b?.[ZONE] &&
    a?.[REGION] === b?.[REGION]
  );
}

/** The zone that labels of a volume name, by whichever label. */
export function zoneAmong(labels: StringMap | undefined): string | undefined {
  return labels?.[BETA_ZONE] ?? labels?.[ZONE];
}

interface VolumeTopology {
  readonly key: string;
  readonly values: ReadonlySet<string>;
}

export interface ZoneState {
  readonly topologies: readonly VolumeTopology[];
}

export const volumeZone: VolumePlugin<ZoneState> = {
  name: "VolumeZone",

  preFilter(cycle) {
    const topologies: VolumeTopology[] = [];
    for (const { persistentVolumeClaim } of cycle.pod.spec?.volumes ?? []) {
      if (!persistentVolumeClaim) continue;
      const found = topologiesOfClaim(cycle, persistentVolumeClaim.claimName ?? "");
      if ("code" in found) return found;
      topologies.push(...found);
    }
    return topologies.length === 0 ? { skip: true } : { state: { topologies } };
  },

  filter(_cycle, state, node) {
    return isInZone(state, node) ? undefined : unresolvable(ZONE_CONFLICT);
  },
};

/** Whether the volumes can be used from where a node is; a node that is nowhere in particular takes all. */
export function isInZone({ topologies }: ZoneState, { node }: VolumeNode): boolean {
  if (topologies.length === 0) return true;
  const labels = node?.metadata?.labels;
  if (!labels || !isPlaced(labels)) return true;
  for (const { key, values } of topologies) {
    const value = labels[key] ?? labels[TOPOLOGY_LABELS.get(key) ?? key];
    if (value === undefined || !values.has(value)) return false;
  }
  return true;
}

/** Asked of every node for each kind of volume. */
function isPlaced(labels: StringMap): boolean {
  for (const key of TOPOLOGY_KEYS) if (key in labels) return true;
  return false;
}

/** Where a claim's volume is: nowhere in particular when it is yet to be bound to one. */
function topologiesOfClaim({ objects, pod }: VolumeCycle, name: string): VolumeTopology[] | VolumeRejection {
  if (name === "") return unresolvable("PersistentVolumeClaim had no name");
  const claim = findClaim(objects, pod, name);
  if (claim === undefined) return unresolvable(claimNotFound(name));
  const volumeName = claim.spec?.volumeName ?? "";
  if (volumeName === "") return rejectionOfUnbound(objects, claim) ?? [];
  const volume = objects.get("PersistentVolume", volumeName);
  return volume === undefined ? unresolvable(volumeNotFound(volumeName)) : topologiesOfVolume(volume);
}

function rejectionOfUnbound(
  objects: VolumeCycle["objects"],
  claim: PersistentVolumeClaim,
): VolumeRejection | undefined {
  const className = classOfClaim(claim);
  if (className === "") return unresolvable("PersistentVolumeClaim had no pv name and storageClass name");
  const storageClass = objects.get("StorageClass", className);
  if (storageClass === undefined) return unresolvable(classNotFound(className));
  const { volumeBindingMode: mode } = storageClass;
  if (mode === undefined || mode === null) {
    return unresolvable(`VolumeBindingMode not set for StorageClass ${quoteText(className)}`);
  }
  return mode === "WaitForFirstConsumer" ? undefined : unresolvable("PersistentVolume had no name");
}

/** A label with an empty element says nothing. */
export function topologiesOfVolume({ metadata }: PersistentVolume): VolumeTopology[] {
  const labels = metadata?.labels ?? {};
  return TOPOLOGY_KEYS.flatMap((key) => {
    const values = labels[key]?.split(ZONE_DELIMITER).map((value) => value.trim()) ?? [""];
    return values.includes("") ? [] : [{ key, values: new Set(values) }];
  });
}
