// The byte of a node: what of a class's verdict and score depends on that node alone. One exact evaluation a node that
// changed, with the same arithmetic as a scan.

import { arenaAlloc, arenaFree } from "../arena";
import { field } from "../blocks";
import { classField, extraList, portList } from "../class-block";
import { domainAt, tallyAt } from "../domains";
import {
  CLASS_BALANCE_CPU,
  CLASS_BALANCE_MEMORY,
  CLASS_EXTRA_COUNT,
  CLASS_FILTERS_FIT,
  CLASS_FILTERS_PORTS,
  CLASS_FIT_CPU,
  CLASS_FIT_MEMORY,
  CLASS_IS_PLAIN,
  CLASS_PORT_COUNT,
  CLASS_SCORE_CPU,
  CLASS_SCORE_MEMORY,
  CLASS_STATIC_VERDICT,
  CLASS_WEIGHT_BALANCED,
  CLASS_WEIGHT_FIT,
  COLUMN_BALANCE,
  COLUMN_CPU_ALLOCATABLE,
  COLUMN_CPU_NONZERO,
  COLUMN_CPU_REQUESTED,
  COLUMN_MEMORY_ALLOCATABLE,
  COLUMN_MEMORY_NONZERO,
  COLUMN_MEMORY_REQUESTED,
  COLUMN_ROOM,
  EXTRA_FIELDS,
  STATE_IRREGULAR,
  TILE_SHIFT,
} from "../layout";
import {
  allocatableColumn,
  columnPtr,
  nodesCapacity,
  nodesIrregular,
  requestedColumn,
  stateAt,
  tilesPtr,
} from "../nodes";
import { equalSixteen, positiveSixteen } from "../lanes";
import { journalFound, journalFour, journalHasRows, pendingAt } from "../journal";
import { balancedScore } from "../plugins/node-resources-balanced-allocation";
import { fitScore } from "../plugins/node-resources-fit";
import { areAlike, bytesOfFour, ROW_SHIFT, rowsPtr, undecided, wereAlike } from "../rows";
import { askRows, isFeasible, isLeastAllocated, lanesTotal, threshold } from "../scan";
import {
  get,
  INDEX_CLASS,
  INDEX_CLOSED,
  INDEX_IS_CLOSING,
  INDEX_TRAITS,
  pointer,
  set,
} from "./fields";
import { movedIn, movedSlots, trait, TRAIT_CLOSING, TRAIT_LABELED, traitCount } from "./traits";

/** So many nodes are evaluated in one call: a function that runs for the first time is slow to its end (V8 11). */
const CHUNK: i32 = 2048;

/** Bytes of the nodes that were evaluated last, in the order in which the journal found them. */
let results: usize = 0;
let resultsCapacity: i32 = 0;

/** Positions among the pending nodes (u32) that f64 has to evaluate. */
let left: usize = 0;

/** In memory, for a vector constant in a loop is put together anew each time (V8 11). */
const TWO_TO_52: usize = memory.data<f64>([4503599627370496]);

/** Makes room for the bytes of all nodes. False when memory is used up. */
export function localReady(): bool {
  if (resultsCapacity == nodesCapacity()) return true;
  arenaFree(results);
  arenaFree(left);
  resultsCapacity = nodesCapacity();
  results = arenaAlloc(<usize>resultsCapacity + 16);
  left = arenaAlloc((<usize>resultsCapacity + 16) << 2);
  return results != 0 && left != 0;
}

/** Copies the bytes of the first `count` nodes. */
export function bytesTo(to: usize, count: i32): void {
  memory.copy(to, results, <usize>count);
}

/** Where the byte of the i-th node lies. */
@inline
export function bytesFrom(i: i32): usize {
  return results + <usize>i;
}

/** There are `count` bytes: what follows in their last vector is nobody's. */
@inline
export function bytesEnd(count: i32): void {
  v128.store(results + <usize>count, i64x2.splat(0));
}

