/**
 * What happens when a configuration runs a plugin's Filter without its PreFilter, or its Score without its PreScore: where
 * the plugin cannot do without what the earlier phase prepares, the cycle ends in an error. Source: k8s 1.36 and 1.37, the
 * state readers of each plugin.
 */

import type { Version } from "./compat.js";
import type { Profile } from "./profile.js";

const FILTER_ERRORS: Readonly<Record<string, string>> = {
  NodePorts: 'reading "PreFilterNodePorts" from cycleState: not found',
  NodeResourcesFit: 'error reading "PreFilterNodeResourcesFit" from cycleState: not found',
  VolumeRestrictions: 'cannot read "PreFilterVolumeRestrictions" from cycleState',
  VolumeBinding: "not found",
  PodTopologySpread: 'reading "PreFilterPodTopologySpread" from cycleState: not found',
  InterPodAffinity: 'error reading "PreFilterInterPodAffinity" from cycleState: not found',
  DynamicResources: "not found",
  NodeDeclaredFeatures: 'error reading "PreFilterNodeDeclaredFeatures" from cycle-state: not found',
};

const SCORE_ERRORS: Readonly<Record<string, string>> = {
  TaintToleration: 'failed to read "PreScoreTaintToleration" from cycleState: not found',
  PodTopologySpread: 'error reading "PreScorePodTopologySpread" from cycleState: not found',
  InterPodAffinity: 'failed to read "PreScoreInterPodAffinity" from cycleState: not found',
};

/** By filter plugin: the error of every node that it is asked about. */
export function filterErrors({ filter, preFilter }: Profile): ReadonlyMap<string, string> {
  const broken = filter.filter((name) => FILTER_ERRORS[name] !== undefined && !preFilter.includes(name));
  return new Map(broken.map((name) => [name, `running "${name}" filter plugin: ${FILTER_ERRORS[name]}`]));
}

/** The error that PreScore ends in. VolumeBinding reads what its PreFilter prepares, if it scores at all. */
export function missingForPreScore(
  plugin: string,
  { preFilter }: Profile,
  { scoresStorage }: Version,
): string | undefined {
  return plugin === "VolumeBinding" && scoresStorage && !preFilter.includes(plugin) ? "not found" : undefined;
}

/**
 * The error that scoring ends in: that of the first plugin in the order of scores. DynamicResources and VolumeBinding read
 * what their PreFilter prepares.
 *
 * @param preferenceError of the pod's preferred node affinity; without its PreScore, NodeAffinity finds it here
 */
export function scoreError(
  { score, preScore, preFilter }: Profile,
  { scoresStorage }: Version,
  preferenceError?: string,
): string | undefined {
  for (const { name } of score) {
    const readsPreFilter = name === "DynamicResources" || (name === "VolumeBinding" && scoresStorage);
    const ofScore = name === "NodeAffinity" ? preferenceError : SCORE_ERRORS[name];
    const [earlier, error] = readsPreFilter ? [preFilter, "not found"] : [preScore, ofScore];
    if (error !== undefined && !earlier.includes(name)) {
      return `running Score plugins: plugin "${name}" failed with: ${error}`;
    }
  }
  return undefined;
}

/** Whether every pod's filters or scores end in an error. */
export function isBroken(profile: Profile, version: Version): boolean {
  return (
    filterErrors(profile).size > 0 ||
    profile.preScore.some((plugin) => missingForPreScore(plugin, profile, version) !== undefined) ||
    scoreError(profile, version) !== undefined
  );
}

/** Plugins whose Reserve reads what their PreFilter prepares, in the order of the default profile. */
const RESERVING = ["VolumeBinding", "DynamicResources"];

/** The error that reserving ends in, after a node was chosen. */
export function reserveError({ reserve, preFilter }: Profile): string | undefined {
  const broken = reserve.find((name) => RESERVING.includes(name) && !preFilter.includes(name));
  return broken === undefined ? undefined : `running Reserve plugin "${broken}": not found`;
}
