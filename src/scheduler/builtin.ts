/**
 * The built-in plugins, one row each: which kernel of the core filters or scores, and the sentences of its rejections,
 * which are kube-scheduler's to the byte. Order and weights are the profile's (default-plugins.ts).
 */

import type { ClusterState } from "../cluster/state.js";
import type { Engine } from "../core/engine.js";
import type { CoreConstants } from "../core/exports.js";
import type { Version } from "./compat.js";
import type { Profile } from "./profile.js";
import type { Subject } from "./subject.js";

/** What a filter noted of a node that it rejected, as two words: 32 bits each. */
export interface Details {
  readonly low: number;
  readonly high: number;
}

export const NO_DETAILS: Details = { low: 0, high: 0 };

export interface BuiltinFilter {
  /** Rejects with `code` every node that is still feasible and does not pass. */
  reject(engine: Engine, subject: Subject, code: number): void;
  /** Where its details lie: bits of the static verdict, lacking resources, the detail column, or nowhere. */
  readonly detailsIn: "static" | "lacking" | "detail" | "nothing";
  /** How a diagnosis asks it, where it looks at each node by itself: which kernel of the core, and the static bits. */
  readonly step?: {
    readonly kernel: "STEP_STATIC" | "STEP_PORTS" | "STEP_FIT";
    readonly bits: readonly (keyof CoreConstants)[];
  };
  /** The reasons for a node that this filter rejected, by its details. */
  reasons(state: ClusterState, details: Details): readonly string[];
}

/** What a score may look at beside the pod. */
export interface ScoreSetting {
  readonly profile: Profile;
  readonly version: Version;
  /** The feasible nodes, by slot. */
  feasible(): Iterable<readonly [slot: number, nodeName: string]>;
}

export interface BuiltinScore {
  /** Writes raw scores of the feasible nodes into a column of doubles. False when PreScore skips: it adds nothing. */
  raw(engine: Engine, subject: Subject, out: number, setting: ScoreSetting): boolean;
  /** Brings the raw scores to 0..100, in place. */
  normalize?(engine: Engine, column: number): void;
}

/** A filter on a node's own spec and labels, whose verdicts are bits of the class's static column. */
function staticFilter(bits: readonly (keyof CoreConstants)[], reasons: readonly string[]): BuiltinFilter {
  return {
    detailsIn: "static",
    step: { kernel: "STEP_STATIC", bits },
    reject(engine, { podClass }, code) {
      const mask = bits.reduce((sum, bit) => sum | engine.ids[bit], 0);
      engine.core.cycleRejectStatic(podClass.block, mask, code);
    },
    reasons({ engine }, { low }) {
      const failed = bits.findIndex((bit) => (low & engine.ids[bit]) !== 0);
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
      detailsIn: "nothing",
      step: { kernel: "STEP_PORTS", bits: [] },
      reject: ({ core }, { podClass }, code) => core.portsFilter(podClass.block, code),
      reasons: () => ["node(s) didn't have free ports for the requested pod ports"],
    },
  ],
  [
    "NodeResourcesFit",
    {
      detailsIn: "lacking",
      step: { kernel: "STEP_FIT", bits: [] },
      reject: ({ core }, { podClass }, code) => core.fitFilter(podClass.block, code),
      reasons: lackingReasons,
    },
  ],
  [
    "PodTopologySpread",
    {
      detailsIn: "detail",
      reject: ({ core }, { relations }, code) => {
        if (relations.spreadFilter !== 0) core.spreadFilter(relations.spreadFilter, code);
      },
      reasons: detailReasons([
        "node(s) didn't match pod topology spread constraints",
        "node(s) didn't match pod topology spread constraints (missing required label)",
      ]),
    },
  ],
  [
    "InterPodAffinity",
    {
      detailsIn: "detail",
      reject: ({ core }, { relations }, code) => {
        if (relations.affinityFilter !== 0) core.affinityFilter(relations.affinityFilter, code);
      },
      reasons: detailReasons([
        "node(s) didn't match pod affinity rules",
        "node(s) didn't match pod anti-affinity rules",
        "node(s) didn't satisfy existing pods anti-affinity rules",
      ]),
    },
  ],
]);

