/**
 * DefaultPreemption: which pods of lower priority would have to go so that a pod fits, on each node and on the best one.
 * Nothing is evicted here. Source: k8s 1.36 pkg/scheduler/framework/preemption, plugins/defaultpreemption.
 */

import type { NodeRecord, PodRecord } from "../cluster/node-record.js";
import type { ClusterState } from "../cluster/state.js";
import type { Pod } from "../kube/objects.js";
import { priorityOf } from "../kube/objects.js";
import { joinProblems } from "../kube/requirement.js";
import type { Candidate, Fit, Preemption, RejectionCode } from "./decision.js";
import { budgetsOf } from "./disruption.js";
import { type DryRun, dryRunOf, NO_VICTIMS, type Trial } from "./dry-run.js";
import { countReasons, fitErrorText, type GivenRejection, type RejectionGroup } from "./explain.js";
import { filterNode } from "./nominated.js";
import type { PreemptOptions } from "./options.js";
import type { PluginArgs } from "./plugin-args.js";
import type { SearchContext } from "./search.js";
import type { Subject } from "./subject.js";
import { candidateOf, potentialVictims, returningOf, type VictimRules } from "./victims.js";
import { inWhatIf } from "./what-if.js";

const NOT_HELPFUL = "Preemption is not helpful for scheduling";

export interface PreemptionContext extends Omit<VictimRules, "budgets"> {
  readonly search: SearchContext;
  /** How many candidates are enough; Infinity looks at every node. */
  readonly enough: (potentialNodes: number) => number;
}

/** A cycle in which no node was feasible, as far as PostFilter looks at it. */
export interface FailedCycle extends Pick<Fit, "preFilter"> {
  /** How a node rejected the pod. */
  readonly codeOf: (node: string) => RejectionCode | "Error" | undefined;
  readonly dryRun: () => DryRun;
}

/** What PostFilter came to. */
export interface PostFilterOutcome extends Pick<Preemption, "status" | "message"> {
  /** What was tried, where anything was. */
  readonly run?: DryRun;
}

/** No candidate, and filters failed in the dry run: an error, as which PostFilter ends. */
export interface FailedPreemption {
  readonly error: string;
  readonly run: DryRun;
}

/** Whom a pod that fits nowhere could preempt. */
export function findPreemption(
  { search: { state } }: PreemptionContext,
  { pod }: Subject,
  cycle: FailedCycle,
): PostFilterOutcome | FailedPreemption {
  const ineligible = whyIneligible(state, pod, cycle);
  if (ineligible !== undefined) return { status: "ineligible", message: `preemption: ${ineligible}` };
  const run = cycle.dryRun();
  if (run.chosen !== undefined) return { status: "possible", message: "", run };
  if (run.errors.length > 0) return { error: joinProblems(run.errors), run };
  return { status: "unhelpful", message: `preemption: ${unhelpfulText(state, run.refusals)}`, run };
}

/** How many candidates are enough by a profile's arguments. */
export function enoughBy(
  { minCandidateNodesPercentage, minCandidateNodesAbsolute }: PluginArgs["DefaultPreemption"],
  { isSampled = false }: PreemptOptions,
): PreemptionContext["enough"] {
  if (!isSampled) return () => Number.POSITIVE_INFINITY;
  return (nodes) =>
    Math.min(Math.max(Math.trunc((nodes * minCandidateNodesPercentage) / 100), minCandidateNodesAbsolute), nodes);
}

/** A cycle whose filter result is `fit`: preemption is tried by asking the filters, node by node. */
export function cycleOf(context: PreemptionContext, subject: Subject, { rejected, preFilter }: Fit): FailedCycle {
  return {
    ...(preFilter && { preFilter }),
    codeOf: (node) => rejected.find((rejection) => rejection.node === node)?.code,
    dryRun: () => {
      const potential = rejected.filter(({ code }) => code === "Unschedulable").map(({ node }) => node);
      return dryRunOf(trialsOn(context, subject, potential), context.enough(potential.length), context.nowMs);
    },
  };
}

