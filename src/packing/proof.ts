/** Lower bounds on cost, checked in whole numbers from the prices of items alone. */

import { type Countable, type Gain, mostGainedWhole } from "./countable.js";
import type { Effort } from "./effort.js";
import { type Box, type Frame, roomBeside } from "./frame.js";
import { Knapsacks } from "./knapsack.js";
import type { Model } from "./model.js";
import type { LowerBound } from "./problem.js";
import { DualSimplex } from "./simplex.js";

/** A price is a whole number of such parts of the unit of costs. */
export const PRICE_SCALE = 2 ** 20;
/** Multipliers are rounded to such parts of a price. */
const MULTIPLIER_BITS = 40n;
/** Given away, so that rounding multipliers does not break what is tight. */
const MARGIN = 1e-7;
/** How many boxes a type's proof may open before its bound is taken as it is. */
const BOX_LIMIT = 3000;
const CEILING_BOX_LIMIT = 30_000;
/** Dimensions have a price each, found on a few types at a time. */
const MOST_ROUNDS = 60;

/**
 * What the prices prove: no packing costs less. The prices may be any; those under which some bin could hold more than it
 * costs are scaled down until none can.
 */
export function provenBound(
  model: Model,
  prices: Float64Array,
  effort: Effort,
  method: LowerBound["method"],
): LowerBound {
  const knapsacks = new Knapsacks(model, effort);
  const ceilings = Array.from({ length: model.typeCount }, (_, type) =>
    Number.isFinite(model.most[type]!) ? 0 : knapsacks.relax(type, prices).bound,
  );
  let scale = 1;
  // Only a type whose relaxed content is worth more than the bin needs a closer look.
  for (const [type, ceiling] of ceilings.entries()) {
    if (ceiling * scale <= model.cost[type]! * (1 + MARGIN / 2)) continue;
    const { bound } = knapsacks.search(type, prices, model.cost[type]! / scale, BOX_LIMIT);
    if (bound * scale > model.cost[type]!) scale = model.cost[type]! / bound;
  }
  const scaled = prices.map((price) => Math.max(0, price) * scale * (1 - MARGIN));
  const whole = Array.from(scaled, (price) => BigInt(Math.floor(price * PRICE_SCALE)));
  const cost = provenCost(model, scaled, whole, knapsacks);
  return { cost, prices: whole.map((price) => Number(price) / PRICE_SCALE), method };
}

/** Nothing here depends on how the prices, scaled or whole, were come by; and only on the whole ones for being true. */
function provenCost(model: Model, scaled: Float64Array, whole: readonly bigint[], knapsacks: Knapsacks): number {
  let total = whole.reduce((sum, price, kind) => sum + price * BigInt(model.demand[kind]!), 0n);
  let [numerator, denominator] = [1n, 1n];
  const excess: { bound: bigint; cost: bigint; most: bigint }[] = [];
  for (let type = 0; type < model.typeCount; type++) {
    const cost = BigInt(model.cost[type]!) * BigInt(PRICE_SCALE);
    const most = model.most[type]!;
    const enough = Number.isFinite(most) ? largest(cost, bestContent(type, scaled, whole, knapsacks)) : cost;
    const bound = ceilingOf(model, type, scaled, whole, knapsacks, enough);
    if (Number.isFinite(most)) excess.push({ bound, cost, most: BigInt(most) });
    // Farley: prices that are too high by a factor prove the cost divided by that factor.
    else if (bound > cost && bound * numerator > cost * denominator) [numerator, denominator] = [cost, bound];
  }
  total = total * numerator;
  for (const { bound, cost, most } of excess) {
    const over = bound * numerator - cost * denominator;
    if (over > 0n) total -= over * most;
  }
  const parts = denominator * BigInt(PRICE_SCALE);
  if (total <= 0n) return 0;
  return roundUpToCosts(model, Number((total + parts - 1n) / parts));
}

/** What a good content is worth: of a bin that is limited every bit counts that none can be worth more than. */
function bestContent(type: number, scaled: Float64Array, whole: readonly bigint[], knapsacks: Knapsacks): bigint {
  const { counts } = knapsacks.search(type, scaled, 0, BOX_LIMIT);
  return counts.reduce((worth, count, kind) => worth + whole[kind]! * BigInt(count), 0n);
}

