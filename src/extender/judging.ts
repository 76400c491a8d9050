/** Which of the offered nodes could take a pod: the profile's filters, then the managed resources. */

import type { Cluster } from "../cluster/cluster.js";
import { NO_SLOT } from "../cluster/node-record.js";
import { namespacedName, type Pod, priorityOf } from "../kube/objects.js";
import type { GivenRejection } from "../scheduler/explain.js";
import type { Judge } from "../scheduler/offers.js";
import { type ExtenderContext, profileOf, Undecidable, underProfile } from "./context.js";
import { managedJudge, needsOf } from "./managed.js";
import { nameAt, type Offer, wholeNode } from "./wire.js";

/** What is said of a node that cannot take the pod. */
export type Verdict = Pick<GivenRejection, "code" | "reasons">;

/** By the place in the offer; the nodes left out pass. */
export type Rejections = ReadonlyMap<number, Verdict>;

const UNKNOWN_NODE: Verdict = {
  code: "UnschedulableAndUnresolvable",
  reasons: ["node(s) the extender has not heard of"],
};

/** @throws Undecidable where a filter fails; BadRequest for a whole node that cannot be read */
export function judgeOffer(context: ExtenderContext, pod: Pod, offer: Offer): Rejections {
  const own = ownNode(context, pod);
  const rejected = new Map<number, Verdict>();
  const names = own === undefined ? [] : offer.names.map((_, index) => nameAt(offer, index));
  if (own !== undefined && names.includes(own)) {
    for (const [index, name] of names.entries()) if (name !== own) rejected.set(index, elsewhere(own));
    return rejected;
  }
  withoutOwn(context, pod, () =>
    withSlots(context, offer, (slots) => {
      const judge = judgeOf(context, pod);
      for (let index = 0; index < slots.length; index++) {
        const slot = slots[index]!;
        const verdict = slot === NO_SLOT ? UNKNOWN_NODE : verdictOf(context.source.cluster, pod, judge, slot);
        if (verdict !== undefined) rejected.set(index, verdict);
      }
    }),
  );
  if (rejected.size === offer.items.length) requireCurrent(context, offer, rejected);
  return rejected;
}

/**
 * A pod that no node can take waits for an event of the cluster, and none comes when all that happened is that the source has
 * caught up. An error is tried again soon.
 */
function requireCurrent({ source }: ExtenderContext, offer: Offer, rejected: Rejections): void {
  const why = "the cluster is not up to date here";
  const unknown = [...rejected].find(([, verdict]) => verdict === UNKNOWN_NODE)?.[0];
  if (unknown !== undefined) throw new Undecidable(`${why}: node ${nameAt(offer, unknown)} is not known`);
  if (source.isCurrent === false && rejected.size > 0) throw new Undecidable(`${why}: a watch is behind`);
}

/** The filters of the profile and the managed resources as one. */
export function judgeOf(context: ExtenderContext, pod: Pod): Judge {
  const { cluster } = context.source;
  const subject = underProfile(pod, profileOf(context, pod));
  const byProfile = context.scheduler.offers(subject).judge();
  const needs = needsOf(pod, context.managed);
  if (needs.size === 0) return byProfile;
  const byManaged = managedJudge(cluster, needs);
  return (slot) => byProfile(slot) ?? byManaged(slot);
}

/** Runs a question with the slots of the offered nodes. Whole ones that the cluster does not know are in it meanwhile. */
export function withSlots<T>({ source, nodeNames }: ExtenderContext, offer: Offer, ask: (slots: Int32Array) => T): T {
  const { cluster } = source;
  const slots = nodeNames.slotsOf(offer.bytes, offer.names);
  if (!offer.isWhole || !slots.includes(NO_SLOT)) return ask(slots);
  return asking(cluster, () => {
    for (const [index, slot] of slots.entries()) if (slot === NO_SLOT) cluster.upsertNode(wholeNode(offer, index));
    return ask(slots.map((_, index) => cluster.state.nodes.get(nameAt(offer, index))?.slot ?? NO_SLOT));
  });
}

/** Runs a question about a pod with the room that it takes itself, if any, free. */
export function withoutOwn<T>(context: ExtenderContext, pod: Pod, ask: () => T): T {
  const { cluster } = context.source;
  if (ownNode(context, pod) === undefined) return ask();
  return asking(cluster, () => {
    cluster.removePod(namespacedName(pod));
    return ask();
  });
}

/** Runs a question that changes the cluster, and takes the changes back. */
export function asking<T>(cluster: Cluster, ask: () => T): T {
  cluster.begin();
  try {
    return ask();
  } finally {
    cluster.rollback();
  }
}

/** The node that the pod is on already or on its way to, by the watch or by a promise. */
function ownNode({ source, promises }: ExtenderContext, pod: Pod): string | undefined {
  const key = namespacedName(pod);
  promises.find(key);
  const here = source.cluster.pod(key);
  return here !== undefined && here.pod.metadata?.uid === pod.metadata?.uid ? here.node : undefined;
}

function elsewhere(node: string): Verdict {
  return { code: "UnschedulableAndUnresolvable", reasons: [`the pod is on its way to node ${node}`] };
}

function verdictOf(cluster: Cluster, pod: Pod, judge: Judge, slot: number): Verdict | undefined {
  const rejection = judge(slot);
  if (rejection === undefined) return undefined;
  if (rejection.code === "Error") throw new Undecidable(rejection.reasons.join(", "));
  return rejection.code === "Unschedulable" && hasLowerPriority(cluster, slot, priorityOf(pod))
    ? { ...rejection, code: "UnschedulableAndUnresolvable" }
    : rejection;
}

/**
 * kube-scheduler's dry run of preemption does not ask extenders: where it could evict somebody it finds room with nobody
 * gone, and then fails for want of a victim. Calling the node unresolvable keeps it out of the dry run.
 */
function hasLowerPriority({ state }: Cluster, slot: number, priority: number): boolean {
  for (const { pod } of state.bySlot[slot]?.pods.values() ?? []) if (priorityOf(pod) < priority) return true;
  return false;
}