@inline
export function byteAt(i: i32): u8 {
  return load<u8>(results + <usize>i);
}

/** Four of them, the first one lowest. */
@inline
export function bytesAt(i: i32): u32 {
  return load<u32>(results + <usize>i);
}

/** Notes whether anything but cpu, memory and pods can close a node to the class. False when memory is used up. */
export function localBuild(index: usize): bool {
  const block = pointer(index, INDEX_CLASS);
  const traits = pointer(index, INDEX_TRAITS);
  const isClosing = traitCount(traits, TRAIT_CLOSING) + traitCount(traits, TRAIT_LABELED) > 0;
  if (isClosing) set(index, INDEX_CLOSED, <i32>arenaAlloc(<usize>nodesCapacity()));
  const isAny =
    isClosing || classField(block, CLASS_STATIC_VERDICT) >= 0 ||
    (classField(block, CLASS_FILTERS_PORTS) != 0 && classField(block, CLASS_PORT_COUNT) != 0) ||
    (classField(block, CLASS_FILTERS_FIT) != 0 && classField(block, CLASS_EXTRA_COUNT) != 0);
  set(index, INDEX_IS_CLOSING, <i32>isAny);
  return !isClosing || pointer(index, INDEX_CLOSED) != 0;
}

/** Of one node: whether pods that run there, or a label that it lacks, close it. */
function isClosedByPods(traits: usize, slot: i32): bool {
  for (let i = 0, n = traitCount(traits, TRAIT_CLOSING); i < n; i++) {
    const item = trait(traits, TRAIT_CLOSING, i);
    if (domainAt(get(item, 0), slot) != 0 && tallyAt(get(item, 4), slot) > 0) return true;
  }
  for (let i = 0, n = traitCount(traits, TRAIT_LABELED); i < n; i++) {
    if (domainAt(get(trait(traits, TRAIT_LABELED, i), 0), slot) == 0) return true;
  }
  return false;
}

/** The plain form: any strategy, any resources, any node. */
function scalarByte(block: usize, closed: usize, slot: i32): u8 {
  if (!isFeasible(block, -1, slot) || (closed != 0 && load<u8>(closed + <usize>slot) != 0)) return 0;
  let score: f64 = 0;
  const fit = classField(block, CLASS_WEIGHT_FIT);
  if (fit != 0) score += fit * fitScore(block, slot);
  const balanced = classField(block, CLASS_WEIGHT_BALANCED);
  if (balanced != 0) score += balanced * balancedScore(block, slot);
  return <u8>(score + 1);
}

/** Evaluates the first `count` nodes that the journal found; `isAll`: for the first time. */
export function evaluatePending(index: usize, count: i32, isAll: bool): void {
  const block = pointer(index, INDEX_CLASS);
  const closed = pointer(index, INDEX_CLOSED);
  if (closed != 0) followClosed(index, count, isAll);
  if (ASC_FEATURE_SIMD) {
    if (classField(block, CLASS_IS_PLAIN) != 0) {
      evaluatePlain(block, count, isAll);
      if (get(index, INDEX_IS_CLOSING) != 0) closePending(block, closed, count, isAll);
      if (nodesIrregular() > 0) evaluateIrregular(block, closed, count);
      return;
    }
  }
  for (let i = 0; i < count; i++) store<u8>(results + <usize>i, scalarByte(block, closed, pendingAt(i)));
}

/** Whether the nodes' rows are enough to tell the bytes of most, so that the journal may be read by rows. */
export function takesRows(index: usize): bool {
  const block = pointer(index, INDEX_CLASS);
  return ASC_FEATURE_SIMD && classField(block, CLASS_IS_PLAIN) != 0 && isLeastAllocated(block);
}

