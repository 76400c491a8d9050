// Lanes of 32 bits as bytes: facts about sixteen nodes that follow each other, a byte each.

/** Sixteen lanes that are all ones or zeros, four vectors of them, as bytes that are 255 or 0. */
@inline
function sixteen(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

/** Which of the sixteen u32 from `at` are `value` in all lanes of a vector, as bytes. */
@inline
export function equalSixteen(at: usize, value: v128): v128 {
  return sixteen(
    i32x4.eq(v128.load(at), value), i32x4.eq(v128.load(at, 16), value), i32x4.eq(v128.load(at, 32), value),
    i32x4.eq(v128.load(at, 48), value),
  );
}

/** Which of the sixteen i32 from `at` are more than 0. */
@inline
export function positiveSixteen(at: usize): v128 {
  const zero = i32x4.splat(0);
  return sixteen(
    i32x4.gt_s(v128.load(at), zero), i32x4.gt_s(v128.load(at, 16), zero), i32x4.gt_s(v128.load(at, 32), zero),
    i32x4.gt_s(v128.load(at, 48), zero),
  );
}

/** Which of the sixteen u32 from `at` are not 0, a bit each. Columns go on with zeros to whole vectors. */
@inline
export function filledSixteen(at: usize): i32 {
  if (ASC_FEATURE_SIMD) return ~i8x16.bitmask(equalSixteen(at, i32x4.splat(0))) & 0xffff;
  let bits = 0;
  for (let i = 0; i < 16; i++) bits |= <i32>(load<u32>(at + ((<usize>i) << 2)) != 0) << i;
  return bits;
}
