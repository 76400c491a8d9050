/** Packings that keep to more than room: few offers, few nodes, spread over zones, a spare node. */

import type { BinType, Filled, Packing, Problem } from "../packing/problem.js";
import { ZONE_LABEL } from "./offers.js";
import { isSpreadOver } from "./pod-groups.js";
import { contextOf, SIDE_SHARE, type SizeContext, SURVIVAL_SHARE } from "./size-context.js";
import { packingWithSpare } from "./size-survival.js";

/** A packing, and whether its nodes have to be in the zones of their types. */
export interface Limited {
  readonly packing: Packing;
  readonly isZoned: boolean;
  /** What every packing that survives what it has to costs at least, where that is more than without. */
  readonly bound?: number;
}

/** A question of size with fewer offers. */
export interface Narrowed {
  readonly context: SizeContext;
  readonly packing: Packing;
}

/** Offers that are candidates when only a few may be used. */
const CANDIDATES = 8;
const MOST_DOUBLINGS = 24;
/** Times the dearest node's cost: a price of nodes beside which theirs does not count. */
const EXTREME = 1_000;
/** Of the budget, for packing zone by zone where pods have to be spread. */
const ZONES_SHARE = 0.3;

/**
 * The question with as few offers as may be in the mix; whatever is added later, for a failure or by a repair, is of these.
 * Undefined where none of the few that were tried hold everything.
 */
export async function withFewOffers(context: SizeContext, main: Packing): Promise<Narrowed | undefined> {
  const { cluster, pods, offers, options } = context;
  const most = options.maxTypes;
  if (most === undefined) return { context, packing: main };
  const isFew = offersIn(context, main).size <= most;
  const chosen = isFew ? new Set(offersIn(context, main).keys()) : await fewOffers(context, main, most);
  if (chosen === undefined) return undefined;
  const few = contextOf(
    cluster,
    pods,
    offers.filter(({ name }) => chosen.has(name)),
    options,
    context.ledger,
  );
  const { packing } = await few.packWith(few.problem.packing, SIDE_SHARE * 3);
  return packing === undefined ? undefined : { context: few, packing };
}

/** Starts from the cheapest packing and gives what was asked for beside; undefined where it cannot be had. */
export async function limitedPacking(context: SizeContext, main: Packing): Promise<Limited | undefined> {
  const { options, problem } = context;
  const first = await arranged(context, main, problem.packing, 1);
  if (first === undefined || newNodes(context, first.packing) <= (options.maxNodes ?? Number.POSITIVE_INFINITY)) {
    return first;
  }
  const few = await fewNodes(context, options.maxNodes ?? 0);
  return few && { ...few, ...(first.bound !== undefined && { bound: first.bound }) };
}

/**
 * With a spare node or by zones, where what was asked for needs it.
 *
 * @param share of the effort that this takes in the end
 */
async function arranged(
  context: SizeContext,
  plain: Packing,
  bins: Problem,
  share: number,
): Promise<Limited | undefined> {
  const { options } = context;
  if (options.survive === "node") {
    const spare = await packingWithSpare(context, plain, bins, share);
    return spare && { ...spare, isZoned: false };
  }
  const zones = zonesOf(context);
  const needsZones = options.survive === "zone" || isAnySpread(context);
  if (zones.length < 2 || !needsZones) return { packing: plain, isZoned: false };
  const most = options.survive === undefined ? ZONES_SHARE : SURVIVAL_SHARE;
  const zoned = await byZone(context, bins, zones, share * most);
  return zoned === undefined ? { packing: plain, isZoned: false } : { packing: zoned, isZoned: true };
}

export function zonesOf({ problem }: SizeContext): string[] {
  return [...new Set(problem.types.flatMap(({ zone }) => zone ?? []))].sort();
}

function isAnySpread({ problem }: SizeContext): boolean {
  return problem.groups.some(({ pods }) => isSpreadOver(pods[0]!, ZONE_LABEL));
}

/**
 * Each zone by itself, with an equal share of every group that may be there; what cannot be divided goes to the zones in
 * turn. Where a zone may fail, the shares are those of the others together.
 */
async function byZone(
  context: SizeContext,
  { kinds, types }: Problem,
  zones: readonly string[],
  effort: number,
): Promise<Packing | undefined> {
  const { problem, options } = context;
  const shares = zones.map(() => kinds.map(() => 0));
  let turn = 0;
  for (const [group, { count }] of kinds.entries()) {
    const open = zones
      .map((zone, at) => ({ zone, at }))
      .filter(({ zone }) => types.some(({ admits }, at) => problem.types[at]!.zone === zone && admits?.(group)));
    if (open.length === 0) return undefined;
    const spare = options.survive === "zone" && open.length > 1 ? open.length - 1 : open.length;
    for (const [place, { at }] of open.entries()) {
      const more = (place + open.length - (turn % open.length)) % open.length < count % spare ? 1 : 0;
      shares[at]![group] = Math.floor(count / spare) + more;
    }
    turn += count % spare;
  }
  const bins: Filled[] = [];
  let cost = 0;
  for (const [at, zone] of zones.entries()) {
    const here = types.map(
      (type, index): BinType => (problem.types[index]!.zone === zone ? type : { ...type, most: 0, capacity: [] }),
    );
    const counted = kinds.map((kind, group) => ({ ...kind, count: shares[at]![group]! }));
    const { packing } = await context.packWith({ kinds: counted, types: here }, effort / zones.length);
    if (packing === undefined) return undefined;
    bins.push(...packing.bins);
    cost += packing.cost;
  }
  return { bins, cost };
}

