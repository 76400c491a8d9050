// A class that few nodes are open to by their specs (pods of a DaemonSet: one). Its index is a list of them: it looks at each
// again for every pod, and keeps nothing of any node. It ends when a node's spec changes.
//
//   narrow   [ count u32 | is simple u32 | slot u32 | slot u32 | ... ]      simple: cpu, memory and pods decide alone

import { arenaAlloc, arenaFree } from "../arena";
import { balanceOfTwo, fractionOf } from "../balance";
import { classField } from "../class-block";
import {
  CLASS_BALANCE_CPU,
  CLASS_BALANCE_MEMORY,
  CLASS_EXTRA_COUNT,
  CLASS_FILTERS_PORTS,
  CLASS_FIT_CPU,
  CLASS_FIT_MEMORY,
  CLASS_IS_PLAIN,
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
  INFEASIBLE,
  MAX_EXACT_QUOTIENT,
  RESOURCE_PODS,
  STATE_FREE,
  STRATEGY_LEAST_ALLOCATED,
} from "../layout";
import { allocatableColumn, columnPtr, hotAddress, nodesCount, requestedColumn, stateAt } from "../nodes";
import { balanceChange } from "../plugins/node-resources-balanced-allocation";
import { constantScore, scalarTotal, setRunTotal, threshold } from "../scan";
import { STATUS_NONE } from "../status";
import { tiePick } from "../ties";
import { INDEX_CLASS, INDEX_NARROW, pointer, set } from "./fields";

/** More nodes than this are a tree's business: looking at one again costs some 20 ns. */
const MOST_NODES: i32 = 8;

const IS_SIMPLE: usize = 4;
const SLOTS: usize = 8;

@inline
function slotAt(narrow: usize, i: i32): i32 {
  return load<i32>(narrow + ((<usize>i) << 2), SLOTS);
}

/** Lists the nodes that are open to the class. Whether there are few enough, and memory for them. */
export function narrowBuild(index: usize): bool {
  const block = pointer(index, INDEX_CLASS);
  const verdict = <i32>classField(block, CLASS_STATIC_VERDICT);
  if (verdict < 0) return false;
  const narrow = arenaAlloc(SLOTS + ((<usize>MOST_NODES) << 2));
  if (narrow == 0) return false;
  const isNarrow = listOpen(narrow, columnPtr(verdict));
  store<i32>(narrow, <i32>isSimple(block), IS_SIMPLE);
  if (isNarrow) set(index, INDEX_NARROW, <i32>narrow);
  else arenaFree(narrow);
  return isNarrow;
}

/** Columns go on with zeros to whole eights, and there is no node behind the last one. */
function listOpen(narrow: usize, verdicts: usize): bool {
  let count = 0;
  for (let from = 0, n = nodesCount(); from < n; from += 8) {
    if (!hasZero(load<u64>(verdicts + <usize>from))) continue;
    for (let slot = from, to = min(from + 8, n); slot < to; slot++) {
      if (load<u8>(verdicts + <usize>slot) != 0 || stateAt(slot) == STATE_FREE) continue;
      if (count == MOST_NODES) return false;
      store<i32>(narrow + ((<usize>count) << 2), slot, SLOTS);
      count++;
    }
  }
  store<i32>(narrow, count);
  return true;
}

/** Whether one of eight bytes is 0. */
@inline
function hasZero(bytes: u64): bool {
  return ((bytes - 0x0101010101010101) & ~bytes & 0x8080808080808080) != 0;
}

function isSimple(block: usize): bool {
  return (
    classField(block, CLASS_IS_PLAIN) != 0 && classField(block, CLASS_EXTRA_COUNT) == 0 &&
    classField(block, CLASS_FILTERS_PORTS) == 0
  );
}

