/** The engine's verdicts on a world's incoming pods, by one of its two binaries. */

import { Cluster } from "../../src/cluster/cluster.js";
import { coreModule } from "../../src/core/module.js";
import { StowageError } from "../../src/errors.js";
import { namespacedName, type Pod } from "../../src/kube/objects.js";
import { BUILTIN_FILTERS, BUILTIN_SCORES } from "../../src/scheduler/builtin.js";
import type { Fit, Preemption, Scores } from "../../src/scheduler/decision.js";
import type { Explanation } from "../../src/scheduler/explanation.js";
import type { NodeExplanation } from "../../src/scheduler/node-explanation.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { configurationOf, type World } from "../helpers/world-types.js";
import { isWaitingOnNode, startedPods } from "./incoming.js";
import { missingBeside } from "./missing.js";
import type { DecideOptions, Side, Verdict, VerdictPreemption, VerdictRejection, VerdictScore } from "./verdict.js";

/** Filters that are asked node by node, outside the core. */
const NODE_BY_NODE = ["VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone", "NodeDeclaredFeatures"];

export const ENGINE: Side = {
  name: "engine",
  missing: {
    ...missingBeside(new Set([...BUILTIN_FILTERS.keys(), ...NODE_BY_NODE]), BUILTIN_SCORES),
    preemption: false,
  },
  decide: decideOrDecline,
};

/** Quantities of 2^53 or more are refused, where kube-scheduler goes on counting: the one place where both part ways. */
function decideOrDecline(world: World, options: DecideOptions): Verdict[] {
  try {
    return engineVerdicts(world, options);
  } catch (error) {
    if (!(error instanceof StowageError && error.code === "ERR_QUANTITY" && /2\^53 or more/.test(error.message)))
      throw error;
    const message = "a quantity of 2^53 or more";
    return world.incoming.map((pod) => ({ pod: namespacedName(pod), status: "unsupported", message }));
  }
}

/** When pods started that do not say when: the oracle has them be the youngest of all. */
const LATE_START_MS = Date.UTC(2100, 0, 1);

export interface EngineOptions extends Partial<DecideOptions> {
  /** The binary without vector kernels. */
  readonly scalar?: boolean;
}

export function engineVerdicts(world: World, options: EngineOptions = {}): Verdict[] {
  const { scalar = false, compat = "1.36", diagnose = false } = options;
  using cluster = new Cluster({ module: coreModule({ scalar }), compat });
  // Priority classes have done their work when a scheduler comes to see a pod.
  const { priorityClasses: _, ...objects } = world.objects ?? {};
  for (const object of Object.values(objects).flat()) cluster.upsertObject(object);
  for (const node of world.nodes) cluster.upsertNode(node);
  for (const pod of world.pods) cluster.upsertPod(pod);
  const incoming = startedPods(world);
  for (const pod of incoming) if (isWaitingOnNode(pod)) cluster.upsertPod(pod);
  const config = configurationOf(world);
  const scheduler = new Scheduler(cluster, {
    compat,
    ...(config === undefined ? {} : { config }),
    ...(world.sampling === true ? { tieBreak: "heap" } : {}),
  });
  const nowMs = LATE_START_MS;
  return incoming.map((pod) => {
    const verdict = verdictOf(scheduler, pod, { diagnose, nowMs });
    if (world.mode !== "preempt" || diagnose) return verdict;
    return { ...verdict, ...evictAndRetry(cluster, scheduler, pod, verdict.preemption) };
  });
}

/** The victims are gone at once, and the pod comes back with its nomination; it takes that node or none. */
function evictAndRetry(
  cluster: Cluster,
  scheduler: Scheduler,
  pod: Pod,
  preemption: VerdictPreemption | undefined,
): Partial<Verdict> {
  const node = preemption?.nominated;
  if (node === undefined) return {};
  const chosen = preemption?.candidates.find((candidate) => candidate.node === node);
  for (const key of chosen?.victims ?? []) cluster.removePod(key);
  const again = { ...pod, status: { ...pod.status, nominatedNodeName: node } };
  if (isWaitingOnNode(again)) cluster.upsertPod(again);
  const decision = scheduler.schedule(again);
  if (decision.status !== "placed" || decision.node !== node) {
    // The oracle's second try is not noted anywhere, so nobody has to make room for it.
    if (isWaitingOnNode(again)) cluster.upsertPod(pod);
    return {};
  }
  scheduler.place(again);
  return { selected: node };
}

interface VerdictOptions {
  readonly diagnose: boolean;
  readonly nowMs: number;
}

function verdictOf(scheduler: Scheduler, pod: Pod, { diagnose, nowMs }: VerdictOptions): Verdict {
  const explanation = scheduler.explain(pod, { nowMs });
  const { decision: asked } = explanation;
  const { key, status } = asked;
  if (status === "unsupported" || status === "ignored" || status === "gated") {
    return { pod: key, status, message: asked.message };
  }
  const fit = scheduler.filter(pod);
  const scores = scoresOf(scheduler, pod, fit);
  const preemption = status === "unschedulable" ? scheduler.preempt(pod, { nowMs }) : undefined;
  const decision = diagnose ? asked : scheduler.place(pod);
  return {
    pod: key,
    status: decision.status,
    ...(decision.status === "placed" ? { selected: decision.node } : { message: decision.message }),
    ...filtersOf(explanation),
    ...scores,
    ...(preemption && {
      fullMessage: ["message" in asked ? asked.message : "", preemption.message]
        .filter((part) => part !== "")
        .join(" "),
      preemption: preemptionOf(preemption, fit),
    }),
    ...(fit.preFilter ? { preFilter: fit.preFilter } : { rejections: rejectionsOf(fit) }),
  };
}

function preemptionOf({ candidates, rejected, node }: Preemption, { rejected: order }: Fit): VerdictPreemption {
  const rank = new Map(order.map((each, index) => [each.node, index]));
  const inOrder = [...candidates].sort((a, b) => rank.get(a.node)! - rank.get(b.node)!);
  return {
    candidates: inOrder.map(({ victims, ...rest }) => ({ ...rest, victims: victims.map(({ key }) => key) })),
    statuses: Object.fromEntries(rejected.map(({ node: name, code, reasons }) => [name, { code, reasons }])),
    ...(node !== undefined && { nominated: node }),
  };
}

function rejectionsOf({ rejected }: Fit): Record<string, VerdictRejection> {
  return Object.fromEntries(rejected.map(({ node, plugin, code, reasons }) => [node, { plugin, code, reasons }]));
}

/** Every filter by itself, unless PreFilter or something before it decided. */
function filtersOf(explanation: Explanation): Pick<Verdict, "filters" | "skipFilter"> {
  const { preFilter, isJudged } = explanation;
  const skipped = preFilter.filter(({ code }) => code === "Skip").map(({ plugin }) => plugin);
  const failures = (node: NodeExplanation) => node.failures.map(({ plugin, ...status }) => [plugin, status]);
  return {
    ...(preFilter.length > 0 && { skipFilter: skipped }),
    ...(isJudged && {
      filters: Object.fromEntries(
        Array.from(explanation.nodes(), (each) => [each.node, Object.fromEntries(failures(each))]),
      ),
    }),
  };
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
