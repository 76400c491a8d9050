// One pod over all nodes in one pass: feasibility, score and choice together, for profiles whose plugins all live in
// the core. The same answer as the phases of cycle.ts, bit for bit; test/kernel holds the two together.
//
// The vector scan looks at upper bounds of four nodes at a time (rows.ts) and computes exactly, two nodes at a time,
// only where a bound beats the best so far. Its exactness: docs/adr/0002-how-can-vectors-be-exact.md.

import { classField, extraList, setClassField } from "./class-block";
import { cycleSelect } from "./cycle";
import {
  CLASS_BALANCE_CPU,
  CLASS_BALANCE_MEMORY,
  CLASS_BASE,
  CLASS_BASE_AFFINITY_MAX,
  CLASS_BASE_TAINTS_MAX,
  CLASS_EXTRA_COUNT,
  CLASS_FILTERS_FIT,
  CLASS_FILTERS_PORTS,
  CLASS_FIT_CPU,
  CLASS_FIT_MEMORY,
  CLASS_IS_PLAIN,
  CLASS_PORT_COUNT,
  CLASS_RAW_AFFINITY,
  CLASS_RAW_IMAGES,
  CLASS_RAW_TAINTS,
  CLASS_SCORE_CPU,
  CLASS_SCORE_MEMORY,
  CLASS_STATIC_VERDICT,
  CLASS_STRATEGY,
  CLASS_WEIGHT_AFFINITY,
  CLASS_WEIGHT_BALANCED,
  CLASS_WEIGHT_FIT,
  CLASS_WEIGHT_IMAGES,
  CLASS_WEIGHT_TAINTS,
  COLUMN_BALANCE,
  COLUMN_CPU_ALLOCATABLE,
  COLUMN_CPU_NONZERO,
  COLUMN_CPU_REQUESTED,
  COLUMN_MEMORY_ALLOCATABLE,
  COLUMN_MEMORY_NONZERO,
  COLUMN_MEMORY_REQUESTED,
  COLUMN_ROOM,
  COLUMN_SCRATCH,
  COLUMN_TOTAL,
  EXTRA_FIELDS,
  INFEASIBLE,
  STATE_FREE,
  STATE_IRREGULAR,
  STRATEGY_LEAST_ALLOCATED,
  TILE_SHIFT,
} from "./layout";
import { allocatableColumn, columnPtr, nodesCount, nodesIrregular, requestedColumn, stateAt, tilesPtr } from "./nodes";
import { defaultNormalize, isInfeasible } from "./normalize";
import { portsTaken } from "./plugins/node-ports";
import { balancedScore } from "./plugins/node-resources-balanced-allocation";
import { fitLacking, fitScore } from "./plugins/node-resources-fit";
import { boundsOfFour, ROW_SHIFT, rowsAsk, rowsPtr } from "./rows";
import { STATUS_NONE } from "./status";
import { tiePick } from "./ties";

let runTotal: f64 = 0;

/** The winner's total of the last cycleRun or indexRun. */
export function cycleRunTotal(): f64 {
  return runTotal;
}

/** The answer came another way. */
@inline
export function setRunTotal(total: f64): void {
  runTotal = total;
}

/** The slot a pod of this class goes to, or STATUS_NONE. Changes nothing but scratch columns and the class's base. */
export function cycleRun(block: usize, isRandom: i32, seed: u32, number: u32): i32 {
  const base = dynamicBase(block, staticBase(block));
  if (ASC_FEATURE_SIMD) {
    if (classField(block, CLASS_IS_PLAIN) != 0) return runVectors(block, base, isRandom != 0, seed, number);
  }
  return runScalar(block, base, isRandom, seed, number);
}

/** What every feasible node gets from plugins that score all nodes alike. */
@inline
export function constantScore(block: usize): f64 {
  return classField(block, CLASS_RAW_TAINTS) < 0 ? 100 * classField(block, CLASS_WEIGHT_TAINTS) : 0;
}

