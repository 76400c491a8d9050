/**
 * What a pod class sees of one node's spec and labels: the row of its static columns (static-columns.ts) for one slot, worked
 * out without a look at the other nodes, so that a node which comes, goes or changes does not end the class.
 */

import { normalizedImageName } from "../cluster/images.js";
import type { NodeRecord } from "../cluster/node-record.js";
import type { ClusterState } from "../cluster/state.js";
import type { PodSpec } from "../kube/objects.js";
import { matchesAll, matchesTerm, requirementsOfMap } from "../kube/requirement.js";
import { toleratesHardTaints } from "../kube/toleration.js";
import { parseTerms, requiredAffinity } from "./selectors.js";
import {
  countIntolerable,
  imageNamesOf,
  NONE,
  preferredTerms,
  type StaticColumns,
  type StaticNeeds,
  softTolerations,
  toleratesUnschedulable,
} from "./static-columns.js";

interface StaticRow {
  readonly verdict: number;
  readonly rawTaints: number;
  readonly rawAffinity: number;
}

const NO_NODE: StaticRow = { verdict: 0, rawTaints: 0, rawAffinity: 0 };

/**
 * Brings the columns up to the nodes at some slots. False when they cannot hold what those nodes are to the class, or when other
 * nodes are concerned too: build them anew.
 */
export function updateStaticColumns(
  state: ClusterState,
  spec: PodSpec,
  needs: StaticNeeds,
  statics: StaticColumns,
  slots: readonly number[],
): boolean {
  if (needs.scores.has("ImageLocality") && hasImages(state, spec, statics)) return false;
  return slots.every((slot) => {
    const record = state.bySlot[slot];
    const row = record === undefined ? NO_NODE : rowOf(state, spec, needs, statics, record);
    return writeRow(state, statics, slot, row);
  });
}

/** Scores of images depend on how many nodes there are, and how many have them. */
function hasImages({ images }: ClusterState, spec: PodSpec, { rawImages }: StaticColumns): boolean {
  if (rawImages !== NONE) return true;
  return !images.isEmpty && imageNamesOf(spec).some((name) => images.find(normalizedImageName(name)) !== undefined);
}

function rowOf(
  state: ClusterState,
  spec: PodSpec,
  needs: StaticNeeds,
  { nodeSet }: StaticColumns,
  record: NodeRecord,
): StaticRow {
  const { metadata, spec: nodeSpec } = record.node ?? {};
  const labels = metadata?.labels;
  const taints = nodeSpec?.taints ?? [];
  const { ids } = state.engine;
  const { filters, scores } = needs;
  let verdict = 0;
  if (nodeSpec?.unschedulable === true && filters.has("NodeUnschedulable") && !toleratesUnschedulable(spec)) {
    verdict |= ids.STATIC_UNSCHEDULABLE;
  }
  if (filters.has("NodeName") && spec.nodeName && spec.nodeName !== record.name) verdict |= ids.STATIC_NODE_NAME;
  // Most nodes have no taints, and most pods want any node: then nothing is made for them here.
  const isTainted = taints.length > 0;
  if (isTainted && filters.has("TaintToleration") && !toleratesHardTaints(taints, spec.tolerations)) {
    verdict |= ids.STATIC_TAINTS;
  }
  if (filters.has("NodeAffinity") && (spec.nodeSelector || spec.affinity || needs.addedAffinity)) {
    const added = needs.addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    const matches = (terms: ReturnType<typeof parseTerms>) =>
      terms.some((term) => matchesTerm(term, labels, record.name));
    if (added && !matches(parseTerms(added.nodeSelectorTerms))) verdict |= ids.STATIC_ADDED_AFFINITY;
    const required = requiredAffinity(spec);
    const passes =
      matchesAll(requirementsOfMap(spec.nodeSelector), labels) &&
      (!required || matches(parseTerms(required.nodeSelectorTerms)));
    if (!passes) verdict |= ids.STATIC_AFFINITY;
  }
  if (nodeSet !== undefined && !nodeSet.names.has(record.name)) verdict |= ids.STATIC_NODE_SET;
  const preferred = scores.has("NodeAffinity") ? preferredTerms(spec, needs) : undefined;
  const liked = preferred?.filter(({ term }) => matchesTerm(term, labels, record.name));
  return {
    verdict,
    rawTaints: isTainted && scores.has("TaintToleration") ? countIntolerable(taints, softTolerations(spec)) : 0,
    rawAffinity: liked?.reduce((sum, { weight }) => sum + weight, 0) ?? 0,
  };
}

/** False when a column is missing that would have to hold more than 0. */
function writeRow({ engine }: ClusterState, statics: StaticColumns, slot: number, row: StaticRow): boolean {
  if (statics.verdict !== NONE) engine.bytesOf(statics.verdict)[slot] = row.verdict;
  else if (row.verdict !== 0) return false;
  for (const column of ["rawTaints", "rawAffinity"] as const) {
    if (statics[column] !== NONE) engine.doublesOf(statics[column])[slot] = row[column];
    else if (row[column] !== 0) return false;
  }
  return true;
}
