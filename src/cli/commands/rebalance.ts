/** `stowage rebalance`: a cluster in, moves out. */

import type { Cluster } from "../../cluster/cluster.js";
import { type Issue, IssuesError } from "../../errors.js";
import { type RebalanceOptions, rebalance } from "../../planning/rebalance.js";
import type { Goal, Rebalance } from "../../planning/rebalancing.js";
import type { Scheduler } from "../../scheduler/scheduler.js";
import { flagIssue } from "../flag-issue.js";
import { parsePrices } from "../price-flag.js";
import { printRebalance, type RebalanceFormat } from "../print/rebalance.js";
import { startProgress } from "../progress.js";
import type { Terminal } from "../terminal.js";
import type { World } from "../world.js";
import { answer } from "./question.js";
import type { RebalanceArguments } from "./rebalance-options.js";

/** What came of it. */
export type RebalanceOutcome = "allGood" | "badInput";

/**
 * Runs the command.
 *
 * @throws IssuesError for flags that make no sense and input without nodes
 */
export async function runRebalance(args: RebalanceArguments, terminal: Terminal): Promise<RebalanceOutcome> {
  const options = optionsOf(args);
  return answer(args, terminal, async ({ cluster, scheduler, world }) => {
    const found = await search(args, options, cluster, scheduler, world, terminal);
    const cordoned = [...cluster.nodes()].filter(({ object }) => object.spec?.unschedulable === true);
    const view = {
      rebalance: found,
      pods: [...world.existing, ...world.pending],
      cordoned: new Set(cordoned.map(({ name }) => name)),
    };
    terminal.out(await printRebalance(view, args.output as RebalanceFormat, terminal.look));
    return "allGood";
  });
}

async function search(
  args: RebalanceArguments,
  options: RebalanceOptions,
  cluster: Cluster,
  scheduler: Scheduler,
  { pending }: World,
  terminal: Terminal,
): Promise<Rebalance> {
  const progress = startProgress(args.quiet === true ? undefined : terminal.progressStream, "moves tried");
  try {
    return await rebalance(cluster, scheduler, pending, { ...options, onProgress: progress.update });
  } finally {
    progress.stop();
  }
}

/** @throws IssuesError with everything that is wrong with them */
function optionsOf({ goal, surge, maxMoves, minGain, budget, price }: RebalanceArguments): RebalanceOptions {
  const { priceOf, issues: found } = parsePrices(price ?? []);
  const issues: Issue[] = [...found];
  const mostMoves = numberOf("--max-moves", maxMoves, /^\d+$/, "is not a whole number", issues);
  const leastGain = numberOf("--min-gain", minGain, /^\d+(\.\d+)?$/, "is not a number from 0 on", issues);
  const most = numberOf("--budget", budget, /^\d+$/, "is not a whole number", issues);
  if (goal === "cost" && priceOf === undefined && found.length === 0) {
    issues.push(flagIssue("--goal cost", "needs prices; give them by --price TYPE=AMOUNT"));
  }
  if (issues.length > 0) throw new IssuesError("ERR_INPUT", issues);
  return {
    goal: goal as Goal,
    isSurge: surge === true,
    ...(priceOf && { priceOf }),
    ...(mostMoves !== undefined && { mostMoves }),
    ...(leastGain !== undefined && { leastGain }),
    ...(most !== undefined && { budget: most }),
  };
}

function numberOf(
  flag: string,
  text: string | undefined,
  form: RegExp,
  message: string,
  issues: Issue[],
): number | undefined {
  if (text === undefined) return undefined;
  if (form.test(text)) return Number(text);
  issues.push(flagIssue(`${flag} ${text}`, message));
  return undefined;
}
