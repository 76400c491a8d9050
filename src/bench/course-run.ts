/** The API boundary: a family's turns taken by a scheduler, from objects in to decisions out. */

import type { Cluster } from "../cluster/cluster.js";
import type { Decision, Preemption } from "../scheduler/decision.js";
import { Scheduler } from "../scheduler/scheduler.js";
import { nowUs } from "./clock.js";
import type { Change, Turn } from "./turns.js";

/** What came of a turn. */
export interface Answer {
  readonly decision: Decision;
  /** Where the family preempts and the pod fitted nowhere. */
  readonly preemption?: Preemption;
}

export class CourseRun {
  readonly #cluster: Cluster;
  readonly #scheduler: Scheduler;

  constructor(cluster: Cluster, isIndexed: boolean) {
    this.#cluster = cluster;
    this.#scheduler = new Scheduler(cluster, { isIndexed });
  }

  take({ changes, pod, preempts }: Turn): Answer {
    for (const change of changes) applyChange(this.#cluster, change);
    const decision = this.#scheduler.place(pod);
    if (!preempts || decision.status !== "unschedulable") return { decision };
    const preemption = this.#scheduler.preempt(pod);
    if (preemption.node === undefined) return { decision, preemption };
    for (const { key } of preemption.victims) this.#cluster.removePod(key);
    const nominated = { ...pod, status: { ...pod.status, nominatedNodeName: preemption.node } };
    return { decision: this.#scheduler.place(nominated), preemption };
  }
}

/** Does to a cluster what happens beside decisions. */
export function applyChange(cluster: Cluster, change: Change): void {
  switch (change.kind) {
    case "removePod":
      cluster.removePod(change.key);
      break;
    case "putNode":
      cluster.upsertNode(change.node);
      break;
    case "removeNode":
      for (const key of cluster.node(change.name)?.pods ?? []) cluster.removePod(key);
      cluster.removeNode(change.name);
      break;
    case "putObject":
      cluster.upsertObject(change.object);
      break;
    case "removeObject":
      cluster.removeObject(change.of, change.name, change.namespace);
      break;
  }
}

/** What was measured of turns. */
export interface CourseFigures {
  /** How many pods were decided, and how many of them have a node. */
  readonly pods: number;
  readonly placed: number;
  /** Time of each turn, microseconds. */
  readonly times: readonly number[];
}

/** Takes turns one after the other, until there are no more, there is no room left, or so many microseconds have gone by. */
export function measureCourse(cluster: Cluster, turns: Iterable<Turn>, mostUs: number): CourseFigures {
  const run = new CourseRun(cluster, true);
  const times: number[] = [];
  let [placed, passed] = [0, 0];
  for (const turn of turns) {
    if (passed > mostUs) break;
    const start = nowUs();
    const { decision } = run.take(turn);
    const us = nowUs() - start;
    if (decision.status !== "placed" && !turn.isHopeless) break;
    times.push(us);
    passed += us;
    placed += Number(decision.status === "placed");
  }
  return { pods: times.length, placed, times };
}