function evaluatePlain(block: usize, count: i32, isAll: bool): void {
  const isLeast = isLeastAllocated(block);
  if (isLeast && (isAll || journalHasRows())) {
    askRows(block);
    for (let from = 0; from < count; from += CHUNK) {
      const to = min(from + CHUNK, count);
      const open = isAll ? fours(from, to, true) : fours(from, to, false);
      if (open == 0) continue;
      evaluateLeft(block, true, open);
      if (isAll) repeatAlike(from, to);
    }
    return;
  }
  for (let i = 0; i < count; i++) store<u32>(left + ((<usize>i) << 2), i);
  evaluateLeft(block, isLeast, count);
}

/** The first `count` of those in `left`. */
function evaluateLeft(block: usize, isLeast: bool, count: i32): void {
  if (isLeast) pairs(block, true, count);
  else pairs(block, false, count);
}

/**
 * Four pending nodes at a time, in f32; `isAll`: they are the slots, one after the other, and what is found of four is taken over for
 * those behind them that are like them. Returns how many nodes stand in `left`, because f32 cannot tell. Compiled once for each
 * constant `isAll`.
 */
@inline
function fours(from: i32, to: i32, isAll: bool): i32 {
  let count = 0;
  let bytes: u32 = 0;
  for (let i = from; i < to; i += 4) {
    // Where fewer are left, others that lie behind them are evaluated as well, for nothing.
    const isKnown = isAll && i != from && areAlike(i);
    if (!isKnown) bytes = bytesOfFour(isAll ? rowsPtr() + ((<usize>i) << ROW_SHIFT) : journalFour(i));
    store<u32>(results + <usize>i, bytes);
    if (!isKnown && undecided != 0) count = leave(undecided, i, to, count);
  }
  return count;
}

/** Takes over what f64 found, after `fours` of the same slots. */
function repeatAlike(from: i32, to: i32): void {
  let bytes = load<u32>(results + <usize>from);
  for (let i = from + 4; i < to; i += 4) {
    if (wereAlike(i)) store<u32>(results + <usize>i, bytes);
    else bytes = load<u32>(results + <usize>i);
  }
}

/** Notes which of the four nodes from position `i` on are left, by a bit each. */
function leave(bits: i32, i: i32, to: i32, count: i32): i32 {
  for (; bits != 0; bits &= bits - 1) {
    const position = i + ctz(bits);
    if (position >= to) break;
    store<u32>(left + ((<usize>count) << 2), position);
    count++;
  }
  return count;
}

@inline
function hotAt(tiles: usize, slot: i32): usize {
  return tiles + ((<usize>(slot >> 1)) << TILE_SHIFT) + ((<usize>(slot & 1)) << 3);
}

@inline
function leftAt(i: i32): i32 {
  return load<i32>(left + ((<usize>i) << 2));
}

