/** Fleets of which any one node, or any one zone, may fail: how they are made, what they must cost, and that they hold. */

import { namespacedName, type Pod } from "../kube/objects.js";
import type { Packed } from "../packing/pack.js";
import type { Filled, Packing, Problem } from "../packing/problem.js";
import type { Checked } from "./fleet-check.js";
import { ZONE_LABEL } from "./offers.js";
import { repacked, type SizeContext, SURVIVAL_SHARE } from "./size-context.js";
import type { Survival } from "./size-document.js";
import { standingSpare } from "./standing-spare.js";

/** A packing with a spare node, and what every packing that survives a node costs at least. */
export interface WithSpare {
  readonly packing: Packing;
  readonly bound: number;
}

/** So many costs of the dearest node in use are tried. */
const TRIED = 12;
const MOST_ROUNDS = 6;

/** Costs that the dearest node in use may have, from the first to the last, and what a packing without dearer ones costs. */
interface Dearest {
  readonly first: number;
  readonly last: number;
  readonly least: number;
}

/**
 * The dearest node in use costs M: without it, the others, none dearer, must hold everything. So a fleet costs at least M
 * and what the cheapest packing with nodes of at most M costs; and such a packing with a spare that can hold what any of
 * its nodes holds will do. Where M could be least is looked at more closely, again and again. Where nothing has to be bought M
 * is nothing, and the nodes that are there may have a spare among them.
 *
 * @param main the cheapest packing that survives nothing
 * @param share of the effort that all of it takes in the end
 */
export async function packingWithSpare(
  context: SizeContext,
  main: Packing,
  { kinds, types }: Problem,
  share: number,
): Promise<WithSpare | undefined> {
  const byFirstFit = (problem: Problem): Promise<Packed> => context.packWith(problem, 0, { solver: undefined });
  const standing = main.cost > 0 ? "unknown" : await standingSpare({ kinds, types }, main, byFirstFit);
  if (standing === "enough") return { packing: main, bound: 0 };
  const costs = [...new Set(types.flatMap(({ cost }) => (cost > 0 ? cost : [])))].sort((a, b) => a - b);
  let best = withSpare({ kinds, types }, main, costs.at(-1) ?? 0);
  const enough = (): number => best?.cost ?? Number.POSITIVE_INFINITY;
  const packedWithin = (most: number): Promise<Packed> => {
    const allowed = types.map((type) => (type.cost > most ? { ...type, most: 0, capacity: [] } : type));
    return context.packWith({ kinds, types: allowed }, (SURVIVAL_SHARE * share) / TRIED);
  };
  const whole = await packedWithin(costs.at(-1) ?? 0);
  const other = withSpare({ kinds, types }, whole.packing, costs.at(-1) ?? 0);
  if (other !== undefined && other.cost < enough()) best = other;
  let parts: Dearest[] = [{ first: 0, last: costs.length - 1, least: whole.bound.cost }];
  const boundOf = ({ first, least }: Dearest): number => (costs[first] ?? 0) + least;
  for (let tried = 1; tried < TRIED; tried++) {
    const part = parts.reduce((low, one) => (boundOf(one) < boundOf(low) ? one : low));
    const { first, last, least } = part;
    if (first >= last || boundOf(part) >= enough() || context.isSpent()) break;
    // Of dearer ones the dearest alone would cost too much beside the rest.
    const open = costs.findLastIndex((cost, at) => at <= last && cost + least < enough());
    const middle = Math.min(last - 1, (first + open) >> 1);
    const found = await packedWithin(costs[middle]!);
    // Where some pod has no place the dearest node is one of the others.
    const isNone = found.homeless.length > 0;
    const lower = isNone ? [] : [{ first, last: middle, least: Math.max(least, found.bound.cost) }];
    parts = [...parts.filter((one) => one !== part), ...lower, { first: middle + 1, last, least }];
    const spared = withSpare({ kinds, types }, found.packing, costs[middle]!);
    if (spared !== undefined && spared.cost < enough()) best = spared;
  }
  const isShort = standing === "short" || whole.bound.cost > 0;
  const least = isShort ? Math.min(...parts.map(boundOf)) : 0;
  return best && { packing: best, bound: Math.min(best.cost, least) };
}

