// Nodes in f32, 32 bytes each, four at a time and without a division: upper bounds of the node-local score for a scan, and
// for an index the score itself wherever f32 can tell it. The proofs are in docs/adr/0002-how-can-vectors-be-exact.md.
//
//   four nodes, a vector for each field     0          16         32         48
//                                           [freeCpu]  [headCpu]  [cpu]      [1/cpu]
//                                           64             80             96          112
//                                           [shareMemory]  [leastMemory]  [1/memory]  [balance]
//
//   free    allocatable - requested; NaN = no room for a pod, or not for vectors: compares false with all
//   head    100 * (allocatable - nonzero);   least   the same / allocatable;   share   requested / allocatable
//   balance BalancedAllocation without the pod - 50
//
// Of a node with up to MOST_EXACT_CPU what is said of cpu is exact. Of a larger one freeCpu is rounded up, and cpu is negative.

import { arenaAlloc, arenaFree } from "./arena";

/** Bytes a node, as a shift; four nodes that follow each other lie together. */
export const ROW_SHIFT: usize = 5;
const FREE_CPU: usize = 0;
const HEAD_CPU: usize = 16;
const CPU: usize = 32;
const INVERSE_CPU: usize = 48;
const SHARE_MEMORY: usize = 64;
const LEAST_MEMORY: usize = 80;
const INVERSE_MEMORY: usize = 96;
const BALANCE: usize = 112;

/** More than the relative rounding of both sides of a comparison. */
const ROUND_UP: f64 = 5e-7;
/** 100 times as many thousandths of a core are exact in f32. */
const MOST_EXACT_CPU: f64 = 167772;

/**
 * In memory, for a vector constant in a loop is put together anew each time (V8 11). MARGIN is more than all f32 roundings of one
 * quotient on the scale 0..100 together, which stay below 0.00004; EDGE more than those of a share next to 1.
 */
const CONSTANTS: usize = memory.data<f32>([100, 0.5, 1, 50, 0.0001, 0.0002, 100.0001, 1.000001, 0.999999]);
const HUNDRED: usize = 0;
const HALF: usize = 4;
const ONE: usize = 8;
const FIFTY: usize = 12;
const MARGIN: usize = 16;
const TWO_MARGINS: usize = 20;
const HUNDRED_AND_MARGIN: usize = 24;
const ONE_AND_EDGE: usize = 28;
const ONE_LESS_EDGE: usize = 32;

/** Whole numbers up to 255 that are added to it stand in its lowest byte. */
const TWO_TO_23: f64 = 8388608;

/**
 * What is asked about, f32 each; in memory for the same reason, and because V8 moves what is made of numbers before a loop to where
 * it is used in it.
 */
const QUESTION: usize = memory.data(64, 16);
const FIT_CPU: usize = 0;
const FIT_MEMORY: usize = 4;
/** Both times 100. */
const SCORE_CPU: usize = 8;
const SCORE_MEMORY: usize = 12;
const BALANCE_CPU: usize = 16;
const BALANCE_MEMORY: usize = 20;
const WEIGHT_FIT: usize = 24;
const WEIGHT_BALANCED: usize = 28;
/** TWO_TO_23, and what a byte is more than the weighted scores where those of the balance count from -50. */
const BYTE_BASE: usize = 32;

let rows: usize = 0;

/** u8 by four nodes that follow each other: not 0 = they hold what the four before them hold, as far as that was looked at. */
let alike: usize = 0;

/** Makes room for `capacity` nodes, keeping the first `kept`. False when memory is used up. */
export function rowsGrow(kept: i32, capacity: i32): bool {
  const area = arenaAlloc((<usize>capacity) << ROW_SHIFT);
  if (area == 0) return false;
  memory.copy(area, rows, (<usize>kept) << ROW_SHIFT);
  arenaFree(rows);
  arenaFree(alike);
  rows = area;
  alike = arenaAlloc((<usize>capacity >> 2) + 1);
  return alike != 0;
}

/** Where the rows of the first four slots lie. Valid until the next growth. */
@inline
export function rowsPtr(): usize {
  return rows;
}