/** Two of those in `left` at a time, exactly. Compiled once for each strategy. */
@inline
function pairs(block: usize, isLeast: bool, count: i32): void {
  const fitCpu = f64x2.splat(threshold(classField(block, CLASS_FIT_CPU)));
  const fitMemory = f64x2.splat(threshold(classField(block, CLASS_FIT_MEMORY)));
  const scoreCpu = f64x2.splat(classField(block, CLASS_SCORE_CPU));
  const scoreMemory = f64x2.splat(classField(block, CLASS_SCORE_MEMORY));
  const balanceCpu = f64x2.splat(classField(block, CLASS_BALANCE_CPU));
  const balanceMemory = f64x2.splat(classField(block, CLASS_BALANCE_MEMORY));
  const weightFit = f64x2.splat(classField(block, CLASS_WEIGHT_FIT));
  const weightBalanced = f64x2.splat(classField(block, CLASS_WEIGHT_BALANCED));
  const one = f64x2.splat(1);
  const zero = f64x2.splat(0);
  const whole = v128.load64_splat(TWO_TO_52);
  const tiles = tilesPtr();
  // Of an odd count the last one is evaluated twice.
  store<i32>(left + ((<usize>count) << 2), leftAt(count - 1));
  for (let i = 0; i < count; i += 2) {
    const position = leftAt(i);
    const other = leftAt(i + 1);
    const first = hotAt(tiles, pendingAt(position));
    const second = hotAt(tiles, pendingAt(other));
    const total = lanesTotal(
      v128.load64_lane(second, v128.load64_zero(first, COLUMN_ROOM << 4), 1, COLUMN_ROOM << 4),
      v128.load64_lane(second, v128.load64_zero(first, COLUMN_CPU_ALLOCATABLE << 4), 1, COLUMN_CPU_ALLOCATABLE << 4),
      v128.load64_lane(second, v128.load64_zero(first, COLUMN_CPU_REQUESTED << 4), 1, COLUMN_CPU_REQUESTED << 4),
      v128.load64_lane(second, v128.load64_zero(first, COLUMN_CPU_NONZERO << 4), 1, COLUMN_CPU_NONZERO << 4),
      v128.load64_lane(second, v128.load64_zero(first, COLUMN_MEMORY_ALLOCATABLE << 4), 1, COLUMN_MEMORY_ALLOCATABLE << 4),
      v128.load64_lane(second, v128.load64_zero(first, COLUMN_MEMORY_REQUESTED << 4), 1, COLUMN_MEMORY_REQUESTED << 4),
      v128.load64_lane(second, v128.load64_zero(first, COLUMN_MEMORY_NONZERO << 4), 1, COLUMN_MEMORY_NONZERO << 4),
      v128.load64_lane(second, v128.load64_zero(first, COLUMN_BALANCE << 4), 1, COLUMN_BALANCE << 4), isLeast, fitCpu,
      fitMemory, scoreCpu, scoreMemory, balanceCpu, balanceMemory, weightFit, weightBalanced, one,
    );
    // Whole numbers up to 255, or far below zero: added to 2^52 they stand in the lowest byte of each lane.
    const bytes = f64x2.add(f64x2.pmax(zero, total), whole);
    store<u8>(results + <usize>position, i8x16.extract_lane_u(bytes, 0));
    store<u8>(results + <usize>other, i8x16.extract_lane_u(bytes, 8));
  }
}

/** Everything that closes nodes beside cpu, memory and pods: a pass for each cause, without a branch on data. */
function closePending(block: usize, closed: usize, count: i32, isAll: bool): void {
  const verdict = <i32>classField(block, CLASS_STATIC_VERDICT);
  if (verdict >= 0) closeMarked(columnPtr(verdict), count, isAll);
  if (classField(block, CLASS_FILTERS_PORTS) != 0) {
    for (let i = 0, n = <i32>classField(block, CLASS_PORT_COUNT); i < n; i++) {
      closeMarked(columnPtr(<i32>field(portList(block), i)), count, isAll);
    }
  }
  if (classField(block, CLASS_FILTERS_FIT) != 0) {
    for (let i = 0, n = <i32>classField(block, CLASS_EXTRA_COUNT); i < n; i++) {
      const extra = i * EXTRA_FIELDS;
      closeLacking(<i32>field(extraList(block), extra), field(extraList(block), extra + 1), count);
    }
  }
  if (closed != 0) closeMarked(closed, count, isAll);
}

/** Leaves the byte of the i-th pending node as it is, or makes it 0. */
@inline
function keepIf(isOpen: bool, i: i32): void {
  const at = results + <usize>i;
  store<u8>(at, load<u8>(at) & <u8>(-<i32>isOpen));
}

/** Closes what a u8 column marks; `isAll`: the pending nodes are the slots, one after the other. */
function closeMarked(marks: usize, count: i32, isAll: bool): void {
  if (ASC_FEATURE_SIMD) {
    if (isAll) {
      // There is room for whole vectors behind both.
      for (let slot: usize = 0; slot < <usize>count; slot += 16) {
        const isOpen = i8x16.eq(v128.load(marks + slot), i8x16.splat(0));
        v128.store(results + slot, v128.and(v128.load(results + slot), isOpen));
      }
      return;
    }
  }
  for (let i = 0; i < count; i++) keepIf(load<u8>(marks + <usize>pendingAt(i)) == 0, i);
}

