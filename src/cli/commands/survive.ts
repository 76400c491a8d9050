/** `stowage survive`: manifests in, what each failure would do out. */

import type { Cluster } from "../../cluster/cluster.js";
import { type Issue, IssuesError } from "../../errors.js";
import { additionsFor } from "../../planning/additions.js";
import { domainsOf, type Level, MOST_NODES_FOR_PAIRS, ZONE_LABEL } from "../../planning/failures.js";
import type { Survival } from "../../planning/survival.js";
import { defaultLevels, survive } from "../../planning/survive.js";
import type { Scheduler } from "../../scheduler/scheduler.js";
import { flagIssue } from "../flag-issue.js";
import { readOffersFlag, sampleNodes, withDaemons } from "../offers-flag.js";
import { printSurvival, type SurviveFormat } from "../print/survive.js";
import { namesOf } from "../print/view.js";
import { startProgress } from "../progress.js";
import type { Terminal } from "../terminal.js";
import type { World } from "../world.js";
import { type Asked, answer } from "./question.js";
import type { SurviveArguments } from "./survive-options.js";

/** What came of it. `notMet`: a required level has a failure that is not survived. */
export type SurviveOutcome = "allGood" | "leftOver" | "notMet" | "badInput";

/**
 * Runs the command.
 *
 * @throws IssuesError for flags that make no sense and input without nodes
 */
export async function runSurvive(args: SurviveArguments, terminal: Terminal): Promise<SurviveOutcome> {
  const listed = await offersOf(args);
  const ask = async ({ cluster, scheduler, world }: Asked): Promise<SurviveOutcome> => {
    const required = (args.require ?? []).map(levelOf);
    const levels = levelsOf(args, required, cluster);
    const tried = await tryAll(args, levels, cluster, scheduler, world, terminal);
    const additions = await additionsFor(cluster, scheduler, world.pending, tried, {
      required,
      preempts: args.preempt,
      ...(listed && { offers: withDaemons(listed.offers, world) }),
    });
    const survival = { ...tried, additions };
    const unmet = survival.levels.filter((level) => level.survived < level.cases && required.some(isSame(level)));
    const names = namesOf([...world.existing, ...world.pending]);
    const view = { survival, required, unmet, currency: listed?.currency ?? "USD", ...names };
    terminal.out(await printSurvival(view, args.output as SurviveFormat, terminal.look));
    if (unmet.length > 0) return "notMet";
    return survival.leftOver.some(({ status }) => status !== "ignored") ? "leftOver" : "allGood";
  };
  return answer(args, terminal, ask, sampleNodes(listed?.offers ?? []));
}

/** What can be added; undefined where that is nodes like those that are there. @throws IssuesError */
async function offersOf({ offers, ...more }: SurviveArguments) {
  const issues: Issue[] = [];
  if (offers === undefined) {
    for (const flag of ["arch", "types", "burstable", "zones"] as const) {
      if (more[flag] !== undefined) issues.push(flagIssue(`--${flag}`, "chooses among --offers, and there are none"));
    }
  }
  const listed = offers === undefined ? undefined : await readOffersFlag({ ...more, offers }, issues);
  if (issues.length > 0) throw new IssuesError("ERR_INPUT", issues);
  return listed;
}

async function tryAll(
  args: SurviveArguments,
  levels: readonly Level[],
  cluster: Cluster,
  scheduler: Scheduler,
  { pending }: World,
  terminal: Terminal,
): Promise<Survival> {
  const progress = startProgress(args.quiet === true ? undefined : terminal.progressStream, "failures");
  try {
    return await survive(cluster, scheduler, pending, {
      levels,
      preempts: args.preempt,
      allowsLost: args.allowLost === true,
      onProgress: progress.update,
    });
  } finally {
    progress.stop();
  }
}

/** A level by its name on the command line; what is none of ours is a label. */
function levelOf(name: string): Level {
  if (name === "node" || name === "drain" || name === "pair") return { level: name };
  return { level: "domain", key: name === "zone" ? ZONE_LABEL : name };
}

/** The usual levels, and what the flags ask for beside them. */
function levelsOf(args: SurviveArguments, required: readonly Level[], cluster: Cluster): Level[] {
  const asked: Level[] = [
    ...(args.domain ?? []).map((key) => ({ level: "domain", key }) as const),
    ...(args.any === undefined ? [] : [{ level: "pair" } as const]),
    ...required,
  ];
  const levels = defaultLevels(cluster);
  for (const level of asked) if (!levels.some(isSame(level))) levels.push(level);
  const issues = levels.flatMap((level) => issueOf(level, cluster));
  if (issues.length > 0) throw new IssuesError("ERR_INPUT", issues);
  return levels;
}

/** A level that has nothing to fail, or too much. */
function issueOf({ level, key = "" }: Level, cluster: Cluster): Issue[] {
  if (level === "domain" && domainsOf(key, [...cluster.nodes()]).size === 0) {
    return [flagIssue(key, "no node has this label, so there is nothing to fail together")];
  }
  const { nodeCount } = cluster;
  if (level === "pair" && nodeCount < 2) return [flagIssue("--any 2", "there are no two nodes")];
  if (level !== "pair" || nodeCount <= MOST_NODES_FOR_PAIRS) return [];
  return [flagIssue("--any 2", `pairs are tried of up to ${MOST_NODES_FOR_PAIRS} nodes; there are ${nodeCount}`)];
}

function isSame(one: Level): (other: Level) => boolean {
  return (other) => one.level === other.level && one.key === other.key;
}
