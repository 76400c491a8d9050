/** The pods without a node: which, why, and how near they came. */

import type { NearestMiss } from "../../planning/nearest.js";
import type { PlanDecision } from "../../planning/plan.js";
import type { Look } from "../terminal.js";
import { grouped } from "./groups.js";
import { renderTextTable } from "./text-table.js";
import { amountInWords } from "./units.js";
import { factsOf, isLeftOver, type PlanView } from "./view.js";

/** Nobody reads further, and a table of a million rows takes minutes to set. */
const MOST_SHOWN = 1_000;

/** Pods that share an explanation. */
export interface LeftOver {
  /** "shop/web-1", or of several copies of a workload "shop/web (2 pods)". */
  readonly pods: string;
  readonly status: string;
  readonly message: string;
  /** "server-2 lacks 300m cpu"; undefined where no node lacks nothing but room. */
  readonly nearest: string | undefined;
}

/** The table for people; empty where nothing is left over. */
export async function leftOverTable(view: PlanView, isWide: boolean, look: Look): Promise<string> {
  const entries = leftOvers(view, isWide);
  if (entries.length === 0) return "";
  const shown = isWide ? entries : entries.slice(0, MOST_SHOWN);
  const rows = shown.flatMap(({ pods, status, message, nearest }) => [
    [pods, status, () => message],
    ...(nearest === undefined ? [] : [["", "", () => `nearest: ${nearest}`]]),
  ]);
  if (shown.length < entries.length) rows.push([`and ${entries.length - shown.length} more`, "", "all with -o wide"]);
  return renderTextTable([{ title: "LEFT OVER" }, { title: "STATUS" }, { title: "WHY", isFlexible: true }], rows, look);
}

/** In the order of the decisions. Copies of one workload with the same explanation are one entry, unless `isWide`. */
export function leftOvers(view: PlanView, isWide: boolean): LeftOver[] {
  const numberOf = explanationNumbers();
  const groups = grouped(view.plan.decisions.filter(isLeftOver), (decision) => {
    const { namespace, workload } = factsOf(view, decision.pod);
    return isWide ? decision.pod : JSON.stringify([numberOf(decision), namespace, workload]);
  });
  return [...groups.values()].map((decisions) => leftOver(decisions, view));
}

/** Numbers explanations, equal for equal ones: a million pods often share a few, and keys of groups that repeat them are long. */
function explanationNumbers(): (decision: PlanDecision) => number {
  const numbers = new Map<string, number>();
  return (decision) => {
    const explanation = JSON.stringify([decision.status, whyOf(decision), decision.nearest]);
    const number = numbers.get(explanation) ?? numbers.size;
    numbers.set(explanation, number);
    return number;
  };
}

function leftOver(decisions: readonly PlanDecision[], view: PlanView): LeftOver {
  const { pod, status, nearest } = decisions[0]!;
  const { namespace, workload } = factsOf(view, pod);
  return {
    pods: decisions.length === 1 ? pod : `${namespace}/${workload} (${decisions.length} pods)`,
    status,
    message: whyOf(decisions[0]!),
    nearest: nearest?.[0] && missInWords(nearest[0]),
  };
}

/** With what preemption had to say, as kube-scheduler puts it into the pod's condition. */
function whyOf({ status, message = "", postFilterMessage, node, by }: PlanDecision): string {
  if (status === "evicted") return `evicted from ${node} by ${by}; no controller makes it again`;
  return postFilterMessage === undefined ? message : `${message} ${postFilterMessage}`;
}

/** "server-2 lacks 300m cpu and 512Mi memory". */
export function missInWords({ node, lacks }: NearestMiss): string {
  const amounts = Object.entries(lacks).map(([resource, amount]) => amountInWords(resource, amount));
  return `${node} lacks ${amounts.join(" and ")}`;
}