/** Where the first field of one node lies among others, which are numbered from `area` on. */
@inline
function rowAt(area: usize, number: u32): usize {
  return area + ((<usize>(number & ~3)) << ROW_SHIFT) + ((<usize>(number & 3)) << 2);
}

/** Writes the row of a slot into another area, as that of `number`. */
@inline
export function rowCopy(slot: i32, area: usize, number: u32): void {
  const from = rowAt(rows, slot);
  const to = rowAt(area, number);
  store<f32>(to, load<f32>(from, FREE_CPU), FREE_CPU);
  store<f32>(to, load<f32>(from, HEAD_CPU), HEAD_CPU);
  store<f32>(to, load<f32>(from, CPU), CPU);
  store<f32>(to, load<f32>(from, INVERSE_CPU), INVERSE_CPU);
  store<f32>(to, load<f32>(from, SHARE_MEMORY), SHARE_MEMORY);
  store<f32>(to, load<f32>(from, LEAST_MEMORY), LEAST_MEMORY);
  store<f32>(to, load<f32>(from, INVERSE_MEMORY), INVERSE_MEMORY);
  store<f32>(to, load<f32>(from, BALANCE), BALANCE);
}

/** A row changes: what was said of its four, and of those behind them, may be wrong. */
@inline
function differ(slot: i32): void {
  store<u16>(alike + (<usize>slot >> 2), 0);
}

/** Whether four nodes hold what the four before them hold, so that the bytes are the same. `slot`: of the first one, and not 0. */
@inline
export function areAlike(slot: i32): bool {
  const mark = alike + (<usize>slot >> 2);
  if (load<u8>(mark) != 0) return true;
  const four = rowAt(rows, slot);
  // One field first: where nodes differ that is enough.
  if (v128.any_true(unlike(four, HEAD_CPU))) return false;
  let any = v128.or(unlike(four, FREE_CPU), unlike(four, CPU));
  any = v128.or(any, v128.or(unlike(four, INVERSE_CPU), unlike(four, SHARE_MEMORY)));
  any = v128.or(any, v128.or(unlike(four, LEAST_MEMORY), unlike(four, INVERSE_MEMORY)));
  if (v128.any_true(v128.or(any, unlike(four, BALANCE)))) return false;
  store<u8>(mark, 1);
  return true;
}

/** What areAlike said of these four, unless one of them or of those before changed since. */
@inline
export function wereAlike(slot: i32): bool {
  return load<u8>(alike + (<usize>slot >> 2)) != 0;
}

@inline
function unlike(four: usize, field: usize): v128 {
  return v128.xor(v128.load(four + field), v128.load(four + field - 128));
}

/** No pod may come here: not a node, a full one, or one that vectors do not take. */
@inline
export function rowClose(slot: i32): void {
  differ(slot);
  store<f32>(rowAt(rows, slot), f32.NaN, FREE_CPU);
}

/** Follows one node with room. */
@inline
export function rowSet(
  slot: i32,
  cpu: f64,
  cpuRequested: f64,
  cpuNonzero: f64,
  memoryBytes: f64,
  memoryRequested: f64,
  memoryNonzero: f64,
  balance: f64,
): void {
  differ(slot);
  const at = rowAt(rows, slot);
  const isExact = cpu <= MOST_EXACT_CPU;
  const free = cpu - cpuRequested;
  const inverseMemory = 1 / memoryBytes;
  store<f32>(at, <f32>(isExact ? free : free + abs(free) * ROUND_UP), FREE_CPU);
  store<f32>(at, <f32>(100 * (cpu - cpuNonzero)), HEAD_CPU);
  store<f32>(at, <f32>(isExact ? cpu : -cpu), CPU);
  store<f32>(at, <f32>(1 / cpu), INVERSE_CPU);
  store<f32>(at, <f32>(memoryRequested * inverseMemory), SHARE_MEMORY);
  store<f32>(at, <f32>((memoryBytes - memoryNonzero) * 100 * inverseMemory), LEAST_MEMORY);
  store<f32>(at, <f32>inverseMemory, INVERSE_MEMORY);
  store<f32>(at, <f32>(balance - 50), BALANCE);
}

