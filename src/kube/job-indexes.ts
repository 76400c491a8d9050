/** The indexes of an Indexed Job's pods. k8s 1.36 pkg/controller/job/indexed_job_utils.go. */

import type { Pod } from "./objects.js";
import type { Workload } from "./workload.js";

/** A label of the pods; of pods that were made before 1.28, an annotation alone. */
export const COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index";

interface Interval {
  readonly first: number;
  readonly last: number;
}

/** Whether each pod of a Job has an index of its own. */
export function isIndexed(job: Workload["spec"]): boolean {
  return job?.completionMode === "Indexed" && typeof job.completions === "number";
}

/** The first indexes that neither are done nor have failed for good nor belong to one of the pods; at most `count` of them. */
export function pendingIndexes(
  { completions }: NonNullable<Workload["spec"]>,
  status: Workload["status"],
  pods: readonly Pod[],
  count: number,
): number[] {
  const done = [...intervalsIn(status?.completedIndexes), ...intervalsIn(status?.failedIndexes)];
  const own = pods.flatMap(({ metadata }) =>
    intervalsIn(metadata?.labels?.[COMPLETION_INDEX] ?? metadata?.annotations?.[COMPLETION_INDEX]),
  );
  const taken = [...done, ...own].sort((a, b) => a.first - b.first);
  const pending: number[] = [];
  const all = completions ?? 0;
  let index = 0;
  for (const { first, last } of [...taken, { first: all, last: all }]) {
    const end = Math.min(first, all);
    for (; index < end && pending.length < count; index += 1) pending.push(index);
    index = Math.max(index, last + 1);
  }
  return pending;
}

/** As a Job's status has them, "1,3-5,7"; what is none is passed over, as the controller does. */
function intervalsIn(text: unknown): Interval[] {
  if (typeof text !== "string") return [];
  return [...text.matchAll(/(?:^|,)(\d+)(?:-(\d+))?(?=,|$)/g)].map(([, first, last = first]) => ({
    first: Number(first),
    last: Number(last),
  }));
}
