/** Other fleets beside the cheapest: what simplicity, fewer or smaller nodes, and room to grow would cost. */

import type { BinType, Packing, Problem } from "../packing/problem.js";
import { type Fleet, fleetCost, fleetOf, NodeMaker } from "./fleet.js";
import { costOf, type Offer } from "./offers.js";
import { fleetDocument } from "./size-answer.js";
import { SIDE_SHARE, type SizeContext } from "./size-context.js";
import type { Alternative, HeadroomRow } from "./size-document.js";
import { cheapestAlone, offersIn, onlyOffers } from "./size-limits.js";
import { sizeProblem } from "./size-problem.js";

const MOST = 5;
const SHARES = [0, 0.1, 0.2, 0.3];

/** Different fleets, the cheapest first. */
export async function alternativesTo(context: SizeContext, cost: number, fleet: Fleet): Promise<Alternative[]> {
  const found: Alternative[] = [];
  const known = new Set([mixOf(fleetDocument(fleet.nodes))]);
  for (const { trade, problem } of context.isSpent() ? [] : await trades(context, fleet)) {
    if (context.isSpent()) break;
    const { packing } = await context.packWith(problem, SIDE_SHARE, { target: 0.003 });
    if (packing === undefined) continue;
    const document = documentOf(context, packing);
    if (known.has(mixOf(document))) continue;
    known.add(mixOf(document));
    found.push({ ...document, trade, over: cost > 0 ? (document.perHour * 1e6) / cost - 1 : 0 });
  }
  return found.sort((a, b) => a.perHour - b.perHour).slice(0, MOST);
}

interface Trade {
  readonly trade: string;
  readonly problem: Problem;
}

async function trades(context: SizeContext, fleet: Fleet): Promise<Trade[]> {
  const { offers, problem } = context;
  const used = fleet.nodes.map(({ offer }) => offer);
  if (used.length === 0) return [];
  const without = (trade: string, keep: (offer: Offer) => boolean): Trade => ({
    trade,
    problem: onlyOffers(context, new Set(offers.filter(keep).map(({ name }) => name))),
  });
  const dearest = used.reduce((most, offer) => (offer.price > most.price ? offer : most));
  const most = offersIn(context, packingOf(context, fleet));
  const main = [...most].sort((a, b) => b[1] - a[1])[0]?.[0];
  const alone = await cheapestAlone(context);
  const arch = "kubernetes.io/arch";
  const archOf = (offer: Offer): string => offer.labels?.[arch] ?? "amd64";
  const priced = Math.round(fleetCost(fleet.nodes) / Math.max(1, fleet.nodes.length));
  return [
    ...(alone === undefined ? [] : [without("one kind of node only", ({ name }) => name === alone)]),
    { trade: "fewer nodes", problem: withNodePrice(problem.packing, priced) },
    without("smaller nodes: less is lost with one", ({ price }) => price <= dearest.price / 2),
    without(`without ${main ?? dearest.name}`, ({ name }) => name !== (main ?? dearest.name)),
    without(`all ${archOf(used[0]!)}`, (offer) => archOf(offer) === archOf(used[0]!)),
    without("another architecture", (offer) => archOf(offer) !== archOf(used[0]!)),
  ];
}

function packingOf({ problem }: SizeContext, { nodes }: Fleet): Packing {
  const bins = nodes.map(({ offer }) => ({
    type: problem.types.findIndex((type) => type.offer === offer),
    counts: new Int32Array(),
    times: 1,
  }));
  return { cost: fleetCost(nodes), bins };
}

function withNodePrice({ kinds, types }: Problem, price: number): Problem {
  return { kinds, types: types.map((type): BinType => (type.cost > 0 ? { ...type, cost: type.cost + price } : type)) };
}

/** What a packing costs by the offers' own prices. */
function documentOf(context: SizeContext, packing: Packing) {
  const { problem, kept, options } = context;
  const maker = new NodeMaker([], kept, costOf(options.nodePrice ?? 0));
  return fleetDocument(fleetOf(problem, packing, maker).nodes);
}

function mixOf({ mix }: Pick<Alternative, "mix">): string {
  return mix.map(({ offer, count }) => `${count} ${offer}`).join();
}

/** The cheapest packing for several parts of every node that stay free; without those for which there is none. */
export async function headroomRows(context: SizeContext): Promise<HeadroomRow[]> {
  const { cluster, checker, pods, offers, options, kept, isPlain } = context;
  const shares = [...new Set([...SHARES, kept.headroom])].sort((a, b) => a - b);
  const nodeCost = costOf(options.nodePrice ?? 0);
  const rows: HeadroomRow[] = [];
  for (const share of shares) {
    if (context.isSpent()) break;
    const at = { ...kept, headroom: share };
    const problem = sizeProblem(cluster, checker.scheduler("configured"), pods, offers, {
      kept: at,
      nodeCost,
      isPlain,
    });
    const { packing } = await context.packWith(problem.packing, SIDE_SHARE, { target: 0.003 });
    if (packing === undefined) continue;
    const fleet = fleetOf(problem, packing, new NodeMaker([], at, nodeCost));
    rows.push({ share, ...fleetDocument(fleet.nodes) });
  }
  return rows;
}