/** The column of static feasibility and static scores, brought up to the maxima of this moment; -1 = zeros. */
function staticBase(block: usize): i32 {
  const base = <i32>classField(block, CLASS_BASE);
  if (base < 0) return -1;
  const taints = <i32>classField(block, CLASS_RAW_TAINTS);
  const affinity = <i32>classField(block, CLASS_RAW_AFFINITY);
  let taintsMax: f64 = 0;
  let affinityMax: f64 = 0;
  if (taints >= 0 || affinity >= 0) {
    for (let slot = 0, n = nodesCount(); slot < n; slot++) {
      const at = (<usize>slot) << 3;
      const taintsRaw = taints >= 0 ? load<f64>(columnPtr(taints) + at) : 0;
      const affinityRaw = affinity >= 0 ? load<f64>(columnPtr(affinity) + at) : 0;
      // Few nodes raise a maximum, and only those need be asked whether they are feasible.
      if (taintsRaw <= taintsMax && affinityRaw <= affinityMax) continue;
      if (!isFeasible(block, -1, slot)) continue;
      taintsMax = max(taintsMax, taintsRaw);
      affinityMax = max(affinityMax, affinityRaw);
    }
  }
  const isCurrent =
    classField(block, CLASS_BASE_TAINTS_MAX) == taintsMax && classField(block, CLASS_BASE_AFFINITY_MAX) == affinityMax;
  if (!isCurrent) buildBase(block, base, taintsMax, affinityMax);
  return base;
}

function buildBase(block: usize, base: i32, taintsMax: f64, affinityMax: f64): void {
  const taints = <i32>classField(block, CLASS_RAW_TAINTS);
  const affinity = <i32>classField(block, CLASS_RAW_AFFINITY);
  const images = <i32>classField(block, CLASS_RAW_IMAGES);
  const verdict = <i32>classField(block, CLASS_STATIC_VERDICT);
  const to = columnPtr(base);
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    const at = (<usize>slot) << 3;
    let sum: f64 = 0;
    if (verdict >= 0 && load<u8>(columnPtr(verdict) + <usize>slot) != 0) sum = INFEASIBLE;
    if (taints >= 0) {
      const score = defaultNormalize(load<f64>(columnPtr(taints) + at), taintsMax, true);
      sum += classField(block, CLASS_WEIGHT_TAINTS) * score;
    }
    if (affinity >= 0) {
      const score = defaultNormalize(load<f64>(columnPtr(affinity) + at), affinityMax, false);
      sum += classField(block, CLASS_WEIGHT_AFFINITY) * score;
    }
    if (images >= 0) sum += classField(block, CLASS_WEIGHT_IMAGES) * load<f64>(columnPtr(images) + at);
    store<f64>(to + at, sum);
  }
  setClassField(block, CLASS_BASE_TAINTS_MAX, taintsMax);
  setClassField(block, CLASS_BASE_AFFINITY_MAX, affinityMax);
}

/** The base with the nodes taken out that lack another resource than cpu and memory or a port. */
function dynamicBase(block: usize, base: i32): i32 {
  const extras = classField(block, CLASS_FILTERS_FIT) != 0 ? <i32>classField(block, CLASS_EXTRA_COUNT) : 0;
  const hasPorts = classField(block, CLASS_FILTERS_PORTS) != 0 && classField(block, CLASS_PORT_COUNT) != 0;
  if (extras == 0 && !hasPorts) return base;
  const scratch = columnPtr(COLUMN_SCRATCH);
  const n = nodesCount();
  if (base < 0) memory.fill(scratch, 0, (<usize>n) << 3);
  else memory.copy(scratch, columnPtr(base), (<usize>n) << 3);
  for (let i = 0; i < extras; i++) {
    const entry = extraList(block) + (<usize>(i * EXTRA_FIELDS) << 3);
    rejectLacking(scratch, <i32>load<f64>(entry), load<f64>(entry, 8));
  }
  if (hasPorts) {
    for (let slot = 0; slot < n; slot++) {
      if (portsTaken(block, slot)) store<f64>(scratch + ((<usize>slot) << 3), INFEASIBLE);
    }
  }
  return COLUMN_SCRATCH;
}

function rejectLacking(scratch: usize, resource: i32, request: f64): void {
  const allocatable = columnPtr(allocatableColumn(resource));
  const requested = columnPtr(requestedColumn(resource));
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    const at = (<usize>slot) << 3;
    if (request > load<f64>(allocatable + at) - load<f64>(requested + at)) store<f64>(scratch + at, INFEASIBLE);
  }
}

/** Every filter on one node. `base` as from dynamicBase; -1 asks the static verdict and the ports themselves. */
export function isFeasible(block: usize, base: i32, slot: i32): bool {
  if (stateAt(slot) == STATE_FREE) return false;
  if (base >= 0) {
    if (isInfeasible(load<f64>(columnPtr(base) + ((<usize>slot) << 3)))) return false;
  } else {
    const verdict = <i32>classField(block, CLASS_STATIC_VERDICT);
    if (verdict >= 0 && load<u8>(columnPtr(verdict) + <usize>slot) != 0) return false;
    if (classField(block, CLASS_FILTERS_PORTS) != 0 && portsTaken(block, slot)) return false;
  }
  return classField(block, CLASS_FILTERS_FIT) == 0 || fitLacking(block, slot) == 0;
}

