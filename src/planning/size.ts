/** How many nodes, of which kind: the cheapest fleet found, what it rests on, and what no fleet can cost less than. */

import type { Cluster } from "../cluster/cluster.js";
import { StowageError } from "../errors.js";
import { namespacedName, type Pod } from "../kube/objects.js";
import { type PodInput, toPod } from "../kube/plain.js";
import type { Packed } from "../packing/pack.js";
import { type FirstPlan, firstPlan } from "./first-plan.js";
import { type Fleet, type FleetNode, fleetCost, fleetOf } from "./fleet.js";
import { type Checked, type Way, waysOf } from "./fleet-check.js";
import { type Offer, priceOf } from "./offers.js";
import { sharingSpecs } from "./shared-specs.js";
import { alternativesTo, headroomRows } from "./size-alternatives.js";
import { bindingOf, boundDocument, fleetDocument, placementOf, unplaceableGroups } from "./size-answer.js";
import {
  contextOf,
  DEFAULT_BUDGET,
  mainShare,
  pauseUnlessAborted,
  repacked,
  type SizeContext,
  type SizeOptions,
} from "./size-context.js";
import { type NodePods, type Repair, type SchedulableFleet, SIZE_SCHEMA_VERSION, type Size } from "./size-document.js";
import { limitedPacking, withFewOffers } from "./size-limits.js";
import type { SizeProblem } from "./size-problem.js";
import { ensureSurvival, type Survived } from "./size-survival.js";
import { steered } from "./steering.js";

/** Above so many pods times nodes only the first ways to repair are tried. */
const MANY = 60_000_000;

/**
 * Answers for pending pods and nodes on offer. The cluster, its nodes and their pods count as there and paid for; it is as
 * before afterwards. Nothing depends on a clock unless `isOver` does.
 *
 * @throws StowageError ERR_ABORTED by the signal, ERR_OBJECT for an offer that makes no sense, ERR_INTERNAL for a plan
 * that does not pass its own check
 */
export async function size(
  cluster: Cluster,
  pods: readonly PodInput[],
  offers: readonly Offer[],
  options: SizeOptions = {},
): Promise<Size> {
  checkOffers(offers);
  checkOptions(options);
  const context = contextOf(cluster, sharingSpecs(pods.map(toPod)), offers, options);
  const first = await firstPlan(context, sizedPods(context.problem, context.pods));
  await progressOf(options)({ cost: first?.cost ?? Number.POSITIVE_INFINITY, bound: 0, done: 0 });
  return first !== undefined && options.isOver?.() === true ? unsearched(context, first) : searched(context, first);
}

/** The first plan as it is, where nobody waits for a better one or none was found. */
function unsearched(
  context: SizeContext,
  { fleet, checked, placement }: FirstPlan,
  main: Packed = { homeless: [], bound: { cost: 0, prices: [], method: "volume" }, spent: 0, wasCut: true },
): Size {
  return {
    ...base(context, main),
    status: "sized",
    schedulable: schedulableDocument(fleet, checked, [], placement),
    packable: { ...fleetDocument(fleet.nodes), isChecked: true },
    bound: boundDocument(context, main, fleet, undefined),
  };
}

async function searched(context: SizeContext, first: FirstPlan | undefined): Promise<Size> {
  const { problem, options, pods } = context;
  const onProgress = progressOf(options, first?.cost);
  const main = await context.packWith(problem.packing, mainShare(options), { onProgress });
  const without = (): Size => {
    if (first !== undefined) return unsearched(context, first, main);
    return main.packing === undefined ? impossible(context, main) : tooLimited(context, main);
  };
  if (main.packing === undefined) return without();
  const narrowed = await withFewOffers(context, main.packing);
  const wanted = narrowed && (await limitedPacking(narrowed.context, narrowed.packing));
  if (wanted === undefined) return without();
  const { context: few } = narrowed!;
  const packed = fleetOf(few.problem, wanted.packing, few.maker, wanted.isZoned);
  const fleet = first !== undefined && first.cost < fleetCost(packed.nodes) ? first.fleet : packed;
  const { best, tried, isChecked } = await schedulable(few, fleet, sizedPods(problem, pods), first);
  if (best === undefined) {
    return options.maxNodes === undefined ? contradicting(context, main, fleet) : tooLimited(context, main);
  }
  const { checked, document: survives } = best;
  // Beside a fleet that survives, others that do not would compare badly.
  const standsAlone = options.survive !== undefined || options.isOver?.() === true;
  const parts = {
    status: "sized" as const,
    schedulable: schedulableDocument(fleet, checked, tried, await placementOf(few, checked)),
    packable: { ...fleetDocument(fleet.nodes), isChecked },
    bound: boundDocument(context, main, fleet, wanted.bound),
    ...(await bindingOf(few, checked)),
    alternatives: standsAlone ? [] : await alternativesTo(context, fleetCost(fleet.nodes), fleet),
    headroom: standsAlone ? [] : await headroomRows(context),
    ...(survives !== undefined && { survives }),
  };
  // Asked last: the clock or the interrupt may have come after the first packing.
  return { ...base(context, main), ...parts };
}

