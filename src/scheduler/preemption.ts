/**
 * DefaultPreemption: which pods of lower priority would have to go so that a pod fits, on each node and on the best one.
 * Nothing is evicted here. Source: k8s 1.36 pkg/scheduler/framework/preemption, plugins/defaultpreemption.
 */

import type { NodeRecord, PodRecord } from "../cluster/node-record.js";
import type { ClusterState } from "../cluster/state.js";
import type { Pod } from "../kube/objects.js";
import { priorityOf } from "../kube/objects.js";
import { joinProblems } from "../kube/requirement.js";
import { type Candidate, type Fit, NO_PREEMPTION, type Preemption } from "./decision.js";
import { breakBudgets, budgetsOf, byImportance, startTimeMs } from "./disruption.js";
import { countReasons, fitErrorText, type GivenRejection } from "./explain.js";
import { filterNode } from "./nominated.js";
import type { SearchContext } from "./search.js";
import type { Subject } from "./subject.js";
import { inWhatIf } from "./what-if.js";

const NO_VICTIMS: GivenRejection = {
  plugin: "DefaultPreemption",
  reasons: ["No preemption victims found for incoming pod"],
  code: "UnschedulableAndUnresolvable",
};
const NOT_HELPFUL = "Preemption is not helpful for scheduling";

export interface PreemptionContext extends SearchContext {
  /** When pods without a start time are taken to start, and "now" in general; milliseconds since 1970. */
  readonly nowMs: number;
  /** How many candidates are enough, as the profile's arguments have it; Infinity looks at every node. */
  readonly enough: (potentialNodes: number) => number;
  /** See {@link breakBudgets}. */
  readonly chargesAllBudgets: boolean;
}

type Outcome = Omit<Preemption, "pod" | "key">;

/** No candidate, and filters failed in the dry run: an error, as which PostFilter ends. */
export interface FailedPreemption extends Pick<Preemption, "rejected"> {
  readonly error: string;
}

/** Whom a pod that fits nowhere could preempt; `fit` is its filter result. */
export function findPreemption(context: PreemptionContext, subject: Subject, fit: Fit): Outcome | FailedPreemption {
  const ineligible = whyIneligible(context.state, subject.pod, fit);
  if (ineligible !== undefined) return { status: "ineligible", message: `preemption: ${ineligible}`, ...NO_PREEMPTION };
  const { candidates, rejected, errors } = dryRun(context, subject, fit);
  if (candidates.length === 0 && errors.length > 0) return { error: joinProblems(errors), rejected };
  if (candidates.length === 0) {
    return {
      status: "unhelpful",
      message: `preemption: ${unhelpfulText(context.state, rejected)}`,
      ...NO_PREEMPTION,
      rejected,
    };
  }
  const best = bestOf(candidates, context);
  const chosen = best[0]!;
  return {
    status: "possible",
    node: chosen.node,
    victims: chosen.victims,
    pdbViolations: chosen.pdbViolations,
    best: best.map(({ node }) => node),
    candidates,
    rejected,
    message: "",
  };
}