/** Closes nodes without so much of another resource than cpu and memory left; their columns are no hot fields. */
function closeLacking(resource: i32, request: f64, count: i32): void {
  const allocatable = columnPtr(allocatableColumn(resource));
  const requested = columnPtr(requestedColumn(resource));
  for (let i = 0; i < count; i++) {
    const offset = (<usize>pendingAt(i)) << 3;
    keepIf(!(request > load<f64>(allocatable + offset) - load<f64>(requested + offset)), i);
  }
}

/** Brings up what is known of nodes that other pods, or labels, close: where a tally moved, or else on all pending nodes. */
function followClosed(index: usize, count: i32, isAll: bool): void {
  const traits = pointer(index, INDEX_TRAITS);
  const moved = movedIn(traits, TRAIT_CLOSING);
  const closed = pointer(index, INDEX_CLOSED);
  if (isAll) {
    findClosed(traits, closed, count);
    return;
  }
  const slots = moved >= 0 ? movedSlots() : journalFound();
  for (let i = 0, n = moved >= 0 ? moved : count; i < n; i++) {
    const slot = load<i32>(slots + ((<usize>i) << 2));
    store<u8>(closed + <usize>slot, <u8>isClosedByPods(traits, slot));
  }
}

/** isClosedByPods of the first `count` slots, cause by cause. */
function findClosed(traits: usize, closed: usize, count: i32): void {
  memory.fill(closed, 0, <usize>count);
  for (let i = 0, n = traitCount(traits, TRAIT_CLOSING); i < n; i++) {
    const item = trait(traits, TRAIT_CLOSING, i);
    const values = columnPtr(get(item, 0));
    const tally = get(item, 4);
    if (tally >= 0) closeWithPods(closed, values, columnPtr(tally), count);
  }
  for (let i = 0, n = traitCount(traits, TRAIT_LABELED); i < n; i++) {
    closeUnlabeled(closed, columnPtr(get(trait(traits, TRAIT_LABELED, i), 0)), count);
  }
}

@inline
function closeIf(closed: usize, slot: i32, isClosed: bool): void {
  const at = closed + <usize>slot;
  store<u8>(at, load<u8>(at) | <u8>isClosed);
}

function closeWithPods(closed: usize, values: usize, tally: usize, count: i32): void {
  if (ASC_FEATURE_SIMD) {
    for (let slot: usize = 0; slot < <usize>count; slot += 16) {
      const offset = slot << 2;
      const isNone = equalSixteen(values + offset, i32x4.splat(0));
      const hasPods = positiveSixteen(tally + offset);
      v128.store(closed + slot, v128.or(v128.load(closed + slot), v128.andnot(hasPods, isNone)));
    }
    return;
  }
  for (let slot = 0; slot < count; slot++) {
    const offset = (<usize>slot) << 2;
    closeIf(closed, slot, (load<u32>(values + offset) != 0) & (load<i32>(tally + offset) > 0));
  }
}

function closeUnlabeled(closed: usize, values: usize, count: i32): void {
  if (ASC_FEATURE_SIMD) {
    for (let slot: usize = 0; slot < <usize>count; slot += 16) {
      const isNone = equalSixteen(values + (slot << 2), i32x4.splat(0));
      v128.store(closed + slot, v128.or(v128.load(closed + slot), isNone));
    }
    return;
  }
  for (let slot = 0; slot < count; slot++) closeIf(closed, slot, load<u32>(values + ((<usize>slot) << 2)) == 0);
}

/** What vectors do not take. */
function evaluateIrregular(block: usize, closed: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const slot = pendingAt(i);
    if (stateAt(slot) == STATE_IRREGULAR) store<u8>(results + <usize>i, scalarByte(block, closed, slot));
  }
}
