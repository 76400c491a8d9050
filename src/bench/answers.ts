/** Answers before speed: schedulers with and without index must say the same before anything is timed. */

import type { Cluster } from "../cluster/cluster.js";
import { StowageError } from "../errors.js";
import type { Pod } from "../kube/objects.js";
import type { Decision } from "../scheduler/decision.js";
import { Scheduler } from "../scheduler/scheduler.js";
import { median, nowUs } from "./clock.js";
import { named } from "./setting.js";

/** Decisions that are compared. */
const COMPARED = 60;

/**
 * Places pods of the classes in turns, compares each decision with one that looks at every node, and takes them all back.
 *
 * @returns the median time of a decision that looks at every node: objects in, decisions out, microseconds
 * @throws StowageError ERR_INTERNAL where two answers differ
 */
export function compareAnswers(cluster: Cluster, pods: readonly Pod[]): number {
  const [fast, boring] = [new Scheduler(cluster), new Scheduler(cluster, { isIndexed: false })];
  const placed: string[] = [];
  const times: number[] = [];
  for (let turn = 0; turn < COMPARED; turn++) {
    const pod = named(pods[turn % pods.length]!, `compared-${turn}`);
    const start = nowUs();
    const expected = boring.schedule(pod);
    times.push(nowUs() - start);
    const found = fast.place(pod);
    assertSame(pod, expected, found);
    if (found.status === "placed") placed.push(found.key);
  }
  for (const key of placed) cluster.removePod(key);
  return median(times);
}

function assertSame({ metadata }: Pod, expected: Decision, found: Decision): void {
  const [scan, index] = [answerOf(expected), answerOf(found)];
  if (scan === index) return;
  const reason = `pod ${metadata?.name}: every node looked at says ${scan}, the index says ${index}`;
  throw new StowageError("ERR_INTERNAL", { reason });
}

function answerOf(decision: Decision): string {
  return decision.status === "placed" ? `${decision.node}, score ${decision.score}` : decision.message;
}
