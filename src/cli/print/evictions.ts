/** Who would lose a node to whom: stands before everything else, since nobody may overlook it. */

import { namespacedName } from "../../kube/objects.js";
import type { Eviction } from "../../planning/preempting.js";
import type { Look } from "../terminal.js";
import { grouped } from "./groups.js";
import { renderTextTable } from "./text-table.js";
import { factsOf, type PlanView } from "./view.js";

/** Evictions that differ in nothing but the copies of the two workloads and the nodes. */
export interface EvictionGroup {
  /** "shop/mailer-1", or of several copies of a workload "shop/mailer (2 pods)". */
  readonly evicted: string;
  readonly priority: number;
  /** Who takes the place, in the same way. */
  readonly by: string;
  readonly byPriority: number;
  /** Where they were. */
  readonly from: string;
  readonly violatesBudget: boolean;
  /** What becomes of them. */
  readonly afterwards: string;
}

/** The table for people; empty where nobody is evicted. */
export async function evictionTable(view: PlanView, isWide: boolean, look: Look): Promise<string> {
  const rows = evictionGroups(view, isWide).map((group) => [
    `${group.evicted}\npriority ${group.priority}`,
    `${group.by}\npriority ${group.byPriority}`,
    () => [group.from, `then: ${group.afterwards}`, ...(group.violatesBudget ? [AGAINST_BUDGET] : [])].join("\n"),
  ]);
  if (rows.length === 0) return "";
  return renderTextTable([{ title: "EVICTED" }, { title: "BY" }, { title: "FROM", isFlexible: true }], rows, look);
}

/** So many nodes are named in a list; the others are counted. Where it is wide, each eviction has one of its own. */
const MOST_NODES = 6;
const AGAINST_BUDGET = "against a PodDisruptionBudget";

/** In the order in which they come about; one entry an eviction where `isWide`. */
export function evictionGroups(view: PlanView, isWide: boolean): EvictionGroup[] {
  const evictions = view.plan.evictions ?? [];
  if (evictions.length === 0) return [];
  const fates = fatesOf(view, evictions);
  const groups = grouped(evictions, (eviction, index) => {
    if (isWide) return String(index);
    const [one, other] = [factsOf(view, eviction.pod), factsOf(view, eviction.by)];
    const { priority, byPriority, violatesBudget } = eviction;
    const names = [one.namespace, one.workload, other.namespace, other.workload];
    return JSON.stringify([...names, priority, byPriority, violatesBudget]);
  });
  return [...groups.values()].map((group) => {
    const { priority, byPriority, violatesBudget } = group[0]!;
    return {
      evicted: podsInWords(view, new Set(group.map(({ pod }) => pod))),
      priority,
      by: podsInWords(view, new Set(group.map(({ by }) => by))),
      byPriority,
      from: nodesInWords(group.map(({ node }) => node)),
      violatesBudget,
      afterwards: fatesInWords(group.map((eviction) => fates.get(eviction)!)),
    };
  });
}

/** All are of one workload. */
function podsInWords(view: PlanView, pods: ReadonlySet<string>): string {
  const [first = ""] = pods;
  if (pods.size === 1) return first;
  const { namespace, workload } = factsOf(view, first);
  return `${namespace}/${workload} (${pods.size} pods)`;
}

/** "server-1, server-2", or "server-1, ..., server-6, +33 more nodes". */
export function nodesInWords(nodes: readonly string[]): string {
  const names = [...new Set(nodes)];
  const more = names.length - MOST_NODES;
  return more <= 0 ? names.join(", ") : `${names.slice(0, MOST_NODES).join(", ")}, +${more} more nodes`;
}

interface Fate {
  readonly words: string;
  /** Where the pod goes. */
  readonly node?: string;
}

/** What becomes of a pod after each of its evictions; the last one is followed by its decision. */
function fatesOf({ plan }: PlanView, evictions: readonly Eviction[]): Map<Eviction, Fate> {
  const last = new Map(evictions.map((eviction) => [eviction.pod, eviction]));
  const decisions = new Map(plan.decisions.map(({ pod, fate }) => [namespacedName(pod), fate]));
  return new Map(
    evictions.map((eviction) => {
      if (last.get(eviction.pod) !== eviction) return [eviction, { words: "evicted again" }];
      const { status, node } = decisions.get(eviction.pod) ?? {};
      if (status === "evicted") return [eviction, { words: "gone, no controller makes it again" }];
      if (status !== "placed" || node === undefined) return [eviction, { words: "made again and left over" }];
      return [eviction, { words: "made again and placed on", node }];
    }),
  );
}

/** "made again and placed on server-2, server-3; 2 made again and left over". */
function fatesInWords(fates: readonly Fate[]): string {
  return [...grouped(fates, ({ words }) => words)]
    .map(([words, alike]) => {
      const count = fates.length === 1 ? "" : `${alike.length} `;
      return `${count}${words} ${nodesInWords(alike.flatMap(({ node }) => node ?? []))}`.trimEnd();
    })
    .join("; ");
}