/**
 * A whole number that no content of whole items exceeds in worth: `enough`, or more where that could not be shown. What is
 * worth no more than that is left out on the way, so nothing less can be told.
 */
export function ceilingOf(
  model: Model,
  type: number,
  scaled: Float64Array,
  whole: readonly bigint[],
  knapsacks: Knapsacks,
  enough: bigint,
  boxLimit = CEILING_BOX_LIMIT,
): bigint {
  const open: Box[] = [knapsacks.first(type, scaled)];
  let most = enough;
  for (let opened = 0; ; opened++) {
    const box = open.pop();
    if (box === undefined) return most;
    const bound = wholeBound(model, whole, box, enough, knapsacks.countable);
    const halves = bound <= enough || opened > boxLimit ? [] : knapsacks.halves(box);
    if (halves.length > 0) open.push(...halves);
    else most = largest(most, bound);
    knapsacks.release(box);
  }
}

function largest(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/**
 * The bound that the box's multipliers give, computed in whole numbers. Contents that they show to be worth no more than
 * `enough` are left out of the box.
 */
function wholeBound(
  model: Model,
  whole: readonly bigint[],
  box: Box,
  enough: bigint,
  countable: Countable | undefined,
): bigint {
  const { dimensions, capacity } = model;
  const { frame, least, most, multipliers } = box;
  const { type, count, kinds, sizes } = frame;
  const room = new Float64Array(dimensions);
  roomBeside(frame, least, model, room);
  let worth = 0n;
  for (let place = 0; place < count; place++) {
    if (least[place]! > 0) worth += whole[kinds[place]!]! * BigInt(least[place]!);
  }
  worth <<= MULTIPLIER_BITS;
  const rates = Array.from(room, (_, d) => rateOf(multipliers[d]!, capacity[type * dimensions + d]!));
  for (let d = 0; d < dimensions; d++) worth += rates[d]! * BigInt(room[d]!);
  const gains: Gain[] = [];
  const held = worth;
  for (let place = 0; place < count; place++) {
    const price = whole[kinds[place]!]!;
    let free = most[place]! - least[place]!;
    for (let d = 0; d < dimensions && free > 0; d++) {
      const size = sizes[place * dimensions + d]!;
      if (size > 0) free = Math.min(free, Math.floor(room[d]! / size));
    }
    if (free <= 0 || price === 0n) continue;
    let gain = price << MULTIPLIER_BITS;
    for (let d = 0; d < dimensions; d++) {
      const size = sizes[place * dimensions + d]!;
      if (size > 0 && rates[d]! > 0n) gain -= rates[d]! * BigInt(size);
    }
    if (gain > 0n) worth += gain * BigInt(free);
    gains.push({ place, gain, free });
  }
  const excess = worth - (enough << MULTIPLIER_BITS);
  if (excess <= 0n) return worth >> MULTIPLIER_BITS;
  const counted = countedWorth(frame, gains, rates, room, countable);
  const bound = counted === undefined || held + counted > worth ? worth : held + counted;
  leaveOutPoor(box, gains, excess);
  return bound >> MULTIPLIER_BITS;
}

/** What items gain beside what is held and room is worth, where the units of one dimension are counted; undefined without one. */
function countedWorth(
  { sizes, units }: Frame,
  gains: readonly Gain[],
  rates: readonly bigint[],
  room: Float64Array,
  countable: Countable | undefined,
): bigint | undefined {
  if (countable === undefined) return undefined;
  const { dimension, size } = countable;
  const rate = rates[dimension]!;
  if (rate === 0n || room[dimension]! < 0) return undefined;
  const others = gains.map(({ place, gain, free }) => ({
    place,
    gain: gain + rate * BigInt(sizes[place * room.length + dimension]!),
    free,
  }));
  const whole = Math.floor(room[dimension]! / size);
  return mostGainedWhole(units, others, whole) - rate * BigInt(room[dimension]!);
}

/** Every item that a kind is away from the better one of its bounds costs the content its gain, and `excess` is all it has. */
function leaveOutPoor({ least, most }: Box, gains: readonly Gain[], excess: bigint): void {
  for (const { place, gain, free } of gains) {
    const away = gain === 0n ? free : Number(largest(0n, (excess - 1n) / (gain > 0n ? gain : -gain)));
    if (away >= free) continue;
    if (gain < 0n) most[place] = least[place]! + away;
    else least[place] = least[place]! + free - away;
  }
}

/** Worth of one unit of a dimension; any number at least 0 gives a bound. */
function rateOf(multiplier: number, capacity: number): bigint {
  if (capacity <= 0) return 0n;
  const rate = (multiplier * PRICE_SCALE * 2 ** Number(MULTIPLIER_BITS)) / capacity;
  return BigInt(Math.round(rate));
}

/** Every cost is a multiple of what all prices of bins have in common. */
export function roundUpToCosts({ cost }: Model, bound: number): number {
  let common = 0;
  for (const one of cost) common = greatestCommonDivisor(common, one);
  return common > 0 ? Math.ceil(bound / common) * common : Math.ceil(bound);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * Prices of kinds from one price a dimension: the dearest under which no bin's room is worth more than the bin. Found on a
 * few types at a time, adding the one that breaks it most.
 */
export function volumePrices(model: Model): Float64Array {
  const { kindCount, dimensions, sizes, capacity, cost, demand } = model;
  const needed = neededAmounts(model);
  const types = Array.from({ length: model.typeCount }, (_, type) => type).filter(
    (type) => !Number.isFinite(model.most[type]!),
  );
  const chosen: number[] = [];
  let rates = new Float64Array(dimensions);
  const upper = needed.map((amount, d) => {
    const cheapest = cheapestRoom(model, types, d);
    return cheapest === undefined ? 0 : (amount * cost[cheapest]!) / capacity[cheapest * dimensions + d]!;
  });
  for (let round = 0; round < MOST_ROUNDS + dimensions; round++) {
    const next = round < dimensions ? cheapestRoom(model, types, round) : mostBroken(model, types, rates);
    if (next === undefined) {
      if (round < dimensions) continue;
      break;
    }
    chosen.push(next);
    const rows = Float64Array.from(
      chosen.flatMap((t) =>
        Array.from({ length: dimensions }, (_, d) => capacity[t * dimensions + d]! / Math.max(1, needed[d]!)),
      ),
    );
    const { amounts } = new DualSimplex(dimensions, chosen.length).maximize({
      values: new Float64Array(dimensions).fill(1),
      upper,
      rows,
      right: Float64Array.from(chosen, (t) => cost[t]!),
    });
    rates = amounts.map((worth, d) => worth / Math.max(1, needed[d]!));
  }
  return Float64Array.from({ length: kindCount }, (_, kind) =>
    demand[kind] === 0 ? 0 : rates.reduce((sum, rate, d) => sum + rate * sizes[kind * dimensions + d]!, 0),
  );
}

/** What all items take, less the room of bins that are limited: those may be had for less than any price. */
function neededAmounts(model: Model): Float64Array {
  const { kindCount, dimensions, sizes, capacity, demand, most, typeCount } = model;
  return Float64Array.from({ length: dimensions }, (_, d) => {
    let needed = 0;
    for (let kind = 0; kind < kindCount; kind++) needed += sizes[kind * dimensions + d]! * demand[kind]!;
    for (let t = 0; t < typeCount; t++)
      if (Number.isFinite(most[t]!)) needed -= capacity[t * dimensions + d]! * most[t]!;
    return Math.max(0, needed);
  });
}

function cheapestRoom({ capacity, dimensions, cost }: Model, types: readonly number[], d: number): number | undefined {
  let best: number | undefined;
  for (const type of types) {
    const rate = capacity[type * dimensions + d]! / cost[type]!;
    if (rate > (best === undefined ? 0 : capacity[best * dimensions + d]! / cost[best]!)) best = type;
  }
  return best;
}

function mostBroken(
  { capacity, dimensions, cost }: Model,
  types: readonly number[],
  rates: Float64Array,
): number | undefined {
  let best: number | undefined;
  let most = 1 + 1e-6;
  for (const type of types) {
    let worth = 0;
    for (let d = 0; d < dimensions; d++) worth += rates[d]! * capacity[type * dimensions + d]!;
    if (worth / cost[type]! > most) [best, most] = [type, worth / cost[type]!];
  }
  return best;
}
