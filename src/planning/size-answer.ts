/** The parts of the answer that are read off a fleet and its packing. */

import type { Cluster } from "../cluster/cluster.js";
import { StowageError } from "../errors.js";
import { namespacedName, type Pod } from "../kube/objects.js";
import type { Packed } from "../packing/pack.js";
import type { Decision, ReasonCount } from "../scheduler/decision.js";
import { countDocument } from "./count-bound.js";
import { type Fleet, type FleetNode, fleetCost } from "./fleet.js";
import type { Checked } from "./fleet-check.js";
import { nearestMisses } from "./nearest.js";
import { HOSTNAME_LABEL, priceOf, ZONE_LABEL } from "./offers.js";
import { readableRequest } from "./request.js";
import type { SizeContext } from "./size-context.js";
import {
  type Binding,
  type Bound,
  type Cost,
  type FleetDocument,
  HOURS_A_MONTH,
  type NodePods,
  type Unplaceable,
} from "./size-document.js";
import type { SizeProblem } from "./size-problem.js";

export function costDocument(cost: number): Cost {
  return { perHour: priceOf(cost), perMonth: priceOf(cost * HOURS_A_MONTH) };
}

/** The dearest part of the mix first. */
export function fleetDocument(nodes: readonly FleetNode[]): FleetDocument {
  const counts = new Map<string, { count: number; cost: number }>();
  for (const { offer, cost } of nodes)
    counts.set(offer.name, { count: (counts.get(offer.name)?.count ?? 0) + 1, cost });
  const mix = [...counts].map(([offer, { count, cost }]) => ({ offer, count, pricePerHour: priceOf(cost) }));
  mix.sort((a, b) => b.count * b.pricePerHour - a.count * a.pricePerHour || (a.offer < b.offer ? -1 : 1));
  return { ...costDocument(fleetCost(nodes)), nodes: nodes.length, mix };
}

/**
 * Every node with its pods. What is printed is placed once more for it, from nothing.
 *
 * @throws StowageError ERR_INTERNAL where a pod then goes elsewhere: a bug
 */
export async function placementOf(
  { checker, cluster }: SizeContext,
  { nodes, decisions, way }: Checked,
): Promise<NodePods[]> {
  const pods = decisions.map(({ pod }) => pod);
  let placement: NodePods[] = [];
  const again = await checker.place(nodes, pods, way, () => {
    placement = placementNow(cluster, nodes, pods);
  });
  assertSame(decisions, again);
  return placement;
}

/** Every node of the cluster with those of the pods that are on it, the new ones first. */
export function placementNow(cluster: Cluster, nodes: readonly FleetNode[], pods: readonly Pod[]): NodePods[] {
  const fresh = new Map(nodes.map((node) => [node.name, node]));
  // Where all of them are here and no other pod is, none need be told apart.
  const ours = cluster.podCount > pods.length ? new Set(pods.map(namespacedName)) : undefined;
  const views = [...cluster.nodes()].map((view): NodePods => {
    const made = fresh.get(view.name);
    return {
      name: view.name,
      ...(made !== undefined && { offer: made.offer.name }),
      ...(made?.zone !== undefined && { zone: made.zone }),
      allocatable: view.allocatable,
      requested: view.requested,
      pods: ours === undefined ? view.pods : view.pods.filter((pod) => ours.has(pod)),
    };
  });
  return [...views.filter(({ offer }) => offer !== undefined), ...views.filter(({ offer }) => offer === undefined)];
}

function assertSame(decisions: readonly Decision[], again: readonly Decision[]): void {
  const nodeOf = (decision: Decision | undefined) => (decision?.status === "placed" ? decision.node : undefined);
  const differs = again.find((decision, at) => {
    const node = nodeOf(decision);
    return node === undefined || node !== nodeOf(decisions[at]);
  });
  if (differs === undefined) return;
  throw new StowageError("ERR_INTERNAL", { reason: `the plan does not pass its own check at ${differs.key}` });
}

