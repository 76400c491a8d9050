/** Fleets of which any one node, or any one zone, may fail: how they are made, what they must cost, and that they hold. */

import { namespacedName, type Pod } from "../kube/objects.js";
import type { Filled, Packing, Problem } from "../packing/problem.js";
import type { Checked } from "./fleet-check.js";
import { ZONE_LABEL } from "./offers.js";
import { repacked, type SizeContext, SURVIVAL_SHARE } from "./size-context.js";
import type { Survival } from "./size-document.js";

/** A packing with a spare node, and what every packing that survives a node costs at least. */
export interface WithSpare {
  readonly packing: Packing;
  readonly bound: number;
}

/** So many costs of the dearest node in use are tried. */
const TRIED = 8;
const MOST_ROUNDS = 6;

/**
 * The dearest node in use costs M: without it, the others, none dearer, must hold everything. So a fleet costs at least M
 * and what the cheapest packing with nodes of at most M costs; and such a packing with a spare that can hold what any of
 * its nodes holds will do.
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
  const costs = [...new Set(types.flatMap(({ cost }) => (cost > 0 ? cost : [])))].sort((a, b) => a - b);
  const used = main.bins.map(({ type }) => types[type]!.cost);
  const tried = spread(costs, used);
  let best: Packing | undefined;
  let bound = Number.POSITIVE_INFINITY;
  for (const [at, most] of tried.entries()) {
    const allowed = types.map((type) => (type.cost > most ? { ...type, most: 0, capacity: [] } : type));
    const found = await context.packWith({ kinds, types: allowed }, (SURVIVAL_SHARE * share) / TRIED);
    const least = costs.find((cost) => cost > (tried[at - 1] ?? 0)) ?? most;
    if (found.packing === undefined) continue;
    // For dearest nodes between the one tried before and this one, this packing's bound holds, as they may use fewer types.
    bound = Math.min(bound, found.bound.cost + least);
    const spare = spareFor({ kinds, types }, found.packing, most);
    if (spare === undefined) continue;
    const cost = found.packing.cost + types[spare.type]!.cost;
    if (best === undefined || cost < best.cost) best = { cost, bins: [...found.packing.bins, spare] };
  }
  return best === undefined ? undefined : { packing: best, bound };
}

/** Some of the costs, the dearest always, and those in use. */
function spread(costs: readonly number[], used: readonly number[]): number[] {
  const wanted = new Set([costs.at(-1)!, Math.max(0, ...used)]);
  for (let part = 1; part < TRIED - 2; part++)
    wanted.add(costs[Math.floor((part * (costs.length - 1)) / (TRIED - 1))]!);
  return costs.filter((cost) => wanted.has(cost));
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
    const more = await repacked(context, pods);
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
