// Preemption on one node, in numbers: which of its pods of lower priority would have to go so that a pod fits, where only
// resources can be short. The columns are as before when it returns, and the journal does not hear of it.
//
//   victims   [ occupancy block | ... ]   u32, in the order in which they may come back; behind the last of them
//   leaves    [ 0 | 1 | ... ]             u8, 1 = has to go

import { classField } from "./class-block";
import { CLASS_STATIC_VERDICT, STATE_FREE } from "./layout";
import { columnPtr, requestAdd, stateAt } from "./nodes";
import { fitLacking, isUnresolvable, noteLacking } from "./plugins/node-resources-fit";

/** Preemption is of no use on the node: no pod's going opens it. */
export const DRY_RUN_USELESS: i32 = -1;
/** The pod does not fit without any of them either; what is lacking then stands in the columns of the running cycle. */
export const DRY_RUN_LACKING: i32 = -2;

/** How many of `count` pods have to go, or DRY_RUN_*. */
export function dryRun(block: usize, slot: i32, victims: usize, count: i32): i32 {
  if (isClosed(block, slot) || isUnresolvable(block, slot, fitLacking(block, slot))) return DRY_RUN_USELESS;
  for (let i = 0; i < count; i++) requestAdd(slot, victimAt(victims, i), -1);
  const leaves = victims + ((<usize>count) << 2);
  const lacking = fitLacking(block, slot);
  const going = lacking == 0 ? spare(block, slot, victims, count, leaves) : DRY_RUN_LACKING;
  if (lacking != 0) noteLacking(block, slot, lacking);
  for (let i = 0; i < count; i++) {
    if (lacking != 0 || load<u8>(leaves + <usize>i) != 0) requestAdd(slot, victimAt(victims, i), 1);
  }
  return going;
}

function isClosed(block: usize, slot: i32): bool {
  if (stateAt(slot) == STATE_FREE) return true;
  const verdict = <i32>classField(block, CLASS_STATIC_VERDICT);
  return verdict >= 0 && load<u8>(columnPtr(verdict) + <usize>slot) != 0;
}

/** Lets one pod after the other come back, as long as there is room beside it. Returns how many cannot. */
function spare(block: usize, slot: i32, victims: usize, count: i32, leaves: usize): i32 {
  let going = 0;
  for (let i = 0; i < count; i++) {
    const victim = victimAt(victims, i);
    requestAdd(slot, victim, 1);
    const leavesToo = fitLacking(block, slot) != 0;
    if (leavesToo) requestAdd(slot, victim, -1);
    store<u8>(leaves + <usize>i, <u8>leavesToo);
    going += <i32>leavesToo;
  }
  return going;
}

@inline
function victimAt(victims: usize, i: i32): usize {
  return load<u32>(victims + ((<usize>i) << 2));
}
