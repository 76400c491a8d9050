/**
 * What the volumes of a pod ask of its node, where all its claims are bound and nobody else uses its volumes: where they can
 * be used from, and how many each driver has to attach. Pods whose volumes ask the same share what is kept of the nodes,
 * whatever their claims are called.
 */

import type { NodeRecord } from "../../cluster/node-record.js";
import type { AttachedTallies } from "./attached-tallies.js";
import { hasUnclearDriver } from "./attached-tallies.js";
import type { DriversByVolume } from "./attached-volumes.js";
import { csiHandleOf } from "./in-tree.js";
import { type LimitsState, mustBeInstalled, wantedVolumes } from "./node-volume-limits.js";
import { type BindingState, type BoundClaim, checkBound } from "./volume-binding.js";
import type { VolumeCycle } from "./volume-cycle.js";
import { isInZone, TOPOLOGY_LABELS, type ZoneState } from "./volume-zone.js";

/** What the PreFilters of the volume plugins prepared for a pod; undefined where they skip it. */
export interface PreparedVolumes {
  readonly binding: BindingState | undefined;
  readonly zone: ZoneState | undefined;
  readonly limits: LimitsState | undefined;
}

export interface VolumeNeeds {
  /** The content: equal needs have equal keys. */
  readonly key: string;
  /** How many volumes each driver has to attach; none of them is attached anywhere. */
  readonly attaching: ReadonlyMap<string, number>;
  /** The same as a text. */
  readonly attachingKey: string;
  /** Whether a node's CSINode has a say in where the volumes can be used from. */
  readonly readsCsiNodes: boolean;
  /** Whether the volumes can be used from a node. */
  reaches(node: NodeRecord): boolean;
}

const NOTHING: DriversByVolume = new Map();

/** The needs; undefined where only the plugins can tell, node by node. `tallies` are in step. */
export function needsOf(
  cycle: VolumeCycle,
  { binding, zone, limits }: PreparedVolumes,
  tallies: AttachedTallies,
): VolumeNeeds | undefined {
  const { bound = [], selected = [], open = [] } = binding ?? {};
  if (selected.length + open.length > 0 || tallies.isBroken || !bound.every(isPlain)) return undefined;
  const volumes = limits === undefined ? NOTHING : wantedVolumes(cycle, limits, true);
  if ("code" in volumes || hasUnclearDriver(volumes)) return undefined;
  const attaching = new Map<string, number>();
  for (const [volume, driver] of volumes) {
    if (tallies.isAttached(volume)) return undefined;
    if (cycle.features.volumeLimitScaling && mustBeInstalled(cycle.objects, driver)) return undefined;
    attaching.set(driver, (attaching.get(driver) ?? 0) + 1);
  }
  const topologies = zone?.topologies ?? [];
  const { objects, index } = cycle;
  const attachingKey = JSON.stringify([...attaching]);
  const places = [bound.map(placeOf), topologies.map(({ key, values }) => [key, ...values])];
  return {
    key: `${JSON.stringify(places)} ${attachingKey}`,
    attaching,
    attachingKey,
    readsCsiNodes: bound.some(({ plugin }) => plugin !== undefined),
    reaches: (node) =>
      checkBound({ objects, index }, bound, node) === undefined && (zone === undefined || isInZone(zone, node)),
  };
}

/** Whether the volume is there, and if it has to be translated, can be. */
function isPlain({ volume, plugin }: BoundClaim): boolean {
  if (volume === undefined) return false;
  return plugin === undefined || typeof csiHandleOf(plugin, volume.spec ?? {}, volume.metadata?.labels) === "string";
}

/** All that says from where a volume can be used; of its labels a driver that took over reads those of zones and regions. */
function placeOf({ volume, plugin }: BoundClaim): readonly unknown[] {
  const required = volume?.spec?.nodeAffinity?.required;
  if (plugin === undefined) return [required];
  return [required, plugin.name, [...TOPOLOGY_LABELS.keys()].map((key) => volume?.metadata?.labels?.[key])];
}
