/**
 * The first plan: nodes counted by volume, and the profile placing every pod on them. Nothing is searched or proven for it, so
 * it is there before the solver is asked; a plan it is all the same, for every pod was placed by the real cycle.
 */

import type { Pod } from "../kube/objects.js";
import { type Bulk, binsByVolume } from "../packing/by-volume.js";
import { modelOf } from "../packing/model.js";
import type { BinType, ItemKind, Problem } from "../packing/problem.js";
import { type Fleet, type FleetNode, fleetCost, isHeldToZone } from "./fleet.js";
import type { Checked, Look, Way } from "./fleet-check.js";
import { placementNow } from "./size-answer.js";
import { problemFor, type SizeContext } from "./size-context.js";
import type { NodePods } from "./size-document.js";
import type { SizeProblem } from "./size-problem.js";

export interface FirstPlan {
  readonly fleet: Fleet;
  readonly checked: Checked;
  readonly placement: readonly NodePods[];
  /** In millionths. */
  readonly cost: number;
}

/** Room of each node that is taken to be lost, in pods of middle size: what is tried, one after the other. */
const WASTES = [2 / 3, 4 / 3, 8 / 3];

/**
 * Undefined where counting does not do: what was asked for is more than room, or the profile leaves pods over even on the
 * most generous of the fleets.
 */
export async function firstPlan(context: SizeContext, pods: readonly Pod[]): Promise<FirstPlan | undefined> {
  const { options, problem, checker, cluster } = context;
  if (options.survive !== undefined || pods.length === 0) return undefined;
  const alone = new Set(problem.groups.flatMap((group) => (group.isAlone ? group.pods : [])));
  const way: Way = { order: alone.size > 0 ? "fleet" : "decreasing", strategy: "configured" };
  const isNew = cluster.nodeCount === 0;
  const waiting = isNew
    ? problem.packing
    : problemFor(problem, await leftOver(context, orderFor(context, pods, alone, []), way));
  const distinct = distinctTypes(problem);
  const { kinds, firsts } = mergedKinds(waiting, problem);
  const types = distinct.map((type) => ofKinds(waiting.types[type]!, firsts));
  const model = modelOf({ kinds, types });
  for (const waste of WASTES) {
    const bulks = binsByVolume(model, waste)?.map(
      ({ type, times, kinds: held }): Bulk => ({
        type: distinct[model.origin[type]!]!,
        times,
        kinds: held.map((kind) => firsts[kind]!),
      }),
    );
    if (bulks === undefined || isTooMuch(context, bulks)) return undefined;
    const nodes = nodesOf(context, waiting, bulks);
    const fleet = { nodes, order: orderFor(context, pods, alone, nodes) };
    let placement: NodePods[] = [];
    const look: Look = (there) => {
      placement = placementNow(cluster, there, pods);
    };
    const none = async () => undefined;
    const checked = await checker.repaired(fleet, pods, way, none, Number.POSITIVE_INFINITY, false, look);
    if (checked === undefined && options.isOver?.() === true) return undefined;
    if (checked === undefined) continue;
    return { fleet: { ...fleet, nodes: checked.nodes }, checked, placement, cost: fleetCost(checked.nodes) };
  }
  return undefined;
}

/**
 * Kinds of equal sizes that the same types are open to as one, and the first of each: counted by volume they are the same. Those
 * that want a node without their like may well share it with others.
 */
function mergedKinds({ kinds }: Problem, { admission }: SizeProblem): { kinds: ItemKind[]; firsts: number[] } {
  const rows = new Map(admission.map((row, at) => [row, at]));
  const merged = new Map<string, { readonly first: number; count: number }>();
  for (const [at, { sizes, count, mostPerBin }] of kinds.entries()) {
    const key = mostPerBin === undefined ? `${rows.get(admission[at]!)} ${sizes.join()}` : `alone ${at}`;
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { first: at, count });
    else known.count += count;
  }
  const all = [...merged.values()];
  return { kinds: all.map(({ first, count }) => ({ ...kinds[first]!, count })), firsts: all.map(({ first }) => first) };
}

function ofKinds(type: BinType, firsts: readonly number[]): BinType {
  const { admits } = type;
  return admits === undefined ? type : { ...type, admits: (kind) => admits(firsts[kind]!) };
}

/** One type for all zones of an offer that the filters were asked about once: counted by volume they are the same. */
function distinctTypes({ types, sampleOf }: SizeProblem): number[] {
  const seen = new Set<string>();
  return [...types.keys()].filter((type) => {
    const sample = sampleOf[type];
    if (sample === undefined) return true;
    const isNew = !seen.has(sample);
    seen.add(sample);
    return isNew;
  });
}

/** What finds no place on the nodes that are there. */
async function leftOver({ checker }: SizeContext, pods: readonly Pod[], way: Way): Promise<readonly Pod[]> {
  const decisions = await checker.place([], pods, way);
  return decisions.filter(({ status }) => status !== "placed").map(({ pod }) => pod);
}

/** The largest first; before them pods that want a node without their like, while every node still has room for one. */
function orderFor(
  { checker }: SizeContext,
  pods: readonly Pod[],
  alone: ReadonlySet<Pod>,
  nodes: readonly FleetNode[],
): readonly Pod[] {
  const sorted = checker.ordered({ nodes, order: [] }, pods, { order: "decreasing", strategy: "configured" }, nodes);
  return [...sorted.filter((pod) => alone.has(pod)), ...sorted.filter((pod) => !alone.has(pod))];
}

function isTooMuch({ options, problem }: SizeContext, bulks: readonly Bulk[]): boolean {
  const { maxNodes = Number.POSITIVE_INFINITY, maxTypes = Number.POSITIVE_INFINITY } = options;
  const names = new Set(bulks.map(({ type }) => problem.types[type]!.offer?.name));
  return names.size > maxTypes || bulks.reduce((sum, { times }) => sum + times, 0) > maxNodes;
}

function nodesOf({ problem, maker }: SizeContext, waiting: Problem, bulks: readonly Bulk[]): FleetNode[] {
  // Its names are its own: those of other fleets do not depend on whether there was a first plan.
  const own = maker.unused();
  return bulks.flatMap(({ type, times, kinds }) => {
    const { offer, zone } = problem.types[type]!;
    const where = isHeldToZone(problem, waiting, type, kinds) ? zone : undefined;
    return offer === undefined ? [] : Array.from({ length: times }, () => own.make(offer, where));
  });
}
