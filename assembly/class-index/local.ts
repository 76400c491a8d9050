// The byte of a node: what of a class's verdict and score depends on that node alone. One exact evaluation a node that
// changed, with the same arithmetic as a scan.

import { arenaAlloc, arenaFree } from "../arena";
import { classField, extraList } from "../class-block";
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
  CLASS_STRATEGY,
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
  STRATEGY_LEAST_ALLOCATED,
  TILE_SHIFT,
} from "../layout";
import {
  allocatableColumn,
  columnPtr,
  f64At,
  nodesCapacity,
  nodesCount,
  nodesIrregular,
  requestedColumn,
  stateAt,
  tilesPtr,
} from "../nodes";
import { pendingAt } from "../journal";
import { portsTaken } from "../plugins/node-ports";
import { balancedScore } from "../plugins/node-resources-balanced-allocation";
import { fitScore } from "../plugins/node-resources-fit";
import { isFeasible, lanesTotal, threshold } from "../scan";
import { get, INDEX_CLASS, INDEX_IS_CLOSING, INDEX_TRAITS, pointer } from "./fields";
import { trait, TRAIT_CLOSING, TRAIT_LABELED, traitCount } from "./traits";

/** Bytes of the nodes that were evaluated last: of all by slot, or of the journal's pending ones in their order. */
let results: usize = 0;
let resultsCapacity: i32 = 0;

/** Makes room for the bytes of all nodes. False when memory is used up. */
export function localReady(): bool {
  if (resultsCapacity == nodesCapacity()) return true;
  arenaFree(results);
  resultsCapacity = nodesCapacity();
  results = arenaAlloc(<usize>resultsCapacity + 16);
  return results != 0;
}

@inline
export function byteAt(place: i32): u8 {
  return load<u8>(results + <usize>place);
}

/** Whether anything but cpu, memory and pods can close a node to the class. */
export function isClosing(block: usize, traits: usize): bool {
  return (
    classField(block, CLASS_STATIC_VERDICT) >= 0 ||
    (classField(block, CLASS_FILTERS_PORTS) != 0 && classField(block, CLASS_PORT_COUNT) != 0) ||
    (classField(block, CLASS_FILTERS_FIT) != 0 && classField(block, CLASS_EXTRA_COUNT) != 0) ||
    traitCount(traits, TRAIT_CLOSING) + traitCount(traits, TRAIT_LABELED) > 0
  );
}

function isClosed(block: usize, traits: usize, slot: i32): bool {
  const verdict = <i32>classField(block, CLASS_STATIC_VERDICT);
  if (verdict >= 0 && load<u8>(columnPtr(verdict) + <usize>slot) != 0) return true;
  if (classField(block, CLASS_FILTERS_PORTS) != 0 && portsTaken(block, slot)) return true;
  return isClosedByPods(traits, slot);
}

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

function lacksExtra(block: usize, slot: i32): bool {
  if (classField(block, CLASS_FILTERS_FIT) == 0) return false;
  for (let i = 0, n = <i32>classField(block, CLASS_EXTRA_COUNT); i < n; i++) {
    const entry = extraList(block) + (<usize>(i * EXTRA_FIELDS) << 3);
    const resource = <i32>load<f64>(entry);
    if (load<f64>(entry, 8) > f64At(allocatableColumn(resource), slot) - f64At(requestedColumn(resource), slot)) return true;
  }
  return false;
}

/** The plain form: any strategy, any resources, any node. */
function scalarByte(block: usize, traits: usize, slot: i32): u8 {
  if (!isFeasible(block, -1, slot) || isClosedByPods(traits, slot)) return 0;
  let score: f64 = 0;
  const fit = classField(block, CLASS_WEIGHT_FIT);
  if (fit != 0) score += fit * fitScore(block, slot);
  const balanced = classField(block, CLASS_WEIGHT_BALANCED);
  if (balanced != 0) score += balanced * balancedScore(block, slot);
  return <u8>(score + 1);
}

/** Evaluates every node. */
export function evaluateAll(index: usize): void {
  evaluate(index, true, nodesCount());
}

/** Evaluates the first `count` nodes that the journal found. */
export function evaluatePending(index: usize, count: i32): void {
  evaluate(index, false, count);
}

