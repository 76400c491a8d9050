/** The reference scheduler's verdicts on a world's incoming pods, placed one after the other. */

import { namespacedName, type Pod } from "../../src/kube/objects.js";
import type { World } from "../helpers/worlds.js";
import type { Compat } from "../reference/compat.js";
import { SchedulerError } from "../reference/plugin.js";
import { ReferenceScheduler, type RefNodeScore, type RefPreemption } from "../reference/scheduler.js";
import { isWaitingOnNode, startedPods } from "./incoming.js";
import type { Side, Verdict, VerdictPreemption, VerdictScore } from "./verdict.js";

/** It knows no volumes, so it cannot say what their plugins would. */
export const REFERENCE: Side = {
  name: "reference",
  missing: {
    filters: new Set(["VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone"]),
    scores: new Set(["VolumeBinding"]),
    preemption: false,
  },
  decide(world, { compat, diagnose = false }) {
    const verdicts = diagnose
      ? eachAlone(world).flatMap((alone) => referenceVerdicts(alone, compat))
      : referenceVerdicts(world, compat);
    return verdicts.map(({ preemption, ...verdict }) => ({
      ...verdict,
      ...(preemption && { preemption: preemptionOf(preemption) }),
    }));
  },
};

/** A verdict with preemption as the reference says it. */
interface ReferenceVerdict extends Omit<Verdict, "preemption"> {
  readonly preemption?: RefPreemption;
}

/** Each pod comes first into a world of its own. */
function eachAlone(world: World): World[] {
  return world.incoming.map((pod) => {
    const others = world.incoming.filter((other) => other !== pod && isWaitingOnNode(other));
    return { ...world, mode: "schedule", pods: [...world.pods, ...others], incoming: [pod] };
  });
}

function preemptionOf({ candidates, statuses, nominated }: RefPreemption): VerdictPreemption {
  return {
    candidates,
    statuses: Object.fromEntries(statuses),
    ...(nominated && { nominated: nominated.node }),
  };
}

export function referenceVerdicts(world: World, compat: Compat = "1.36"): ReferenceVerdict[] {
  const { nodes, config, objects, sampling = false } = world;
  const incoming = startedPods(world);
  const scheduler = new ReferenceScheduler({
    nodes,
    // A pod that waits in the queue keeps the room it was promised before its turn comes.
    pods: [...world.pods.map(startedLate), ...incoming.filter(isWaitingOnNode)],
    compat,
    ...(objects && { objects }),
    ...(config && { config }),
    tieBreak: sampling ? "heap" : "first",
    sampling,
  });
  return incoming.map((pod) => verdictOf(scheduler, pod, world.mode === "preempt"));
}

/** As the oracle has it: which of two pods without a start time is the younger depends on how upstream sorts. */
function startedLate(pod: Pod): Pod {
  if (!pod.spec?.nodeName) return pod;
  return { ...pod, status: { ...pod.status, startTime: pod.status?.startTime ?? "2100-01-01T00:00:00Z" } };
}

function verdictOf(scheduler: ReferenceScheduler, pod: Pod, isPreempting: boolean): ReferenceVerdict {
  const fit = scheduler.filter(pod);
  const scores = scoresOf(scheduler, pod, fit.feasible);
  const decision = scheduler.place(pod);
  if (decision.status === "gated" || decision.status === "ignored") return { pod: namespacedName(pod), ...decision };
  const preemption = decision.status === "unschedulable" ? scheduler.preempt(pod) : undefined;
  const verdict: ReferenceVerdict = {
    pod: namespacedName(pod),
    status: decision.status,
    ...(decision.status === "placed" ? { selected: decision.node } : { message: decision.message }),
    ...(fit.preFilter ? { preFilter: fit.preFilter } : { rejections: Object.fromEntries(fit.rejected) }),
    ...scores,
    ...(decision.status === "unschedulable" && { fullMessage: fullMessage(decision.message, preemption) }),
    ...(preemption && { preemption }),
  };
  return isPreempting ? { ...verdict, ...evictAndRetry(scheduler, pod, preemption) } : verdict;
}

function fullMessage(message: string, preemption: RefPreemption | undefined): string {
  return preemption?.message ? `${message} ${preemption.message}` : message;
}

/** The victims are gone at once, and the pod comes back with its nomination; it takes that node or none. */
function evictAndRetry(scheduler: ReferenceScheduler, pod: Pod, preemption: RefPreemption | undefined) {
  const nominated = preemption?.nominated;
  if (nominated === undefined) return {};
  for (const key of nominated.victims) scheduler.removePod(key);
  const again = { ...pod, status: { ...pod.status, nominatedNodeName: nominated.node } };
  const decision = scheduler.schedule(again);
  if (decision.status !== "placed" || decision.node !== nominated.node) {
    scheduler.attempt(again);
    return {};
  }
  scheduler.place(again);
  return { selected: nominated.node };
}

/** None where a PreScore plugin fails. */
function scoresOf(scheduler: ReferenceScheduler, pod: Pod, feasible: readonly string[]): Partial<ReferenceVerdict> {
  let byNode: Map<string, RefNodeScore>;
  try {
    byNode = scheduler.score(pod, feasible);
  } catch (error) {
    if (error instanceof SchedulerError) return {};
    throw error;
  }
  const scores: Record<string, Record<string, VerdictScore>> = {};
  const totals: Record<string, bigint> = {};
  for (const [node, { parts, total }] of byNode) {
    scores[node] = Object.fromEntries(parts);
    totals[node] = total;
  }
  return { scores, totals };
}
