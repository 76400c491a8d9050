// NodeResourcesBalancedAllocation, k8s 1.36 pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go: how far the
// fractions requested / allocatable of a node lie apart, with the pod against without it. Float64 in upstream's order.

import { balanceOfTwo, fractionOf } from "../balance";
import { balancedList, classField } from "../class-block";
import { BALANCED_FIELDS, CLASS_BALANCED_COUNT } from "../layout";
import { allocatableColumn, f64At, requestedColumn } from "../nodes";

/** 50 + (50 + with - without) / 2, whose operand is never negative. */
@inline
export function balanceChange(balanceWith: f64, balanceWithout: f64): f64 {
  return 50 + floor((50 + balanceWith - balanceWithout) * 0.5);
}

/** The score of one node over any list of resources: the plain form of what the vector kernels do for two. */
export function balancedScore(block: usize, slot: i32): f64 {
  return balanceChange(balanceOver(block, slot, 1), balanceOver(block, slot, 0));
}

/** Which entries count (a scalar resource the pod does not ask for is skipped, and so is one the node lacks). */
@inline
function counts(entry: usize, slot: i32): bool {
  const request = load<f64>(entry, 8);
  const isScalar = load<f64>(entry, 16) != 0;
  if (isScalar && request == 0) return false;
  return f64At(allocatableColumn(<i32>load<f64>(entry)), slot) != 0;
}

@inline
function entryFraction(entry: usize, slot: i32, share: f64): f64 {
  const resource = <i32>load<f64>(entry);
  const requested = f64At(requestedColumn(resource), slot) + share * load<f64>(entry, 8);
  return fractionOf(requested, f64At(allocatableColumn(resource), slot));
}

/** The balance of a node with `share` (0 or 1) of the pod on it. */
function balanceOver(block: usize, slot: i32, share: f64): f64 {
  const size = <i32>classField(block, CLASS_BALANCED_COUNT);
  const list = balancedList(block);
  const step = (<usize>BALANCED_FIELDS) << 3;
  let n: f64 = 0;
  let sum: f64 = 0;
  let first: f64 = 0;
  let second: f64 = 0;
  for (let i = 0; i < size; i++) {
    const entry = list + <usize>i * step;
    if (!counts(entry, slot)) continue;
    const fraction = entryFraction(entry, slot, share);
    if (n == 0) first = fraction;
    if (n == 1) second = fraction;
    sum += fraction;
    n += 1;
  }
  if (n < 2) return 100;
  if (n == 2) return balanceOfTwo(first, second);
  const mean = sum / n;
  let squares: f64 = 0;
  for (let i = 0; i < size; i++) {
    const entry = list + <usize>i * step;
    if (!counts(entry, slot)) continue;
    const apart = entryFraction(entry, slot, share) - mean;
    squares = squares + apart * apart;
  }
  return floor((1 - sqrt(squares / n)) * 100);
}
