/** `stowage explain`: manifests and a pod in, the reasons out. */

import type { Cluster } from "../../cluster/cluster.js";
import { type Issue, IssuesError } from "../../errors.js";
import type { Pod } from "../../kube/objects.js";
import { explainPod, type PodStory } from "../../planning/explain.js";
import type { Scheduler } from "../../scheduler/scheduler.js";
import { nearNames } from "../near.js";
import { type ExplainFormat, printStory } from "../print/explain.js";
import type { Terminal } from "../terminal.js";
import type { World } from "../world.js";
import type { ExplainArguments } from "./explain-options.js";
import { findPod } from "./explain-target.js";
import { answer } from "./question.js";

/** What came of it, by the same words as of a plan. */
export type ExplainOutcome = "allPlaced" | "leftOver" | "badInput";

/**
 * Runs the command.
 *
 * @throws IssuesError for flags that make no sense, input without nodes, and a pod or node that is not there
 */
export async function runExplain(args: ExplainArguments, terminal: Terminal): Promise<ExplainOutcome> {
  const top = readTop(args.top);
  return answer(args, terminal, async ({ cluster, scheduler, world }) => {
    const pod = findPod(args.pod, args.namespace, world);
    const nodes = checkNodes(args.node ?? [], cluster);
    const story = await tell(cluster, scheduler, pod, world, args);
    const view = { story, filledIn: world.defaultedIn(pod), top, nodes };
    terminal.out(await printStory(view, args.output as ExplainFormat, terminal.look));
    return story.explanation.decision.status === "placed" ? "allPlaced" : "leftOver";
  });
}

function tell(
  cluster: Cluster,
  scheduler: Scheduler,
  pod: Pod,
  { pending }: World,
  { node, afterPlan }: ExplainArguments,
): Promise<PodStory> {
  const before = pending.filter((other) => other !== pod);
  return explainPod(cluster, scheduler, pod, {
    ...(node && { rooms: node }),
    ...(afterPlan === true && { before }),
  });
}

function readTop(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw badFlags([{ code: "bad-flag", severity: "error", path: `--top ${text}`, message: "is not a whole number" }]);
}

/** The names given, each of which must be a node's. */
function checkNodes(names: readonly string[], cluster: Cluster): readonly string[] {
  const unknown = names.filter((name) => cluster.node(name) === undefined);
  if (unknown.length === 0) return names;
  const known = [...cluster.nodes()].map(({ name }) => name);
  throw badFlags(
    unknown.map((name) => {
      const near = nearNames(name, known);
      const hint = near.length === 0 ? "" : `; did you mean ${near.join(", ")}?`;
      return { code: "bad-flag", severity: "error", path: `--node ${name}`, message: `no node is called so${hint}` };
    }),
  );
}

function badFlags(issues: readonly Issue[]): IssuesError {
  return new IssuesError("ERR_INPUT", issues);
}
