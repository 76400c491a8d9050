/**
 * PreFilter and PreScore of the built-in plugins: what a plugin says of a pod before it looks at a node. Rejections and
 * errors in upstream's words.
 */

import type { Pod } from "../kube/objects.js";
import type { Version } from "./compat.js";
import { type PreFilterStatus, type Unschedulable, unschedulable } from "./decision.js";
import { preFilterErrorText } from "./explain.js";
import { missingForPreScore, scoreError } from "./missing-state.js";
import type { Profile } from "./profile.js";
import type { Subject } from "./subject.js";

type PreFilter = (subject: Subject) => Omit<PreFilterStatus, "plugin"> | undefined;

/** Plugins whose PreFilter can reject or fail; the others only prepare. */
const PRE_FILTERS: ReadonlyMap<string, PreFilter> = new Map<string, PreFilter>([
  ["NodeAffinity", ({ podClass }) => podClass.statics.preFilter],
  ["PodTopologySpread", ({ relations }) => failed(relations.spreadPreFilterError)],
  [
    "InterPodAffinity",
    ({ relations: { affinityError } }) =>
      affinityError === undefined
        ? undefined
        : { code: "UnschedulableAndUnresolvable", reasons: [`parsing pod: ${affinityError}`] },
  ],
]);

/** Plugins whose PreScore can fail. */
const PRE_SCORES: ReadonlyMap<string, (subject: Subject) => string | undefined> = new Map([
  ["NodeAffinity", ({ podClass }: Subject) => podClass.statics.preferenceError],
  ["PodTopologySpread", ({ relations }: Subject) => relations.spreadPreScoreError],
  [
    "InterPodAffinity",
    ({ relations: { affinityError } }: Subject) =>
      affinityError === undefined ? undefined : `failed to parse pod: ${affinityError}`,
  ],
]);

function failed(error: string | undefined): Omit<PreFilterStatus, "plugin"> | undefined {
  return error === undefined ? undefined : { code: "Error", reasons: [error] };
}

/** Whether any PreFilter has a word to say; most pods are asked no more than this. */
function mayBeRejected({ podClass: { statics }, relations, nodeFilters }: Subject): boolean {
  return (
    // What is known to close nodes does not reject the pod as a whole.
    (nodeFilters.closed === undefined && nodeFilters.preFilters.size > 0) ||
    statics.preFilter !== undefined ||
    statics.nodeSet !== undefined ||
    relations.spreadPreFilterError !== undefined ||
    relations.affinityError !== undefined
  );
}

/** Whether any PreScore may fail because of the pod, and not of the profile. */
export function mayFailPreScore({ podClass: { statics }, relations }: Subject): boolean {
  return (
    statics.preferenceError !== undefined ||
    relations.spreadPreScoreError !== undefined ||
    relations.affinityError !== undefined
  );
}

/**
 * Runs PreFilter in the profile's order. An error or an unresolvable rejection ends it at once; otherwise the last
 * rejection stands. Source: k8s
 * 1.36 pkg/scheduler/framework/runtime RunPreFilterPlugins.
 */
export function runPreFilters(subject: Subject, { preFilter }: Profile): PreFilterStatus | undefined {
  if (!mayBeRejected(subject)) return undefined;
  let outcome: PreFilterStatus | undefined;
  for (const [index, plugin] of preFilter.entries()) {
    const status = preFilterStatus(subject, plugin) ?? conflictOf(subject, preFilter, index);
    if (status === undefined) continue;
    if (status.code === "Error") {
      return { plugin, code: "Error", reasons: [`running PreFilter plugin "${plugin}": ${status.reasons.join(", ")}`] };
    }
    outcome = { plugin, ...status };
    if (status.code === "UnschedulableAndUnresolvable") return outcome;
  }
  return outcome;
}

/** Upstream blames no plugin when each leaves some nodes, and together they leave none. */
export function conflictOf(
  { podClass }: Subject,
  order: readonly string[],
  index: number,
): PreFilterStatus | undefined {
  const { nodeSet } = podClass.statics;
  if (nodeSet === undefined || nodeSet.names.size > 0) return undefined;
  if (nodeSet.by.some((plugin) => order.indexOf(plugin) > index)) return undefined;
  const reasons = [`node(s) didn't satisfy plugin(s) [${nodeSet.by.join(" ")}] simultaneously`];
  return { plugin: "", code: "UnschedulableAndUnresolvable", reasons };
}

/** What one plugin's PreFilter says of the pod as a whole; undefined when it prepares or skips. */
export function preFilterStatus(subject: Subject, plugin: string): ReturnType<PreFilter> {
  return PRE_FILTERS.get(plugin)?.(subject) ?? subject.nodeFilters.preFilters.get(plugin);
}

/** The first error of PreScore, or of a score that nothing was prepared for, in upstream's words. */
export function preScoreError(subject: Subject, profile: Profile, version: Version): string | undefined {
  for (const plugin of profile.preScore) {
    const error = PRE_SCORES.get(plugin)?.(subject) ?? missingForPreScore(plugin, profile, version);
    if (error !== undefined) return `running PreScore plugin "${plugin}": ${error}`;
  }
  return scoreError(profile, version, subject.podClass.statics.preferenceError);
}

/** The decision on a pod that a PreFilter rejects as a whole. */
export function preFiltered(pod: Pod, preFilter: PreFilterStatus, nodeCount: number): Unschedulable {
  const reasons = preFilter.reasons.map((reason) => ({ plugin: preFilter.plugin, reason, nodes: nodeCount }));
  return unschedulable(pod, preFilterErrorText(nodeCount, preFilter.reasons), reasons);
}