/** The total of one node, or INFEASIBLE: the plain form of pairTotal. `base` as of isFeasible. */
export function scalarTotal(block: usize, base: i32, slot: i32): f64 {
  if (!isFeasible(block, base, slot)) return INFEASIBLE;
  let total = constantScore(block);
  if (base >= 0) total += load<f64>(columnPtr(base) + ((<usize>slot) << 3));
  const fit = classField(block, CLASS_WEIGHT_FIT);
  if (fit != 0) total += fit * fitScore(block, slot);
  const balanced = classField(block, CLASS_WEIGHT_BALANCED);
  if (balanced != 0) total += balanced * balancedScore(block, slot);
  return total;
}

function runScalar(block: usize, base: i32, isRandom: i32, seed: u32, number: u32): i32 {
  const totals = columnPtr(COLUMN_TOTAL);
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    store<f64>(totals + ((<usize>slot) << 3), scalarTotal(block, base, slot));
  }
  const slot = cycleSelect(isRandom, seed, number);
  runTotal = slot < 0 ? 0 : load<f64>(totals + ((<usize>slot) << 3));
  return slot;
}

/** The totals of the two nodes of a tile, INFEASIBLE where a filter rejects. `base` is 0 or where their bases lie. */
@inline
function pairTotal(
  tile: usize,
  base: usize,
  isLeast: bool,
  fitCpu: v128,
  fitMemory: v128,
  scoreCpu: v128,
  scoreMemory: v128,
  balanceCpu: v128,
  balanceMemory: v128,
  weightFit: v128,
  weightBalanced: v128,
  constant: v128,
): v128 {
  return lanesTotal(
    v128.load(tile, COLUMN_ROOM << 4), v128.load(tile, COLUMN_CPU_ALLOCATABLE << 4),
    v128.load(tile, COLUMN_CPU_REQUESTED << 4), v128.load(tile, COLUMN_CPU_NONZERO << 4),
    v128.load(tile, COLUMN_MEMORY_ALLOCATABLE << 4), v128.load(tile, COLUMN_MEMORY_REQUESTED << 4),
    v128.load(tile, COLUMN_MEMORY_NONZERO << 4), v128.load(tile, COLUMN_BALANCE << 4), isLeast, fitCpu, fitMemory, scoreCpu,
    scoreMemory, balanceCpu, balanceMemory, weightFit, weightBalanced,
    base != 0 ? f64x2.add(v128.load(base), constant) : constant,
  );
}

/** What lanesTotal computes with. In memory, for a vector constant in a loop is put together anew each time (V8 11). */
const CONSTANTS: usize = memory.data<f64>([100, 0.5, 1, 50, INFEASIBLE]);

