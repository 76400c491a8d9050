/** Reading the filters' answers off the core's columns, node by node. */

import type { ClusterState } from "../cluster/state.js";
import { type Fit, type PreFilterStatus, type Rejection, type Unschedulable, unschedulable } from "./decision.js";
import { codeOf, countReasons, fitErrorText, type SlotRejection } from "./explain.js";
import type { Phases } from "./phases.js";
import type { Subject } from "./subject.js";

/** Every node of the running cycle: feasible, or rejected with its reasons. */
export function readFit(state: ClusterState, subject: Subject, phases: Phases): Fit {
  const verdicts = state.engine.bytesOf(state.engine.ids.COLUMN_VERDICT);
  const feasible: string[] = [];
  for (let slot = 0; slot < state.bySlot.length; slot++) {
    const record = state.bySlot[slot];
    if (record !== undefined && verdicts[slot] === 0) feasible.push(record.name);
  }
  return { feasible, rejected: [...readRejections(state, subject, phases)] };
}

/** The rejections of the running cycle, one by one: words are made once for all nodes that were rejected alike. */
export function* readRejections(
  { engine, bySlot }: ClusterState,
  subject: Subject,
  phases: Phases,
): Generator<Rejection> {
  const keyOf = phases.rejectionKeys(subject);
  const known = new Map<number | string, SlotRejection>();
  const verdicts = engine.bytesOf(engine.ids.COLUMN_VERDICT);
  const unresolvable = engine.bytesOf(engine.ids.COLUMN_UNRESOLVABLE);
  for (let slot = 0; slot < bySlot.length; slot++) {
    const record = bySlot[slot];
    const code = verdicts[slot] ?? 0;
    if (record === undefined || code === 0) continue;
    const key = keyOf(code, slot);
    const rejection = known.get(key) ?? phases.rejectionOf(subject, code, slot);
    known.set(key, rejection);
    const { plugin, reasons } = rejection;
    yield { node: record.name, code: codeOf(unresolvable[slot] ?? 0), plugin, reasons };
  }
}

/** Every node, rejected because PreFilter rejects the pod. */
export function rejectedAsWhole({ bySlot }: ClusterState, preFilter: PreFilterStatus): Fit {
  const rejected = bySlot.flatMap((record) => (record?.node === undefined ? [] : { node: record.name, ...preFilter }));
  return { feasible: [], rejected, preFilter };
}

/** Why the running cycle found no node feasible. */
export function unfit({ nodeCount }: ClusterState, subject: Subject, phases: Phases): Unschedulable {
  const reasons = countReasons(phases.rejectionGroups(subject));
  return unschedulable(subject.pod, fitErrorText(nodeCount, reasons), reasons);
}
