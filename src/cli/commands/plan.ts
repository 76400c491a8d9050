/** `stowage plan`: manifests in, a plan out. */

import { Cluster } from "../../cluster/cluster.js";
import type { PlanOrder } from "../../planning/order.js";
import { type MadePlan, plan } from "../../planning/plan.js";
import { Scheduler } from "../../scheduler/scheduler.js";
import { collectGarbage } from "../heap.js";
import { type Format, printPlan } from "../print/print.js";
import { viewOf } from "../print/view.js";
import { startProgress } from "../progress.js";
import type { Terminal } from "../terminal.js";
import { readWorld, reportWorld, requireNodes, type World } from "../world.js";
import type { PlanArguments } from "./plan-options.js";
import { type PlanSettings, readSettings } from "./plan-settings.js";

/** What came of it. `badInput`: something could not be read, whether or not the rest was planned. */
export type PlanOutcome = "allPlaced" | "leftOver" | "badInput";

/**
 * Runs the command.
 *
 * @throws IssuesError for flags that make no sense and input without nodes.
 */
export async function runPlan(args: PlanArguments, terminal: Terminal): Promise<PlanOutcome> {
  const settings = await readSettings(args);
  const cluster = new Cluster({ compat: settings.compat });
  try {
    const scheduler = new Scheduler(cluster, settings.scheduler);
    const world = await readSelected(args, settings, cluster, terminal);
    const isBad = reportWorld(world, args.quiet === true, terminal);
    if (isBad && args.keepGoing !== true) return "badInput";
    requireNodes(cluster);
    collectGarbage();
    const made = await makePlan(args, cluster, scheduler, world, terminal);
    collectGarbage();
    for await (const part of printPlan(viewOf(made), args.output as Format, args.sort, terminal.look)) {
      await terminal.out(part);
    }
    if (isBad) return "badInput";
    return isComplete(made) ? "allPlaced" : "leftOver";
  } finally {
    cluster.dispose();
  }
}

/** No more of a world than is planned with: it would keep its pods as they were written, too. */
type Planned = Pick<World, "pending" | "existing" | "issues" | "notes">;

/** The world with the pending pods that are asked for. */
async function readSelected(
  { filename, nodes, assumeStorage }: PlanArguments,
  { maxYamlBytes, isSelected, warnings }: PlanSettings,
  cluster: Cluster,
  terminal: Terminal,
): Promise<Planned> {
  const world = await readWorld({ filename, nodes, assumeStorage, maxYamlBytes }, cluster, terminal);
  const pending = world.pending.filter(isSelected);
  const count = world.pending.length - pending.length;
  const passedBy = `${count === 1 ? "1 pod is" : `${count} pods are`} not in the plan, by --namespace or --selector`;
  return {
    pending,
    existing: world.existing,
    issues: [...warnings, ...world.issues],
    notes: count === 0 ? world.notes : [...world.notes, passedBy],
  };
}

async function makePlan(
  args: PlanArguments,
  cluster: Cluster,
  scheduler: Scheduler,
  { pending, existing }: Planned,
  terminal: Terminal,
): Promise<MadePlan> {
  const progress = startProgress(args.quiet === true ? undefined : terminal.progressStream, "pods");
  try {
    const options = {
      order: args.order as PlanOrder,
      preempts: args.preempt === true,
      onProgress: progress.update,
    };
    return await plan(cluster, scheduler, pending, existing, options);
  } finally {
    progress.stop();
  }
}

/** Whether every pod that is ours to place has a node; another scheduler's pods are not. */
function isComplete({ decisions }: MadePlan): boolean {
  return decisions.every(
    ({ fate: { status } }) => status === "placed" || status === "existing" || status === "ignored",
  );
}
