/** What-ifs inside a decision: the cluster changes, the filters are asked, and everything is as before. */

import type { ClusterState } from "../cluster/state.js";
import type { Subject } from "./subject.js";

export interface WhatIfContext {
  readonly state: ClusterState;
  /** Brings a subject up to date after the cluster has changed. */
  readonly renew: (subject: Subject) => void;
}

/**
 * Runs `ask`, which changes the cluster, renews the subject and asks; then takes the changes back. What PreFilter said of the
 * pod before the outermost what-if stands in it: a plugin that skipped the pod is not asked again.
 */
export function inWhatIf<T>({ state, renew }: WhatIfContext, subject: Subject, ask: () => T): T {
  const outer = subject.skipsAffinity;
  subject.skipsAffinity ??= skipsAffinity(state, subject);
  state.undo.begin();
  try {
    return ask();
  } finally {
    state.undo.rollback();
    subject.skipsAffinity = outer;
    renew(subject);
  }
}

/** Whether InterPodAffinity's PreFilter skips the pod as things are now. */
export function skipsAffinity({ engine }: ClusterState, { relations }: Subject): boolean {
  return relations.affinityFilter === 0 || engine.core.affinitySkips(relations.affinityFilter) !== 0;
}
