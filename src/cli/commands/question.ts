/** What explain, survive and rebalance begin with: a cluster and a scheduler by the flags, and what the input holds. */

import { Cluster } from "../../cluster/cluster.js";
import type { Node } from "../../kube/objects.js";
import { Scheduler } from "../../scheduler/scheduler.js";
import type { Terminal } from "../terminal.js";
import { readWorld, reportWorld, requireNodes, type World } from "../world.js";
import type { QuestionArguments } from "./plan-options.js";
import { readSettings } from "./plan-settings.js";

/** What a question is asked about. The cluster is gone once it is answered. */
export interface Asked {
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  readonly world: World;
}

/**
 * Reads the input and answers, unless the input is bad, which is told.
 *
 * @param samples nodes that are not there, see {@link readWorld}
 * @throws IssuesError for flags that make no sense and input without nodes
 */
export async function answer<Outcome extends string>(
  args: QuestionArguments,
  terminal: Terminal,
  ask: (asked: Asked) => Promise<Outcome>,
  samples: readonly Node[] = [],
): Promise<Outcome | "badInput"> {
  const settings = await readSettings({ ...args, order: "queue", namespace: undefined, selector: undefined });
  const cluster = new Cluster({ compat: settings.compat });
  try {
    const scheduler = new Scheduler(cluster, settings.scheduler);
    const world = await readWorld({ ...args, samples, maxYamlBytes: settings.maxYamlBytes }, cluster, terminal);
    const issues = [...settings.warnings, ...world.issues];
    if (reportWorld({ ...world, issues }, args.quiet === true, terminal)) return "badInput";
    requireNodes(cluster);
    return await ask({ cluster, scheduler, world });
  } finally {
    cluster.dispose();
  }
}
