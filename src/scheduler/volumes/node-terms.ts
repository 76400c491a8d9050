/** Which nodes a volume can be used from. */

import type { NodeRecord } from "../../cluster/node-record.js";
import { matchesAll, type ParsedTerm } from "../../kube/requirement.js";

/** A node by the parts that volumes look at. */
export type VolumeNode = Pick<NodeRecord, "name" | "node">;

/** The terms of a node affinity, one of which a node must satisfy; undefined: every node will do. */
export type NodeTerms = readonly ParsedTerm[] | undefined;

/** Whether a node satisfies one of the terms. Only labels count: upstream shows them no name, and passes over fields. */
export function matchesNode(terms: NodeTerms, { node }: VolumeNode): boolean {
  if (terms === undefined) return true;
  return terms.some((term) => term.ok && !term.empty && matchesAll(term.expressions, node?.metadata?.labels));
}
