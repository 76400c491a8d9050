/** The first lines of an explanation: where the pod goes, or why it goes nowhere, and what would help. */

import { priorityOf } from "../../kube/objects.js";
import type { PodStory } from "../../planning/explain.js";
import type { Look } from "../terminal.js";
import { emphasis, wrapped } from "./prose.js";
import { amountInWords } from "./units.js";

/** Lines, each ending in a line break. */
export function headline(story: PodStory, look: Look): string {
  const lines = [outcome(story, look), ...circumstances(story), ...nearestLines(story), ...preemptionLines(story)];
  return lines.map((line) => `${wrapped(line, look.width)}\n`).join("");
}

function outcome({ explanation, runsOn }: PodStory, look: Look): string {
  const { decision, nodeCount, feasibleCount } = explanation;
  const { key } = decision;
  const asked = runsOn === undefined ? "" : `, were it not on ${runsOn}`;
  if (decision.status === "placed") {
    const verb = runsOn === undefined ? "goes to" : "would go to";
    const others =
      feasibleCount === 1 ? "the only node that can take it" : `one of ${feasibleCount} nodes that can take it`;
    const where = decision.node === runsOn ? ", where it runs" : asked;
    return `${key} ${verb} ${emphasis(decision.node, look)}${where}: ${others}, of ${nodeCount}.`;
  }
  if (decision.status === "unschedulable") {
    return `${key} ${emphasis("fits on no node", look)}${asked}. ${decision.message}`;
  }
  return `${key} is ${emphasis(decision.status, look)}: ${decision.message}`;
}

function circumstances({ runsOn, before }: PodStory): string[] {
  const lines: string[] = [];
  if (runsOn !== undefined) {
    lines.push(`It runs on ${runsOn}; for this question it was taken away from there, with all that it takes up.`);
  }
  if (before !== undefined) {
    const left = before.leftOver === 0 ? "" : `, ${before.leftOver} fit nowhere`;
    lines.push(`Asked after the other pods were placed: ${before.placed} have a node${left}.`);
  }
  return lines;
}

function nearestLines({ explanation, nearest }: PodStory): string[] {
  if (explanation.decision.status !== "unschedulable" || nearest.length === 0) return [];
  const misses = nearest.map(({ node, lacks }) => {
    const amounts = Object.entries(lacks).map(([resource, amount]) => moreInWords(resource, amount));
    return `needs ${amounts.join(" and ")} on ${node}`;
  });
  return [`Nearest: ${misses.join("; ")}.`];
}

/** "300m more cpu", "room for 1 more pod". */
function moreInWords(resource: string, amount: number): string {
  const text = amountInWords(resource, amount);
  if (resource === "pods") return text.replace(/(\d+) pod/, "$1 more pod");
  return text.replace(" ", " more ");
}

function preemptionLines({ explanation }: PodStory): string[] {
  const preemption = explanation.preemption();
  if (preemption === undefined) return [];
  if (preemption.status !== "possible") {
    return preemption.message === "" ? [] : [`kube-scheduler adds: ${preemption.message}`];
  }
  const { node, victims, pdbViolations } = preemption;
  const names = victims.map(({ key, pod, violatesBudget }) => {
    const budget = violatesBudget ? ", which breaks a PodDisruptionBudget" : "";
    return `${key} (priority ${priorityOf(pod)}${budget})`;
  });
  const broken = pdbViolations === 0 ? "" : ` Budgets broken: ${pdbViolations}.`;
  return [`kube-scheduler would make room on ${node} by evicting ${names.join(", ")}.${broken}`];
}