/** What NodeAffinity's PreFilter leaves out, as kube-scheduler words it for nodes that no filter looked at. */
export const NODE_SET_FILTER: BuiltinFilter = staticFilter(
  ["STATIC_NODE_SET"],
  ["node(s) didn't satisfy plugin(s) [NodeAffinity]"],
);

const normalizeDefault = ({ core }: Engine, column: number): void => core.cycleNormalize(column, 0);
const normalizeReverse = ({ core }: Engine, column: number): void => core.cycleNormalize(column, 1);

/** A score that the core computes from the class block. */
function kernelScore(kernel: keyof CoreConstants, skips: (subject: Subject) => boolean = () => false) {
  return (engine: Engine, subject: Subject, out: number): boolean => {
    if (skips(subject)) return false;
    engine.core.cycleRaw(subject.podClass.block, engine.ids[kernel], out);
    return true;
  };
}

const scoreBalance = kernelScore("SCORE_BALANCED");

export const BUILTIN_SCORES: ReadonlyMap<string, BuiltinScore> = new Map<string, BuiltinScore>([
  ["TaintToleration", { raw: kernelScore("SCORE_TAINTS"), normalize: normalizeReverse }],
  [
    "NodeAffinity",
    {
      raw: kernelScore("SCORE_AFFINITY", ({ podClass }) => !podClass.statics.hasPreferences),
      normalize: normalizeDefault,
    },
  ],
  ["NodeResourcesFit", { raw: kernelScore("SCORE_FIT") }],
  [
    "NodeResourcesBalancedAllocation",
    {
      raw(engine, subject, out) {
        if (!subject.podClass.isBestEffort) return scoreBalance(engine, subject, out);
        engine.core.doublesClear(out);
        return !subject.podClass.skipsBalance;
      },
    },
  ],
  ["ImageLocality", { raw: kernelScore("SCORE_IMAGES") }],
  [
    "PodTopologySpread",
    {
      raw({ core }, { relations }, out) {
        if (relations.spreadScore === 0) return false;
        core.spreadScore(relations.spreadScore, out);
        return true;
      },
      normalize: ({ core }, column) => core.spreadNormalize(column),
    },
  ],
  [
    "InterPodAffinity",
    {
      raw: ({ core }, { relations }, out) =>
        relations.affinityScore !== 0 && core.affinityScore(relations.affinityScore, out) > 0,
      normalize: ({ core }, column) => core.affinityNormalize(column),
    },
  ],
  [
    // Unless the version scores storage, only a missing PreScore keeps the plugin from skipping.
    "VolumeBinding",
    {
      raw(engine, { nodeFilters }, out, { profile, version, feasible }) {
        engine.core.doublesClear(out);
        if (!version.scoresStorage) return !profile.preScore.includes("VolumeBinding");
        const scores = engine.doublesOf(out);
        for (const [slot, nodeName] of feasible()) scores[slot] = nodeFilters.storageScore?.(nodeName) ?? 0;
        return true;
      },
    },
  ],
  [
    // A pod without claims gets 0 on every node.
    "DynamicResources",
    {
      raw({ core }, _, out) {
        core.doublesClear(out);
        return true;
      },
    },
  ],
]);

/** Words by the detail column. */
function detailReasons(sentences: readonly string[]): BuiltinFilter["reasons"] {
  return (_, { low }) => [sentences[low] ?? ""];
}

/** What the core noted of the resources that a node lacks, by slot. */
export function lackingDetails({ engine }: ClusterState): (slot: number) => Details {
  const low = engine.wordsOf(engine.ids.COLUMN_LACKING_LOW);
  const high = engine.wordsOf(engine.ids.COLUMN_LACKING_HIGH);
  return (slot) => ({ low: low[slot] ?? 0, high: high[slot] ?? 0 });
}

/** "Too many pods", then cpu, memory, ephemeral-storage, then the others by name, as k8s 1.36 fit.go has them. */
export function lackingReasons({ resources }: ClusterState, { low, high }: Details): readonly string[] {
  const lacking = resources.names.filter((_, id) => ((id < 32 ? low >>> id : high >>> (id - 32)) & 1) === 1);
  const order = ["pods", "cpu", "memory", "ephemeral-storage"];
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  lacking.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return lacking.map((name) => (name === "pods" ? "Too many pods" : `Insufficient ${name}`));
}
