/** The pods without a node: which, why, and how near they came. */

import { namespacedName } from "../../kube/objects.js";
import type { Fate } from "../../planning/fates.js";
import type { NearestMiss } from "../../planning/nearest.js";
import type { Decided } from "../../planning/plan.js";
import type { Look } from "../terminal.js";
import { type TextCell, type TextColumn, textTableParts } from "./text-table.js";
import { amountInWords } from "./units.js";
import { factsOfPod, isLeftOver, type PlanView } from "./view.js";

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

const COLUMNS: readonly TextColumn[] = [
  { title: "LEFT OVER" },
  { title: "STATUS" },
  { title: "WHY", isFlexible: true },
];

/** The table for people, with every pod by itself where `isWide`; nothing where nothing is left over. */
export async function* leftOverTable(view: PlanView, isWide: boolean, look: Look): AsyncGenerator<string> {
  const { decisions } = view.plan;
  if (!decisions.some(isLeftOver)) return;
  if (isWide) {
    // Anew whenever the rows are gone through.
    yield* textTableParts(COLUMNS, { [Symbol.iterator]: () => wideRows(decisions) }, look);
    return;
  }
  yield* textTableParts(COLUMNS, leftOvers(view).flatMap(rowsOf), look);
}

function* wideRows(decisions: readonly Decided[]): Generator<readonly TextCell[]> {
  for (const decided of decisions) if (isLeftOver(decided)) yield* rowsOf(leftOver({ first: decided, count: 1 }));
}

function rowsOf({ pods, status, message, nearest }: LeftOver): TextCell[][] {
  const row = [pods, status, () => message];
  return nearest === undefined ? [row] : [row, ["", "", () => `nearest: ${nearest}`]];
}

interface Group {
  readonly first: Decided;
  /** Pods. */
  count: number;
}

/**
 * The first thousand in the order of the decisions, and one that counts the others. Copies of one workload with the same explanation
 * are one.
 */
export function leftOvers({ plan: { decisions } }: PlanView): LeftOver[] {
  const numberOf = explanationNumbers();
  // Numbers of groups by workload, by explanation and namespace: no key of a million is a text of its own.
  const families = new Map<string, Map<string, number>>();
  const groups: Group[] = [];
  let count = 0;
  for (const decided of decisions) {
    if (!isLeftOver(decided)) continue;
    const { namespace, workload } = factsOfPod(decided.pod);
    const key = `${numberOf(decided.fate)} ${namespace}`;
    const family = families.get(key) ?? new Map<string, number>();
    families.set(key, family);
    const known = family.get(workload);
    if (known === undefined) {
      family.set(workload, count);
      if (count < MOST_SHOWN) groups.push({ first: decided, count: 1 });
      count += 1;
    } else if (known < MOST_SHOWN) groups[known]!.count += 1;
  }
  const shown = groups.map(leftOver);
  if (count === shown.length) return shown;
  return [
    ...shown,
    { pods: `and ${count - shown.length} more`, status: "", message: "all with -o wide", nearest: undefined },
  ];
}

/** Numbers explanations, equal for equal ones: a million pods often share a few. */
function explanationNumbers(): (fate: Fate) => number {
  const byFate = new Map<Fate, number>();
  const byText = new Map<string, number>();
  return (fate) => {
    const known = byFate.get(fate);
    if (known !== undefined) return known;
    const explanation = JSON.stringify([fate.status, whyOf(fate), fate.nearest]);
    const number = byText.get(explanation) ?? byText.size;
    byText.set(explanation, number);
    byFate.set(fate, number);
    return number;
  };
}

function leftOver({ first: { pod, fate }, count }: Group): LeftOver {
  const { namespace, workload } = factsOfPod(pod);
  return {
    pods: count === 1 ? namespacedName(pod) : `${namespace}/${workload} (${count} pods)`,
    status: fate.status,
    message: whyOf(fate),
    nearest: fate.nearest?.[0] && missInWords(fate.nearest[0]),
  };
}

/** With what preemption had to say, as kube-scheduler puts it into the pod's condition. */
function whyOf({ status, message = "", postFilterMessage, node, by }: Fate): string {
  if (status === "evicted") return `evicted from ${node} by ${by}; no controller makes it again`;
  return postFilterMessage === undefined ? message : `${message} ${postFilterMessage}`;
}

/** "server-2 lacks 300m cpu and 512Mi memory". */
export function missInWords({ node, lacks }: NearestMiss): string {
  const amounts = Object.entries(lacks).map(([resource, amount]) => amountInWords(resource, amount));
  return `${node} lacks ${amounts.join(" and ")}`;
}