function schedulableDocument(
  fleet: Fleet,
  { way, nodes, decisions }: Checked,
  tried: Repair["tried"],
  placement: readonly NodePods[],
): SchedulableFleet {
  return {
    ...fleetDocument(nodes),
    repair: {
      ...way,
      ...(way.order === "fleet" && { sequence: decisions.map(({ key }) => key) }),
      addedNodes: nodes.length - fleet.nodes.length,
      perHour: priceOf(fleetCost(nodes) - fleetCost(fleet.nodes)),
      tried,
    },
    placement,
  };
}

function refuse(path: string, reason: string): never {
  throw new StowageError("ERR_OBJECT", { path, reason });
}

/** What a type cannot say of them. */
function checkOptions({ kept, nodePrice = 0, maxNodes = 0, maxTypes = 1, survive }: SizeOptions): void {
  const headroom = kept?.headroom ?? 0;
  if (!(headroom >= 0 && headroom < 1)) refuse("kept.headroom", `${headroom} is not a part from 0 to below 1`);
  if (!(nodePrice >= 0 && nodePrice < 1e6)) refuse("nodePrice", `${nodePrice} is not from 0 to a million`);
  if (!(Number.isSafeInteger(maxNodes) && maxNodes >= 0)) refuse("maxNodes", `${maxNodes} is not a whole number`);
  if (!(Number.isSafeInteger(maxTypes) && maxTypes >= 1))
    refuse("maxTypes", `${maxTypes} is not a whole number from 1`);
  if (survive !== undefined && survive !== "node" && survive !== "zone") refuse("survive", `${survive} is no level`);
}

function checkOffers(offers: readonly Offer[]): void {
  if (offers.length === 0) refuse("offers", "there are none");
  const names = new Set<string>();
  for (const { name, price, max } of offers) {
    if (!(price >= 0 && price < 1e6)) refuse(name, `the price ${price} is not from 0 to a million`);
    if (max !== undefined && !(Number.isSafeInteger(max) && max >= 0)) refuse(name, `max ${max} is not a whole number`);
    if (names.has(name)) refuse(name, "the name is taken by another offer");
    names.add(name);
  }
}

/** @param known what a plan costs that there is already */
function progressOf(
  options: SizeOptions,
  known = Number.POSITIVE_INFINITY,
): (state: { cost: number; bound: number; done: number }) => Promise<void> {
  const { onProgress, signal } = options;
  return async ({ cost, bound, done }) => {
    onProgress?.({ cost: priceOf(Math.min(cost, known)), bound: priceOf(bound), done: done * mainShare(options) });
    await pauseUnlessAborted(signal);
  };
}

/** In the order given. */
function sizedPods({ groups, leftOut }: SizeProblem, all: readonly Pod[]): readonly Pod[] {
  if (leftOut.length === 0) return all;
  const counted = new Set(groups.flatMap(({ pods }) => pods));
  return all.filter((pod) => counted.has(pod));
}

type Tried = Repair["tried"][number];

/** The cheapest way to have the profile place everything; among equals the one that asks least. */
async function schedulable(context: SizeContext, fleet: Fleet, pods: readonly Pod[], first: FirstPlan | undefined) {
  const { checker, options } = context;
  const enough = fleetCost(fleet.nodes);
  let best: Survived | undefined = fleet === first?.fleet ? { checked: first.checked, document: undefined } : undefined;
  const tried: Tried[] = [];
  const isLarge = pods.length * Math.max(1, fleet.nodes.length) > MANY;
  const ways = waysOf(options.scheduler?.config !== undefined);
  for (const { way, isSteered } of isLarge ? [{ way: ways[0]! }, { way: ways.at(-1)! }] : triesOf(ways)) {
    if (costOf(best) <= enough) break;
    if (best !== undefined && options.isOver?.() === true) break;
    const { strategy } = way;
    const given = isSteered ? await steered(checker, fleet, strategy, context.problem.groups, options.signal) : fleet;
    if (given === undefined) continue;
    // Where nothing is made cheaper afterwards, what costs more than the first plan is given up at once.
    const most = isLarge ? Math.min(costOf(best), (first?.cost ?? Number.POSITIVE_INFINITY) + 1) : costOf(best);
    const repaired = await checker.repaired(
      given,
      pods,
      way,
      (left, nodes) => repacked(context, left, nodes),
      most,
      options.survive !== undefined,
    );
    if (repaired === undefined) continue;
    if (repaired.nodes.length > (options.maxNodes ?? repaired.nodes.length)) continue;
    const isSlow = isLarge || repaired.added > MOST_SLIMMED;
    const slim = isSlow ? repaired : await checker.slimmed(repaired, given, (node) => cheaperNodes(context, node));
    const survived = await ensureSurvival(context, slim);
    const { nodes } = survived.checked;
    if (nodes.length > (options.maxNodes ?? nodes.length)) continue;
    tried.push({ ...way, perHour: priceOf(fleetCost(nodes)) });
    if (best === undefined || isBetter(survived, best)) best = survived;
  }
  if (first !== undefined && first.cost < costOf(best)) {
    best = { checked: first.checked, document: undefined };
    tried.push({ ...first.checked.way, perHour: priceOf(first.cost) });
  }
  const isChecked =
    costOf(best) <= enough ||
    context.problem.groups.every(({ relations, exclusive }) => relations.length + exclusive.length === 0);
  return { best, tried, isChecked };
}

