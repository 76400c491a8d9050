/** `stowage plan`: manifests in, a plan out. */

import { Cluster } from "../../cluster/cluster.js";
import { readObjects } from "../../cluster/read.js";
import { formatIssue, type Issue, IssuesError } from "../../errors.js";
import { isFinished, type KubeObject, type Pod } from "../../kube/objects.js";
import { type ManifestOptions, type Manifests, type NotExpanded, parseManifests } from "../../manifests.js";
import type { PlanOrder } from "../../planning/order.js";
import { type Plan, plan } from "../../planning/plan.js";
import { Scheduler } from "../../scheduler/scheduler.js";
import { type Inputs, readInputs } from "../inputs.js";
import { makeNodes } from "../nodes-flag.js";
import { type Format, printPlan } from "../print/print.js";
import { viewOf } from "../print/view.js";
import { startProgress } from "../progress.js";
import type { Terminal } from "../terminal.js";
import type { PlanArguments } from "./plan-options.js";
import { type PlanSettings, readSettings } from "./plan-settings.js";

/** What came of it. `badInput`: something could not be read, whether or not the rest was planned. */
export type PlanOutcome = "allPlaced" | "leftOver" | "badInput";

/** What the input holds, in the cluster and beside it. */
interface World {
  readonly pending: readonly Pod[];
  readonly existing: readonly Pod[];
  readonly issues: readonly Issue[];
  /** Said to the user, but no problems. */
  readonly notes: readonly string[];
}

/**
 * Runs the command.
 *
 * @throws IssuesError for flags that make no sense and input without nodes.
 */
export async function runPlan(args: PlanArguments, terminal: Terminal): Promise<PlanOutcome> {
  const settings = await readSettings(args);
  const cluster = new Cluster();
  try {
    const scheduler = new Scheduler(cluster, settings.scheduler);
    const world = await readWorld(args, settings, cluster, terminal);
    const isBad = reportIssues(world, args.quiet === true, terminal);
    if (isBad && args.keepGoing !== true) return "badInput";
    if (cluster.nodeCount === 0) throw noNodes();
    const made = await makePlan(args, cluster, scheduler, world, terminal);
    const view = viewOf(made, [...world.existing, ...world.pending]);
    terminal.out(await printPlan(view, args.output as Format, args.sort, terminal.look));
    if (isBad) return "badInput";
    return isComplete(made) ? "allPlaced" : "leftOver";
  } finally {
    cluster.dispose();
  }
}

async function readWorld(
  args: PlanArguments,
  settings: PlanSettings,
  cluster: Cluster,
  terminal: Terminal,
): Promise<World> {
  const inputs = await readInputs(args.filename, terminal.readStdin);
  const { maxYamlBytes } = settings;
  const parsed = parseInput(inputs.texts, args.nodes ?? [], { ...(maxYamlBytes !== undefined && { maxYamlBytes }) });
  const read = readObjects(parsed.objects, cluster, { areChecked: true });
  const pending = read.pending.filter(settings.isSelected);
  const notes = passedOver(parsed.notExpanded);
  if (pending.length < read.pending.length) {
    const count = read.pending.length - pending.length;
    notes.push(`${count === 1 ? "1 pod is" : `${count} pods are`} not in the plan, by --namespace or --selector`);
  }
  const existing = parsed.objects.filter(isExisting);
  if (read.pending.length + existing.length === 0) notes.push("the input has no pods");
  return {
    pending,
    existing,
    issues: [...settings.warnings, ...inputs.issues, ...parsed.issues, ...read.issues],
    notes,
  };
}

/** What made no pods: a line each where pods are missing because of it, one line for all that never make any. */
function passedOver(kinds: readonly NotExpanded[]): string[] {
  const named = ({ kind, count }: NotExpanded): string => (count === 1 ? kind : `${count} ${kind}`);
  const idle = kinds.filter(({ makesPods }) => !makesPods).map(named);
  return [
    ...kinds.filter(({ makesPods }) => makesPods).map((kind) => `${named(kind)}: ${kind.reason}`),
    ...(idle.length > 0 ? [`passed over: ${idle.join(", ")}`] : []),
  ];
}

/** The manifests together with the nodes of `--nodes`, which are numbered again where the input has some of their names. */
function parseInput(texts: Inputs["texts"], nodeValues: readonly string[], options: ManifestOptions): Manifests {
  const { nodes } = makeNodes(nodeValues);
  const parsed = parseManifests(texts, { ...options, nodes });
  const made = new Set(nodes.map((node) => node.metadata?.name ?? ""));
  const seen = new Set<string>();
  const taken = new Set<string>();
  for (const { kind, metadata } of parsed.objects) {
    const name = metadata?.name ?? "";
    if (kind !== "Node") continue;
    if (seen.has(name) || !made.has(name)) taken.add(name);
    seen.add(name);
  }
  if (![...taken].some((name) => made.has(name))) return parsed;
  return parseManifests(texts, { ...options, nodes: makeNodes(nodeValues, taken).nodes });
}

/** A pod that has its node and has not finished. */
function isExisting(object: KubeObject): object is KubeObject & Pod {
  if (object.kind !== "Pod") return false;
  const pod = object as Pod;
  return Boolean(pod.spec?.nodeName) && !isFinished(pod);
}

/** Writes what was found. @returns whether some of it is an error. */
function reportIssues({ issues, notes }: World, isQuiet: boolean, terminal: Terminal): boolean {
  for (const issue of issues) {
    const isWarning = issue.severity === "warning";
    if (!isWarning || !isQuiet) terminal.err(`${isWarning ? "warning: " : ""}${formatIssue(issue)}\n`);
  }
  if (!isQuiet) for (const note of notes) terminal.err(`note: ${note}\n`);
  const errors = issues.filter((issue) => issue.severity === "error").length;
  if (errors > 0) terminal.err(`stowage: ${errors === 1 ? "1 problem" : `${errors} problems`} in the input\n`);
  return errors > 0;
}

function noNodes(): IssuesError {
  const message = "the input has no Node objects; say which nodes there are, as in --nodes 3x4cpu,16Gi";
  return new IssuesError("ERR_INPUT", [{ code: "no-nodes", severity: "error", path: "", message }]);
}

async function makePlan(
  args: PlanArguments,
  cluster: Cluster,
  scheduler: Scheduler,
  { pending, existing }: World,
  terminal: Terminal,
): Promise<Plan> {
  const progress = startProgress(args.quiet === true ? undefined : terminal.progressStream, "pods");
  try {
    const options = { order: args.order as PlanOrder, onProgress: progress.update };
    return await plan(cluster, scheduler, pending, existing, options);
  } finally {
    progress.stop();
  }
}

/** Whether every pod that is ours to place has a node; another scheduler's pods are not. */
function isComplete({ decisions }: Plan): boolean {
  return decisions.every(({ status }) => status === "placed" || status === "existing" || status === "ignored");
}
