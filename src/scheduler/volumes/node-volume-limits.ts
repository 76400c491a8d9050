/**
 * NodeVolumeLimits: how many volumes of a CSI driver can be attached to a node.
 * Source: k8s 1.36 pkg/scheduler/framework/plugins/nodevolumelimits.
 */

import type { ClusterObjects } from "../../cluster/objects.js";
import type { CSINode } from "../../kube/objects.js";
import { type DriversByVolume, volumeOfAttachment, volumesOfPod } from "./attached-volumes.js";
import { inTreePluginOf } from "./in-tree.js";
import type { VolumeNode } from "./node-terms.js";
import { claimOfVolume } from "./pod-claims.js";
import { unschedulable, type VolumeCycle, type VolumePlugin, type VolumeRejection } from "./volume-cycle.js";

const LIMIT_EXCEEDED = "node(s) exceed max volume count";

/** What counts depends on a node only by whether there is a CSINode for it; both cases are worked out when first met. */
export interface LimitsState {
  withCsiNode?: DriversByVolume | VolumeRejection;
  withoutCsiNode?: DriversByVolume | VolumeRejection;
}

export const nodeVolumeLimits: VolumePlugin<LimitsState> = {
  name: "NodeVolumeLimits",

  preFilter({ pod }) {
    const counts = (pod.spec?.volumes ?? []).some(
      (volume) => claimOfVolume(pod, volume) !== undefined || inTreePluginOf(volume) !== undefined,
    );
    return counts ? { state: {} } : { skip: true };
  },

  filter(cycle, state, node) {
    const csiNode = cycle.objects.get("CSINode", node.name);
    const wanted = wantedVolumes(cycle, state, csiNode !== undefined);
    if ("code" in wanted) return wanted;
    if (wanted.size === 0) return undefined;
    if (cycle.features.volumeLimitScaling) {
      for (const driver of wanted.values()) {
        if (isMissing(cycle, driver, csiNode)) {
          return unschedulable(`${driver} CSI driver is not installed on the node`);
        }
      }
    }
    const limits = limitsOf(csiNode);
    return limits.size === 0 ? undefined : checkLimits(cycle, wanted, limits, node);
  },
};

/** What the pod would attach to a node. */
export function wantedVolumes(
  cycle: VolumeCycle,
  state: LimitsState,
  hasCsiNode: boolean,
): DriversByVolume | VolumeRejection {
  const { objects, pod } = cycle;
  if (!hasCsiNode) {
    state.withoutCsiNode ??= volumesOfPod(objects, pod, { hasCsiNode, isAsker: true });
    return state.withoutCsiNode;
  }
  state.withCsiNode ??= volumesOfPod(objects, pod, { hasCsiNode, isAsker: true });
  return state.withCsiNode;
}

/** Whether a driver asks to be on a node before pods with its volumes, and is not. */
function isMissing({ objects }: VolumeCycle, driver: string, csiNode: CSINode | undefined): boolean {
  if (!mustBeInstalled(objects, driver)) return false;
  return csiNode?.spec?.drivers?.some(({ name = "" }) => name === driver) !== true;
}

export function mustBeInstalled(objects: ClusterObjects, driver: string): boolean {
  return objects.get("CSIDriver", driver)?.spec?.preventPodSchedulingIfMissing === true;
}

/** By CSINode, which is never changed in place. */
const keptLimits = new WeakMap<CSINode, ReadonlyMap<string, number>>();
const NO_LIMITS: ReadonlyMap<string, number> = new Map();

/** Counts of volumes by driver; drivers that state no limit have none. */
export function limitsOf(csiNode: CSINode | undefined): ReadonlyMap<string, number> {
  if (csiNode === undefined) return NO_LIMITS;
  const known = keptLimits.get(csiNode);
  if (known !== undefined) return known;
  const limits = new Map<string, number>();
  for (const { name = "", allocatable } of csiNode.spec?.drivers ?? []) {
    const count = allocatable?.count;
    if (count !== undefined && count !== null) limits.set(name, count);
  }
  keptLimits.set(csiNode, limits);
  return limits;
}

/** Volumes that pods use and volumes that are attached anyway count once; the pod's own count unless a pod uses them. */
function checkLimits(
  cycle: VolumeCycle,
  wanted: DriversByVolume,
  limits: ReadonlyMap<string, number>,
  node: VolumeNode,
): VolumeRejection | undefined {
  const ofPods: DriversByVolume[] = [];
  for (const { pod } of cycle.podsOnNode(node)) {
    if ((pod.spec?.volumes ?? []).length === 0) continue;
    // A pod may ask about the node that it is on.
    const volumes = pod === cycle.pod ? wanted : cycle.attached.of(pod);
    if ("code" in volumes) return volumes;
    if (volumes.size > 0) ofPods.push(volumes);
  }
  const most = ofPods.reduce(
    (sum, { size }) => sum + size,
    wanted.size + cycle.index.attachmentsOfNode(node.name).length,
  );
  const isRoomy = [...wanted.values()].every((driver) => most <= (limits.get(driver) ?? Number.POSITIVE_INFINITY));
  return isRoomy ? undefined : countVolumes(cycle, { wanted, ofPods, limits }, node);
}

/** Where the volumes may be too many. */
function countVolumes(
  cycle: VolumeCycle,
  {
    wanted,
    ofPods,
    limits,
  }: {
    readonly wanted: DriversByVolume;
    readonly ofPods: readonly DriversByVolume[];
    readonly limits: ReadonlyMap<string, number>;
  },
  node: VolumeNode,
): VolumeRejection | undefined {
  const attached = new Map(ofPods.flatMap((volumes) => [...volumes]));
  const added = [...wanted].filter(([volume]) => !attached.has(volume));
  for (const [volume, driver] of attachments(cycle, node)) {
    if (!attached.has(volume)) attached.set(volume, driver);
  }
  const total = countByDriver([...attached.values(), ...added.map(([, driver]) => driver)]);
  const isExceeded = added.some(([, driver]) => (total.get(driver) ?? 0) > (limits.get(driver) ?? Infinity));
  return isExceeded ? unschedulable(LIMIT_EXCEEDED) : undefined;
}

function attachments({ index, objects }: VolumeCycle, { name }: VolumeNode): DriversByVolume {
  return new Map(index.attachmentsOfNode(name).flatMap((each) => volumeOfAttachment(objects, each)));
}

function countByDriver(drivers: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const driver of drivers) counts.set(driver, (counts.get(driver) ?? 0) + 1);
  return counts;
}
