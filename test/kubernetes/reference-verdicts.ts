/** The reference scheduler's verdicts on a world's incoming pods, placed one after the other. */

import { namespacedName, type Pod } from "../../src/kube/objects.js";
import type { World } from "../helpers/worlds.js";
import { ReferenceScheduler, type RefNodeScore } from "../reference/scheduler.js";
import { SchedulerError } from "../reference/scores.js";
import type { Verdict, VerdictScore } from "./compare.js";

export function referenceVerdicts(world: World): Verdict[] {
  const { nodes, config, incoming } = world;
  // A pod that waits in the queue keeps the room it was promised before its turn comes.
  const pods = [...world.pods, ...incoming.filter((pod) => pod.status?.nominatedNodeName && !pod.spec?.nodeName)];
  const scheduler = new ReferenceScheduler({ nodes, pods, ...(config && { config }), tieBreak: "first" });
  return incoming.map((pod) => verdictOf(scheduler, pod));
}

function verdictOf(scheduler: ReferenceScheduler, pod: Pod): Verdict {
  const fit = scheduler.filter(pod);
  const scores = scoresOf(scheduler, pod, fit.feasible);
  const decision = scheduler.place(pod);
  return {
    pod: namespacedName(pod),
    status: decision.status,
    ...(decision.status === "placed" ? { selected: decision.node } : { message: decision.message }),
    ...(fit.preFilter ? { preFilter: fit.preFilter } : { rejections: Object.fromEntries(fit.rejected) }),
    ...scores,
  };
}

function scoresOf(scheduler: ReferenceScheduler, pod: Pod, feasible: readonly string[]): Partial<Verdict> {
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
