// Upper bounds of the node-local score in f32, four nodes at a time without a division: a scan looks at them first and
// computes exactly only where the bound beats the best so far. Never below the true total; the proof is in
// docs/adr/0002-how-can-vectors-be-exact.md.
//
//   quad q   0              16            32           48            64          80        96       112      128
//            [freeCpu x 4]  [freeMemory]  [leastCpu]   [leastMemory] [shareCpu]  [shareM.] [1/cpu]  [1/mem.] [balance]
//
//   free   allocatable - requested, rounded up; NaN = no room for a pod, or not for vectors: compares false with all
//   least  100 * (allocatable - nonzero) / allocatable;   share  requested / allocatable

import { arenaAlloc, arenaFree } from "./arena";

const QUAD_BYTES: usize = 144;
const FREE_CPU: usize = 0;
const FREE_MEMORY: usize = 16;
const LEAST_CPU: usize = 32;
const LEAST_MEMORY: usize = 48;
const SHARE_CPU: usize = 64;
const SHARE_MEMORY: usize = 80;
const INVERSE_CPU: usize = 96;
const INVERSE_MEMORY: usize = 112;
const BALANCE: usize = 128;

/** More than all f32 roundings of one quotient on the scale 0..100 together (they stay below 0.0001). */
const MARGIN: f32 = 0.0005;
/** More than the relative rounding of both sides of a comparison. */
const ROUND_UP: f64 = 5e-7;

let quads: usize = 0;

/** Makes room for `capacity` nodes, keeping the first `kept`. False when memory is used up. */
export function boundsGrow(kept: i32, capacity: i32): bool {
  const area = arenaAlloc((<usize>capacity >> 2) * QUAD_BYTES);
  if (area == 0) return false;
  memory.copy(area, quads, (<usize>kept >> 2) * QUAD_BYTES);
  arenaFree(quads);
  quads = area;
  return true;
}

@inline
function laneOf(slot: i32): usize {
  return quads + (<usize>slot >> 2) * QUAD_BYTES + ((<usize>slot & 3) << 2);
}

/** No pod may come here: not a node, a full one, or one that vectors do not take. */
@inline
export function boundsClose(slot: i32): void {
  store<f32>(laneOf(slot), f32.NaN, FREE_CPU);
}

@inline
function freeUp(allocatable: f64, requested: f64): f32 {
  const free = allocatable - requested;
  return <f32>(free + abs(free) * ROUND_UP);
}

/** Follows one node with room. */
@inline
export function boundsSet(
  slot: i32,
  cpu: f64,
  cpuRequested: f64,
  cpuNonzero: f64,
  memoryBytes: f64,
  memoryRequested: f64,
  memoryNonzero: f64,
  balance: f64,
): void {
  const at = laneOf(slot);
  store<f32>(at, freeUp(cpu, cpuRequested), FREE_CPU);
  store<f32>(at, freeUp(memoryBytes, memoryRequested), FREE_MEMORY);
  const inverseCpu = 1 / cpu;
  const inverseMemory = 1 / memoryBytes;
  store<f32>(at, <f32>((cpu - cpuNonzero) * 100 * inverseCpu), LEAST_CPU);
  store<f32>(at, <f32>((memoryBytes - memoryNonzero) * 100 * inverseMemory), LEAST_MEMORY);
  store<f32>(at, <f32>(cpuRequested * inverseCpu), SHARE_CPU);
  store<f32>(at, <f32>(memoryRequested * inverseMemory), SHARE_MEMORY);
  store<f32>(at, <f32>inverseCpu, INVERSE_CPU);
  store<f32>(at, <f32>inverseMemory, INVERSE_MEMORY);
  store<f32>(at, <f32>balance, BALANCE);
}

/** Where the quad of a slot lies; the slot is a multiple of four. */
@inline
export function quadAt(slot: i32): usize {
  return quads + (<usize>slot >> 2) * QUAD_BYTES;
}

/** Bounds of the four totals of a quad, -Infinity where a filter surely rejects. Arguments as of pairTotal in scan.ts. */
@inline
export function quadBound(
  quad: usize,
  isLeast: bool,
  fitCpu: v128,
  fitMemory: v128,
  scoreCpu100: v128,
  scoreMemory100: v128,
  balanceCpu: v128,
  balanceMemory: v128,
  weightFit: v128,
  weightBalanced: v128,
  base: v128,
): v128 {
  const half = f32x4.splat(0.5);
  const one = f32x4.splat(1);
  const hundred = f32x4.splat(100);
  const inverseCpu = v128.load(quad, INVERSE_CPU);
  const inverseMemory = v128.load(quad, INVERSE_MEMORY);
  const feasible = v128.and(
    f32x4.le(fitCpu, v128.load(quad, FREE_CPU)),
    f32x4.le(fitMemory, v128.load(quad, FREE_MEMORY)),
  );

  let cpu = f32x4.sub(v128.load(quad, LEAST_CPU), f32x4.mul(scoreCpu100, inverseCpu));
  let memoryScore = f32x4.sub(v128.load(quad, LEAST_MEMORY), f32x4.mul(scoreMemory100, inverseMemory));
  if (!isLeast) {
    cpu = f32x4.sub(hundred, cpu);
    memoryScore = f32x4.sub(hundred, memoryScore);
    cpu = f32x4.pmin(cpu, hundred);
    memoryScore = f32x4.pmin(memoryScore, hundred);
  }
  const margin = f32x4.splat(MARGIN);
  const zero = f32x4.splat(0);
  cpu = f32x4.floor(f32x4.add(f32x4.pmax(cpu, zero), margin));
  memoryScore = f32x4.floor(f32x4.add(f32x4.pmax(memoryScore, zero), margin));
  const fit = f32x4.floor(f32x4.mul(f32x4.add(cpu, memoryScore), half));

  const cpuShare = f32x4.pmin(f32x4.add(v128.load(quad, SHARE_CPU), f32x4.mul(balanceCpu, inverseCpu)), one);
  const memoryShare = f32x4.pmin(f32x4.add(v128.load(quad, SHARE_MEMORY), f32x4.mul(balanceMemory, inverseMemory)), one);
  // 100 - 50 * |difference|, the two roundings of (1 - std) * 100 covered by the margin.
  const apart = f32x4.abs(f32x4.sub(cpuShare, memoryShare));
  const balanceWith = f32x4.floor(f32x4.sub(f32x4.splat(100 + MARGIN), f32x4.mul(apart, f32x4.splat(50))));
  const change = f32x4.sub(f32x4.add(f32x4.splat(50), balanceWith), v128.load(quad, BALANCE));
  const balanced = f32x4.add(f32x4.splat(50), f32x4.floor(f32x4.mul(change, half)));

  const total = f32x4.add(f32x4.add(f32x4.mul(fit, weightFit), f32x4.mul(balanced, weightBalanced)), base);
  return v128.bitselect(total, f32x4.splat(-Infinity), feasible);
}

/** Stride of quads, in bytes. */
@inline
export function quadBytes(): usize {
  return QUAD_BYTES;
}
