// The only code that may grow memory. Areas are 16-byte aligned, zeroed, and freed into lists by size class, so that
// columns that double leave their old area to smaller ones.
//
//   area:   [ class: u32 | pad 12 ] [ payload ........ ]
//                                   ^ pointer handed out
//
// Size classes are 4 to the power of two: 64, 80, 96, 112, 128, 160, ... so at most 25 % is lost.

const HEADER: usize = 16;
const CLASSES: i32 = 112;

/** Head of the free list of each class; the next pointer lies in the payload. */
const freeHeads: usize = memory.data(sizeof<usize>() * 112, 16);

/** The same of areas that hold zeros but for the next pointer. */
const zeroHeads: usize = memory.data(sizeof<usize>() * 112, 16);

let top: usize = (__heap_base + 15) & ~15;

/** The smallest class whose size is at least `size`. */
function classOf(size: usize): i32 {
  if (size <= 64) return 0;
  const top = 31 - clz<u32>(<u32>(size - 1));
  const step = (<u32>(size - 1) >> (top - 2)) & 3;
  return ((<i32>top - 6) << 2) + <i32>step + 1;
}

function sizeOf(index: i32): usize {
  const power = 6 + (index >> 2);
  return ((<usize>1) << power) + ((<usize>(index & 3)) << (power - 2));
}

/** A zeroed area of at least `size` bytes, or 0 when memory is used up. */
export function arenaAlloc(size: usize): usize {
  // Beyond 3 GiB no class fits a wasm32 memory.
  if (size > 0xc0000000) return 0;
  const index = classOf(size);
  if (index >= CLASSES) return 0;
  const bytes = sizeOf(index);
  let area = taken(zeroHeads, index);
  if (area != 0) return area;
  area = taken(freeHeads, index);
  if (area != 0) {
    memory.fill(area, 0, bytes);
    return area;
  }
  area = top + HEADER;
  const end = <u64>area + <u64>bytes;
  if (!hasMemoryTo(end)) return 0;
  top = <usize>end;
  store<u32>(area - HEADER, index);
  return area;
}

/** The first area of a list, without its next pointer, or 0. */
@inline
function taken(heads: usize, index: i32): usize {
  const head = heads + ((<usize>index) << 2);
  const area = load<usize>(head);
  if (area == 0) return 0;
  store<usize>(head, load<usize>(area));
  store<usize>(area, 0);
  return area;
}

/**
 * Grows the memory by half at least. V8 takes every growth for as many new bytes as the whole memory has, and collects the
 * heap when that is much: 100 ms each time beside 100,000 nodes. Pages that nobody touches cost nothing.
 */
function hasMemoryTo(end: u64): bool {
  const pages = <i32>memory.size();
  const missing = <i64>((end + 0xffff) >> 16) - <i64>pages;
  if (missing <= 0) return true;
  return memory.grow(max(<i32>missing, pages >> 1)) >= 0 || memory.grow(<i32>missing) >= 0;
}

/** Gives an area back. 0 is allowed and does nothing. */
export function arenaFree(area: usize): void {
  if (area != 0) give(freeHeads, area);
}

/** Gives an area back that its owner has filled with zeros again: who gets it need not wait for that. */
export function arenaFreeZeros(area: usize): void {
  give(zeroHeads, area);
}

@inline
function give(heads: usize, area: usize): void {
  const head = heads + ((<usize>load<u32>(area - HEADER)) << 2);
  store<usize>(area, load<usize>(head));
  store<usize>(head, area);
}

/** Bytes handed out or waiting in free lists: what the memory really takes. */
export function arenaBytes(): f64 {
  return <f64>top;
}
