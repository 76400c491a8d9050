/** `stowage size`: manifests and offers in, the cheapest fleet out. */

import { Cluster } from "../../cluster/cluster.js";
import { controllerOf, type Pod } from "../../kube/objects.js";
import type { Offer } from "../../planning/offers.js";
import { size } from "../../planning/size.js";
import type { SizeProgress } from "../../planning/size-context.js";
import type { Size } from "../../planning/size-document.js";
import { Scheduler } from "../../scheduler/scheduler.js";
import { sampleNodes, withDaemons } from "../offers-flag.js";
import { printSize } from "../print/size.js";
import { startSearchProgress } from "../progress.js";
import { type SolverThread, startSolver } from "../solver-thread.js";
import type { Terminal } from "../terminal.js";
import { readWorld, reportWorld } from "../world.js";
import type { PlanOutcome } from "./plan.js";
import type { SizeArguments } from "./size-options.js";
import { readSizeSettings, type SizeSettings } from "./size-settings.js";

/** How soon an interrupt or the end of --time is seen while the solver works. */
const WATCH_MS = 50;

/**
 * Runs the command.
 *
 * @param isInterrupted asked now and then: true ends the search with the best so far.
 * @throws IssuesError for flags and offers that make no sense.
 */
export async function runSize(
  args: SizeArguments,
  terminal: Terminal,
  isInterrupted: () => boolean,
): Promise<PlanOutcome> {
  const settings = await readSizeSettings(args);
  const { plan, offers } = settings;
  const cluster = new Cluster({ compat: plan.compat });
  // It loads while the input is read.
  const starting = args.solver ? startSolver() : Promise.resolve("--no-solver");
  try {
    const { filename, nodes, assumeStorage } = args;
    const { maxYamlBytes } = plan;
    const samples = sampleNodes(offers);
    const world = await readWorld({ filename, nodes, assumeStorage, maxYamlBytes, samples }, cluster, terminal);
    const thread = await starting;
    const notes = typeof thread === "string" ? [withoutSolver(thread)] : [];
    const all = { issues: [...plan.warnings, ...world.issues], notes: [...world.notes, ...notes] };
    const isBad = reportWorld(all, args.quiet === true, terminal);
    if (isBad && args.keepGoing !== true) return "badInput";
    const pods = await placeDaemons(world.pending.filter(plan.isSelected), cluster, settings, terminal);
    const ready = withDaemons(offers, world);
    const found = await search(args, settings, cluster, pods, ready, thread, terminal, isInterrupted);
    terminal.out(await printSize(found, args.output, terminal.look));
    if (isBad) return "badInput";
    return found.status === "sized" ? "allPlaced" : "leftOver";
  } finally {
    const thread = await starting;
    if (typeof thread !== "string") await thread.stop();
    cluster.dispose();
  }
}

function withoutSolver(reason: string): string {
  return `the bound is weaker without HiGHS, the package highs (${reason.split("\n", 1)[0]})`;
}

/** The DaemonSets' pods of nodes that are there run there whatever is bought. @returns the others. */
async function placeDaemons(
  pods: readonly Pod[],
  cluster: Cluster,
  { plan }: SizeSettings,
  terminal: Terminal,
): Promise<Pod[]> {
  const isDaemon = (pod: Pod): boolean => controllerOf(pod)?.kind === "DaemonSet";
  const decisions = await new Scheduler(cluster, plan.scheduler).placeAll(pods.filter(isDaemon));
  for (const decision of decisions) {
    if (decision.status !== "placed") terminal.err(`note: ${decision.key} of a DaemonSet: ${decision.message}\n`);
  }
  return pods.filter((pod) => !isDaemon(pod));
}

async function search(
  { quiet }: SizeArguments,
  settings: SizeSettings,
  cluster: Cluster,
  pods: readonly Pod[],
  offers: readonly Offer[],
  thread: SolverThread | string,
  terminal: Terminal,
  isInterrupted: () => boolean,
): Promise<Size> {
  const progress = startSearchProgress(quiet === true ? undefined : terminal.progressStream);
  const begun = Date.now();
  const isLate = (): boolean => settings.timeMs !== undefined && Date.now() - begun > settings.timeMs;
  const isOver = (): boolean => isInterrupted() || isLate();
  // The search asks between two answers of the solver, of which one may take longer than anybody wants to wait.
  const watch = setInterval(() => {
    if (isOver() && typeof thread !== "string") thread.abandon();
  }, WATCH_MS);
  try {
    return await size(cluster, pods, offers, {
      ...settings.size,
      ...(typeof thread !== "string" && { solver: thread.solver }),
      isOver,
      onProgress: ({ done, cost, bound }: SizeProgress) => progress.update(done, cost, bound),
    });
  } finally {
    clearInterval(watch);
    progress.stop();
  }
}
