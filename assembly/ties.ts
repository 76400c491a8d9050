// Choosing between equals without a clock and without state: a hash of seed and decision number.

/** A number in 0..ties-1. The mixing is the finalizer of MurmurHash3 (Appleby, public domain), twice. */
export function tiePick(seed: u32, number: u32, ties: i32): i32 {
  return <i32>(mix(mix(seed) ^ number) % <u32>ties);
}

function mix(x: u32): u32 {
  x ^= x >> 16;
  x *= 0x85ebca6b;
  x ^= x >> 13;
  x *= 0xc2b2ae35;
  x ^= x >> 16;
  return x;
}
