/** Columns of the tables of failures: counts, how full the rest gets, who is without a node and why. */

import { type Level, ZONE_LABEL } from "../../planning/failures.js";
import type { FailureCase, PendingPod } from "../../planning/survival.js";
import type { Look } from "../terminal.js";
import { grouped } from "./groups.js";
import { workloadList } from "./pod-list.js";
import type { PodNames } from "./view.js";

export interface SurvivalColumn {
  readonly title: string;
  /** `width`: of the column, where it is flexible. */
  readonly text: (one: FailureCase, width: number) => string;
  readonly isFlexible?: boolean;
}

/** Resources whose fill is shown always; another one where it is the fullest of a failure shown. */
const SHOWN = ["cpu", "memory"];
/** So many reasons are told in a cell; the pods of the others are counted. */
const MOST_GROUPS = 3;

export function levelTitle({ level, key = "" }: Level): string {
  if (level === "domain") return `${key === ZONE_LABEL ? "ZONE" : key} FAILS`;
  return { node: "NODE FAILS", drain: "NODE DRAINED", pair: "TWO NODES FAIL" }[level];
}

export function levelWord({ level, key = "" }: Level): string {
  if (level !== "domain") return level;
  return key === ZONE_LABEL ? "zone" : key;
}

/** Columns that would be empty in every failure shown are left out. */
export function survivalColumns(
  view: PodNames,
  cases: readonly FailureCase[],
  isWide: boolean,
  look: Look,
): SurvivalColumn[] {
  const counts: readonly SurvivalColumn[] = [
    { title: "LOST", text: ({ lost }) => countText(lost) },
    { title: "STUCK", text: ({ blocked }) => countText(blocked) },
    { title: "EVICTED", text: ({ evictions }) => countText(evictions) },
  ];
  return [
    { title: "MOVED", text: ({ moves }) => countText(moves) },
    { title: "PENDING", text: ({ pending }) => countText(pending) },
    ...counts.filter(({ text }) => cases.some((one) => text(one, 0) !== "0")),
    ...resourcesOf(cases).map((name) => ({
      title: `REST ${name.toUpperCase()}`,
      text: ({ rest }: FailureCase) => percent(rest[name]),
    })),
    { title: "WITHOUT A NODE", text: (one, width) => consequences(one, view, isWide, width, look), isFlexible: true },
  ];
}

function countText(items: readonly unknown[]): string {
  return String(items.length);
}

function resourcesOf(cases: readonly FailureCase[]): string[] {
  const names = new Set(SHOWN);
  for (const { rest } of cases) {
    const shares = Object.entries(rest)
      .filter(([, { allocatable }]) => allocatable > 0)
      .sort(([, a], [, b]) => b.requested / b.allocatable - a.requested / a.allocatable);
    const [fullest] = shares[0] ?? [];
    if (fullest !== undefined) names.add(fullest);
  }
  return [...names].filter((name) => cases.some(({ rest }) => (rest[name]?.allocatable ?? 0) > 0));
}

function percent(fill: FailureCase["rest"][string] | undefined): string {
  if (fill === undefined || fill.allocatable === 0) return "-";
  return `${Math.round((100 * fill.requested) / fill.allocatable)} %`;
}

/** A line a reason with the pods that it concerns, most pods first; where it is wide, a line a pod with all of it. */
function consequences(one: FailureCase, view: PodNames, isWide: boolean, width: number, look: Look): string {
  const { pending, lost, blocked } = one;
  const fates: readonly Fate[] = [
    ...pending.map((each) => ({ pod: each.pod, why: isWide ? whyOf(each) : shortWhyOf(each) })),
    ...lost.map((pod) => ({ pod, why: "lost, no controller makes it again" })),
    ...blocked.map(({ pod, budgets }) => ({ pod, why: `stays: ${budgetsInWords(budgets)}` })),
  ];
  if (isWide) return fates.map(({ pod, why }) => `${pod}: ${why}`).join("\n");
  const groups = [...grouped(fates, ({ why }) => why).values()].sort((a, b) => b.length - a.length);
  const lines = groups.slice(0, MOST_GROUPS).map((group) => {
    const pods = group.map(({ pod }) => pod);
    return `${workloadList(pods, view, width, look)}: ${group[0]!.why}`;
  });
  const more = groups.slice(MOST_GROUPS).reduce((sum, group) => sum + group.length, 0);
  return [...lines, ...(more > 0 ? [`+${more} more for other reasons`] : [])].join("\n");
}

interface Fate {
  /** `namespace/name`. */
  readonly pod: string;
  readonly why: string;
}

/** Without the count of nodes and the words of preemption, and with its preemptor unnamed. */
function shortWhyOf({ message, preemptedBy }: PendingPod): string {
  return `${preemptedBy === undefined ? "" : "preempted; "}${message.replace(/^0\/\d+ nodes are available: /, "")}`;
}

/** With who took the node, as kube-scheduler puts the rest into the pod's condition. */
function whyOf({ message, postFilterMessage, preemptedBy }: PendingPod): string {
  const by = preemptedBy === undefined ? "" : `preempted by ${preemptedBy}; `;
  return `${by}${message}${postFilterMessage === undefined ? "" : ` ${postFilterMessage}`}`;
}

function budgetsInWords(budgets: readonly string[]): string {
  const [first = ""] = budgets;
  if (budgets.length === 1) return `the PodDisruptionBudget ${first} allows no eviction`;
  return `${budgets.join(" and ")} cover it, and of several budgets the API server refuses to choose`;
}