/** Says which pods the next bounds and bytes are about. Arguments as of lanesTotal in scan.ts. */
export function rowsAsk(
  fitCpu: f64,
  fitMemory: f64,
  scoreCpu: f64,
  scoreMemory: f64,
  balanceCpu: f64,
  balanceMemory: f64,
  weightFit: f64,
  weightBalanced: f64,
): void {
  store<f32>(QUESTION, <f32>fitCpu, FIT_CPU);
  store<f32>(QUESTION, <f32>fitMemory, FIT_MEMORY);
  store<f32>(QUESTION, <f32>(100 * scoreCpu), SCORE_CPU);
  store<f32>(QUESTION, <f32>(100 * scoreMemory), SCORE_MEMORY);
  store<f32>(QUESTION, <f32>balanceCpu, BALANCE_CPU);
  store<f32>(QUESTION, <f32>balanceMemory, BALANCE_MEMORY);
  store<f32>(QUESTION, <f32>weightFit, WEIGHT_FIT);
  store<f32>(QUESTION, <f32>weightBalanced, WEIGHT_BALANCED);
  store<f32>(QUESTION, <f32>(TWO_TO_23 + 1 + 50 * weightBalanced), BYTE_BASE);
}

@inline
function constant(offset: usize): v128 {
  return v128.load32_splat(CONSTANTS + offset);
}

@inline
function asked(offset: usize): v128 {
  return v128.load32_splat(QUESTION + offset);
}

/**
 * Bounds of the totals of four nodes that follow each other, -Infinity where a filter surely rejects. Never below the true
 * totals. `base` is what they get beside the scores of resources.
 */
@inline
export function boundsOfFour(
  four: usize,
  isLeast: bool,
  base: v128,
): v128 {
  const freeCpu = v128.load(four, FREE_CPU);
  const inverseCpu = v128.load(four, INVERSE_CPU);
  const shareMemory = v128.load(four, SHARE_MEMORY);
  const inverseMemory = v128.load(four, INVERSE_MEMORY);

  const hundred = constant(HUNDRED);
  const margin = constant(MARGIN);
  const half = constant(HALF);
  const one = constant(ONE);
  const fifty = constant(FIFTY);
  const zero = f32x4.splat(0);
  const feasible = v128.and(
    f32x4.le(asked(FIT_CPU), freeCpu),
    f32x4.le(f32x4.add(shareMemory, f32x4.mul(asked(FIT_MEMORY), inverseMemory)), constant(ONE_AND_EDGE)),
  );

  let cpuScore = f32x4.mul(f32x4.sub(v128.load(four, HEAD_CPU), asked(SCORE_CPU)), inverseCpu);
  let memoryScore = f32x4.sub(v128.load(four, LEAST_MEMORY), f32x4.mul(asked(SCORE_MEMORY), inverseMemory));
  if (!isLeast) {
    cpuScore = f32x4.pmin(f32x4.sub(hundred, cpuScore), hundred);
    memoryScore = f32x4.pmin(f32x4.sub(hundred, memoryScore), hundred);
  }
  cpuScore = f32x4.floor(f32x4.add(f32x4.pmax(cpuScore, zero), margin));
  memoryScore = f32x4.floor(f32x4.add(f32x4.pmax(memoryScore, zero), margin));
  const fit = f32x4.floor(f32x4.mul(f32x4.add(cpuScore, memoryScore), half));

  const cpuTaken = f32x4.sub(f32x4.abs(v128.load(four, CPU)), freeCpu);
  const cpuShare = f32x4.pmin(f32x4.mul(f32x4.add(cpuTaken, asked(BALANCE_CPU)), inverseCpu), one);
  const memoryShare = f32x4.pmin(f32x4.add(shareMemory, f32x4.mul(asked(BALANCE_MEMORY), inverseMemory)), one);
  // 100 - 50 * |difference|, the two roundings of (1 - std) * 100 covered by the margin.
  const apart = f32x4.abs(f32x4.sub(cpuShare, memoryShare));
  const balanceWith = f32x4.floor(f32x4.sub(constant(HUNDRED_AND_MARGIN), f32x4.mul(apart, fifty)));
  const change = f32x4.sub(balanceWith, v128.load(four, BALANCE));
  const balanced = f32x4.add(fifty, f32x4.floor(f32x4.mul(change, half)));

  const total = f32x4.add(f32x4.add(f32x4.mul(fit, asked(WEIGHT_FIT)), f32x4.mul(balanced, asked(WEIGHT_BALANCED))), base);
  return v128.bitselect(total, f32x4.splat(-Infinity), feasible);
}

