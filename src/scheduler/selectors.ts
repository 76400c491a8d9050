/** Node selectors over all nodes at once: requirements become tables over label columns, terms become columns of 0 and 1. */

import type { LabelColumn } from "../cluster/labels.js";
import type { ClusterState } from "../cluster/state.js";
import type { NodeSelector, NodeSelectorTerm, PodSpec } from "../kube/objects.js";
import {
  type LabelRequirement,
  matchesRequirement,
  type ParsedTerm,
  parseNodeSelectorTerm,
  requirementsOfMap,
} from "../kube/requirement.js";

const NODE_NAME_FIELD = "metadata.name";

/** Writes 1 into a u8 column for each node that satisfies all label requirements, else 0. */
export function matchLabels(state: ClusterState, requirements: readonly LabelRequirement[], out: number): void {
  state.engine.core.bytesFill(out, 1);
  for (const requirement of requirements) applyRequirement(state, state.labelColumn(requirement.key), requirement, out);
}

/** The same for a node selector term; a term that is empty or does not parse matches nothing. */
export function matchTerm(state: ClusterState, term: ParsedTerm, out: number): void {
  if (!term.ok || term.empty) {
    state.engine.core.bytesFill(out, 0);
    return;
  }
  matchLabels(state, term.expressions, out);
  for (const field of term.names) {
    if (field.key === NODE_NAME_FIELD) applyRequirement(state, state.nodeNameColumn(), field, out);
    else if (!matchesRequirement(field, "")) state.engine.core.bytesFill(out, 0);
  }
}

/** Writes 1 for each node that satisfies one of the terms. */
export function matchAnyTerm(state: ClusterState, terms: readonly ParsedTerm[], out: number): void {
  state.engine.core.bytesFill(out, 0);
  withByteColumn(state, (one) => {
    for (const term of terms) {
      matchTerm(state, term, one);
      state.engine.core.bytesOr(one, out);
    }
  });
}

/** Whether a pod goes to some nodes only, by its node selector or its required node affinity. */
export function requiresNodes(spec: PodSpec): boolean {
  return Object.keys(spec.nodeSelector ?? {}).length > 0 || Boolean(requiredAffinity(spec));
}

/** Writes 1 for each node that satisfies both the pod's node selector and its required node affinity. */
export function matchRequired(state: ClusterState, spec: PodSpec, out: number): void {
  matchLabels(state, requirementsOfMap(spec.nodeSelector), out);
  const required = requiredAffinity(spec);
  if (!required) return;
  withByteColumn(state, (matches) => {
    matchAnyTerm(state, parseTerms(required.nodeSelectorTerms), matches);
    state.engine.core.bytesAnd(matches, out);
  });
}

export function requiredAffinity({ affinity }: PodSpec): NodeSelector | null | undefined {
  return affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
}

export function parseTerms(terms: readonly NodeSelectorTerm[] | null | undefined): ParsedTerm[] {
  return (terms ?? []).map((term, index) => parseNodeSelectorTerm(term, `[${index}]`));
}

/** A column of bytes for the length of a call. */
export function withByteColumn<T>({ engine }: ClusterState, use: (column: number) => T): T {
  const column = engine.check(engine.core.columnAdd(0));
  try {
    return use(column);
  } finally {
    engine.core.columnFree(column);
  }
}

/** A table of bytes for the length of a call, filled by `fill`. */
export function withTable<T>(
  { engine }: ClusterState,
  size: number,
  fill: (table: Uint8Array) => void,
  use: (pointer: number) => T,
): T {
  const pointer = engine.alloc(size);
  try {
    fill(engine.bytesAt(pointer, size));
    return use(pointer);
  } finally {
    engine.core.arenaFree(pointer);
  }
}

function applyRequirement(state: ClusterState, label: LabelColumn, requirement: LabelRequirement, out: number): void {
  withTable(
    state,
    label.size,
    (table) => label.fillTable(requirement, table),
    (table) => state.engine.core.tableAnd(label.column, table, out),
  );
}
