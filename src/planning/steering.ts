/**
 * An order in which the profile by itself takes pods to the nodes that a fleet has them on: whichever pod it would now take to
 * where one of its kind belongs comes next. Where it would take none there, some pod goes elsewhere, and the fleet may not do.
 */

import type { Pod } from "../kube/objects.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import type { Fleet } from "./fleet.js";
import type { FleetChecker, Way } from "./fleet-check.js";
import type { PodGroup } from "./pod-groups.js";
import { pauseUnlessAborted } from "./size-context.js";

/** Pods times kinds: each step may ask about a pod of each kind. */
const MOST_QUESTIONS = 100_000;
const STEPS_A_PAUSE = 100;

/** Pods of one kind by the node that they belong on; undefined where that is a node which was there before. */
type Waiting = Map<string | undefined, Pod[]>;

/** Undefined where it would take too long, or nobody has said who belongs where. */
export async function steered(
  checker: FleetChecker,
  fleet: Fleet,
  strategy: Way["strategy"],
  groups: readonly Pick<PodGroup, "pods">[],
  signal: AbortSignal | undefined,
): Promise<Fleet | undefined> {
  const { homes } = fleet;
  if (homes === undefined || homes.length * groups.length > MOST_QUESTIONS) return undefined;
  const kinds = waitingPods(fleet.order, homes, groups);
  const order: Pod[] = [];
  await checker.within(fleet.nodes, async () => {
    const scheduler = checker.scheduler(strategy);
    while (order.length < fleet.order.length) {
      if (order.length % STEPS_A_PAUSE === 0) await pauseUnlessAborted(signal);
      const pod = nextOf(kinds, scheduler);
      scheduler.place(pod);
      order.push(pod);
    }
  });
  return { ...fleet, order };
}

function waitingPods(
  order: readonly Pod[],
  homes: readonly (string | undefined)[],
  groups: readonly Pick<PodGroup, "pods">[],
): Waiting[] {
  const kindOf = new Map(groups.flatMap(({ pods }, kind) => pods.map((pod) => [pod, kind] as const)));
  const kinds: Waiting[] = groups.map(() => new Map());
  for (const [at, pod] of order.entries()) {
    const waiting = kinds[kindOf.get(pod)!]!;
    const known = waiting.get(homes[at]);
    if (known === undefined) waiting.set(homes[at], [pod]);
    else known.push(pod);
  }
  return kinds;
}

/** Taken from those that wait; a kind that was chosen is asked first the next time. */
function nextOf(kinds: Waiting[], scheduler: Scheduler): Pod {
  for (const [at, waiting] of kinds.entries()) {
    const [sample] = waiting.values().next().value ?? [];
    if (sample === undefined) continue;
    const decision = scheduler.schedule(sample);
    if (decision.status !== "placed" || !waiting.has(decision.node)) continue;
    kinds.unshift(...kinds.splice(at, 1));
    return taken(waiting, decision.node);
  }
  const open = kinds.find((waiting) => waiting.size > 0)!;
  return taken(open, open.keys().next().value);
}

function taken(waiting: Waiting, node: string | undefined): Pod {
  const pods = waiting.get(node)!;
  if (pods.length === 1) waiting.delete(node);
  return pods.pop()!;
}
