/**
 * What every PreFilter plugin says of a pod, one by one: a decision needs only the outcome, an explanation all of it.
 * Source: k8s 1.36 pkg/scheduler/framework/runtime RunPreFilterPlugins, and the PreFilter of each plugin for when it skips.
 */

import type { ClusterState } from "../cluster/state.js";
import type { PreFilterStatus } from "./decision.js";
import { nodesLeftBy } from "./node-set.js";
import { conflictOf, preFilterStatus } from "./pre-phases.js";
import type { Profile } from "./profile.js";
import type { Subject } from "./subject.js";
import { skipsAffinity } from "./what-if.js";

export interface PreFilterVerdict {
  readonly plugin: string;
  /** `Skip`: the plugin has nothing to do with the pod, and its filter is not asked. */
  readonly code: "Success" | "Skip" | PreFilterStatus["code"];
  /** Empty unless the pod was rejected as a whole. */
  readonly reasons: readonly string[];
  /** The nodes that the plugin restricts the search to; left out when it does not. A name need not be a node's. */
  readonly nodes?: readonly string[];
}

/** Runs PreFilter in the profile's order, until a plugin fails or rejects the pod for good. */
export function preFilterStory(state: ClusterState, subject: Subject, profile: Profile): PreFilterVerdict[] {
  const story: PreFilterVerdict[] = [];
  for (const [index, plugin] of profile.preFilter.entries()) {
    const verdict = verdictOf(state, subject, profile, index, plugin);
    story.push(verdict);
    if (verdict.code === "Error" || verdict.code === "UnschedulableAndUnresolvable") break;
  }
  return story;
}

function verdictOf(
  state: ClusterState,
  subject: Subject,
  profile: Profile,
  index: number,
  plugin: string,
): PreFilterVerdict {
  const status = preFilterStatus(subject, plugin) ?? conflictOf(subject, profile.preFilter, index);
  if (status !== undefined) return { plugin, code: status.code, reasons: status.reasons };
  const skips = SKIPS.get(plugin) ?? hasNoNodeFilter;
  if (skips(subject, profile, state, plugin)) return { plugin, code: "Skip", reasons: [] };
  const nodes = nodesLeftBy(plugin, subject.pod.spec ?? {});
  return { plugin, code: "Success", reasons: [], ...(nodes && { nodes: [...nodes].sort() }) };
}

type Skips = (subject: Subject, profile: Profile, state: ClusterState, plugin: string) => boolean;

/** Of the plugins that the core filters by. */
const SKIPS: ReadonlyMap<string, Skips> = new Map<string, Skips>([
  ["NodeName", () => false],
  ["NodeUnschedulable", () => false],
  ["TaintToleration", () => false],
  ["NodeAffinity", skipsNodeAffinity],
  ["NodePorts", ({ podClass }) => podClass.shape.ports.length === 0],
  ["NodeResourcesFit", () => false],
  ["PodTopologySpread", ({ relations }) => relations.spreadFilter === 0],
  ["InterPodAffinity", (subject, _, state) => skipsAffinity(state, subject)],
]);

function skipsNodeAffinity({ pod }: Subject, { args }: Profile): boolean {
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  const asked = pod.spec?.affinity?.nodeAffinity?.[required] ?? args.NodeAffinity.addedAffinity?.[required];
  return (asked ?? pod.spec?.nodeSelector ?? undefined) === undefined;
}

/** Plugins that are asked node by node have no filter for the pods that they skip. */
function hasNoNodeFilter({ nodeFilters }: Subject, _profile: Profile, _state: ClusterState, plugin: string): boolean {
  return !nodeFilters.filters.has(plugin);
}