/** The same for any two nodes, given their hot fields; `base` is what they get beside the scores of resources. */
@inline
export function lanesTotal(
  room: v128,
  cpu: v128,
  cpuRequested: v128,
  cpuNonzero: v128,
  memoryBytes: v128,
  memoryRequested: v128,
  memoryNonzero: v128,
  balanceWithout: v128,
  isLeast: bool,
  fitCpu: v128,
  fitMemory: v128,
  scoreCpu: v128,
  scoreMemory: v128,
  balanceCpu: v128,
  balanceMemory: v128,
  weightFit: v128,
  weightBalanced: v128,
  base: v128,
): v128 {
  const hundred = v128.load64_splat(CONSTANTS);
  const half = v128.load64_splat(CONSTANTS, 8);
  const one = v128.load64_splat(CONSTANTS, 16);

  let feasible = f64x2.ge(room, one);
  feasible = v128.and(feasible, f64x2.le(fitCpu, f64x2.sub(cpu, cpuRequested)));
  feasible = v128.and(feasible, f64x2.le(fitMemory, f64x2.sub(memoryBytes, memoryRequested)));

  // NodeResourcesFit: LeastAllocated 100 * max(0, free) / allocatable, MostAllocated 100 * min(taken, allocatable) / allocatable.
  const cpuTaken = f64x2.add(cpuNonzero, scoreCpu);
  const memoryTaken = f64x2.add(memoryNonzero, scoreMemory);
  const zero = f64x2.splat(0);
  const cpuPart = isLeast ? f64x2.pmax(f64x2.sub(cpu, cpuTaken), zero) : f64x2.pmin(cpuTaken, cpu);
  const memoryPart = isLeast ? f64x2.pmax(f64x2.sub(memoryBytes, memoryTaken), zero) : f64x2.pmin(memoryTaken, memoryBytes);
  const cpuScore = f64x2.floor(f64x2.div(f64x2.mul(cpuPart, hundred), cpu));
  const memoryScore = f64x2.floor(f64x2.div(f64x2.mul(memoryPart, hundred), memoryBytes));
  const fit = f64x2.floor(f64x2.mul(f64x2.add(cpuScore, memoryScore), half));

  // NodeResourcesBalancedAllocation, in upstream's order of operations.
  const cpuFraction = f64x2.pmin(f64x2.div(f64x2.add(cpuRequested, balanceCpu), cpu), one);
  const memoryFraction = f64x2.pmin(f64x2.div(f64x2.add(memoryRequested, balanceMemory), memoryBytes), one);
  const std = f64x2.abs(f64x2.mul(f64x2.sub(cpuFraction, memoryFraction), half));
  const balanceWith = f64x2.floor(f64x2.mul(f64x2.sub(one, std), hundred));
  const fifty = v128.load64_splat(CONSTANTS, 24);
  const change = f64x2.sub(f64x2.add(fifty, balanceWith), balanceWithout);
  const balanced = f64x2.add(fifty, f64x2.floor(f64x2.mul(change, half)));

  const scores = f64x2.add(f64x2.mul(fit, weightFit), f64x2.mul(balanced, weightBalanced));
  const total = f64x2.add(scores, base);
  return v128.bitselect(total, v128.load64_splat(CONSTANTS, 32), feasible);
}

/** A request that is compared with what is free: none at all always fits, even on an overcommitted node. */
@inline
export function threshold(request: f64): f64 {
  return request > 0 ? request : -Infinity;
}

const PASS_BEST: i32 = 0;
const PASS_COUNT: i32 = 1;
const PASS_FIND: i32 = 2;

/**
 * Exact totals of the tiles from slot `from` to before slot `to`, both even, compiled once for each constant `mode` and
 * strategy. PASS_BEST: the first slot whose total beats runTotal (which follows), or STATUS_NONE. PASS_COUNT: how many
 * totals equal runTotal. PASS_FIND: the slot of the `skip`-th total that equals runTotal.
 */
@inline
function pass(block: usize, base: i32, mode: i32, isLeast: bool, from: i32, to: i32, skip: i32): i32 {
  const fitCpu = f64x2.splat(threshold(classField(block, CLASS_FIT_CPU)));
  const fitMemory = f64x2.splat(threshold(classField(block, CLASS_FIT_MEMORY)));
  const scoreCpu = f64x2.splat(classField(block, CLASS_SCORE_CPU));
  const scoreMemory = f64x2.splat(classField(block, CLASS_SCORE_MEMORY));
  const balanceCpu = f64x2.splat(classField(block, CLASS_BALANCE_CPU));
  const balanceMemory = f64x2.splat(classField(block, CLASS_BALANCE_MEMORY));
  const weightFit = f64x2.splat(classField(block, CLASS_WEIGHT_FIT));
  const weightBalanced = f64x2.splat(classField(block, CLASS_WEIGHT_BALANCED));
  const constant = f64x2.splat(constantScore(block));
  let tile: usize = tilesPtr() + ((<usize>(from >> 1)) << TILE_SHIFT);
  let bases: usize = base >= 0 ? columnPtr(base) + ((<usize>from) << 3) : 0;
  let best = runTotal;
  let found = mode == PASS_COUNT ? 0 : STATUS_NONE;
  for (let slot = from; slot < to; slot += 2) {
    const total = pairTotal(
      tile, bases, isLeast, fitCpu, fitMemory, scoreCpu, scoreMemory, balanceCpu, balanceMemory, weightFit,
      weightBalanced, constant,
    );
    if (mode == PASS_BEST) {
      const first = f64x2.extract_lane(total, 0);
      const second = f64x2.extract_lane(total, 1);
      if (first > best) {
        best = first;
        found = slot;
      }
      if (second > best) {
        best = second;
        found = slot + 1;
      }
    } else {
      const hits = i64x2.bitmask(f64x2.eq(total, f64x2.splat(best)));
      if (mode == PASS_COUNT) {
        found += popcnt(hits);
      } else {
        if ((hits & 1) != 0 && skip-- == 0) return slot;
        if ((hits & 2) != 0 && skip-- == 0) return slot + 1;
      }
    }
    tile += (<usize>1) << TILE_SHIFT;
    if (bases != 0) bases += 16;
  }
  runTotal = best;
  return found;
}