function whyIneligible(state: ClusterState, pod: Pod, fit: Fit): string | undefined {
  if (pod.spec?.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  const nominated = pod.status?.nominatedNodeName;
  if (!nominated || codeOf(fit, nominated) === "UnschedulableAndUnresolvable") return undefined;
  const record = state.nodes.get(nominated);
  if (record?.node === undefined) return undefined;
  const here = [...record.pods.values()];
  const isWaiting = here.some((other) => isVictim(other, pod) && isBeingPreempted(other.pod));
  return isWaiting ? "not eligible due to a terminating pod on the nominated node." : undefined;
}

function codeOf(fit: Fit, node: string) {
  return fit.rejected.find((rejection) => rejection.node === node)?.code;
}

function isVictim(other: PodRecord, preemptor: Pod): boolean {
  return priorityOf(other.pod) < priorityOf(preemptor);
}

/** Whether a pod is going away already because a scheduler wanted its room. */
function isBeingPreempted({ metadata, status }: Pod): boolean {
  if (!metadata?.deletionTimestamp) return false;
  const condition = (status?.conditions ?? []).find(({ type }) => type === "DisruptionTarget");
  return condition?.status === "True" && condition.reason === "PreemptionByScheduler";
}

/** Tries every node on which fewer pods might help, in the order in which the nodes were added. */
function dryRun(context: PreemptionContext, subject: Subject, fit: Fit) {
  const potential = fit.rejected.filter(({ code }) => code === "Unschedulable");
  const enough = context.enough(potential.length);
  const budgets = budgetsOf(context.state.objects.list("PodDisruptionBudget"));
  const harmless: Candidate[] = [];
  const violating: Candidate[] = [];
  const rejected: Preemption["rejected"][number][] = [];
  for (const { node } of potential) {
    if (harmless.length > 0 && harmless.length + violating.length >= enough) break;
    const record = context.state.nodes.get(node)!;
    const outcome = selectVictims(context, subject, record, budgets);
    if ("reasons" in outcome) rejected.push({ node, code: outcome.code, reasons: outcome.reasons });
    else if (outcome.victims.length === 0) rejected.push({ node, code: "Error", reasons: [noVictim(node)] });
    else if (outcome.pdbViolations === 0) harmless.push(outcome);
    else if (violating.length < enough) violating.push(outcome);
  }
  const errors = rejected.filter(({ code }) => code === "Error").map(({ reasons }) => reasons.join(", "));
  return { candidates: [...harmless, ...violating], rejected, errors };
}

function noVictim(node: string): string {
  return `expected at least one victim pod on node "${node}"`;
}

/** The fewest pods of one node that would have to go, or why the pod would not fit without any of them. */
function selectVictims(
  context: PreemptionContext,
  subject: Subject,
  record: NodeRecord,
  budgets: ReturnType<typeof budgetsOf>,
): Candidate | GivenRejection {
  const potential = [...record.pods.values()].filter((other) => isVictim(other, subject.pod));
  if (potential.length === 0) return NO_VICTIMS;
  return inWhatIf(context, subject, () => {
    const trial = new Trial(context, subject, record);
    try {
      return spareAll(trial, potential, budgets);
    } finally {
      subject.removed = [];
    }
  });
}

/** Takes all of the potential victims away, and then lets as many come back as the preemptor has room beside. */
function spareAll(
  trial: Trial,
  potential: readonly PodRecord[],
  budgets: ReturnType<typeof budgetsOf>,
): Candidate | GivenRejection {
  const { nowMs, chargesAllBudgets } = trial.context;
  for (const victim of potential) trial.remove(victim);
  const rejection = trial.rejection();
  if (rejection !== undefined) return rejection;
  const sorted = byImportance(potential, podOf, nowMs);
  const broken = breakBudgets(sorted.map(podOf), budgets, chargesAllBudgets);
  const violating = sorted.filter((_, index) => broken[index]);
  const others = sorted.filter((_, index) => !broken[index]);
  const goesFirst = violating.filter((victim) => !trial.reprieve(victim));
  const goesAfter = others.filter((victim) => !trial.reprieve(victim));
  const victims = [...goesFirst, ...goesAfter];
  const isMixed = violating.length > 0 && others.length > 0;
  const ordered = isMixed ? byImportance(victims, podOf, nowMs) : victims;
  return {
    node: trial.node.name,
    victims: ordered.map((victim) => ({
      key: victim.key,
      pod: victim.pod,
      violatesBudget: goesFirst.includes(victim),
    })),
    pdbViolations: goesFirst.length,
  };
}

function podOf({ pod }: PodRecord): Pod {
  return pod;
}

/** In a what-if on one node: pods go and come back, and the filters are asked in between. */
class Trial {
  readonly context: PreemptionContext;
  readonly node: NodeRecord;
  readonly #subject: Subject;

  constructor(context: PreemptionContext, subject: Subject, node: NodeRecord) {
    this.context = context;
    this.node = node;
    this.#subject = subject;
  }

  remove({ key, pod }: PodRecord): void {
    const record = this.context.state.pods.get(key);
    if (record !== undefined) this.context.state.vacate(record);
    this.#subject.removed = [...this.#subject.removed, pod];
  }

  /** Whether the pod may stay: lets it come back, and takes it away again when the preemptor does not fit beside it. */
  reprieve(victim: PodRecord): boolean {
    this.context.state.occupy(victim.key, victim.pod, this.node.name, true);
    this.#subject.removed = this.#subject.removed.filter((other) => other !== victim.pod);
    if (this.rejection() === undefined) return true;
    this.remove(victim);
    return false;
  }

  rejection(): GivenRejection | undefined {
    this.context.renew(this.#subject);
    return filterNode(this.context, this.#subject, this.node.slot);
  }
}

/** Larger is better; a criterion is asked only where those before it leave more than one candidate. */
const CRITERIA: readonly ((candidate: Candidate, nowMs: number) => number)[] = [
  ({ pdbViolations }) => -pdbViolations,
  ({ victims }) => -priorityOf(victims[0]!.pod),
  ({ victims }) => -victims.reduce((sum, { pod }) => sum + priorityOf(pod) + 2 ** 31, 0),
  ({ victims }) => -victims.length,
  ({ victims }, nowMs) => {
    const highest = Math.max(...victims.map(({ pod }) => priorityOf(pod)));
    const important = victims.filter(({ pod }) => priorityOf(pod) === highest);
    return Math.min(...important.map(({ pod }) => startTimeMs(pod, nowMs)));
  },
];

/** The candidates that no criterion tells apart. */
function bestOf(candidates: readonly Candidate[], { nowMs }: PreemptionContext): readonly Candidate[] {
  let left = candidates;
  for (const criterion of CRITERIA) {
    if (left.length === 1) break;
    const values = left.map((candidate) => criterion(candidate, nowMs));
    const best = Math.max(...values);
    left = left.filter((_, index) => values[index] === best);
  }
  return left;
}

function unhelpfulText({ nodeCount }: ClusterState, rejected: Preemption["rejected"]): string {
  const plugin = "DefaultPreemption";
  const groups = rejected.map(({ reasons }) => ({ plugin, reasons }));
  const others = nodeCount - rejected.length;
  const rest = others === 0 ? [] : [{ plugin, reasons: [NOT_HELPFUL], nodes: others }];
  return fitErrorText(nodeCount, countReasons([...groups, ...rest]));
}
