/** Which columns the table of nodes has: the node, its resources, its pods. */

import type { MadePlan, PlanNode } from "../../planning/plan.js";
import { numberWriter, type Unit, unitOf } from "./units.js";

export interface ResourceColumn {
  readonly resource: string;
  readonly unit: Unit;
  /** Requested and allocatable of a node, aligned with the other nodes': `12.50/16`, or `-` where it has none. */
  readonly text: (node: PlanNode) => string;
  /** Requested over allocatable; 0 where there is nothing of it. */
  readonly share: (node: PlanNode) => number;
}

/** What a node shows that has nothing of a resource. */
const ABSENT = "-";
/** Left out of the short table while no pod requests any: every node has them and few pods name them. */
const QUIET = /^(ephemeral-storage|hugepages-.*|attachable-volumes-.*)$/;

/**
 * One column for each resource that some node has or has given away, `pods` last. The short table leaves out
 * ephemeral-storage, huge pages and volume limits while no pod requests them.
 */
export function resourceColumns(plan: MadePlan, isWide: boolean): ResourceColumn[] {
  const names = Object.entries(plan.summary.resources)
    .filter(([name, { allocatable, requested }]) => requested > 0 || (allocatable > 0 && (isWide || !QUIET.test(name))))
    .map(([name]) => name)
    .filter((name) => name !== "pods");
  return [...names, ...("pods" in plan.summary.resources ? ["pods"] : [])].map((name) =>
    resourceColumn(name, plan.nodes),
  );
}

function resourceColumn(resource: string, nodes: readonly PlanNode[]): ResourceColumn {
  const unit = unitOf(resource);
  const requested = alignedWriter(nodes, (node) => node.requested[resource] ?? 0, unit);
  const allocatable = alignedWriter(nodes, (node) => node.allocatable[resource] ?? 0, unit);
  return {
    resource,
    unit,
    text: (node) => (isAbsent(node, resource) ? ABSENT : `${requested(node)}/${allocatable(node)}`),
    share: (node) => shareOf(node, resource),
  };
}

/** Writes one amount of each node, all with the same decimals and width. */
function alignedWriter(
  nodes: readonly PlanNode[],
  amountOf: (node: PlanNode) => number,
  unit: Unit,
): (node: PlanNode) => string {
  const amounts = new Set(nodes.map(amountOf));
  const write = numberWriter(amounts, unit);
  let width = 0;
  for (const amount of amounts) width = Math.max(width, write(amount).length);
  return (node) => write(amountOf(node)).padStart(width);
}

function isAbsent(node: PlanNode, resource: string): boolean {
  return !node.requested[resource] && !node.allocatable[resource];
}

function shareOf(node: PlanNode, resource: string): number {
  const [requested, allocatable] = [node.requested[resource] ?? 0, node.allocatable[resource] ?? 0];
  if (requested === 0) return 0;
  return requested / allocatable;
}
