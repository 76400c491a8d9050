// Predicates evaluated once per distinct value, not once per node: TypeScript fills a table over the value ids of a
// column (label values, taint sets, ...), and these kernels spread it over the nodes by gathering.

import { columnPtr, nodesCount } from "./nodes";

/** out[slot] |= bit where table[values[slot]] is 0: one static filter. Returns how many slots it rejected. */
export function tableReject(values: i32, table: usize, out: i32, bit: i32): i32 {
  const from = columnPtr(values);
  const to = columnPtr(out);
  let rejected = 0;
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    const fails = load<u8>(table + load<u32>(from + ((<usize>slot) << 2))) == 0;
    const at = to + <usize>slot;
    store<u8>(at, load<u8>(at) | (fails ? <u8>bit : 0));
    rejected += <i32>fails;
  }
  return rejected;
}

/** out[slot] &= table[values[slot]]: one requirement of a term. `out` is a u8 column of 0 and 1. */
export function tableAnd(values: i32, table: usize, out: i32): void {
  const from = columnPtr(values);
  const to = columnPtr(out);
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    const at = to + <usize>slot;
    store<u8>(at, load<u8>(at) & load<u8>(table + load<u32>(from + ((<usize>slot) << 2))));
  }
}

/** out[slot] += table[values[slot]] (i32 table, f64 column). Returns the largest sum. */
export function tableAdd(values: i32, table: usize, out: i32): f64 {
  const from = columnPtr(values);
  const to = columnPtr(out);
  let largest: f64 = 0;
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    const at = to + ((<usize>slot) << 3);
    const sum = load<f64>(at) + <f64>load<i32>(table + ((<usize>load<u32>(from + ((<usize>slot) << 2))) << 2));
    store<f64>(at, sum);
    largest = max(largest, sum);
  }
  return largest;
}

/** Fills a u8 column. */
export function bytesFill(column: i32, value: i32): void {
  memory.fill(columnPtr(column), <u8>value, <usize>nodesCount());
}

/** Fills an f64 column with zeros. */
export function doublesClear(column: i32): void {
  memory.fill(columnPtr(column), 0, (<usize>nodesCount()) << 3);
}

/** out[slot] |= in[slot]: terms are alternatives. */
export function bytesOr(input: i32, out: i32): void {
  const from = columnPtr(input);
  const to = columnPtr(out);
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    store<u8>(to + <usize>slot, load<u8>(to + <usize>slot) | load<u8>(from + <usize>slot));
  }
}

/** out[slot] &= in[slot]: both must hold. */
export function bytesAnd(input: i32, out: i32): void {
  const from = columnPtr(input);
  const to = columnPtr(out);
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    store<u8>(to + <usize>slot, load<u8>(to + <usize>slot) & load<u8>(from + <usize>slot));
  }
}

/** verdicts[slot] |= bit where matches[slot] is 0. Returns how many slots it rejected. */
export function bytesReject(matches: i32, out: i32, bit: i32): i32 {
  const from = columnPtr(matches);
  const to = columnPtr(out);
  let rejected = 0;
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    const fails = load<u8>(from + <usize>slot) == 0;
    store<u8>(to + <usize>slot, load<u8>(to + <usize>slot) | (fails ? <u8>bit : 0));
    rejected += <i32>fails;
  }
  return rejected;
}

/** out[slot] += amount where matches[slot] is 1 (f64 column). Returns the largest sum. */
export function bytesAdd(matches: i32, amount: f64, out: i32): f64 {
  const from = columnPtr(matches);
  const to = columnPtr(out);
  let largest: f64 = 0;
  for (let slot = 0, n = nodesCount(); slot < n; slot++) {
    const at = to + ((<usize>slot) << 3);
    const sum = load<f64>(at) + (load<u8>(from + <usize>slot) != 0 ? amount : 0);
    store<f64>(at, sum);
    largest = max(largest, sum);
  }
  return largest;
}
