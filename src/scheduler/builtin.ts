/**
 * The built-in plugins, one row each: which kernel of the core filters or scores, and the sentences of its rejections,
 * which are kube-scheduler's to the byte. Order and weights are the profile's (default-plugins.ts).
 */

import type { ClusterState } from "../cluster/state.js";
import type { Engine } from "../core/engine.js";
import type { CoreConstants } from "../core/exports.js";
import type { PodClass } from "./pod-class.js";

export interface BuiltinFilter {
  /** Rejects with `code` every node that is still feasible and does not pass. */
  reject(engine: Engine, podClass: PodClass, code: number): void;
  /** What the reasons depend on: bits of the static verdict, lacking resources, or nothing. */
  readonly reasonsBy: "static" | "lacking" | "nothing";
  /** The reasons for a node that this filter rejected in the running cycle. */
  reasons(state: ClusterState, podClass: PodClass, slot: number): readonly string[];
}

export interface BuiltinScore {
  readonly kernel: keyof CoreConstants;
  readonly normalize?: "default" | "reverse";
  /** Whether PreScore skips: the plugin then adds nothing. */
  skips(podClass: PodClass): boolean;
}

/** A filter on a node's own spec and labels, whose verdicts are bits of the class's static column. */
function staticFilter(bits: readonly (keyof CoreConstants)[], reasons: readonly string[]): BuiltinFilter {
  return {
    reasonsBy: "static",
    reject(engine, podClass, code) {
      const mask = bits.reduce((sum, bit) => sum | engine.ids[bit], 0);
      engine.core.cycleRejectStatic(podClass.block, mask, code);
    },
    reasons({ engine }, podClass, slot) {
      const verdict = engine.bytesOf(podClass.statics.verdict)[slot] ?? 0;
      const failed = bits.findIndex((bit) => (verdict & engine.ids[bit]) !== 0);
      return [reasons[failed] ?? ""];
    },
  };
}

export const BUILTIN_FILTERS: ReadonlyMap<string, BuiltinFilter> = new Map<string, BuiltinFilter>([
  ["NodeUnschedulable", staticFilter(["STATIC_UNSCHEDULABLE"], ["node(s) were unschedulable"])],
  ["NodeName", staticFilter(["STATIC_NODE_NAME"], ["node(s) didn't match the requested node name"])],
  ["TaintToleration", staticFilter(["STATIC_TAINTS"], ["node(s) had untolerated taint(s)"])],
  [
    "NodeAffinity",
    staticFilter(
      ["STATIC_ADDED_AFFINITY", "STATIC_AFFINITY"],
      ["node(s) didn't match scheduler-enforced node affinity", "node(s) didn't match Pod's node affinity/selector"],
    ),
  ],
  [
    "NodePorts",
    {
      reasonsBy: "nothing",
      reject: ({ core }, podClass, code) => core.portsFilter(podClass.block, code),
      reasons: () => ["node(s) didn't have free ports for the requested pod ports"],
    },
  ],
  [
    "NodeResourcesFit",
    {
      reasonsBy: "lacking",
      reject: ({ core }, podClass, code) => core.fitFilter(podClass.block, code),
      reasons: lackingReasons,
    },
  ],
]);

/** What NodeAffinity's PreFilter leaves out, as kube-scheduler words it for nodes that no filter looked at. */
export const NODE_SET_FILTER: BuiltinFilter = staticFilter(
  ["STATIC_NODE_SET"],
  ["node(s) didn't satisfy plugin(s) [NodeAffinity]"],
);

const NEVER_SKIPS = () => false;

export const BUILTIN_SCORES: ReadonlyMap<string, BuiltinScore> = new Map<string, BuiltinScore>([
  ["TaintToleration", { kernel: "SCORE_TAINTS", normalize: "reverse", skips: NEVER_SKIPS }],
  [
    "NodeAffinity",
    { kernel: "SCORE_AFFINITY", normalize: "default", skips: (podClass) => !podClass.statics.hasPreferences },
  ],
  ["NodeResourcesFit", { kernel: "SCORE_FIT", skips: NEVER_SKIPS }],
  ["NodeResourcesBalancedAllocation", { kernel: "SCORE_BALANCED", skips: (podClass) => podClass.isBestEffort }],
  ["ImageLocality", { kernel: "SCORE_IMAGES", skips: NEVER_SKIPS }],
]);

/** "Too many pods", then cpu, memory, ephemeral-storage, then the others by name, as k8s 1.36 fit.go has them. */
function lackingReasons({ engine, resources }: ClusterState, _podClass: PodClass, slot: number): readonly string[] {
  const { ids } = engine;
  const low = engine.wordsOf(ids.COLUMN_LACKING_LOW)[slot] ?? 0;
  const high = engine.wordsOf(ids.COLUMN_LACKING_HIGH)[slot] ?? 0;
  const lacking = resources.names.filter((_, id) => ((id < 32 ? low >>> id : high >>> (id - 32)) & 1) === 1);
  const order = ["pods", "cpu", "memory", "ephemeral-storage"];
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  lacking.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return lacking.map((name) => (name === "pods" ? "Too many pods" : `Insufficient ${name}`));
}
