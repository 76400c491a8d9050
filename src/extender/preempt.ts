/**
 * The verb preempt: on which of the nodes that kube-scheduler would free the pod then passes the extender's own filters.
 * Where only what the extender manages is short, further pods of lower priority are named; where nothing helps, the node is
 * left out.
 */

import type { Cluster } from "../cluster/cluster.js";
import type { PodRecord } from "../cluster/node-record.js";
import { type Pod, priorityOf } from "../kube/objects.js";
import { VERSIONS } from "../scheduler/compat.js";
import { breakBudgets, budgetsOf, byImportance } from "../scheduler/disruption.js";
import { type ExtenderContext, requireSynced } from "./context.js";
import { asking, judgeOf } from "./judging.js";
import { needsOf } from "./managed.js";
import type { CandidateVictims, PreemptionArgs } from "./wire.js";

/** What stands in the answer for a node; never without a victim, which kube-scheduler would not survive. */
export interface Victims {
  readonly node: string;
  /** The most important one first. */
  readonly uids: readonly string[];
  /** A count of victims. */
  readonly pdbViolations: number;
}

/** @throws Undecidable, BadRequest */
export function preempt(context: ExtenderContext, { pod, candidates }: PreemptionArgs): Victims[] {
  requireSynced(context);
  return candidates.flatMap((candidate) => {
    const victims = candidate.victims.length === 0 ? undefined : victimsOn(context, pod, candidate);
    return victims === undefined ? [] : [victims];
  });
}

/** The candidates as the scheduler found them, without those that have no victim. */
export function asFound(candidates: readonly CandidateVictims[]): Victims[] {
  return candidates
    .filter(({ victims }) => victims.length > 0)
    .map(({ node, victims, pdbViolations }) => ({ node, uids: victims.map(({ uid }) => uid), pdbViolations }));
}

/** The ExtenderPreemptionResult. */
export function preemptionBody(nodes: readonly Victims[]): string {
  const entries = nodes.map(({ node, uids, pdbViolations }) => {
    const victims = { Pods: uids.map((UID) => ({ UID })), NumPDBViolations: pdbViolations };
    return `${JSON.stringify(node)}:${JSON.stringify(victims)}`;
  });
  return `{"NodeNameToMetaVictims":{${entries.join()}}}`;
}

function victimsOn(context: ExtenderContext, pod: Pod, candidate: CandidateVictims): Victims | undefined {
  const { cluster } = context.source;
  const record = cluster.state.nodes.get(candidate.node);
  if (record === undefined || record.node === undefined) return undefined;
  const uids = new Set(candidate.victims.map(({ uid }) => uid));
  const here = [...record.pods.values()];
  const named = here.filter(({ pod: { metadata } }) => uids.has(metadata?.uid ?? ""));
  const others = here.filter((each) => !named.includes(each) && priorityOf(each.pod) < priorityOf(pod));
  return asking(cluster, () => {
    for (const { key } of named) cluster.removePod(key);
    const more = furtherVictims(context, pod, record.slot, others);
    return more === undefined ? undefined : withMore(cluster, candidate, named, more);
  });
}

/** Who must go beside those that have gone, the least important ones; undefined where it does not help. */
function furtherVictims(
  context: ExtenderContext,
  pod: Pod,
  slot: number,
  others: readonly PodRecord[],
): PodRecord[] | undefined {
  const isFree = (): boolean => judgeOf(context, pod)(slot) === undefined;
  if (isFree()) return [];
  const { cluster } = context.source;
  const needs = needsOf(pod, context.managed);
  const holders = others.filter((each) =>
    [...needsOf(each.pod, context.managed).keys()].some((name) => needs.has(name)),
  );
  const more: PodRecord[] = [];
  for (const holder of byImportance(holders, podOf, Number.POSITIVE_INFINITY).reverse()) {
    cluster.removePod(holder.key);
    more.push(holder);
    if (isFree()) return more;
  }
  return undefined;
}

function withMore(cluster: Cluster, candidate: CandidateVictims, named: PodRecord[], more: PodRecord[]): Victims {
  const [found] = asFound([candidate]) as [Victims];
  if (more.length === 0) return found;
  const budgets = budgetsOf(cluster.state.objects.list("PodDisruptionBudget"));
  const all = byImportance([...named, ...more], podOf, Number.POSITIVE_INFINITY);
  const unseen = candidate.victims.filter(({ uid }) => !named.some(({ pod }) => pod.metadata?.uid === uid));
  const broken = breakBudgets(all.map(podOf), budgets, VERSIONS[cluster.compat].chargesAllBudgets);
  const breaks = all.filter((each, index) => broken[index] === true && more.includes(each)).length;
  const uids = [...all.map(({ pod }) => pod.metadata?.uid ?? ""), ...unseen.map(({ uid }) => uid)];
  return { node: candidate.node, uids, pdbViolations: found.pdbViolations + breaks };
}

function podOf({ pod }: PodRecord): Pod {
  return pod;
}
