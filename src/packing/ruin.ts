/** Ruin and recreate: some bins are emptied and packed again a little differently, over and over. */

import type { Effort } from "./effort.js";
import { worthOf } from "./frame.js";
import { costOf, type Model } from "./model.js";
import type { Filled } from "./problem.js";
import { randomOf } from "./random.js";
import { Greedy } from "./rounding.js";
import { downsized, Stock } from "./stock.js";

const FEWEST = 2;
const MOST = 6;
const NOISE = 0.3;
/** Above so many bins only some of each pattern take part: whole bins of a good programme gain nothing. */
const SMALL = 150;
/** A move that costs more than this part of a bin's cost is taken ever more rarely. */
const FIRST_TEMPERATURE = 0.3;

/** It ends after so many moves for each bin without a better packing. */
const MOST_IDLE = 300;
const MOVES_A_PAUSE = 32;

export interface RecreateOptions {
  readonly seed: number;
  /** Part of the effort's limit that may be used up when this ends. */
  readonly share: number;
  /** It ends with a packing that costs no more. */
  readonly enough: number;
  /** Awaited now and then: an interrupt is heard only where others get a turn. */
  readonly breathe: () => Promise<void>;
}

export async function improved(
  model: Model,
  packing: readonly Filled[],
  prices: Float64Array,
  effort: Effort,
  { seed, share, enough, breathe }: RecreateOptions,
): Promise<Filled[]> {
  const { moving, staying } = split(packing);
  const random = randomOf(seed);
  const greedy = new Greedy(model, prices, effort);
  let now = moving;
  let best = moving;
  const begun = effort.spent;
  const end = effort.limit * share;
  const scale = (FIRST_TEMPERATURE * costOf(model, moving)) / Math.max(1, moving.length);
  const beside = costOf(model, staying);
  let idle = 0;
  let moves = 0;
  while (!effort.isDone(share) && now.length > 1 && idle++ < MOST_IDLE * moving.length) {
    if (++moves % MOVES_A_PAUSE === 0) await breathe();
    const next = move(model, now, staying, prices, greedy, random);
    if (next === undefined) {
      effort.spend(10);
      continue;
    }
    const heat = scale * (1 - (effort.spent - begun) / Math.max(1, end - begun)) ** 2;
    const worse = costOf(model, next) - costOf(model, now);
    if (worse <= 0 || random() < Math.exp(-worse / Math.max(heat, 1e-9))) now = next;
    if (costOf(model, now) >= costOf(model, best)) continue;
    best = now;
    idle = 0;
    if (costOf(model, best) + beside <= enough) break;
  }
  return downsized(model, [...staying, ...best]);
}

/** Bins one by one where there are few; else one of each pattern, the others stay as they are. */
function split(packing: readonly Filled[]): { moving: Filled[]; staying: Filled[] } {
  const total = packing.reduce((sum, { times }) => sum + times, 0);
  const moving: Filled[] = [];
  const staying: Filled[] = [];
  for (const { type, counts, times } of packing) {
    const free = total <= SMALL ? times : Math.min(times, moving.length < SMALL ? 1 : 0);
    for (let time = 0; time < free; time++) moving.push({ type, counts, times: 1 });
    if (times > free) staying.push({ type, counts, times: times - free });
  }
  return { moving, staying };
}

function move(
  model: Model,
  now: readonly Filled[],
  staying: readonly Filled[],
  prices: Float64Array,
  greedy: Greedy,
  random: () => number,
): Filled[] | undefined {
  const size = Math.min(now.length, FEWEST + Math.floor(random() * (MOST - FEWEST + 1)));
  const worth = ({ type, counts }: Filled): number => worthOf(counts, prices) / Math.max(1, model.cost[type]!);
  const gone = new Set<number>();
  while (gone.size < size) {
    // Of three drawn, the bin that holds least for its cost.
    const drawn = [0, 1, 2].map(() => Math.floor(random() * now.length)).filter((at) => !gone.has(at));
    const worst = drawn.sort((a, b) => worth(now[a]!) - worth(now[b]!))[0];
    if (worst !== undefined) gone.add(worst);
  }
  const items = new Int32Array(model.kindCount);
  for (const at of gone) {
    const { counts } = now[at]!;
    for (let kind = 0; kind < counts.length; kind++) items[kind]! += counts[kind]!;
  }
  const stock = new Stock(model, items);
  const kept = now.filter((_, at) => !gone.has(at));
  for (const { type, times } of [...kept, ...staying]) stock.bins[type]! -= times;
  const noisy = prices.map((price) => Math.max(price, 1e-9) * (1 + NOISE * (2 * random() - 1)));
  if (!greedy.finish(stock, noisy)) return undefined;
  const made = stock.filled.flatMap((bin) => Array.from({ length: bin.times }, () => ({ ...bin, times: 1 })));
  return [...kept, ...made];
}