/** As indexRun. */
export function narrowRun(block: usize, narrow: usize, isRandom: i32, seed: u32, number: u32): i32 {
  let best: f64 = INFEASIBLE;
  let found = STATUS_NONE;
  let ties = 0;
  for (let i = 0, n = load<i32>(narrow); i < n; i++) {
    const slot = slotAt(narrow, i);
    const total = totalAt(block, narrow, slot);
    if (total > best) {
      best = total;
      found = slot;
      ties = 1;
    } else if (total == best) {
      ties++;
    }
  }
  if (found < 0) return STATUS_NONE;
  setRunTotal(best);
  return isRandom == 0 || ties < 2 ? found : nthEqual(block, narrow, best, tiePick(seed, number, ties));
}

/** The first node with this total that has `skip` others before it. */
function nthEqual(block: usize, narrow: usize, best: f64, skip: i32): i32 {
  let i = 0;
  while (totalAt(block, narrow, slotAt(narrow, i)) != best || skip-- > 0) i++;
  return slotAt(narrow, i);
}

@inline
function hot(at: usize, field: usize): f64 {
  return load<f64>(at + (field << 4));
}

/** What a scan says of one node. Written out, for calls and loops over resources take longer than the sums. */
function totalAt(block: usize, narrow: usize, slot: i32): f64 {
  const at = hotAddress(0, slot);
  const cpu = hot(at, COLUMN_CPU_ALLOCATABLE);
  const memoryBytes = hot(at, COLUMN_MEMORY_ALLOCATABLE);
  if (load<i32>(narrow, IS_SIMPLE) == 0 || cpu == 0 || memoryBytes == 0) return scalarTotal(block, -1, slot);
  const cpuRequested = hot(at, COLUMN_CPU_REQUESTED);
  const memoryRequested = hot(at, COLUMN_MEMORY_REQUESTED);
  const offset = (<usize>slot) << 3;
  const pods = load<f64>(columnPtr(requestedColumn(RESOURCE_PODS)) + offset);
  const fits =
    <i32>(pods + 1 <= load<f64>(columnPtr(allocatableColumn(RESOURCE_PODS)) + offset)) &
    <i32>(threshold(classField(block, CLASS_FIT_CPU)) <= cpu - cpuRequested) &
    <i32>(threshold(classField(block, CLASS_FIT_MEMORY)) <= memoryBytes - memoryRequested);
  if (fits == 0) return INFEASIBLE;

  const cpuTaken = hot(at, COLUMN_CPU_NONZERO) + classField(block, CLASS_SCORE_CPU);
  const memoryTaken = hot(at, COLUMN_MEMORY_NONZERO) + classField(block, CLASS_SCORE_MEMORY);
  const isLeast = <i32>classField(block, CLASS_STRATEGY) == STRATEGY_LEAST_ALLOCATED;
  const cpuPart = isLeast ? max(cpu - cpuTaken, 0) : min(cpuTaken, cpu);
  const memoryPart = isLeast ? max(memoryBytes - memoryTaken, 0) : min(memoryTaken, memoryBytes);
  const fit = floor((percent(cpuPart, cpu) + percent(memoryPart, memoryBytes)) * 0.5);

  const cpuShare = fractionOf(cpuRequested + classField(block, CLASS_BALANCE_CPU), cpu);
  const memoryShare = fractionOf(memoryRequested + classField(block, CLASS_BALANCE_MEMORY), memoryBytes);
  const balanced = balanceChange(balanceOfTwo(cpuShare, memoryShare), hot(at, COLUMN_BALANCE));

  const scores = classField(block, CLASS_WEIGHT_FIT) * fit + classField(block, CLASS_WEIGHT_BALANCED) * balanced;
  return constantScore(block) + scores;
}

/** Go's truncating quotient of `100 * part` and `whole`. */
@inline
function percent(part: f64, whole: f64): f64 {
  return whole <= MAX_EXACT_QUOTIENT ? floor((100 * part) / whole) : <f64>((<i64>part * 100) / <i64>whole);
}
