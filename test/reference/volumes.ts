/**
 * Volume plugins for pods that have no volumes they look at, which are all that this scheduler knows: they have nothing
 * to say, but fail where what they build on is switched off.
 */

import { type FilterPlugin, PASS, SchedulerError, type ScorePlugin } from "./plugin.js";

const skip = () => ({ skip: true, nodeFilter: PASS });

export const VOLUME_FILTERS: readonly FilterPlugin[] = [
  {
    name: "VolumeRestrictions",
    withoutPreFilter: 'cannot read "PreFilterVolumeRestrictions" from cycleState',
    prepare: skip,
  },
  { name: "NodeVolumeLimits", prepare: skip },
  { name: "VolumeBinding", withoutPreFilter: "not found", prepare: skip },
  { name: "VolumeZone", prepare: skip },
];

/** 1.37 scores every pod. */
export const VOLUME_SCORE: ScorePlugin = {
  name: "VolumeBinding",
  prepare({ profile, behaviour }) {
    if (behaviour.compat === "1.36") return undefined;
    if (!profile.points.preFilter.includes("VolumeBinding")) throw new SchedulerError("not found");
    return { score: () => 0n };
  },
};