@inline
export function isLeastAllocated(block: usize): bool {
  return <i32>classField(block, CLASS_STRATEGY) == STRATEGY_LEAST_ALLOCATED;
}

function passBest(block: usize, base: i32, from: i32, to: i32): i32 {
  if (isLeastAllocated(block)) return pass(block, base, PASS_BEST, true, from, to, 0);
  return pass(block, base, PASS_BEST, false, from, to, 0);
}

function passCount(block: usize, base: i32): i32 {
  if (isLeastAllocated(block)) return pass(block, base, PASS_COUNT, true, 0, nodesCount(), 0);
  return pass(block, base, PASS_COUNT, false, 0, nodesCount(), 0);
}

function passFind(block: usize, base: i32, skip: i32): i32 {
  if (isLeastAllocated(block)) return pass(block, base, PASS_FIND, true, 0, nodesCount(), skip);
  return pass(block, base, PASS_FIND, false, 0, nodesCount(), skip);
}

/** Says that bounds and bytes of rows are about pods of a class. */
export function askRows(block: usize): void {
  rowsAsk(
    threshold(classField(block, CLASS_FIT_CPU)), threshold(classField(block, CLASS_FIT_MEMORY)),
    classField(block, CLASS_SCORE_CPU), classField(block, CLASS_SCORE_MEMORY), classField(block, CLASS_BALANCE_CPU),
    classField(block, CLASS_BALANCE_MEMORY), classField(block, CLASS_WEIGHT_FIT), classField(block, CLASS_WEIGHT_BALANCED),
  );
}

/** Four static bases as f32: integers below 2^24, or INFEASIBLE, which becomes -Infinity. */
@inline
function basesAt(at: usize): v128 {
  const low = f32x4.demote_f64x2_zero(v128.load(at));
  const high = f32x4.demote_f64x2_zero(v128.load(at, 16));
  return v128.shuffle<f32>(low, high, 0, 1, 4, 5);
}

/**
 * The first slot with the largest total; runTotal follows. Looks at bounds and computes exactly where one beats the
 * best so far; when that happens too often (scores that rise with the slot), goes on exactly.
 */
@inline
function scanBounds(block: usize, base: i32, isLeast: bool): i32 {
  askRows(block);
  const constant = f32x4.splat(<f32>constantScore(block));
  const n = nodesCount();
  let four = rowsPtr();
  let bases: usize = base >= 0 ? columnPtr(base) : 0;
  let best = f32x4.splat(-1);
  let found = STATUS_NONE;
  let exacts = n >> 5;
  runTotal = -1;
  for (let slot = 0; slot < n; slot += 4) {
    const bound = boundsOfFour(four, isLeast, bases != 0 ? f32x4.add(basesAt(bases), constant) : constant);
    if (v128.any_true(f32x4.gt(bound, best))) {
      const winner = passBest(block, base, slot, exacts > 0 ? slot + 4 : n);
      if (winner >= 0) found = winner;
      if (exacts-- <= 0) break;
      best = f32x4.splat(<f32>runTotal);
    }
    four += (<usize>4) << ROW_SHIFT;
    if (bases != 0) bases += 32;
  }
  return found;
}

function runBounds(block: usize, base: i32): i32 {
  return isLeastAllocated(block) ? scanBounds(block, base, true) : scanBounds(block, base, false);
}

/** Whether a node that vectors do not take is feasible and at least as good as the best that they took. */
function irregularCompetes(block: usize, base: i32, best: f64): bool {
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    if (stateAt(slot) == STATE_IRREGULAR && scalarTotal(block, base, slot) >= best) return true;
  }
  return false;
}

function runVectors(block: usize, base: i32, isRandom: bool, seed: u32, number: u32): i32 {
  const first = runBounds(block, base);
  if (nodesIrregular() > 0 && irregularCompetes(block, base, max(runTotal, 0))) {
    return runScalar(block, base, isRandom ? 1 : 0, seed, number);
  }
  if (first < 0 || !isRandom) return first;
  return passFind(block, base, tiePick(seed, number, passCount(block, base)));
}