function whyIneligible(state: ClusterState, pod: Pod, { codeOf }: FailedCycle): string | undefined {
  if (pod.spec?.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  const nominated = pod.status?.nominatedNodeName;
  if (!nominated || codeOf(nominated) === "UnschedulableAndUnresolvable") return undefined;
  const record = state.nodes.get(nominated);
  if (record?.node === undefined) return undefined;
  const lower = potentialVictims(record, priorityOf(pod));
  const isWaiting = lower.some((other) => isBeingPreempted(other.pod));
  return isWaiting ? "not eligible due to a terminating pod on the nominated node." : undefined;
}

/** Whether a pod is going away already because a scheduler wanted its room. */
function isBeingPreempted({ metadata, status }: Pod): boolean {
  if (!metadata?.deletionTimestamp) return false;
  const condition = (status?.conditions ?? []).find(({ type }) => type === "DisruptionTarget");
  return condition?.status === "True" && condition.reason === "PreemptionByScheduler";
}

/** Tries the nodes on which fewer pods might help, one after the other, as far as somebody asks. */
function* trialsOn(context: PreemptionContext, subject: Subject, nodes: readonly string[]): Iterable<Trial> {
  const { nowMs, chargesAllBudgets } = context;
  const { state } = context.search;
  const rules = { nowMs, chargesAllBudgets, budgets: budgetsOf(state.objects.list("PodDisruptionBudget")) };
  for (const node of nodes) {
    const outcome = selectVictims(context.search, subject, state.nodes.get(node)!, rules);
    yield "plugin" in outcome ? { node, code: outcome.code, reasons: outcome.reasons } : outcome;
  }
}

/** The fewest pods of one node that would have to go, or why the pod would not fit without any of them. */
function selectVictims(
  search: SearchContext,
  subject: Subject,
  record: NodeRecord,
  rules: VictimRules,
): Candidate | GivenRejection {
  const potential = potentialVictims(record, priorityOf(subject.pod));
  if (potential.length === 0) return NO_VICTIMS;
  return inWhatIf(search, subject, () => {
    const trial = new NodeTrial(search, subject, record);
    try {
      return spareAll(trial, potential, rules);
    } finally {
      subject.removed = [];
    }
  });
}

/** Takes all of the potential victims away, and then lets as many come back as the preemptor has room beside. */
function spareAll(trial: NodeTrial, potential: readonly PodRecord[], rules: VictimRules): Candidate | GivenRejection {
  for (const victim of potential) trial.remove(victim);
  const rejection = trial.rejection();
  if (rejection !== undefined) return rejection;
  const returning = returningOf(potential, rules);
  return candidateOf(trial.node.name, returning, (victim) => !trial.reprieve(victim), rules.nowMs);
}

/** In a what-if on one node: pods go and come back, and the filters are asked in between. */
class NodeTrial {
  readonly node: NodeRecord;
  readonly #search: SearchContext;
  readonly #subject: Subject;

  constructor(search: SearchContext, subject: Subject, node: NodeRecord) {
    this.node = node;
    this.#search = search;
    this.#subject = subject;
  }

  remove({ key, pod }: PodRecord): void {
    const record = this.#search.state.pods.get(key);
    if (record !== undefined) this.#search.state.vacate(record);
    this.#subject.removed = [...this.#subject.removed, pod];
  }

  /** Whether the pod may stay: lets it come back, and takes it away again when the preemptor does not fit beside it. */
  reprieve(victim: PodRecord): boolean {
    this.#search.state.occupy(victim.key, victim.pod, this.node.name, true);
    this.#subject.removed = this.#subject.removed.filter((other) => other !== victim.pod);
    if (this.rejection() === undefined) return true;
    this.remove(victim);
    return false;
  }

  rejection(): GivenRejection | undefined {
    this.#search.renew(this.#subject);
    return filterNode(this.#search, this.#subject, this.node.slot);
  }
}

function unhelpfulText({ nodeCount }: ClusterState, refusals: readonly RejectionGroup[]): string {
  const others = nodeCount - refusals.reduce((sum, { nodes = 1 }) => sum + nodes, 0);
  const rest = others === 0 ? [] : [{ plugin: NO_VICTIMS.plugin, reasons: [NOT_HELPFUL], nodes: others }];
  return fitErrorText(nodeCount, countReasons([...refusals, ...rest]));
}
