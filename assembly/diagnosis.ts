// What rejects each node for a class of pods, kept from decision to decision: a pod that fits nowhere then costs the nodes
// that changed, not all of them. Of filters that look at a node by itself; upstream calls what they said the diagnosis.
//
//   kinds      [ nodes | code | low | high ]   u32: how many nodes were rejected with this code for these details
//   kind of    [ slot -> its kind ]            u8, 0 = feasible, or no node
//   steps      [ kernel | code | bits ]        u32: the plan's, and once more those that look at more than the static verdict, which
//                                              are all that a node is asked that passes every static filter

import { arenaAlloc, arenaFree } from "./arena";
import { field } from "./blocks";
import { classField } from "./class-block";
import { journalRead, pendingAt } from "./journal";
import {
  CLASS_STATIC_VERDICT,
  KIND_WORDS,
  PLAN_CLASS,
  PLAN_LIST,
  PLAN_STEPS,
  STATE_FREE,
  STEP_BITS,
  STEP_CODE,
  STEP_FIELDS,
  STEP_FIT,
  STEP_KERNEL,
  STEP_STATIC,
} from "./layout";
import { columnPtr, nodesCapacity, nodesCount, stateAt } from "./nodes";
import { portsTaken } from "./plugins/node-ports";
import { fitLacking } from "./plugins/node-resources-fit";
import { STATUS_LOST, STATUS_NO_MEMORY } from "./status";

/** Fields of a diagnosis, in bytes. The first is a u64: where the journal is read on. */
const SEEN: usize = 0;
const PLAN: usize = 8;
const KINDS: usize = 12;
const KIND_OF: usize = 16;
/** For how many slots there is room; 0 = no node was looked at yet. */
const CAPACITY: usize = 20;
const COUNT: usize = 24;
const STEPS: usize = 28;
/** Where the steps begin that come once more, and where they end. */
const OPEN_STEPS: usize = 32;
const END_STEPS: usize = 36;
/** The bits of a static verdict that reject. */
const CLOSING: usize = 40;
const BYTES: usize = 48;

/** Kinds are numbered from 1. */
const MAX_KINDS: u32 = 255;
const KIND_BYTES: usize = (<usize>KIND_WORDS) << 2;
const STEP_BYTES: usize = (<usize>STEP_FIELDS) << 2;

/** A diagnosis by a plan (layout.ts), which it keeps; it has looked at no node yet. 0 when memory is used up. */
export function diagnosisAdd(plan: usize): usize {
  const diagnosis = arenaAlloc(BYTES);
  if (diagnosis == 0) return 0;
  const kinds = arenaAlloc(<usize>(MAX_KINDS + 1) * KIND_BYTES);
  store<usize>(diagnosis, kinds, KINDS);
  const steps = arenaAlloc(2 * <usize>field(plan, PLAN_STEPS) * STEP_BYTES);
  store<usize>(diagnosis, steps, STEPS);
  if (kinds == 0 || steps == 0) {
    arenaFree(kinds);
    arenaFree(steps);
    arenaFree(diagnosis);
    return 0;
  }
  store<usize>(diagnosis, plan, PLAN);
  writeSteps(diagnosis, plan, steps);
  return diagnosis;
}

function writeSteps(diagnosis: usize, plan: usize, steps: usize): void {
  const end = plan + ((<usize>(PLAN_LIST + <i32>field(plan, PLAN_STEPS) * STEP_FIELDS)) << 3);
  let closing: u32 = 0;
  let to = steps;
  for (let pass = 0; pass < 2; pass++) {
    if (pass == 1) store<usize>(diagnosis, to, OPEN_STEPS);
    for (let step = plan + ((<usize>PLAN_LIST) << 3); step < end; step += (<usize>STEP_FIELDS) << 3) {
      const isStatic = <i32>field(step, STEP_KERNEL) == STEP_STATIC;
      if (isStatic) closing |= <u32>field(step, STEP_BITS);
      if (isStatic && pass == 1) continue;
      for (let i = 0; i < STEP_FIELDS; i++) store<u32>(to + ((<usize>i) << 2), <u32>field(step, i));
      to += STEP_BYTES;
    }
  }
  store<usize>(diagnosis, to, END_STEPS);
  store<u32>(diagnosis, closing, CLOSING);
}

export function diagnosisFree(diagnosis: usize): void {
  arenaFree(load<usize>(diagnosis, PLAN));
  arenaFree(load<usize>(diagnosis, KINDS));
  arenaFree(load<usize>(diagnosis, STEPS));
  arenaFree(load<usize>(diagnosis, KIND_OF));
  arenaFree(diagnosis);
}

/** Where the kinds lie, the first at number 1. */
export function diagnosisKinds(diagnosis: usize): usize {
  return load<usize>(diagnosis, KINDS);
}

