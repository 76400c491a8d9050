/** Which worlds exercise a plugin. */

import { ALL_THEMES, type Theme } from "../helpers/world-types.js";
import { type World, worldOf } from "../helpers/worlds.js";

const THEMES: Readonly<Record<string, readonly Theme[]>> = {
  SchedulingGates: ["gates"],
  NodeUnschedulable: ["unschedulable"],
  NodeName: ["nodeName"],
  TaintToleration: ["taints", "unschedulable", "config"],
  NodeAffinity: ["affinity", "config"],
  NodePorts: ["ports", "containers"],
  NodeResourcesFit: ["tight", "scalars", "notations", "containers", "podLevel", "resize", "config"],
  NodeResourcesBalancedAllocation: ["scalars", "notations", "containers", "podLevel", "resize", "config"],
  ImageLocality: ["images", "containers", "config"],
  VolumeRestrictions: ["volumes"],
  NodeVolumeLimits: ["volumes"],
  VolumeBinding: ["volumes"],
  VolumeZone: ["volumes"],
  PodTopologySpread: ["spread", "defaultSpread", "affinity", "taints", "profiles"],
  InterPodAffinity: ["interPod", "profiles"],
  DynamicResources: ["tight", "dra"],
  DefaultPreemption: ["preempt", "tight", "ports", "nominated"],
  NodeDeclaredFeatures: ["declaredFeatures"],
};

export const PLUGINS: readonly string[] = Object.keys(THEMES);

/** The world of this name: of any themes, or of those that exercise one plugin. @throws Error for an unknown plugin */
export function drawWorld(name: string, only?: string): World {
  if (only === undefined) return worldOf(name, { among: ALL_THEMES });
  const themes = THEMES[only];
  if (themes === undefined) throw new Error(`--only is one of ${PLUGINS.join(", ")}`);
  // The first theme is what the plugin is about; the others come and go.
  const [first, ...others] = themes;
  const bits = [...name].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 65_521, 7);
  return worldOf(name, { themes: [first!, ...others.filter((_, index) => ((bits >> index) & 1) === 1)] });
}
