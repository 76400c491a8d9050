/** What is tried when no node can take a pod: k8s 1.36 RunPostFilterPlugins and Evaluator.Preempt. */

import type { KubeObject } from "../../src/kube/objects.js";
import type { BoundPod, NodeInfo } from "./cluster.js";
import type { RefPreemption } from "./decision.js";
import { rejectionOf } from "./framework.js";
import { fitErrorMessage } from "./messages.js";
import { type Cycle, SchedulerError } from "./plugin.js";
import {
  bestCandidates,
  type Candidate,
  type DryRun,
  isBeingPreempted,
  isVictim,
  named,
  type Rejection,
  selectVictims,
} from "./preemption.js";
import { type Search, statusOf } from "./search.js";

export interface PostFilterOptions {
  /** All of them, in the order in which candidates are to be listed. */
  readonly nodes: readonly NodeInfo[];
  readonly nominated: readonly BoundPod[];
  /** When pods start that have no start time; milliseconds since 1970. */
  readonly nowMs: number;
}

/** Nothing was tried, and there is nothing to say. */
export const NO_PREEMPTION: RefPreemption = { candidates: [], statuses: new Map(), best: [], message: "" };

export function runPostFilter(cycle: Cycle, search: Search, options: PostFilterOptions): RefPreemption {
  const reasons: string[] = [];
  for (const plugin of cycle.profile.points.postFilter) {
    if (plugin === "DynamicResources") {
      // Its PostFilter fails where the pod was rejected before its PreFilter, and ends the phase.
      if (!search.preFilter.knowsClaims) return { ...NO_PREEMPTION, message: "not found" };
      if (cycle.behaviour.compat === "1.36") reasons.push("no new claims to deallocate");
    } else if (plugin === "DefaultPreemption") {
      const preemption = preempt(cycle, search, options);
      // An error ends the phase as success does, and what was said before is lost.
      const isError = [...preemption.statuses.values()].some(({ code }) => code === "Error");
      if (preemption.best.length > 0 || isError) return preemption;
      return { ...preemption, message: [...reasons, preemption.message].join(", ") };
    }
  }
  return { ...NO_PREEMPTION, message: reasons.join(", ") };
}

function preempt(cycle: Cycle, search: Search, options: PostFilterOptions): RefPreemption {
  const ineligible = whyIneligible(cycle, search);
  if (ineligible !== undefined) return { ...NO_PREEMPTION, message: `preemption: ${ineligible}` };
  const dryRun: DryRun = {
    pod: cycle.pod,
    compat: cycle.behaviour.compat,
    run: search.preFilter.run,
    budgets: cycle.list("podDisruptionBudgets") as readonly KubeObject[],
    nowMs: options.nowMs,
    rejectionOf: (run, info) => rejectionOf(cycle, run, info, options.nominated),
  };
  const potential = options.nodes.filter(({ name }) => statusOf(search, name).code === "Unschedulable");
  const { candidates, statuses, errors } = tryNodes(dryRun, potential);
  const best = bestCandidates(candidates, options.nowMs);
  const [nominated] = best;
  return {
    candidates: candidates.map(named),
    statuses,
    best: best.map(({ node }) => node),
    ...(nominated && { nominated: named(nominated) }),
    message: nominated
      ? successMessage(cycle, nominated)
      : `preemption: ${errors.size > 0 ? joined(errors) : failureMessage(cycle, statuses)}`,
  };
}

/** A pod that never preempts, or one that waits for pods to go from the node that it is nominated to. */
function whyIneligible({ pod, nodes }: Cycle, search: Search): string | undefined {
  if (pod.spec?.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  const nominated = pod.status?.nominatedNodeName ?? "";
  if (nominated === "" || statusOf(search, nominated).code === "UnschedulableAndUnresolvable") return undefined;
  const pods = nodes.find(({ name }) => name === nominated)?.pods ?? [];
  if (!pods.some((other) => isVictim(other, pod) && isBeingPreempted(other))) return undefined;
  return "not eligible due to a terminating pod on the nominated node.";
}

function tryNodes(dryRun: DryRun, nodes: readonly NodeInfo[]) {
  const candidates: Candidate[] = [];
  const statuses = new Map<string, Rejection>();
  for (const info of nodes) {
    try {
      const result = selectVictims(dryRun, info);
      if ("victims" in result) candidates.push(result);
      else statuses.set(info.name, result);
    } catch (error) {
      if (!(error instanceof SchedulerError)) throw error;
      statuses.set(info.name, { code: "Error", reasons: [error.message] });
    }
  }
  const failed = [...statuses.values()].filter(({ code }) => code === "Error");
  return { candidates, statuses, errors: new Set(failed.flatMap(({ reasons }) => reasons)) };
}

/** As Go prints several errors: each once, in brackets unless it is one. */
function joined(errors: ReadonlySet<string>): string {
  return errors.size === 1 ? [...errors].join() : `[${[...errors].join(", ")}]`;
}

/** 1.36 says nothing when it has found something. */
function successMessage({ behaviour }: Cycle, { node, victims }: Candidate): string {
  if (behaviour.compat === "1.36") return "";
  const what = `found a potential placement for pod on node ${node}, preempting ${victims.length} victims`;
  return `preemption: ${what}`;
}

function failureMessage({ nodes }: Cycle, statuses: ReadonlyMap<string, Rejection>): string {
  const absentReasons = ["Preemption is not helpful for scheduling"];
  return fitErrorMessage({ nodeCount: nodes.length, statuses, absentReasons });
}
