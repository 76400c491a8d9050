// Maximum trees of bytes, 64 wide: one byte a place, one maximum a block of 64 places.
//
//   bytes   [ 64 places | 64 places | ... ]       0 = nobody
//   tops    [ max | max | ... ]                   padded with zeros to whole vectors of 16

/** The largest of the 64 bytes from `at`, which is 16-byte aligned. */
@inline
export function blockTop(at: usize): u8 {
  if (ASC_FEATURE_SIMD) {
    const upper = i8x16.max_u(v128.load(at), v128.load(at, 16));
    const lower = i8x16.max_u(v128.load(at, 32), v128.load(at, 48));
    return lanesTop(i8x16.max_u(upper, lower));
  }
  return bytesTop(at, 64);
}

/** The largest of `count` bytes, a multiple of 16. */
@inline
export function rowTop(at: usize, count: usize): u8 {
  if (ASC_FEATURE_SIMD) {
    let top = v128.load(at);
    for (let next: usize = 16; next < count; next += 16) top = i8x16.max_u(top, v128.load(at + next));
    return lanesTop(top);
  }
  return bytesTop(at, count);
}

@inline
function lanesTop(vector: v128): u8 {
  let top = vector;
  top = i8x16.max_u(top, v128.shuffle<u8>(top, top, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  top = i8x16.max_u(top, v128.shuffle<u8>(top, top, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  top = i8x16.max_u(top, v128.shuffle<u8>(top, top, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  top = i8x16.max_u(top, v128.shuffle<u8>(top, top, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
  return i8x16.extract_lane_u(top, 0);
}

function bytesTop(at: usize, count: usize): u8 {
  let top: u8 = 0;
  for (let i: usize = 0; i < count; i++) top = max(top, load<u8>(at + i));
  return top;
}

/** A mark among 16 bytes. */
export const MARK: u8 = 0x80;

/** Which of the 16 bytes from `at` are marks, a bit each; they are 0 afterwards. */
@inline
export function takeMarks(at: usize): i32 {
  if (ASC_FEATURE_SIMD) {
    const bits = i8x16.bitmask(v128.load(at));
    if (bits != 0) v128.store(at, i64x2.splat(0));
    return bits;
  }
  if ((load<u64>(at) | load<u64>(at, 8)) == 0) return 0;
  let bits = 0;
  for (let i = 0; i < 16; i++) bits |= <i32>(load<u8>(at + <usize>i) >> 7) << i;
  store<u64>(at, 0);
  store<u64>(at, 0, 8);
  return bits;
}

/** The index of the first of `count` bytes (a multiple of 16) that equals `value`, or -1. */
export function firstEqual(at: usize, count: usize, value: u8): i32 {
  if (ASC_FEATURE_SIMD) {
    const wanted = i8x16.splat(<i8>value);
    for (let next: usize = 0; next < count; next += 16) {
      const hits = i8x16.bitmask(i8x16.eq(v128.load(at + next), wanted));
      if (hits != 0) return <i32>next + ctz(hits);
    }
    return -1;
  }
  for (let i: usize = 0; i < count; i++) if (load<u8>(at + i) == value) return <i32>i;
  return -1;
}

/** How many of `count` bytes (a multiple of 16) equal `value`. */
export function countEqual(at: usize, count: usize, value: u8): i32 {
  let found = 0;
  if (ASC_FEATURE_SIMD) {
    const wanted = i8x16.splat(<i8>value);
    for (let next: usize = 0; next < count; next += 16) {
      found += popcnt(i8x16.bitmask(i8x16.eq(v128.load(at + next), wanted)));
    }
    return found;
  }
  for (let i: usize = 0; i < count; i++) found += <i32>(load<u8>(at + i) == value);
  return found;
}
