/**
 * An explanation as the JSON document of schema/explain.v1.json. Its maps by node and plugin are those that
 * kube-scheduler-simulator writes into a pod's annotations, with numbers where those have texts.
 */

import { priorityOf } from "../kube/objects.js";
import type { Decision, Preemption } from "./decision.js";
import type { NodeExplanation } from "./node-explanation.js";
import type { PreFilterVerdict } from "./pre-filter-story.js";

export const EXPLAIN_SCHEMA_VERSION = "stowage/explain.v1";

export type ByNodeAndPlugin<T> = Readonly<Record<string, Readonly<Record<string, T>>>>;

export interface ExplanationDocument {
  readonly schemaVersion: typeof EXPLAIN_SCHEMA_VERSION;
  /** `namespace/name`. */
  readonly pod: string;
  readonly status: Decision["status"];
  /** The chosen node; null when not placed. */
  readonly node: string | null;
  /** The FitError text without PostFilter's part, or why the pod was not decided; empty when placed. */
  readonly message: string;
  /** What kube-scheduler adds to the message after it has tried to preempt. */
  readonly postFilterMessage: string;
  /** The node that preemption would nominate, else the one that the pod is nominated to already. */
  readonly nominatedNode: string | null;
  /** Pods that would have to go from the nominated node, the most important one first. */
  readonly victims: readonly ExplainedVictim[];
  /** By plugin, in the profile's order. */
  readonly preFilterResult: Readonly<Record<string, ExplainedPreFilter>>;
  /** Every filter by itself: "passed", or its reasons joined by ", ". Plugins that skipped the pod are left out. */
  readonly filterResult: ByNodeAndPlugin<string>;
  /** Raw scores of the feasible nodes. */
  readonly scoreResult: ByNodeAndPlugin<number>;
  /** The same, brought to 0..100. */
  readonly normalizedResult: ByNodeAndPlugin<number>;
  /** The same, times the plugin's weight. */
  readonly finalScoreResult: ByNodeAndPlugin<number>;
  /** The sums of `finalScoreResult`. */
  readonly totals: Readonly<Record<string, number>>;
  /** All nodes with as many points as the chosen one, which is among them. */
  readonly ties: readonly string[];
}

export interface ExplainedVictim {
  /** `namespace/name`. */
  readonly pod: string;
  readonly priority: number;
  /** Whether a PodDisruptionBudget would be broken by it. */
  readonly violatesBudget: boolean;
}

export type ExplainedPreFilter = Omit<PreFilterVerdict, "plugin">;

/** What the document is made from. */
export interface Explained {
  readonly decision: Decision;
  readonly preFilter: readonly PreFilterVerdict[];
  readonly filters: readonly string[];
  readonly isJudged: boolean;
  nodes(): Iterable<NodeExplanation>;
  ties(): readonly string[];
  preemption(): Preemption | undefined;
}

const PASSED = "passed";

export function explanationDocument(explanation: Explained): ExplanationDocument {
  const { decision, preFilter } = explanation;
  const preemption = explanation.preemption();
  return {
    schemaVersion: EXPLAIN_SCHEMA_VERSION,
    pod: decision.key,
    status: decision.status,
    node: decision.status === "placed" ? decision.node : null,
    message: decision.status === "placed" ? "" : decision.message,
    postFilterMessage: preemption?.message ?? "",
    nominatedNode: preemption?.node ?? (decision.pod.status?.nominatedNodeName || null),
    victims: victimsOf(preemption),
    preFilterResult: Object.fromEntries(preFilter.map(({ plugin, ...verdict }) => [plugin, verdict])),
    ...nodeMaps(explanation),
    ties: explanation.ties(),
  };
}

function victimsOf(preemption: Preemption | undefined): ExplainedVictim[] {
  return (preemption?.victims ?? []).map(({ key, pod, violatesBudget }) => ({
    pod: key,
    priority: priorityOf(pod),
    violatesBudget,
  }));
}

type NodeMaps = Pick<
  ExplanationDocument,
  "filterResult" | "scoreResult" | "normalizedResult" | "finalScoreResult" | "totals"
>;

function nodeMaps(explanation: Explained): NodeMaps {
  const nodes = explanation.isJudged ? [...explanation.nodes()] : [];
  const part = (name: "raw" | "normalized" | "weighted"): ByNodeAndPlugin<number> =>
    Object.fromEntries(
      nodes.flatMap(({ node, scores }) =>
        scores === undefined
          ? []
          : [[node, Object.fromEntries(Object.entries(scores).map(([plugin, score]) => [plugin, score[name]]))]],
      ),
    );
  return {
    filterResult: Object.fromEntries(nodes.map((node) => [node.node, filterWords(node, explanation.filters)])),
    scoreResult: part("raw"),
    normalizedResult: part("normalized"),
    finalScoreResult: part("weighted"),
    totals: Object.fromEntries(nodes.flatMap(({ node, total }) => (total === undefined ? [] : [[node, total]]))),
  };
}

/** A rejection that only nominated pods cause is told as its plugin's, so that no rejected node seems to have passed. */
function filterWords({ failures, rejection }: NodeExplanation, filters: readonly string[]): Record<string, string> {
  const told = failures.length === 0 && rejection !== undefined ? [rejection] : failures;
  const words = new Map(told.map(({ plugin, reasons }) => [plugin, reasons.join(", ")]));
  return Object.fromEntries(filters.map((plugin) => [plugin, words.get(plugin) ?? PASSED]));
}