/** Which of the four nodes of the last bytesOfFour are not decided, a bit each. */
export let undecided: i32 = 0;

/**
 * The bytes of four nodes (1 + LeastAllocated + balance, weighted; 0 = infeasible), the first one lowest, given
 * where their rows lie. Of those in `undecided` the byte means nothing: f32 does not hold the node's cpu, or a quotient is so near to a
 * whole number, or a request to what is free, that f32 cannot tell.
 */
@inline
export function bytesOfFour(four: usize): u32 {
  const freeCpu = v128.load(four, FREE_CPU);
  const cpu = v128.load(four, CPU);
  const inverseCpu = v128.load(four, INVERSE_CPU);
  const half = constant(HALF);
  const one = constant(ONE);
  const zero = f32x4.splat(0);
  // LeastAllocated of cpu: a candidate that may be one too high, and the comparison in whole numbers that says so.
  const free100 = f32x4.pmax(f32x4.sub(v128.load(four, HEAD_CPU), asked(SCORE_CPU)), zero);
  const candidate = f32x4.floor(f32x4.add(f32x4.mul(free100, inverseCpu), constant(MARGIN)));
  const isOneLess = f32x4.gt(f32x4.mul(candidate, cpu), free100);
  const cpuScore = f32x4.sub(candidate, v128.and(isOneLess, one));
  const cpuShare = f32x4.pmin(f32x4.mul(f32x4.add(f32x4.sub(cpu, freeCpu), asked(BALANCE_CPU)), inverseCpu), one);

  const shareMemory = v128.load(four, SHARE_MEMORY);
  const inverseMemory = v128.load(four, INVERSE_MEMORY);
  // Of memory, and of the balance, the floor of a value that is by MARGIN too high: so near above a whole number nothing is decided.
  const memoryQuotient = f32x4.sub(v128.load(four, LEAST_MEMORY), f32x4.mul(asked(SCORE_MEMORY), inverseMemory));
  const memoryAbove = f32x4.add(memoryQuotient, constant(MARGIN));
  const memoryFloor = f32x4.floor(memoryAbove);
  let open = f32x4.lt(f32x4.sub(memoryAbove, memoryFloor), constant(TWO_MARGINS));
  const fit = f32x4.floor(f32x4.mul(f32x4.add(cpuScore, f32x4.pmax(memoryFloor, zero)), half));
  const memoryShare = f32x4.pmin(f32x4.add(shareMemory, f32x4.mul(asked(BALANCE_MEMORY), inverseMemory)), one);
  const apart50 = f32x4.mul(f32x4.abs(f32x4.sub(cpuShare, memoryShare)), constant(FIFTY));
  const balanceAbove = f32x4.sub(constant(HUNDRED_AND_MARGIN), apart50);
  const balanceWith = f32x4.floor(balanceAbove);
  open = v128.or(open, f32x4.lt(f32x4.sub(balanceAbove, balanceWith), constant(TWO_MARGINS)));
  const change = f32x4.sub(balanceWith, v128.load(four, BALANCE));
  const balanced = f32x4.floor(f32x4.mul(change, half));
  const scores = f32x4.add(f32x4.mul(fit, asked(WEIGHT_FIT)), f32x4.mul(balanced, asked(WEIGHT_BALANCED)));
  const total = f32x4.add(scores, asked(BYTE_BASE));

  const taken = f32x4.add(shareMemory, f32x4.mul(asked(FIT_MEMORY), inverseMemory));
  const mayFit = v128.and(f32x4.le(asked(FIT_CPU), freeCpu), f32x4.lt(taken, constant(ONE_AND_EDGE)));
  open = v128.or(v128.or(open, f32x4.gt(taken, constant(ONE_LESS_EDGE))), cpu);
  open = v128.and(open, mayFit);
  // The sign bits count, among them that of cpu.
  undecided = i32x4.bitmask(open);
  const lanes = v128.and(total, mayFit);
  return <u32>i32x4.extract_lane(
    v128.shuffle<u8>(lanes, lanes, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12), 0,
  );
}
