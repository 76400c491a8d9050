/** Which of kube-scheduler's criteria told preemption's candidates apart. */

import { namespacedName, type Pod } from "../../src/kube/objects.js";
import type { World } from "../helpers/world-types.js";

export interface Candidate {
  readonly node: string;
  /** `namespace/name`, the most important first. */
  readonly victims: readonly string[];
  readonly pdbViolations?: number;
}

interface Victim {
  readonly priority: number;
  /** Milliseconds since 1970. */
  readonly started: number;
}

type Measure = (victims: readonly Victim[], violations: number) => number;

/** In upstream's order (k8s 1.36 pkg/scheduler/framework/preemption, pickOneNodeForPreemption); the least wins. */
const CRITERIA: readonly (readonly [string, Measure])[] = [
  ["budget violations", (_, violations) => violations],
  ["the highest priority", ([first]) => first!.priority],
  ["the sum of priorities", (victims) => victims.reduce((sum, { priority }) => sum + priority + 2 ** 31, 0)],
  ["the number of victims", (victims) => victims.length],
  ["the latest start", (victims) => -earliestStart(victims)],
];

export const CRITERION_NAMES = ["there being one node", ...CRITERIA.map(([name]) => name)];

/** The criterion that left one candidate; pods placed since the world began started one after the other. */
export function decidingCriterion(world: World, candidates: readonly Candidate[]): string {
  const victims = new Map<string, Victim>();
  for (const pod of world.pods) victims.set(namespacedName(pod), victimOf(pod, 0));
  for (const [index, pod] of world.incoming.entries()) {
    victims.set(namespacedName(pod), victimOf(pod, Date.UTC(2030, 0, 1) + index * 1000));
  }
  let left = candidates;
  if (left.length === 1) return CRITERION_NAMES[0]!;
  for (const [name, measure] of CRITERIA) {
    const values = left.map((candidate) =>
      measure(
        candidate.victims.map((key) => victims.get(key)!),
        candidate.pdbViolations ?? 0,
      ),
    );
    const least = Math.min(...values);
    left = left.filter((_, index) => values[index] === least);
    if (left.length === 1) return name;
  }
  return "nothing";
}

function victimOf({ spec, status }: Pod, fallback: number): Victim {
  const started = status?.startTime == null ? fallback : new Date(status.startTime).getTime();
  return { priority: spec?.priority ?? 0, started };
}

/** Among the victims of the highest priority. */
function earliestStart(victims: readonly Victim[]): number {
  const highest = Math.max(...victims.map(({ priority }) => priority));
  return Math.min(...victims.filter(({ priority }) => priority === highest).map(({ started }) => started));
}