/**
 * @param more what else keeps the cost up: a bound for what the fleet has to survive, in millionths
 */
export function boundDocument(context: SizeContext, { bound }: Packed, fleet: Fleet, more: number | undefined): Bound {
  const cost = fleetCost(fleet.nodes);
  const proven = Math.max(bound.cost, more ?? 0);
  const { groups } = context.problem;
  const { maxNodes, maxTypes } = context.options;
  const relations = new Set(groups.flatMap((group) => group.relations));
  if (maxTypes !== undefined) relations.add(`at most ${maxTypes} offers`);
  if (maxNodes !== undefined) relations.add(`at most ${maxNodes} nodes`);
  const prices = groups
    .map(({ pods }, group) => ({
      pod: namespacedName(pods[0]!),
      count: pods.length,
      perHour: priceOf(bound.prices[group] ?? 0),
    }))
    .filter(({ perHour }) => perHour > 0);
  return {
    perHour: priceOf(proven),
    gap: proven > 0 ? cost / proven - 1 : cost > 0 ? 1 : 0,
    isProven: cost <= proven,
    method: bound.method,
    leavesOut: [...relations].sort(),
    prices,
    ...(bound.counts !== undefined && { counts: countDocument(context.problem, bound.counts) }),
  };
}

/** Takes the cheapest node away and looks who has no place then. */
export async function bindingOf(
  context: SizeContext,
  { nodes, decisions, way }: Checked,
): Promise<{ binds?: Binding }> {
  const { checker, cluster } = context;
  const last = nodes.reduce<FleetNode | undefined>(
    (least, node) => (least && least.cost <= node.cost ? least : node),
    undefined,
  );
  if (last === undefined) return {};
  const rest = nodes.filter((node) => node !== last);
  const pods = decisions.map(({ pod }) => pod);
  return checker.within(rest, async () => {
    const scheduler = checker.scheduler(way.strategy);
    const again = await scheduler.placeAll(pods, { order: "listed" });
    const left = again.find(({ status }) => status !== "placed");
    if (left === undefined || left.status === "placed") return {};
    const rejections = left.status === "unschedulable" ? scheduler.rejections(left.pod) : [];
    const [nearest] = nearestMisses(rejections, readableRequest(left.pod), (node) => cluster.node(node));
    return {
      binds: { without: last.name, pod: left.key, message: left.message, ...(nearest !== undefined && { nearest }) },
    };
  });
}

/** Which offers say no to a group, why, and which lack least. */
export function unplaceableGroups(problem: SizeProblem, groups: readonly number[]): Unplaceable[] {
  return groups.map((at) => {
    const { pods, request, keys } = problem.groups[at]!;
    const fit = problem.fits[at]!;
    const offers = fit.rejected.filter(({ node }) => problem.samples.has(node));
    const counts = new Map<string, ReasonCount>();
    const count = (plugin: string, reason: string): void => {
      const key = `${plugin}: ${reason}`;
      counts.set(key, { plugin, reason, nodes: (counts.get(key)?.nodes ?? 0) + 1 });
    };
    for (const { plugin, reasons } of offers) for (const reason of reasons) count(plugin, reason);
    for (const name of fit.feasible) {
      const labels = problem.samples.get(name)?.type.offer?.labels ?? {};
      const zone = problem.samples.get(name)?.type.zone;
      for (const key of keys) {
        const isThere =
          Object.hasOwn(labels, key) || key === HOSTNAME_LABEL || (zone !== undefined && key === ZONE_LABEL);
        if (!isThere) count("PodTopologySpread", `no label ${key}`);
      }
    }
    const nearest = nearestMisses(offers, request, (node) => problem.samples.get(node)?.room).map(
      ({ node, lacks }) => ({
        offer: problem.samples.get(node)?.type.offer?.name ?? node,
        lacks,
      }),
    );
    return {
      pod: namespacedName(pods[0]!),
      count: pods.length,
      reasons: [...counts.values()].sort((a, b) => b.nodes - a.nodes),
      nearest,
    };
  });
}