function evaluate(index: usize, isAll: bool, count: i32): void {
  const block = pointer(index, INDEX_CLASS);
  const traits = pointer(index, INDEX_TRAITS);
  if (ASC_FEATURE_SIMD) {
    if (classField(block, CLASS_IS_PLAIN) != 0) {
      evaluatePlain(block, isAll, count);
      if (get(index, INDEX_IS_CLOSING) != 0) closeThose(block, traits, isAll, count);
      if (nodesIrregular() > 0) evaluateIrregular(block, traits, isAll, count);
      return;
    }
  }
  for (let i = 0; i < count; i++) store<u8>(results + <usize>i, scalarByte(block, traits, isAll ? i : pendingAt(i)));
}

function evaluatePlain(block: usize, isAll: bool, count: i32): void {
  const isLeast = <i32>classField(block, CLASS_STRATEGY) == STRATEGY_LEAST_ALLOCATED;
  if (isAll) {
    if (isLeast) vectors(block, true, true, count);
    else vectors(block, false, true, count);
  } else if (isLeast) vectors(block, true, false, count);
  else vectors(block, false, false, count);
}

/** One field of two nodes that lie anywhere. */
@inline
function lanes(first: usize, second: usize, field: i32): v128 {
  const offset = (<usize>field) << 4;
  return v128.load64_lane(second + offset, v128.load64_zero(first + offset), 1);
}

@inline
function hotAt(tiles: usize, slot: i32): usize {
  return tiles + ((<usize>(slot >> 1)) << TILE_SHIFT) + ((<usize>(slot & 1)) << 3);
}

/** Two nodes at a time. Compiled once for each strategy, and for all nodes or the pending ones. */
@inline
function vectors(block: usize, isLeast: bool, isAll: bool, count: i32): void {
  const fitCpu = f64x2.splat(threshold(classField(block, CLASS_FIT_CPU)));
  const fitMemory = f64x2.splat(threshold(classField(block, CLASS_FIT_MEMORY)));
  const scoreCpu = f64x2.splat(classField(block, CLASS_SCORE_CPU));
  const scoreMemory = f64x2.splat(classField(block, CLASS_SCORE_MEMORY));
  const balanceCpu = f64x2.splat(classField(block, CLASS_BALANCE_CPU));
  const balanceMemory = f64x2.splat(classField(block, CLASS_BALANCE_MEMORY));
  const weightFit = f64x2.splat(classField(block, CLASS_WEIGHT_FIT));
  const weightBalanced = f64x2.splat(classField(block, CLASS_WEIGHT_BALANCED));
  const one = f64x2.splat(1);
  const tiles = tilesPtr();
  for (let i = 0; i < count; i += 2) {
    // An odd count evaluates what stands behind the last one, for nothing.
    const first = hotAt(tiles, isAll ? i : pendingAt(i));
    const second = isAll ? first + 8 : hotAt(tiles, pendingAt(i + 1));
    const total = lanesTotal(
      lanes(first, second, COLUMN_ROOM), lanes(first, second, COLUMN_CPU_ALLOCATABLE),
      lanes(first, second, COLUMN_CPU_REQUESTED), lanes(first, second, COLUMN_CPU_NONZERO),
      lanes(first, second, COLUMN_MEMORY_ALLOCATABLE), lanes(first, second, COLUMN_MEMORY_REQUESTED),
      lanes(first, second, COLUMN_MEMORY_NONZERO), lanes(first, second, COLUMN_BALANCE), isLeast, fitCpu, fitMemory,
      scoreCpu, scoreMemory, balanceCpu, balanceMemory, weightFit, weightBalanced, one,
    );
    // Infeasible totals are far below zero and saturate there.
    const bytes = i32x4.trunc_sat_f64x2_u_zero(total);
    store<u8>(results + <usize>i, <u8>i32x4.extract_lane(bytes, 0));
    store<u8>(results + <usize>i, <u8>i32x4.extract_lane(bytes, 1), 1);
  }
}

function closeThose(block: usize, traits: usize, isAll: bool, count: i32): void {
  for (let i = 0; i < count; i++) {
    if (byteAt(i) == 0) continue;
    const slot = isAll ? i : pendingAt(i);
    if (isClosed(block, traits, slot) || lacksExtra(block, slot)) store<u8>(results + <usize>i, 0);
  }
}

/** What vectors do not take. */
function evaluateIrregular(block: usize, traits: usize, isAll: bool, count: i32): void {
  for (let i = 0; i < count; i++) {
    const slot = isAll ? i : pendingAt(i);
    if (stateAt(slot) == STATE_IRREGULAR) store<u8>(results + <usize>i, scalarByte(block, traits, slot));
  }
}