function withSpare(problem: Problem, packing: Packing | undefined, most: number): Packing | undefined {
  const spare = packing && spareFor(problem, packing, most);
  if (packing === undefined || spare === undefined) return undefined;
  return { cost: packing.cost + problem.types[spare.type]!.cost, bins: [...packing.bins, spare] };
}

function spareFor({ kinds, types }: Problem, { bins }: Packing, most: number): Filled | undefined {
  const holds = (type: number, counts: Int32Array): boolean => {
    const { capacity, admits } = types[type]!;
    const used = capacity.map(() => 0);
    for (const [kind, count] of counts.entries()) {
      if (count === 0) continue;
      if (admits?.(kind) === false || count > (kinds[kind]!.mostPerBin ?? count)) return false;
      for (const [d, size] of kinds[kind]!.sizes.entries()) used[d]! += size * count;
    }
    return used.every((amount, d) => amount <= capacity[d]!);
  };
  let best: number | undefined;
  for (const [type, { cost, most: limit }] of types.entries()) {
    if (limit !== undefined || cost > most || (best !== undefined && cost >= types[best]!.cost)) continue;
    if (bins.every(({ counts }) => holds(type, counts))) best = type;
  }
  return best === undefined ? undefined : { type: best, counts: new Int32Array(kinds.length), times: 1 };
}

export interface Survived {
  readonly checked: Checked;
  readonly document: Survival | undefined;
}

/** Fails each part in turn and places its pods again; adds nodes until all of them have a place, or says which have not. */
export async function ensureSurvival(context: SizeContext, checked: Checked): Promise<Survived> {
  const { survive } = context.options;
  if (survive === undefined) return { checked, document: undefined };
  let now = checked;
  for (let round = 0; ; round++) {
    const { tried, lost } = await failures(context, now, survive);
    const document: Survival = { level: survive, tried, lost };
    if (lost.length === 0 || round === MOST_ROUNDS) return { checked: now, document };
    const keys = new Set(lost.reduce((most, one) => (one.pods.length > most.length ? one.pods : most), lost[0]!.pods));
    const pods = context.pods.filter((pod) => keys.has(namespacedName(pod)));
    const more = await repacked(context, pods, now.nodes);
    if (more === undefined || more.length === 0) return { checked: now, document };
    const nodes = [...now.nodes, ...more];
    const decisions = await context.checker.place(nodes, orderOf(now), now.way);
    if (decisions.some(({ status }) => status !== "placed")) return { checked: now, document };
    now = { ...now, nodes, decisions };
  }
}

function orderOf({ decisions }: Checked): Pod[] {
  return decisions.map(({ pod }) => pod);
}

async function failures(context: SizeContext, { nodes, decisions, way }: Checked, level: "node" | "zone") {
  const { checker, cluster } = context;
  const scheduler = checker.scheduler(way.strategy);
  const ours = new Map(decisions.map(({ key, pod }) => [key, pod]));
  return checker.within(nodes, async () => {
    await scheduler.placeAll(orderOf({ decisions } as Checked), { order: "listed" });
    const parts = new Map<string, string[]>();
    for (const { name, labels } of cluster.nodes()) {
      const part = level === "node" ? name : (labels[ZONE_LABEL] ?? name);
      parts.set(part, [...(parts.get(part) ?? []), name]);
    }
    const lost: { failed: string; pods: string[] }[] = [];
    for (const [failed, names] of parts) {
      cluster.begin();
      try {
        const gone = names.flatMap((name) => cluster.node(name)?.pods ?? []);
        for (const key of gone) cluster.removePod(key);
        for (const name of names) cluster.removeNode(name);
        const back = gone.flatMap((key) => ours.get(key) ?? []);
        const again = await scheduler.placeAll(back);
        const left = again.filter(({ status }) => status !== "placed").map(({ key }) => key);
        if (left.length > 0) lost.push({ failed, pods: left });
      } finally {
        cluster.rollback();
      }
    }
    return { tried: parts.size, lost };
  });
}