/** Brings a diagnosis up to this moment. How many kinds it has ever had, or STATUS_LOST: too many; or STATUS_NO_MEMORY. */
export function diagnosisRun(diagnosis: usize): i32 {
  const changed = journalRead(diagnosis + SEEN);
  const hasRoom = load<i32>(diagnosis, CAPACITY) == nodesCapacity();
  if (!hasRoom && !makeRoom(diagnosis)) return STATUS_NO_MEMORY;
  const isAll = changed < 0 || !hasRoom;
  if (isAll) clear(diagnosis);
  const block = <usize>field(load<usize>(diagnosis, PLAN), PLAN_CLASS);
  const column = <i32>classField(block, CLASS_STATIC_VERDICT);
  const verdicts: usize = column < 0 ? 0 : columnPtr(column);
  for (let i = 0, n = isAll ? nodesCount() : changed; i < n; i++) {
    if (!look(diagnosis, block, verdicts, isAll ? i : pendingAt(i))) return STATUS_LOST;
  }
  return load<i32>(diagnosis, COUNT);
}

function makeRoom(diagnosis: usize): bool {
  arenaFree(load<usize>(diagnosis, KIND_OF));
  const area = arenaAlloc(<usize>nodesCapacity());
  store<usize>(diagnosis, area, KIND_OF);
  store<i32>(diagnosis, area == 0 ? 0 : nodesCapacity(), CAPACITY);
  return area != 0;
}

/** Kinds keep their numbers. */
function clear(diagnosis: usize): void {
  memory.fill(load<usize>(diagnosis, KIND_OF), 0, <usize>load<i32>(diagnosis, CAPACITY));
  for (let kind: u32 = 1, n = load<u32>(diagnosis, COUNT); kind <= n; kind++) store<u32>(kindAt(diagnosis, kind), 0);
}

@inline
function kindAt(diagnosis: usize, kind: u32): usize {
  return load<usize>(diagnosis, KINDS) + <usize>kind * KIND_BYTES;
}

/** Looks at one node again. False when there is no number left for what rejects it. */
@inline
function look(diagnosis: usize, block: usize, verdicts: usize, slot: i32): bool {
  const at = load<usize>(diagnosis, KIND_OF) + <usize>slot;
  const before = <u32>load<u8>(at);
  const verdict: u32 = verdicts == 0 ? 0 : <u32>load<u8>(verdicts + <usize>slot);
  const after: u32 = stateAt(slot) == STATE_FREE ? 0 : judge(diagnosis, block, verdict, slot, before);
  if (after == before) return true;
  if (after > MAX_KINDS) return false;
  if (before != 0) tell(diagnosis, before, -1);
  if (after != 0) tell(diagnosis, after, 1);
  store<u8>(at, <u8>after);
  return true;
}

@inline
function tell(diagnosis: usize, kind: u32, change: i32): void {
  const at = kindAt(diagnosis, kind);
  store<i32>(at, load<i32>(at) + change);
}

/** The kind of the first filter that rejects a node, 0 when none does. `hint` is likely to be it. */
@inline
function judge(diagnosis: usize, block: usize, verdict: u32, slot: i32, hint: u32): u32 {
  const isClosed = (verdict & load<u32>(diagnosis, CLOSING)) != 0;
  const end = load<usize>(diagnosis, END_STEPS);
  for (let step = isClosed ? load<usize>(diagnosis, STEPS) : load<usize>(diagnosis, OPEN_STEPS); step < end; step += STEP_BYTES) {
    const kernel = load<i32>(step, STEP_KERNEL << 2);
    let details: u64 = 0;
    let rejects = false;
    if (kernel == STEP_STATIC) {
      details = verdict;
      rejects = (verdict & load<u32>(step, STEP_BITS << 2)) != 0;
    } else if (kernel == STEP_FIT) {
      details = fitLacking(block, slot);
      rejects = details != 0;
    } else {
      rejects = portsTaken(block, slot);
    }
    if (rejects) return kindFor(diagnosis, load<u32>(step, STEP_CODE << 2), details, hint);
  }
  return 0;
}

@inline
function isKind(at: usize, code: u32, details: u64): bool {
  return load<u32>(at, 4) == code && load<u64>(at, 8) == details;
}

/** The number of a kind, given out when it is the first of it; beyond MAX_KINDS when none is left. */
function kindFor(diagnosis: usize, code: u32, details: u64, hint: u32): u32 {
  if (hint != 0 && isKind(kindAt(diagnosis, hint), code, details)) return hint;
  const count = load<u32>(diagnosis, COUNT);
  for (let kind: u32 = 1; kind <= count; kind++) if (isKind(kindAt(diagnosis, kind), code, details)) return kind;
  if (count == MAX_KINDS) return MAX_KINDS + 1;
  const at = kindAt(diagnosis, count + 1);
  store<u32>(at, 0);
  store<u32>(at, code, 4);
  store<u64>(at, details, 8);
  store<u32>(diagnosis, count + 1, COUNT);
  return count + 1;
}
