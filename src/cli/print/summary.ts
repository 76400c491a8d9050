/** The last line: how much was placed, what was not, and what is still free. */

import type { Plan, PlanSummary } from "../../planning/plan.js";
import { numberWriter, unitOf } from "./units.js";
import { factsOf, isLeftOver, type PlanView } from "./view.js";

/** The resources that the line speaks of. */
const SPOKEN = ["cpu", "memory"];

/** One line without a line break at its end. */
export function summaryLine(view: PlanView): string {
  const { plan } = view;
  return `${placedPart(view)}; ${evictedPart(plan)}${leftPart(plan)}. ${roomPart(plan.summary)}`.trimEnd();
}

function placedPart(view: PlanView): string {
  const { summary, decisions } = view.plan;
  const toPlace = decisions.filter((decision) => decision.status !== "existing");
  const containers = (part: typeof toPlace): number =>
    part.reduce((sum, decision) => sum + factsOf(view, decision.pod).containers, 0);
  const placed = containers(toPlace.filter((decision) => decision.status === "placed"));
  const existing = summary.existing === 0 ? "" : ` beside ${summary.existing} existing`;
  return (
    `${summary.placed} of ${toPlace.length} pods placed (${placed} of ${containers(toPlace)} containers)${existing}, ` +
    `${summary.nodesUsed} of ${summary.nodes} nodes used`
  );
}

function evictedPart({ evictions = [] }: Plan): string {
  if (evictions.length === 0) return "";
  const count = evictions.length === 1 ? "1 eviction" : `${evictions.length} evictions`;
  const violating = evictions.filter(({ violatesBudget }) => violatesBudget).length;
  return `${count}${violating === 0 ? "" : `, ${violating} against a PodDisruptionBudget`}; `;
}

function leftPart(plan: Plan): string {
  const counts = new Map<string, number>();
  for (const { status } of plan.decisions.filter(isLeftOver)) counts.set(status, (counts.get(status) ?? 0) + 1);
  if (counts.size === 0) return "nothing left over";
  return `left over: ${[...counts].map(([status, count]) => `${count} ${status}`).join(", ")}`;
}

function roomPart({ resources }: PlanSummary): string {
  const spoken = SPOKEN.filter((name) => (resources[name]?.allocatable ?? 0) > 0);
  if (spoken.length === 0) return "";
  const shares = spoken.map((name) => {
    const { requested, allocatable } = resources[name]!;
    return `${name} ${Math.round((100 * requested) / allocatable)} %`;
  });
  const free = spoken.map((name) => {
    const { largestFree } = resources[name]!;
    const unit = unitOf(name);
    return `${numberWriter([largestFree], unit)(largestFree)} ${unit.noun}`;
  });
  return `Requested: ${shares.join(", ")}; most free on one node: ${free.join(", ")}.`;
}
