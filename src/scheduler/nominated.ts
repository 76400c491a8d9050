/**
 * Filtering with nominated pods: a node that is promised to pods of the same or a higher priority must do both with them
 * and without them. Source: k8s 1.36 pkg/scheduler/framework/runtime RunFilterPluginsWithNominatedPods.
 */

import type { Pod } from "../kube/objects.js";
import { namespacedName, priorityOf } from "../kube/objects.js";
import type { GivenRejection } from "./explain.js";
import type { Phases } from "./phases.js";
import { setUncounted } from "./spread-block.js";
import type { Subject } from "./subject.js";
import { inWhatIf, type WhatIfContext } from "./what-if.js";

export interface NominatedSearch extends WhatIfContext {
  readonly phases: Phases;
  /** Whether a nominated pod waits in the queue, so that its nomination counts. */
  readonly isQueued: (pod: Pod) => boolean;
}

/** Judges the nodes that others are nominated to once more. The other nodes keep what the filters said of them. */
export function filterNominated(search: NominatedSearch, subject: Subject): void {
  const { state, phases } = search;
  for (const nodeName of state.nominations.nodeNames()) {
    const slot = state.nodes.get(nodeName)?.slot ?? -1;
    if (slot < 0 || phases.isOutsideNodeSet(slot)) continue;
    const rejection = filterNode(search, subject, slot);
    if (rejection !== undefined) phases.give(slot, rejection);
  }
}

/** One node, with and without those nominated to it. Undefined when it does both times. */
export function filterNode(search: NominatedSearch, subject: Subject, slot: number): GivenRejection | undefined {
  const { nominations, bySlot } = search.state;
  const pods = nominations.on(bySlot[slot]?.name ?? "");
  return rejectionWith(search, subject, slot, rivals(search, subject.pod, pods));
}

function rejectionWith(
  search: NominatedSearch,
  subject: Subject,
  slot: number,
  others: readonly (readonly [string, Pod])[],
): GivenRejection | undefined {
  if (others.length > 0) {
    const { state, renew } = search;
    const nodeName = state.bySlot[slot]?.name ?? "";
    const added = others.map(([, pod]) => pod);
    const rejection = inWhatIf(search, subject, () => {
      for (const [key, pod] of others) state.occupy(key, pod, nodeName, true);
      renew(subject);
      return filterMoved(search, subject, slot, added);
    });
    if (rejection !== undefined) return rejection;
  }
  return filterMoved(search, subject, slot, []);
}

/** The filters on a node that `added` pods came to, and those of `subject.removed` left, in a what-if. */
function filterMoved(
  { state, phases }: NominatedSearch,
  subject: Subject,
  slot: number,
  added: readonly Pod[],
): GivenRejection | undefined {
  const { removed, relations, nodeFilters } = subject;
  if (added.length + removed.length === 0) return phases.filterOne(subject, slot);
  const { spreadFilter, hardConstraints } = relations;
  const count = (more: readonly Pod[], fewer: readonly Pod[]) => {
    if (spreadFilter !== 0) setUncounted(state, spreadFilter, hardConstraints, subject.pod, slot, more, fewer);
  };
  count(added, removed);
  subject.nodeFilters = nodeFilters.moved?.(added, removed) ?? nodeFilters;
  try {
    return phases.filterOne(subject, slot);
  } finally {
    count([], []);
    subject.nodeFilters = nodeFilters;
  }
}

function rivals(
  { isQueued }: NominatedSearch,
  pod: Pod,
  nominated: readonly (readonly [string, Pod])[],
): readonly (readonly [string, Pod])[] {
  const own = namespacedName(pod);
  return nominated.filter(([key, other]) => key !== own && priorityOf(other) >= priorityOf(pod) && isQueued(other));
}