interface Try {
  readonly way: Way;
  /** Whether an order is looked for in which the profile does what the packing has. */
  readonly isSteered?: boolean;
}

function triesOf(ways: readonly Way[]): Try[] {
  const strategies = new Set(ways.map(({ strategy }) => strategy));
  const last = [...strategies].map((strategy): Try => ({ way: { order: "fleet", strategy }, isSteered: true }));
  return [...ways.map((way) => ({ way })), ...last];
}

/** Infinity where there is none yet on which every pod keeps a place. */
function costOf(survived: Survived | undefined): number {
  if (survived === undefined || (survived.document?.lost ?? []).length > 0) return Number.POSITIVE_INFINITY;
  return fleetCost(survived.checked.nodes);
}

function isBetter(one: Survived, other: Survived): boolean {
  const [lost, before] = [one, other].map(({ document }) => document?.lost.length ?? 0) as [number, number];
  return lost !== before ? lost < before : fleetCost(one.checked.nodes) < fleetCost(other.checked.nodes);
}

/** With more nodes added than this none is swapped for a cheaper one. */
const MOST_SLIMMED = 8;
/** At most so many stand in for a node, evenly drawn from what there is. */
const MOST_CHOICES = 64;

/** One node of each offer that costs less, in the same zone, the cheapest first. */
function cheaperNodes({ offers, maker, options }: SizeContext, { offer, cost, zone }: FleetNode): FleetNode[] {
  if (options.maxTypes !== undefined) return [];
  const open = offers.filter(
    ({ price, max, zones }) =>
      price < offer.price && max === undefined && (zone === undefined || zones?.includes(zone) === true),
  );
  const sorted = [...open].sort((a, b) => a.price - b.price || (a.name < b.name ? -1 : 1));
  const step = Math.max(1, sorted.length / MOST_CHOICES);
  const chosen = Array.from(
    { length: Math.min(sorted.length, MOST_CHOICES) },
    (_, at) => sorted[Math.floor(at * step)]!,
  );
  return chosen.map((one) => maker.make(one, zone)).filter((node) => node.cost < cost);
}

function base(context: SizeContext, main: Packed): Omit<Size, "status"> {
  const { options, problem, pods } = context;
  const { currency = "USD", seed = 0, budget = DEFAULT_BUDGET, solver } = options;
  return {
    schemaVersion: SIZE_SCHEMA_VERSION,
    currency,
    pods: pods.length,
    alternatives: [],
    headroom: [],
    unplaceable: [],
    leftOut: problem.leftOut.map(({ pod, status, message }) => ({ pod: namespacedName(pod), status, message })),
    tooSmall: problem.tooSmall.map(({ name }) => name),
    search: {
      seed,
      budget,
      spent: context.ledger.spent,
      wasCut: main.wasCut || options.isOver?.() === true,
      hasSolver: solver !== undefined,
    },
  };
}

/** Some pods fit into no node on offer, or there are too few nodes of the only kinds that could. */
function impossible(context: SizeContext, main: Packed): Size {
  const groups = main.homeless.length > 0 ? main.homeless : context.problem.groups.map((_, group) => group);
  return { ...base(context, main), status: "impossible", unplaceable: unplaceableGroups(context.problem, groups) };
}

/** Every pod fits somewhere, but no fleet was found that keeps to all that was asked for. */
function tooLimited(context: SizeContext, main: Packed): Size {
  const { maxTypes, maxNodes, survive } = context.options;
  const limits = [
    ...(maxTypes === undefined ? [] : [`at most ${maxTypes} ${maxTypes === 1 ? "kind" : "kinds"} of nodes`]),
    ...(maxNodes === undefined ? [] : [`at most ${maxNodes} new ${maxNodes === 1 ? "node" : "nodes"}`]),
    ...(survive === undefined ? [] : [`any ${survive} may fail`]),
  ];
  const without = fleetDocument(fleetOf(context.problem, main.packing!, context.maker).nodes);
  return { ...base(context, main), status: "impossible", contradiction: { limits, without } };
}

/** Every pod fits somewhere, but the rules about other pods leave some without a node however many there are. */
async function contradicting(context: SizeContext, main: Packed, fleet: Fleet): Promise<Size> {
  const way = waysOf(true)[0]!;
  const decisions = await context.checker.place(fleet.nodes, sizedPods(context.problem, context.pods), way);
  const unplaceable = decisions.flatMap((decision) =>
    decision.status === "placed" ? [] : [{ pod: decision.key, count: 1, reasons: decision.reasons, nearest: [] }],
  );
  return { ...base(context, main), status: "impossible", unplaceable };
}