export function offersIn({ problem }: SizeContext, { bins }: Packing): Map<string, number> {
  const costs = new Map<string, number>();
  for (const { type, times } of bins) {
    const { offer } = problem.types[type]!;
    if (offer === undefined) continue;
    costs.set(offer.name, (costs.get(offer.name) ?? 0) + times * problem.packing.types[type]!.cost);
  }
  return costs;
}

/** The problem with these offers alone, and with all nodes that are there. */
export function onlyOffers({ problem }: SizeContext, names: ReadonlySet<string>): Problem {
  const types = problem.packing.types.map((type, at): BinType => {
    const { offer } = problem.types[at]!;
    return offer === undefined || names.has(offer.name) ? type : { ...type, most: 0, capacity: [] };
  });
  return { kinds: problem.packing.kinds, types };
}

export function newNodes({ problem }: SizeContext, { bins }: Packing): number {
  return bins.reduce((sum, { type, times }) => sum + (problem.types[type]!.offer === undefined ? 0 : times), 0);
}

/** One offer after the other, each time the one with which the packing costs least. */
async function fewOffers(context: SizeContext, main: Packing, most: number): Promise<Set<string> | undefined> {
  const byCost = [...offersIn(context, main)].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const single = await cheapestAlone(context);
  const candidates = [...new Set([...byCost.slice(0, CANDIDATES), ...(single === undefined ? [] : [single])])];
  let chosen = new Set<string>();
  let best: number | undefined;
  for (let turn = 0; turn < most; turn++) {
    let next: { name: string; cost: number } | undefined;
    for (const name of candidates.filter((one) => !chosen.has(one))) {
      if (next !== undefined && context.isSpent()) break;
      const cost = await costWith(context, new Set([...chosen, name]));
      if (cost !== undefined && (next === undefined || cost < next.cost)) next = { name, cost };
    }
    // Several offers may be needed before anything fits: then the one that most is spent on comes first.
    const name = next?.name ?? (best === undefined ? candidates.find((one) => !chosen.has(one)) : undefined);
    if (name === undefined || (best !== undefined && next !== undefined && next.cost >= best)) break;
    chosen = new Set([...chosen, name]);
    best = next?.cost ?? best;
  }
  return best === undefined ? undefined : chosen;
}

async function costWith(context: SizeContext, names: ReadonlySet<string>): Promise<number | undefined> {
  const options = { solver: undefined, target: 0.02 };
  const { packing } = await context.packWith(onlyOffers(context, names), SIDE_SHARE / 10, options);
  return packing?.cost;
}

/** The offer in which everything fits for the least cost, by first fit into those that look cheapest. */
export async function cheapestAlone(context: SizeContext): Promise<string | undefined> {
  let best: { name: string; cost: number } | undefined;
  for (const name of promisingOffers(context)) {
    const { packing } = await context.packWith(onlyOffers(context, new Set([name])), 0, { solver: undefined });
    if (packing !== undefined && (best === undefined || packing.cost < best.cost)) best = { name, cost: packing.cost };
  }
  return best?.name;
}

/** Offers by what everything would cost in them alone if it could be cut to fit. */
function promisingOffers({ problem }: SizeContext): string[] {
  const { kinds, types } = problem.packing;
  const totals = (kinds[0]?.sizes ?? []).map((_, d) => kinds.reduce((sum, one) => sum + one.sizes[d]! * one.count, 0));
  const estimates = types.flatMap(({ capacity, cost }, at) => {
    const { offer } = problem.types[at]!;
    const bins = Math.max(1, ...totals.map((total, d) => (total > 0 ? total / capacity[d]! : 0)));
    return offer === undefined || !Number.isFinite(bins) ? [] : [{ name: offer.name, estimate: bins * cost }];
  });
  estimates.sort((a, b) => a.estimate - b.estimate || (a.name < b.name ? -1 : 1));
  return [...new Set(estimates.map(({ name }) => name))].slice(0, CANDIDATES);
}

/**
 * A price on every node drives the number of nodes down; the lowest that does it is found by doubling. A price at which nothing
 * else counts comes first: what needs too many nodes even then is given up, and its packing is the answer when the budget ends.
 */
async function fewNodes(context: SizeContext, most: number): Promise<Limited | undefined> {
  const { types } = context.problem.packing;
  const fewest = await withNodePrice(context, EXTREME * Math.max(1, ...types.map(({ cost }) => cost)), most);
  if (fewest === undefined) return undefined;
  let price = Math.max(1, Math.min(...types.flatMap(({ cost }) => (cost > 0 ? cost : [])))) / 8;
  for (let turn = 0; turn < MOST_DOUBLINGS && !context.isSpent(); turn++, price *= 2) {
    const limited = await withNodePrice(context, Math.round(price), most);
    if (limited !== undefined) return limited;
  }
  return fewest;
}

/** The cheapest packing when each new node costs so much more, at its own cost; undefined where it has too many nodes. */
async function withNodePrice(context: SizeContext, price: number, most: number): Promise<Limited | undefined> {
  const { problem } = context;
  const { kinds, types } = problem.packing;
  const priced = types.map((type, at) =>
    problem.types[at]!.offer === undefined ? type : { ...type, cost: type.cost + price },
  );
  const bins = { kinds, types: priced };
  const { packing } = await context.packWith(bins, SIDE_SHARE);
  if (packing === undefined || newNodes(context, packing) > most) return undefined;
  const limited = await arranged(context, packing, bins, SIDE_SHARE);
  if (limited === undefined || newNodes(context, limited.packing) > most) return undefined;
  const cost = limited.packing.bins.reduce((sum, { type, times }) => sum + types[type]!.cost * times, 0);
  return { packing: { cost, bins: limited.packing.bins }, isZoned: limited.isZoned };
}
