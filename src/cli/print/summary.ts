/** The last line: how much was placed, what was not, and what is still free. */

import type { MadePlan, PlanSummary } from "../../planning/plan.js";
import { numberWriter, unitOf } from "./units.js";
import { factsOfPod, isLeftOver, type PlanView } from "./view.js";

/** The resources that the line speaks of. */
const SPOKEN = ["cpu", "memory"];

/** One line without a line break at its end. */
export function summaryLine({ plan }: PlanView): string {
  return `${placedPart(plan)}; ${evictedPart(plan)}${leftPart(plan)}. ${roomPart(plan.summary)}`.trimEnd();
}

function placedPart({ summary, decisions }: MadePlan): string {
  let placed = 0;
  let toPlace = 0;
  for (const { pod, fate } of decisions) {
    if (fate.status === "existing") continue;
    const { containers } = factsOfPod(pod);
    toPlace += containers;
    if (fate.status === "placed") placed += containers;
  }
  const existing = summary.existing === 0 ? "" : ` beside ${summary.existing} existing`;
  return (
    `${summary.placed} of ${summary.pods - summary.existing} pods placed (${placed} of ${toPlace} containers)${existing}, ` +
    `${summary.nodesUsed} of ${summary.nodes} nodes used`
  );
}

function evictedPart({ evictions = [] }: MadePlan): string {
  if (evictions.length === 0) return "";
  const count = evictions.length === 1 ? "1 eviction" : `${evictions.length} evictions`;
  const violating = evictions.filter(({ violatesBudget }) => violatesBudget).length;
  return `${count}${violating === 0 ? "" : `, ${violating} against a PodDisruptionBudget`}; `;
}

function leftPart({ decisions }: MadePlan): string {
  const counts = new Map<string, number>();
  for (const decided of decisions) {
    const { status } = decided.fate;
    if (isLeftOver(decided)) counts.set(status, (counts.get(status) ?? 0) + 1);
  }
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
