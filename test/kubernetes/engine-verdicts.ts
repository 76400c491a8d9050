/** The engine's verdicts on a world's incoming pods, placed one after the other, by one of the two binaries. */

import { Cluster } from "../../src/cluster/cluster.js";
import { coreModule } from "../../src/core/module.js";
import { StowageError } from "../../src/errors.js";
import { namespacedName, type Pod } from "../../src/kube/objects.js";
import type { Fit, Scores } from "../../src/scheduler/decision.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import type { World } from "../helpers/worlds.js";
import { toKubeSchedulerConfiguration } from "../reference/config.js";
import type { Verdict, VerdictRejection, VerdictScore } from "./compare.js";

export interface EngineOptions {
  /** The binary without vector kernels. */
  readonly scalar?: boolean;
}

export function engineVerdicts(world: World, options: EngineOptions = {}): Verdict[] {
  using cluster = new Cluster({ module: coreModule(options) });
  for (const node of world.nodes) cluster.upsertNode(node);
  for (const pod of world.pods) cluster.upsertPod(pod);
  const config = world.config && toKubeSchedulerConfiguration(world.config);
  const scheduler = new Scheduler(cluster, config === undefined ? {} : { config });
  return world.incoming.map((pod) => verdictOf(scheduler, pod));
}

function verdictOf(scheduler: Scheduler, pod: Pod): Verdict {
  const fit = scheduler.filter(pod);
  const scores = scoresOf(scheduler, pod, fit);
  const decision = scheduler.place(pod);
  if (decision.status === "unsupported" || decision.status === "ignored") {
    throw new Error(`${namespacedName(pod)} is ${decision.status}: ${decision.message}`);
  }
  return {
    pod: decision.key,
    status: decision.status,
    ...(decision.status === "placed" ? { selected: decision.node } : { message: decision.message }),
    ...scores,
    ...(fit.preFilter ? { preFilter: fit.preFilter } : { rejections: rejectionsOf(fit) }),
  };
}

function rejectionsOf({ rejected }: Fit): Record<string, VerdictRejection> {
  return Object.fromEntries(rejected.map(({ node, plugin, code, reasons }) => [node, { plugin, code, reasons }]));
}

/** None where a PreScore plugin fails. */
function scoresOf(scheduler: Scheduler, pod: Pod, fit: Fit): Pick<Verdict, "scores" | "totals"> {
  let nodes: Scores["nodes"];
  try {
    nodes = scheduler.score(pod, fit).nodes;
  } catch (error) {
    if (error instanceof StowageError && error.code === "ERR_OBJECT") return {};
    throw error;
  }
  const scores: Record<string, Record<string, VerdictScore>> = {};
  const totals: Record<string, number> = {};
  for (const { node, parts, total } of nodes) {
    scores[node] = { ...parts };
    totals[node] = total;
  }
  return { scores, totals };
}
